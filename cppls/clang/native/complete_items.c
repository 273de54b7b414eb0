/* From what libclang offers to the items of our own list. */
#include "completion.h"
#include "hash.h"

#include <stdlib.h>
#include <string.h>

/* The texts of one item in the making; reused from item to item. */
struct texts {
    struct buffer name, qualifier, signature, type, snippet;
    bool has_name;
    unsigned placeholders;
};

static void forget_texts(struct texts *texts) {
    texts->name.size = texts->qualifier.size = texts->signature.size = 0;
    texts->type.size = texts->snippet.size = 0;
    texts->has_name = false;
    texts->placeholders = 0;
}

static void free_texts(struct texts *texts) {
    buffer_free(&texts->name);
    buffer_free(&texts->qualifier);
    buffer_free(&texts->signature);
    buffer_free(&texts->type);
    buffer_free(&texts->snippet);
}

static void append(struct buffer *to, const char *text) { buffer_append(to, text, strlen(text)); }

static void append_buffer(struct buffer *to, const struct buffer *text) {
    if (text->size)
        buffer_append(to, text->bytes, text->size);
}

static void pack_buffer(struct buffer *out, const struct buffer *text) {
    pack_text(out, (const char *)text->bytes, text->size);
}

/* Text inside a snippet, in which these three mean something. */
static void append_escaped(struct buffer *snippet, const void *text, size_t size) {
    for (const char *byte = text, *end = byte + size; byte < end; byte++) {
        if (*byte == '$' || *byte == '}' || *byte == '\\')
            buffer_append(snippet, "\\", 1);
        buffer_append(snippet, byte, 1);
    }
}

static void append_placeholder(struct texts *texts, const char *text) {
    char number[16];
    unsigned value = ++texts->placeholders, at = sizeof number;
    number[--at] = '\0';
    for (; value; value /= 10)
        number[--at] = (char)('0' + value % 10);
    append(&texts->snippet, "${");
    append(&texts->snippet, number + at);
    append(&texts->snippet, ":");
    append_escaped(&texts->snippet, text, strlen(text));
    append(&texts->snippet, "}");
}

/* Chunks ----------------------------------------------------------------------------------------- */

/* What the item says behind its name, or, before that comes, how the name is reached. */
static struct buffer *shown(struct texts *texts) {
    return texts->has_name ? &texts->signature : &texts->qualifier;
}

static void take_chunks(struct texts *texts, const struct api *api, CXCompletionString string,
                        bool optional);

static void take_chunk(struct texts *texts, const struct api *api, CXCompletionString string,
                       unsigned number, bool optional) {
    enum CXCompletionChunkKind kind = api->getCompletionChunkKind(string, number);
    if (kind == CXCompletionChunk_Optional) {
        /* Arguments that have a default are shown and not inserted. */
        take_chunks(texts, api, api->getCompletionChunkCompletionString(string, number), true);
        return;
    }
    CXString held = api->getCompletionChunkText(string, number);
    const char *text = api->getCString(held);
    if (!text)
        text = "";
    switch (kind) {
    case CXCompletionChunk_TypedText:
        append(texts->has_name ? &texts->signature : &texts->name, text);
        append_escaped(&texts->snippet, text, strlen(text));
        texts->has_name = true;
        break;
    case CXCompletionChunk_ResultType:
        append(&texts->type, text);
        break;
    case CXCompletionChunk_Informative:
        /* `B::` before a name says where it is from, and is not part of what one writes. */
        if (texts->has_name)
            append(&texts->signature, text);
        break;
    case CXCompletionChunk_Placeholder:
    case CXCompletionChunk_CurrentParameter:
        append(shown(texts), text);
        if (!optional)
            append_placeholder(texts, text);
        break;
    case CXCompletionChunk_VerticalSpace:
        append(shown(texts), " ");
        append(&texts->snippet, "\n");
        break;
    default:
        append(shown(texts), text);
        if (!optional)
            append_escaped(&texts->snippet, text, strlen(text));
        break;
    }
    api->disposeString(held);
}

