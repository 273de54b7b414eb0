#include "index.h"

#include "index_run.h"

#include <stdlib.h>

struct session {
    const struct api *api;
    CXIndex index;
    CXIndexAction action; /* the parse session; NULL until the next run needs one */
    struct claims claims;
    struct missing missing;
};

struct session *cppls_session_open(const struct api *api) {
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return NULL;
    session->api = api;
    /* Without declarations from a PCH: walks over macros then see what this TU recorded itself;
     * visiting a PCH's record has crashed libclang. */
    session->index = api->createIndex(1, 0);
    if (!session->index) {
        free(session);
        return NULL;
    }
    return session;
}

static void drop_parse_session(struct session *session) {
    if (session->action)
        session->api->IndexAction_dispose(session->action);
    session->action = NULL;
}

void cppls_session_close(struct session *session) {
    drop_parse_session(session);
    session->api->disposeIndex(session->index);
    claims_close(&session->claims);
    missing_free(&session->missing);
    free(session);
}

int cppls_session_know(struct session *session, const char *keys, size_t count) {
    return claims_add(&session->claims, (const unsigned char *)keys, count) ? 0 : -1;
}

void cppls_session_forget(struct session *session) {
    claims_forget(&session->claims);
    drop_parse_session(session);
}

void cppls_free(void *bytes) { free(bytes); }

static CXIdxClientFile on_main_file(CXClientData data, CXFile handle, void *reserved) {
    (void)reserved;
    struct run *run = data;
    run->main = run_file(run, handle);
    return run->main;
}

static CXIdxClientFile on_include(CXClientData data, const CXIdxIncludedFileInfo *included) {
    return run_include(data, included);
}

static void on_declaration(CXClientData data, const CXIdxDeclInfo *declaration) {
    run_declaration(data, declaration);
}

static void on_reference(CXClientData data, const CXIdxEntityRefInfo *reference) {
    run_reference(data, reference);
}

/* What the parse leaves to be asked once it is over, and the way out. */
static void finish(struct run *run, CXTranslationUnit unit, struct buffer *end) {
    for (size_t i = 0; i < run->indexed_count; i++)
        if (run->indexed[i])
            run_claim(run, run->indexed[i], unit);
    run_macros(run, unit);
    run_missing(run);
    run_diagnostics(run, unit);
    run_pack(run, end);
}

static int claim(struct session *session, const struct run *run) {
    for (size_t i = 0; i < run->indexed_count; i++) {
        const struct indexed_file *file = run->indexed[i];
        if (file && file->claimed && !map_at(&session->claims.known, file->content.key, NULL))
            return -1;
    }
    return 0;
}

/* Parse `path` and have the callbacks fill `run`; a CXErrorCode. */
static int parse(struct session *session, struct run *run, const char *path,
                 const char *const *arguments, int count, CXTranslationUnit *unit) {
    const struct api *api = session->api;
    IndexerCallbacks callbacks = {.enteredMainFile = on_main_file,
                                  .ppIncludedFile = on_include,
                                  .indexDeclaration = on_declaration,
                                  .indexEntityReference = on_reference};
    size_t given = (size_t)count, added = session->missing.count;
    const char **all = malloc((given + added + 1) * sizeof *all);
    if (!all)
        return -1;
    for (size_t i = 0; i < given + added; i++)
        all[i] = i < given ? arguments[i] : session->missing.arguments[i - given];
    if (!session->action)
        session->action = api->IndexAction_create(session->index);
    int status = api->indexSourceFile(session->action, run, &callbacks, sizeof callbacks,
                                      CXIndexOpt_SkipParsedBodiesInSession, path, all,
                                      (int)(given + added), NULL, 0, unit,
                                      CXTranslationUnit_DetailedPreprocessingRecord);
    free(all);
    return status == 0 && !*unit ? CXError_Failure : status;
}

/* One attempt. `again`, unless false at first, tells whether headers were missing that the next one
 * will have stand-ins for: nothing is handed out then. */
static int attempt(struct session *session, const char *path, const char *directory,
                   const char *const *arguments, int count, const struct sink *sink,
                   struct buffer *end, bool *again) {
    struct run run = {
        .api = session->api, .claims = &session->claims, .sink = sink, .first_error = ""};
    CXTranslationUnit unit = NULL;
    files_open(&run.files, session->api, directory);
    int status = parse(session, &run, path, arguments, count, &unit);
    *again = *again && status == 0 && run_learn_missing(&run, &session->missing);
    if (status == 0 && !*again) {
        finish(&run, unit, end);
        if (run.failed || end->failed || claim(session, &run) != 0)
            status = -1;
    }
    if (unit)
        session->api->disposeTranslationUnit(unit);
    run_free(&run);
    /* Its bodies count as parsed in the session, but nobody was told what is in them. */
    if (status != 0 || *again)
        drop_parse_session(session);
    return status;
}

int cppls_session_index(struct session *session, const char *path, const char *directory,
                        const char *const *arguments, int count, const struct sink *sink,
                        unsigned char **bytes, size_t *size) {
    struct buffer end = {0};
    bool again = true;
    int status = 0;
    /* A stand-in is empty, so a second attempt misses only what conditions hid from the first. */
    for (int left = 3; again && status == 0; left--) {
        again = left > 0;
        status = attempt(session, path, directory, arguments, count, sink, &end, &again);
    }
    if (status != 0) {
        buffer_free(&end);
        return status;
    }
    *bytes = end.bytes;
    *size = end.size;
    return 0;
}
