/* Which files' contents are already extracted, by any worker: claim keys; and what files hold.
 *
 * A key is a hash of real path and content, or of such a key and where a branch begins (branches.h). Content hashes are remembered by path, device, inode,
 * size and time of change, so that a header shared by a thousand TUs is hashed once.
 */
#ifndef CPPLS_CLAIMS_H
#define CPPLS_CLAIMS_H

#include "branches.h"
#include "files.h"

struct claims {
    struct map known;    /* claim keys */
    struct map contents; /* hash of a file's identity -> content hash */
    struct map branches; /* claim key -> struct branches * */
    struct branches *last; /* of all that are held */
    int64_t begun_ns;    /* when the present parse began; 0: nobody said */
};

struct content {
    uint64_t hash, key;
    uint64_t tokens; /* see tokens.h; of claimed files only */
    /* As of the file system; 0 when it has no such file. The time is 0, too, when the file may have
     * been written since libclang read it: who compares times has to look at the content then. */
    int64_t size, mtime_ns;
    uint64_t parsed_as; /* what a parse session takes the file for: it, and the second of its change */
};

void claims_close(struct claims *claims);
/* `keys` are 8 bytes each, little-endian. False when memory runs out. */
bool claims_add(struct claims *claims, const unsigned char *keys, size_t count);
bool claims_has(const struct claims *claims, uint64_t key);
/* A parse begins now: what is written from now on may differ from what it reads. */
void claims_begin(struct claims *claims);
void claims_forget(struct claims *claims);
/* Size and time of change, as struct content has them; false when there is no such file. */
bool claims_stat(const char *path, int64_t *size, int64_t *mtime_ns);
/* Hash what libclang read of `file`: `size` bytes. */
struct content claims_content(struct claims *claims, const struct source_file *file,
                              const char *bytes, size_t size);
/* The branches of what `content` was made of: kept, as they are asked for once a unit. NULL when memory
 * runs out. */
const struct branches *claims_branches(struct claims *claims, const struct content *content,
                                       const char *bytes, size_t size);

#endif
