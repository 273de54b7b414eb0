/* A function's declaration, part by part. */
#include "refactoring.h"

#include "anatomy.h"
#include "declarations.h"
#include "naming.h"
#include "type_facts.h"

/* FunctionFlag of core/live_refactoring.py */
enum function_flag {
    FUNCTION_MEMBER = 1,
    FUNCTION_STATIC = 2,
    FUNCTION_CONST = 4,
    FUNCTION_PURE = 8,
    FUNCTION_GIVEN = 16,     /* deleted or defaulted */
    FUNCTION_TEMPLATE = 32,  /* itself, or something around it */
    FUNCTION_LOCAL = 64,     /* of a class in a function */
    FUNCTION_VARIADIC = 128, /* with C's ellipsis */
    FUNCTION_HIDDEN = 256,   /* of something without a name */
    FUNCTION_MACRO = 512,    /* a macro wrote a part of it */
    FUNCTION_LINKAGE = 1024, /* in extern "C" */
    FUNCTION_FRIEND = 2048
};

/* Value of core/live_refactoring.py */
enum value { VALUE_NONE, VALUE_DEFAULT, VALUE_SELF, VALUE_UNKNOWN };

/* Finding ---------------------------------------------------------------------------------------- */

struct search {
    struct live *live;
    size_t offset;
    bool (*is_wanted)(const struct api *api, CXCursor cursor);
    CXCursor found;
    bool has_found;
};

static enum CXChildVisitResult find(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct search *search = data;
    const struct api *api = search->live->api;
    size_t start, end;
    (void)parent;
    /* Cheaper than the extent, and most of a unit lies in headers. */
    struct place place = place_of(api, api->getCursorLocation(cursor));
    if (!same_file(api, place.file, search->live->file) ||
        !main_extent(search->live, cursor, &start, &end) || search->offset < start ||
        search->offset > end)
        return CXChildVisit_Continue;
    if (search->is_wanted(api, cursor)) {
        search->found = cursor;
        search->has_found = true;
    }
    return CXChildVisit_Recurse;
}

bool innermost_at(struct live *live, size_t offset,
                  bool (*is_wanted)(const struct api *api, CXCursor cursor), CXCursor *found) {
    struct search search = {.live = live, .offset = offset, .is_wanted = is_wanted};
    live->api->visitChildren(live->api->getTranslationUnitCursor(live->unit), find, &search);
    *found = search.found;
    return search.has_found;
}

static bool is_any_function(const struct api *api, CXCursor cursor) {
    (void)api;
    return is_function(cursor.kind);
}

bool function_at(struct live *live, size_t offset, CXCursor *found) {
    return innermost_at(live, offset, is_any_function, found);
}

/* Flags ------------------------------------------------------------------------------------------ */

/* Whether a place is where it was written, not where a macro was used. */
static bool is_written(const struct api *api, CXSourceLocation location) {
    CXFile spelled, used;
    unsigned at, line, column, offset;
    api->getSpellingLocation(location, &spelled, &line, &column, &at);
    api->getExpansionLocation(location, &used, &line, &column, &offset);
    return at == offset && same_file(api, spelled, used);
}

static bool is_template(const struct api *api, CXCursor cursor) {
    return cursor.kind == CXCursor_FunctionTemplate || cursor.kind == CXCursor_ClassTemplate ||
           cursor.kind == CXCursor_ClassTemplatePartialSpecialization ||
           !api->Cursor_isNull(api->getSpecializedCursorTemplate(cursor));
}

static unsigned flags_around(const struct api *api, CXCursor function) {
    unsigned flags = 0;
    CXCursor scope = api->getCursorSemanticParent(function);
    for (; api->isDeclaration(scope.kind); scope = api->getCursorSemanticParent(scope)) {
        if (is_template(api, scope))
            flags |= FUNCTION_TEMPLATE;
        if (is_function(scope.kind))
            flags |= FUNCTION_LOCAL;
        if (api->Cursor_isAnonymous(scope))
            flags |= FUNCTION_HIDDEN;
    }
    scope = api->getCursorLexicalParent(function);
    for (; api->isDeclaration(scope.kind); scope = api->getCursorLexicalParent(scope))
        if (scope.kind == CXCursor_LinkageSpec)
            flags |= FUNCTION_LINKAGE;
    return flags;
}

