/* What can be done with values of a type, as far as its definition shows it. */
#ifndef CPPLS_TYPE_FACTS_H
#define CPPLS_TYPE_FACTS_H

#include "live.h"

enum type_fact {
    TYPE_DEFAULT = 1,  /* `return {};` makes one */
    TYPE_MOVABLE = 2,  /* a function can return a variable of it */
    TYPE_TRIVIAL = 4,  /* nothing happens when one dies */
    TYPE_SCALAR = 8    /* a number, a truth value, an enumerator, a pointer */
};

/* type_fact bits; a bit that is not there may only not be known. */
unsigned type_facts(const struct api *api, CXType type);

/* Whether a function declares it, or something that it is made of: nobody else can write it. */
bool is_local_type(const struct api *api, CXType type);

/* The type as it can be written anywhere; what `auto` stands for. */
void pack_type(struct buffer *out, const struct api *api, CXCursor near, CXType type);

#endif
