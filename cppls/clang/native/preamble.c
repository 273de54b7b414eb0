#include "preamble.h"

#include "index_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Arguments ------------------------------------------------------------------------------------- */

/* The one of `beginnings` that the argument has; NULL for none. */
static const char *beginning(const char *argument, const char *const *beginnings) {
    for (; *beginnings; beginnings++)
        if (strncmp(argument, *beginnings, strlen(*beginnings)) == 0)
            return *beginnings;
    return NULL;
}

uint64_t preamble_arguments(const char *directory, const char *const *arguments, int count) {
    /* -x: clang itself compares the languages, and a header's has another name than its unit's. */
    static const char *const skipped[] = {
        "-x", "-I", "-isystem", "-iquote", "-idirafter", "-working-directory", NULL};
    static const char *const relative[] = {
        "-include", "-imacros", "-isysroot", "--sysroot", "-F", "-iframework", NULL};
    bool needs_directory = false;
    uint64_t hash = 0;
    for (int i = 0; i < count; i++) {
        const char *known = beginning(arguments[i], skipped);
        if (known) {
            i += strcmp(arguments[i], known) == 0; /* Its value is an argument of its own. */
            continue;
        }
        needs_directory |= beginning(arguments[i], relative) != NULL;
        hash = hash_bytes(arguments[i], strlen(arguments[i]), hash);
    }
    if (needs_directory)
        hash = hash_bytes(directory, strlen(directory), hash);
    return hash ? hash : 1;
}

/* What -x says for a header of the language; NULL when it has none that can be precompiled. */
static const char *header_language(const char *language) {
    static const char *const languages[][2] = {
        {"c", "c-header"},
        {"c++", "c++-header"},
        {"objective-c", "objective-c-header"},
        {"objective-c++", "objective-c++-header"},
        {"c-header", "c-header"},
        {"c++-header", "c++-header"},
    };
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        if (strcmp(language, languages[i][0]) == 0)
            return languages[i][1];
    return NULL;
}

/* The arguments for the header itself; NULL when memory runs out, or with a message. */
static const char **header_arguments(const char *const *arguments, int count, const char *parent,
                                     int *made, struct built *built) {
    const char **all = malloc(((size_t)count + 3) * sizeof *all);
    bool named = false;
    *made = count;
    for (int i = 0; all && i < count; i++) {
        all[i] = arguments[i];
        if (i && strcmp(arguments[i - 1], "-x") == 0) {
            all[i] = header_language(arguments[i]);
            named = all[i] != NULL;
            if (!named)
                break;
        }
    }
    if (all && !named) {
        snprintf(built->message, sizeof built->message,
                 "the arguments name no language (-x) whose headers can be precompiled");
        free(all);
        return NULL;
    }
    if (all) /* Ordinary comments document too: open files sit on it as well. */
        all[(*made)++] = "-fparse-all-comments";
    if (all && parent) {
        all[(*made)++] = "-include-pch";
        all[(*made)++] = parent;
    }
    return all;
}

/* What cannot stay ------------------------------------------------------------------------------ */

/* The 0-based line of a directive in the umbrella. */
static uint32_t line_of(const struct text *umbrella, uint32_t offset) {
    return text_position(umbrella, offset).line;
}

/* The last line through which any place of a diagnostic was reached: what it includes is being parsed
 * when the error comes up, whatever was there before has a part in it only. -1 for none. */
static int64_t line_of_diagnostic(const struct nesting *nesting, const struct text *umbrella,
                                  CXDiagnostic diagnostic) {
    struct run *run = nesting->run;
    const struct api *api = run->api;
    CXDiagnosticSet notes = api->getChildDiagnostics(diagnostic);
    unsigned count = api->getNumDiagnosticsInSet(notes);
    int64_t line = -1;
    for (unsigned i = 0; i <= count; i++) {
        CXDiagnostic one = i < count ? api->getDiagnosticInSet(notes, i) : diagnostic;
        CXFile handle = NULL;
        unsigned offset = 0;
        api->getFileLocation(api->getDiagnosticLocation(one), &handle, NULL, NULL, &offset);
        const struct source_file *file = files_get(&run->files, handle);
        uint32_t root = offset;
        if (file && (file == run->main_source || nesting_root(nesting, file, &root)) &&
            line_of(umbrella, root) > line)
            line = line_of(umbrella, root);
    }
    return line;
}

