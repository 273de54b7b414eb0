#include "resolve.h"

#include "declarations.h"
#include "heuristics.h"
#include "symbols.h"

#include <string.h>

/* Targets -------------------------------------------------------------------------------------- */

static void add_target(struct live *live, struct resolution *result, CXCursor declaration) {
    const struct api *api = live->api;
    if (api->Cursor_isNull(declaration) || api->isInvalid(declaration.kind) ||
        declaration.kind == CXCursor_TranslationUnit || result->count == RESOLVE_MAX)
        return;
    if (declaration.kind == CXCursor_UsingDeclaration ||
        declaration.kind == CXCursor_OverloadedDeclRef) {
        unsigned count = api->getNumOverloadedDecls(declaration);
        for (unsigned i = 0; i < count; i++)
            add_target(live, result, api->getOverloadedDecl(declaration, i));
        return;
    }
    declaration = pattern_of(api, declaration);
    CXCursor canonical = api->getCanonicalCursor(declaration);
    for (size_t i = 0; i < result->count; i++)
        if (api->equalCursors(api->getCanonicalCursor(result->targets[i]), canonical))
            return;
    result->targets[result->count++] = declaration;
}

/* The token under the cursor ------------------------------------------------------------------- */

static CXCursor cursor_at(struct live *live, size_t offset) {
    const struct api *api = live->api;
    struct position at = text_position(&live->text, offset);
    /* By line and column: clang_getLocationForOffset does not look into macro arguments. */
    return api->getCursor(live->unit,
                          api->getLocation(live->unit, live->file, at.line + 1, at.column + 1));
}

/* libclang's kind of the token at `offset`; comments where there is none. */
static enum CXTokenKind token_kind(struct live *live, size_t offset) {
    const struct api *api = live->api;
    CXToken *token = api->getToken(
        live->unit, api->getLocationForOffset(live->unit, live->file, (unsigned)offset));
    if (!token)
        return CXToken_Comment;
    enum CXTokenKind kind = api->getTokenKind(*token);
    api->disposeTokens(live->unit, token, 1);
    return kind;
}

static bool token_is(const struct live *live, const struct resolution *result, const char *word) {
    size_t length = strlen(word);
    return result->end - result->start == length &&
           memcmp(live->text.bytes + result->start, word, length) == 0;
}

/* Take the word that touches `offset`, also directly behind it; else the byte at `offset`. */
static void take_token(const struct live *live, size_t offset, struct resolution *result) {
    const struct text *text = &live->text;
    size_t start = offset;
    /* A number or a literal is no word, but starts or ends like one: libclang tells them apart. */
    while (start > 0 && is_word(text->bytes[start - 1]))
        start--;
    result->start = start;
    result->end = start + text_token(text, start);
    result->has_token = result->end > start;
}

/* Whether the token is the name of the declaration at it. */
static bool names(struct live *live, CXCursor declaration, const struct resolution *result) {
    const struct api *api = live->api;
    struct place place = place_of(api, api->getCursorLocation(declaration));
    if (!same_file(api, place.file, live->file))
        return false;
    if (place.offset == result->start)
        return true;
    /* `operator+`, `~Name`: more than one token. */
    CXSourceRange range = api->Cursor_getSpellingNameRange(declaration, 0, 0);
    struct place start = place_of(api, api->getRangeStart(range));
    struct place end = place_of(api, api->getRangeEnd(range));
    return start.offset == place.offset && start.offset <= result->start &&
           result->start < end.offset;
}

/* Directives ----------------------------------------------------------------------------------- */

static void resolve_include(struct live *live, size_t hash, size_t word_end,
                            struct resolution *result) {
    const struct text *text = &live->text;
    CXCursor directive = cursor_at(live, hash);
    if (directive.kind == CXCursor_InclusionDirective)
        result->include = live->api->getIncludedFile(directive);
    size_t start = text_skip_blanks(text, word_end);
    char open = start < text->size ? text->bytes[start] : '\0';
    if (open != '<' && open != '"')
        return;
    char close = open == '<' ? '>' : '"';
    size_t end = start + 1;
    while (end < text->size && text->bytes[end] != '\n' && text->bytes[end] != close)
        end++;
    result->has_token = true;
    result->start = start;
    result->end = end + (end < text->size && text->bytes[end] == close);
}

/* What a word of a directive names: macros, in conditions too, where the record has no expansion.
 * Returns false when `offset` is not in a directive. */
