#define _GNU_SOURCE /* memmem */
#include "text.h"

#include <stdlib.h>
#include <string.h>

static bool is_identifier(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The byte at an offset, 0 past the end. */
static char at(const struct text *text, size_t offset) {
    return offset < text->size ? text->bytes[offset] : '\0';
}

bool text_open(struct text *text, const char *bytes, size_t size) {
    *text = (struct text){.bytes = bytes, .size = size, .ascii = true};
    if (size >= UINT32_MAX)
        return false;
    size_t count = 1;
    unsigned char seen = 0;
    for (size_t i = 0; i < size; i++) {
        seen |= (unsigned char)bytes[i];
        count += bytes[i] == '\n' || bytes[i] == '\r';
    }
    text->ascii = seen < 0x80;
    text->lines = malloc(count * sizeof *text->lines);
    if (!text->lines)
        return false;
    text->lines[text->line_count++] = 0;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] == '\n' || (bytes[i] == '\r' && at(text, i + 1) != '\n'))
            text->lines[text->line_count++] = (uint32_t)(i + 1);
    return true;
}

void text_close(struct text *text) {
    free(text->lines);
    *text = (struct text){0};
}

struct position text_position(const struct text *text, size_t offset) {
    uint32_t place = (uint32_t)(offset < text->size ? offset : text->size);
    size_t low = 0, high = text->line_count; /* lines[low] <= place < lines[high] */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (text->lines[middle] <= place)
            low = middle;
        else
            high = middle;
    }
    return (struct position){(uint32_t)low, place - text->lines[low]};
}

static size_t skip_identifier(const struct text *text, size_t offset) {
    while (offset < text->size && is_identifier(text->bytes[offset]))
        offset++;
    return offset;
}

/* Past the closing quote of the literal that opens at `offset`; an unclosed one ends at its line. */
static size_t skip_quoted(const struct text *text, size_t offset) {
    char quote = at(text, offset++);
    for (; offset < text->size; offset++) {
        char c = text->bytes[offset];
        if (c == quote)
            return offset + 1;
        if (c == '\n')
            return offset;
        if (c == '\\' && offset + 1 < text->size)
            offset++;
    }
    return text->size;
}

/* Past the raw string whose quote is at `offset`: R"delimiter( ... )delimiter". */
static size_t skip_raw_string(const struct text *text, size_t offset) {
    size_t start = offset + 1, open = start;
    while (open < text->size && open - start <= 16 && text->bytes[open] != '(')
        open++;
    size_t delimiter = open - start;
    if (at(text, open) != '(')
        return skip_quoted(text, offset);
    for (size_t i = open + 1; i + delimiter + 1 < text->size; i++)
        if (text->bytes[i] == ')' && text->bytes[i + delimiter + 1] == '"' &&
            memcmp(text->bytes + i + 1, text->bytes + start, delimiter) == 0)
            return i + delimiter + 2;
    return text->size;
}

static size_t skip_number(const struct text *text, size_t offset) {
    for (; offset < text->size; offset++) {
        char c = text->bytes[offset], previous = at(text, offset - 1);
        bool sign = (c == '+' || c == '-') && strchr("eEpP", previous) && previous;
        bool separator = c == '\'' && is_identifier(at(text, offset + 1));
        if (!is_identifier(c) && c != '.' && !sign && !separator)
            break;
    }
    return offset;
}

static uint32_t punctuator(const struct text *text, size_t offset) {
    static const char *const long_ones[] = {"<<=", ">>=", "<=>", "->*", "...", "->", "++", "--",
                                            "<<",  ">>",  "<=",  ">=",  "==",  "!=", "&&", "||",
                                            "+=",  "-=",  "*=",  "/=",  "%=",  "&=", "|=", "^=",
                                            "::",  ".*",  "##"};
    for (size_t i = 0; i < sizeof long_ones / sizeof *long_ones; i++) {
        size_t length = strlen(long_ones[i]);
        if (length <= text->size - offset && memcmp(text->bytes + offset, long_ones[i], length) == 0)
            return (uint32_t)length;
    }
    return 1;
}

uint32_t text_token(const struct text *text, size_t offset) {
    if (offset >= text->size)
        return 0;
    char c = text->bytes[offset];
    size_t end;
    if (is_digit(c) || (c == '.' && is_digit(at(text, offset + 1)))) {
        end = skip_number(text, offset + 1);
    } else if (is_identifier(c)) {
        end = skip_identifier(text, offset);
        bool prefix = end - offset <= 3 && strchr("uULR", c); /* u8R"..." and the like */
        if (prefix && at(text, end) == '"' && text->bytes[end - 1] == 'R')
            end = skip_raw_string(text, end);
        else if (prefix && (at(text, end) == '"' || at(text, end) == '\''))
            end = skip_quoted(text, end);
    } else if (c == '"' || c == '\'') {
        end = skip_identifier(text, skip_quoted(text, offset)); /* with a user-defined suffix */
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v') {
        return 0;
    } else {
        return punctuator(text, offset);
    }
    return (uint32_t)(end - offset);
}