static void take_chunks(struct texts *texts, const struct api *api, CXCompletionString string,
                        bool optional) {
    unsigned count = api->getNumCompletionChunks(string);
    for (unsigned i = 0; i < count; i++)
        take_chunk(texts, api, string, i, optional);
}

/* Overrides -------------------------------------------------------------------------------------- */

/* libclang types a whole declaration, `run(int a = 1) const override`: its name is up to the
 * parenthesis, and default arguments are the base's. */
static void split_override(struct texts *texts) {
    struct buffer whole = texts->name, *signature = &texts->signature;
    const char *text = (const char *)whole.bytes;
    size_t name = 0;
    while (name < whole.size && text[name] != '(')
        name++;
    signature->size = 0;
    int depth = 0;
    bool in_default = false;
    for (size_t at = name; at < whole.size; at++) {
        if (depth == 1 && (text[at] == ',' || text[at] == ')')) {
            in_default = false;
        } else if (depth == 1 && !in_default && at > name && memcmp(text + at - 1, " =", 2) == 0) {
            in_default = true;
            signature->size--; /* the blank */
        }
        depth += text[at] == '(' || text[at] == '{' || text[at] == '<';
        depth -= text[at] == ')' || text[at] == '}' || text[at] == '>';
        if (!in_default)
            buffer_append(signature, text + at, 1);
    }
    texts->name.size = name;
    texts->snippet.size = 0;
    append_escaped(&texts->snippet, texts->qualifier.bytes, texts->qualifier.size);
    append_escaped(&texts->snippet, texts->name.bytes, texts->name.size);
    append_escaped(&texts->snippet, signature->bytes, signature->size);
}

static bool is_override(const struct texts *texts, enum CXCursorKind kind) {
    /* `operator()` is a name; a declaration has its parameters behind a longer one. */
    static const char end[] = " override";
    size_t size = sizeof end - 1;
    return kind == CXCursor_CXXMethod && texts->name.size > size &&
           memcmp(texts->name.bytes + texts->name.size - size, end, size) == 0;
}

/* Items ------------------------------------------------------------------------------------------ */

static void pack_edits(struct completion *completion, const struct api *api,
                       CXCodeCompleteResults *results, unsigned number) {
    struct buffer *out = &completion->texts;
    struct shift shift = completion->shift;
    unsigned count = api->getCompletionNumFixIts(results, number);
    pack_array(out, count);
    for (unsigned i = 0; i < count; i++) {
        CXSourceRange range;
        CXString text = api->getCompletionFixIt(results, number, i, &range);
        struct span span = {0};
        CXFile file;
        (void)span_of(api, range, &file, &span);
        span.line = (unsigned)(span.line - shift.lines);
        span.column = (unsigned)(span.column - shift.columns);
        span.end_line = (unsigned)(span.end_line - shift.lines);
        span.end_column = (unsigned)(span.end_column - shift.columns);
        pack_array(out, 2);
        pack_span(out, span);
        pack_cxstring(out, api, text);
    }
}

/* Those of one name are shown as one: a class with its constructors, and functions. */
static bool is_folded(enum CXCursorKind kind) {
    return kind == CXCursor_ClassDecl || kind == CXCursor_StructDecl ||
           kind == CXCursor_ClassTemplate;
}

static bool is_callable(enum CXCursorKind kind) {
    return kind == CXCursor_FunctionDecl || kind == CXCursor_CXXMethod ||
           kind == CXCursor_FunctionTemplate || kind == CXCursor_Constructor ||
           kind == CXCursor_ConversionFunction || kind == CXCursor_Destructor;
}

static uint16_t flags_of(const struct texts *texts, enum CXCursorKind kind,
                         enum CXAvailabilityKind availability, bool fixed) {
    unsigned flags = fixed ? COMPLETION_FIXED : 0;
    if (availability == CXAvailability_Deprecated)
        flags |= COMPLETION_DEPRECATED;
    if (is_override(texts, kind))
        flags |= COMPLETION_OVERRIDE;
    else if (is_callable(kind))
        flags |= COMPLETION_CALLABLE;
    if ((int)kind == 72 && (texts->signature.size || texts->qualifier.size))
        flags |= COMPLETION_PATTERN; /* CXCursor_NotImplemented: a keyword, or a pattern of one */
    return (uint16_t)flags;
}

