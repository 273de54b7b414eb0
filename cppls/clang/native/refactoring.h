/* What whoever moves code must know of it. The answers are those of core/live_refactoring.py. */
#ifndef CPPLS_REFACTORING_H
#define CPPLS_REFACTORING_H

#include "live.h"

/* The innermost declaration of the main file that is wanted and covers a byte of it; false without
 * one. */
bool innermost_at(struct live *live, size_t offset,
                  bool (*is_wanted)(const struct api *api, CXCursor cursor), CXCursor *found);

/* The innermost function of the main file whose declaration covers a byte of it; false without one.
 * Those of lambdas are not functions. */
bool function_at(struct live *live, size_t offset, CXCursor *found);

/* A Function or nil: the innermost around the position. */
CPPLS_EXPORT int cppls_live_function(struct live *live, unsigned line, unsigned column,
                                     struct buffer *out);

/* A RegionFacts or nil: of the statements from `line`:`column` to `end_line`:`end_column`. */
CPPLS_EXPORT int cppls_live_region(struct live *live, unsigned line, unsigned column,
                                   unsigned end_line, unsigned end_column, struct buffer *out);

/* A Visibility or nil: of what the definition around the position mentions, at its first declaration. */
CPPLS_EXPORT int cppls_live_visibility(struct live *live, unsigned line, unsigned column,
                                       struct buffer *out);

/* A list of PureMethods or nil: what the innermost class around the position leaves pure. */
CPPLS_EXPORT int cppls_live_pure_methods(struct live *live, unsigned line, unsigned column,
                                         struct buffer *out);

#endif
