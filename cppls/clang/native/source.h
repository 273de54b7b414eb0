/* Text of a source file, and the places that libclang names in it.
 *
 * Lines and columns are 0-based, columns and offsets count bytes. Knows tokens only as far as
 * finding the word under a cursor needs; parsing is libclang's.
 */
#ifndef CPPLS_SOURCE_H
#define CPPLS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "api.h"
#include "pack.h"

struct text {
    const char *data; /* not terminated; owned by the translation unit */
    size_t size;
};

struct span {
    unsigned line, column, end_line, end_column;
};

struct place {
    CXFile file; /* NULL: nowhere (a builtin) */
    unsigned line, column, offset;
};

/* The text that `unit` was parsed with. Empty when the file was not read. */
struct text file_text(const struct api *api, CXTranslationUnit unit, CXFile file);

/* Byte offset of a position; past the end of a line or of the file it is clamped. */
size_t text_offset(struct text text, unsigned line, unsigned column);

/* Whether a byte belongs to an identifier (letters, digits, `_`, `$`, and all of non-ASCII). */
bool is_word(char byte);

/* Bytes of the token that starts at `offset`, at least 1 inside the text: a word or one byte. */
unsigned token_length(struct text text, size_t offset);

/* Start of the logical line (continued ones joined) that holds `offset`. */
size_t line_start(struct text text, size_t offset);

/* The place in a file that stands for `location`: macro arguments where they are written,
 * other text from macros where the macro is expanded. */
struct place place_of(const struct api *api, CXSourceLocation location);

/* Both ends of a range; false when they do not lie in one file. */
bool span_of(const struct api *api, CXSourceRange range, CXFile *file, struct span *span);

/* The name token of a declaration. `file` is NULL when it has none. */
struct span name_span(const struct api *api, CXTranslationUnit unit, CXCursor cursor,
                      CXFile *file);

bool same_file(const struct api *api, CXFile a, CXFile b);
bool same_place(const struct place *a, const struct place *b);

void pack_span(struct buffer *out, struct span span);

/* The real path of a file as bytes; empty for NULL. */
void pack_path(struct buffer *out, const struct api *api, CXFile file);

/* A string of libclang's, disposed here. */
void pack_cxstring(struct buffer *out, const struct api *api, CXString string);

#endif
