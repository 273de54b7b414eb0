/* Where in a text is being completed. */
#include "completion.h"

/* The first byte of the path when byte `cursor` is in the path of an #include (or #import,
 * #include_next) whose closing sign is not before it; `cursor` + 1 otherwise. */
static size_t include_path(const struct text *text, size_t line, size_t cursor) {
    size_t at = text_skip_blanks(text, line);
    if (at >= cursor || text->bytes[at] != '#')
        return cursor + 1;
    at = text_skip_blanks(text, at + 1);
    uint32_t length = at < cursor ? text_token(text, at) : 0;
    if (!text_is_directive(text, at, length, "include") &&
        !text_is_directive(text, at, length, "include_next") &&
        !text_is_directive(text, at, length, "import"))
        return cursor + 1;
    at = text_skip_blanks(text, at + length);
    if (at >= cursor || (text->bytes[at] != '<' && text->bytes[at] != '"'))
        return cursor + 1;
    char close = text->bytes[at] == '<' ? '>' : '"';
    for (size_t i = at + 1; i < cursor; i++)
        if (text->bytes[i] == close)
            return cursor + 1;
    return at + 1;
}

struct completion_point completion_point_at(const struct text *text, unsigned line,
                                            unsigned column) {
    size_t cursor = text_offset(text, line, column);
    struct completion_point point = {.cursor = cursor, .start = cursor, .end = cursor};
    size_t line_start = logical_line(text, cursor);
    size_t path = include_path(text, line_start, cursor);
    point.in_include = path <= cursor;
    if (point.in_include) {
        /* A folder at a time, as libclang gives them. */
        while (point.start > path && text->bytes[point.start - 1] != '/')
            point.start--;
        while (point.end < text->size && text->bytes[point.end] != '\n' &&
               text->bytes[point.end] != '\r' && text->bytes[point.end] != '>' &&
               text->bytes[point.end] != '"' && text->bytes[point.end] != '/')
            point.end++;
    } else {
        while (point.start > 0 && is_word(text->bytes[point.start - 1]))
            point.start--;
        while (point.end < text->size && is_word(text->bytes[point.end]))
            point.end++;
    }
    size_t opaque = point.start;
    if (!point.in_include && words_opaque(text->bytes, text->size, cursor, &opaque)) {
        point.in_opaque = true;
        point.start = opaque;
    } else if (point.start < cursor && text->bytes[point.start] >= '0' &&
               text->bytes[point.start] <= '9') {
        point.in_opaque = true;
    }
    struct position start = text_position(text, point.start);
    point.line = start.line + 1;
    point.column = start.column + 1;
    return point;
}
