/* What may stand at a place of a text that is being typed; see completion.h. */
#include "completion.h"
#include "hash.h"

#include <stdlib.h>
#include <string.h>

enum {
    LIST_BYTES = 8 << 20, /* a longer list is not kept */
    ANSWERED = 0,
    NO_UNIT = 1,
    NO_MEMORY = 2
};

static void forget(struct completion *completion) {
    free(completion->candidates);
    buffer_free(&completion->texts);
    words_close(&completion->words);
    *completion = (struct completion){0};
}

void live_forget_completion(struct live *live) {
    if (live->completion) {
        forget(live->completion);
        free(live->completion);
    }
    live->completion = NULL;
}

static size_t bytes_of(const struct completion *completion) {
    return completion->texts.capacity + completion->count * sizeof *completion->candidates +
           completion->words.capacity * sizeof *completion->words.words +
           completion->words.numbers.capacity * 2 * sizeof(uint64_t);
}

size_t cppls_live_completion_bytes(const struct live *live) {
    return live->completion ? bytes_of(live->completion) : 0;
}

/* The text but for what is being typed. */
static uint64_t context_of(const struct text *text, const struct completion_point *point) {
    uint64_t before = hash_bytes(text->bytes, point->start, 0);
    uint64_t behind = hash_bytes(text->bytes + point->end, text->size - point->end, 1);
    return hash_mix(before, behind) | 1;
}

static CXCodeCompleteResults *ask(struct live *live, size_t line, size_t column,
                                  CXUnsavedFile *unsaved, unsigned unsaved_count) {
    static const unsigned options = CXCodeComplete_IncludeMacros | CXCodeComplete_IncludeCodePatterns |
                                    CXCodeComplete_IncludeBriefComments |
                                    CXCodeComplete_IncludeCompletionsWithFixIts;
    return live->api->codeCompleteAt(live->unit, live->path, (unsigned)line, (unsigned)column,
                                     unsaved, unsaved_count, options);
}

CXCodeCompleteResults *completion_ask(struct live *live, const struct text *text,
                                      const struct completion_point *point, CXUnsavedFile *unsaved,
                                      unsigned unsaved_count, struct shift *shift) {
    struct earlier_top earlier;
    CXUnsavedFile whole = unsaved[0];
    if (completion_top(live, text, point, &earlier)) {
        unsaved[0].Contents = earlier.bytes;
        unsaved[0].Length = (unsigned long)earlier.size;
    }
    *shift = earlier.shift;
    size_t line = (size_t)((int64_t)point->line + shift->lines);
    size_t column = (size_t)((int64_t)point->column + shift->columns);
    CXCodeCompleteResults *results = ask(live, line, column, unsaved, unsaved_count);
    unsaved[0] = whole;
    free(earlier.bytes);
    return results;
}

/* Where libclang is to be asked in an #include: in a text of its line alone, as it would else read
 * all that is included before. */
static CXCodeCompleteResults *ask_include(struct live *live, const struct text *text,
                                          const struct completion_point *point,
                                          CXUnsavedFile *unsaved, unsigned unsaved_count) {
    size_t line = logical_line(text, point->start);
    CXUnsavedFile whole = unsaved[0];
    unsaved[0].Contents = text->bytes + line;
    unsaved[0].Length = (unsigned long)(point->end - line);
    CXCodeCompleteResults *results =
        ask(live, 1, point->start - line + 1, unsaved, unsaved_count);
    unsaved[0] = whole;
    return results;
}

static int fill(struct completion *completion, struct live *live, const struct text *text,
                const struct completion_point *point, CXUnsavedFile *unsaved,
                unsigned unsaved_count) {
    if (point->in_opaque)
        return ANSWERED; /* nothing of the language stands there */
    CXCodeCompleteResults *results =
        point->in_include
            ? ask_include(live, text, point, unsaved, unsaved_count)
            : completion_ask(live, text, point, unsaved, unsaved_count, &completion->shift);
    if (!results)
        return ANSWERED; /* libclang has crashed, and would again: an empty list for this place */
    bool taken = completion_take(completion, live->api, results);
    live->api->disposeCodeCompleteResults(results);
    if (taken && !point->in_include)
        taken = words_open(&completion->words, text->bytes, text->size, point->start, point->end) &&
                completion_expect(&completion->expected, text, point->start);
    return taken ? ANSWERED : NO_MEMORY;
}

/* The list of the place: the one at hand when only what is typed has changed. */
static int list_of(struct live *live, const struct text *text, const struct completion_point *point,
                   CXUnsavedFile *unsaved, unsigned unsaved_count) {
    uint64_t context = context_of(text, point);
    if (live->completion && live->completion->context == context)
        return ANSWERED;
    live_forget_completion(live);
    live->completion = calloc(1, sizeof *live->completion);
    if (!live->completion)
        return NO_MEMORY;
    int status = fill(live->completion, live, text, point, unsaved, unsaved_count);
    if (status == ANSWERED)
        live->completion->context = context;
    else
        live_forget_completion(live);
    return status;
}

static char next_sign(const struct text *text, size_t at) {
    while (at < text->size && (text->bytes[at] == ' ' || text->bytes[at] == '\t'))
        at++;
    return at < text->size ? text->bytes[at] : '\n';
}

static void pack_best(struct buffer *out, const struct completion *completion,
                      const struct ranking *ranking) {
    pack_array(out, ranking->count);
    for (size_t i = 0; i < ranking->count; i++) {
        const struct ranked *ranked = &ranking->best[i];
        const struct candidate *candidate = &completion->candidates[ranked->candidate];
        pack_array(out, COMPLETION_ITEM_VALUES);
        pack_int(out, (int64_t)(ranked->score * 1000));
        pack_uint(out, ranked->overloads);
        buffer_append(out, completion->texts.bytes + candidate->packed, candidate->packed_size);
    }
}

/* live_completion.Completions */
static int answer(const struct live *live, const struct text *text,
                  const struct completion_point *point, unsigned limit, struct buffer *out) {
    const struct completion *completion = live->completion;
    struct ranking ranking;
    const char *typed = text->bytes + point->start;
    if (!completion_rank(completion, typed, point->cursor - point->start, limit, &ranking))
        return NO_MEMORY;
    char sign = next_sign(text, point->end);
    pack_array(out, 6);
    pack_span(out, span_between(text, point->start, point->end));
    pack_uint(out, point->in_include ? COMPLETION_INCLUDED_FILE : completion->contexts);
    pack_text(out, &sign, 1);
    pack_bool(out, ranking.answering > ranking.count);
    pack_best(out, completion, &ranking);
    pack_scopes(out, text, point->start);
    free(ranking.best);
    return out->failed ? NO_MEMORY : ANSWERED;
}

int cppls_live_complete(struct live *live, unsigned line, unsigned column, unsigned limit,
                        CXUnsavedFile *unsaved, unsigned unsaved_count, struct buffer *out) {
    if (!live->unit || live->suspended || unsaved_count == 0)
        return NO_UNIT;
    struct text text;
    if (!text_open(&text, unsaved[0].Contents, unsaved[0].Length))
        return NO_MEMORY;
    struct completion_point point = completion_point_at(&text, line, column);
    int status = list_of(live, &text, &point, unsaved, unsaved_count);
    if (status == ANSWERED)
        status = answer(live, &text, &point, limit, out);
    text_close(&text);
    if (cppls_live_completion_bytes(live) > LIST_BYTES)
        live_forget_completion(live);
    return status;
}
