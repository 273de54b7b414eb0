/* The pure virtual methods that a class inherits and does not implement. */
#include "refactoring.h"

#include "anatomy.h"
#include "declarations.h"
#include "naming.h"
#include "type_facts.h"

#include <stdlib.h>

#define DEPTH_MAX 64
#define METHODS_MAX 512

/* Bits of PureMethod.flags, core/live_refactoring.py */
enum pure_flag { PURE_CONST = 1, PURE_NOEXCEPT = 2, PURE_LVALUE = 4, PURE_RVALUE = 8,
                 PURE_OPERATOR = 16 };

/* clang's CXCursor_ExceptionSpecificationKind */
enum { SPECIFICATION_DYNAMIC_NONE = 1, SPECIFICATION_NOEXCEPT = 4, SPECIFICATION_NOTHROW = 9 };

struct methods {
    struct live *live;
    struct buffer *out;
    CXCursor overridden[METHODS_MAX]; /* by a class further down on the way */
    size_t overridden_count;
    CXCursor given[METHODS_MAX];
    size_t given_count;
    int depth;
};

static bool is_among(const struct api *api, const CXCursor *cursors, size_t count, CXCursor cursor) {
    for (size_t at = 0; at < count; at++)
        if (api->equalCursors(cursors[at], cursor))
            return true;
    return false;
}

/* What a method overrides, directly: libclang tells it by canonical declarations. */
static enum CXVisitorResult note_overridden(CXCursor cursor, CXClientData data) {
    struct methods *methods = data;
    const struct api *api = methods->live->api;
    CXCursor *overridden = NULL;
    unsigned count = 0;
    api->getOverriddenCursors(cursor, &overridden, &count);
    for (unsigned at = 0; at < count && methods->overridden_count < METHODS_MAX; at++)
        methods->overridden[methods->overridden_count++] =
            api->getCanonicalCursor(overridden[at]);
    if (overridden)
        api->disposeOverriddenCursors(overridden);
    return CXVisit_Continue;
}

static unsigned flags_of_pure(const struct api *api, CXCursor method) {
    unsigned flags = api->CXXMethod_isConst(method) ? PURE_CONST : 0;
    int specification = api->getCursorExceptionSpecificationType(method);
    if (specification == SPECIFICATION_DYNAMIC_NONE || specification == SPECIFICATION_NOEXCEPT ||
        specification == SPECIFICATION_NOTHROW)
        flags |= PURE_NOEXCEPT;
    int reference = api->Type_getCXXRefQualifier(api->getCursorType(method));
    flags |= reference == 1 ? PURE_LVALUE : reference == 2 ? PURE_RVALUE : 0;
    if (method.kind == CXCursor_ConversionFunction)
        flags |= PURE_OPERATOR;
    return flags;
}

static void pack_method(struct methods *methods, CXCursor method) {
    struct buffer *out = methods->out;
    const struct api *api = methods->live->api;
    int count = api->Cursor_getNumArguments(method);
    pack_array(out, 5);
    pack_cxstring(out, api, api->getCursorSpelling(method));
    pack_type(out, api, method, api->getCursorResultType(method));
    size_t opened = pack_array_open(out);
    for (int at = 0; at < count; at++) {
        CXCursor parameter = api->Cursor_getArgument(method, (unsigned)at);
        pack_array(out, 2);
        pack_cxstring(out, api, api->getCursorSpelling(parameter));
        pack_type(out, api, method, api->getCursorType(parameter));
    }
    pack_array_close(out, opened, count > 0 ? (size_t)count : 0);
    pack_uint(out, flags_of_pure(api, method));
    pack_string(out, api->getCXXAccessSpecifier(method) == CX_CXXPrivate     ? "private"
                     : api->getCXXAccessSpecifier(method) == CX_CXXProtected ? "protected"
                                                                              : "public");
}

static enum CXVisitorResult visit_pure(CXCursor cursor, CXClientData data) {
    struct methods *methods = data;
    const struct api *api = methods->live->api;
    CXCursor canonical = api->getCanonicalCursor(cursor);
    if (!api->CXXMethod_isPureVirtual(cursor) || cursor.kind == CXCursor_Destructor ||
        methods->given_count == METHODS_MAX ||
        is_among(api, methods->overridden, methods->overridden_count, canonical) ||
        is_among(api, methods->given, methods->given_count, canonical))
        return CXVisit_Continue;
    methods->given[methods->given_count++] = canonical;
    pack_method(methods, cursor);
    return CXVisit_Continue;
}

/* A base, on one way from the class: what lies below it on other ways does not count. */
static enum CXVisitorResult visit_base(CXCursor cursor, CXClientData data) {
    struct methods *methods = data;
    const struct api *api = methods->live->api;
    CXType base = api->getCanonicalType(api->getCursorType(cursor));
    if (methods->depth == DEPTH_MAX)
        return CXVisit_Continue;
    size_t below = methods->overridden_count;
    /* libclang shows the members of instantiations in these visits only. */
    api->visitCXXMethods(base, visit_pure, methods);
    api->visitCXXMethods(base, note_overridden, methods);
    methods->depth++;
    api->visitCXXBaseClasses(base, visit_base, methods);
    methods->depth--;
    methods->overridden_count = below;
    return CXVisit_Continue;
}

/* The answer ------------------------------------------------------------------------------------- */

static bool is_defined_class(const struct api *api, CXCursor cursor) {
    return is_class(cursor.kind) && api->isCursorDefinition(cursor);
}

int cppls_live_pure_methods(struct live *live, unsigned line, unsigned column,
                            struct buffer *out) {
    if (!live->file)
        return 1;
    const struct api *api = live->api;
    CXCursor class;
    size_t start, end;
    if (!innermost_at(live, text_offset(&live->text, line, column), is_defined_class, &class) ||
        !main_extent(live, class, &start, &end)) {
        pack_nil(out);
        return out->failed ? 2 : 0;
    }
    struct methods *methods = calloc(1, sizeof *methods);
    if (!methods)
        return 2;
    methods->live = live;
    methods->out = out;
    struct place name = place_of(api, api->getCursorLocation(class));
    pack_array(out, 4);
    pack_span(out, span_between(&live->text, start, end));
    pack_span(out, span_between(&live->text, name.offset,
                                name.offset + text_declared_name(&live->text, name.offset)));
    pack_scope(out, live, class);
    size_t opened = pack_array_open(out);
    CXType type = api->getCursorType(class);
    api->visitCXXMethods(type, note_overridden, methods);
    api->visitCXXBaseClasses(type, visit_base, methods);
    pack_array_close(out, opened, methods->given_count);
    free(methods);
    return out->failed ? 2 : 0;
}
