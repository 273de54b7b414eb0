/* The files of one translation unit by real path: what libclang hands out are names as spelled. */
#ifndef CPPLS_FILES_H
#define CPPLS_FILES_H

#include "api.h"
#include "map.h"

struct source_file {
    char *path; /* absolute, symbolic links resolved as far as the file system knows them */
    uint64_t path_hash;
    size_t number; /* its place in file_table.items */
    CXFile handle; /* one of libclang's handles of it */
};

/* Valid for one parse: libclang's handles change with the next. */
struct file_table {
    const struct api *api;
    const char *directory; /* what relative names are relative to: the TU's working directory */
    struct source_file **items;
    size_t count, capacity;
    struct map by_handle, by_path;
};

void files_open(struct file_table *files, const struct api *api, const char *directory);
void files_close(struct file_table *files);
/* The entry of a handle; NULL for a null handle, or when memory runs out. */
struct source_file *files_get(struct file_table *files, CXFile handle);
/* `path` made absolute against `directory` and freed of symbolic links; to be freed. Of a file that
 * does not exist the folder is resolved. NULL only when memory runs out. */
char *files_real_path(const char *directory, const char *path);
/* A copy of a path, to be freed. */
char *files_copy(const char *path);

#endif
