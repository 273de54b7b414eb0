/* The declarations of the main file as a tree, macros among them, in the order of the text. */
#include "declarations.h"
#include "live.h"
#include "naming.h"
#include "symbols.h"

#include <stdlib.h>
#include <string.h>

/* Deeper nesting than this is generated code or an attack on the stack. */
#define DEPTH_MAX 64

struct entry {
    CXCursor cursor;
    unsigned offset;
    size_t order; /* of discovery: declarations of one macro share an offset */
};

struct entries {
    struct live *live;
    struct entry *items;
    size_t count, capacity;
    bool failed;
};

static void pack_entries(struct buffer *out, struct entries *entries, int depth);

static void add_entry(struct entries *entries, CXCursor cursor, unsigned offset) {
    if (entries->count == entries->capacity) {
        size_t capacity = entries->capacity ? 2 * entries->capacity : 16;
        struct entry *items = realloc(entries->items, capacity * sizeof *items);
        if (!items) {
            entries->failed = true;
            return;
        }
        entries->items = items;
        entries->capacity = capacity;
    }
    entries->items[entries->count] = (struct entry){cursor, offset, entries->count};
    entries->count++;
}

static bool is_shown(struct live *live, CXCursor cursor) {
    switch (cursor.kind) {
    case CXCursor_ParmDecl:
    case CXCursor_TemplateTypeParameter:
    case CXCursor_NonTypeTemplateParameter:
    case CXCursor_TemplateTemplateParameter:
    case CXCursor_CXXAccessSpecifier:
    case CXCursor_UsingDirective:
    case CXCursor_UsingDeclaration:
    case CXCursor_FriendDecl:
    case CXCursor_StaticAssert:
        return false;
    default:
        return kind_of(live, cursor) != CXIdxEntity_Unexposed;
    }
}

static enum CXChildVisitResult visit_entry(CXCursor cursor, CXCursor parent, CXClientData data) {
    struct entries *entries = data;
    struct live *live = entries->live;
    /* Of friends only what is defined right here. */
    if (cursor.kind == CXCursor_FriendDecl)
        return CXChildVisit_Recurse;
    if (parent.kind == CXCursor_FriendDecl &&
        (!is_function(cursor.kind) || !is_definition(live->api, cursor)))
        return CXChildVisit_Continue;
    if (!live->api->isDeclaration(cursor.kind))
        return CXChildVisit_Continue;
    struct place place = place_of(live->api, live->api->getCursorLocation(cursor));
    if (!same_file(live->api, place.file, live->file))
        return CXChildVisit_Continue;
    if (cursor.kind == CXCursor_LinkageSpec)
        return CXChildVisit_Recurse;
    if (!live->api->equalCursors(pattern_of(live->api, cursor), cursor))
        return CXChildVisit_Continue; /* implicit instantiations stand beside their templates */
    if (is_shown(live, cursor))
        add_entry(entries, cursor, place.offset);
    else if (cursor.kind == CXCursor_UnexposedDecl)
        return CXChildVisit_Recurse; /* `export {}` and the like hold declarations */
    return CXChildVisit_Continue;
}

/* Macro definitions, from the text: a visit of the unit leaves out those of the preamble. */
static void add_macros(struct entries *entries) {
    struct live *live = entries->live;
    const struct text *text = &live->text;
    for (size_t line = 0; line < text->line_count; line++) {
        size_t at = text_skip_blanks(text, text->lines[line]);
        if (at >= text->size || text->bytes[at] != '#')
            continue;
        at = text_skip_blanks(text, at + 1);
        if (!word_is(text, at, "define"))
            continue;
        at = text_skip_blanks(text, at + strlen("define"));
        CXCursor cursor =
            cursor_in(live->api, live->unit, live->file, text_position(text, at));
        /* Not so in a skipped region, a comment or a raw string. */
        if (cursor.kind == CXCursor_MacroDefinition)
            add_entry(entries, cursor, (unsigned)at);
    }
}

