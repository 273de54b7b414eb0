/* The functions (constructors, templates) whose call holds a place, and the argument that it is in. */
#include "completion.h"

#include <stdlib.h>
#include <string.h>

/* One signature in the making: `name(int a, char b) -> int`, and which bytes of it are parameters. */
struct signature {
    struct buffer label, parameters, result;
    size_t count; /* of parameters */
    int64_t current;
};

static void append(struct buffer *to, const char *text) { buffer_append(to, text, strlen(text)); }

static void take_chunks(struct signature *signature, const struct api *api,
                        CXCompletionString string);

static void take_parameter(struct signature *signature, const char *text) {
    pack_array(&signature->parameters, 2);
    pack_uint(&signature->parameters, signature->label.size);
    append(&signature->label, text);
    pack_uint(&signature->parameters, signature->label.size);
    signature->count++;
}

static void take_chunk(struct signature *signature, const struct api *api,
                       CXCompletionString string, unsigned number) {
    enum CXCompletionChunkKind kind = api->getCompletionChunkKind(string, number);
    if (kind == CXCompletionChunk_Optional) {
        take_chunks(signature, api, api->getCompletionChunkCompletionString(string, number));
        return;
    }
    CXString held = api->getCompletionChunkText(string, number);
    const char *text = api->getCString(held);
    if (!text)
        text = "";
    if (kind == CXCompletionChunk_CurrentParameter)
        signature->current = (int64_t)signature->count;
    if (kind == CXCompletionChunk_CurrentParameter || kind == CXCompletionChunk_Placeholder)
        take_parameter(signature, text);
    else
        append(kind == CXCompletionChunk_ResultType ? &signature->result : &signature->label, text);
    api->disposeString(held);
}

static void take_chunks(struct signature *signature, const struct api *api,
                        CXCompletionString string) {
    unsigned count = api->getNumCompletionChunks(string);
    for (unsigned i = 0; i < count; i++)
        take_chunk(signature, api, string, i);
}

/* [label, [[start, end]] of the parameters in it, current parameter or -1, brief documentation] */
static void pack_signature(struct buffer *out, struct signature *signature, const struct api *api,
                           CXCompletionString string) {
    take_chunks(signature, api, string);
    if (signature->result.size) {
        append(&signature->label, " -> ");
        buffer_append(&signature->label, signature->result.bytes, signature->result.size);
    }
    pack_array(out, 4);
    pack_text(out, (const char *)signature->label.bytes, signature->label.size);
    pack_array(out, signature->count);
    if (signature->count)
        buffer_append(out, signature->parameters.bytes, signature->parameters.size);
    pack_int(out, signature->current);
    pack_cxstring(out, api, api->getCompletionBriefComment(string));
    out->failed |= signature->label.failed || signature->parameters.failed;
}

static void pack_signatures(struct buffer *out, const struct api *api,
                            const CXCodeCompleteResults *results) {
    size_t opened = pack_array_open(out), count = 0;
    for (unsigned i = 0; i < results->NumResults; i++) {
        if (results->Results[i].CursorKind != CXCursor_OverloadCandidate)
            continue;
        struct signature signature = {.current = -1};
        pack_signature(out, &signature, api, results->Results[i].CompletionString);
        buffer_free(&signature.label);
        buffer_free(&signature.parameters);
        buffer_free(&signature.result);
        count++;
    }
    pack_array_close(out, opened, count);
}

int cppls_live_signatures(struct live *live, unsigned line, unsigned column,
                          CXUnsavedFile *unsaved, unsigned unsaved_count, struct buffer *out) {
    if (!live->unit || live->suspended || unsaved_count == 0)
        return 1;
    struct text text;
    if (!text_open(&text, unsaved[0].Contents, unsaved[0].Length))
        return 2;
    struct completion_point point = completion_point_at(&text, line, column);
    struct shift shift;
    CXCodeCompleteResults *results =
        point.in_include ? NULL
                         : completion_ask(live, &text, &point, unsaved, unsaved_count, &shift);
    if (results)
        pack_signatures(out, live->api, results);
    else
        pack_array(out, 0);
    if (results)
        live->api->disposeCodeCompleteResults(results);
    text_close(&text);
    return out->failed ? 2 : 0;
}