static bool resolve_directive(struct live *live, size_t offset, struct resolution *result) {
    const struct text *text = &live->text;
    size_t hash = text_skip_blanks(text, logical_line(text, offset));
    if (hash >= text->size || text->bytes[hash] != '#' || token_kind(live, hash) == CXToken_Comment)
        return false;
    size_t word = text_skip_blanks(text, hash + 1);
    size_t word_end = word + text_token(text, word);
    if (word_is(text, word, "include") || word_is(text, word, "include_next") ||
        word_is(text, word, "import") || word_is(text, word, "embed")) {
        resolve_include(live, hash, word_end, result);
        return true;
    }
    take_token(live, offset, result);
    if (!result->has_token || result->start <= word ||
        token_kind(live, result->start) == CXToken_Comment) {
        result->has_token = false;
        return true;
    }
    bool defines = word_is(text, word, "define");
    result->at = cursor_at(live, result->start);
    if (defines && result->start == text_skip_blanks(text, word_end)) {
        result->roles = ROLE_DECLARATION | ROLE_DEFINITION;
        if (result->at.kind == CXCursor_MacroDefinition)
            add_target(live, result, result->at);
        return true;
    }
    result->roles = word_is(text, word, "undef") ? ROLE_UNDEFINITION : ROLE_REFERENCE;
    CXCursor macro = result->at.kind == CXCursor_MacroExpansion
                         ? live->api->getCursorReferenced(result->at)
                         : find_macro(live, text->bytes + result->start, result->end - result->start,
                                      result->start);
    add_target(live, result, macro);
    return true;
}

/* Keywords ------------------------------------------------------------------------------------- */

/* What `override` or `final` behind a method is about: what the method overrides. */
static void resolve_override(struct live *live, struct resolution *result) {
    const struct api *api = live->api;
    size_t offset = result->start;
    CXCursor method = result->at;
    /* The attribute does not know its method: the nearest cursor before it that is one does. */
    for (int steps = 0; steps < 256 && offset > 0 && method.kind != CXCursor_CXXMethod &&
                        method.kind != CXCursor_Destructor;
         steps++)
        method = cursor_at(live, --offset);
    CXCursor *overridden = NULL;
    unsigned count = 0;
    api->getOverriddenCursors(method, &overridden, &count);
    for (unsigned i = 0; i < count; i++)
        add_target(live, result, overridden[i]);
    api->disposeOverriddenCursors(overridden);
}

/* The type that `auto` or `decltype` stands for in the declaration around it. */
static void resolve_deduced(struct live *live, struct resolution *result) {
    const struct api *api = live->api;
    CXType type = api->getCursorType(result->at);
    add_target(live, result, declaration_of_type(api, type));
}

static void resolve_keyword(struct live *live, struct resolution *result) {
    const struct api *api = live->api;
    CXCursor at = result->at;
    if (token_is(live, result, "auto") || token_is(live, result, "decltype"))
        resolve_deduced(live, result);
    else if (token_is(live, result, "this") && at.kind == CXCursor_CXXThisExpr)
        add_target(live, result, declaration_of_type(api, api->getCursorType(at)));
    else if (api->isDeclaration(at.kind) && names(live, at, result))
        add_target(live, result, at);
    else if (token_is(live, result, "operator") || token_is(live, result, "new") ||
             token_is(live, result, "delete"))
        add_target(live, result, api->getCursorReferenced(at));
}

/* Names ---------------------------------------------------------------------------------------- */

/* Whether a declaration is called what the token says; operators and the like always are. */
static bool called(struct live *live, CXCursor declaration, const struct resolution *result) {
    const struct api *api = live->api;
    if (!is_word(live->text.bytes[result->start]))
        return true;
    CXString string = api->getCursorSpelling(declaration);
    const char *name = api->getCString(string);
    size_t length = result->end - result->start;
    /* Objective-C selectors, conversions and operators are not spelled like a word. */
    bool word = name && *name && strpbrk(name, " :+-*/%^&|~!=<>,()[]") == NULL;
    bool same = !word || (strlen(name) == length &&
                          memcmp(name, live->text.bytes + result->start, length) == 0);
    api->disposeString(string);
    return same;
}

static enum CXChildVisitResult visit_overloaded(CXCursor cursor, CXCursor parent,
                                                CXClientData data) {
    CXCursor *found = data;
    (void)parent;
    if (cursor.kind == CXCursor_OverloadedDeclRef) {
        *found = cursor;
        return CXChildVisit_Break;
    }
    return CXChildVisit_Continue;
}

static void add_named(struct live *live, struct resolution *result, CXCursor declaration) {
    const struct api *api = live->api;
    if (api->Cursor_isNull(declaration))
        return;
    /* `Foo(1)`: the word is the class's name; the call is that of its bracket. */
    if (declaration.kind == CXCursor_Constructor && is_word(live->text.bytes[result->start]))
        declaration = api->getCursorSemanticParent(declaration);
    if (declaration.kind == CXCursor_OverloadedDeclRef || called(live, declaration, result))
        add_target(live, result, declaration);
}

static void resolve_declaration(struct live *live, struct resolution *result) {
    const struct api *api = live->api;
    CXCursor at = result->at;
    if (at.kind == CXCursor_UsingDeclaration || at.kind == CXCursor_UsingDirective) {
        add_named(live, result, api->getCursorReferenced(at));
        return;
    }
    if (!names(live, at, result))
        return;
    add_target(live, result, at);
    result->roles = ROLE_DECLARATION;
    if (api->isCursorDefinition(at))
        result->roles |= ROLE_DEFINITION;
}