static int by_offset(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    if (a->offset != b->offset)
        return a->offset < b->offset ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static bool has_children(const struct api *api, CXCursor cursor) {
    return is_class(cursor.kind) || cursor.kind == CXCursor_EnumDecl ||
           cursor.kind == CXCursor_Namespace || cursor.kind == CXCursor_ObjCInterfaceDecl ||
           cursor.kind == CXCursor_ObjCCategoryDecl || cursor.kind == CXCursor_ObjCProtocolDecl ||
           cursor.kind == CXCursor_ObjCImplementationDecl ||
           cursor.kind == CXCursor_ObjCCategoryImplDecl ||
           (cursor.kind == CXCursor_TypeAliasTemplateDecl && api->isCursorDefinition(cursor));
}

static bool encloses(const struct span *outer, const struct span *inner) {
    bool starts = outer->line < inner->line ||
                  (outer->line == inner->line && outer->column <= inner->column);
    bool ends = inner->end_line < outer->end_line ||
                (inner->end_line == outer->end_line && inner->end_column <= outer->end_column);
    return starts && ends;
}

/* Back over `Name::` or `Name<...>::` in front of a name; the same offset when there is none. */
static size_t before_qualifier(const struct text *text, size_t name) {
    size_t at = name;
    if (at < 3 || text->bytes[at - 1] != ':' || text->bytes[at - 2] != ':')
        return name;
    at -= 2;
    int depth = 0;
    for (; at > 0; at--) {
        depth += text->bytes[at - 1] == '>';
        depth -= text->bytes[at - 1] == '<';
        if (depth == 0 && text->bytes[at - 1] != '<')
            break;
    }
    size_t end = at;
    while (at > 0 && is_word(text->bytes[at - 1]))
        at--;
    return at < end ? at : name;
}

/* The name; of a member that is defined outside of its class as it is written, `Class::member`. */
static void pack_outline_name(struct buffer *out, struct live *live, CXCursor cursor) {
    const struct api *api = live->api;
    const struct text *text = &live->text;
    struct place place = place_of(api, api->getCursorLocation(cursor));
    bool outside = (is_function(cursor.kind) || is_class(cursor.kind) ||
                    cursor.kind == CXCursor_VarDecl) &&
                   same_file(api, place.file, live->file) && place.offset < text->size &&
                   !api->equalCursors(api->getCursorSemanticParent(cursor),
                                      api->getCursorLexicalParent(cursor));
    size_t start = place.offset;
    for (size_t next; outside && (next = before_qualifier(text, start)) < start;)
        start = next;
    bool special = is_class(cursor.kind) &&
                   !api->Cursor_isNull(api->getSpecializedCursorTemplate(cursor));
    CXString string =
        special ? api->getCursorDisplayName(cursor) : api->getCursorSpelling(cursor);
    const char *name = api->getCString(string);
    size_t length = name ? strlen(name) : 0;
    /* A constructor of a template, or that is one, is called `Class<T>` by libclang. */
    bool cut = is_function(cursor.kind) && length && name[length - 1] == '>' &&
               strncmp(name, "operator", 8) != 0;
    if (cut)
        length = strcspn(name, "<");
    if ((start < place.offset || cut || special) && length) {
        struct buffer qualified = {0};
        buffer_append(&qualified, text->bytes + start, place.offset - start);
        buffer_append(&qualified, name, length);
        pack_text(out, (const char *)qualified.bytes, qualified.size);
        out->failed |= qualified.failed;
        buffer_free(&qualified);
    } else {
        pack_name(out, live, cursor);
    }
    api->disposeString(string);
}

/* An OutlineItem of core/messages.py. */
static void pack_item(struct buffer *out, struct live *live, CXCursor cursor, int depth) {
    const struct api *api = live->api;
    CXFile file;
    struct span extent, selection = name_span(api, live->unit, cursor, &file);
    /* Clients refuse a selection outside its extent; one from a macro's expansion may be. */
    if (!span_of(api, api->getCursorExtent(cursor), &file, &extent) ||
        !encloses(&extent, &selection))
        extent = selection;
    pack_array(out, 7);
    pack_outline_name(out, live, cursor);
    pack_signature(out, live, cursor);
    pack_int(out, kind_of(live, cursor));
    pack_uint(out, flags_of(live, cursor));
    pack_span(out, extent);
    pack_span(out, selection);
    struct entries children = {.live = live};
    if (depth < DEPTH_MAX && has_children(api, cursor))
        api->visitChildren(cursor, visit_entry, &children);
    pack_entries(out, &children, depth + 1);
}

/* Write the entries as an array, and free them. */
static void pack_entries(struct buffer *out, struct entries *entries, int depth) {
    if (entries->count)
        qsort(entries->items, entries->count, sizeof *entries->items, by_offset);
    pack_array(out, entries->count);
    for (size_t i = 0; i < entries->count; i++)
        pack_item(out, entries->live, entries->items[i].cursor, depth);
    out->failed |= entries->failed;
    free(entries->items);
}

int cppls_live_outline(struct live *live, struct buffer *out) {
    if (!live->file)
        return 1;
    struct entries entries = {.live = live};
    live->api->visitChildren(live->api->getTranslationUnitCursor(live->unit), visit_entry, &entries);
    add_macros(&entries);
    pack_entries(out, &entries, 0);
    return out->failed ? 2 : 0;
}
