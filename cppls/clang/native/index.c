#include "index.h"

#include "preamble.h"
#include "proof.h"
#include "session.h"

#include <stdio.h>
#include <stdlib.h>

enum { HELD_FACTS = 24 << 20 }; /* bytes: those of some ten preambles */

struct session *cppls_session_open(const struct api *api) {
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return NULL;
    session->api = api;
    session->chains.limit = HELD_FACTS;
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
    map_clear(&session->parsed);
}

void cppls_session_close(struct session *session) {
    drop_parse_session(session);
    session->api->disposeIndex(session->index);
    claims_close(&session->claims);
    map_free(&session->parsed);
    missing_free(&session->missing);
    chain_cache_free(&session->chains);
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
    struct indexed_file *file = run_file(run, handle);
    if (!run->headers_only)
        run->main = file;
    else if (file)
        file->decided = true; /* not claimed */
    return file;
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
static void finish(struct session *session, struct run *run, CXTranslationUnit unit,
                   struct buffer *end) {
    for (size_t i = 0; i < run->indexed_count; i++)
        if (run->indexed[i])
            run_claim(run, run->indexed[i], unit);
    run_locals(run, unit, session->index);
    run_candidates(run);
    run_macros(run, unit);
    run_missing(run);
    run_diagnostics(run, unit);
    run_pack(run, end);
}

static int claim(struct session *session, const struct run *run) {
    struct buffer keys = {0};
    bool failed = false;
    for (size_t i = 0; i < run->indexed_count; i++) {
        const struct indexed_file *file = run->indexed[i];
        failed |= file && file->claimed && !map_at(&session->claims.known, file->content.key, NULL);
        if (file)
            run_branch_keys(file, NEW_BRANCHES, &keys);
    }
    failed |= keys.failed || !claims_add(&session->claims, keys.bytes, keys.size / 8);
    buffer_free(&keys);
    return failed ? -1 : 0;
}

/* Parse `path`, over the precompiled header `pch` unless that is NULL, and have the callbacks fill `run`;
 * a CXErrorCode. */
static int parse(struct session *session, struct run *run, const char *path,
                 const char *const *arguments, int count, const char *pch,
                 CXTranslationUnit *unit) {
    const struct api *api = session->api;
    IndexerCallbacks callbacks = {.enteredMainFile = on_main_file,
                                  .ppIncludedFile = on_include,
                                  .indexDeclaration = on_declaration,
                                  .indexEntityReference = on_reference};
    size_t total = 0, added = session->missing.count;
    const char **all = malloc(((size_t)count + added + 2) * sizeof *all);
    if (!all)
        return -1;
    for (int i = 0; i < count; i++)
        all[total++] = arguments[i];
    for (size_t i = 0; i < added; i++)
        all[total++] = session->missing.arguments[i];
    if (pch) {
        all[total++] = "-include-pch";
        all[total++] = pch;
    }
    claims_begin(&session->claims);
    session->fresh = !session->action;
    if (!session->action)
        session->action = api->IndexAction_create(session->index);
    int status = api->indexSourceFile(session->action, run, &callbacks, sizeof callbacks,
                                      CXIndexOpt_SkipParsedBodiesInSession, path, all, (int)total,
                                      NULL, 0, unit,
                                      CXTranslationUnit_DetailedPreprocessingRecord);
    free(all);
    return status == 0 && !*unit ? CXError_Failure : status;
}

/* A parse session knows a body that it has parsed by its file, its offset and the second in which the
 * file was changed. Whether it may have taken one for another: a file was changed within that second. */
static bool took_for_parsed(struct session *session, struct run *run, CXTranslationUnit unit) {
    bool took = false;
    for (size_t i = 0; i < run->indexed_count; i++) {
        struct indexed_file *file = run->indexed[i];
        if (!file || file == run->main) /* whose bodies are always parsed */
            continue;
        bool made = false;
        run_claim(run, file, unit);
        if (!file->content.parsed_as)
            continue;
        uint64_t *hash = map_at(&session->parsed, file->content.parsed_as, &made);
        if (hash && made)
            *hash = file->content.hash;
        took |= hash && *hash != file->content.hash;
        run->failed |= !hash;
    }
    return took;
}

/* Whether the unit reads branches of headers that may lie in bodies which the parse session has left out,
 * as it knows a body by where it begins. */
static bool lacks_bodies(const struct session *session, struct run *run, CXTranslationUnit unit) {
    run_branches(run, unit);
    return !session->fresh && run_needs_bodies(run);
}

/* Have the next run begin a parse session of its own; `kept` is to be taken up after it. */
static CXIndexAction set_aside(struct session *session) {
    CXIndexAction kept = session->action;
    session->action = NULL;
    return kept;
}

/* A run that came to nothing has dropped its session: then neither may believe in what was parsed. */
static void take_up(struct session *session, CXIndexAction kept) {
    CXIndexAction unwanted = session->action ? session->action : kept;
    session->action = session->action ? kept : NULL;
    session->api->IndexAction_dispose(unwanted);
}

/* One attempt without preambles. `again`, unless false at first, tells whether headers were missing
 * that the next one will have stand-ins for: nothing is handed out then. */
static int attempt(struct session *session, const char *path, const char *directory,
                   const char *const *arguments, int count, const struct sink *sink,
                   struct buffer *end, bool *again) {
    struct run run = {
        .api = session->api, .claims = &session->claims, .sink = sink, .first_error = ""};
    CXTranslationUnit unit = NULL;
    files_open(&run.files, session->api, directory);
    int status = parse(session, &run, path, arguments, count, NULL, &unit);
    if (status == 0 && took_for_parsed(session, &run, unit)) {
        session->api->disposeTranslationUnit(unit);
        run_free(&run);
        drop_parse_session(session); /* a new one has parsed nothing */
        return attempt(session, path, directory, arguments, count, sink, end, again);
    }
    *again = *again && status == 0 && run_learn_missing(&run, &session->missing);
    if (status == 0 && !*again && lacks_bodies(session, &run, unit)) {
        session->api->disposeTranslationUnit(unit);
        run_free(&run);
        CXIndexAction kept = set_aside(session);
        *again = true;
        status = attempt(session, path, directory, arguments, count, sink, end, again);
        take_up(session, kept);
        return status;
    }
    if (status == 0 && !*again) {
        finish(session, &run, unit, end);
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

/* Whether libclang could not use the precompiled header at all: such an error has no place. */
static bool is_unreadable(const struct run *run, CXTranslationUnit unit) {
    const struct api *api = run->api;
    unsigned count = api->getNumDiagnostics(unit);
    bool found = false;
    for (unsigned i = 0; i < count && !found; i++) {
        CXDiagnostic diagnostic = api->getDiagnostic(unit, i);
        CXFile file = NULL;
        api->getFileLocation(api->getDiagnosticLocation(diagnostic), &file, NULL, NULL, NULL);
        found = api->getDiagnosticSeverity(diagnostic) == CXDiagnostic_Fatal && !file;
        api->disposeDiagnostic(diagnostic);
    }
    return found;
}

/* Parse over `run->chain` and prove that nothing differs. A CXErrorCode; when the verdict is "declined",
 * nothing was handed out, nor when it is to be parsed `again` in a parse session of its own. */
static int attempt_over(struct session *session, struct run *run, const char *path,
                        const char *const *arguments, int count, const char *pch,
                        struct buffer *end, struct verdict *verdict, bool *again) {
    CXTranslationUnit unit = NULL;
    bool may_again = *again;
    *again = false;
    int status = parse(session, run, path, arguments, count, pch, &unit);
    if (status == CXError_Failure || status == CXError_ASTReadError) {
        verdict->declined = true;
        verdict->stale = status == CXError_ASTReadError;
        snprintf(verdict->why, sizeof verdict->why, "libclang gave nothing for it over %s", pch);
        status = 0;
    } else if (status == 0 && took_for_parsed(session, run, unit)) {
        verdict->declined = true;
        snprintf(verdict->why, sizeof verdict->why, "a header was changed just now");
    } else if (status == 0) {
        verdict->declined = !proof_holds(run, unit, verdict->why, sizeof verdict->why);
        verdict->stale = verdict->declined && is_unreadable(run, unit);
        *again = !verdict->declined && lacks_bodies(session, run, unit) && may_again;
        if (!*again && !verdict->declined) {
            run_forced_below(run, unit);
            finish(session, run, unit, end);
        }
        if (run->failed || end->failed || (!*again && !verdict->declined && claim(session, run) != 0))
            status = -1;
    }
    if (unit)
        session->api->disposeTranslationUnit(unit);
    if (status != 0 || verdict->declined)
        drop_parse_session(session);
    return status;
}

/* The same with what has to be had and looked at first. */
static int index_over(struct session *session, const char *path, const char *directory,
                      const char *const *arguments, int count, const char *const *preambles,
                      int preamble_count, const struct sink *sink, struct buffer *end,
                      struct verdict *verdict) {
    struct run run = {
        .api = session->api, .claims = &session->claims, .sink = sink, .first_error = ""};
    int status = 0;
    run.chain = chain_get(&session->chains, preambles, (size_t)preamble_count, verdict->why,
                          sizeof verdict->why);
    verdict->declined = verdict->stale = !run.chain;
    if (!run.chain)
        return 0;
    if (run.chain->nodes[0]->header->arguments !=
        preamble_arguments(directory, arguments, count)) {
        verdict->declined = true;
        snprintf(verdict->why, sizeof verdict->why, "it has other arguments");
        return 0;
    }
    const struct run begun = run;
    const char *pch = preambles[preamble_count - 1];
    bool again = true;
    files_open(&run.files, session->api, directory);
    status = attempt_over(session, &run, path, arguments, count, pch, end, verdict, &again);
    run_free(&run);
    if (again) {
        CXIndexAction kept = set_aside(session);
        run = begun;
        again = false;
        files_open(&run.files, session->api, directory);
        status = attempt_over(session, &run, path, arguments, count, pch, end, verdict, &again);
        run_free(&run);
        take_up(session, kept);
    }
    return status;
}

int cppls_session_index(struct session *session, const char *path, const char *directory,
                        const char *const *arguments, int count, const char *const *preambles,
                        int preamble_count, const struct sink *sink, unsigned char **bytes,
                        size_t *size, struct verdict *verdict) {
    struct buffer end = {0};
    int status = 0;
    bool again = true;
    *verdict = (struct verdict){0};
    /* When a header of the last one has changed, those before it are good mostly. What is told is
     * about the last one. */
    for (int left = preamble_count, stale = 1; left && stale && again && status == 0; left--) {
        struct verdict tried = {0};
        status = index_over(session, path, directory, arguments, count, preambles, left, sink, &end,
                            &tried);
        again = tried.declined;
        stale = tried.stale;
        if (left == preamble_count)
            *verdict = tried;
    }
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

int cppls_session_headers(struct session *session, const char *path, const char *directory,
                          const char *const *arguments, int count, const char *const *preambles,
                          int preamble_count, const struct sink *sink, unsigned char **bytes,
                          size_t *size, char *why, size_t why_size) {
    struct run run = {.api = session->api,
                      .claims = &session->claims,
                      .sink = sink,
                      .headers_only = true,
                      .first_error = ""};
    const char *pch = preamble_count ? preambles[preamble_count - 1] : NULL;
    CXTranslationUnit unit = NULL;
    struct buffer end = {0};
    if (pch && !(run.chain = chain_get(&session->chains, preambles, (size_t)preamble_count, why,
                                       why_size)))
        return 0;
    files_open(&run.files, session->api, directory);
    int status = parse(session, &run, path, arguments, count, pch, &unit);
    if (status == 0 && took_for_parsed(session, &run, unit)) {
        session->api->disposeTranslationUnit(unit);
        run_free(&run);
        drop_parse_session(session); /* a new one has parsed nothing */
        return cppls_session_headers(session, path, directory, arguments, count, preambles,
                                     preamble_count, sink, bytes, size, why, why_size);
    }
    if (status == 0 && lacks_bodies(session, &run, unit)) {
        session->api->disposeTranslationUnit(unit);
        run_free(&run);
        CXIndexAction kept = set_aside(session);
        status = cppls_session_headers(session, path, directory, arguments, count, preambles,
                                       preamble_count, sink, bytes, size, why, why_size);
        take_up(session, kept);
        return status;
    }
    if (status == 0) {
        finish(session, &run, unit, &end);
        snprintf(why, why_size, "%s", run.first_error);
        if (run.failed || end.failed || (!run.errors && claim(session, &run) != 0))
            status = -1;
    }
    if (unit)
        session->api->disposeTranslationUnit(unit);
    if (status != 0 || run.errors) {
        drop_parse_session(session);
        buffer_free(&end);
    }
    run_free(&run);
    *bytes = end.bytes;
    *size = end.size;
    return status;
}

void cppls_session_chains(const struct session *session, uint64_t numbers[4]) {
    chain_cache_numbers(&session->chains, numbers);
}
