#include "index_run.h"

#include "declarations.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A call that depends on template parameters names every overload in sight, for which one is meant shows
 * only when the template is instantiated. What is in sight of a header depends on what the unit happens
 * to include before it, and which unit extracts it on the order of indexing. So a header's call names
 * those that the header itself declares or includes. Where there are none of a function that is called
 * by its name, the header leaves it to others to include what it needs: then it names all but those of
 * system headers. */
struct candidate {
    struct spot spot;
    const struct source_file *declaring[2]; /* this declaration of it, and the first one */
    bool system, operator; /* declared in a system header; an operator */
};

static bool is_operator(const char *name) {
    return name && strncmp(name, "operator", 8) == 0 &&
           !isalnum((unsigned char)name[8]) && name[8] != '_';
}

static const struct source_file *file_of(struct run *run, CXCursor declaration) {
    CXFile handle = NULL;
    run->api->getFileLocation(run->api->getCursorLocation(declaration), &handle, NULL, NULL, NULL);
    return files_get(&run->files, handle);
}

bool run_candidate(struct run *run, struct indexed_file *file, const CXIdxEntityRefInfo *reference,
                   struct spot spot) {
    const struct api *api = run->api;
    if (file == run->main ||
        api->getCursorReferenced(reference->cursor).kind != CXCursor_OverloadedDeclRef)
        return false;
    CXCursor named = reference->referencedEntity->cursor;
    /* A class has the same members everywhere. */
    if (is_class(api->getCursorSemanticParent(named).kind))
        return false;
    struct candidate candidate = {
        .spot = spot,
        .declaring = {file_of(run, named), file_of(run, api->getCanonicalCursor(named))},
        .system = api->Location_isInSystemHeader(api->getCursorLocation(named)),
        .operator = is_operator(reference->referencedEntity->name),
    };
    buffer_append(&file->candidates, &candidate, sizeof candidate);
    return true;
}

/* What a header includes, directly or not ------------------------------------------------------- */

struct reach {
    struct run *run;
    bool *files;                        /* by source_file.number */
    bool *shared, *instances;           /* by number in the chain of shared preambles */
    const struct source_file **waiting; /* whose directives have not been followed yet */
    uint32_t *waiting_instances;
    size_t count, instance_count;
};

static bool reach_open(struct reach *reach, struct run *run) {
    const struct chain *chain = run->chain;
    size_t instances = chain ? chain->instance_count : 0;
    *reach = (struct reach){
        .run = run,
        .files = calloc(run->files.count, sizeof *reach->files),
        .shared = calloc((chain ? chain->file_count : 0) + 1, sizeof *reach->shared),
        .instances = calloc(instances + 1, sizeof *reach->instances),
        .waiting = calloc(run->files.count, sizeof *reach->waiting),
        .waiting_instances = calloc(instances + 1, sizeof *reach->waiting_instances),
    };
    return reach->files && reach->shared && reach->instances && reach->waiting &&
           reach->waiting_instances;
}

static void reach_close(struct reach *reach) {
    free(reach->files);
    free(reach->shared);
    free(reach->instances);
    free(reach->waiting);
    free(reach->waiting_instances);
}

static bool is_reached(const struct reach *reach, const struct source_file *file) {
    uint32_t shared = file ? chain_file(reach->run->chain, file->path_hash) : NO_FILE;
    if (shared != NO_FILE)
        return reach->shared[shared];
    return file && reach->files[file->number];
}

static void reach_instance(struct reach *reach, uint32_t instance) {
    if (reach->instances[instance])
        return;
    reach->instances[instance] = true;
    if (reach->run->chain->instances[instance].file != NO_FILE)
        reach->shared[reach->run->chain->instances[instance].file] = true;
    reach->waiting_instances[reach->instance_count++] = instance;
}

/* Follow what `instance` includes; all of it lies in the preambles. */
static void follow_instance(struct reach *reach, uint32_t instance) {
    const struct chain *chain = reach->run->chain;
    for (uint32_t i = chain->instances[instance].first; i < chain->instances[instance].end; i++)
        if (chain->steps[i].kind == CHAIN_INCLUDE)
            reach_instance(reach, chain->steps[i].a);
}

static void reach_file(struct reach *reach, const struct source_file *file) {
    const struct chain *chain = reach->run->chain;
    uint32_t shared = chain_file(chain, file->path_hash);
    if (shared != NO_FILE) {
        reach_instance(reach, chain_facts(chain, shared)->instance);
    } else if (!reach->files[file->number]) {
        reach->files[file->number] = true;
        reach->waiting[reach->count++] = file;
    }
}

static void reach_from(struct reach *reach, const struct source_file *header) {
    const struct run *run = reach->run;
    reach_file(reach, header);
    while (reach->count) {
        size_t number = reach->waiting[--reach->count]->number;
        const struct indexed_file *file = number < run->indexed_count ? run->indexed[number] : NULL;
        for (size_t i = 0; file && i < ITEM_COUNT(file->includes, struct include); i++)
            if (ITEMS(file->includes, struct include)[i].target)
                reach_file(reach, ITEMS(file->includes, struct include)[i].target);
    }
    while (reach->instance_count)
        follow_instance(reach, reach->waiting_instances[--reach->instance_count]);
}

/* Settling -------------------------------------------------------------------------------------- */

static bool is_included(const struct reach *reach, const struct candidate *candidate) {
    return is_reached(reach, candidate->declaring[0]) || is_reached(reach, candidate->declaring[1]);
}

/* Add the spots of one place: `count` candidates. */
static void settle(const struct reach *reach, struct indexed_file *file,
                   const struct candidate *candidates, size_t count) {
    bool included = false;
    for (size_t i = 0; i < count && !included; i++)
        included = is_included(reach, &candidates[i]);
    for (size_t i = 0; i < count; i++)
        if (included ? is_included(reach, &candidates[i])
                     : !candidates[i].operator && !candidates[i].system)
            spots_add(&file->spots, candidates[i].spot);
}

static int by_offset(const void *left, const void *right) {
    const struct candidate *a = left, *b = right;
    return (a->spot.offset > b->spot.offset) - (a->spot.offset < b->spot.offset);
}

static void settle_all(const struct reach *reach, struct indexed_file *file) {
    struct candidate *candidates = ITEMS(file->candidates, struct candidate);
    size_t count = ITEM_COUNT(file->candidates, struct candidate);
    qsort(candidates, count, sizeof *candidates, by_offset);
    for (size_t start = 0, end; start < count; start = end) {
        for (end = start + 1; end < count; end++)
            if (candidates[end].spot.offset != candidates[start].spot.offset)
                break;
        settle(reach, file, &candidates[start], end - start);
    }
}

void run_candidates(struct run *run) {
    for (size_t i = 0; i < run->indexed_count; i++) {
        struct indexed_file *file = run->indexed[i];
        if (!file || !file->candidates.size)
            continue;
        struct reach reach;
        bool opened = reach_open(&reach, run);
        run->failed |= !opened || file->candidates.failed;
        if (!run->failed) {
            reach_from(&reach, file->source);
            settle_all(&reach, file);
        }
        reach_close(&reach);
    }
}
