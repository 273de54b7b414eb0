#include "tokens.h"

#include "hash.h"

#include <stdbool.h>
#include <string.h>

enum { END = -1 };
enum { BUFFER = 4096, NAME = 24, RAW_DELIMITER = 16 };

/* What a token is hashed behind, so that no two lists of tokens make the same bytes. */
enum tag { WORD = 1, LITERAL, PUNCTUATION, DIRECTIVE, END_OF_DIRECTIVE, SPACED = 8 };

struct lexer {
    const unsigned char *at, *end;
    bool line_start;   /* no token on this line yet */
    bool spaced;       /* white space or a comment lies before what comes next */
    bool in_directive;
    bool in_define;    /* behind the word itself */
    bool header;       /* where '<' opens the name of a header */
    bool odd;          /* the text is read in different ways */
    enum tag last;     /* the token before; 0 for none on the same side of a directive */
    unsigned char last_character;
    char name[NAME];   /* the last word, its beginning if it is longer */
    uint64_t hash;
    size_t held;
    unsigned char buffer[BUFFER]; /* what is to be hashed next */
};

static void emit(struct lexer *lexer, int byte) {
    if (lexer->held == BUFFER) {
        lexer->hash = hash_bytes(lexer->buffer, BUFFER, lexer->hash);
        lexer->held = 0;
    }
    lexer->buffer[lexer->held++] = (unsigned char)byte;
}

static bool is_newline(int c) { return c == '\n' || c == '\r'; }

static bool is_space(int c) {
    return c == ' ' || c == '\t' || c == '\f' || c == '\v' || c == '\0' || is_newline(c);
}

static bool is_digit(int c) { return c >= '0' && c <= '9'; }

/* Of a word: a backslash too, which begins a universal character name. */
static bool is_word_character(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           c == '$' || c == '\\' || c >= 0x80;
}

/* What may be one token with its like beside it. */
static bool joins(int c) { return c != '\0' && strchr("<>=!&|+-*/%^:#.", c) != NULL; }

/* `at`, or what comes behind the line splices there. As clang does, white space is let pass between
 * the backslash and the end of the line. */
static const unsigned char *behind_splices(const unsigned char *at, const unsigned char *end) {
    while (at < end && *at == '\\') {
        const unsigned char *next = at + 1;
        while (next < end && is_space(*next) && !is_newline(*next))
            next++;
        if (next == end || !is_newline(*next))
            return at;
        bool two = next + 1 < end && is_newline(next[1]) && next[1] != *next;
        at = next + (two ? 2 : 1);
    }
    return at;
}

static int peek(struct lexer *lexer) {
    if (lexer->at < lexer->end && *lexer->at == '\\')
        lexer->at = behind_splices(lexer->at, lexer->end);
    return lexer->at < lexer->end ? *lexer->at : END;
}

/* The character behind the one that `peek` gives; not at the end. */
static int peek_second(const struct lexer *lexer) {
    const unsigned char *next = behind_splices(lexer->at + 1, lexer->end);
    return next < lexer->end ? *next : END;
}

static void take(struct lexer *lexer) { emit(lexer, *lexer->at++); }

static void skip_line(struct lexer *lexer) {
    for (int c = peek(lexer); c != END && !is_newline(c); c = peek(lexer))
        lexer->at++;
}

static void skip_block_comment(struct lexer *lexer) {
    lexer->at++;
    peek(lexer);
    lexer->at++;
    for (int c = peek(lexer); c != END; c = peek(lexer)) {
        bool over = c == '*' && peek_second(lexer) == '/';
        lexer->at++;
        if (over) {
            peek(lexer);
            lexer->at++;
            return;
        }
    }
    lexer->odd = true;
}

/* Up to the next token, or to the line's end that a directive ends with. */
static void skip_space(struct lexer *lexer) {
    for (int c = peek(lexer); c != END; c = peek(lexer)) {
        int second = c == '/' ? peek_second(lexer) : END;
        if (is_newline(c)) {
            if (lexer->in_directive)
                return;
            lexer->line_start = true;
            lexer->at++;
        } else if (is_space(c)) {
            lexer->at++;
        } else if (second == '/') {
            skip_line(lexer);
        } else if (second == '*') {
            skip_block_comment(lexer);
        } else {
            return;
        }
        lexer->spaced = true;
    }
}

static void begin_token(struct lexer *lexer, enum tag tag) {
    bool counts = lexer->in_define || (tag == LITERAL && lexer->last == WORD) ||
                  (tag == WORD && lexer->last == LITERAL) ||
                  (tag == PUNCTUATION && lexer->last == PUNCTUATION &&
                   joins(lexer->last_character) && joins(*lexer->at));
    emit(lexer, (int)tag | (lexer->spaced && counts ? SPACED : 0));
    lexer->last = tag;
    lexer->spaced = false;
    lexer->line_start = false;
}

/* R"delimiter( ... )delimiter", in which nothing is spliced. */
static void take_raw_string(struct lexer *lexer) {
    const unsigned char *delimiter = lexer->at + 1, *open = delimiter;
    while (open < lexer->end && *open != '(' && !is_space(*open) && !strchr(")\\\"", *open))
        open++;
    size_t length = (size_t)(open - delimiter);
    if (open == lexer->end || *open != '(' || length > RAW_DELIMITER) {
        lexer->odd = true;
        lexer->at++;
        return;
    }
    begin_token(lexer, LITERAL);
    for (const unsigned char *close = open; close < lexer->end; close++) {
        if (*close == ')' && (size_t)(lexer->end - close) > length + 1 &&
            memcmp(close + 1, delimiter, length) == 0 && close[length + 1] == '"') {
            while (lexer->at < close + length + 2)
                take(lexer);
            return;
        }
    }
    lexer->odd = true;
    lexer->at = lexer->end;
}

