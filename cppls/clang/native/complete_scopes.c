/* Which namespaces are open at a place, as far as braces and words tell. */
#include "completion.h"

#include <string.h>

enum { DEEPEST = 64, LONGEST = 512 };

/* The open braces, and the qualified name of what each opens: the first bytes of `name`. */
struct nesting {
    char name[LONGEST];
    size_t lengths[DEEPEST]; /* of the name inside the brace */
    bool named[DEEPEST];
    size_t depth;
};

static bool is(const struct reading *reading, const struct read_token *token, const char *word) {
    return token->length == strlen(word) &&
           memcmp(reading->text + token->start, word, token->length) == 0;
}

static size_t length_at(const struct nesting *nesting) {
    size_t depth = nesting->depth < DEEPEST ? nesting->depth : DEEPEST;
    return depth ? nesting->lengths[depth - 1] : 0;
}

/* Braces deeper than there is room for are counted, not named. */
static void enter(struct nesting *nesting, size_t length, bool named) {
    if (nesting->depth < DEEPEST) {
        nesting->lengths[nesting->depth] = length;
        nesting->named[nesting->depth] = named;
    }
    nesting->depth++;
}

static void leave(struct nesting *nesting) { nesting->depth -= nesting->depth > 0; }

/* Read `a::b` behind the word `namespace`; the token behind it is in `token`. The length that the
 * name has with it in `nesting`, whose own depth does not change. */
static size_t read_name(struct reading *reading, struct read_token *token,
                        struct nesting *nesting, size_t length) {
    while (reading_next(reading, token)) {
        if (is(reading, token, "::") || is(reading, token, "inline"))
            continue;
        if (!token->is_name || length + token->length + 2 >= LONGEST)
            break;
        if (length)
            memcpy(nesting->name + length, "::", 2), length += 2;
        memcpy(nesting->name + length, reading->text + token->start, token->length);
        length += token->length;
    }
    return length;
}

void pack_scopes(struct buffer *out, const struct text *text, size_t place) {
    struct reading reading = {.text = text->bytes, .size = place};
    struct nesting nesting = {.depth = 0};
    struct read_token token;
    bool is_using = false;
    size_t opened = pack_array_open(out), count = 0;
    while (reading_next(&reading, &token)) {
        bool used = is_using;
        is_using = is(&reading, &token, "using");
        if (is(&reading, &token, "namespace") && nesting.depth < DEEPEST) {
            size_t start = used ? 0 : length_at(&nesting);
            struct nesting named = nesting;
            size_t length = read_name(&reading, &token, &named, start);
            if (used) {
                pack_text(out, named.name, length);
                count++;
            } else if (is(&reading, &token, "{")) {
                nesting = named;
                enter(&nesting, length, length > start);
            }
        } else if (is(&reading, &token, "{")) {
            enter(&nesting, length_at(&nesting), false);
        } else if (is(&reading, &token, "}")) {
            leave(&nesting);
        }
    }
    for (size_t i = nesting.depth < DEEPEST ? nesting.depth : DEEPEST; i-- > 0;) {
        if (nesting.named[i]) {
            pack_text(out, nesting.name, nesting.lengths[i]);
            count++;
        }
    }
    pack_array_close(out, opened, count);
}
