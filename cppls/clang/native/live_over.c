/* A live TU over shared preambles: proven to mean what it would mean without, after each parse. */
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

static void find_lines(struct live *live, struct run *run, struct leads *leads) {
    struct buffer events = {0};
    int64_t line = -1;
    order_events(run, live->unit, false, &events);
    for (size_t i = 0; i < ITEM_COUNT(events, struct event); i++) {
        const struct event *event = &ITEMS(events, struct event)[i];
        if (!event->include || !event->target)
            continue;
        if (event->file == run->main->source)
            line = text_position(&live->text, event->offset).line;
        uint32_t file = chain_file(run->chain, event->target->path_hash);
        if (file != NO_FILE && line >= 0)
            follow(leads, chain_facts(run->chain, file)->instance, line);
    }
    buffer_free(&events);
}

/* Note the preambles' files, which libclang does not count among the unit's own. */
static void note_files(struct live *live, struct run *run) {
    size_t count = run->chain->file_count;
    struct leads leads = {.chain = run->chain,
                          .lines = malloc((count + 1) * sizeof *leads.lines),
                          .stack = malloc((run->chain->instance_count + 1) * sizeof *leads.stack)};
    run->failed |= !leads.lines || !leads.stack;
    for (size_t i = 0; leads.lines && i < count; i++)
        leads.lines[i] = -1;
    if (!run->failed)
        find_lines(live, run, &leads);
    for (uint32_t i = 0; !run->failed && i < count; i++) {
        const char *path = chain_path(run->chain, i);
        pack_binary(&live->below_files, path, strlen(path));
        pack_int(&live->below_lines, leads.lines[i]);
        live->below_count++;
    }
    run->failed |= live->below_files.failed || live->below_lines.failed;
    free(leads.lines);
    free(leads.stack);
}

static bool proven(struct live *live, bool first) {
    struct claims claims = {{0}};
    struct run run = {.api = live->api, .claims = &claims, .first_error = ""};
    struct chain_cache cache = {.limit = HELD_FACTS};
    run.chain = chain_get(&cache, (const char *const *)live->preambles, live->preamble_count,
                          live->declined, sizeof live->declined);
    bool holds = run.chain != NULL;
    if (holds) {
        files_open(&run.files, live->api, live->directory);
        run.main = run_file(&run, live->file);
        holds = first ? proof_holds(&run, live->unit, live->declined, sizeof live->declined)
                      : proof_replays(&run, live->unit, live->declined, sizeof live->declined);
        if (holds)
            note_files(live, &run);
        holds = holds && !run.failed;
        run_free(&run);
    }
    chain_cache_free(&cache);
    claims_close(&claims);
    if (holds)
        *live->declined = '\0';
    return holds;
}

int live_prove(struct live *live, bool first) {
    if (proven(live, first))
        return CXError_Success;
    live_dispose(live);
    return LIVE_DECLINED;
}

void live_forget_preambles(struct live *live) {
    for (size_t i = 0; i < live->preamble_count; i++)
        free(live->preambles[i]);
    free(live->preambles);
    live->preambles = NULL;
    live->preamble_count = 0;
}

static bool remember(struct live *live, const char *const *preambles, int count) {
    live_forget_preambles(live);
    live->preambles = calloc((size_t)count, sizeof *live->preambles);
    for (int i = 0; live->preambles && i < count; i++) {
        char *copy = files_copy(preambles[i]);
        if (!copy)
            return false;
        live->preambles[live->preamble_count++] = copy;
    }
    return live->preambles != NULL;
}

int cppls_live_parse_over(struct live *live, const char *const *arguments, int count,
                          CXUnsavedFile *unsaved, unsigned unsaved_count,
                          const char *const *preambles, int preamble_count) {
    live_dispose(live);
    const char **all = malloc(((size_t)count + 2) * sizeof *all);
    if (!all || !remember(live, preambles, preamble_count)) {
        free(all);
        return CXError_Failure;
    }
    for (int i = 0; i < count; i++)
        all[i] = arguments[i];
    all[count] = "-include-pch";
    all[count + 1] = preambles[preamble_count - 1];
    int error = live_parse(live, all, count + 2, unsaved, unsaved_count, false);
    free(all);
    if (error == CXError_Crashed)
        return error;
    if (error == CXError_Success)
        return live_prove(live, true);
    snprintf(live->declined, sizeof live->declined, "libclang gave nothing for it over %s",
             preambles[preamble_count - 1]);
    return LIVE_DECLINED;
}

const char *cppls_live_declined(const struct live *live) { return live->declined; }
