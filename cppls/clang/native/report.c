/* What a parse says of itself: diagnostics, skipped regions, the files it read. */
#include "live.h"

#include <string.h>

/* Diagnostics ---------------------------------------------------------------------------------- */

static bool holds(const struct span *span, const struct place *place) {
    bool starts = span->line < place->line ||
                  (span->line == place->line && span->column <= place->column);
    bool ends = place->line < span->end_line ||
                (place->line == span->end_line && place->column <= span->end_column);
    return starts && ends && (span->line != span->end_line || span->column != span->end_column);
}

/* The range that a reader should see underlined, as clangd chooses it: the diagnostic's own one
 * that holds its location, else that of a fix-it there, else the token at the location. */
static struct span choose_span(struct live *live, CXDiagnostic diagnostic,
                               const struct place *place) {
    const struct api *api = live->api;
    CXFile file;
    struct span span;
    unsigned count = api->getDiagnosticNumRanges(diagnostic);
    for (unsigned i = 0; i < count; i++)
        if (span_of(api, api->getDiagnosticRange(diagnostic, i), &file, &span) &&
            same_file(api, file, place->file) && holds(&span, place))
            return span;
    count = api->getDiagnosticNumFixIts(diagnostic);
    for (unsigned i = 0; i < count; i++) {
        CXSourceRange range;
        api->disposeString(api->getDiagnosticFixIt(diagnostic, i, &range));
        if (span_of(api, range, &file, &span) && same_file(api, file, place->file) &&
            holds(&span, place))
            return span;
    }
    struct text text = file_text(api, live->unit, place->file);
    unsigned length = text_token(&text, place->offset);
    return (struct span){place->line, place->column, place->line, place->column + length};
}

static void pack_place(struct buffer *out, struct live *live, CXDiagnostic diagnostic) {
    struct place place = place_of(live->api, live->api->getDiagnosticLocation(diagnostic));
    struct span span = {0, 0, 0, 0};
    if (place.file)
        span = choose_span(live, diagnostic, &place);
    pack_path(out, &live->files, place.file);
    pack_span(out, span);
}

/* [LiveEdit] */
static void pack_fixits(struct buffer *out, struct live *live, CXDiagnostic diagnostic) {
    const struct api *api = live->api;
    unsigned count = api->getDiagnosticNumFixIts(diagnostic);
    pack_array(out, count);
    for (unsigned i = 0; i < count; i++) {
        CXSourceRange range;
        CXString text = api->getDiagnosticFixIt(diagnostic, i, &range);
        CXFile file;
        struct span span;
        span_of(api, range, &file, &span);
        pack_array(out, 3);
        pack_path(out, &live->files, file);
        pack_span(out, span);
        pack_cxstring(out, api, text);
    }
}

/* [LiveNote] */
static void pack_notes(struct buffer *out, struct live *live, CXDiagnostic diagnostic) {
    const struct api *api = live->api;
    CXDiagnosticSet notes = api->getChildDiagnostics(diagnostic); /* owned by the diagnostic */
    unsigned count = api->getNumDiagnosticsInSet(notes);
    pack_array(out, count);
    for (unsigned i = 0; i < count; i++) {
        CXDiagnostic note = api->getDiagnosticInSet(notes, i);
        pack_array(out, 4);
        pack_place(out, live, note);
        pack_cxstring(out, api, api->getDiagnosticSpelling(note));
        pack_fixits(out, live, note);
        api->disposeDiagnostic(note);
    }
}

/* [LiveDiagnostic] */
static void pack_diagnostics(struct buffer *out, struct live *live) {
    const struct api *api = live->api;
    unsigned count = api->getNumDiagnostics(live->unit);
    pack_array(out, count);
    for (unsigned i = 0; i < count; i++) {
        CXDiagnostic diagnostic = api->getDiagnostic(live->unit, i);
        pack_array(out, 8);
        pack_place(out, live, diagnostic);
        pack_int(out, (int)api->getDiagnosticSeverity(diagnostic));
        pack_cxstring(out, api, api->getDiagnosticSpelling(diagnostic));
        pack_cxstring(out, api, api->getDiagnosticOption(diagnostic, NULL));
        pack_cxstring(out, api, api->getDiagnosticCategoryText(diagnostic));
        pack_notes(out, live, diagnostic);
        pack_fixits(out, live, diagnostic);
        api->disposeDiagnostic(diagnostic);
    }
}

