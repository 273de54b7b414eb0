#include "order.h"

#include "hash.h"

#include <string.h>

struct order_walk {
    struct run *run;
    CXTranslationUnit unit;
    struct buffer *events;
    bool with_ids;
    CXFile handle; /* of the stretch that the walk is in */
    struct indexed_file *file;
    const struct text *text; /* bytes and size only; NULL for none */
};

static void enter_file(struct order_walk *walk, CXFile handle) {
    if (handle == walk->handle)
        return;
    walk->handle = handle;
    walk->file = run_file(walk->run, handle);
    walk->text = walk->file ? run_contents(walk->file, walk->run->api, walk->unit) : NULL;
}

static uint64_t name_of(const struct order_walk *walk, CXCursor macro, uint32_t offset) {
    const struct api *api = walk->run->api;
    uint32_t length = walk->text ? text_token(walk->text, offset) : 0;
    if (length)
        return hash_bytes(walk->text->bytes + offset, length, 0);
    CXString spelling = api->getCursorSpelling(macro);
    const char *name = api->getCString(spelling);
    uint64_t hash = name ? hash_bytes(name, strlen(name), 0) : 0;
    api->disposeString(spelling);
    return hash;
}

/* Stops at the first declaration: what the preprocessor recorded comes before. */
static enum CXChildVisitResult visit(CXCursor cursor, CXCursor parent, CXClientData data) {
    (void)parent;
    struct order_walk *walk = data;
    const struct api *api = walk->run->api;
    struct event event = {.include = cursor.kind == CXCursor_InclusionDirective};
    if (!api->isPreprocessing(cursor.kind))
        return CXChildVisit_Break;
    if (!event.include && cursor.kind != CXCursor_MacroDefinition)
        return CXChildVisit_Continue;
    CXFile handle = NULL;
    unsigned offset = 0;
    CXSourceLocation location = api->getCursorLocation(cursor);
    api->getFileLocation(location, &handle, NULL, NULL, &offset);
    enter_file(walk, handle);
    event.file = walk->file ? walk->file->source : NULL;
    event.offset = offset;
    event.system = api->Location_isInSystemHeader(location);
    if (event.include) {
        event.target = files_get(&walk->run->files, api->getIncludedFile(cursor));
    } else {
        event.name = name_of(walk, cursor, offset);
        event.id = walk->with_ids && event.file ? symbol_id_of_cursor(&walk->run->files, cursor) : 0;
    }
    buffer_append(walk->events, &event, sizeof event);
    return CXChildVisit_Continue;
}

void order_events(struct run *run, CXTranslationUnit unit, bool with_ids, struct buffer *events) {
    struct order_walk walk = {.run = run, .unit = unit, .events = events, .with_ids = with_ids};
    run->api->visitChildren(run->api->getTranslationUnitCursor(unit), visit, &walk);
    run->failed |= events->failed;
}

bool order_skipped(const struct api *api, CXTranslationUnit unit, CXFile file, size_t offset) {
    CXSourceRangeList *skipped = api->getSkippedRanges(unit, file);
    bool found = false;
    for (unsigned i = 0; skipped && i < skipped->count && !found; i++) {
        unsigned start = 0, end = 0;
        api->getFileLocation(api->getRangeStart(skipped->ranges[i]), NULL, NULL, NULL, &start);
        api->getFileLocation(api->getRangeEnd(skipped->ranges[i]), NULL, NULL, NULL, &end);
        found = start <= offset && offset < end;
    }
    if (skipped)
        api->disposeSourceRangeList(skipped);
    return found;
}

bool order_system(const struct api *api, CXTranslationUnit unit, CXFile file) {
    size_t size = 0;
    const char *bytes = api->getFileContents(unit, file, &size);
    CXSourceLocation end = api->getLocationForOffset(unit, file, bytes ? (unsigned)size : 0);
    return api->Location_isInSystemHeader(end);
}
