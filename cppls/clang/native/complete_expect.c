/* What the text before a place makes likely there: whether a value is wanted and of which type, or a
 * statement begins. Tokens tell it, so that no parse is waited for; where they do not, nothing is
 * expected. (clang knows what is preferred, and does not tell it for members.) */
#include "completion.h"
#include "hash.h"
#include "source.h"

#include <stdlib.h>
#include <string.h>

/* Tokens before a place that are looked at: a function is hardly ever longer. */
enum { TOKENS = 8192 };

struct tokens {
    const char *text;
    struct read_token *items;
    ptrdiff_t count;
};

/* Reading ---------------------------------------------------------------------------------------- */

static bool begins_line(const char *text, size_t at) {
    while (at > 0 && strchr(" \t\f\v", text[at - 1]))
        at--;
    return at == 0 || text[at - 1] == '\n';
}

/* The last tokens before `place`, without directives; none when it is in one. */
static bool read_tokens(struct tokens *tokens, const struct text *text, size_t place) {
    struct reading reading = {.text = text->bytes, .size = place};
    struct read_token token;
    *tokens = (struct tokens){text->bytes, malloc(2 * TOKENS * sizeof *tokens->items), 0};
    if (!tokens->items)
        return false;
    while (reading_next(&reading, &token)) {
        if (text->bytes[token.start] == '#' && begins_line(text->bytes, token.start)) {
            reading.at = text_line_end(text, token.start);
            if (reading.at >= place)
                tokens->count = 0;
            continue;
        }
        if (tokens->count == 2 * TOKENS) {
            memcpy(tokens->items, tokens->items + TOKENS, TOKENS * sizeof *tokens->items);
            tokens->count = TOKENS;
        }
        tokens->items[tokens->count++] = token;
    }
    return true;
}

/* Tokens ----------------------------------------------------------------------------------------- */

/* Whether the token is one of `words`, which stand between blanks. Before the first there is none. */
static bool is(const struct tokens *tokens, ptrdiff_t at, const char *words) {
    if (at < 0 || at >= tokens->count)
        return false;
    const char *token = tokens->text + tokens->items[at].start;
    size_t size = tokens->items[at].length;
    for (const char *word = words; *word; word += strspn(word, " ")) {
        size_t length = strcspn(word, " ");
        if (length == size && memcmp(word, token, size) == 0)
            return true;
        word += length;
    }
    return false;
}

/* What stands before an expression and is no part of it, though it is a word. */
static const char keywords[] =
    "return else do case delete throw new sizeof goto typename operator co_return co_await co_yield "
    "and or not";

static bool is_name(const struct tokens *tokens, ptrdiff_t at) {
    return at >= 0 && at < tokens->count && tokens->items[at].is_name && !is(tokens, at, keywords);
}

/* The bracket that the one at `at` closes; -1 when there is none. */
static ptrdiff_t open_of(const struct tokens *tokens, ptrdiff_t at) {
    bool angle = is(tokens, at, ">");
    const char *closing = angle ? ">" : is(tokens, at, ")") ? ")" : is(tokens, at, "]") ? "]" : "}";
    const char *opening = angle ? "<" : *closing == ')' ? "(" : *closing == ']' ? "[" : "{";
    for (ptrdiff_t depth = 0; at >= 0; at--) {
        depth += is(tokens, at, closing);
        depth -= is(tokens, at, opening);
        if (depth == 0)
            return at;
        if (angle && is(tokens, at, "; { }"))
            return -1;
    }
    return -1;
}

/* The innermost brace that is open before `at`; -1 when none is. */
static ptrdiff_t brace_around(const struct tokens *tokens, ptrdiff_t at) {
    for (ptrdiff_t depth = 0; --at >= 0;) {
        depth += is(tokens, at, "}");
        if (is(tokens, at, "{") && depth-- == 0)
            return at;
    }
    return -1;
}

/* The token before the expression of which the `.`, `->` or `::` at `at` is the end. */
static ptrdiff_t before_chain(const struct tokens *tokens, ptrdiff_t at) {
    while (is(tokens, at, ". -> ::")) {
        at--;
        while (is(tokens, at, ") ]"))
            at = open_of(tokens, at) - 1;
        if (is(tokens, at, ">") && open_of(tokens, at) > 0)
            at = open_of(tokens, at) - 1;
        if (is_name(tokens, at))
            at--;
    }
    return at;
}

