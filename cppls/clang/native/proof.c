#include "proof.h"

#include "hash.h"
#include "order.h"
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A definition or an undefinition outside of the preambles, or an include. */
struct happening {
    const struct event *event; /* NULL for an undefinition */
    const struct source_file *file;
    uint32_t offset;
    uint64_t name;
    size_t place, serial; /* where it belongs: before the event of that number */
};

struct proof {
    struct run *run;
    CXTranslationUnit unit;
    struct replay replay;
    struct buffer events;     /* struct event */
    struct buffer happenings; /* struct happening */
    uint32_t current;         /* of the happenings, + 1 */
    char *why;
    size_t size;
};

static bool has_error(struct proof *proof) {
    const struct api *api = proof->run->api;
    unsigned count = api->getNumDiagnostics(proof->unit);
    bool found = false;
    for (unsigned i = 0; i < count && !found; i++) {
        CXDiagnostic diagnostic = api->getDiagnostic(proof->unit, i);
        if (api->getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error) {
            CXString text = api->getDiagnosticSpelling(diagnostic);
            const char *message = api->getCString(text);
            snprintf(proof->why, proof->size, "it has an error over them: %s",
                     message ? message : "");
            api->disposeString(text);
            found = true;
        }
        api->disposeDiagnostic(diagnostic);
    }
    return found;
}

/* Where an undefinition in `file` belongs among the events: before the next one of that file; where
 * there is none, as early as it can be. */
static size_t place_of(const struct proof *proof, const struct source_file *file, uint32_t offset) {
    size_t count = ITEM_COUNT(proof->events, struct event), last = 0;
    for (size_t i = 0; i < count; i++) {
        const struct event *event = &ITEMS(proof->events, struct event)[i];
        if (event->file == file && event->offset > offset)
            return i;
        if (event->file == file || event->target == file)
            last = i + 1;
    }
    return last;
}

static void add_happening(struct proof *proof, struct happening happening) {
    happening.serial = ITEM_COUNT(proof->happenings, struct happening);
    buffer_append(&proof->happenings, &happening, sizeof happening);
}

static void add_undefinitions(struct proof *proof, const struct source_file *file) {
    size_t size = 0, offset = 0;
    const char *bytes = proof->run->api->getFileContents(proof->unit, file->handle, &size);
    struct text text = {.bytes = bytes, .size = bytes ? size : 0};
    for (uint32_t length; (length = text_undefinition(&text, &offset)); offset += length)
        add_happening(proof, (struct happening){.file = file,
                                                .offset = (uint32_t)offset,
                                                .name = hash_bytes(bytes + offset, length, 0),
                                                .place = place_of(proof, file, (uint32_t)offset)});
}

static int by_place(const void *left, const void *right) {
    const struct happening *a = left, *b = right;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    /* What was put in comes before the event of its place. */
    if (!a->event != !b->event)
        return a->event ? 1 : -1;
    return (a->serial > b->serial) - (a->serial < b->serial);
}

static void collect(struct proof *proof) {
    struct run *run = proof->run;
    order_events(run, proof->unit, false, &proof->events);
    for (size_t i = 0; i < ITEM_COUNT(proof->events, struct event); i++) {
        const struct event *event = &ITEMS(proof->events, struct event)[i];
        add_happening(proof, (struct happening){.event = event,
                                                .file = event->file,
                                                .offset = event->offset,
                                                .name = event->name,
                                                .place = i});
    }
    for (size_t i = 0; i < run->files.count; i++)
        if (chain_file(run->chain, run->files.items[i]->path_hash) == NO_FILE)
            add_undefinitions(proof, run->files.items[i]);
    run->failed |= proof->happenings.failed;
    if (!run->failed && proof->happenings.size)
        qsort(proof->happenings.bytes, ITEM_COUNT(proof->happenings, struct happening),
              sizeof(struct happening), by_place);
}

/* A file that mentions a macro of the unit's own may not be entered from now on. */
static void spoil(void *data, uint32_t file) {
    struct proof *proof = data;
    if (!proof->replay.spoilt[file])
        proof->replay.spoilt[file] = proof->current;
}

static void happen(struct proof *proof, const struct happening *happening) {
    const struct chain *chain = proof->run->chain;
    const struct event *event = happening->event;
    uint32_t name = facts_name(happening->name);
    if (event && event->include) {
        uint32_t target = event->target ? chain_file(chain, event->target->path_hash) : NO_FILE;
        if (target != NO_FILE)
            replay_enter(&proof->replay, chain_facts(chain, target)->instance, true);
        return;
    }
    uint32_t file = chain_file(chain, happening->file->path_hash);
    const uint64_t *macro = map_find(&chain->macros, name);
    if (file == NO_FILE)
        chain_mentions(chain, name, spoil, proof);
    else if (macro) /* of a file that was parsed once more */
        proof->replay.definers[*macro - 1] = file + 1;
}

static void tell_odd(struct proof *proof) {
    const struct chain *chain = proof->run->chain;
    const struct replay *replay = &proof->replay;
    const char *path = chain_path(chain, replay->odd_file);
    uint32_t spoilt = replay->spoilt[replay->odd_file];
    uint32_t other = replay->odd_definer ? replay->odd_definer : replay->odd_expected;
    if (spoilt) {
        const struct happening *happening =
            &ITEMS(proof->happenings, struct happening)[spoilt - 1];
        size_t size = 0;
        const char *bytes =
            proof->run->api->getFileContents(proof->unit, happening->file->handle, &size);
        struct text text = {.bytes = bytes, .size = bytes ? size : 0};
        snprintf(proof->why, proof->size, "%s defines or undefines %.*s before it includes %s",
                 happening->file->path, (int)text_token(&text, happening->offset),
                 bytes ? bytes + happening->offset : "", path);
    } else if (other) {
        snprintf(proof->why, proof->size,
                 "it includes %s and %s, which defines a macro for it, in another order", path,
                 chain_path(chain, other - 1));
    } else {
        snprintf(proof->why, proof->size, "it includes %s in another order", path);
    }
}

static bool replays(struct proof *proof) {
    const struct chain *chain = proof->run->chain;
    struct replay *replay = &proof->replay;
    for (size_t i = 0; i < chain->count; i++)
        replay_enter(replay, chain->nodes[i]->header->first_instance, false);
    for (size_t i = 0; i < ITEM_COUNT(proof->happenings, struct happening) && !replay->odd; i++) {
        proof->current = (uint32_t)i + 1;
        happen(proof, &ITEMS(proof->happenings, struct happening)[i]);
    }
    if (replay->odd) {
        tell_odd(proof);
        return false;
    }
    for (uint32_t file = 0; file < chain->file_count; file++)
        if (!replay->entered[file]) {
            snprintf(proof->why, proof->size, "it does not include %s", chain_path(chain, file));
            return false;
        }
    return true;
}

bool proof_holds(struct run *run, CXTranslationUnit unit, char *why, size_t size) {
    struct proof proof = {.run = run, .unit = unit, .why = why, .size = size};
    bool holds = !has_error(&proof);
    if (holds) {
        holds = replay_open(&proof.replay, run->chain);
        if (holds)
            collect(&proof);
        snprintf(why, size, "there is no memory to prove it");
        holds = holds && !run->failed && replays(&proof);
        replay_close(&proof.replay);
    }
    buffer_free(&proof.events);
    buffer_free(&proof.happenings);
    return holds;
}
