/* Which of the items is likely: by what is typed, by what libclang thinks of it, and by the text. */
#include "completion.h"
#include "fuzzy.h"
#include "hash.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Weights of the logarithm of how likely an item is, from places of real text (docs/BENCHMARKS.md). */
struct weights {
    double match, inside, upper, lower;
    double priority, count, after, after_two, near, reserved, deprecated, special, macro, line;
    double type, no_value, value_lost, local, scope_itself, defined;
};
static const struct weights weights = {
    .match = 7.0,
    .inside = 1.9,
    .upper = 1.9,
    .lower = 0.9,
    .priority = 0.9,
    .count = 0.18,
    .after = 0.8,
    .after_two = 0.9,
    .near = 1.5,
    .reserved = 3.0,
    .deprecated = 1.0,
    .special = 3.0,
    .macro = 1.0,
    .line = 1.5,
    .type = 1.6,
    .no_value = 1.5,
    .value_lost = 1.6,
    .local = 1.5,
    .scope_itself = 1.1,
    .defined = 2.6,
};

/* Names that do not begin with what is typed are less likely, and those that do in other letters: less so
 * where capitals were not typed, as who types fast leaves them out. */
static double of_beginning(const char *typed, size_t typed_size, const char *name, size_t name_size) {
    bool lower = false;
    for (size_t at = 0; at < typed_size && at < name_size; at++) {
        unsigned char wanted = (unsigned char)typed[at], found = (unsigned char)name[at];
        if (tolower(wanted) != tolower(found))
            return -weights.inside;
        if (wanted != found && isupper(wanted))
            return -weights.upper;
        lower |= wanted != found;
    }
    return lower ? -weights.lower : 0;
}

static double of_text(const struct words *words, const char *name, size_t size) {
    const struct word *word = words_find(words, name, size);
    if (!word)
        return 0;
    double near = word->distance == UINT32_MAX ? 0 : 1 / (1 + word->distance / 100.0);
    return weights.count * log1p(word->count) + weights.after * log1p(word->after[0]) +
           weights.after_two * log1p(word->after[1]) + weights.near * near;
}

/* What is hardly ever written by its name. */
static bool is_special(const struct candidate *candidate, const char *name) {
    return candidate->kind == CXCursor_Destructor || candidate->kind == CXCursor_ConversionFunction ||
           (candidate->name_size > 8 && memcmp(name, "operator", 8) == 0 &&
            candidate->flags & COMPLETION_CALLABLE);
}

static bool is_of_object(const struct completion *completion) {
    return completion->contexts & (COMPLETION_DOT | COMPLETION_ARROW);
}

/* A class is a member of itself: `slice.Slice::size()`. */
static bool is_class(const struct candidate *candidate) {
    return candidate->kind == CXCursor_ClassDecl || candidate->kind == CXCursor_StructDecl ||
           candidate->kind == CXCursor_ClassTemplate;
}

static bool is_function(const struct candidate *candidate) {
    return candidate->kind == CXCursor_FunctionDecl || candidate->kind == CXCursor_CXXMethod ||
           candidate->kind == CXCursor_FunctionTemplate;
}

/* By libclang's priority of local declarations, less where their type is wanted. */
static bool is_local_variable(const struct candidate *candidate) {
    enum { LOCAL = 34, LOCAL_SIMILAR = LOCAL / 2, LOCAL_EXACT = LOCAL / 4 };
    return (candidate->kind == CXCursor_VarDecl || candidate->kind == CXCursor_ParmDecl) &&
           (candidate->priority == LOCAL || candidate->priority == LOCAL_SIMILAR ||
            candidate->priority == LOCAL_EXACT);
}

/* Behind a `::`: in an expression the class itself is hardly meant. In a definition functions are, and
 * those that the text does not define already; a class only where it may be its constructor. */
static double of_scope(const struct completion *completion, const struct candidate *candidate,
                       const char *name) {
    const struct expectation *expected = &completion->expected;
    bool itself = is_class(candidate) &&
                  hash_bytes(name, candidate->name_size, 0) == expected->scope;
    if (expected->use != USE_DECLARATION)
        return itself ? -weights.scope_itself : 0;
    if (candidate->kind == CXCursor_FieldDecl)
        return -weights.special;
    if (is_class(candidate))
        return itself && expected->constructs ? 0 : -weights.scope_itself;
    const struct word *word = words_find(&completion->words, name, candidate->name_size);
    return is_function(candidate) && word && word->after[1] ? -weights.defined : 0;
}

