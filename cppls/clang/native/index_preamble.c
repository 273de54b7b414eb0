#include "index.h"

#include "preamble.h"
#include "session.h"

static void pack_lines(const struct buffer *lines, struct buffer *out) {
    size_t count = ITEM_COUNT(*lines, uint32_t);
    pack_array(out, count);
    for (size_t i = 0; i < count; i++)
        pack_uint(out, ITEMS(*lines, uint32_t)[i]);
}

/* As indexer.py reads it. */
static void pack(const struct built *built, struct buffer *out) {
    pack_array(out, 6);
    pack_string(out, built->message);
    pack_lines(&built->culprits, out);
    pack_lines(&built->unguarded, out);
    pack_array(out, built->file_count);
    buffer_append(out, built->files.bytes, built->files.size);
    pack_binary(out, built->keys.bytes, built->keys.size);
    pack_int(out, built->size);
}

int cppls_session_preamble(struct session *session, const char *path, const char *directory,
                           const char *const *arguments, int count, const char *const *parents,
                           int parent_count, const char *output, unsigned char **bytes,
                           size_t *size) {
    struct run run = {.api = session->api, .claims = &session->claims, .first_error = ""};
    struct built built = {.size = 0};
    struct buffer out = {0};
    const char *parent = parent_count ? parents[parent_count - 1] : NULL;
    int status = 0;
    if (parent)
        run.chain = chain_get(&session->chains, parents, (size_t)parent_count, built.message,
                              sizeof built.message);
    if (!parent || run.chain) {
        *built.message = '\0';
        files_open(&run.files, session->api, directory);
        claims_begin(&session->claims);
        status = preamble_build(&run, session->index, path, directory, arguments, count, parent,
                                output, &built);
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
