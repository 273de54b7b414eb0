/* The includes of a text that is being typed, in place of which completion takes those of the parse.
 *
 * libclang completes over the preamble of the last parse only while the text begins with the very
 * bytes that the preamble was made of, and else reads all headers again, with every letter. So a text
 * whose includes have changed since is completed with the top that it had: what new ones declare
 * comes with the next parse.
 */
#include "completion.h"

#include <stdlib.h>
#include <string.h>

/* The directives and comments that a text begins with. */
struct top {
    size_t size;  /* up to its first token of another kind */
    size_t depth; /* of conditionals, which are open there */
};

static bool opens(const struct text *text, size_t word, uint32_t length) {
    return text_is_directive(text, word, length, "if") ||
           text_is_directive(text, word, length, "ifdef") ||
           text_is_directive(text, word, length, "ifndef");
}

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

static struct top top_of(const struct text *text) {
    struct top top = {0};
    while (top.size < text->size) {
        size_t behind = text_skip_comment(text, top.size);
        if (behind == top.size && text->bytes[top.size] == '#') {
            size_t word = text_skip_blanks(text, top.size + 1);
            uint32_t length = text_token(text, word);
            if (opens(text, word, length))
                top.depth++;
            else if (text_is_directive(text, word, length, "endif") && top.depth)
                top.depth--;
            behind = directive_end(text, top.size);
        } else if (behind == top.size && strchr(" \t\n\r\f\v", text->bytes[top.size])) {
            behind++;
        }
        if (behind == top.size)
            break;
        top.size = behind;
    }
    return top;
}

bool completion_top(const struct live *live, const struct text *text,
                    const struct completion_point *point, struct earlier_top *earlier) {
    *earlier = (struct earlier_top){0};
    struct top now = top_of(text), before = top_of(&live->text);
    bool same = now.size == before.size && !memcmp(text->bytes, live->text.bytes, now.size);
    /* A conditional that only one of them leaves open would swallow the rest, or end too early. */
    if (same || now.depth != before.depth || point->start < now.size)
        return false;
    struct position first = text_position(text, now.size);
    struct position first_then = text_position(&live->text, before.size);
    if (point->line - 1 == first.line && first.column != first_then.column)
        return false; /* places would move within their line */
    earlier->size = before.size + text->size - now.size;
    earlier->bytes = malloc(earlier->size + 1);
    if (!earlier->bytes)
        return false; /* slower, but as right */
    memcpy(earlier->bytes, live->text.bytes, before.size);
    memcpy(earlier->bytes + before.size, text->bytes + now.size, text->size - now.size);
    earlier->bytes[earlier->size] = '\0';
    earlier->lines = (int64_t)first_then.line - first.line;
    return true;
}