static double of_place(const struct completion *completion, const struct candidate *candidate,
                       const char *name) {
    const struct expectation *expected = &completion->expected;
    bool gives_nothing = candidate->type == expected->nothing;
    double score = 0;
    if (expected->type && candidate->type == expected->type)
        score += weights.type;
    if (is_function(candidate) && expected->use == USE_VALUE && gives_nothing)
        score -= weights.no_value;
    if (is_function(candidate) && expected->use == USE_STATEMENT && !gives_nothing)
        score -= weights.value_lost;
    if (is_local_variable(candidate))
        score += weights.local;
    if (expected->scope)
        score += of_scope(completion, candidate, name);
    return score;
}

static double score_of(const struct completion *completion, const struct candidate *candidate,
                       double match) {
    const char *name = (const char *)completion->texts.bytes + candidate->name;
    double score = weights.match * log(match) - weights.priority * log1p(candidate->priority);
    score += of_text(&completion->words, name, candidate->name_size);
    score += of_place(completion, candidate, name);
    /* `length = other.length`, `set("length", other.length)` */
    if (is_of_object(completion) && words_on_line(&completion->words, name, candidate->name_size))
        score += weights.line;
    if (name[0] == '_')
        score -= weights.reserved;
    if (candidate->flags & COMPLETION_DEPRECATED)
        score -= weights.deprecated;
    if (is_special(candidate, name) || (is_of_object(completion) && is_class(candidate)))
        score -= weights.special;
    if (candidate->kind == CXCursor_MacroDefinition)
        score -= weights.macro;
    return score;
}

/* Of equal ones the first that libclang gave, so that the order is the same each time. */
static int better_first(const void *left, const void *right) {
    const struct ranked *a = left, *b = right;
    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    return a->candidate < b->candidate ? -1 : a->candidate > b->candidate;
}

/* Of a group only the best is left. `best` is sorted; how many remain. */
static bool fold(const struct completion *completion, struct ranking *ranking) {
    struct map groups = {0};
    size_t kept = 0;
    for (size_t i = 0; i < ranking->count; i++) {
        uint64_t group = completion->candidates[ranking->best[i].candidate].group;
        uint64_t *first = group ? map_at(&groups, group, NULL) : NULL;
        if (group && !first) {
            map_free(&groups);
            return false;
        }
        if (first && *first) {
            ranking->best[*first - 1].overloads++;
            continue;
        }
        ranking->best[kept++] = ranking->best[i];
        if (first)
            *first = kept;
    }
    map_free(&groups);
    ranking->count = kept;
    return true;
}

/* Names that are the implementation's are only for who begins to type one. */
static bool is_reserved(const char *name, size_t size) {
    return size > 1 && name[0] == '_' && (name[1] == '_' || (name[1] >= 'A' && name[1] <= 'Z'));
}

bool completion_rank(const struct completion *completion, const char *typed, size_t typed_size,
                     size_t limit, struct ranking *ranking) {
    *ranking = (struct ranking){.best = calloc(completion->count + 1, sizeof *ranking->best)};
    if (!ranking->best)
        return false;
    for (size_t i = 0; i < completion->count; i++) {
        const struct candidate *candidate = &completion->candidates[i];
        const char *name = (const char *)completion->texts.bytes + candidate->name;
        if (is_reserved(name, candidate->name_size) && (!typed_size || typed[0] != '_'))
            continue;
        double match = fuzzy_match(typed, typed_size, name, candidate->name_size);
        if (match > 0)
            ranking->best[ranking->count++] =
                (struct ranked){(uint32_t)i, 0,
                                score_of(completion, candidate, match) +
                                    of_beginning(typed, typed_size, name,
                                                 candidate->name_size)};
    }
    qsort(ranking->best, ranking->count, sizeof *ranking->best, better_first);
    if (!fold(completion, ranking)) {
        free(ranking->best);
        return false;
    }
    ranking->answering = ranking->count;
    if (ranking->count > limit)
        ranking->count = limit;
    return true;
}
