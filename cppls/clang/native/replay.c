#include "replay.h"

#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 1000 }; /* clang itself stops at 200 files inside each other */

bool replay_open(struct replay *replay, const struct chain *chain) {
    *replay = (struct replay){.chain = chain};
    replay->definers = calloc(chain->macro_count + 1, sizeof *replay->definers);
    replay->spoilt = calloc(chain->file_count + 1, sizeof *replay->spoilt);
    replay->entered = calloc(chain->file_count + 1, sizeof *replay->entered);
    replay->missing = chain->file_count;
    bool complete = replay->definers && replay->spoilt && replay->entered;
    if (complete && chain->definers) { /* known once the chain has been recorded */
        size_t size = (chain->macro_count + 1) * sizeof *replay->over;
        replay->over = malloc(size);
        if (!replay->over)
            return false;
        memcpy(replay->over, chain->definers, size);
        for (size_t i = 0; i < chain->macro_count; i++)
            replay->different += replay->over[i] != 0;
    }
    return complete;
}

void replay_close(struct replay *replay) {
    free(replay->definers);
    free(replay->over);
    free(replay->spoilt);
    free(replay->entered);
}

static void find_odd(struct replay *replay, uint32_t file, uint32_t definer, uint32_t expected) {
    if (replay->odd)
        return;
    replay->odd = true;
    replay->odd_file = file;
    replay->odd_definer = definer;
    replay->odd_expected = expected;
}

static void mention(struct replay *replay, uint32_t file, const struct chain_step *step) {
    /* What a file that is entered again finds of its own is as good as nothing. */
    uint32_t definer = replay->definers[step->a];
    definer = definer == file + 1 ? 0 : definer;
    if (replay->recorded)
        replay->recorded[step - replay->chain->steps].b = definer;
    else if (definer != step->b)
        find_odd(replay, file, definer, step->b);
}

/* `over`: it happens over the chain, too. */
static void define(struct replay *replay, uint32_t macro, uint32_t definer, bool over) {
    if (replay->over) {
        replay->different -= replay->definers[macro] != replay->over[macro];
        if (over)
            replay->over[macro] = definer;
        replay->different += definer != replay->over[macro];
    }
    replay->definers[macro] = definer;
}

void replay_define(struct replay *replay, uint32_t macro, uint32_t definer) {
    define(replay, macro, definer, true);
}

bool replay_differs(const struct replay *replay, uint32_t macro) {
    return replay->definers[macro] != replay->over[macro];
}

bool replay_settled(const struct replay *replay) {
    return replay->missing == 0 && replay->different == 0;
}

static void enter(struct replay *replay, uint32_t number, bool again, unsigned depth) {
    const struct chain *chain = replay->chain;
    const struct chain_instance *instance = &chain->instances[number];
    uint32_t file = instance->file;
    if (file != NO_FILE) {
        bool once = chain_facts(chain, file)->flags & FILE_ONCE;
        if (once && replay->entered[file])
            return;
        replay->missing -= !replay->entered[file];
        replay->entered[file] = true;
        if (once)
            instance = &chain->instances[chain_facts(chain, file)->instance];
        again = again && !once;
        if (replay->spoilt[file] && !again)
            find_odd(replay, file, 0, 0);
    }
    if (depth > DEEPEST)
        find_odd(replay, file, 0, 0);
    for (uint32_t i = instance->first; i < instance->end && !replay->odd; i++) {
        const struct chain_step *step = &chain->steps[i];
        if (step->kind == CHAIN_INCLUDE)
            enter(replay, step->a, again, depth + 1);
        else if (step->kind != CHAIN_MENTION)
            define(replay, step->a, step->kind == CHAIN_DEFINE ? file + 1 : 0, again);
        else if (!again)
            mention(replay, file, step);
    }
}

void replay_enter(struct replay *replay, uint32_t instance, bool again) {
    enter(replay, instance, again, 0);
}
