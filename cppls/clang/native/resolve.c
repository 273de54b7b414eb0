#include "resolve.h"

#include "declarations.h"
#include "heuristics.h"
#include "symbols.h"

#include <string.h>

/* Targets -------------------------------------------------------------------------------------- */

void add_target(struct live *live, struct resolution *result, CXCursor declaration) {
    const struct api *api = live->api;
    if (api->Cursor_isNull(declaration) || api->isInvalid(declaration.kind) ||
        declaration.kind == CXCursor_TranslationUnit || result->count == RESOLVE_MAX)
        return;
    if (declaration.kind == CXCursor_UsingDeclaration)
        declaration = api->getCursorReferenced(declaration);
    if (declaration.kind == CXCursor_OverloadedDeclRef) {
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

CXCursor cursor_at(struct live *live, size_t offset) {
    struct position at = text_position(&live->text, offset);
    return cursor_in(live->api, live->unit, live->file, at);
}

static bool token_is(const struct live *live, const struct resolution *result, const char *word) {
    return word_is(&live->text, result->start, word);
}

/* Take the word that touches `offset`, also directly behind it; else the byte at `offset`. */
void take_token(const struct live *live, size_t offset, struct resolution *result) {
    const struct text *text = &live->text;
    size_t start = offset;
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
    /* A type reached through a using-declaration may be called otherwise: `std::FILE`. */
    if (declaration.kind == CXCursor_OverloadedDeclRef || result->at.kind == CXCursor_TypeRef ||
        called(live, declaration, result))
        add_target(live, result, declaration);
}

static void resolve_declaration(struct live *live, struct resolution *result) {
    const struct api *api = live->api;
    CXCursor at = result->at;
    if (at.kind == CXCursor_UsingDeclaration || at.kind == CXCursor_UsingDirective) {
        CXCursor used = api->getCursorReferenced(at);
        /* What a dependent one brings in, the template that it names may tell. */
        if (!api->equalCursors(used, at))
            add_named(live, result, used);
        return;
    }
    if (at.kind == CXCursor_StaticAssert || !names(live, at, result))
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
    /* A scope of everything is not worth the walk: what is hidden is hidden by a declaration. */
    if (!api->isDeclaration(root.kind) || root.kind == CXCursor_Namespace ||
        root.kind == CXCursor_LinkageSpec)
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
    if (is_function(result->at.kind))
        type = api->getResultType(type);
    while (type.kind == CXType_Pointer || type.kind == CXType_LValueReference ||
           type.kind == CXType_RValueReference)
        type = api->getPointeeType(type);
    if (type.kind == CXType_Invalid)
        return; /* libclang crashes on the unqualified form of none */
    result->deduced = api->getUnqualifiedType(api->getCanonicalType(type));
    add_target(live, result, declaration_of_type(api, type));
}

/* Words that the language reserves, where they name something. Not by their text alone: C code
 * calls variables `new` and `this`. Returns false when the word is to be taken as a name. */
static bool resolve_keyword(struct live *live, struct resolution *result) {
    const struct api *api = live->api;
    CXCursor at = result->at;
    if (at.kind == CXCursor_CXXOverrideAttr || at.kind == CXCursor_CXXFinalAttr)
        resolve_override(live, result);
    else if (token_is(live, result, "auto") || token_is(live, result, "decltype"))
        resolve_deduced(live, result);
    else if (at.kind == CXCursor_CXXThisExpr && token_is(live, result, "this"))
        add_target(live, result, declaration_of_type(api, api->getCursorType(at)));
    else if (token_is(live, result, "operator") && api->isExpression(at.kind))
        add_target(live, result, api->getCursorReferenced(at));
    else if (at.kind == CXCursor_CXXNewExpr || at.kind == CXCursor_CXXDeleteExpr)
        add_target(live, result, api->getCursorReferenced(at));
    else
        return false;
    return true;
}

/* `thoroughly`: with a search through the headers, which only one word is worth. */
static void resolve_word(struct live *live, struct resolution *result, bool thoroughly) {
    const struct api *api = live->api;
    enum CXCursorKind kind = result->at.kind;
    if (resolve_keyword(live, result))
        return;
    if (kind == CXCursor_MacroExpansion)
        resolve_macro(live, result);
    else if (kind == CXCursor_LabelStmt)
        add_target(live, result, result->at);
    else if (api->isDeclaration(kind))
        resolve_declaration(live, result);
    else if (api->isReference(kind) || api->isExpression(kind))
        resolve_reference(live, result);
    if (result->count == 0 && search_again(live, result))
        resolve_reference(live, result);
    if (result->count == 0) {
        struct candidates found = {.count = 0};
        if (thoroughly)
            find_dependent(live, result->at, result->start, &found);
        else
            find_members(live, result->at, result->start, &found);
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

static void resolve_at(struct live *live, size_t offset, const CXCursor *known,
                       struct resolution *result) {
    *result = (struct resolution){.at = live->api->getNullCursor(), .roles = ROLE_REFERENCE};
    if (resolve_directive(live, offset, result))
        return;
    take_token(live, offset, result);
    if (!result->has_token)
        return;
    result->at = known ? *known : cursor_at(live, result->start);
    if (is_word(live->text.bytes[result->start]))
        resolve_word(live, result, !known);
    else
        resolve_punctuation(live, result);
}

void resolve(struct live *live, size_t offset, struct resolution *result) {
    resolve_at(live, offset, NULL, result);
}

void resolve_with(struct live *live, size_t offset, CXCursor at, struct resolution *result) {
    resolve_at(live, offset, &at, result);
}
