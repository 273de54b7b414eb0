/* The includes of a text that is being typed, in place of which completion takes those of the parse.
 *
 * libclang completes over the preamble of the last parse only while the text begins with the very
 * bytes that the preamble was made of; else it drops the preamble and reads all headers, with every
 * letter until the next parse, which makes another. So a text whose includes have changed since is
 * completed with the top that it had: what new ones declare comes with the next parse. Conditionals
 * that only one of both has need no care: what follows the place is not read, and an #endif too many
 * is passed over.
 */
#include "completion.h"

#include <stdlib.h>
#include <string.h>

/* Behind the directive at `at`; a comment in it may hold more lines. */
static size_t directive_end(const struct text *text, size_t at) {
    size_t end = text_line_end(text, at);
    while (at < end) {
        size_t behind = text_skip_comment(text, at);
        if (behind > end)
            end = text_line_end(text, behind);
        if (text->bytes[at] == '"' && behind == at)
            behind += text_token(text, at);
        at = behind > at ? behind : at + 1;
    }
    return end;
}

/* Where the directives and comments end that a text begins with. */
static size_t top_end(const struct text *text) {
    size_t at = 0;
    while (at < text->size) {
        size_t behind = text_skip_comment(text, at);
        if (behind == at && text->bytes[at] == '#')
            behind = directive_end(text, at);
        else if (behind == at && strchr(" \t\n\r\f\v", text->bytes[at]))
            behind++;
        if (behind == at)
            break;
        at = behind;
    }
    return at;
}

bool completion_top(const struct live *live, const struct text *text,
                    const struct completion_point *point, struct earlier_top *earlier) {
    *earlier = (struct earlier_top){0};
    size_t then = top_end(&live->text), now = top_end(text);
    if (now == then && point->start >= now && !memcmp(text->bytes, live->text.bytes, now))
        return false;
    /* A directive at the top is completed below them all: libclang cuts the preamble off at it. */
    size_t line = logical_line(text, point->start);
    now = point->start < now && line < now ? line : now;
    bool unended = then && then == live->text.size && live->text.bytes[then - 1] != '\n';
    earlier->size = then + unended + text->size - now;
    earlier->bytes = then ? malloc(earlier->size + 1) : NULL;
    if (!earlier->bytes)
        return false; /* there is no preamble to be kept; or, without memory, it is lost */
    memcpy(earlier->bytes, live->text.bytes, then);
    earlier->bytes[then] = '\n';
    memcpy(earlier->bytes + then + unended, text->bytes + now, text->size - now);
    earlier->bytes[earlier->size] = '\0';
    struct position first = text_position(text, now);
    struct position first_then = text_position(&live->text, then);
    if (unended)
        first_then = (struct position){first_then.line + 1, 0};
    earlier->shift.lines = (int64_t)first_then.line - first.line;
    if (point->line - 1 == first.line)
        earlier->shift.columns = (int64_t)first_then.column - first.column;
    return true;
}
