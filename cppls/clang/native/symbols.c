#include "symbols.h"

#include "hash.h"

#include <string.h>

/* Whether a USR begins with a file's base name instead of a scope. */
static bool is_file_local(const char *usr) {
    return strncmp(usr, "c:", 2) == 0 && usr[2] != '@' && strncmp(usr + 2, "objc(", 5) != 0;
}

int64_t symbol_id_of_usr(struct file_table *files, const char *usr, CXCursor cursor) {
    if (!usr || !*usr)
        return 0;
    uint64_t hash = hash_bytes(usr, strlen(usr), 0);
    if (is_file_local(usr)) {
        const struct api *api = files->api;
        CXFile handle = NULL;
        CXSourceLocation place = api->getCursorLocation(api->getCanonicalCursor(cursor));
        api->getFileLocation(place, &handle, NULL, NULL, NULL);
        const struct source_file *file = files_get(files, handle);
        if (file)
            hash = hash_mix(hash, file->path_hash);
    }
    return hash_to_id(hash);
}

int64_t symbol_id_of_cursor(struct file_table *files, CXCursor cursor) {
    CXString usr = files->api->getCursorUSR(cursor);
    int64_t id = symbol_id_of_usr(files, files->api->getCString(usr), cursor);
    files->api->disposeString(usr);
    return id;
}
