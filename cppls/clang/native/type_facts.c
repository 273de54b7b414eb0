#include "type_facts.h"

#include "declarations.h"
#include "naming.h"

/* How far members of members are looked at. */
#define DEPTH_MAX 12

struct record {
    const struct api *api;
    int depth;
    unsigned members;           /* the facts that all members and bases share */
    bool has_constructor;       /* another than those below */
    bool has_default, default_is_made, default_is_good;
    bool has_copy, copy_is_made, copy_is_good;
    bool end_is_written;
};

static unsigned facts_of(const struct api *api, CXType type, int depth);

/* A constructor that anybody can call without being named. */
static bool is_usable(const struct api *api, CXCursor constructor) {
    return !api->CXXMethod_isDeleted(constructor) && !api->CXXMethod_isExplicit(constructor) &&
           api->getCXXAccessSpecifier(constructor) == CX_CXXPublic;
}

static void note_constructor(struct record *record, CXCursor cursor) {
    const struct api *api = record->api;
    bool made = api->CXXMethod_isDefaulted(cursor);
    if (api->CXXConstructor_isDefaultConstructor(cursor)) {
        record->has_default = true;
        record->default_is_made = made;
        record->default_is_good = is_usable(api, cursor);
    } else if (api->CXXConstructor_isCopyConstructor(cursor) ||
               api->CXXConstructor_isMoveConstructor(cursor)) {
        record->has_copy = record->has_constructor = true;
        if (is_usable(api, cursor)) {
            record->copy_is_good = true;
            record->copy_is_made |= made;
        }
    } else {
        record->has_constructor = true;
    }
}

/* libclang shows the members of instantiations in these visits only. */
static enum CXVisitorResult visit_method(CXCursor cursor, CXClientData data) {
    struct record *record = data;
    if (cursor.kind == CXCursor_Constructor)
        note_constructor(record, cursor);
    else if (cursor.kind == CXCursor_Destructor)
        record->end_is_written |= !record->api->CXXMethod_isDefaulted(cursor);
    return CXVisit_Continue;
}

static enum CXVisitorResult visit_part(CXCursor cursor, CXClientData data) {
    struct record *record = data;
    CXType type = record->api->getCursorType(cursor);
    record->members &= facts_of(record->api, type, record->depth + 1);
    if (record->api->isConstQualifiedType(type))
        record->members &= ~(unsigned)TYPE_DEFAULT;
    return CXVisit_Continue;
}

static enum CXChildVisitResult visit_template(CXCursor cursor, CXCursor parent,
                                              CXClientData data) {
    struct record *record = data;
    (void)parent;
    record->has_constructor |=
        cursor.kind == CXCursor_FunctionTemplate &&
        record->api->getTemplateCursorKind(cursor) == CXCursor_Constructor;
    return CXChildVisit_Continue;
}

static unsigned facts_of_record(const struct api *api, CXType type, int depth) {
    CXCursor definition = api->getCursorDefinition(api->getTypeDeclaration(type));
    struct record record = {
        .api = api, .depth = depth, .members = TYPE_DEFAULT | TYPE_MOVABLE | TYPE_TRIVIAL};
    if (api->isPODType(type))
        return record.members;
    if (depth > DEPTH_MAX || api->Cursor_isNull(definition))
        return 0;
    api->visitCXXMethods(type, visit_method, &record);
    api->visitCXXBaseClasses(type, visit_part, &record);
    api->Type_visitFields(type, visit_part, &record);
    api->visitChildren(pattern_of(api, definition), visit_template, &record);
    bool defaulted = record.has_default ? record.default_is_made : true;
    bool copied = record.has_copy ? record.copy_is_made : true;
    unsigned facts = 0;
    if (record.has_default ? record.default_is_good : !record.has_constructor)
        facts |= defaulted ? record.members & TYPE_DEFAULT : (unsigned)TYPE_DEFAULT;
    if (!record.has_copy || record.copy_is_good)
        facts |= copied ? record.members & TYPE_MOVABLE : (unsigned)TYPE_MOVABLE;
    if (!record.end_is_written)
        facts |= record.members & TYPE_TRIVIAL;
    return facts;
}

static bool is_scalar(enum CXTypeKind kind) {
    return (kind >= CXType_Bool && kind <= CXType_NullPtr) ||
           (kind >= CXType_Float128 && kind <= CXType_Float16) || kind == CXType_Pointer ||
           kind == CXType_Enum || kind == CXType_MemberPointer;
}

static unsigned facts_of(const struct api *api, CXType type, int depth) {
    type = api->getCanonicalType(type);
    if (is_scalar(type.kind))
        return TYPE_DEFAULT | TYPE_MOVABLE | TYPE_TRIVIAL | TYPE_SCALAR;
    if (type.kind == CXType_ConstantArray)
        return facts_of(api, api->getArrayElementType(type), depth) & ~(unsigned)TYPE_SCALAR;
    if (type.kind == CXType_LValueReference || type.kind == CXType_RValueReference)
        return TYPE_MOVABLE | TYPE_TRIVIAL;
    return type.kind == CXType_Record ? facts_of_record(api, type, depth) : 0;
}

unsigned type_facts(const struct api *api, CXType type) { return facts_of(api, type, 0); }

static bool is_local_at(const struct api *api, CXType type, int depth) {
    if (depth > DEPTH_MAX)
        return true;
    CXCursor declaration = declaration_of_type(api, type);
    if (!api->Cursor_isNull(declaration) && is_local(api, declaration))
        return true;
    CXType canonical = api->getCanonicalType(type);
    if (depth == 0 && !api->equalTypes(type, canonical) && is_local_at(api, canonical, 1))
        return true;
    int arguments = api->Type_getNumTemplateArguments(type);
    for (int at = 0; at < arguments; at++) {
        CXType argument = api->Type_getTemplateArgumentAsType(type, (unsigned)at);
        if (argument.kind != CXType_Invalid && is_local_at(api, argument, depth + 1))
            return true;
    }
    return false;
}

bool is_local_type(const struct api *api, CXType type) { return is_local_at(api, type, 0); }

void pack_type(struct buffer *out, const struct api *api, CXCursor near, CXType type) {
    if (type.kind == CXType_Auto)
        type = api->getCanonicalType(type);
    CXPrintingPolicy policy = api->getCursorPrintingPolicy(near);
    pack_cxstring(out, api, api->getFullyQualifiedName(type, policy, 0));
    api->PrintingPolicy_dispose(policy);
}
