#include "highlighting.h"

#include "declarations.h"
#include "hash.h"
#include "naming.h"

#include <string.h>

/* Types nest no deeper in code that somebody wrote. */
#define DEPTH_MAX 32

static struct highlighting plain(unsigned kind) { return (struct highlighting){.kind = kind}; }

/* Kinds ---------------------------------------------------------------------------------------- */

static bool is_builtin(CXType type) {
    return type.kind >= CXType_Void && type.kind < CXType_Pointer && type.kind != CXType_Dependent;
}

static unsigned kind_of_type(const struct api *api, CXType type);

static enum CXChildVisitResult visit_alias(CXCursor cursor, CXCursor parent, CXClientData data) {
    (void)parent;
    if (cursor.kind != CXCursor_TypeAliasDecl)
        return CXChildVisit_Continue;
    *(CXCursor *)data = cursor;
    return CXChildVisit_Break;
}

/* An alias is painted as what it stands for, where that has a name. */
static unsigned kind_of_alias(const struct api *api, CXCursor alias) {
    if (alias.kind == CXCursor_TypeAliasTemplateDecl)
        api->visitChildren(alias, visit_alias, &alias);
    unsigned kind = kind_of_type(api, api->getTypedefDeclUnderlyingType(alias));
    return kind == HIGHLIGHT_NONE ? HIGHLIGHT_TYPEDEF : kind;
}

/* Whether one of the semantic parents is a function, before any class is. */
static bool in_function(const struct api *api, CXCursor declaration) {
    CXCursor parent = api->getCursorSemanticParent(declaration);
    for (int depth = 0; depth < DEPTH_MAX && api->isDeclaration(parent.kind); depth++) {
        if (is_function(parent.kind) || is_class(parent.kind))
            return is_function(parent.kind);
        parent = api->getCursorSemanticParent(parent);
    }
    return false;
}

static unsigned kind_of_variable(const struct api *api, CXCursor variable) {
    if (is_class(api->getCursorSemanticParent(variable).kind))
        return HIGHLIGHT_STATIC_FIELD;
    return in_function(api, variable) ? HIGHLIGHT_LOCAL_VARIABLE : HIGHLIGHT_VARIABLE;
}

static unsigned kind_of_function(const struct api *api, CXCursor function) {
    if (!is_class(api->getCursorSemanticParent(function).kind))
        return HIGHLIGHT_FUNCTION;
    return api->CXXMethod_isStatic(function) ? HIGHLIGHT_STATIC_METHOD : HIGHLIGHT_METHOD;
}

static unsigned kind_of_declaration(const struct api *api, CXCursor declaration) {
    switch (declaration.kind) {
    case CXCursor_TypedefDecl:
    case CXCursor_TypeAliasDecl:
    case CXCursor_TypeAliasTemplateDecl: return kind_of_alias(api, declaration);
    case CXCursor_StructDecl:
    case CXCursor_UnionDecl:
    case CXCursor_ClassDecl:
    case CXCursor_ClassTemplate:
    case CXCursor_ClassTemplatePartialSpecialization:
    case CXCursor_Constructor:
    case CXCursor_Destructor:
    case CXCursor_ObjCInterfaceDecl:
    case CXCursor_ObjCImplementationDecl: return HIGHLIGHT_CLASS;
    case CXCursor_ObjCProtocolDecl: return HIGHLIGHT_INTERFACE;
    case CXCursor_ObjCCategoryDecl:
    case CXCursor_ObjCCategoryImplDecl:
    case CXCursor_Namespace:
    case CXCursor_NamespaceAlias: return HIGHLIGHT_NAMESPACE;
    case CXCursor_FunctionDecl:
    case CXCursor_FunctionTemplate:
    case CXCursor_CXXMethod: return kind_of_function(api, declaration);
    case CXCursor_ObjCInstanceMethodDecl: return HIGHLIGHT_METHOD;
    case CXCursor_ObjCClassMethodDecl: return HIGHLIGHT_STATIC_METHOD;
    case CXCursor_FieldDecl:
    case CXCursor_ObjCPropertyDecl:
    case CXCursor_ObjCIvarDecl: return HIGHLIGHT_FIELD;
    case CXCursor_EnumDecl: return HIGHLIGHT_ENUM;
    case CXCursor_EnumConstantDecl: return HIGHLIGHT_ENUM_CONSTANT;
    case CXCursor_ParmDecl: return HIGHLIGHT_PARAMETER;
    case CXCursor_VarDecl: return kind_of_variable(api, declaration);
    case CXCursor_UnexposedDecl: /* a structured binding */
        return in_function(api, declaration) ? HIGHLIGHT_LOCAL_VARIABLE : HIGHLIGHT_VARIABLE;
    case CXCursor_TemplateTypeParameter:
    case CXCursor_NonTypeTemplateParameter:
    case CXCursor_TemplateTemplateParameter: return HIGHLIGHT_TEMPLATE_PARAMETER;
    case CXCursor_ConceptDecl: return HIGHLIGHT_CONCEPT;
    case CXCursor_LabelStmt: return HIGHLIGHT_LABEL;
    default: return HIGHLIGHT_NONE;
    }
}