static unsigned flags_of_function(const struct api *api, CXCursor function) {
    unsigned flags = flags_around(api, function);
    CXSourceRange extent = api->getCursorExtent(function);
    if (is_class(api->getCursorSemanticParent(function).kind))
        flags |= FUNCTION_MEMBER;
    if (api->CXXMethod_isStatic(function) ||
        api->Cursor_getStorageClass(function) == CX_SC_Static)
        flags |= FUNCTION_STATIC;
    if (api->CXXMethod_isConst(function))
        flags |= FUNCTION_CONST;
    if (api->CXXMethod_isPureVirtual(function))
        flags |= FUNCTION_PURE;
    if (api->CXXMethod_isDefaulted(function) || api->CXXMethod_isDeleted(function))
        flags |= FUNCTION_GIVEN;
    if (is_template(api, function))
        flags |= FUNCTION_TEMPLATE;
    if (api->Cursor_isVariadic(function))
        flags |= FUNCTION_VARIADIC;
    if (is_friend(api, function))
        flags |= FUNCTION_FRIEND;
    if (!is_written(api, api->getRangeStart(extent)) || !is_written(api, api->getRangeEnd(extent)) ||
        !is_written(api, api->getCursorLocation(function)))
        flags |= FUNCTION_MACRO;
    return flags;
}

/* Parts ------------------------------------------------------------------------------------------ */

struct parts {
    struct live *live;
    struct buffer *out;
    size_t count;
    size_t name;   /* where the function's name is */
    CXCursor body;
    bool has_body;
};

static enum CXChildVisitResult find_body(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct parts *parts = data;
    (void)parent;
    if (cursor.kind != CXCursor_CompoundStmt)
        return CXChildVisit_Continue;
    parts->body = cursor;
    parts->has_body = true;
    return CXChildVisit_Break;
}

static void pack_extent(struct parts *parts, CXCursor cursor) {
    size_t start, end;
    if (main_extent(parts->live, cursor, &start, &end))
        pack_span(parts->out, span_between(&parts->live->text, start, end));
    else
        pack_nil(parts->out);
}

static void pack_parameters(struct parts *parts, CXCursor function) {
    const struct api *api = parts->live->api;
    int count = api->Cursor_getNumArguments(function);
    size_t opened = pack_array_open(parts->out);
    for (int at = 0; at < count; at++) {
        CXCursor parameter = api->Cursor_getArgument(function, (unsigned)at);
        pack_array(parts->out, 3);
        pack_cxstring(parts->out, api, api->getCursorSpelling(parameter));
        pack_type(parts->out, api, function, api->getCursorType(parameter));
        pack_extent(parts, parameter);
    }
    pack_array_close(parts->out, opened, count > 0 ? (size_t)count : 0);
}

static void pack_scopes(struct parts *parts, CXCursor scope) {
    const struct api *api = parts->live->api;
    if (!api->isDeclaration(scope.kind))
        return;
    pack_scopes(parts, api->getCursorSemanticParent(scope));
    if (scope.kind == CXCursor_LinkageSpec)
        return;
    pack_array(parts->out, 3);
    pack_cxstring(parts->out, api, api->getCursorSpelling(scope));
    pack_bool(parts->out, scope.kind == CXCursor_Namespace);
    pack_bool(parts->out, scope.kind == CXCursor_Namespace && api->Cursor_isInlineNamespace(scope));
    parts->count++;
}

/* Names of the result's type that are looked up in the scope of the declaration: a definition
 * elsewhere must say where they are. */
static enum CXChildVisitResult visit_reference(CXCursor cursor, CXCursor parent,
                                               CXClientData data) {
    struct parts *parts = data;
    struct live *live = parts->live;
    const struct api *api = live->api;
    (void)parent;
    if (cursor.kind != CXCursor_TypeRef && cursor.kind != CXCursor_TemplateRef &&
        cursor.kind != CXCursor_NamespaceRef)
        return CXChildVisit_Continue;
    struct place place = place_of(api, api->getCursorLocation(cursor));
    CXCursor named = api->getCursorReferenced(cursor);
    if (!same_file(api, place.file, live->file) || place.offset >= parts->name ||
        api->Cursor_isNull(named))
        return CXChildVisit_Continue;
    pack_array(parts->out, 2);
    pack_span(parts->out, span_between(&live->text, place.offset, place.offset));
    pack_scope(parts->out, live, named);
    parts->count++;
    return CXChildVisit_Continue;
}

