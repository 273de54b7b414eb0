#include "mentions.h"

#include "hash.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_PARAMETERS = 64 }; /* further ones count as mentioned */

#define MENTION(mentions, i) (((struct facts_mention *)(void *)(mentions)->items.bytes)[i])
#define MENTION_COUNT(mentions) ((mentions)->items.size / sizeof(struct facts_mention))
#define BODY(mentions, i) (((struct facts_body *)(void *)(mentions)->bodies.bytes)[i])
#define BODY_COUNT(mentions) ((mentions)->bodies.size / sizeof(struct facts_body))

/* A file's names while they are collected. */
struct collector {
    struct mentions *mentions;
    struct map places; /* name -> place of its mention + 1 */
    uint32_t file;
};

static uint32_t name_at(const struct text *text, size_t offset, uint32_t length) {
    return facts_name(hash_bytes(text->bytes + offset, length, 0));
}

/* Note a mention, NOWHERE when nothing depends on what the name stands for. Whether it is the first, or
 * one that is before the others. */
static bool mention(struct collector *collector, uint32_t name, uint32_t offset) {
    struct mentions *mentions = collector->mentions;
    bool made = false;
    uint64_t *place = map_at(&collector->places, name, &made);
    mentions->items.failed |= !place;
    if (made) {
        struct facts_mention item = {name, collector->file, offset};
        buffer_append(&mentions->items, &item, sizeof item);
        *place = MENTION_COUNT(mentions);
    }
    if (mentions->items.failed)
        return false;
    struct facts_mention *item = &MENTION(mentions, *place - 1);
    bool earlier = offset < item->offset;
    item->offset = earlier ? offset : item->offset;
    return made || earlier;
}

/* Read the parameters behind a macro's name at `*offset`, and move it behind them. */
static size_t read_parameters(const struct text *text, size_t *offset, size_t end,
                              uint32_t parameters[MOST_PARAMETERS]) {
    size_t count = 0, close = *offset;
    if (close >= end || text->bytes[close] != '(')
        return 0;
    while (close < end && text->bytes[close] != ')')
        close++;
    size_t at = *offset;
    for (uint32_t length; (length = text_identifier(text, &at)) && at < close; at += length)
        if (count < MOST_PARAMETERS)
            parameters[count++] = name_at(text, at, length);
    *offset = close;
    return count;
}

/* The definition whose "define" is at `offset`; where it ends. */
static size_t read_definition(struct collector *collector, const struct text *text, size_t offset) {
    size_t end = text_line_end(text, offset);
    size_t at = text_skip_blanks(text, offset + sizeof "define" - 1);
    uint32_t length = text_token(text, at), parameters[MOST_PARAMETERS];
    if (!length || at >= end)
        return end;
    struct facts_body body = {.macro = name_at(text, at, length)};
    mention(collector, body.macro, NOWHERE);
    at += length;
    size_t count = read_parameters(text, &at, end, parameters);
    for (; (length = text_identifier(text, &at)) && at < end; at += length) {
        body.name = name_at(text, at, length);
        bool parameter = body.name == body.macro;
        for (size_t i = 0; i < count && !parameter; i++)
            parameter = parameters[i] == body.name;
        if (!parameter)
            buffer_append(&collector->mentions->bodies, &body, sizeof body);
    }
    return end;
}

/* Whether the name behind this word is not replaced by what it is defined as. */
static bool is_test(const struct text *text, size_t offset, uint32_t length) {
    static const char word[] = "defined";
    return text_is_directive(text, offset, length, "ifdef") ||
           text_is_directive(text, offset, length, "ifndef") ||
           (length == sizeof word - 1 && memcmp(text->bytes + offset, word, length) == 0);
}

void mentions_add(struct mentions *mentions, uint32_t file, const struct text *text) {
    struct collector collector = {.mentions = mentions, .file = file};
    size_t offset = 0;
    bool undefined = false, tested = false; /* the name that comes next */
    for (uint32_t length; (length = text_identifier(text, &offset));) {
        if (text_is_directive(text, offset, length, "define")) {
            offset = read_definition(&collector, text, offset);
            continue;
        }
        if (text_is_directive(text, offset, length, "error") ||
            text_is_directive(text, offset, length, "warning")) {
            offset = text_line_end(text, offset); /* prose */
            continue;
        }
        struct facts_mention item = {name_at(text, offset, length), file,
                                     undefined ? NOWHERE : (uint32_t)offset};
        if (tested)
            buffer_append(&mentions->tested, &item, sizeof item);
        else
            mention(&collector, item.name, item.offset);
        undefined = text_is_directive(text, offset, length, "undef");
        tested = is_test(text, offset, length);
        offset += length;
    }
    map_free(&collector.places);
}

