/* The bytes of a source file: lines, and the token at an offset. */
#ifndef CPPLS_TEXT_H
#define CPPLS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    const char *bytes; /* borrowed */
    size_t size;
    uint32_t *lines; /* the offset at which each line begins */
    size_t line_count;
    bool ascii;
};

struct position {
    uint32_t line, column; /* 0-based; bytes */
};

/* Find the lines of `bytes`. A line ends at LF, CR or CR LF, as for clang and for LSP. False when
 * memory runs out or the text is longer than an offset can tell. */
bool text_open(struct text *text, const char *bytes, size_t size);
void text_close(struct text *text);
/* Where an offset is; past the end counts as the end. */
struct position text_position(const struct text *text, size_t offset);
/* The length of the token at `offset`: an identifier, a number, a literal, a punctuator. 0 at the
 * end and at white space. */
uint32_t text_token(const struct text *text, size_t offset);
/* The length of the declared name at `offset`: as text_token, but `~Name` and `operator+` whole. */
uint32_t text_declared_name(const struct text *text, size_t offset);
/* The next directive at or after `*offset` whose name begins with `word`, in any condition: `*offset` is
 * then behind the word. */
bool text_directive(const struct text *text, const char *word, size_t *offset);
/* The next place of `word` at or after `*offset`, as a whole word wherever it stands: false when there is
 * none. */
bool text_word(const struct text *text, const char *word, size_t *offset);
/* Whether the word of `length` at `offset` is this one, and a directive. */
bool text_is_directive(const struct text *text, size_t offset, uint32_t length, const char *word);
/* The next #undef at or after `*offset`, in any condition: the length of its name, and where that is in
 * `*offset`; 0 when there is none. */
uint32_t text_undefinition(const struct text *text, size_t *offset);
/* The next identifier at or after `*offset` outside of comments and literals, as above. */
uint32_t text_identifier(const struct text *text, size_t *offset);
/* Where the line at `offset` ends, with those that a backslash joins to it. */
size_t text_line_end(const struct text *text, size_t offset);
/* The first offset at or after `offset` that is not a blank (space, tab, form feed); newlines that a
 * backslash takes away are blanks too. */
size_t text_skip_blanks(const struct text *text, size_t offset);
/* Behind the comment that begins at `offset`; `offset` when none does. */
size_t text_skip_comment(const struct text *text, size_t offset);

#endif
