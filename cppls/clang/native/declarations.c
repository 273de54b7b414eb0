#include "declarations.h"

#include "source.h"

bool is_class(enum CXCursorKind kind) {
    return kind == CXCursor_StructDecl || kind == CXCursor_ClassDecl || kind == CXCursor_UnionDecl ||
           kind == CXCursor_ClassTemplate || kind == CXCursor_ClassTemplatePartialSpecialization;
}

bool is_function(enum CXCursorKind kind) {
    return kind == CXCursor_FunctionDecl || kind == CXCursor_CXXMethod ||
           kind == CXCursor_Constructor || kind == CXCursor_Destructor ||
           kind == CXCursor_ConversionFunction || kind == CXCursor_FunctionTemplate ||
           kind == CXCursor_ObjCInstanceMethodDecl || kind == CXCursor_ObjCClassMethodDecl;
}

/* An instantiation's member that has no template of its own (a field, a typedef, an enumerator):
 * the declaration at the same place in the template. */
struct twin {
    const struct api *api;
    struct place place;
    enum CXCursorKind kind;
    CXCursor found;
};

static enum CXChildVisitResult visit_twin(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct twin *twin = data;
    (void)parent;
    struct place place = place_of(twin->api, twin->api->getCursorLocation(cursor));
    if (cursor.kind == twin->kind && same_place(twin->api, &place, &twin->place)) {
        twin->found = cursor;
        return CXChildVisit_Break;
    }
    /* Enumerators are inside their enumeration, members of unnamed structs inside these. */
    return cursor.kind == CXCursor_EnumDecl || cursor.kind == CXCursor_StructDecl ||
                   cursor.kind == CXCursor_UnionDecl
               ? CXChildVisit_Recurse
               : CXChildVisit_Continue;
}

static bool is_at(const struct api *api, CXCursor cursor, const struct place *place) {
    struct place its = place_of(api, api->getCursorLocation(cursor));
    return same_place(api, &its, place);
}

CXCursor pattern_of(const struct api *api, CXCursor declaration) {
    struct place place = place_of(api, api->getCursorLocation(declaration));
    CXCursor template = api->getSpecializedCursorTemplate(declaration);
    if (!api->Cursor_isNull(template)) {
        /* An explicit specialisation is declared elsewhere than its template; an implicit one
         * where the template is, be it its first declaration or its definition. */
        bool implicit = is_at(api, template, &place) ||
                        is_at(api, api->getCanonicalCursor(template), &place) ||
                        is_at(api, api->getCursorDefinition(template), &place);
        return implicit ? template : declaration;
    }
    switch (declaration.kind) {
    case CXCursor_FieldDecl:
    case CXCursor_EnumConstantDecl:
    case CXCursor_EnumDecl:
    case CXCursor_TypedefDecl:
    case CXCursor_TypeAliasDecl:
    case CXCursor_VarDecl:
        break;
    default:
        return declaration;
    }
    CXCursor parent = api->getCursorSemanticParent(declaration);
    while (parent.kind == CXCursor_EnumDecl)
        parent = api->getCursorSemanticParent(parent);
    if (!is_class(parent.kind))
        return declaration;
    CXCursor pattern = pattern_of(api, parent);
    if (api->equalCursors(pattern, parent))
        return declaration;
    struct twin twin = {api, place, declaration.kind, declaration};
    api->visitChildren(pattern, visit_twin, &twin);
    return twin.found;
}

/* One layer off; false when nothing is left to take off. */
static bool unwrap(const struct api *api, CXType *type) {
    switch (type->kind) {
    case CXType_Pointer:
    case CXType_LValueReference:
    case CXType_RValueReference:
    case CXType_MemberPointer:
    case CXType_ObjCObjectPointer:
        *type = api->getPointeeType(*type);
        return true;
    case CXType_ConstantArray:
    case CXType_Vector:
    case CXType_IncompleteArray:
    case CXType_VariableArray:
    case CXType_DependentSizedArray:
        *type = api->getArrayElementType(*type);
        return true;
    case CXType_FunctionProto:
    case CXType_FunctionNoProto:
        *type = api->getResultType(*type);
        return true;
    default:
        return false;
    }
}

CXCursor declaration_of_type(const struct api *api, CXType type) {
    for (;;) {
        while (unwrap(api, &type))
            ;
        CXCursor declaration = api->getTypeDeclaration(type);
        if (!api->Cursor_isNull(declaration) && !api->isInvalid(declaration.kind))
            return pattern_of(api, declaration);
        /* Sugar that libclang does not look through (decltype, attributes, macros). */
        CXType canonical = api->getCanonicalType(type);
        if (canonical.kind == CXType_Invalid || api->equalTypes(canonical, type))
            return api->getNullCursor();
        type = canonical;
    }
}
