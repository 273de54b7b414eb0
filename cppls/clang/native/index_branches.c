#include "index_run.h"

#include <stdlib.h>

/* What is known of a branch of one of the unit's headers. */
enum state {
    CLAIMED = 1, /* by somebody, before this unit */
    ACTIVE = 2,  /* the unit has read it */
    TOLD = 4     /* libclang has told of a declaration or a reference in it */
};

bool run_branches_of(struct run *run, struct indexed_file *file) {
    const struct text *contents = &file->contents;
    const struct branches *branches =
        claims_branches(run->claims, &file->content, contents->bytes, contents->size);
    file->branches = branches;
    if (!branches)
        return false;
    bool wanted = branches->count && (file->claimed || run->main_source);
    for (size_t i = 0; i < branches->count && !wanted; i++)
        wanted = !claims_has(run->claims, branches->items[i].key);
    if (!wanted)
        return true;
    file->states = calloc(branches->count, 1);
    for (size_t i = 0; file->states && i < branches->count; i++)
        if (claims_has(run->claims, branches->items[i].key))
            file->states[i] = CLAIMED;
    return file->states;
}

/* The state of the branch around `offset`; NULL for none, or nothing to be known of it. */
static unsigned char *state_at(const struct indexed_file *file, uint32_t offset) {
    long at = file->states ? branches_at(file->branches, offset) : NO_BRANCH;
    return at == NO_BRANCH ? NULL : &file->states[at];
}

static bool open_text(struct run *run, struct indexed_file *file) {
    if (!file->text.lines && !text_open(&file->text, file->contents.bytes, file->contents.size))
        run->failed = true;
    return file->text.lines;
}

bool run_takes(struct run *run, struct indexed_file *file, CXTranslationUnit unit, uint32_t offset,
               bool told) {
    bool claimed = run_claim(run, file, unit);
    unsigned char *state = state_at(file, offset);
    if (state)
        *state |= told ? ACTIVE | TOLD : ACTIVE;
    if (claimed || !state || *state & CLAIMED)
        return claimed;
    file->adds = true;
    return open_text(run, file);
}

bool run_holds(const struct indexed_file *file, uint32_t offset) {
    const unsigned char *state = file->claimed ? NULL : state_at(file, offset);
    return file->claimed || (state && (*state & (ACTIVE | CLAIMED)) == ACTIVE);
}

/* What conditions took away: a branch is in there when its end is. */
static void skip(struct run *run, CXSourceRange range) {
    const struct api *api = run->api;
    CXFile handle = NULL;
    unsigned start = 0, end = 0;
    api->getFileLocation(api->getRangeStart(range), &handle, NULL, NULL, &start);
    const struct source_file *source = files_get(&run->files, handle);
    struct indexed_file *file =
        source && source->number < run->indexed_count ? run->indexed[source->number] : NULL;
    if (!file || !file->states)
        return;
    api->getFileLocation(api->getRangeEnd(range), NULL, NULL, NULL, &end);
    size_t low = 0, high = file->branches->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (file->branches->items[middle].start < start)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < file->branches->count && file->branches->items[low].start < end; low++)
        if (file->branches->items[low].end <= end && !(file->states[low] & TOLD))
            file->states[low] &= (unsigned char)~ACTIVE;
}

void run_branches(struct run *run, CXTranslationUnit unit) {
    bool any = false;
    for (size_t i = 0; i < run->indexed_count; i++) {
        struct indexed_file *file = run->indexed[i];
        any |= file && file->states;
        for (size_t j = 0; file && file->states && j < file->branches->count; j++)
            file->states[j] |= ACTIVE;
    }
    if (!any)
        return;
    CXSourceRangeList *skipped = run->api->getAllSkippedRanges(unit);
    for (unsigned i = 0; skipped && i < skipped->count; i++)
        skip(run, skipped->ranges[i]);
    if (skipped)
        run->api->disposeSourceRangeList(skipped);
    for (size_t i = 0; i < run->indexed_count; i++) {
        struct indexed_file *file = run->indexed[i];
        for (size_t j = 0; file && file->states && !file->claimed && j < file->branches->count; j++)
            file->adds |= (file->states[j] & (ACTIVE | CLAIMED)) == ACTIVE;
        if (file && file->adds)
            open_text(run, file);
    }
}

bool run_needs_bodies(const struct run *run, CXTranslationUnit unit) {
    for (size_t i = 0; i < run->indexed_count; i++) {
        const struct indexed_file *file = run->indexed[i];
        for (size_t j = 0; file && file->adds && j < file->branches->count; j++)
            if (file->states[j] == ACTIVE && file->branches->items[j].code &&
                !run->api->Location_isInSystemHeader(run->api->getLocationForOffset(
                    unit, file->handle, file->branches->items[j].end)))
                return true;
    }
    return false;
}

void run_branch_keys(const struct indexed_file *file, bool all, struct buffer *keys) {
    for (size_t i = 0; file->states && i < file->branches->count; i++) {
        unsigned char bytes[8];
        if (!(file->states[i] & ACTIVE) || (!all && file->states[i] & CLAIMED))
            continue;
        for (int byte = 0; byte < 8; byte++)
            bytes[byte] = (unsigned char)(file->branches->items[i].key >> 8 * byte);
        buffer_append(keys, bytes, sizeof bytes);
    }
}
