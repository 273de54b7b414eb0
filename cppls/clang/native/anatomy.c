/* The nodes around a selection. */
#include "anatomy.h"

#include "naming.h"
#include "resolve.h"
#include "symbols.h"

#include <string.h>

/* Deeper nesting than this is generated code or an attack on the stack. */
#define DEPTH_MAX 256

struct selection {
    struct live *live;
    size_t start, end; /* bytes of the main file */
};

struct search {
    const struct selection *selection;
    CXCursor found;
    bool has_found;
};

bool main_extent(struct live *live, CXCursor cursor, size_t *start, size_t *end) {
    const struct api *api = live->api;
    CXSourceRange range = api->getCursorExtent(cursor);
    struct place first = place_of(api, api->getRangeStart(range));
    struct place last = place_of(api, api->getRangeEnd(range));
    if (!same_file(api, first.file, live->file) || !same_file(api, last.file, live->file))
        return false;
    *start = first.offset;
    *end = last.offset;
    return first.offset <= last.offset;
}

static bool covers(const struct selection *selection, CXCursor cursor) {
    size_t start, end;
    return main_extent(selection->live, cursor, &start, &end) && start <= selection->start &&
           selection->end <= end;
}

static enum CXChildVisitResult find_top(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct search *search = data;
    struct live *live = search->selection->live;
    (void)parent;
    /* Cheaper than the extent, and most of a unit lies in headers. */
    struct place place = place_of(live->api, live->api->getCursorLocation(cursor));
    if (!same_file(live->api, place.file, live->file) || !covers(search->selection, cursor))
        return CXChildVisit_Continue;
    search->found = cursor;
    search->has_found = true;
    return CXChildVisit_Break;
}

static bool find_in(const struct selection *selection, CXCursor parent,
                    CXCursorVisitor visitor, CXCursor *found) {
    struct search search = {.selection = selection};
    selection->live->api->visitChildren(parent, visitor, &search);
    *found = search.found;
    return search.has_found;
}

/* Nodes ---------------------------------------------------------------------------------------- */

struct children {
    const struct selection *selection;
    struct buffer *out;
    size_t count;
    int depth;
};

static void pack_node(struct buffer *out, const struct selection *selection, CXCursor cursor,
                      int depth, bool whole);

static enum CXChildVisitResult visit_child(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct children *children = data;
    size_t start, end;
    (void)parent;
    if (!main_extent(children->selection->live, cursor, &start, &end))
        return CXChildVisit_Continue;
    pack_node(children->out, children->selection, cursor, children->depth + 1,
              covers(children->selection, cursor));
    children->count++;
    return CXChildVisit_Continue;
}

/* `whole`: with its children, and so on along the nodes that cover the selection. */
static void pack_node(struct buffer *out, const struct selection *selection, CXCursor cursor,
                      int depth, bool whole) {
    struct live *live = selection->live;
    const struct api *api = live->api;
    CXCursor named =
        api->isDeclaration(cursor.kind) ? cursor : api->getCursorReferenced(cursor);
    bool is_named = !api->Cursor_isNull(named) && api->isDeclaration(named.kind);
    size_t start = 0, end = 0;
    (void)main_extent(live, cursor, &start, &end);
    pack_array(out, 8);
    pack_int(out, cursor.kind);
    pack_span(out, span_between(&live->text, start, end));
    pack_cxstring(out, api, api->getCursorSpelling(cursor));
    pack_cxstring(out, api, api->getTypeSpelling(api->getCursorType(cursor)));
    pack_cxstring(out, api,
                  api->getTypeSpelling(api->getCanonicalType(api->getCursorType(cursor))));
    pack_int(out, is_named ? live_id(live, named) : 0);
    pack_int(out, is_named ? kind_of(live, named) : 0);
    struct children children = {selection, out, 0, depth};
    size_t opened = pack_array_open(out);
    if (whole && depth < DEPTH_MAX)
        api->visitChildren(cursor, visit_child, &children);
    pack_array_close(out, opened, children.count);
}

int cppls_live_anatomy(struct live *live, unsigned line, unsigned column, unsigned end_line,
                       unsigned end_column, struct buffer *out) {
    if (!live->file)
        return 1;
    struct selection selection = {live, text_offset(&live->text, line, column),
                                  text_offset(&live->text, end_line, end_column)};
    CXCursor top;
    if (find_in(&selection, live->api->getTranslationUnitCursor(live->unit), find_top, &top))
        pack_node(out, &selection, top, 0, true);
    else
        pack_nil(out);
    return out->failed ? 2 : 0;
}

/* Switches ------------------------------------------------------------------------------------- */

struct cases {
    struct live *live;
    struct buffer *out;
    struct buffer values; /* int64_t: those that have a case, or a name before */
    size_t count;
};