static void add_line(struct buffer *lines, uint32_t line) {
    for (size_t i = 0; i < ITEM_COUNT(*lines, uint32_t); i++)
        if (ITEMS(*lines, uint32_t)[i] == line)
            return;
    buffer_append(lines, &line, sizeof line);
}

static void find_errors(const struct nesting *nesting, const struct text *umbrella,
                        struct built *built) {
    struct run *run = nesting->run;
    const struct api *api = run->api;
    unsigned count = api->getNumDiagnostics(nesting->unit);
    for (unsigned i = 0; i < count; i++) {
        CXDiagnostic diagnostic = api->getDiagnostic(nesting->unit, i);
        if (api->getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error) {
            int64_t line = line_of_diagnostic(nesting, umbrella, diagnostic);
            CXFile handle = NULL;
            unsigned row = 1, column = 1;
            api->getFileLocation(api->getDiagnosticLocation(diagnostic), &handle, &row, &column,
                                 NULL);
            const struct source_file *file = files_get(&run->files, handle);
            run_count_error(run, file, (struct position){row - 1, column - 1},
                            run_text(run, api->getDiagnosticSpelling(diagnostic)));
            if (line >= 0)
                add_line(&built->culprits, (uint32_t)line);
        }
        api->disposeDiagnostic(diagnostic);
    }
    if (run->errors)
        snprintf(built->message, sizeof built->message, "%s", run->first_error);
}

/* A header that a unit may enter twice may not be what a preamble is made of. */
static void find_unguarded(const struct nesting *nesting, const struct buffer *events,
                           const struct text *umbrella, struct built *built) {
    struct run *run = nesting->run;
    for (size_t i = 0; i < ITEM_COUNT(*events, struct event); i++) {
        const struct event *event = &ITEMS(*events, struct event)[i];
        if (!event->include || event->file != run->main_source || !event->target ||
            run->api->isFileMultipleIncludeGuarded(nesting->unit, event->target->handle))
            continue;
        add_line(&built->unguarded, line_of(umbrella, event->offset));
        if (!*built->message)
            snprintf(built->message, sizeof built->message, "%s has no include guard",
                     event->target->path);
    }
}

/* What it gives ---------------------------------------------------------------------------------- */

static void list_files(const struct nesting *nesting, struct built *built) {
    built->file_count = ITEM_COUNT(nesting->files, struct nested_file);
    for (size_t i = 0; i < built->file_count; i++) {
        const struct source_file *source = ITEMS(nesting->files, struct nested_file)[i].source;
        uint64_t key = nesting->run->indexed[source->number]->content.key;
        unsigned char bytes[8];
        for (int byte = 0; byte < 8; byte++)
            bytes[byte] = (unsigned char)(key >> 8 * byte);
        buffer_append(&built->keys, bytes, sizeof bytes);
        run_branch_keys(nesting->run->indexed[source->number], CERTAIN_BRANCHES, &built->keys);
        pack_binary(&built->files, source->path, strlen(source->path));
    }
}

/* Whether libclang could tell what is in each file. */
static bool decide_all(struct run *run, const struct nesting *nesting, struct built *built) {
    for (size_t i = 0; i < ITEM_COUNT(nesting->files, struct nested_file); i++) {
        const struct source_file *source = ITEMS(nesting->files, struct nested_file)[i].source;
        struct indexed_file *file = run_file(run, source->handle);
        if (!file)
            return false;
        run_claim(run, file, nesting->unit);
        if (!file->decided) {
            snprintf(built->message, sizeof built->message, "%s could not be read",
                     source->path);
            return false;
        }
    }
    run_branches(run, nesting->unit);
    return true;
}

