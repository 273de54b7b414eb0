#include "branches.h"

#include "hash.h"
#include "pack.h"

#include <stdlib.h>
#include <string.h>

enum { NESTED = 256 }; /* deeper conditions than anybody writes: then there are none */

struct scan {
    struct text text; /* bytes and size only */
    uint64_t key;
    struct buffer found;    /* struct branch */
    struct {
        size_t first, newest; /* the places of its condition and of its newest branch */
        bool otherwise;       /* it has an #else */
    } open[NESTED];           /* groups */
    size_t depth;
    size_t outer;           /* conditions that are not inside another */
    bool outer_code;        /* outside of all of them */
    bool alternatives;      /* an outer one has an #else or the like */
    bool unmatched;
    size_t guard, guard_size; /* the name that the first one asks for, as a guard does */
    bool guard_asked, guard_defined;
};

static struct branch *branch_at(struct scan *scan, size_t place) {
    return &((struct branch *)(void *)scan->found.bytes)[place];
}

static size_t found_count(const struct scan *scan) {
    return scan->found.size / sizeof(struct branch);
}

static void add_branch(struct scan *scan, enum branch_kind kind, size_t start, size_t end) {
    struct branch branch = {.start = (uint32_t)start,
                            .end = (uint32_t)end,
                            .kind = kind,
                            .group = scan->open[scan->depth - 1].first,
                            .outer = scan->depth > 1 ? (long)scan->open[scan->depth - 2].newest
                                                     : NO_BRANCH,
                            .key = hash_mix(scan->key, start)};
    buffer_append(&scan->found, &branch, sizeof branch);
}

/* One begins at `start`; where it ends shows later. */
static void open_branch(struct scan *scan, size_t start) {
    scan->open[scan->depth - 1].newest = found_count(scan);
    add_branch(scan, BRANCH, start, start);
}

static void close_branch(struct scan *scan, size_t hash) {
    branch_at(scan, scan->open[scan->depth - 1].newest)->end = (uint32_t)hash;
}

static bool is_word(const struct scan *scan, size_t offset, size_t size, const char *word) {
    return strlen(word) == size && memcmp(scan->text.bytes + offset, word, size) == 0;
}

/* The next token on the line: its length, 0 at the line's end. */
static size_t next_word(const struct scan *scan, size_t *offset) {
    *offset = text_skip_blanks(&scan->text, *offset);
    return text_token(&scan->text, *offset);
}

/* "#ifndef NAME", "#if !defined(NAME)": keep the name. `offset` is behind the directive's word. */
static void ask_for_guard(struct scan *scan, size_t offset, bool ifndef) {
    size_t size = next_word(scan, &offset);
    if (!ifndef) {
        bool negated = size == 1 && scan->text.bytes[offset] == '!';
        offset += size;
        size = next_word(scan, &offset);
        if (!negated || !is_word(scan, offset, size, "defined"))
            return;
        offset += size;
        size = next_word(scan, &offset);
        if (size == 1 && scan->text.bytes[offset] == '(') {
            offset += size;
            size = next_word(scan, &offset);
        }
    }
    scan->guard = offset;
    scan->guard_size = size;
    scan->guard_asked = size > 0;
}

static void on_condition(struct scan *scan, size_t hash, size_t word, size_t size, size_t behind) {
    if (scan->depth == NESTED) {
        scan->unmatched = true;
        return;
    }
    if (!scan->depth++ && !scan->outer++)
        ask_for_guard(scan, word + size, is_word(scan, word, size, "ifndef"));
    scan->open[scan->depth - 1].first = found_count(scan);
    scan->open[scan->depth - 1].otherwise = false;
    add_branch(scan, CONDITION, hash, behind);
    open_branch(scan, behind);
}