/* Of a builtin type, a class, an enumeration; pointers and the like have no kind. */
static unsigned kind_of_type(const struct api *api, CXType type) {
    CXType canonical = api->getCanonicalType(type);
    if (is_builtin(canonical))
        return HIGHLIGHT_PRIMITIVE;
    if (canonical.kind == CXType_ObjCObjectPointer)
        return HIGHLIGHT_CLASS;
    if (canonical.kind == CXType_Record || canonical.kind == CXType_Enum)
        return kind_of_declaration(api, api->getTypeDeclaration(canonical));
    CXCursor declaration = api->getTypeDeclaration(type);
    return declaration.kind == CXCursor_TemplateTypeParameter
               ? kind_of_declaration(api, declaration)
               : HIGHLIGHT_NONE;
}

/* Modifiers ------------------------------------------------------------------------------------ */

/* Constant in a loose sense: what it refers or points to may be. */
static bool is_constant(const struct api *api, CXType type) {
    /* libclang crashes on a reference to no type: what broken code declares may have none. */
    for (int depth = 0; depth < DEPTH_MAX && type.kind != CXType_Invalid; depth++) {
        type = api->getCanonicalType(api->getNonReferenceType(api->getCanonicalType(type)));
        if (api->isConstQualifiedType(type))
            return true;
        switch (type.kind) {
        case CXType_Pointer:
        case CXType_MemberPointer:
        case CXType_ObjCObjectPointer: type = api->getPointeeType(type); break;
        case CXType_ConstantArray:
        case CXType_IncompleteArray:
        case CXType_VariableArray:
        case CXType_DependentSizedArray: type = api->getArrayElementType(type); break;
        default: return false;
        }
    }
    return false;
}

static bool is_readonly(const struct api *api, CXCursor declaration) {
    switch (declaration.kind) {
    case CXCursor_EnumConstantDecl:
    case CXCursor_NonTypeTemplateParameter: return true;
    case CXCursor_FieldDecl:
    case CXCursor_VarDecl:
    case CXCursor_ParmDecl:
    case CXCursor_UnexposedDecl: return is_constant(api, api->getCursorType(declaration));
    default: return is_function(declaration.kind) && api->CXXMethod_isConst(declaration);
    }
}

/* A member of the class rather than of its instances, or a local variable that stays. */
static bool is_static(const struct api *api, CXCursor declaration, unsigned kind) {
    if (declaration.kind == CXCursor_VarDecl)
        return kind == HIGHLIGHT_STATIC_FIELD ||
               (kind == HIGHLIGHT_LOCAL_VARIABLE &&
                api->Cursor_getStorageClass(declaration) == CX_SC_Static);
    return kind == HIGHLIGHT_STATIC_METHOD;
}

static bool is_abstract(const struct api *api, CXCursor declaration) {
    if (is_class(declaration.kind))
        return api->CXXRecord_isAbstract(declaration);
    return is_function(declaration.kind) && api->CXXMethod_isPureVirtual(declaration);
}

static unsigned scope_of(const struct api *api, CXCursor declaration, unsigned kind) {
    if (declaration.kind == CXCursor_LabelStmt || declaration.kind == CXCursor_ParmDecl)
        return MODIFIER_FUNCTION_SCOPE;
    CXCursor parent = api->getCursorSemanticParent(declaration);
    for (int depth = 0; depth < DEPTH_MAX && api->isDeclaration(parent.kind); depth++) {
        if (is_function(parent.kind))
            return MODIFIER_FUNCTION_SCOPE;
        if (is_class(parent.kind))
            return MODIFIER_CLASS_SCOPE;
        if (parent.kind == CXCursor_Namespace)
            break;
        parent = api->getCursorSemanticParent(parent);
    }
    if (kind == HIGHLIGHT_TEMPLATE_PARAMETER)
        return 0; /* of a member that is defined outside of its class */
    return api->getCursorLinkage(declaration) < CXLinkage_External ? MODIFIER_FILE_SCOPE
                                                                   : MODIFIER_GLOBAL_SCOPE;
}

static bool is_system(const struct api *api, CXCursor declaration) {
    return api->Location_isInSystemHeader(api->getCursorLocation(declaration));
}

