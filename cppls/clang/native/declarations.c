#include "declarations.h"

#include "source.h"

#include <string.h>

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

bool is_friend(const struct api *api, CXCursor declaration) {
    if (!is_function(declaration.kind) && !is_class(declaration.kind))
        return false;
    CXCursor lexical = api->getCursorLexicalParent(declaration);
    return is_class(lexical.kind) &&
           !api->equalCursors(lexical, api->getCursorSemanticParent(declaration));
}

bool is_definition(const struct api *api, CXCursor declaration) {
    CXCursor definition = api->getCursorDefinition(declaration);
    if (!api->Cursor_isNull(definition))
        return definition.data[0] == declaration.data[0];
    if (is_function(declaration.kind))
        return api->CXXMethod_isDefaulted(declaration) || api->CXXMethod_isDeleted(declaration);
    return declaration.kind == CXCursor_VarDecl &&
           api->Cursor_getStorageClass(declaration) != CX_SC_Extern &&
           !is_class(api->getCursorSemanticParent(declaration).kind);
}

/* The declaration at the same place in the template as one of its instance. */
struct twin {
    const struct api *api;
    struct place place;
    enum CXCursorKind kind;
    CXCursor found;
};

static enum CXChildVisitResult visit_twin(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct twin *twin = data;
    const struct api *api = twin->api;
    (void)parent;
    struct place place = place_of(api, api->getCursorLocation(cursor));
    if (cursor.kind == twin->kind && same_place(api, &place, &twin->place)) {
        twin->found = cursor;
        return CXChildVisit_Break;
    }
    /* Enumerators are inside their enumeration, members of unnamed structs inside these, local
     * variables inside statements. */
    return cursor.kind == CXCursor_EnumDecl || cursor.kind == CXCursor_StructDecl ||
                   cursor.kind == CXCursor_UnionDecl || !api->isDeclaration(cursor.kind)
               ? CXChildVisit_Recurse
               : CXChildVisit_Continue;
}

static bool is_at(const struct api *api, CXCursor cursor, const struct place *place) {
    struct place its = place_of(api, api->getCursorLocation(cursor));
    return same_place(api, &its, place);
}

/* What stands behind the word `template` with which a declaration begins, be it `extern` before;
 * 0 when it does not begin so. */
static char behind_template(const struct api *api, CXCursor declaration, bool *no_parameters) {
    struct place start = place_of(api, api->getRangeStart(api->getCursorExtent(declaration)));
    struct text text = file_text(api, api->Cursor_getTranslationUnit(declaration), start.file);
    size_t word = start.offset;
    if (word_is(&text, word, "extern"))
        word = text_skip_blanks(&text, word + strlen("extern"));
    if (!word_is(&text, word, "template"))
        return 0;
    word = text_skip_blanks(&text, word + strlen("template"));
    size_t next = word < text.size ? text_skip_blanks(&text, word + 1) : word;
    *no_parameters = next < text.size && text.bytes[next] == '>';
    return word < text.size ? text.bytes[word] : 0;
}

/* Whether the text of a class's declaration is an explicit instantiation, `template class V<int>;`, and
 * not a specialisation, `template <> class V<int>`; whether that of a function is no specialisation.
 * libclang's cursors do not tell, nor where a function is defined whose body was skipped. */
static bool is_no_specialisation(const struct api *api, CXCursor declaration) {
    bool no_parameters = false;
    if (!is_class(declaration.kind) && !is_function(declaration.kind))
        return false;
    char next = behind_template(api, declaration, &no_parameters);
    if (is_function(declaration.kind))
        return next != '<' || !no_parameters;
    return next && next != '<';
}

/* An explicit specialisation is declared elsewhere than its template; an implicit one where the
 * template is, be it its first declaration or its definition. */
static bool is_instance(const struct api *api, CXCursor declaration, CXCursor template,
                        const struct place *place) {
    return is_at(api, template, place) || is_at(api, api->getCanonicalCursor(template), place) ||
           is_at(api, api->getCursorDefinition(template), place) ||
           is_no_specialisation(api, declaration);
}

/* What has no template of its own in libclang's eyes: a field, a parameter, a local variable. */
static CXCursor twin_of(const struct api *api, CXCursor declaration, const struct place *place) {
    switch (declaration.kind) {
    case CXCursor_FieldDecl:
    case CXCursor_EnumConstantDecl:
    case CXCursor_EnumDecl:
    case CXCursor_TypedefDecl:
    case CXCursor_TypeAliasDecl:
    case CXCursor_VarDecl:
    case CXCursor_ParmDecl:
        break;
    default:
        return declaration;
    }
    CXCursor parent = api->getCursorSemanticParent(declaration);
    while (parent.kind == CXCursor_EnumDecl)
        parent = api->getCursorSemanticParent(parent);
    if (!is_class(parent.kind) && !is_function(parent.kind))
        return declaration;
    CXCursor pattern = pattern_of(api, parent);
    if (api->equalCursors(pattern, parent))
        return declaration;
    struct twin twin = {api, *place, declaration.kind, declaration};
    api->visitChildren(pattern, visit_twin, &twin);
    return twin.found;
}

CXCursor pattern_of(const struct api *api, CXCursor declaration) {
    struct place place = place_of(api, api->getCursorLocation(declaration));
    CXCursor template = api->getSpecializedCursorTemplate(declaration);
    if (api->Cursor_isNull(template))
        return twin_of(api, declaration, &place);
    /* A member template of an instantiated class is itself an instance. */
    CXCursor pattern = pattern_of(api, template);
    return is_instance(api, declaration, pattern, &place) ? pattern : declaration;
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
