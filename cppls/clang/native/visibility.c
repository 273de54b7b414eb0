/* What a definition mentions, and whether the place of its declaration knows all of that. */
#include "refactoring.h"

#include "anatomy.h"
#include "declarations.h"
#include "naming.h"
#include "resolve.h"

#include <stdio.h>
#include <string.h>

/* Files beyond these are not told apart any more: the answer is then no. */
#define FILES_MAX 64

struct visibility {
    struct live *live;
    CXCursor function, declaration;
    CXFile file; /* of the declaration */
    size_t body; /* what stands before it is in the declaration, too */
    bool member;
    char hidden[128]; /* the first name that is not known there; empty when all are */
    size_t file_count;
    CXFile files[FILES_MAX]; /* others that what is mentioned stands in */
};

static void hide(struct visibility *visibility, CXCursor cursor) {
    if (visibility->hidden[0])
        return;
    const struct api *api = visibility->live->api;
    CXString string = api->getCursorSpelling(cursor);
    const char *name = api->getCString(string);
    snprintf(visibility->hidden, sizeof visibility->hidden, "%s", name && *name ? name : "?");
    api->disposeString(string);
}

static void add_file(struct visibility *visibility, CXFile file, CXCursor cursor) {
    const struct api *api = visibility->live->api;
    if (same_file(api, file, visibility->file))
        return;
    for (size_t at = 0; at < visibility->file_count; at++)
        if (same_file(api, visibility->files[at], file))
            return;
    if (visibility->file_count == FILES_MAX)
        hide(visibility, cursor);
    else
        visibility->files[visibility->file_count++] = file;
}

/* Whether a scope is around the declaration, so that what it holds is found without its name. */
static bool is_around(const struct visibility *visibility, CXCursor scope) {
    const struct api *api = visibility->live->api;
    if (!api->isDeclaration(scope.kind))
        return true; /* the unit itself */
    scope = api->getCanonicalCursor(scope);
    CXCursor around = api->getCursorSemanticParent(visibility->declaration);
    for (; api->isDeclaration(around.kind); around = api->getCursorSemanticParent(around))
        if (api->equalCursors(api->getCanonicalCursor(around), scope))
            return true;
    return false;
}

/* Whether a class declares it, and that class or what is built on it declares the function, or it
 * is reached through an object: what a class has is known wherever the class is. */
static bool is_of_class(const struct api *api, CXCursor named) {
    return is_class(api->getCursorSemanticParent(named).kind);
}

/* Scopes whose names are those of what is around them. */
static CXCursor scope_of(const struct api *api, CXCursor named) {
    CXCursor scope = api->getCursorSemanticParent(named);
    while (scope.kind == CXCursor_LinkageSpec ||
           (scope.kind == CXCursor_EnumDecl && !api->EnumDecl_isScoped(scope)) ||
           (scope.kind == CXCursor_Namespace &&
            (api->Cursor_isInlineNamespace(scope) || api->Cursor_isAnonymous(scope))))
        scope = api->getCursorSemanticParent(scope);
    return scope;
}

/* Whether something before the token says where its name is: a scope, an object. Operators are looked
 * for by their operands. */
static bool is_qualified(const struct visibility *visibility, size_t offset) {
    const struct text *text = &visibility->live->text;
    if (offset >= text->size || !is_word(text->bytes[offset]))
        return true;
    while (offset > 0 && strchr(" \t\r\n", text->bytes[offset - 1]))
        offset--;
    return offset > 0 && (text->bytes[offset - 1] == '.' ||
                          (offset > 1 && (memcmp(text->bytes + offset - 2, "::", 2) == 0 ||
                                          memcmp(text->bytes + offset - 2, "->", 2) == 0)));
}

/* Whether the declaration's place comes after `named`. A class that is being defined there knows all its
 * members in the bodies of its functions. */
static void check_order(struct visibility *visibility, CXCursor named) {
    const struct api *api = visibility->live->api;
    CXSourceLocation location = api->getCursorLocation(named);
    CXFile file = place_of(api, location).file;
    if (!file)
        return; /* the compiler's own */
    bool own = visibility->member && is_of_class(api, named) &&
               is_around(visibility, api->getCursorSemanticParent(named));
    if (!own && !api->isBeforeInTranslationUnit(
                    location, api->getCursorLocation(visibility->declaration)))
        hide(visibility, named);
    add_file(visibility, file, named);
}

/* An object's class must be complete. */
static void check_type(struct visibility *visibility, CXCursor cursor) {
    const struct api *api = visibility->live->api;
    CXCursor class = declaration_of_type(api, api->getCursorType(cursor));
    if (api->Cursor_isNull(class) || !is_class(class.kind) || is_local(api, class))
        return;
    CXCursor definition = api->getCursorDefinition(pattern_of(api, class));
    if (api->Cursor_isNull(definition) || is_around(visibility, definition))
        return;
    check_order(visibility, definition);
}