static unsigned modifiers_of(const struct api *api, CXCursor declaration, unsigned kind) {
    unsigned modifiers = scope_of(api, declaration, kind);
    if (is_readonly(api, declaration))
        modifiers |= MODIFIER_READONLY;
    if (is_static(api, declaration, kind))
        modifiers |= MODIFIER_STATIC;
    if (is_abstract(api, declaration))
        modifiers |= MODIFIER_ABSTRACT;
    if (is_function(declaration.kind) && api->CXXMethod_isVirtual(declaration))
        modifiers |= MODIFIER_VIRTUAL;
    if (is_system(api, declaration))
        modifiers |= MODIFIER_DEFAULT_LIBRARY;
    if (api->getCursorAvailability(declaration) == CXAvailability_Deprecated)
        modifiers |= MODIFIER_DEPRECATED;
    if (declaration.kind == CXCursor_Constructor)
        modifiers |= MODIFIER_CONSTRUCTOR;
    return modifiers;
}

unsigned highlight_declaration(const struct live *live, CXCursor declaration) {
    const struct api *api = live->api;
    bool defines;
    switch (declaration.kind) {
    case CXCursor_EnumDecl:
    case CXCursor_TypedefDecl:
    case CXCursor_TypeAliasDecl:
    case CXCursor_TypeAliasTemplateDecl:
    case CXCursor_FieldDecl:
    case CXCursor_EnumConstantDecl:
    case CXCursor_UnexposedDecl:
    case CXCursor_Namespace:
    case CXCursor_NamespaceAlias:
    case CXCursor_ConceptDecl:
    case CXCursor_LabelStmt: defines = false; break;
    case CXCursor_ParmDecl:
    case CXCursor_TemplateTypeParameter:
    case CXCursor_NonTypeTemplateParameter:
    case CXCursor_TemplateTemplateParameter: defines = true; break;
    default: defines = is_definition(api, declaration);
    }
    return MODIFIER_DECLARATION | (defines ? (unsigned)MODIFIER_DEFINITION : 0);
}

/* Declarations --------------------------------------------------------------------------------- */

uint32_t highlighting_name(const char *name, size_t length) {
    return (uint32_t)hash_bytes(name, length, 0) | 1;
}

/* 0 of what is called by an operator, a conversion, a selector, or by nothing. */
static uint32_t name_of(const struct api *api, CXCursor declaration) {
    CXString string = api->getCursorSpelling(declaration);
    const char *name = api->getCString(string);
    size_t length = name ? strlen(name) : 0;
    bool word = length > 0;
    for (size_t i = 0; word && i < length; i++)
        word = is_word(name[i]) || (i == 0 && name[i] == '~') ||
               (name[i] == '<' && declaration.kind == CXCursor_Constructor && (length = i) > 0);
    uint32_t hash = word ? highlighting_name(name, length) : 0;
    api->disposeString(string);
    return hash;
}

struct highlighting highlight(struct highlighter *highlighter, CXCursor declaration) {
    const struct api *api = highlighter->live->api;
    if (api->Cursor_isNull(declaration) || api->isInvalid(declaration.kind))
        return plain(HIGHLIGHT_NONE);
    uint64_t key = (uint64_t)(uintptr_t)declaration.data[0] * 1024 + declaration.kind;
    uint64_t *index = map_at(&highlighter->known, key, NULL);
    if (!index)
        return plain(HIGHLIGHT_NONE);
    if (!*index) {
        struct highlighting made = plain(kind_of_declaration(api, declaration));
        if (made.kind != HIGHLIGHT_NONE) {
            made.modifiers = modifiers_of(api, declaration, made.kind);
            made.name = name_of(api, declaration);
        }
        buffer_append(&highlighter->found, &made, sizeof made);
        *index = highlighter->found.size / sizeof made;
    }
    if (highlighter->found.failed)
        return plain(HIGHLIGHT_NONE);
    const struct highlighting *found = (const void *)highlighter->found.bytes;
    return found[*index - 1];
}

struct highlighting highlight_deduced(struct highlighter *highlighter, CXType type) {
    const struct api *api = highlighter->live->api;
    CXType canonical = api->getCanonicalType(type);
    if (is_builtin(canonical))
        return (struct highlighting){
            HIGHLIGHT_PRIMITIVE,
            MODIFIER_DEDUCED | MODIFIER_DEFAULT_LIBRARY | MODIFIER_GLOBAL_SCOPE, 0};
    if (canonical.kind != CXType_Record && canonical.kind != CXType_Enum)
        return plain(HIGHLIGHT_NONE);
    struct highlighting found = highlight(highlighter, api->getTypeDeclaration(canonical));
    if (found.name == 0)
        return plain(HIGHLIGHT_NONE); /* a lambda's class */
    found.modifiers &= MODIFIER_DEFAULT_LIBRARY | MODIFIER_FUNCTION_SCOPE | MODIFIER_CLASS_SCOPE |
                       MODIFIER_FILE_SCOPE | MODIFIER_GLOBAL_SCOPE;
    found.modifiers |= MODIFIER_DEDUCED;
    return found;
}

void highlighter_free(struct highlighter *highlighter) {
    map_free(&highlighter->known);
    buffer_free(&highlighter->found);
}