static void add_value(struct cases *cases, int64_t value) {
    buffer_append(&cases->values, &value, sizeof value);
}

static bool has_value(const struct cases *cases, int64_t value) {
    for (size_t at = 0; at < cases->values.size; at += sizeof value)
        if (memcmp(cases->values.bytes + at, &value, sizeof value) == 0)
            return true;
    return false;
}

/* An enumerator, however the value of a case names it. */
static enum CXChildVisitResult add_named(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct cases *cases = data;
    const struct api *api = cases->live->api;
    (void)parent;
    if (cursor.kind != CXCursor_DeclRefExpr)
        return CXChildVisit_Recurse;
    CXCursor named = api->getCursorReferenced(cursor);
    if (named.kind == CXCursor_EnumConstantDecl)
        add_value(cases, api->getEnumConstantDeclValue(named));
    return CXChildVisit_Continue;
}

/* The first child of a case is its value; what follows is the statement. */
static enum CXChildVisitResult visit_value(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct cases *cases = data;
    if (add_named(cursor, parent, data) == CXChildVisit_Recurse)
        cases->live->api->visitChildren(cursor, add_named, cases);
    return CXChildVisit_Break;
}

static enum CXChildVisitResult visit_case(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct cases *cases = data;
    (void)parent;
    if (cursor.kind == CXCursor_SwitchStmt)
        return CXChildVisit_Continue; /* its cases are its own */
    if (cursor.kind == CXCursor_CaseStmt)
        cases->live->api->visitChildren(cursor, visit_value, cases);
    return CXChildVisit_Recurse;
}

static enum CXChildVisitResult visit_enumerator(CXCursor cursor, CXCursor parent,
                                                CXClientData data) {
    struct cases *cases = data;
    const struct api *api = cases->live->api;
    (void)parent;
    if (cursor.kind != CXCursor_EnumConstantDecl)
        return CXChildVisit_Continue;
    int64_t value = api->getEnumConstantDeclValue(cursor);
    pack_array(cases->out, 2);
    pack_cxstring(cases->out, api, api->getCursorSpelling(cursor));
    pack_bool(cases->out, has_value(cases, value));
    /* A second name of a value cannot have a case of its own. */
    add_value(cases, value);
    cases->count++;
    return CXChildVisit_Continue;
}

struct switches {
    const struct selection *selection;
    CXCursor innermost;
    bool has_found;
};

static enum CXChildVisitResult find_switch(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct switches *switches = data;
    (void)parent;
    if (!covers(switches->selection, cursor))
        return CXChildVisit_Continue;
    if (cursor.kind == CXCursor_SwitchStmt) {
        switches->innermost = cursor;
        switches->has_found = true;
    }
    return CXChildVisit_Recurse;
}

/* The enum that a switch is about, as its condition was written: promotions are children. */
static enum CXChildVisitResult find_enum(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct search *search = data;
    const struct api *api = search->selection->live->api;
    (void)parent;
    if (cursor.kind == CXCursor_CompoundStmt)
        return CXChildVisit_Break;
    CXType type = api->getCanonicalType(api->getCursorType(cursor));
    CXCursor declaration = api->getTypeDeclaration(type);
    if (declaration.kind != CXCursor_EnumDecl)
        return api->isExpression(cursor.kind) ? CXChildVisit_Recurse : CXChildVisit_Continue;
    search->found = declaration;
    search->has_found = true;
    return CXChildVisit_Break;
}

int cppls_live_switch_cases(struct live *live, unsigned line, unsigned column,
                            struct buffer *out) {
    if (!live->file)
        return 1;
    const struct api *api = live->api;
    size_t at = text_offset(&live->text, line, column);
    struct selection selection = {live, at, at};
    struct switches switches = {.selection = &selection};
    CXCursor top, declaration;
    if (find_in(&selection, api->getTranslationUnitCursor(live->unit), find_top, &top))
        api->visitChildren(top, find_switch, &switches);
    if (!switches.has_found || !find_in(&selection, switches.innermost, find_enum, &declaration)) {
        pack_nil(out);
        return out->failed ? 2 : 0;
    }
    CXCursor definition = api->getCursorDefinition(declaration);
    struct cases cases = {.live = live, .out = out};
    api->visitChildren(switches.innermost, visit_case, &cases);
    pack_array(out, 4);
    pack_scope(out, live, declaration);
    pack_cxstring(out, api, api->getCursorSpelling(declaration));
    pack_bool(out, api->EnumDecl_isScoped(declaration));
    size_t opened = pack_array_open(out);
    if (!api->Cursor_isNull(definition))
        api->visitChildren(definition, visit_enumerator, &cases);
    pack_array_close(out, opened, cases.count);
    out->failed |= cases.values.failed;
    buffer_free(&cases.values);
    return out->failed ? 2 : 0;
}
