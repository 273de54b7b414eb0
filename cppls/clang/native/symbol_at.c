#include "declarations.h"
#include "live.h"
#include "naming.h"
#include "nearby.h"
#include "resolve.h"
#include "symbols.h"

/* The path and name span of a declaration; nowhere for a null cursor. */
static void pack_location(struct buffer *out, struct live *live, CXCursor declaration) {
    CXFile file = NULL;
    struct span span = {0, 0, 0, 0};
    if (!live->api->Cursor_isNull(declaration))
        span = name_span(live->api, live->unit, declaration, &file);
    pack_path(out, &live->files, file);
    pack_span(out, span);
}

/* The definition in the unit. Each part of a namespace is one, so that none stands out; libclang takes
 * the last of equal typedefs, and an alias of a namespace for the namespace. */
static CXCursor definition_of(const struct api *api, CXCursor declaration) {
    switch (declaration.kind) {
    case CXCursor_MacroDefinition:
    case CXCursor_NamespaceAlias:
        return declaration;
    case CXCursor_TypedefDecl:
    case CXCursor_TypeAliasDecl:
        return api->getCanonicalCursor(declaration);
    case CXCursor_Namespace:
        return api->getNullCursor();
    default:
        return api->getCursorDefinition(declaration);
    }
}

/* The first declaration in the unit; the definition where that is just a friend's. */
static CXCursor declaration_of(const struct api *api, CXCursor declaration) {
    CXCursor canonical = api->getCanonicalCursor(declaration);
    CXCursor definition = definition_of(api, declaration);
    return is_friend(api, canonical) && !api->Cursor_isNull(definition) ? definition : canonical;
}

/* The symbol of the type that a declaration has; for a type that it declares, itself. */
static CXCursor type_of(const struct api *api, CXCursor declaration) {
    if (is_class(declaration.kind))
        return declaration;
    return api->isDeclaration(declaration.kind)
               ? declaration_of_type(api, api->getCursorType(declaration))
               : api->getNullCursor();
}

static void pack_overridden(struct buffer *out, struct live *live, CXCursor method) {
    const struct api *api = live->api;
    CXCursor *overridden = NULL;
    unsigned count = 0;
    api->getOverriddenCursors(method, &overridden, &count);
    pack_array(out, count);
    for (unsigned i = 0; i < count; i++)
        pack_int(out, symbol_id_of_cursor(&live->files, pattern_of(api, overridden[i])));
    api->disposeOverriddenCursors(overridden);
}

/* What the declared thing, or the result of the function, points to as a smart pointer. */
static CXCursor pointee_of(const struct api *api, CXCursor declaration) {
    if (is_class(declaration.kind) || !api->isDeclaration(declaration.kind))
        return api->getNullCursor();
    CXType type = api->getCursorType(declaration);
    return pointee_of_type(api, is_function(declaration.kind) ? api->getResultType(type) : type);
}

/* A TargetSymbol of core/messages.py. */
static void pack_target(struct buffer *out, struct live *live, CXCursor declaration,
                        unsigned roles) {
    const struct api *api = live->api;
    CXCursor type = type_of(api, declaration), pointee = pointee_of(api, declaration);
    pack_array(out, 19);
    pack_int(out, live_id(live, declaration));
    pack_name(out, live, declaration);
    pack_scope(out, live, declaration);
    pack_int(out, kind_of(live, declaration));
    pack_uint(out, flags_of(live, declaration));
    pack_bool(out, is_local(api, declaration));
    pack_location(out, live, declaration_of(api, declaration));
    pack_location(out, live, definition_of(api, declaration));
    pack_int(out, api->Cursor_isNull(type) ? 0 : live_id(live, type));
    pack_location(out, live, type);
    pack_uint(out, roles);
    pack_overridden(out, live, declaration);
    pack_cxstring(out, api, api->getCursorUSR(declaration));
    pack_int(out, api->Cursor_isNull(pointee) ? 0 : live_id(live, pointee));
    pack_location(out, live, pointee);
}

int cppls_live_symbol_at(struct live *live, unsigned line, unsigned column, struct buffer *out) {
    if (!live->file)
        return 1;
    struct resolution found;
    resolve(live, text_offset(&live->text, line, column), &found);
    if (found.has_token && found.count == 0)
        resolve_nearby(live, &found);
    pack_array(out, 3);
    if (found.has_token)
        pack_span(out, span_between(&live->text, found.start, found.end));
    else
        pack_nil(out);
    pack_array(out, found.count);
    for (size_t i = 0; i < found.count; i++)
        pack_target(out, live, found.targets[i], found.roles);
    pack_path(out, &live->files, found.include);
    return out->failed ? 2 : 0;
}
