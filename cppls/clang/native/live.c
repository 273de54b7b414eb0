#include "live.h"

#include <stdlib.h>
#include <string.h>

#include "source.h"

static const unsigned parse_options =
    CXTranslationUnit_DetailedPreprocessingRecord | CXTranslationUnit_PrecompiledPreamble |
    CXTranslationUnit_CreatePreambleOnFirstParse | CXTranslationUnit_CacheCompletionResults |
    CXTranslationUnit_IncludeBriefCommentsInCodeCompletion | CXTranslationUnit_KeepGoing;

struct live *cppls_live_new(const struct api *api, const char *path, const char *preambles) {
    struct live *live = calloc(1, sizeof *live);
    size_t size = strlen(path) + 1;
    char *copy = malloc(size);
    if (live == NULL || copy == NULL) {
        free(live);
        free(copy);
        return NULL;
    }
    memcpy(copy, path, size);
    /* The preamble's declarations are the headers': leaving them out of visits of the whole unit
     * keeps them on disk, unread. */
    CXIndexOptions options = {.Size = sizeof options, .ExcludeDeclarationsFromPCH = 1};
    if (*preambles != '\0') {
        options.PreambleStoragePath = preambles;
    }
    live->api = api;
    live->path = copy;
    live->index = api->createIndexWithOptions(&options);
    return live;
}

static void dispose_unit(struct live *live) {
    if (live->unit != NULL) {
        live->api->disposeTranslationUnit(live->unit);
    }
    live->unit = NULL;
    live->file = NULL;
    live->text = "";
    live->size = 0;
}

void cppls_live_free(struct live *live) {
    if (live != NULL) {
        dispose_unit(live);
        live->api->disposeIndex(live->index);
        free(live->path);
        free(live);
    }
}

/* What every question needs of a fresh parse. */
static void remember_text(struct live *live) {
    live->suspended = false;
    live->file = live->api->getFile(live->unit, live->path);
    struct text text = file_text(live->api, live->unit, live->file);
    live->text = text.data;
    live->size = text.size;
}

int cppls_live_parse(struct live *live, const char *const *arguments, int count,
                     CXUnsavedFile *unsaved, unsigned unsaved_count) {
    dispose_unit(live);
    int error = live->api->parseTranslationUnit2(live->index, live->path, arguments, count, unsaved,
                                                 unsaved_count, parse_options, &live->unit);
    if (error == CXError_Success && live->unit == NULL) {
        error = CXError_Failure;
    }
    if (error != CXError_Success) {
        dispose_unit(live);
        return error;
    }
    remember_text(live);
    return CXError_Success;
}

int cppls_live_reparse(struct live *live, CXUnsavedFile *unsaved, unsigned unsaved_count) {
    if (live->unit == NULL) {
        return CXError_InvalidArguments;
    }
    int error = live->api->reparseTranslationUnit(live->unit, unsaved_count, unsaved, 0);
    if (error != CXError_Success) {
        dispose_unit(live);
        return error;
    }
    remember_text(live);
    return CXError_Success;
}

void cppls_live_suspend(struct live *live) {
    if (live->unit != NULL && !live->suspended) {
        live->api->suspendTranslationUnit(live->unit);
        live->suspended = true;
        live->file = NULL;
        live->text = "";
        live->size = 0;
    }
}

void cppls_buffer_free(struct buffer *buffer) { buffer_free(buffer); }
