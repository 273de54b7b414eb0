#include "nearby.h"

#include <string.h>

/* Uses of a word that are looked at before giving up. */
#define TRIES_MAX 24

static bool is_skipped(struct live *live, size_t offset) {
    const struct api *api = live->api;
    CXSourceRangeList *list = api->getSkippedRanges(live->unit, live->file);
    bool skipped = false;
    for (unsigned i = 0; list && i < list->count && !skipped; i++)
        skipped = place_of(api, api->getRangeStart(list->ranges[i])).offset <= offset &&
                  offset < place_of(api, api->getRangeEnd(list->ranges[i])).offset;
    if (list)
        api->disposeSourceRangeList(list);
    return skipped;
}

/* The body of a macro is compiled only where the macro is expanded. */
static bool is_in_directive(const struct text *text, size_t offset) {
    size_t start = text_skip_blanks(text, logical_line(text, offset));
    return start < text->size && text->bytes[start] == '#';
}

/* Whether the word is written in the arguments of a macro that is expanded there. */
static bool is_in_macro(struct live *live, size_t offset) {
    const struct api *api = live->api;
    struct position at = text_position(&live->text, offset);
    CXSourceLocation written = api->getLocation(live->unit, live->file, at.line + 1, at.column + 1);
    CXCursor cursor = api->getCursor(live->unit, written);
    if (cursor.kind == CXCursor_MacroExpansion)
        return true;
    /* libclang maps the place of an argument to where the macro puts it. */
    unsigned expanded = (unsigned)offset;
    api->getExpansionLocation(written, NULL, NULL, NULL, &expanded);
    return expanded != offset;
}

static bool is_whole(const struct text *text, size_t start, size_t length) {
    return (start == 0 || !is_word(text->bytes[start - 1])) &&
           (start + length == text->size || !is_word(text->bytes[start + length]));
}

/* The nearest other use of the word before (`step` -1) or behind (1) `from`; text->size: none. */
static size_t next_use(const struct text *text, size_t word, size_t length, size_t from, int step) {
    for (size_t at = from + (size_t)step; at + length <= text->size; at += (size_t)step)
        if (text->bytes[at] == text->bytes[word] &&
            memcmp(text->bytes + at, text->bytes + word, length) == 0 &&
            is_whole(text, at, length))
            return at;
    return text->size; /* going down from 0 wraps to the greatest size_t, which ends the loop */
}

/* How far the use at `at` is from `word`, in lines, those above counting double: a comment comes
 * before what it is about. SIZE_MAX when that is too far for a word of this length, which is likely
 * to mean something else there (clangd's bound: twice as far for each letter). */
static size_t cost(const struct text *text, size_t word, size_t length, size_t at) {
    if (at >= text->size)
        return SIZE_MAX;
    uint32_t here = text_position(text, word).line, there = text_position(text, at).line;
    size_t lines = there < here ? 2 * (size_t)(here - there) : there - here;
    return length < 32 && lines > (size_t)1 << length ? SIZE_MAX : lines;
}

/* Take the targets of the nearest use that has any. */
static void take_nearest(struct live *live, struct resolution *result) {
    const struct text *text = &live->text;
    size_t word = result->start, length = result->end - word;
    struct resolution other;
    size_t up = next_use(text, word, length, word, -1);
    size_t down = next_use(text, word, length, word, 1);
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        size_t up_cost = cost(text, word, length, up), down_cost = cost(text, word, length, down);
        if (up_cost == SIZE_MAX && down_cost == SIZE_MAX)
            return;
        bool above = up_cost < down_cost;
        size_t *at = above ? &up : &down;
        resolve(live, *at, &other);
        *at = next_use(text, word, length, *at, above ? -1 : 1);
        if (other.count == 0)
            continue;
        memcpy(result->targets, other.targets, other.count * sizeof *other.targets);
        result->count = other.count;
        return;
    }
}

void resolve_nearby(struct live *live, struct resolution *result) {
    const struct text *text = &live->text;
    size_t word = result->start;
    if (!is_word(text->bytes[word]) || !(is_in_directive(text, word) || is_skipped(live, word) ||
                                         is_in_macro(live, word)))
        return;
    take_nearest(live, result);
    if (result->count == 0)
        add_target(live, result,
                   find_macro(live, text->bytes + word, result->end - word, text->size));
}