static int64_t size_of(const char *path) {
    int64_t size = 0, mtime_ns;
    return claims_stat(path, &size, &mtime_ns) ? size : 0;
}

/* Write the precompiled header under a temporary name, then its facts, then give it its own. */
static bool save(const struct nesting *nesting, const struct buffer *events, const char *output,
                 uint64_t arguments, struct built *built) {
    const struct api *api = nesting->run->api;
    const struct chain *chain = nesting->run->chain;
    char *facts = facts_path(output), *temporary = facts_path(output);
    struct buffer content = {0};
    bool saved = facts && temporary;
    if (saved) {
        memcpy(temporary + strlen(output), ".build", sizeof ".build"); /* as long as ".facts" */
        saved = api->saveTranslationUnit(nesting->unit, temporary, 0) == 0;
        struct facts_header header = {
            .arguments = arguments,
            .parent = chain ? chain->nodes[chain->count - 1]->header->checksum : 0,
            .pch_size = size_of(temporary)};
        preamble_facts(nesting, events, header, &content);
        saved = saved && facts_write(&content, facts) && rename(temporary, output) == 0;
        built->size = header.pch_size + (int64_t)content.size;
        if (!saved) {
            snprintf(built->message, sizeof built->message, "%s could not be written", output);
            remove(temporary);
            remove(facts);
        }
    }
    buffer_free(&content);
    free(temporary);
    free(facts);
    return saved;
}

/* Building --------------------------------------------------------------------------------------- */

static int use(struct run *run, CXTranslationUnit unit, const char *output,
               uint64_t arguments, struct built *built) {
    struct buffer events = {0};
    struct nesting nesting;
    struct text umbrella = {0};
    size_t size = 0;
    const char *bytes = run->api->getFileContents(unit, run->main_source->handle, &size);
    order_events(run, unit, true, &events);
    bool understood = nesting_open(&nesting, run, unit, &events);
    if (!understood || !text_open(&umbrella, bytes ? bytes : "", bytes ? size : 0)) {
        snprintf(built->message, sizeof built->message,
                 "the order of its includes could not be followed");
    } else {
        find_errors(&nesting, &umbrella, built);
        find_unguarded(&nesting, &events, &umbrella, built);
        if (*output && !*built->message && decide_all(run, &nesting, built) &&
            save(&nesting, &events, output, arguments, built))
            list_files(&nesting, built);
    }
    text_close(&umbrella);
    nesting_close(&nesting);
    buffer_free(&events);
    bool failed = built->culprits.failed || built->unguarded.failed ||
                  built->files.failed || built->keys.failed;
    return run->failed || failed ? -1 : 0;
}

int preamble_build(struct run *run, CXIndex index, const char *path, const char *directory,
                   const char *const *arguments, int count, const char *parent,
                   const char *output, struct built *built) {
    const struct api *api = run->api;
    CXTranslationUnit unit = NULL;
    int all_count = 0;
    const char **all = header_arguments(arguments, count, parent, &all_count, built);
    if (!all)
        return *built->message ? 0 : -1;
    /* Bodies that are there would be instantiated again at each reparse of an open file (0.7 s for 0.1),
     * and a unit's index has no use for them: the headers have theirs already. */
    int status = api->parseTranslationUnit2(
        index, path, all, all_count, NULL, 0,
        CXTranslationUnit_DetailedPreprocessingRecord | CXTranslationUnit_Incomplete |
            CXTranslationUnit_ForSerialization | CXTranslationUnit_KeepGoing |
            (*output ? CXTranslationUnit_SkipFunctionBodies : 0),
        &unit);
    free(all);
    if (status == 0) {
        run->main_source = files_get(&run->files, api->getFile(unit, path));
        status = run->main_source ? use(run, unit, output,
                                        preamble_arguments(directory, arguments, count), built)
                                  : CXError_Failure;
    }
    if (unit)
        api->disposeTranslationUnit(unit);
    return status;
}

void built_free(struct built *built) {
    buffer_free(&built->culprits);
    buffer_free(&built->unguarded);
    buffer_free(&built->files);
    buffer_free(&built->keys);
}
