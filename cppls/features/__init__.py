"""Floor 4: what a user can ask, one file per LSP feature, as ``await f(snapshot, path, ...)``.

A feature takes an ``engine.snapshot.Snapshot`` and plain values and gives an ``Answer`` (see
``answer.py``) of model values: 0-based lines, UTF-8 byte columns. It prefers the live TU of the
open file and falls back to the index; it knows no protocol, no SQL and no libclang.

======================  =========================================================================
``definition``          ``definition(snapshot, path, position) -> Answer[Location]``
``declaration``         ``declaration(snapshot, path, position) -> Answer[Location]``
``type_definition``     ``type_definition(snapshot, path, position) -> Answer[Location]``
``implementation``      ``implementation(snapshot, path, position) -> Answer[Location]``
``references``          ``references(snapshot, path, position, include_declaration=True,
                        limit=...) -> Answer[Reference]``
``call_hierarchy``      ``prepare_calls(snapshot, path, position) -> Answer[HierarchyItem]``;
                        ``incoming_calls(snapshot, symbol)``,
                        ``outgoing_calls(snapshot, symbol, path) -> Answer[Call]``
``type_hierarchy``      ``prepare_types(snapshot, path, position)``, ``supertypes``,
                        ``subtypes(snapshot, symbol) -> Answer[HierarchyItem]``
``code_lens``           ``code_lenses(snapshot, path) -> Answer[Lens]``;
                        ``count(snapshot, kind, symbol) -> Count``
``rename``              ``prepare_rename(snapshot, path, position) -> Answer[RenameTarget]``;
                        ``rename(snapshot, path, position, new_name) -> Answer[FileEdits]``
``highlights``          ``highlights(snapshot, path, position) -> Answer[Highlight]``
``hover``               ``hover(snapshot, path, position) -> Answer[Card]``; ``Card.markdown()``,
                        ``Card.plain_text()``
``outline``             ``outline(snapshot, path) -> Answer[OutlineItem]``
``workspace_symbols``   ``workspace_symbols(snapshot, query, limit=...) -> Answer[Symbol]``
``completion``          ``completion(snapshot, path, position, limit=...) -> Completion``
``completion_details``  ``completion_details(snapshot, path, name) -> Card | None``
``signature_help``      ``signature_help(snapshot, path, position) -> Answer[Call]``
``semantic_tokens``     ``semantic_tokens(snapshot, path, inactive=) -> Answer[array[int]]``
``inlay_hints``         ``inlay_hints(snapshot, path, first, last) -> Answer[InlayHint]``, by lines
``folding``             ``folding(snapshot, path, whole_lines=) -> Answer[Fold]``
``document_links``      ``document_links(snapshot, path) -> Answer[Link]``
``selection_ranges``    ``selection_ranges(snapshot, path, positions) -> Answer[list[Span]]``
``syntax_tree``         ``syntax_tree(snapshot, path, span) -> Answer[SyntaxNode]``
``symbol_info``         ``symbol_info(snapshot, path, position) -> Answer[SymbolInfo]``
``switch_source_header``  ``switch_source_header(snapshot, path) -> Answer[str]``, a path
``quick_fixes``         ``quick_fixes(diagnostics, span) -> list[Fix]``, not a coroutine
======================  =========================================================================
"""
