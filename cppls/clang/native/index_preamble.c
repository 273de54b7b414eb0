#include "index.h"

#include "preamble.h"
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As indexer.py reads it. */
static void pack(const struct built *built, const struct buffer *shard, struct buffer *out) {
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
        buffer_append(out, shard->bytes, shard->size);
}

static void forget_output(const char *output) {
    char *facts = facts_path(output);
    if (facts)
        remove(facts);
    free(facts);
    remove(output);
}

/* Both steps: the precompiled header, then the shard. libclang's indexer gives as it does for a unit only
 * while it parses, so the headers are parsed twice; bodies in headers of the system are left out then. */
static int build(struct session *session, const struct chain *chain, const char *path,
                 const char *directory, const char *const *arguments, int count,
                 const char *parent, const char *output, struct built *built,
                 struct buffer *shard) {
    struct run run = {
        .api = session->api, .claims = &session->claims, .chain = chain, .first_error = ""};
    files_open(&run.files, session->api, directory);
    int status = preamble_build(&run, session->index, path, directory, arguments, count, parent,
                                output, built);
    run_free(&run);
    if (status != 0 || *built->message)
        return status;
    status = session_headers(session, chain, path, directory, arguments, count, parent, shard,
                             built->message, sizeof built->message);
    if (status != 0 || *built->message)
        forget_output(output);
    return status;
}

int cppls_session_preamble(struct session *session, const char *path, const char *directory,
                           const char *const *arguments, int count, const char *const *parents,
                           int parent_count, const char *output, unsigned char **bytes,
                           size_t *size) {
    struct built built = {.size = 0};
    struct buffer out = {0}, shard = {0};
    const struct chain *chain = NULL;
    const char *parent = parent_count ? parents[parent_count - 1] : NULL;
    int status = 0;
    if (parent)
        chain = chain_get(&session->chains, parents, (size_t)parent_count, built.message,
                          sizeof built.message);
    if (!parent || chain) {
        *built.message = '\0';
        status = build(session, chain, path, directory, arguments, count, parent, output, &built,
                       &shard);
    }
    pack(&built, &shard, &out);
    built_free(&built);
    buffer_free(&shard);
    if (status != 0 || out.failed) {
        buffer_free(&out);
        return status ? status : -1;
    }
    *bytes = out.bytes;
    *size = out.size;
    return 0;
}
