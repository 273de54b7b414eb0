/* Stand-ins for headers that nobody has.
 *
 * To libclang's indexer a missing include is fatal: no template is instantiated after it and no
 * other diagnostic told. (KeepGoing cures that for clang_parseTranslationUnit, not for
 * clang_indexSourceFile.) So what was found missing becomes an empty file in a folder that does not
 * exist, which is searched last. Clang's -remap-file does it; unsaved files would, but libclang
 * frees those of clang_indexSourceFile twice when the TU is asked for.
 */
#ifndef CPPLS_MISSING_H
#define CPPLS_MISSING_H

#include "map.h"

#define MISSING_FOLDER "/.cppls-missing"

struct missing {
    struct map names; /* hashes of those that stand in */
    char **arguments; /* for libclang: the folder, and each file */
    size_t count;
};

/* Have `spelled`, the name in an include directive, stand in from now on. Whether that is new;
 * false also for a name that cannot (an absolute one), when there are many already and when memory
 * runs out. */
bool missing_add(struct missing *missing, const char *spelled);
/* Whether a file's path is that of a stand-in. */
bool missing_holds(const char *path);
void missing_free(struct missing *missing);

#endif
