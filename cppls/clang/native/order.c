#include "order.h"

#include "hash.h"

struct order_walk {
    struct run *run;
    CXTranslationUnit unit;
    struct buffer *events;
    bool with_ids;
    CXFile handle; /* of the stretch that the walk is in */
    const struct source_file *file;
    struct text text; /* bytes and size only */
};

static void enter_file(struct order_walk *walk, CXFile handle) {
    if (handle == walk->handle)
        return;
    walk->handle = handle;
    walk->file = files_get(&walk->run->files, handle);
    walk->text = (struct text){0};
    if (walk->file)
        walk->text.bytes = walk->run->api->getFileContents(walk->unit, handle, &walk->text.size);
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
    api->getFileLocation(api->getCursorLocation(cursor), &handle, NULL, NULL, &offset);
    enter_file(walk, handle);
    event.file = walk->file;
    event.offset = offset;
    if (event.include) {
        event.target = files_get(&walk->run->files, api->getIncludedFile(cursor));
    } else {
        uint32_t length = walk->text.bytes ? text_token(&walk->text, offset) : 0;
        if (!length)
            return CXChildVisit_Continue; /* a macro of the compiler's, or of its options */
        event.name = hash_bytes(walk->text.bytes + offset, length, 0);
        event.id = walk->with_ids ? symbol_id_of_cursor(&walk->run->files, cursor) : 0;
    }
    buffer_append(walk->events, &event, sizeof event);
    return CXChildVisit_Continue;
}

void order_events(struct run *run, CXTranslationUnit unit, bool with_ids, struct buffer *events) {
    struct order_walk walk = {.run = run, .unit = unit, .events = events, .with_ids = with_ids};
    run->api->visitChildren(run->api->getTranslationUnitCursor(unit), visit, &walk);
    run->failed |= events->failed;
}