static enum value value_of(const struct api *api, CXCursor function) {
    CXType type = api->getCursorResultType(function);
    CXType canonical = api->getCanonicalType(type);
    if (function.kind == CXCursor_Constructor || function.kind == CXCursor_Destructor ||
        canonical.kind == CXType_Void)
        return VALUE_NONE;
    CXCursor self = api->getCursorSemanticParent(function);
    if (canonical.kind == CXType_LValueReference) {
        CXType pointee = api->getPointeeType(canonical);
        bool is_self = is_class(self.kind) && !api->CXXMethod_isStatic(function) &&
                       (!api->CXXMethod_isConst(function) || api->isConstQualifiedType(pointee)) &&
                       api->equalTypes(api->getUnqualifiedType(pointee),
                                       api->getCanonicalType(api->getCursorType(self)));
        return is_self ? VALUE_SELF : VALUE_UNKNOWN;
    }
    return type_facts(api, type) & TYPE_DEFAULT ? VALUE_DEFAULT : VALUE_UNKNOWN;
}

/* The outermost class around what is written there; the function itself outside of classes. */
static CXCursor outermost(const struct api *api, CXCursor function) {
    CXCursor found = function;
    CXCursor scope = api->getCursorLexicalParent(function);
    for (; is_class(scope.kind); scope = api->getCursorLexicalParent(scope))
        found = scope;
    return found;
}

/* The declaration of a definition, the definition of a declaration: [path, span], or nil. */
static void pack_other(struct parts *parts, CXCursor function) {
    const struct api *api = parts->live->api;
    CXCursor other = api->getCanonicalCursor(function);
    if (api->equalCursors(other, function))
        other = api->getCursorDefinition(function);
    CXFile file;
    struct span span;
    if (api->Cursor_isNull(other) || api->equalCursors(other, function) ||
        !span_of(api, api->getCursorExtent(other), &file, &span)) {
        pack_nil(parts->out);
        return;
    }
    pack_array(parts->out, 2);
    pack_path(parts->out, &parts->live->files, file);
    pack_span(parts->out, span);
}

static void pack_function(struct parts *parts, CXCursor function) {
    struct live *live = parts->live;
    const struct api *api = live->api;
    struct place name = place_of(api, api->getCursorLocation(function));
    parts->name = name.offset;
    api->visitChildren(function, find_body, parts);
    pack_array(parts->out, 13);
    pack_int(parts->out, function.kind);
    pack_name(parts->out, live, function);
    pack_uint(parts->out, flags_of_function(api, function));
    pack_extent(parts, function);
    pack_span(parts->out, span_between(&live->text, name.offset,
                                       name.offset +
                                           text_declared_name(&live->text, name.offset)));
    if (parts->has_body)
        pack_extent(parts, parts->body);
    else
        pack_nil(parts->out);
    pack_type(parts->out, api, function, api->getCursorResultType(function));
    pack_int(parts->out, value_of(api, function));
    pack_parameters(parts, function);
    size_t opened = pack_array_open(parts->out);
    pack_scopes(parts, api->getCursorSemanticParent(function));
    pack_array_close(parts->out, opened, parts->count);
    parts->count = 0;
    opened = pack_array_open(parts->out);
    api->visitChildren(function, visit_reference, parts);
    pack_array_close(parts->out, opened, parts->count);
    pack_extent(parts, outermost(api, function));
    pack_other(parts, function);
}

int cppls_live_function(struct live *live, unsigned line, unsigned column, struct buffer *out) {
    if (!live->file)
        return 1;
    struct parts parts = {.live = live, .out = out};
    CXCursor function;
    size_t start, end;
    if (function_at(live, text_offset(&live->text, line, column), &function) &&
        main_extent(live, function, &start, &end))
        pack_function(&parts, function);
    else
        pack_nil(out);
    return out->failed ? 2 : 0;
}
