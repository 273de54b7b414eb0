/* Which file entered which: the instances of files in a TU, rebuilt from the order of its directives. */
#ifndef CPPLS_NESTING_H
#define CPPLS_NESTING_H

#include "order.h"

struct instance {
    const struct source_file *file; /* NULL: the compiler's options */
    uint32_t number;                /* of the file, NO_FILE for options and main file */
    uint32_t parent, offset;        /* the instance with the directive that entered it, and where */
    uint32_t last;                  /* offset of the newest event in it, while it is being rebuilt */
    struct buffer steps;            /* struct raw_step */
};

struct raw_step {
    uint32_t kind, offset, value; /* facts_step_kind; its value */
};

struct nested_file {
    const struct source_file *source;
    bool guarded;      /* by what libclang itself knows */
    bool defines;      /* it defined something the first time */
    bool again;        /* something happened in it another time */
    uint32_t entered;  /* how often */
    uint32_t instance; /* the first one; numbered as in the facts */
};

struct nesting {
    struct run *run;
    CXTranslationUnit unit;
    uint32_t first_file, first_instance; /* those below belong to the parents */
    struct buffer instances;             /* struct instance: options, main file, the rest */
    struct buffer files;                 /* struct nested_file: those that the parents do not have */
    struct map numbers;                  /* struct source_file * -> file number + 1 */
};

/* False when the order makes no sense, or memory runs out. */
bool nesting_open(struct nesting *nesting, struct run *run, CXTranslationUnit unit,
                  const struct buffer *events);
void nesting_close(struct nesting *nesting);
/* The offset of the main file's directive through which `file` was entered first; false for none. */
bool nesting_root(const struct nesting *nesting, const struct source_file *file, uint32_t *offset);

#endif
