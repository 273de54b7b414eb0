#include "live.h"

#include <stdlib.h>
#include <string.h>

/* Bodies of functions in the preamble are skipped, as clangd does: a reparse that need not instantiate
 * the headers' templates takes a sixth of the time (z3's smt_context.cpp: 0.14 s for 0.83 s) and a
 * fifth less memory. What is lost are errors inside such instantiations; building shows them. */
static const unsigned preamble_options =
    CXTranslationUnit_PrecompiledPreamble | CXTranslationUnit_CreatePreambleOnFirstParse |
    CXTranslationUnit_SkipFunctionBodies | CXTranslationUnit_LimitSkipFunctionBodiesToPreamble;

static const unsigned parse_options =
    CXTranslationUnit_DetailedPreprocessingRecord | CXTranslationUnit_CacheCompletionResults |
    CXTranslationUnit_IncludeBriefCommentsInCodeCompletion | CXTranslationUnit_KeepGoing;

static char *copy_of(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

struct live *cppls_live_new(const struct api *api, const char *path, const char *directory,
                            const char *preambles) {
    struct live *live = calloc(1, sizeof *live);
    if (!live)
        return NULL;
    live->path = copy_of(path);
    live->directory = copy_of(directory);
    if (!live->path || !live->directory) {
        free(live->path);
        free(live->directory);
        free(live);
        return NULL;
    }
    /* The preamble's declarations are the headers': leaving them out of visits of the whole unit
     * keeps them on disk, unread. */
    CXIndexOptions options = {.Size = sizeof options, .ExcludeDeclarationsFromPCH = 1};
    if (*preambles)
        options.PreambleStoragePath = preambles;
    live->api = api;
    live->index = api->createIndexWithOptions(&options);
    return live;
}

/* Forget what the next parse makes invalid. */
static void forget_files(struct live *live) {
    live_forget_completion(live);
    if (live->file)
        files_close(&live->files);
    live->file = NULL;
    text_close(&live->text);
    map_free(&live->absent_macros);
    spots_free(&live->indexed);
    spots_free(&live->tokens);
    live->has_indexed = live->has_tokens = false;
}

static void dispose_unit(struct live *live) {
    forget_files(live);
    if (live->unit)
        live->api->disposeTranslationUnit(live->unit);
    live->unit = NULL;
    live->suspended = false;
}

void cppls_live_free(struct live *live) {
    if (!live)
        return;
    dispose_unit(live);
    live_forget_included(live);
    live->api->disposeIndex(live->index);
    free(live->path);
    free(live->directory);
    free(live);
}

/* What every question needs of a fresh parse; an error when there is nothing to ask about. */
static int ready(struct live *live) {
    live->suspended = false;
    live->file = live->api->getFile(live->unit, live->path);
    if (!live->file) {
        dispose_unit(live);
        return CXError_Failure;
    }
    struct text text = file_text(live->api, live->unit, live->file);
    files_open(&live->files, live->api, live->directory);
    if (text_open(&live->text, text.bytes, text.size))
        return CXError_Success;
    dispose_unit(live);
    return CXError_Failure;
}

int cppls_live_parse(struct live *live, const char *const *arguments, int count,
                     CXUnsavedFile *unsaved, unsigned unsaved_count) {
    dispose_unit(live);
    int error = live->api->parseTranslationUnit2(live->index, live->path, arguments, count, unsaved,
                                                 unsaved_count,
                                                 parse_options | preamble_options, &live->unit);
    if (error == CXError_ASTReadError) {
        /* The preamble could not be kept: the disk is full. Slower, but the text is parsed. */
        dispose_unit(live);
        error = live->api->parseTranslationUnit2(live->index, live->path, arguments, count, unsaved,
                                                 unsaved_count, parse_options, &live->unit);
    }
    if (error == CXError_Success && live->unit)
        return ready(live);
    dispose_unit(live);
    return error == CXError_Success ? CXError_Failure : error;
}

int cppls_live_reparse(struct live *live, CXUnsavedFile *unsaved, unsigned unsaved_count) {
    if (!live->unit)
        return CXError_InvalidArguments;
    forget_files(live);
    int error = live->api->reparseTranslationUnit(live->unit, unsaved_count, unsaved, 0);
    if (error == CXError_Success)
        return ready(live);
    dispose_unit(live);
    return error;
}

void cppls_live_suspend(struct live *live) {
    if (live->unit && !live->suspended) {
        forget_files(live);
        live->api->suspendTranslationUnit(live->unit);
        live->suspended = true;
    }
}

unsigned long long cppls_live_counted(const struct live *live) {
    if (!live->unit || live->suspended)
        return 0;
    CXTUResourceUsage usage = live->api->getCXTUResourceUsage(live->unit);
    unsigned long long sum = 0;
    for (unsigned i = 0; i < usage.numEntries; i++)
        sum += usage.entries[i].amount;
    live->api->disposeCXTUResourceUsage(usage);
    return sum;
}

void cppls_buffer_free(struct buffer *buffer) { buffer_free(buffer); }
