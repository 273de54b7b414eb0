/* Declarations found by their text: where libclang offers no lookup by name.
 *
 * A word of the text that looks right is only a candidate: libclang's cursor there decides.
 */
#ifndef CPPLS_TEXT_SEARCH_H
#define CPPLS_TEXT_SEARCH_H

#include "live.h"

struct text_search {
    struct live *live;
    const char *name;
    size_t length;
    enum CXCursorKind kind; /* of the cursor that is looked for */
    /* Whether the word at byte `name` of a file's text may be it. */
    bool (*accepts)(const char *text, size_t size, size_t name, size_t length);
};

/* The last one in the main file before byte `end`; a null cursor when there is none. */
CXCursor search_main(const struct text_search *search, size_t end);

/* The one in the first header that has one, among those that the main file includes, directly or not,
 * before byte `end`. */
CXCursor search_headers(const struct text_search *search, size_t end);

#endif