/* All but the score and the number of overloads, which come with the answer. */
static void pack_item(struct completion *completion, const struct api *api,
                      CXCodeCompleteResults *results, unsigned number, const struct texts *texts,
                      uint16_t flags) {
    struct buffer *out = &completion->texts;
    CXCompletionResult result = results->Results[number];
    pack_buffer(out, &texts->name);
    pack_int(out, result.CursorKind);
    pack_int(out, flags);
    pack_buffer(out, &texts->qualifier);
    pack_buffer(out, &texts->signature);
    pack_buffer(out, &texts->type);
    pack_buffer(out, &texts->snippet);
    pack_cxstring(out, api, api->getCompletionParent(result.CompletionString, NULL));
    pack_cxstring(out, api, api->getCompletionBriefComment(result.CompletionString));
    pack_edits(completion, api, results, number);
}

/* Whether the item is for somebody who completes: not what may not be used here. Behind `Class::` a
 * member may be defined that may not be used. */
static bool is_offered(const struct completion *completion,
                       enum CXAvailabilityKind availability) {
    return availability == CXAvailability_Available ||
           availability == CXAvailability_Deprecated ||
           (availability == CXAvailability_NotAccessible &&
            completion->contexts & COMPLETION_QUALIFIED &&
            !(completion->contexts & COMPLETION_VALUE)); /* there, a name may be qualified */
}

static void take_item(struct completion *completion, const struct api *api,
                      CXCodeCompleteResults *results, unsigned number, struct texts *texts) {
    CXCompletionResult result = results->Results[number];
    enum CXAvailabilityKind availability = api->getCompletionAvailability(result.CompletionString);
    if (result.CursorKind == CXCursor_OverloadCandidate || !is_offered(completion, availability))
        return;
    forget_texts(texts);
    take_chunks(texts, api, result.CompletionString, false);
    if (!texts->name.size)
        return;
    bool fixed = api->getCompletionNumFixIts(results, number) > 0;
    uint16_t flags = flags_of(texts, result.CursorKind, availability, fixed);
    if (flags & COMPLETION_OVERRIDE)
        split_override(texts);
    struct buffer *out = &completion->texts;
    struct candidate candidate = {
        .name = (uint32_t)out->size,
        .name_size = (uint32_t)texts->name.size,
        .kind = (uint16_t)result.CursorKind,
        .flags = flags,
        .type = type_key((const char *)texts->type.bytes, texts->type.size),
        .priority = (uint16_t)api->getCompletionPriority(result.CompletionString),
    };
    append_buffer(out, &texts->name);
    candidate.packed = (uint32_t)out->size;
    pack_item(completion, api, results, number, texts, flags);
    candidate.packed_size = (uint32_t)(out->size - candidate.packed);
    bool folded = (flags & COMPLETION_CALLABLE) || is_folded(result.CursorKind);
    if (folded && !texts->name.failed)
        candidate.group = hash_bytes(texts->name.bytes, texts->name.size, fixed);
    completion->candidates[completion->count++] = candidate;
}

bool completion_take(struct completion *completion, const struct api *api,
                     CXCodeCompleteResults *results) {
    completion->contexts = api->codeCompleteGetContexts(results);
    completion->candidates = calloc(results->NumResults + 1, sizeof *completion->candidates);
    if (!completion->candidates)
        return false;
    struct texts texts = {0};
    for (unsigned i = 0; i < results->NumResults; i++)
        take_item(completion, api, results, i, &texts);
    bool whole = !completion->texts.failed && !texts.name.failed && !texts.snippet.failed &&
                 !texts.signature.failed && !texts.qualifier.failed && !texts.type.failed;
    free_texts(&texts);
    return whole;
}
