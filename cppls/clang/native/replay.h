/* Runs the program of a chain: what its files do to macros in the order in which they are entered. */
#ifndef CPPLS_REPLAY_H
#define CPPLS_REPLAY_H

#include "chain.h"

struct replay {
    const struct chain *chain;
    struct chain_step *recorded; /* the chain's steps while their mentions are filled in, else NULL */
    uint32_t *definers;          /* by macro: file + 1 of its definition, 0 while not defined */
    uint32_t *over;              /* the same for a unit that is parsed over the chain; NULL while that is
                                  * recorded */
    uint32_t *spoilt;            /* by file: not to be entered from now on, for this reason; 0 for none */
    bool *entered;               /* by file */
    size_t missing, different;   /* files not entered, macros not defined as they are over it */
    uint32_t odd_file;           /* the one that was entered though spoilt, or that mentions a macro */
    uint32_t odd_definer;        /* of this other file + 1 than in the chain (0: of none); */
    uint32_t odd_expected;       /* there it was this one's */
    bool odd;                    /* the unit's order is not the chain's */
};

/* False when memory runs out. */
bool replay_open(struct replay *replay, const struct chain *chain);
void replay_close(struct replay *replay);
/* Enter an instance as a directive does. `again`: libclang has parsed the file once more, in another
 * context, so nothing depends on what its text mentions. */
void replay_enter(struct replay *replay, uint32_t instance, bool again);
/* A macro has got a definition, in that file + 1, or lost it (0), over the chain too. */
void replay_define(struct replay *replay, uint32_t macro, uint32_t definer);
/* Whether a macro of that number is not yet, or not again, what it is over the chain. */
bool replay_differs(const struct replay *replay, uint32_t macro);
/* Whether everything is as it is over the chain. */
bool replay_settled(const struct replay *replay);

#endif
