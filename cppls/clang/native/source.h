/* Places that libclang names in source files, and their MessagePack form.
 *
 * Lines and columns are 0-based, columns and offsets count bytes.
 */
#ifndef CPPLS_SOURCE_H
#define CPPLS_SOURCE_H

#include "files.h"
#include "pack.h"
#include "text.h"

struct span {
    unsigned line, column, end_line, end_column;
};

struct place {
    CXFile file; /* NULL: nowhere (a builtin) */
    unsigned line, column, offset;
};

/* The bytes that `unit` was parsed with, lines not looked for; empty when the file was not read.
 * Nothing to close: they belong to the unit. */
struct text file_text(const struct api *api, CXTranslationUnit unit, CXFile file);

/* Byte offset of a position; past the end of a line or of the file it is clamped. */
size_t text_offset(const struct text *text, unsigned line, unsigned column);

/* The span between two offsets of a text whose lines are known. */
struct span span_between(const struct text *text, size_t start, size_t end);

/* Whether a byte belongs to an identifier (letters, digits, `_`, `$`, and all of non-ASCII). */
bool is_word(char byte);

/* Start of the logical line (continued ones joined) that holds `offset`. */
size_t logical_line(const struct text *text, size_t offset);

/* Whether the whole word at `offset` is `word`. */
bool word_is(const struct text *text, size_t offset, const char *word);

/* The place in a file that stands for `location`: macro arguments where they are written,
 * other text from macros where the macro is expanded. */
struct place place_of(const struct api *api, CXSourceLocation location);

/* libclang's cursor at a position. Asked by line and column: clang_getLocationForOffset looks neither
 * into macro arguments nor into the preamble. */
CXCursor cursor_in(const struct api *api, CXTranslationUnit unit, CXFile file,
                   struct position position);

/* Both ends of a range; false, and an empty span, when they do not lie in one file. */
bool span_of(const struct api *api, CXSourceRange range, CXFile *file, struct span *span);

/* The name token of a declaration. `file` is NULL when it has none. */
struct span name_span(const struct api *api, CXTranslationUnit unit, CXCursor cursor, CXFile *file);

bool same_file(const struct api *api, CXFile a, CXFile b);
bool same_place(const struct api *api, const struct place *a, const struct place *b);

void pack_span(struct buffer *out, struct span span);
/* The real path of a file as bytes; empty for NULL. */
void pack_path(struct buffer *out, struct file_table *files, CXFile file);
/* A string of libclang's, disposed here. */
void pack_cxstring(struct buffer *out, const struct api *api, CXString string);

#endif
