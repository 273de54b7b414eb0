/* What the index would hold of the main file, had it been saved as it is now: the overlay of its rows.
 *
 * The indexer's own code runs over the unit that is there, so that an unsaved text gives what it gives
 * once it is saved. Diagnostics and includes are left out.
 */
#include "index_run.h"
#include "live.h"
#include "resolve.h"

static CXIdxClientFile on_main_file(CXClientData data, CXFile handle, void *reserved) {
    (void)reserved;
    struct run *run = data;
    return run->main = run_file(run, handle);
}

static void on_declaration(CXClientData data, const CXIdxDeclInfo *declaration) {
    run_declaration(data, declaration);
}

static void on_reference(CXClientData data, const CXIdxEntityRefInfo *reference) {
    run_reference(data, reference);
}

/* Where the first entity stands: no directive before it is beyond the precompiled preamble. */
static size_t first_spot(const struct indexed_file *file) {
    size_t first = file->text.size;
    for (size_t i = 0; i < file->spots.count; i++)
        if (file->spots.items[i].offset < first)
            first = file->spots.items[i].offset;
    return first;
}

/* Macros before the first entity. A visit of the unit leaves out what lies in the precompiled preamble;
 * what it did see comes twice, and counts once. */
static void preamble_macros(struct run *run, struct live *live) {
    struct indexed_file *file = run->main;
    size_t end = first_spot(file), offset = 0;
    for (uint32_t length;
         (length = text_identifier(&file->text, &offset)) && offset < end; offset += length) {
        struct resolution found;
        resolve_with(live, offset, cursor_at(live, offset), &found);
        for (size_t i = 0; i < found.count; i++)
            if (found.targets[i].kind == CXCursor_MacroDefinition)
                run_macro(run, file, found.targets[i], (uint32_t)offset, found.roles);
    }
}

struct parts {
    struct buffer *out;
    size_t count;
};

static int take_part(void *context, const unsigned char *bytes, size_t size) {
    struct parts *parts = context;
    buffer_append(parts->out, bytes, size);
    parts->count++;
    return 0;
}

static void index_unit(struct run *run, struct live *live) {
    IndexerCallbacks callbacks = {.enteredMainFile = on_main_file,
                                  .indexDeclaration = on_declaration,
                                  .indexEntityReference = on_reference};
    CXIndexAction action = live->api->IndexAction_create(live->index);
    live->api->indexTranslationUnit(action, run, &callbacks, sizeof callbacks, 0, live->unit);
    live->api->IndexAction_dispose(action);
}

int cppls_live_shard(struct live *live, struct buffer *out) {
    if (!live->file)
        return 1;
    struct parts parts = {.out = out};
    struct sink sink = {take_part, &parts};
    struct claims claims = {0};
    struct buffer end = {0};
    struct run run = {.api = live->api,
                      .claims = &claims,
                      .sink = &sink,
                      .main_only = true,
                      .first_error = ""};
    size_t opened = pack_array_open(out);
    files_open(&run.files, live->api, live->directory);
    index_unit(&run, live);
    if (run.main && run_claim(&run, run.main, live->unit)) {
        run_locals(&run, live->unit, live->index);
        run_candidates(&run);
        run_macros(&run, live->unit);
        preamble_macros(&run, live);
        run_pack(&run, &end);
    }
    pack_array_close(out, opened, parts.count);
    out->failed |= run.failed || end.failed;
    buffer_free(&end);
    run_free(&run);
    claims_close(&claims);
    return out->failed ? 2 : 0;
}
