#include "heuristics.h"

#include "declarations.h"
#include "resolve.h"
#include "source.h"
#include "text_search.h"

#include <string.h>

/* How far bases of bases, and expressions in expressions, are followed. */
#define DEPTH_MAX 8

struct member_search {
    const struct api *api;
    const char *name;
    size_t length;
    int depth;
    struct candidates *found;
};

static void search_members(const struct api *api, CXCursor record, const char *name, size_t length,
                           int depth, struct candidates *found);

static enum CXChildVisitResult visit_member(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct member_search *search = data;
    const struct api *api = search->api;
    (void)parent;
    if (cursor.kind == CXCursor_CXXBaseSpecifier) {
        CXCursor base = declaration_of_type(api, api->getCursorType(cursor));
        search_members(api, base, search->name, search->length, search->depth + 1, search->found);
    } else if (api->isDeclaration(cursor.kind) && search->found->count < CANDIDATES_MAX) {
        CXString string = api->getCursorSpelling(cursor);
        const char *name = api->getCString(string);
        if (name && strlen(name) == search->length &&
            memcmp(name, search->name, search->length) == 0)
            search->found->items[search->found->count++] = cursor;
        api->disposeString(string);
    }
    return CXChildVisit_Continue;
}

/* The class behind a declaration: through aliases, and its definition where there is one. */
static CXCursor class_of(const struct api *api, CXCursor declaration) {
    if (declaration.kind == CXCursor_TypedefDecl || declaration.kind == CXCursor_TypeAliasDecl)
        declaration = declaration_of_type(api, api->getTypedefDeclUnderlyingType(declaration));
    declaration = pattern_of(api, declaration);
    CXCursor definition = api->getCursorDefinition(declaration);
    return api->Cursor_isNull(definition) ? declaration : definition;
}

/* The members of that name, of the class or else of its bases. */
static void search_members(const struct api *api, CXCursor record, const char *name, size_t length,
                           int depth, struct candidates *found) {
    if (depth > DEPTH_MAX || api->Cursor_isNull(record))
        return;
    record = class_of(api, record);
    if (!is_class(record.kind) && record.kind != CXCursor_EnumDecl &&
        record.kind != CXCursor_Namespace)
        return;
    struct member_search search = {api, name, length, depth, found};
    api->visitChildren(record, visit_member, &search);
}

/* `Name<...>::word`, `Name::word`: where `Name` starts; false when nothing qualifies the word. */
static bool find_qualifier(const struct text *text, size_t word, size_t *name) {
    size_t at = word;
    if (at >= 9 && memcmp(text->bytes + at - 9, "template ", 9) == 0)
        at -= 9;
    while (at > 0 && (text->bytes[at - 1] == ' ' || text->bytes[at - 1] == '\n'))
        at--;
    if (at < 3 || text->bytes[at - 1] != ':' || text->bytes[at - 2] != ':')
        return false;
    at -= 2;
    int open = 0;
    do {
        char byte = text->bytes[at - 1];
        open += byte == '>';
        open -= byte == '<';
        if (open == 0 && byte != '<')
            break;
        at--;
    } while (at > 0);
    size_t end = at;
    while (at > 0 && is_word(text->bytes[at - 1]))
        at--;
    *name = at;
    return at < end;
}

static enum CXChildVisitResult take_first(CXCursor cursor, CXCursor parent, CXClientData data) {
    (void)parent;
    *(CXCursor *)data = cursor;
    return CXChildVisit_Break;
}

/* The class that an expression is of; a null cursor when that is not known either. */
static CXCursor class_of_expression(struct live *live, CXCursor expression, int depth) {
    const struct api *api = live->api;
    CXCursor record = declaration_of_type(api, api->getCursorType(expression));
    if (depth > DEPTH_MAX || is_class(record.kind))
        return record;
    CXCursor referenced = api->getCursorReferenced(expression);
    if (!api->Cursor_isNull(referenced))
        return declaration_of_type(api, api->getCursorType(referenced));
    if (expression.kind == CXCursor_MemberRefExpr || expression.kind == CXCursor_DeclRefExpr) {
        /* Its location may be that of what stands before the name; the name comes last. */
        struct place end =
            place_of(api, api->getRangeEnd(api->getCursorExtent(expression)));
        struct candidates found = {.count = 0};
        size_t name = end.offset;
        while (same_file(api, end.file, live->file) && name > 0 &&
               is_word(live->text.bytes[name - 1]))
            name--;
        if (name < end.offset)
            find_members(live, expression, name, &found);
        return found.count ? declaration_of_type(api, api->getCursorType(found.items[0]))
                           : api->getNullCursor();
    }
    CXCursor inner = api->getNullCursor();
    api->visitChildren(expression, take_first, &inner);
    return api->isExpression(inner.kind) ? class_of_expression(live, inner, depth + 1)
                                         : api->getNullCursor();
}

/* Whether the word ends a using-declaration: `using ::word;`. */
static bool is_used_at(const char *text, size_t size, size_t name, size_t length) {
    size_t end = name + length, start = name;
    while (start > 0 && (is_word(text[start - 1]) || text[start - 1] == ':'))
        start--;
    return end < size && text[end] == ';' && name >= 2 && text[name - 1] == ':' && start >= 6 &&
           memcmp(text + start - 6, "using ", 6) == 0;
}

/* What a using-declaration of that name brings into a namespace. libclang has no cursor for an alias
 * that is reached through one: `std::uint64_t`. */
static void search_usings(struct live *live, const char *name, size_t length,
                          struct candidates *found) {
    struct text_search search = {.live = live,
                                 .name = name,
                                 .length = length,
                                 .kind = CXCursor_OverloadedDeclRef,
                                 .accepts = is_used_at};
    CXCursor used = search_main(&search, live->text.size);
    if (live->api->Cursor_isNull(used))
        used = search_headers(&search, live->text.size);
    if (!live->api->Cursor_isNull(used))
        found->items[found->count++] = used;
}

/* Candidates for the word at byte `offset`, `thoroughly` those that using-declarations bring in. */
static void find_named(struct live *live, CXCursor at, size_t offset, bool thoroughly,
                       struct candidates *found) {
    const struct api *api = live->api;
    const char *word = live->text.bytes + offset;
    size_t length = text_token(&live->text, offset), qualifier;
    if (find_qualifier(&live->text, offset, &qualifier)) {
        struct resolution scope;
        resolve(live, qualifier, &scope);
        for (size_t i = 0; i < scope.count; i++)
            search_members(api, scope.targets[i], word, length, 0, found);
        if (thoroughly && found->count == 0 && scope.count &&
            scope.targets[0].kind == CXCursor_Namespace)
            search_usings(live, word, length, found);
    } else if (at.kind == CXCursor_MemberRefExpr) {
        CXCursor base = api->getNullCursor();
        api->visitChildren(at, take_first, &base);
        if (api->isExpression(base.kind))
            search_members(api, class_of_expression(live, base, 0), word, length, 0, found);
    }
}

void find_dependent(struct live *live, CXCursor at, size_t offset, struct candidates *found) {
    find_named(live, at, offset, true, found);
}

void find_members(struct live *live, CXCursor at, size_t offset, struct candidates *found) {
    find_named(live, at, offset, false, found);
}
