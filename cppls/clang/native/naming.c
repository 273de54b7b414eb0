#include "naming.h"

#include "declarations.h"
#include "hash.h"
#include "symbols.h"

#include <string.h>

static bool is_parameter(enum CXCursorKind kind) {
    return kind == CXCursor_TemplateTypeParameter || kind == CXCursor_NonTypeTemplateParameter ||
           kind == CXCursor_TemplateTemplateParameter;
}

bool is_local(const struct api *api, CXCursor declaration) {
    if (declaration.kind == CXCursor_ParmDecl || declaration.kind == CXCursor_LabelStmt ||
        is_parameter(declaration.kind))
        return true;
    if (api->isPreprocessing(declaration.kind) ||
        api->getCursorLinkage(declaration) >= CXLinkage_Internal)
        return false;
    CXCursor parent = api->getCursorSemanticParent(declaration);
    while (!api->Cursor_isNull(parent) && !api->isInvalid(parent.kind) &&
           parent.kind != CXCursor_TranslationUnit) {
        if (is_function(parent.kind))
            return true;
        parent = api->getCursorSemanticParent(parent);
    }
    return false;
}

/* The kind of what a template is a template of. */
static enum CXCursorKind plain_kind(const struct api *api, CXCursor declaration) {
    switch (declaration.kind) {
    case CXCursor_ClassTemplate:
    case CXCursor_FunctionTemplate:
    case CXCursor_ClassTemplatePartialSpecialization:
        return api->getTemplateCursorKind(declaration);
    default:
        return declaration.kind;
    }
}

static int kind_of_variable(struct live *live, CXCursor declaration) {
    const struct api *api = live->api;
    if (is_class(api->getCursorSemanticParent(declaration).kind))
        return CXIdxEntity_CXXStaticVariable;
    return is_local(api, declaration) ? SYMBOL_KIND_LOCAL_VARIABLE : CXIdxEntity_Variable;
}

int kind_of(struct live *live, CXCursor declaration) {
    const struct api *api = live->api;
    switch (plain_kind(api, declaration)) {
    case CXCursor_TypedefDecl: return CXIdxEntity_Typedef;
    case CXCursor_FunctionDecl: return CXIdxEntity_Function;
    case CXCursor_VarDecl: return kind_of_variable(live, declaration);
    case CXCursor_FieldDecl: return CXIdxEntity_Field;
    case CXCursor_EnumConstantDecl: return CXIdxEntity_EnumConstant;
    case CXCursor_ObjCInterfaceDecl:
    case CXCursor_ObjCImplementationDecl: return CXIdxEntity_ObjCClass;
    case CXCursor_ObjCProtocolDecl: return CXIdxEntity_ObjCProtocol;
    case CXCursor_ObjCCategoryDecl:
    case CXCursor_ObjCCategoryImplDecl: return CXIdxEntity_ObjCCategory;
    case CXCursor_ObjCInstanceMethodDecl: return CXIdxEntity_ObjCInstanceMethod;
    case CXCursor_ObjCClassMethodDecl: return CXIdxEntity_ObjCClassMethod;
    case CXCursor_ObjCPropertyDecl: return CXIdxEntity_ObjCProperty;
    case CXCursor_ObjCIvarDecl: return CXIdxEntity_ObjCIvar;
    case CXCursor_EnumDecl: return CXIdxEntity_Enum;
    case CXCursor_StructDecl: return CXIdxEntity_Struct;
    case CXCursor_UnionDecl: return CXIdxEntity_Union;
    case CXCursor_ClassDecl: return CXIdxEntity_CXXClass;
    case CXCursor_Namespace: return CXIdxEntity_CXXNamespace;
    case CXCursor_NamespaceAlias: return CXIdxEntity_CXXNamespaceAlias;
    case CXCursor_CXXMethod:
        return api->CXXMethod_isStatic(declaration) ? CXIdxEntity_CXXStaticMethod
                                                    : CXIdxEntity_CXXInstanceMethod;
    case CXCursor_Constructor: return CXIdxEntity_CXXConstructor;
    case CXCursor_Destructor: return CXIdxEntity_CXXDestructor;
    case CXCursor_ConversionFunction: return CXIdxEntity_CXXConversionFunction;
    case CXCursor_TypeAliasDecl:
    case CXCursor_TypeAliasTemplateDecl: return CXIdxEntity_CXXTypeAlias;
    case CXCursor_ConceptDecl: return CXIdxEntity_CXXConcept;
    case CXCursor_MacroDefinition: return SYMBOL_KIND_MACRO;
    case CXCursor_ParmDecl: return SYMBOL_KIND_PARAMETER;
    case CXCursor_TemplateTypeParameter:
    case CXCursor_NonTypeTemplateParameter:
    case CXCursor_TemplateTemplateParameter: return SYMBOL_KIND_TEMPLATE_PARAMETER;
    case CXCursor_LabelStmt: return SYMBOL_KIND_LABEL;
    /* Structured bindings and what else libclang has no kind for. */
    default: return is_local(api, declaration) ? SYMBOL_KIND_LOCAL_VARIABLE : CXIdxEntity_Unexposed;
    }
}