static int by_macro(const void *left, const void *right) {
    const struct facts_body *a = left, *b = right;
    if (a->macro != b->macro)
        return a->macro < b->macro ? -1 : 1;
    return (a->name > b->name) - (a->name < b->name);
}

static int by_file(const void *left, const void *right) {
    const struct facts_mention *a = left, *b = right;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return (a->name > b->name) - (a->name < b->name);
}

static int by_name(const void *left, const void *right) {
    const struct facts_mention *a = left, *b = right;
    if (a->name != b->name)
        return a->name < b->name ? -1 : 1;
    return (a->file > b->file) - (a->file < b->file);
}

static void order_bodies(struct mentions *mentions) {
    size_t kept = 0, count = BODY_COUNT(mentions);
    if (!count || mentions->bodies.failed)
        return;
    qsort(mentions->bodies.bytes, count, sizeof(struct facts_body), by_macro);
    for (size_t i = 0; i < count; i++)
        if (!kept || by_macro(&BODY(mentions, i), &BODY(mentions, kept - 1)) != 0)
            BODY(mentions, kept++) = BODY(mentions, i);
    mentions->bodies.size = kept * sizeof(struct facts_body);
}

/* What stands in the definitions of a macro is mentioned where it is; append what is new to `left`. */
static void mention_bodies(struct collector *collector, const struct facts_body *bodies,
                           size_t count, struct facts_mention macro, struct buffer *left) {
    size_t i = facts_first_body(bodies, count, macro.name);
    for (; i < count && bodies[i].macro == macro.name; i++) {
        struct facts_mention item = {bodies[i].name, macro.file, macro.offset};
        if (mention(collector, item.name, item.offset))
            buffer_append(left, &item, sizeof item);
    }
}

/* Follow the mentions of one file, those from the place `first` on. */
static void follow(struct collector *collector, size_t first, size_t end,
                   const struct chain *chain) {
    struct mentions *mentions = collector->mentions;
    struct buffer left = {0};
    for (size_t i = first; i < end; i++) {
        const struct facts_mention *item = &MENTION(mentions, i);
        uint64_t *place = map_at(&collector->places, item->name, NULL);
        mentions->items.failed |= !place;
        if (place)
            *place = i + 1;
        if (item->offset != NOWHERE)
            buffer_append(&left, item, sizeof *item);
    }
    for (size_t i = 0; i < left.size / sizeof(struct facts_mention) && !left.failed; i++) {
        struct facts_mention item = ((struct facts_mention *)(void *)left.bytes)[i];
        mention_bodies(collector, &BODY(mentions, 0), BODY_COUNT(mentions), item, &left);
        for (size_t j = 0; chain && j < chain->count; j++)
            mention_bodies(collector, chain->nodes[j]->bodies, chain->nodes[j]->header->body_count,
                           item, &left);
    }
    mentions->items.failed |= left.failed;
    buffer_free(&left);
}

/* Add the names that one file tests, from place `*next` on. */
static void add_tested(struct collector *collector, size_t *next) {
    struct mentions *mentions = collector->mentions;
    const struct facts_mention *tested = (const void *)mentions->tested.bytes;
    size_t count = mentions->tested.size / sizeof *tested;
    for (; *next < count && tested[*next].file <= collector->file; ++*next)
        if (tested[*next].file == collector->file)
            mention(collector, tested[*next].name, tested[*next].offset);
}

void mentions_close(struct mentions *mentions, const struct chain *chain) {
    size_t tested = 0;
    order_bodies(mentions);
    if (mentions->tested.size)
        qsort(mentions->tested.bytes, mentions->tested.size / sizeof(struct facts_mention),
              sizeof(struct facts_mention), by_file);
    mentions->items.failed |= mentions->tested.failed;
    size_t count = MENTION_COUNT(mentions);
    if (count && !mentions->items.failed)
        qsort(mentions->items.bytes, count, sizeof(struct facts_mention), by_file);
    for (size_t first = 0, end; first < count && !mentions->items.failed; first = end) {
        struct collector collector = {.mentions = mentions, .file = MENTION(mentions, first).file};
        end = first;
        while (end < count && MENTION(mentions, end).file == collector.file)
            end++;
        follow(&collector, first, end, chain);
        add_tested(&collector, &tested);
        map_free(&collector.places);
    }
    if (mentions->items.size && !mentions->items.failed)
        qsort(mentions->items.bytes, MENTION_COUNT(mentions), sizeof(struct facts_mention), by_name);
    buffer_free(&mentions->tested);
}
