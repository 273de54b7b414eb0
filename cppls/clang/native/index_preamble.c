#include "index.h"

#include "preamble.h"
#include "session.h"

#include <string.h>

/* As indexer.py reads it. */
static void pack(const struct built *built, struct buffer *out) {
    pack_array(out, 6);
    pack_string(out, built->message);
    size_t count = ITEM_COUNT(built->culprits, uint32_t);
    pack_array(out, count);
    for (size_t i = 0; i < count; i++)
        pack_uint(out, ITEMS(built->culprits, uint32_t)[i]);
    pack_array(out, built->file_count);
    buffer_append(out, built->files.bytes, built->files.size);
    pack_binary(out, built->keys.bytes, built->keys.size);
    pack_int(out, built->size);
    if (*built->message)
        pack_nil(out);
    else
        buffer_append(out, built->shard.bytes, built->shard.size);
}

int cppls_session_preamble(struct session *session, const char *path, const char *directory,
                           const char *const *arguments, int count, const char *const *parents,
                           int parent_count, const char *output, unsigned char **bytes,
                           size_t *size) {
    struct run run = {.api = session->api, .claims = &session->claims, .first_error = ""};
    struct built built = {.size = 0};
    struct buffer out = {0};
    const char *parent = NULL;
    int status = 0;
    if (parent_count) {
        parent = parents[parent_count - 1];
        run.chain = chain_get(&session->chains, parents, (size_t)parent_count, built.message,
                              sizeof built.message);
    }
    if (!parent || run.chain) {
        *built.message = '\0';
        files_open(&run.files, session->api, directory);
        status = preamble_build(&run, session->index, path, directory, arguments, count, parent,
                                output, &built);
        if (status == 0 && !*built.message)
            status = session_claim(session, &run);
        run_free(&run);
    }
    pack(&built, &out);
    built_free(&built);
    if (status != 0 || out.failed) {
        buffer_free(&out);
        return status ? status : -1;
    }
    *bytes = out.bytes;
    *size = out.size;
    return 0;
}
