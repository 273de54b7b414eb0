/* Names that depend on template parameters, found by name in the template's own definition.
 *
 * libclang gives no declaration for `x.member` or `T<U>::member` inside a template. What clangd's
 * HeuristicResolver does for them is done here with cursors and the text before the name.
 */
#ifndef CPPLS_HEURISTICS_H
#define CPPLS_HEURISTICS_H

#include "live.h"

#define CANDIDATES_MAX 32

struct candidates {
    CXCursor items[CANDIDATES_MAX];
    size_t count;
};

/* Candidates for the word at byte `offset` of the main file, where libclang's cursor is `at`. */
void find_dependent(struct live *live, CXCursor at, size_t offset, struct candidates *found);

/* The same without a search through the headers for using-declarations: for many words. */
void find_members(struct live *live, CXCursor at, size_t offset, struct candidates *found);

#endif
