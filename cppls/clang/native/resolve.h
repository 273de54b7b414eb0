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
    CXType deduced;     /* what `auto` or `decltype(...)` stands for there; else of kind invalid */
    size_t count;
    CXCursor targets[RESOLVE_MAX]; /* declarations: never references or instantiations */
};

void resolve(struct live *live, size_t offset, struct resolution *result);

/* The same for the word at `offset`, where libclang's cursor is known to be `at`: for many tokens,
 * clang_annotateTokens is cheaper than a search for each, and headers are not searched by name. */
void resolve_with(struct live *live, size_t offset, CXCursor at, struct resolution *result);

/* Parts of the above, each in its file: */

/* What a word of a directive names. Returns false when `offset` is not in a directive. */
bool resolve_directive(struct live *live, size_t offset, struct resolution *result);
/* The macro of that name which is defined above `offset`, in the main file or by an include; a null
 * cursor when there is none: `#ifndef GUARD` uses no macro. */
CXCursor find_macro(struct live *live, const char *name, size_t length, size_t offset);
/* Take the word that touches `offset`, also directly behind it; else the byte at `offset`. */
void take_token(const struct live *live, size_t offset, struct resolution *result);
/* libclang's cursor at a byte of the main file. */
CXCursor cursor_at(struct live *live, size_t offset);
/* Add what a reader means by a declaration: targets of using-declarations, the template of an
 * instantiation; once. */
void add_target(struct live *live, struct resolution *result, CXCursor declaration);

#endif