/* The directive of `size` at `word`, its '#' and where its line ends. */
static void on_directive(struct scan *scan, size_t hash, size_t word, size_t size, size_t behind) {
    const char *bytes = scan->text.bytes + word;
    if (size >= 2 && memcmp(bytes, "if", 2) == 0) {
        on_condition(scan, hash, word, size, behind);
    } else if (is_word(scan, word, size, "endif") || (size >= 4 && memcmp(bytes, "el", 2) == 0)) {
        scan->unmatched |= !scan->depth;
        if (scan->unmatched)
            return;
        close_branch(scan, hash);
        if (bytes[1] == 'l') {
            scan->alternatives |= scan->depth == 1;
            if (is_word(scan, word, size, "else"))
                scan->open[scan->depth - 1].otherwise = true;
            else
                add_branch(scan, CONDITION, hash, behind);
            open_branch(scan, behind);
        } else {
            if (!scan->open[scan->depth - 1].otherwise)
                add_branch(scan, OTHERWISE, hash, hash);
            scan->depth--;
        }
    } else if (scan->guard_asked && !scan->guard_defined && found_count(scan) == 2 &&
               is_word(scan, word, size, "define")) {
        size_t name = word + size, length = next_word(scan, &name);
        scan->guard_defined = length == scan->guard_size &&
                              memcmp(scan->text.bytes + name, scan->text.bytes + scan->guard,
                                     length) == 0;
    }
}

/* Past a directive's line, comments that span lines included. */
static size_t line_behind(const struct text *text, size_t offset) {
    while (offset < text->size && text->bytes[offset] != '\n') {
        size_t behind = text_skip_comment(text, offset);
        if (behind == offset)
            behind = text_skip_blanks(text, offset);
        if (behind == offset && (text->bytes[offset] == '"' || text->bytes[offset] == '\''))
            behind += text_token(text, offset);
        offset = behind + (behind == offset);
    }
    return offset;
}

static void on_code(struct scan *scan) {
    if (scan->depth)
        branch_at(scan, scan->open[scan->depth - 1].newest)->code = true;
    else
        scan->outer_code = true;
}

static void look_through(struct scan *scan) {
    const struct text *text = &scan->text;
    bool line_begins = true;
    for (size_t offset = 0; offset < text->size && !scan->unmatched && !scan->found.failed;) {
        char c = text->bytes[offset];
        size_t behind = text_skip_comment(text, offset);
        if (behind > offset) {
            offset = behind;
        } else if (c == '#' && line_begins) {
            size_t word = text_skip_blanks(text, offset + 1), size = text_token(text, word);
            size_t behind_line = line_behind(text, word + size);
            on_directive(scan, offset, word, size, behind_line);
            offset = behind_line;
        } else {
            uint32_t size = text_token(text, offset);
            if (size)
                on_code(scan);
            line_begins = size ? false : line_begins || c == '\n' || c == '\r';
            offset += size ? size : 1;
        }
        if (offset < text->size && text->bytes[offset] == '\n')
            line_begins = true;
    }
    scan->unmatched |= scan->depth != 0;
}

struct branches *branches_find(const char *bytes, size_t size, uint64_t key) {
    struct scan scan = {.text = {.bytes = bytes, .size = size}, .key = key};
    look_through(&scan);
    bool guarded = scan.guard_defined && scan.outer == 1 && !scan.outer_code && !scan.alternatives;
    size_t first = guarded ? 2 : 0; /* its condition and its branch; at the end what is otherwise */
    size_t count =
        scan.unmatched || scan.found.failed ? 0 : found_count(&scan) - (guarded ? 3 : 0);
    struct branches *branches =
        scan.found.failed ? NULL : malloc(sizeof *branches + count * sizeof(struct branch));
    if (branches) {
        branches->before = NULL;
        branches->count = count;
        if (count)
            memcpy(branches->items, branch_at(&scan, first), count * sizeof(struct branch));
        /* Without the guard, places begin behind it, and what lies in it alone lies in none. */
        for (size_t i = 0; guarded && i < count; i++) {
            struct branch *branch = &branches->items[i];
            branch->group -= first;
            branch->outer = branch->outer < (long)first ? NO_BRANCH : branch->outer - (long)first;
        }
    }
    buffer_free(&scan.found);
    return branches;
}

long branches_at(const struct branches *branches, uint32_t offset) {
    size_t low = 0, high = branches->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (branches->items[middle].start <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    /* What begins last before it, or what that lies in. */
    long at = (long)low - 1;
    while (at != NO_BRANCH && branches->items[at].end <= offset)
        at = branches->items[at].outer;
    return at;
}