/* Skipped regions ------------------------------------------------------------------------------ */

/* [Span]: whole lines between two directives. libclang's ranges go from the `#` of the one that
 * is false to the directive that ends it. */
static void pack_skipped(struct buffer *out, struct live *live) {
    const struct api *api = live->api;
    CXSourceRangeList *list = api->getSkippedRanges(live->unit, live->file);
    size_t opened = pack_array_open(out), count = 0;
    for (unsigned i = 0; list && i < list->count; i++) {
        CXFile file;
        struct span span;
        if (!span_of(api, list->ranges[i], &file, &span) || span.end_line <= span.line + 1)
            continue;
        pack_span(out, (struct span){span.line + 1, 0, span.end_line, 0});
        count++;
    }
    pack_array_close(out, opened, count);
    if (list)
        api->disposeSourceRangeList(list);
}

/* Files ---------------------------------------------------------------------------------------- */

struct inclusions {
    struct live *live;
    struct buffer *out;
    struct map seen; /* by hash of the real path: a header without a guard is read often */
    struct buffer lines; /* for each file, the main file's line that leads to it, -1: an option */
    size_t count;
};

static void visit_inclusion(CXFile file, CXSourceLocation *stack, unsigned depth,
                            CXClientData data) {
    struct inclusions *inclusions = data;
    struct live *live = inclusions->live;
    const struct source_file *known = files_get(&live->files, file);
    if (depth == 0 || !known)
        return;
    /* The stack goes from the innermost directive to the main file's. */
    struct place place = place_of(live->api, stack[depth - 1]);
    bool by_directive = place.file && same_file(live->api, place.file, live->file);
    /* No directive ends where the file begins: it is what a shared preamble was made of. */
    bool made = by_directive && place.offset == 0;
    if (made || !map_at(&inclusions->seen, known->path_hash, &made) || !made)
        return;
    pack_binary(inclusions->out, known->path, strlen(known->path));
    pack_int(&inclusions->lines, by_directive ? (int64_t)place.line : -1);
    inclusions->count++;
}

/* What was found with the proof, first: libclang has the files of shared preambles as included by what
 * these are made of. */
static void pack_included(struct inclusions *inclusions) {
    const struct buffer *files = &inclusions->live->included;
    const struct included *included = (const struct included *)(const void *)files->bytes;
    for (size_t i = 0; i < files->size / sizeof *included; i++) {
        bool made = false;
        inclusions->out->failed |= !map_at(&inclusions->seen, included[i].path_hash, &made);
        if (!made)
            continue;
        pack_binary(inclusions->out, included[i].path, strlen(included[i].path));
        pack_int(&inclusions->lines, included[i].line);
        inclusions->count++;
    }
}

/* [path], [line] */
static void pack_inclusions(struct buffer *out, struct live *live) {
    struct inclusions inclusions = {.live = live, .out = out};
    size_t opened = pack_array_open(out);
    pack_included(&inclusions);
    live->api->getInclusions(live->unit, visit_inclusion, &inclusions);
    pack_array_close(out, opened, inclusions.count);
    pack_array(out, inclusions.count);
    buffer_append(out, inclusions.lines.bytes, inclusions.lines.size);
    out->failed |= inclusions.lines.failed;
    buffer_free(&inclusions.lines);
    map_free(&inclusions.seen);
}

int cppls_live_report(struct live *live, struct buffer *out) {
    if (!live->file)
        return 1;
    pack_array(out, 4);
    pack_diagnostics(out, live);
    pack_skipped(out, live);
    pack_inclusions(out, live);
    return out->failed ? 2 : 0;
}
