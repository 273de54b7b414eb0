/* The syntax around a selection, for whoever changes code. See core/live_anatomy.py. */
#ifndef CPPLS_ANATOMY_H
#define CPPLS_ANATOMY_H

#include "live.h"

/* A Node of core/live_anatomy.py, or nil: the outermost declaration of the main file that covers the
 * bytes from `line`:`column` to `end_line`:`end_column`. */
CPPLS_EXPORT int cppls_live_anatomy(struct live *live, unsigned line, unsigned column,
                                    unsigned end_line, unsigned end_column, struct buffer *out);

/* A SwitchCases of core/live_anatomy.py, or nil: of the innermost switch around the position. */
CPPLS_EXPORT int cppls_live_switch_cases(struct live *live, unsigned line, unsigned column,
                                         struct buffer *out);

/* The bytes of the main file that a node takes; false when it takes none, or others too. */
bool main_extent(struct live *live, CXCursor cursor, size_t *start, size_t *end);

#endif
