/* Whether a live TU would mean over shared preambles what it means without.
 *
 * Found out by a parse of its own, which skips function bodies and takes a tenth of a second: the live
 * TU has a preamble of its own on top of the shared ones, and what was read for that is not in its
 * record. Who asks knows for how long the answer holds. */
#include "chain.h"
#include "live.h"
#include "order.h"
#include "proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELD_FACTS = 1 << 20 }; /* a chain is needed for a moment only: nearly nothing stays */

/* Which line of the main file leads to each of the preambles' files. */
struct leads {
    const struct chain *chain;
    int64_t *lines; /* by file, -1 for none yet */
    uint32_t *stack;
};

/* All that entering `instance` enters as well, as far as no earlier line led there. */
static void follow(struct leads *leads, uint32_t instance, int64_t line) {
    const struct chain *chain = leads->chain;
    size_t depth = 0;
    leads->stack[depth++] = instance;
    while (depth) {
        const struct chain_instance *entered = &chain->instances[leads->stack[--depth]];
        if (entered->file != NO_FILE) {
            if (leads->lines[entered->file] >= 0)
                continue;
            leads->lines[entered->file] = line;
        }
        for (uint32_t i = entered->first; i < entered->end; i++) {
            const struct chain_step *step = &chain->steps[i];
            uint32_t file =
                step->kind == CHAIN_INCLUDE ? chain->instances[step->a].file : NO_FILE;
            if (file != NO_FILE && leads->lines[file] < 0 && depth < chain->instance_count)
                leads->stack[depth++] = step->a;
        }
    }
}

static void note_file(struct live *live, struct run *run, const char *path, uint64_t path_hash,
                      int64_t line) {
    struct included included = {.path = files_copy(path), .path_hash = path_hash, .line = line};
    buffer_append(&live->included, &included, sizeof included);
    run->failed |= !included.path || live->included.failed;
}

static void find_lines(struct live *live, struct run *run, CXTranslationUnit unit,
                       struct leads *leads) {
    struct buffer events = {0};
    int64_t line = -1;
    struct text text = {0};
    const struct text *main = run_contents(run->main, run->api, unit);
    run->failed |= !text_open(&text, main->bytes ? main->bytes : "", main->size);
    order_events(run, unit, false, &events);
    for (size_t i = 0; !run->failed && i < ITEM_COUNT(events, struct event); i++) {
        const struct event *event = &ITEMS(events, struct event)[i];
        if (!event->include || !event->target)
            continue;
        if (event->file == run->main->source)
            line = text_position(&text, event->offset).line;
        uint32_t file = chain_file(run->chain, event->target->path_hash);
        if (file == NO_FILE)
            note_file(live, run, event->target->path, event->target->path_hash, line);
        else if (line >= 0)
            follow(leads, chain_facts(run->chain, file)->instance, line);
    }
    buffer_free(&events);
    text_close(&text);
}

/* Note all files: libclang does not say how a unit's own directives lead to those of the preambles, and
 * forgets those that come behind a preamble of its own. */
static void note_files(struct live *live, struct run *run, CXTranslationUnit unit) {
    size_t count = run->chain->file_count;
    struct leads leads = {.chain = run->chain,
                          .lines = malloc((count + 1) * sizeof *leads.lines),
                          .stack = malloc((run->chain->instance_count + 1) * sizeof *leads.stack)};
    run->failed |= !leads.lines || !leads.stack;
    for (size_t i = 0; leads.lines && i < count; i++)
        leads.lines[i] = -1;
    if (!run->failed)
        find_lines(live, run, unit, &leads);
    for (uint32_t i = 0; !run->failed && i < count; i++)
        note_file(live, run, chain_path(run->chain, i), chain_facts(run->chain, i)->path_hash,
                  leads.lines[i]);
    free(leads.lines);
    free(leads.stack);
}

void live_forget_included(struct live *live) {
    for (size_t i = 0; i < ITEM_COUNT(live->included, struct included); i++)
        free(ITEMS(live->included, struct included)[i].path);
    buffer_free(&live->included);
}

static bool proven(struct live *live, CXTranslationUnit unit, const char *const *preambles,
                   int count) {
    struct claims claims = {.known = {0}};
    struct run run = {.api = live->api, .claims = &claims, .first_error = ""};
    struct chain_cache cache = {.limit = HELD_FACTS};
    run.chain = chain_get(&cache, preambles, (size_t)count, live->declined, sizeof live->declined);
    bool holds = run.chain != NULL;
    if (holds) {
        files_open(&run.files, live->api, live->directory);
        run.main = run_file(&run, live->api->getFile(unit, live->path));
        holds = proof_holds(&run, unit, live->declined, sizeof live->declined);
        if (holds)
            note_files(live, &run, unit);
        holds = holds && !run.failed;
        run_free(&run);
    }
    chain_cache_free(&cache);
    claims_close(&claims);
    return holds;
}

int cppls_live_prove(struct live *live, const char *const *arguments, int count,
                     CXUnsavedFile *unsaved, unsigned unsaved_count, const char *const *preambles,
                     int preamble_count) {
    CXTranslationUnit unit = NULL;
    live_forget_included(live);
    int error = live->api->parseTranslationUnit2(
        live->index, live->path, arguments, count, unsaved, unsaved_count,
        CXTranslationUnit_DetailedPreprocessingRecord | CXTranslationUnit_KeepGoing |
            CXTranslationUnit_SkipFunctionBodies,
        &unit);
    if (error != CXError_Success || !unit) {
        snprintf(live->declined, sizeof live->declined, "libclang gave nothing for it over %s",
                 preambles[preamble_count - 1]);
        error = error == CXError_Crashed ? error : LIVE_DECLINED;
    } else if (!proven(live, unit, preambles, preamble_count)) {
        error = LIVE_DECLINED;
    }
    if (unit)
        live->api->disposeTranslationUnit(unit);
    return error;
}

const char *cppls_live_declined(const struct live *live) { return live->declined; }