/* Types ------------------------------------------------------------------------------------------ */

uint64_t type_key(const char *text, size_t size) {
    static const char left_out[] =
        "const volatile struct class enum union typename static inline virtual constexpr extern "
        "register mutable explicit friend & ::";
    struct reading reading = {.text = text, .size = size};
    struct tokens one = {text, &(struct read_token){0}, 1};
    uint64_t key = 0, before = 0;
    while (reading_next(&reading, one.items)) {
        if (is(&one, 0, "::"))
            key = before; /* what a name is of is written or not */
        if (is(&one, 0, left_out))
            continue;
        before = key;
        key = hash_mix(key, hash_bytes(text + one.items->start, one.items->length, 1)) | 1;
    }
    return key;
}

static uint64_t type_between(const struct tokens *tokens, ptrdiff_t first, ptrdiff_t last) {
    if (first > last)
        return 0;
    size_t start = tokens->items[first].start;
    return type_key(tokens->text + start,
                    tokens->items[last].start + tokens->items[last].length - start);
}

/* The type in `Type *name`, `a::Type<b> name`, if that is what stands before the name at `at`. */
static uint64_t type_before(const struct tokens *tokens, ptrdiff_t at) {
    ptrdiff_t first = at - 1;
    while (is(tokens, first, "* & const"))
        first--;
    if (is(tokens, first, ">"))
        first = open_of(tokens, first) - 1;
    if (!is_name(tokens, first))
        return 0;
    while (is(tokens, first - 1, ":: unsigned long const"))
        first -= is(tokens, first - 1, "::") && first > 1 ? 2 : 1;
    static const char before[] = "; { } ( , > : static const mutable struct register constexpr for";
    bool declares = first == 0 || is(tokens, first - 1, before);
    return declares && !is(tokens, first, "auto") ? type_between(tokens, first, at - 1) : 0;
}

/* Of the variable that the word at `name` names, by its nearest declaration above. */
static uint64_t type_of_variable(const struct tokens *tokens, ptrdiff_t name) {
    const struct read_token *wanted = &tokens->items[name];
    for (ptrdiff_t at = name; at > 0; at--) {
        const struct read_token *token = &tokens->items[at];
        if (token->length != wanted->length ||
            memcmp(tokens->text + token->start, tokens->text + wanted->start, token->length) != 0 ||
            !is(tokens, at + 1, "= ; , ) ( { [ :"))
            continue;
        uint64_t type = type_before(tokens, at);
        if (type)
            return type;
    }
    return 0;
}

/* Of what is assigned to, before the `=` at `at`. */
static uint64_t type_assigned(const struct tokens *tokens, ptrdiff_t at) {
    at -= is(tokens, at - 1, "+ - * / % | & ^") ? 2 : 1;
    if (is(tokens, at, "]"))
        at = open_of(tokens, at) - 1;
    return is_name(tokens, at) ? type_of_variable(tokens, at) : 0;
}

/* What stands between a function's parameters and its body. */
static const char qualifiers[] = "const noexcept override final mutable";

/* Of what is declared behind the token at `at`. */
static uint64_t type_declared(const struct tokens *tokens, ptrdiff_t at) {
    ptrdiff_t first = at;
    while (first > 0 && !is(tokens, first - 1, "; { } : ) \""))
        first--;
    return at >= 0 && !is(tokens, at, "; { } :") ? type_between(tokens, first, at) : 0;
}

/* Of what the function around `at` returns. */
static uint64_t type_returned(const struct tokens *tokens, ptrdiff_t at) {
    while ((at = brace_around(tokens, at)) >= 0) {
        ptrdiff_t end = at - 1;
        while (is(tokens, end, qualifiers))
            end--;
        if (is(tokens, end, "; { } : else do try"))
            continue; /* a block */
        ptrdiff_t name = is(tokens, end, ")") ? open_of(tokens, end) - 1 : -1;
        if (is(tokens, name, "if for while switch catch"))
            continue;
        if (!is_name(tokens, name))
            return 0; /* a lambda's, or one whose result is written elsewhere */
        while (is(tokens, name - 1, "::")) {
            name -= 2;
            if (is(tokens, name, ">"))
                name = open_of(tokens, name) - 1;
        }
        return type_declared(tokens, name - 1);
    }
    return 0;
}