/* One that a name at byte `at` means. */
static void check_named(struct visibility *visibility, CXCursor cursor, CXCursor named, size_t at) {
    const struct api *api = visibility->live->api;
    if (!api->isDeclaration(named.kind) || is_local(api, named))
        return;
    if (named.kind == CXCursor_NamespaceAlias) {
        hide(visibility, named);
        return;
    }
    if (!is_of_class(api, named) && cursor.kind != CXCursor_CallExpr &&
        !is_qualified(visibility, at) && !is_around(visibility, scope_of(api, named)))
        hide(visibility, named);
    if (named.kind != CXCursor_Namespace)
        check_order(visibility, named);
}

static void check_name(struct visibility *visibility, CXCursor cursor) {
    const struct api *api = visibility->live->api;
    size_t at = place_of(api, api->getCursorLocation(cursor)).offset;
    CXCursor named = api->getCursorReferenced(cursor);
    if (!api->Cursor_isNull(named) && named.kind != CXCursor_OverloadedDeclRef) {
        check_named(visibility, cursor, named, at);
        return;
    }
    if (!api->Cursor_isNull(named)) {
        /* In a template: which one it is shows when it is used, among those that are known here. */
        unsigned count = api->getNumOverloadedDecls(named);
        for (unsigned i = 0; i < count; i++)
            check_named(visibility, cursor, api->getOverloadedDecl(named, i), at);
        return;
    }
    /* What the compiler reads between the lines names nothing; a name is what it cannot tell. A member
     * in a template is looked for in its object, wherever that is written. */
    bool of_object = cursor.kind == CXCursor_MemberRefExpr &&
                     visibility->function.kind == CXCursor_FunctionTemplate;
    if (!of_object && (cursor.kind == CXCursor_DeclRefExpr || cursor.kind == CXCursor_MemberRefExpr ||
                       cursor.kind == CXCursor_OverloadedDeclRef))
        hide(visibility, cursor);
}

static enum CXChildVisitResult visit(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct visibility *visibility = data;
    const struct api *api = visibility->live->api;
    (void)parent;
    if (place_of(api, api->getCursorLocation(cursor)).offset < visibility->body &&
        cursor.kind != CXCursor_CompoundStmt)
        return CXChildVisit_Continue;
    if (api->isReference(cursor.kind) || api->isExpression(cursor.kind))
        check_name(visibility, cursor);
    if (api->isExpression(cursor.kind) || cursor.kind == CXCursor_VarDecl)
        check_type(visibility, cursor);
    return CXChildVisit_Recurse;
}

/* Macros of the body: those of the declaration's own file, before it. */
static void check_macros(struct visibility *visibility, CXCursor body) {
    struct live *live = visibility->live;
    const struct api *api = live->api;
    size_t start, end, at = 0;
    if (!main_extent(live, body, &start, &end))
        return;
    struct place declared = place_of(api, api->getCursorLocation(visibility->declaration));
    for (at = start; at < end; at++) {
        unsigned length = text_identifier(&live->text, &at);
        if (length == 0 || at >= end)
            return;
        CXCursor macro = find_macro(live, live->text.bytes + at, length, at);
        if (!api->Cursor_isNull(macro)) {
            struct place place = place_of(api, api->getCursorLocation(macro));
            if (!same_file(api, place.file, declared.file) || place.offset > declared.offset)
                hide(visibility, macro);
        }
        at += length;
    }
}

static enum CXChildVisitResult find_body(CXCursor cursor, CXCursor parent, CXClientData data) {
    CXCursor *body = data;
    (void)parent;
    if (cursor.kind != CXCursor_CompoundStmt)
        return CXChildVisit_Continue;
    *body = cursor;
    return CXChildVisit_Break;
}

static void pack_answer(struct buffer *out, struct visibility *visibility) {
    const struct api *api = visibility->live->api;
    CXFile file;
    struct span span;
    if (!span_of(api, api->getCursorExtent(visibility->declaration), &file, &span)) {
        pack_nil(out);
        return;
    }
    pack_array(out, 4);
    pack_path(out, &visibility->live->files, visibility->file);
    pack_span(out, span);
    pack_string(out, visibility->hidden);
    pack_array(out, visibility->file_count);
    for (size_t at = 0; at < visibility->file_count; at++)
        pack_path(out, &visibility->live->files, visibility->files[at]);
}

int cppls_live_visibility(struct live *live, unsigned line, unsigned column, struct buffer *out) {
    if (!live->file)
        return 1;
    const struct api *api = live->api;
    struct visibility visibility = {.live = live};
    CXCursor body = api->getNullCursor();
    size_t start, end;
    bool found = function_at(live, text_offset(&live->text, line, column), &visibility.function);
    if (found)
        api->visitChildren(visibility.function, find_body, &body);
    if (!found || api->Cursor_isNull(body) || !main_extent(live, body, &start, &end)) {
        pack_nil(out);
        return out->failed ? 2 : 0;
    }
    visibility.declaration = api->getCanonicalCursor(visibility.function);
    visibility.file =
        place_of(api, api->getCursorLocation(visibility.declaration)).file;
    visibility.member = is_class(api->getCursorLexicalParent(visibility.declaration).kind);
    /* Initialisers of members stand before the braces, behind the name. */
    visibility.body = place_of(api, api->getCursorLocation(visibility.function)).offset + 1;
    api->visitChildren(visibility.function, visit, &visibility);
    check_macros(&visibility, body);
    pack_answer(out, &visibility);
    return out->failed ? 2 : 0;
}
