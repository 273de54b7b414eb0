/* Questions to a live unit about what an editor paints around its text. As those of live.h. */
#ifndef CPPLS_LIVE_PAINTING_H
#define CPPLS_LIVE_PAINTING_H

#include "live.h"

/* The main file's semantic tokens as one binary, see semantic_tokens.c; with `inactive` the lines
 * that the preprocessor skipped are tokens too. */
CPPLS_EXPORT int cppls_live_semantic_tokens(struct live *live, unsigned inactive,
                                            struct buffer *out);

/* [InlayHint] in the lines `first` to `last`, both included: of the `wanted` sorts, a bit each (1 << HintKind); names of
 * types shorter than `type_limit` bytes, 0 for any. */
CPPLS_EXPORT int cppls_live_inlay_hints(struct live *live, unsigned first_line, unsigned last_line,
                                        unsigned wanted, unsigned type_limit, struct buffer *out);

/* [Span]: of what encloses a place, the outer ones first; of two that overlap both. */
CPPLS_EXPORT int cppls_live_enclosing(struct live *live, unsigned line, unsigned column,
                                      struct buffer *out);
/* SyntaxNode: the innermost node that holds the range, or nil. Trees without end are cut. */
CPPLS_EXPORT int cppls_live_syntax_tree(struct live *live, unsigned line, unsigned column,
                                        unsigned end_line, unsigned end_column,
                                        struct buffer *out);

/* [IncludedFile] */
CPPLS_EXPORT int cppls_live_included_files(struct live *live, struct buffer *out);

#endif