static void resolve_reference(struct live *live, struct resolution *result) {
    const struct api *api = live->api;
    CXCursor at = result->at;
    if (at.kind == CXCursor_OverloadedDeclRef) {
        add_target(live, result, at);
        return;
    }
    add_named(live, result, api->getCursorReferenced(at));
    if (result->count == 0 && api->isExpression(at.kind)) {
        CXCursor overloaded = api->getNullCursor();
        api->visitChildren(at, visit_overloaded, &overloaded);
        add_named(live, result, overloaded);
    }
}

/* clang_getCursor prefers two cursors to the one wanted: an instantiation's, where the name of a
 * template's parameter is gone, and the call of a constructor, over the types between its angle
 * brackets. So look at what the surrounding declaration, or its template, has at the very place. */
struct exact_search {
    struct live *live;
    unsigned offset;
    CXCursor found;
};

static enum CXChildVisitResult visit_exact(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct exact_search *search = data;
    const struct api *api = search->live->api;
    (void)parent;
    if (api->isReference(cursor.kind) || cursor.kind == CXCursor_DeclRefExpr ||
        cursor.kind == CXCursor_MemberRefExpr) {
        struct place place = place_of(api, api->getCursorLocation(cursor));
        if (place.offset == search->offset && same_file(api, place.file, search->live->file)) {
            search->found = cursor;
            return CXChildVisit_Break;
        }
    }
    return CXChildVisit_Recurse;
}

static bool search_again(struct live *live, struct resolution *result) {
    const struct api *api = live->api;
    CXCursor root = result->at;
    CXCursor parent = api->getCursorSemanticParent(root);
    /* Not a parameter or a local by itself: the template is that of the function around it. */
    if (!api->isDeclaration(root.kind) || is_function(parent.kind))
        root = parent;
    if (!api->isDeclaration(root.kind))
        return false;
    struct exact_search search = {live, (unsigned)result->start, api->getNullCursor()};
    api->visitChildren(pattern_of(api, root), visit_exact, &search);
    if (api->Cursor_isNull(search.found))
        return false;
    result->at = search.found;
    return true;
}

static void resolve_macro(struct live *live, struct resolution *result) {
    CXCursor macro = live->api->getCursorReferenced(result->at);
    if (called(live, macro, result))
        add_target(live, result, macro);
}

static void resolve_word(struct live *live, struct resolution *result) {
    const struct api *api = live->api;
    enum CXCursorKind kind = result->at.kind;
    if (kind == CXCursor_CXXOverrideAttr || kind == CXCursor_CXXFinalAttr)
        resolve_override(live, result);
    else if (kind == CXCursor_MacroExpansion)
        resolve_macro(live, result);
    else if (kind == CXCursor_LabelStmt)
        add_target(live, result, result->at);
    else if (api->isDeclaration(kind))
        resolve_declaration(live, result);
    else if (api->isReference(kind) || api->isExpression(kind))
        resolve_reference(live, result);
    if (result->count == 0 && search_again(live, result))
        resolve_reference(live, result);
    if (result->count == 0 && is_word(live->text.bytes[result->start])) {
        struct candidates found = {.count = 0};
        find_dependent(live, result->at, result->start, &found);
        for (size_t i = 0; i < found.count; i++)
            add_target(live, result, found.items[i]);
    }
}

/* Brackets and operators name something only where they call a declared function. */
static void resolve_punctuation(struct live *live, struct resolution *result) {
    const struct api *api = live->api;
    CXCursor at = result->at;
    if (api->isDeclaration(at.kind)) {
        if (names(live, at, result))
            resolve_declaration(live, result);
    } else if (api->isExpression(at.kind) && at.kind != CXCursor_CXXThisExpr) {
        add_target(live, result, api->getCursorReferenced(at));
    }
}

static void resolve_token(struct live *live, struct resolution *result) {
    switch (token_kind(live, result->start)) {
    case CXToken_Keyword:
        resolve_keyword(live, result);
        break;
    case CXToken_Identifier:
        resolve_word(live, result);
        break;
    case CXToken_Punctuation:
        resolve_punctuation(live, result);
        break;
    case CXToken_Literal:
    case CXToken_Comment:
        result->has_token = false;
    }
}

static void resolve_at(struct live *live, size_t offset, const CXCursor *known,
                       struct resolution *result) {
    *result = (struct resolution){.at = live->api->getNullCursor(), .roles = ROLE_REFERENCE};
    if (resolve_directive(live, offset, result))
        return;
    take_token(live, offset, result);
    if (!result->has_token)
        return;
    result->at = known ? *known : cursor_at(live, result->start);
    resolve_token(live, result);
}

void resolve(struct live *live, size_t offset, struct resolution *result) {
    resolve_at(live, offset, NULL, result);
}

void resolve_with(struct live *live, size_t offset, CXCursor at, struct resolution *result) {
    resolve_at(live, offset, &at, result);
}
