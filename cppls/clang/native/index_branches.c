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
        wanted = branches->items[i].kind != CONDITION &&
                 !claims_has(run->claims, branches->items[i].key);
    if (!wanted)
        return true;
    file->states = calloc(branches->count, 1);
    for (size_t i = 0; file->states && i < branches->count; i++)
        if (claims_has(run->claims, branches->items[i].key))
            file->states[i] = CLAIMED;
    return file->states;
}

static bool is_new(unsigned char state) { return (state & (ACTIVE | CLAIMED)) == ACTIVE; }

/* Whether one of the group that begins at `first` is new. */
static bool group_is_new(const struct indexed_file *file, size_t first) {
    const struct branch *items = file->branches->items;
    for (size_t i = first; i < file->branches->count; i++) {
        if (items[i].group == first && is_new(file->states[i]))
            return true;
        if (items[i].group != first && items[i].outer == items[first].outer)
            break; /* the next group beside it */
    }
    return false;
}

/* The innermost branch around `offset`; NO_BRANCH for none, or nothing to be known of it. */
static long place_of(const struct indexed_file *file, uint32_t offset) {
    return file->states ? branches_at(file->branches, offset) : NO_BRANCH;
}

static bool open_text(struct run *run, struct indexed_file *file) {
    if (!file->text.lines && !text_open(&file->text, file->contents.bytes, file->contents.size))
        run->failed = true;
    return file->text.lines;
}

bool run_takes(struct run *run, struct indexed_file *file, CXTranslationUnit unit, uint32_t offset,
               bool told) {
    bool claimed = run_claim(run, file, unit);
    long at = place_of(file, offset);
    if (at == NO_BRANCH)
        return claimed;
    if (file->branches->items[at].kind == CONDITION)
        return claimed || group_is_new(file, file->branches->items[at].group);
    file->states[at] |= told ? ACTIVE | TOLD : ACTIVE;
    if (claimed || file->states[at] & CLAIMED)
        return claimed;
    file->adds = true;
    return open_text(run, file);
}

bool run_holds(const struct indexed_file *file, uint32_t offset) {
    long at = file->claimed ? NO_BRANCH : place_of(file, offset);
    if (at == NO_BRANCH)
        return file->claimed;
    return file->branches->items[at].kind == CONDITION
               ? group_is_new(file, file->branches->items[at].group)
               : is_new(file->states[at]);
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

/* Where no branch of a group was read, it was read that there is none. */
static void find_otherwise(struct indexed_file *file) {
    const struct branches *branches = file->branches;
    for (size_t i = 0; i < branches->count; i++) {
        const struct branch *branch = &branches->items[i];
        if (branch->kind != OTHERWISE)
            continue;
        bool read = branch->outer == NO_BRANCH || file->states[branch->outer] & ACTIVE;
        for (size_t j = branch->group; j < i && read; j++)
            read = branches->items[j].group != branch->group || !(file->states[j] & ACTIVE);
        if (read)
            file->states[i] |= ACTIVE;
    }
}

void run_branches(struct run *run, CXTranslationUnit unit) {
    bool any = false;
    for (size_t i = 0; i < run->indexed_count; i++) {
        struct indexed_file *file = run->indexed[i];
        any |= file && file->states;
        for (size_t j = 0; file && file->states && j < file->branches->count; j++)
            if (file->branches->items[j].kind == BRANCH)
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
        /* Of a file that is entered twice nobody can tell what the first time took away. */
        if (file && file->states &&
            (file->included < 2 || run->api->isFileMultipleIncludeGuarded(unit, file->handle)))
            find_otherwise(file);
        for (size_t j = 0; file && file->states && !file->claimed && j < file->branches->count; j++)
            file->adds |= is_new(file->states[j]);
        if (file && file->adds)
            open_text(run, file);
    }
}

bool run_needs_bodies(const struct run *run) {
    for (size_t i = 0; i < run->indexed_count; i++) {
        const struct indexed_file *file = run->indexed[i];
        for (size_t j = 0; file && file->adds && j < file->branches->count; j++)
            if (file->states[j] == ACTIVE && file->branches->items[j].code)
                return true;
    }
    return false;
}

void run_branch_keys(const struct indexed_file *file, enum which_branches which,
                     struct buffer *keys) {
    for (size_t i = 0; file->states && i < file->branches->count; i++) {
        unsigned char bytes[8];
        bool wanted = file->states[i] & ACTIVE;
        if (which == NEW_BRANCHES)
            wanted = is_new(file->states[i]);
        else if (which == CERTAIN_BRANCHES)
            wanted = wanted && file->branches->items[i].kind == BRANCH;
        if (!wanted)
            continue;
        for (int byte = 0; byte < 8; byte++)
            bytes[byte] = (unsigned char)(file->branches->items[i].key >> 8 * byte);
        buffer_append(keys, bytes, sizeof bytes);
    }
}
