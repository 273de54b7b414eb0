#include "fuzzy.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { LONGEST_TYPED = 63, LONGEST_NAME = 127 };

/* What a letter is worth by where it is found. A word's first letter is worth little less than one
 * that follows another: `sc` is nearly as good for smt_context as `sm` is. */
static const double FOUND = 1, SAME_CASE = 0.5, NEXT = 2, HEAD = 1.8, FIRST = 1, NOWHERE = -1e9;

static int fold(char byte) { return tolower((unsigned char)byte); }

/* Whether a word begins here: smt_context, SmtContext, SMTContext, sha256sum. */
static bool begins_word(const char *name, size_t size, size_t at) {
    if (at == 0)
        return name[0] != '_';
    unsigned char here = (unsigned char)name[at], before = (unsigned char)name[at - 1];
    if (here == '_')
        return false;
    if (!isalnum(before))
        return true;
    if (isdigit(here) != isdigit(before))
        return true;
    if (!isupper(here))
        return false;
    return !isupper(before) || (at + 1 < size && islower((unsigned char)name[at + 1]));
}

static bool in_order(const char *typed, size_t typed_size, const char *name, size_t name_size) {
    size_t found = 0;
    for (size_t at = 0; at < name_size && found < typed_size; at++)
        found += fold(typed[found]) == fold(name[at]);
    return found == typed_size;
}

/* The worth of the best way to find the letters: a row for each letter, `row[at]` the best when it
 * is found at `at`. */
static double best_way(const char *typed, size_t typed_size, const char *name, size_t name_size) {
    double before[LONGEST_NAME], row[LONGEST_NAME];
    for (size_t letter = 0; letter < typed_size; letter++) {
        double reached = NOWHERE; /* the best of the letters before, found at least two bytes back */
        for (size_t at = 0; at < name_size; at++) {
            row[at] = NOWHERE;
            if (letter > 0 && at > 1 && before[at - 2] > reached)
                reached = before[at - 2];
            if (fold(typed[letter]) != fold(name[at]))
                continue;
            bool head = begins_word(name, name_size, at) || at == 0;
            double worth = FOUND + (typed[letter] == name[at] ? SAME_CASE : 0);
            if (letter == 0) {
                if (head)
                    row[at] = worth + HEAD + (at == 0 ? FIRST : 0);
                continue;
            }
            double next = at > 0 ? before[at - 1] + NEXT : NOWHERE;
            double apart = reached + (head ? HEAD : 0);
            row[at] = worth + (next > apart ? next : apart);
        }
        memcpy(before, row, sizeof before);
    }
    double best = NOWHERE;
    for (size_t at = 0; at < name_size; at++)
        if (before[at] > best)
            best = before[at];
    return best;
}

double fuzzy_match(const char *typed, size_t typed_size, const char *name, size_t name_size) {
    if (typed_size == 0)
        return 1;
    if (typed_size > LONGEST_TYPED)
        typed_size = LONGEST_TYPED;
    if (name_size > LONGEST_NAME)
        name_size = LONGEST_NAME;
    if (typed_size > name_size || !in_order(typed, typed_size, name, name_size))
        return 0;
    double best = best_way(typed, typed_size, name, name_size);
    if (best <= 0)
        return 0;
    double most = FIRST + HEAD - NEXT + (FOUND + SAME_CASE + NEXT) * (double)typed_size;
    double rest = (double)(name_size - typed_size) / LONGEST_NAME;
    return best / most * (1 - 0.1 * rest);
}
