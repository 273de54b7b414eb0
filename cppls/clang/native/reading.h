/* The unit's own text, read along with the replay of its includes: over preambles all of their macros are
 * defined from the start, so what mentions one before it is there would mean another thing.
 */
#ifndef CPPLS_READING_H
#define CPPLS_READING_H

#include "index_run.h"
#include "replay.h"

struct reading {
    struct run *run;
    CXTranslationUnit unit;
    const struct replay *replay;
    const bool *system;  /* by source_file.number */
    struct buffer stack; /* struct opened: the files that are open, the innermost last */
    struct map seen;     /* struct source_file *: read once is enough */
    bool settled;        /* all macros are as the preambles leave them */
    const struct source_file *odd_file; /* the one that mentions such a macro, NULL while none does */
    uint32_t odd_offset;
};

void reading_open(struct reading *reading, struct run *run, CXTranslationUnit unit,
                  const struct replay *replay, const bool *system);
void reading_close(struct reading *reading);
/* Read up to the directive at `offset` of `file` (NULL: a compiler option), before it is replayed. */
void reading_reach(struct reading *reading, const struct source_file *file, uint32_t offset);
/* `file` is entered, unless it was before: it is read from here on. */
void reading_open_file(struct reading *reading, const struct source_file *file);
/* Read the rest; `main` is the main file. */
void reading_finish(struct reading *reading, const struct source_file *main);

#endif
