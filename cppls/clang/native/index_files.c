#include "index_run.h"

#include "tokens.h"

#include <stdlib.h>
#include <string.h>

const char *run_text(struct run *run, CXString string) {
    const char *characters = run->api->getCString(string);
    const char *copy =
        characters ? arena_text(&run->arena, characters, strlen(characters)) : "";
    run->api->disposeString(string);
    return copy;
}

struct indexed_file *run_file(struct run *run, CXFile handle) {
    struct source_file *source = files_get(&run->files, handle);
    if (!source)
        return NULL;
    if (source->number >= run->indexed_count) {
        size_t count = run->files.capacity;
        struct indexed_file **indexed = realloc(run->indexed, count * sizeof *indexed);
        if (!indexed) {
            run->failed = true;
            return NULL;
        }
        memset(indexed + run->indexed_count, 0, (count - run->indexed_count) * sizeof *indexed);
        run->indexed = indexed;
        run->indexed_count = count;
    }
    struct indexed_file **slot = &run->indexed[source->number];
    if (!*slot) {
        *slot = calloc(1, sizeof **slot);
        run->failed |= !*slot;
        if (*slot)
            **slot = (struct indexed_file){.source = source, .handle = handle};
    }
    return *slot;
}

const struct text *run_contents(struct indexed_file *file, const struct api *api,
                                CXTranslationUnit unit) {
    struct text *contents = &file->contents;
    if (!file->read) {
        contents->bytes = api->getFileContents(unit, file->handle, &contents->size);
        contents->size = contents->bytes ? contents->size : 0;
        file->read = contents->bytes != NULL; /* before it is parsed there is nothing */
    }
    return contents;
}

/* Headers of the system share what they define by conditions that tell who came first: which of them
 * did is no fact of the headers, and nobody asks for it. */
static bool is_system(const struct run *run, const struct indexed_file *file,
                      CXTranslationUnit unit) {
    CXSourceLocation end =
        run->api->getLocationForOffset(unit, file->handle, (unsigned)file->contents.size);
    return run->api->Location_isInSystemHeader(end);
}

bool run_claim(struct run *run, struct indexed_file *file, CXTranslationUnit unit) {
    if (file->decided)
        return file->claimed;
    if ((run->main_only && file != run->main) ||
        chain_file(run->chain, file->source->path_hash) != NO_FILE) {
        file->decided = true; /* nobody asked for it; or whoever built the preamble has claimed it */
        return false;
    }
    const struct text *contents = run_contents(file, run->api, unit);
    if (!contents->bytes)
        return false;
    file->decided = true;
    file->content = claims_content(run->claims, file->source, contents->bytes, contents->size);
    bool header = file != run->main;
    file->claimed = !header || !claims_has(run->claims, file->content.key);
    if (header && !is_system(run, file, unit))
        run->failed |= !run_branches_of(run, file);
    if (!file->claimed)
        return false;
    file->claimed = text_open(&file->text, contents->bytes, contents->size);
    run->failed |= !file->claimed;
    file->content.tokens = token_hash(contents->bytes, contents->size);
    return file->claimed;
}

static void free_file(struct indexed_file *file) {
    text_close(&file->text);
    free(file->states);
    spots_free(&file->spots);
    map_free(&file->symbols);
    buffer_free(&file->records);
    buffer_free(&file->relations);
    buffer_free(&file->includes);
    buffer_free(&file->diagnostics);
    buffer_free(&file->candidates);
    buffer_free(&file->with_locals);
    free(file);
}

void run_free(struct run *run) {
    for (size_t i = 0; i < run->indexed_count; i++)
        if (run->indexed[i])
            free_file(run->indexed[i]);
    free(run->indexed);
    map_free(&run->directives);
    map_free(&run->scopes);
    arena_free(&run->arena);
    files_close(&run->files);
}
