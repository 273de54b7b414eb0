/* A text as the compiler's tokens: whether a change of it can matter to those who include it. */
#ifndef CPPLS_TOKENS_H
#define CPPLS_TOKENS_H

#include <stddef.h>
#include <stdint.h>

/* A hash that two texts share when they have the same tokens and directives in the same order.
 *
 * Comments do not count, nor does white space, but for these: a directive ends at its line's end; in
 * a #define it counts whether there is any between two tokens; it keeps apart what would be one
 * token, or might be ("> >", "L "a""). Texts of the same hash may differ in what __LINE__ is and in
 * the spaces that an argument of a macro has inside, which only # shows.
 *
 * A text that languages or modes read in different ways (trigraphs, literals and comments without an
 * end, "#error" with a comment) has a hash of its bytes. */
uint64_t token_hash(const char *bytes, size_t size);

#endif