/* Use -------------------------------------------------------------------------------------------- */

/* Whether what the innermost brace before `at` opens is a function's, and not a class or namespace. */
static bool in_function(const struct tokens *tokens, ptrdiff_t at) {
    ptrdiff_t before = brace_around(tokens, at) - 1;
    if (before < 0 || is(tokens, before, "\"")) /* extern "C" { */
        return false;
    for (; is(tokens, before, ":: : , < >") || is_name(tokens, before); before--) {
        if (is(tokens, before, "namespace class struct union enum"))
            return false;
        if (is(tokens, before, qualifiers))
            return true;
    }
    return true;
}

/* Whether the `;` at `at` is the first one of `for (a; b; c)`. */
static bool ends_beginning(const struct tokens *tokens, ptrdiff_t at) {
    while (--at >= 0 && !is(tokens, at, "; {")) {
        if (is(tokens, at, ") ] }"))
            at = open_of(tokens, at);
        else if (is(tokens, at, "("))
            return is(tokens, at - 1, "for");
    }
    return false;
}

/* Whether the `:` at `at` ends a label: no `a ? b : c`, `for (a : b)` or `A(int b) : c`. */
static bool ends_label(const struct tokens *tokens, ptrdiff_t at) {
    while (--at >= 0 && !is(tokens, at, "; { }"))
        if (is(tokens, at, "? ( )"))
            return false;
    return true;
}

/* Whether the `{` at `at` begins a list of values. */
static bool opens_list(const struct tokens *tokens, ptrdiff_t at) {
    return is(tokens, at - 1, "= , ( return >") ||
           (is_name(tokens, at - 1) && !is(tokens, at - 1, qualifiers) &&
            !is(tokens, at - 1, "try"));
}

/* How what stands behind the token at `at` is used. */
static enum place_use use_behind(const struct tokens *tokens, ptrdiff_t at) {
    if (!in_function(tokens, at + 1))
        return is(tokens, at, "=") ? USE_VALUE : USE_DECLARATION;
    bool begins = false;
    if (is(tokens, at, ";"))
        begins = !ends_beginning(tokens, at);
    else if (is(tokens, at, ":"))
        begins = ends_label(tokens, at);
    else if (is(tokens, at, "{"))
        begins = !opens_list(tokens, at);
    else if (is(tokens, at, ")"))
        begins = is(tokens, open_of(tokens, at) - 1, "if for while switch");
    else if (is(tokens, at, "("))
        begins = is(tokens, at - 1, "for");
    else
        begins = at < 0 || is(tokens, at, "} else do");
    return begins ? USE_STATEMENT : USE_VALUE;
}

static uint64_t type_behind(const struct tokens *tokens, ptrdiff_t at, enum place_use use) {
    if (use == USE_DECLARATION)
        return type_declared(tokens, at);
    if (is(tokens, at, "="))
        return type_assigned(tokens, at);
    if (is(tokens, at, "return"))
        return type_returned(tokens, at);
    bool condition = is(tokens, at, "!") || (is(tokens, at, "(") && is(tokens, at - 1, "if while")) ||
                     (is(tokens, at, "& |") && is(tokens, at - 1, "& |"));
    return condition ? type_key("bool", 4) : 0;
}

bool completion_expect(struct expectation *expected, const struct text *text, size_t place) {
    struct tokens tokens;
    if (!read_tokens(&tokens, text, place))
        return false;
    ptrdiff_t last = tokens.count - 1, before = before_chain(&tokens, last);
    enum place_use use = use_behind(&tokens, before);
    *expected = (struct expectation){.use = use,
                                     .type = type_behind(&tokens, before, use),
                                     .nothing = type_key("void", 4)};
    if (is(&tokens, last, "::") && is_name(&tokens, last - 1))
        expected->scope = hash_bytes(tokens.text + tokens.items[last - 1].start,
                                     tokens.items[last - 1].length, 0);
    expected->constructs = expected->use == USE_DECLARATION &&
                           (before < 0 || is(&tokens, before, "; { } :"));
    free(tokens.items);
    return true;
}
