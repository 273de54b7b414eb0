/* How well a name answers what was typed of it. */
#ifndef CPPLS_FUZZY_H
#define CPPLS_FUZZY_H

#include <stddef.h>

/* From 1 (the name itself, or nothing typed) down to above 0; 0 where `typed` does not answer.
 *
 * The letters of `typed` occur in `name` in this order, without regard to case, and the first one
 * begins a word of it: `sc`, `smtcon` and `context` find smt_context, `ext` does not. Letters that
 * begin words or follow each other count most, then those of the same case, then a short rest.
 * Only the first 63 letters and the first 127 bytes of a name are looked at. */
double fuzzy_match(const char *typed, size_t typed_size, const char *name, size_t name_size);

#endif
