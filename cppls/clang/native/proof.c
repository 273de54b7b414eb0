#include "proof.h"

#include "hash.h"
#include "order.h"
#include "reading.h"

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
    struct reading reading;
    struct buffer events;     /* struct event */
    struct buffer happenings; /* struct happening */
    bool *system;             /* by source_file.number: whether it is a header of the system */
    struct map defined;       /* names of macros that the unit's own files have defined */
    uint32_t current;         /* of the happenings, + 1 */
    char *why;
    size_t size;
};

static const struct text *text_of(const struct proof *proof, const struct source_file *file) {
    static const struct text none = {0};
    struct indexed_file *indexed = run_file(proof->run, file->handle);
    return indexed ? run_contents(indexed, proof->run->api, proof->unit) : &none;
}

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

static void note_mention(void *data, uint32_t file) {
    (void)file;
    *(bool *)data = true;
}

static void add_undefinitions(struct proof *proof, const struct source_file *file) {
    const struct api *api = proof->run->api;
    const struct text *text = text_of(proof, file);
    size_t offset = 0;
    for (uint32_t length; (length = text_undefinition(text, &offset)); offset += length) {
        struct happening happening = {.file = file,
                                      .offset = (uint32_t)offset,
                                      .name = hash_bytes(text->bytes + offset, length, 0)};
        bool mentioned = false;
        chain_mentions(proof->run->chain, facts_name(happening.name), note_mention, &mentioned);
        if (!mentioned || order_skipped(api, proof->unit, file->handle, offset))
            continue;
        happening.place = place_of(proof, file, happening.offset);
        add_happening(proof, happening);
    }
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
    /* Files that are met later are not asked about. */
    proof->system = calloc(run->files.count + 1, sizeof *proof->system);
    run->failed |= !proof->system;
    for (size_t i = 0; i < ITEM_COUNT(proof->events, struct event); i++) {
        const struct event *event = &ITEMS(proof->events, struct event)[i];
        if (event->file && proof->system)
            proof->system[event->file->number] = event->system;
        add_happening(proof, (struct happening){.event = event,
                                                .file = event->file,
                                                .offset = event->offset,
                                                .name = event->name,
                                                .place = i});
    }
    for (size_t i = 0; i < run->indexed_count; i++)
        if (run->indexed[i] &&
            chain_file(run->chain, run->indexed[i]->source->path_hash) == NO_FILE)
            add_undefinitions(proof, run->indexed[i]->source);
    run->failed |= proof->happenings.failed;
    if (!run->failed && proof->happenings.size)
        qsort(proof->happenings.bytes, ITEM_COUNT(proof->happenings, struct happening),
              sizeof(struct happening), by_place);
}

/* A file that mentions a macro of the unit's own may not be entered from now on; headers of the system
 * get along with each other. */
static void spoil(void *data, uint32_t file) {
    struct proof *proof = data;
    const struct source_file *by =
        ITEMS(proof->happenings, struct happening)[proof->current - 1].file;
    bool both_system = by && proof->system[by->number] &&
                       (chain_facts(proof->run->chain, file)->flags & FILE_SYSTEM);
    if (!proof->replay.spoilt[file] && !both_system)
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
    uint32_t file = happening->file ? chain_file(chain, happening->file->path_hash) : NO_FILE;
    const uint64_t *macro = map_find(&chain->macros, name);
    if (file != NO_FILE) { /* one that was parsed once more */
        if (macro)
            replay_define(&proof->replay, (uint32_t)*macro - 1, file + 1);
        return;
    }
    if (event && !map_at(&proof->defined, happening->name, NULL))
        proof->run->failed = true;
    /* To undefine what is not defined does nothing. */
    if (event || map_find(&proof->defined, happening->name) ||
        chain_defines(chain, happening->name))
        chain_mentions(chain, name, spoil, proof);
}

/* The reason in a sentence, with the name at `offset` of `file`. */
static void tell(struct proof *proof, const char *format, const struct source_file *file,
                 uint32_t offset, const char *path) {
    const struct text *text = text_of(proof, file);
    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)text_token(text, offset),
             text->size ? text->bytes + offset : "");
    snprintf(proof->why, proof->size, format, file->path, name, path);
}

static void tell_odd(struct proof *proof) {
    const struct chain *chain = proof->run->chain;
    const struct replay *replay = &proof->replay;
    if (proof->reading.odd_file) {
        tell(proof, "%s mentions %s before it includes the header that defines it",
             proof->reading.odd_file, proof->reading.odd_offset, "");
        return;
    }
    const char *path = chain_path(chain, replay->odd_file);
    uint32_t spoilt = replay->spoilt[replay->odd_file];
    uint32_t other = replay->odd_definer ? replay->odd_definer : replay->odd_expected;
    if (spoilt) {
        const struct happening *happening =
            &ITEMS(proof->happenings, struct happening)[spoilt - 1];
        tell(proof, "%s defines or undefines %s before it includes %s", happening->file,
             happening->offset, path);
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
    size_t count = ITEM_COUNT(proof->happenings, struct happening);
    for (size_t i = 0; i < count && !replay->odd && !proof->reading.odd_file; i++) {
        const struct happening *happening = &ITEMS(proof->happenings, struct happening)[i];
        proof->current = (uint32_t)i + 1;
        bool include = happening->event && happening->event->include;
        if (include)
            reading_reach(&proof->reading, happening->file, happening->offset);
        happen(proof, happening);
        if (include && happening->event->target)
            reading_open_file(&proof->reading, happening->event->target);
    }
    if (!replay->odd)
        reading_finish(&proof->reading, proof->run->main->source);
    if (replay->odd || proof->reading.odd_file) {
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
    if (!run->main || chain_file(run->chain, run->main->source->path_hash) != NO_FILE) {
        snprintf(why, size, "it is a header of theirs itself");
        holds = false;
    }
    if (holds) {
        holds = replay_open(&proof.replay, run->chain);
        if (holds)
            collect(&proof);
        reading_open(&proof.reading, run, unit, &proof.replay, proof.system);
        snprintf(why, size, "there is no memory to prove it");
        holds = holds && !run->failed && replays(&proof);
        replay_close(&proof.replay);
    }
    buffer_free(&proof.events);
    buffer_free(&proof.happenings);
    map_free(&proof.defined);
    free(proof.system);
    reading_close(&proof.reading);
    return holds;
}
