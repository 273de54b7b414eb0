/* The classes of expressions that depend on template parameters, as far as the templates tell.
 *
 * libclang knows no type of `list[0]` or `pointer->next` inside a template. It does know that `list` is a
 * `List<B<T>>` and what `List` declares; its parameter is put in where `List` names it, and so on. What
 * clangd's HeuristicResolver follows is followed here, and elements of containers with it.
 */
#ifndef CPPLS_DEPENDENT_H
#define CPPLS_DEPENDENT_H

#include "heuristics.h"

/* The members of that name, of a class or enumeration, of a namespace, or else of its bases. */
void search_members(const struct api *api, CXCursor record, const char *name, size_t length,
                    struct candidates *found);

/* The class whose member stands behind `expression` and `.`, or `->` when `is_arrow`; a null cursor
 * when the templates do not tell. */
CXCursor class_before_member(struct live *live, CXCursor expression, bool is_arrow);

#endif
