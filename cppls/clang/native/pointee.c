/* What a smart pointer points to: the first template argument of a class with an `operator->`, its own or
 * one that it inherits. */
#include "declarations.h"

#include <string.h>

enum { DEPTH = 6 }; /* of bases */

struct arrow_search {
    const struct api *api;
    int depth;
    bool found;
};

static bool has_arrow(const struct api *api, CXCursor class, int depth);

static bool is_arrow(const struct api *api, CXCursor method) {
    CXString string = api->getCursorSpelling(method);
    const char *name = api->getCString(string);
    bool arrow = name && strcmp(name, "operator->") == 0;
    api->disposeString(string);
    return arrow;
}

static enum CXChildVisitResult visit(CXCursor cursor, CXCursor parent, CXClientData data) {
    (void)parent;
    struct arrow_search *search = data;
    const struct api *api = search->api;
    if (cursor.kind == CXCursor_CXXMethod)
        search->found = is_arrow(api, cursor);
    else if (cursor.kind == CXCursor_CXXBaseSpecifier)
        search->found = has_arrow(
            api, declaration_of_type(api, api->getCursorType(cursor)), search->depth - 1);
    return search->found ? CXChildVisit_Break : CXChildVisit_Continue;
}

static bool has_arrow(const struct api *api, CXCursor class, int depth) {
    if (depth == 0 || api->Cursor_isNull(class))
        return false;
    CXCursor definition = api->getCursorDefinition(class);
    struct arrow_search search = {.api = api, .depth = depth};
    api->visitChildren(api->Cursor_isNull(definition) ? class : definition, visit, &search);
    return search.found;
}

CXCursor pointee_of_type(const struct api *api, CXType type) {
    if (type.kind == CXType_Invalid)
        return api->getNullCursor(); /* libclang crashes on the canonical form of none */
    CXType plain = api->getCanonicalType(api->getNonReferenceType(type));
    if (plain.kind == CXType_Invalid || api->Type_getNumTemplateArguments(plain) < 1 ||
        !has_arrow(api, declaration_of_type(api, plain), DEPTH))
        return api->getNullCursor();
    CXType argument = api->Type_getTemplateArgumentAsType(plain, 0);
    return argument.kind == CXType_Invalid ? api->getNullCursor()
                                           : declaration_of_type(api, argument);
}