size_t text_skip_blanks(const struct text *text, size_t offset) {
    for (;;) {
        char c = at(text, offset);
        if (offset < text->size && (c == ' ' || c == '\t' || c == '\f' || c == '\v'))
            offset++;
        else if (c == '\\' && at(text, offset + 1) == '\n')
            offset += 2;
        else if (c == '\\' && at(text, offset + 1) == '\r' && at(text, offset + 2) == '\n')
            offset += 3;
        else
            return offset;
    }
}

uint32_t text_declared_name(const struct text *text, size_t offset) {
    static const char operator_word[] = "operator";
    uint32_t length = text_token(text, offset);
    if (length == 1 && text->bytes[offset] == '~') {
        size_t name = text_skip_blanks(text, offset + 1);
        size_t end = skip_identifier(text, name);
        return end > name ? (uint32_t)(end - offset) : length;
    }
    if (length != sizeof operator_word - 1 ||
        memcmp(text->bytes + offset, operator_word, length) != 0)
        return length;
    /* `operator bool` is named by its type: the keyword alone is the name's token. */
    size_t sign = text_skip_blanks(text, offset + length);
    char c = at(text, sign);
    uint32_t sign_length = text_token(text, sign);
    if (!sign_length || (is_identifier(c)))
        return length;
    char closing = c == '(' ? ')' : c == '[' ? ']' : '\0';
    if (closing) {
        size_t close = text_skip_blanks(text, sign + 1);
        return at(text, close) == closing ? (uint32_t)(close + 1 - offset) : length;
    }
    return (uint32_t)(sign + sign_length - offset);
}

/* Whether the word at `word` follows a '#' that begins its line. */
static bool is_directive(const struct text *text, size_t word) {
    size_t i = word;
    while (i && (text->bytes[i - 1] == ' ' || text->bytes[i - 1] == '\t'))
        i--;
    if (!i || text->bytes[i - 1] != '#')
        return false;
    i--;
    while (i && (text->bytes[i - 1] == ' ' || text->bytes[i - 1] == '\t'))
        i--;
    return !i || text->bytes[i - 1] == '\n' || text->bytes[i - 1] == '\r';
}

bool text_directive(const struct text *text, const char *word, size_t *offset) {
    size_t size = strlen(word);
    while (*offset < text->size) {
        const char *hit = memmem(text->bytes + *offset, text->size - *offset, word, size);
        if (!hit)
            return false;
        size_t found = (size_t)(hit - text->bytes);
        *offset = found + size;
        if (is_directive(text, found))
            return true;
    }
    return false;
}

bool text_word(const struct text *text, const char *word, size_t *offset) {
    size_t size = strlen(word);
    for (; *offset < text->size; *offset += size) {
        const char *hit = memmem(text->bytes + *offset, text->size - *offset, word, size);
        if (!hit)
            return false;
        *offset = (size_t)(hit - text->bytes);
        if (!is_identifier(at(text, *offset + size)) &&
            (*offset == 0 || !is_identifier(text->bytes[*offset - 1])))
            return true;
    }
    return false;
}

bool text_is_directive(const struct text *text, size_t offset, uint32_t length, const char *word) {
    return strlen(word) == length && memcmp(text->bytes + offset, word, length) == 0 &&
           is_directive(text, offset);
}

uint32_t text_undefinition(const struct text *text, size_t *offset) {
    while (text_directive(text, "undef", offset)) {
        size_t name = text_skip_blanks(text, *offset);
        uint32_t length = name > *offset ? text_token(text, name) : 0;
        *offset = name;
        if (length)
            return length;
    }
    return 0;
}

size_t text_line_end(const struct text *text, size_t offset) {
    for (; offset < text->size; offset++) {
        if (text->bytes[offset] != '\n')
            continue;
        size_t last = offset - (offset && text->bytes[offset - 1] == '\r');
        if (!last || text->bytes[last - 1] != '\\')
            break;
    }
    return offset;
}

size_t text_skip_comment(const struct text *text, size_t offset) {
    if (at(text, offset) != '/')
        return offset;
    if (at(text, offset + 1) == '/') {
        size_t end = offset + 2;
        while (end < text->size && text->bytes[end] != '\n')
            end++;
        return end;
    }
    if (at(text, offset + 1) != '*')
        return offset;
    const char *close = text->size - offset < 4 ? NULL
                                                : memmem(text->bytes + offset + 2,
                                                         text->size - offset - 2, "*/", 2);
    return close ? (size_t)(close - text->bytes) + 2 : text->size;
}

uint32_t text_identifier(const struct text *text, size_t *offset) {
    size_t i = *offset;
    while (i < text->size) {
        char c = text->bytes[i];
        size_t behind = i + 1;
        if (is_digit(c)) {
            behind = skip_number(text, i + 1);
        } else if (is_identifier(c)) {
            behind = skip_identifier(text, i + 1);
            char next = at(text, behind);
            if (next != '"' && next != '\'') {
                *offset = i;
                return (uint32_t)(behind - i);
            }
            behind = i + text_token(text, i); /* perhaps the prefix of a literal */
            if (behind == skip_identifier(text, i + 1)) {
                *offset = i;
                return (uint32_t)(behind - i);
            }
        } else if (c == '/') {
            behind = text_skip_comment(text, i);
            behind += behind == i;
        } else if (c == '"' || c == '\'') {
            behind = i + text_token(text, i);
        }
        i = behind;
    }
    *offset = text->size;
    return 0;
}
