/* What the token at a place in the main file names, as clangd decides it.
 *
 * Works on one parsed translation unit, also a broken one. Where libclang knows nothing (names that
 * depend on template parameters), the template's own definition is searched by name.
 */
#ifndef CPPLS_RESOLVE_H
#define CPPLS_RESOLVE_H

#include "live.h"

/* More candidates than this of one overloaded name are not worth showing. */
#define RESOLVE_MAX 64

struct resolution {
    bool has_token;
    size_t start, end;  /* of the token, byte offsets in the main file */
    CXFile include;     /* what the #include under the cursor leads to */
    CXCursor at;        /* libclang's cursor at the token */
    unsigned roles;     /* a Role bit set */
    size_t count;
    CXCursor targets[RESOLVE_MAX]; /* declarations: never references or instantiations */
};

void resolve(struct live *live, size_t offset, struct resolution *result);

/* The same for the word at `offset`, where libclang's cursor is known to be `at`: for many tokens,
 * clang_annotateTokens is cheaper than a search for each. */
void resolve_with(struct live *live, size_t offset, CXCursor at, struct resolution *result);

/* The macro definition of that name which holds at `offset` of the main file; a null cursor when
 * there is none with a place in a file. */
CXCursor find_macro(struct live *live, const char *name, size_t length, size_t offset);

#endif
