/* The branches of a text's conditional directives: what another unit may read in place of others.
 *
 * A header's claim covers what stands outside of all branches; each branch that a unit has read is
 * claimed by itself. What a condition names depends on its outcome: it goes with whichever branch is
 * read. An include guard is no branch: all that a file says stands in it. */
#ifndef CPPLS_BRANCHES_H
#define CPPLS_BRANCHES_H

#include "text.h"

enum { NO_BRANCH = -1 };

enum branch_kind {
    BRANCH,    /* from behind its directive's line to the '#' of the next one of its group */
    CONDITION, /* the line of an #if or #elif */
    OTHERWISE  /* nothing, at an #endif: what is read where no branch of a group without #else is */
};

struct branch {
    uint32_t start, end;
    enum branch_kind kind;
    size_t group; /* the place of the first one with the same #if */
    long outer; /* the place of the one that it lies in; NO_BRANCH for none */
    bool code; /* an identifier stands in it outside of directives and of branches inside it */
    uint64_t key; /* its claim; not of a condition */
};

struct branches {
    struct branches *before; /* for whoever keeps them: in a list */
    size_t count;
    struct branch items[]; /* by `start`: one that lies in another comes behind it */
};

/* The branches of a text whose claim is `key`, to be freed; NULL when memory runs out. Where its
 * directives do not match there are none. */
struct branches *branches_find(const char *bytes, size_t size, uint64_t key);
/* The innermost one around `offset`; NO_BRANCH for none. */
long branches_at(const struct branches *branches, uint32_t offset);

#endif
