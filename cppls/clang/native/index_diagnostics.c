#include "index_run.h"

#include <stdio.h>
#include <string.h>

/* Diagnostics kept per file: a broken file may have a hundred thousand, and nobody reads them. */
enum { KEPT_PER_FILE = 1000 };

/* The first range of `diagnostic` around its place; the token there when it has none. */
static void find_range(struct run *run, struct indexed_file *file, CXDiagnostic diagnostic,
                       struct diagnostic *found) {
    const struct api *api = run->api;
    unsigned count = api->getDiagnosticNumRanges(diagnostic);
    uint32_t place = found->start;
    for (unsigned i = 0; i < count; i++) {
        CXSourceRange range = api->getDiagnosticRange(diagnostic, i);
        CXFile first = NULL, last = NULL;
        unsigned start = 0, end = 0;
        api->getFileLocation(api->getRangeStart(range), &first, NULL, NULL, &start);
        api->getFileLocation(api->getRangeEnd(range), &last, NULL, NULL, &end);
        bool here = files_get(&run->files, first) == file->source &&
                    files_get(&run->files, last) == file->source;
        if (here && start <= place && place < end) {
            found->start = start;
            found->end = end;
            return;
        }
    }
    found->end = place + text_token(&file->text, place);
}

void run_count_error(struct run *run, const struct source_file *file, struct position position,
                     const char *message) {
    char text[1024];
    if (run->errors++)
        return;
    if (file)
        snprintf(text, sizeof text, "%s:%u:%u: %s", file->path, position.line + 1,
                 position.column + 1, message);
    else
        snprintf(text, sizeof text, "%s", message);
    run->first_error = arena_text(&run->arena, text, strlen(text));
}

static void take(struct run *run, CXTranslationUnit unit, CXDiagnostic diagnostic) {
    const struct api *api = run->api;
    CXFile handle = NULL;
    unsigned line = 1, column = 1, offset = 0;
    api->getFileLocation(api->getDiagnosticLocation(diagnostic), &handle, &line, &column, &offset);
    struct diagnostic found = {.start = offset,
                               .end = offset,
                               .severity = (int)api->getDiagnosticSeverity(diagnostic)};
    struct indexed_file *file = run_file(run, handle);
    bool error = found.severity >= CXDiagnostic_Error;
    bool kept = file && run_takes(run, file, unit, offset, false) &&
                ITEM_COUNT(file->diagnostics, struct diagnostic) < KEPT_PER_FILE;
    if (!error && !kept)
        return;
    found.message = run_text(run, api->getDiagnosticSpelling(diagnostic));
    if (error)
        run_count_error(run, file ? file->source : NULL, (struct position){line - 1, column - 1},
                        found.message);
    if (!kept)
        return;
    found.code = run_text(run, api->getDiagnosticOption(diagnostic, NULL));
    find_range(run, file, diagnostic, &found);
    buffer_append(&file->diagnostics, &found, sizeof found);
}

void run_diagnostics(struct run *run, CXTranslationUnit unit) {
    unsigned count = run->api->getNumDiagnostics(unit);
    for (unsigned i = 0; i < count; i++) {
        CXDiagnostic diagnostic = run->api->getDiagnostic(unit, i);
        take(run, unit, diagnostic);
        run->api->disposeDiagnostic(diagnostic);
    }
}