/* Up to `close` on the same line. */
static void take_literal(struct lexer *lexer, int close) {
    begin_token(lexer, LITERAL);
    take(lexer);
    for (int c = peek(lexer); c != END && !is_newline(c); c = peek(lexer)) {
        take(lexer);
        if (c == close)
            return;
        if (c == '\\' && close != '>' && peek(lexer) != END && !is_newline(peek(lexer)))
            take(lexer);
    }
    lexer->odd = true;
}

static bool is_one_of(const char *name, const char *const *names) {
    while (*names && strcmp(name, *names) != 0)
        names++;
    return *names != NULL;
}

/* An identifier or a number. */
static void take_word(struct lexer *lexer) {
    begin_token(lexer, WORD);
    bool number = is_digit(*lexer->at) || *lexer->at == '.', separated = false;
    size_t length = 0;
    int before = 0;
    for (int c = peek(lexer); c != END; c = peek(lexer)) {
        bool sign = (c == '+' || c == '-') && before && strchr("eEpP", before);
        bool separator = c == '\'' && peek_second(lexer) != END && peek_second(lexer) != '\\' &&
                         is_word_character(peek_second(lexer));
        if (!is_word_character(c) && !(number && (c == '.' || sign || separator)))
            break;
        if (length < NAME - 1)
            lexer->name[length++] = (char)c;
        before = c;
        separated |= separator;
        take(lexer);
    }
    lexer->name[length] = '\0';
    /* Before C++14 and C23 there are no separators, but literals beside numbers. */
    lexer->odd |= separated && peek(lexer) == '\'';
}

/* The text of #error is no tokens where it is read, but is where it is skipped. */
static void take_message(struct lexer *lexer) {
    int before = 0;
    for (int c = peek(lexer); c != END && !is_newline(c); c = peek(lexer)) {
        lexer->odd |= (c == '*' && before == '/') || (c == '"' && before == 'R');
        before = c;
        take(lexer);
    }
}

static void begin_directive(struct lexer *lexer) {
    emit(lexer, DIRECTIVE);
    lexer->in_directive = true;
    lexer->line_start = lexer->spaced = false;
    lexer->last = 0;
    bool digraph = *lexer->at++ == '%';
    if (digraph && peek(lexer) != END)
        lexer->at++;
}

static void end_directive(struct lexer *lexer) {
    emit(lexer, END_OF_DIRECTIVE);
    lexer->in_directive = lexer->in_define = lexer->header = lexer->spaced = false;
    lexer->last = 0;
}

/* What a word in a directive says of what comes behind it. */
static void heed_word(struct lexer *lexer, bool first) {
    static const char *const includes[] = {"include", "include_next", "import", "embed", NULL};
    static const char *const asks[] = {"__has_include", "__has_include_next", "__has_embed", NULL};
    static const char *const messages[] = {"error", "warning", NULL};
    lexer->in_define |= first && strcmp(lexer->name, "define") == 0;
    lexer->header = is_one_of(lexer->name, first ? includes : asks);
    if (first && is_one_of(lexer->name, messages))
        take_message(lexer);
}

static void take_token(struct lexer *lexer, int c) {
    static const char *const raw[] = {"R", "LR", "uR", "UR", "u8R", NULL};
    bool first = lexer->in_directive && lexer->last == 0;
    if (is_word_character(c) || (c == '.' && is_digit(peek_second(lexer)))) {
        take_word(lexer);
        if (peek(lexer) == '"' && is_one_of(lexer->name, raw))
            take_raw_string(lexer);
        else if (lexer->in_directive)
            heed_word(lexer, first);
        return;
    }
    if (c == '"' || c == '\'') {
        take_literal(lexer, c);
    } else if (c == '<' && lexer->header) {
        take_literal(lexer, '>');
    } else {
        begin_token(lexer, PUNCTUATION);
        lexer->last_character = (unsigned char)c;
        take(lexer);
        lexer->header &= c == '('; /* __has_include(<...>) */
        return;
    }
    lexer->header = false;
}

/* Trigraphs are replaced in some modes of some languages only. */
static bool has_trigraph(const char *bytes, size_t size) {
    const char *end = bytes + size;
    for (const char *at = bytes; size > 2 && (at = memchr(at, '?', (size_t)(end - at))); at++)
        if (end - at > 2 && at[1] == '?' && at[2] && strchr("=/'()!<>-", at[2]))
            return true;
    return false;
}

uint64_t token_hash(const char *bytes, size_t size) {
    struct lexer lexer;
    lexer = (struct lexer){.at = (const unsigned char *)bytes,
                           .end = (const unsigned char *)bytes + size,
                           .line_start = true,
                           .odd = has_trigraph(bytes, size)};
    while (!lexer.odd) {
        skip_space(&lexer);
        int c = peek(&lexer);
        if (lexer.in_directive && (c == END || is_newline(c)))
            end_directive(&lexer);
        else if (c == END)
            break;
        else if (lexer.line_start && (c == '#' || (c == '%' && peek_second(&lexer) == ':')))
            begin_directive(&lexer);
        else
            take_token(&lexer, c);
    }
    if (lexer.odd)
        return hash_bytes(bytes, size, 1);
    return hash_bytes(lexer.buffer, lexer.held, hash_mix(lexer.hash, 2));
}