unsigned flags_of(struct live *live, CXCursor declaration) {
    const struct api *api = live->api;
    if (declaration.kind == CXCursor_MacroDefinition)
        return SYMBOL_DEFINITION | (api->Cursor_isMacroFunctionLike(declaration)
                                        ? (unsigned)SYMBOL_FUNCTION_LIKE
                                        : 0u);
    if (!api->isDeclaration(declaration.kind))
        return 0;
    unsigned flags = symbol_flags(api, declaration);
    if (api->isCursorDefinition(declaration))
        flags |= SYMBOL_DEFINITION;
    if (api->Cursor_isAnonymous(declaration))
        flags |= SYMBOL_ANONYMOUS;
    if (!api->Cursor_isNull(api->getSpecializedCursorTemplate(declaration)))
        flags |= SYMBOL_SPECIALISATION;
    return flags;
}

int64_t live_id(struct live *live, CXCursor declaration) {
    int64_t id = symbol_id_of_cursor(&live->files, declaration);
    if (id)
        return id;
    struct place place = place_of(live->api, live->api->getCursorLocation(declaration));
    const struct source_file *file = files_get(&live->files, place.file);
    return file ? hash_to_id(hash_mix(file->path_hash, place.offset)) : 0;
}

void pack_name(struct buffer *out, struct live *live, CXCursor declaration) {
    const struct api *api = live->api;
    if (api->Cursor_isAnonymous(declaration)) {
        pack_string(out, symbol_placeholder(declaration.kind));
        return;
    }
    CXString string = api->getCursorSpelling(declaration);
    const char *name = api->getCString(string);
    size_t length = name ? strlen(name) : 0;
    /* libclang spells a class template's constructor "Name<T>". */
    if (declaration.kind == CXCursor_Constructor || declaration.kind == CXCursor_Destructor)
        length = name ? strcspn(name, "<") : 0;
    pack_text(out, name ? name : "", length);
    api->disposeString(string);
}

/* Whether a scope has no part in the names of what it holds; as the indexer decides. */
static bool is_transparent(const struct api *api, CXCursor scope) {
    return scope.kind == CXCursor_LinkageSpec ||
           (scope.kind == CXCursor_Namespace &&
            (api->Cursor_isInlineNamespace(scope) || api->Cursor_isAnonymous(scope))) ||
           (scope.kind == CXCursor_EnumDecl && !api->EnumDecl_isScoped(scope));
}

/* Append "outer::inner" for a scope and those around it. */
static void append_scope(struct buffer *text, const struct api *api, CXCursor scope) {
    if (!api->isDeclaration(scope.kind))
        return;
    append_scope(text, api, api->getCursorSemanticParent(scope));
    if (is_transparent(api, scope))
        return;
    CXString string = api->getCursorSpelling(scope);
    const char *name = api->getCString(string);
    if (!name || api->Cursor_isAnonymous(scope))
        name = symbol_placeholder(scope.kind);
    if (text->size)
        buffer_append(text, "::", 2);
    buffer_append(text, name, strlen(name));
    api->disposeString(string);
}

void pack_scope(struct buffer *out, struct live *live, CXCursor declaration) {
    struct buffer text = {0};
    append_scope(&text, live->api, live->api->getCursorSemanticParent(declaration));
    out->failed |= text.failed;
    pack_text(out, (const char *)text.bytes, text.size);
    buffer_free(&text);
}

void pack_signature(struct buffer *out, struct live *live, CXCursor declaration) {
    struct buffer text = {0};
    symbol_signature(live->api, declaration, &text);
    out->failed |= text.failed;
    pack_string(out, text.failed ? "" : (const char *)text.bytes);
    buffer_free(&text);
}
