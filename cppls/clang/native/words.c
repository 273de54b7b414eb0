#include "words.h"
#include "hash.h"
#include "source.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Behind a comment, or a literal, that begins here; where it begins when there is none. */
static size_t skip_opaque(const char *text, size_t size, size_t at) {
    if (text[at] == '/' && at + 1 < size && text[at + 1] == '/') {
        const char *end = memchr(text + at, '\n', size - at);
        return end ? (size_t)(end - text) : size;
    }
    if (text[at] == '/' && at + 1 < size && text[at + 1] == '*') {
        for (at += 2; at + 1 < size; at++)
            if (text[at] == '*' && text[at + 1] == '/')
                return at + 2;
        return size;
    }
    if (text[at] != '"' && text[at] != '\'')
        return at;
    char quote = text[at];
    size_t end = at + 1;
    while (end < size && text[end] != quote && text[end] != '\n')
        end += text[end] == '\\' ? 2 : 1;
    return end < size ? end + 1 : size;
}

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f';
}

/* Behind the name, number or sign that begins at `at`. */
static size_t token_end(const struct reading *reading, size_t at, bool *is_name) {
    const char *text = reading->text;
    size_t end = at + 1, size = reading->size;
    *is_name = false;
    if (is_word(text[at])) {
        *is_name = text[at] < '0' || text[at] > '9';
        while (end < size && (is_word(text[end]) || (!*is_name && text[end] == '\'')))
            end++;
    } else if (end < size && ((text[at] == '-' && text[end] == '>') ||
                              (text[at] == ':' && text[end] == ':'))) {
        end++;
    }
    return end;
}

bool reading_next(struct reading *reading, struct read_token *token) {
    const char *text = reading->text;
    while (reading->at < reading->size) {
        size_t at = reading->at;
        if (is_blank(text[at])) {
            reading->at++;
            continue;
        }
        size_t behind = skip_opaque(text, reading->size, at);
        *token = (struct read_token){at, 1, false};
        if (behind > at) {
            reading->at = behind;
            if (text[at] == '/')
                continue;
            return true; /* the quote stands for the literal */
        }
        reading->at = token_end(reading, at, &token->is_name);
        if (token->is_name || !is_word(text[at]))
            token->length = reading->at - at;
        return true;
    }
    return false;
}

bool words_opaque(const char *text, size_t size, size_t place, size_t *start) {
    size_t at = 0;
    while (at < place) {
        size_t behind = skip_opaque(text, size, at);
        if (behind > place || (behind == place && behind > at && text[at] == '/' &&
                               (text[at + 1] == '/' || behind == size))) {
            *start = at;
            return true;
        }
        if (behind > at) {
            at = behind;
            continue;
        }
        at++;
        if (text[at - 1] >= '0' && text[at - 1] <= '9')
            while (at < place && (is_word(text[at]) || text[at] == '\''))
                at++; /* a number's separators open nothing */
        else if (is_word(text[at - 1]))
            while (at < place && is_word(text[at]))
                at++;
    }
    return false;
}

/* `.` and `->` lead to the same members. */
static uint64_t token_of(const struct reading *reading, size_t start, size_t length) {
    const char *text = reading->text + start;
    if (length == 2 && text[0] == '-')
        return hash_bytes(".", 1, 0);
    return hash_bytes(text, length, 0);
}

static void read_past(struct reading *reading, uint64_t token) {
    reading->before[1] = hash_mix(reading->before[0], token);
    reading->before[0] = token;
}

static struct word *word_at(struct words *words, uint64_t hash, size_t start, size_t length) {
    uint64_t *number = map_at(&words->numbers, hash, NULL);
    if (!number)
        return NULL;
    if (*number)
        return &words->words[*number - 1];
    if (words->count == words->capacity) {
        size_t capacity = words->capacity ? 2 * words->capacity : 1024;
        struct word *grown = realloc(words->words, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        words->words = grown;
        words->capacity = capacity;
    }
    words->words[words->count] =
        (struct word){.distance = UINT32_MAX, .offset = start, .length = (uint32_t)length};
    *number = ++words->count;
    return &words->words[words->count - 1];
}

/* The two tokens before the place, and how many tokens there are before it. */
static uint32_t read_to_place(struct reading *reading) {
    struct read_token token;
    uint32_t tokens = 0;
    while (reading_next(reading, &token)) {
        read_past(reading, token_of(reading, token.start, token.length));
        tokens++;
    }
    return tokens;
}

/* Whether what stands directly before `at` makes a member of the word there. */
static bool is_member(const char *text, size_t line, size_t at) {
    while (at > line && is_blank(text[at - 1]))
        at--;
    return at > line && (text[at - 1] == '.' ||
                         (at > line + 1 && text[at - 1] == '>' && text[at - 2] == '-'));
}

static bool read_line(struct words *words, const char *text, size_t place) {
    size_t line = place;
    while (line && text[line - 1] != '\n')
        line--;
    for (size_t at = line, end; at < place; at = end) {
        end = at + 1;
        if (!is_word(text[at]))
            continue;
        while (end < place && is_word(text[end]))
            end++;
        if (!is_member(text, line, at) &&
            !map_at(&words->line, hash_bytes(text + at, end - at, 0), NULL))
            return false;
    }
    return true;
}

bool words_open(struct words *words, const char *text, size_t size, size_t place,
                size_t typed_end) {
    *words = (struct words){0};
    /* What the place looks like is read with the text cut there: the token before it is whole. */
    struct reading before = {.text = text, .size = place};
    uint32_t tokens = read_to_place(&before), here = 0;
    struct reading reading = {.text = text, .size = size};
    struct read_token token;
    while (reading_next(&reading, &token)) {
        here++;
        if (token.start >= place && token.start < typed_end)
            continue;
        uint64_t hash = token_of(&reading, token.start, token.length);
        if (token.is_name) {
            struct word *word = word_at(words, hash, token.start, token.length);
            if (!word)
                return false;
            word->count++;
            word->after[0] += reading.before[0] == before.before[0];
            word->after[1] += reading.before[1] == before.before[1];
            if (token.start < place)
                word->distance = tokens - here;
        }
        read_past(&reading, hash);
    }
    return read_line(words, text, place);
}

void words_close(struct words *words) {
    map_free(&words->numbers);
    map_free(&words->line);
    free(words->words);
    *words = (struct words){0};
}

const struct word *words_find(const struct words *words, const char *word, size_t size) {
    const uint64_t *number = map_find(&words->numbers, hash_bytes(word, size, 0));
    return number && *number ? &words->words[*number - 1] : NULL;
}

bool words_on_line(const struct words *words, const char *word, size_t size) {
    return map_find(&words->line, hash_bytes(word, size, 0)) != NULL;
}
