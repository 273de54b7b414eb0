/* What the preprocessor did in a TU, in order: includes and definitions of macros. Undefinitions are not
 * in libclang's record; who needs them looks into the text. */
#ifndef CPPLS_ORDER_H
#define CPPLS_ORDER_H

#include "index_run.h"

struct event {
    const struct source_file *file; /* where it is written; NULL: the compiler's options */
    uint32_t offset;                /* of the directive's '#', of the macro's name */
    bool include;                   /* else a definition */
    bool system;                    /* in a header of the system */
    const struct source_file *target; /* of an include; NULL when it did not resolve */
    uint64_t name;                    /* of a definition: hash */
    int64_t id; /* its symbol, where that was asked for; 0 for the compiler's */
};

/* Append the events of `unit`, those of the preambles below it left out, as struct event. */
void order_events(struct run *run, CXTranslationUnit unit, bool with_ids, struct buffer *events);

/* Whether a condition has taken `offset` away, the first time that the file was entered. */
bool order_skipped(const struct api *api, CXTranslationUnit unit, CXFile file, size_t offset);
/* Whether the file is a header of the system, by where it was found or its own word. */
bool order_system(const struct api *api, CXTranslationUnit unit, CXFile file);

#endif
