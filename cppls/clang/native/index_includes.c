#include "index_run.h"

#include "chain.h"
#include "hash.h"

#include <stdio.h>
#include <string.h>

/* A compiler option includes `target`: as the main file's first directives would. */
static void force(struct run *run, const struct source_file *target) {
    struct include include = {
        .hash_offset = UINT32_MAX - run->forced++,
        .forced = true,
        .spelled = target->path,
        .target = target,
    };
    if (run->main)
        buffer_append(&run->main->includes, &include, sizeof include);
}

void run_forced_below(struct run *run, CXTranslationUnit unit) {
    const struct chain *chain = run->chain;
    const struct chain_instance *options = &chain->instances[0];
    for (uint32_t i = options->first; i < options->end; i++) {
        const struct chain_step *step = &chain->steps[i];
        uint32_t file = step->kind == CHAIN_INCLUDE ? chain->instances[step->a].file : NO_FILE;
        if (file == NO_FILE)
            continue;
        CXFile handle = run->api->getFile(unit, chain_path(chain, file));
        const struct source_file *target = files_get(&run->files, handle);
        if (target)
            force(run, target);
    }
}

CXIdxClientFile run_include(struct run *run, const CXIdxIncludedFileInfo *included) {
    const struct api *api = run->api;
    CXFile handle = NULL;
    unsigned offset = 0, line = 1;
    api->indexLoc_getFileLocation(included->hashLoc, NULL, &handle, &line, NULL, &offset);
    const struct source_file *target = files_get(&run->files, included->file);
    bool missing = target && missing_holds(target->path);
    struct indexed_file *includer = run_file(run, handle); /* NULL for -include, an argument */
    if (!handle && target && !missing)
        force(run, target);
    struct include include = {
        .hash_offset = offset,
        .line = line - 1,
        .angled = included->isAngled,
        .missing = missing,
        .spelled = arena_text(&run->arena, included->filename, strlen(included->filename)),
        .target = missing ? NULL : target,
    };
    run->unresolved |= !target;
    /* A file that is entered twice has each directive twice. */
    bool made = false;
    if (includer && !included->isModuleImport &&
        map_at(&run->directives, hash_mix((uint64_t)(uintptr_t)includer, offset), &made) && made)
        buffer_append(&includer->includes, &include, sizeof include);
    struct indexed_file *file = missing ? NULL : run_file(run, included->file);
    if (file)
        file->included++;
    return file;
}

/* The range of what is included: the file name with its quotes, or the macro that stands for it.
 * Looked for in the text, as libclang tells of a directive only where its '#' is. */
static void name_range(const struct text *text, size_t hash_offset, uint32_t *start,
                       uint32_t *end) {
    size_t directive = text_skip_blanks(text, hash_offset + 1);
    size_t name = text_skip_blanks(text, directive + text_token(text, directive));
    size_t behind = name + text_token(text, name);
    if (name < text->size && text->bytes[name] == '<') {
        behind = name;
        while (behind < text->size && text->bytes[behind] != '>' && text->bytes[behind] != '\n')
            behind++;
        behind += behind < text->size && text->bytes[behind] == '>';
    }
    *start = (uint32_t)name;
    *end = (uint32_t)behind;
}

/* The diagnostic that libclang would have given, had nothing stood in for the file. */
static void report_missing(struct run *run, struct indexed_file *file,
                           const struct include *include) {
    char message[1024];
    struct diagnostic diagnostic = {.severity = CXDiagnostic_Error, .code = ""};
    int length = snprintf(message, sizeof message, "'%s' file not found", include->spelled);
    size_t size = length < (int)sizeof message ? (size_t)length : sizeof message - 1;
    diagnostic.message = arena_text(&run->arena, message, size);
    struct position position = {include->line, 0}; /* of a file that others claimed */
    if (run_holds(file, include->hash_offset)) {
        name_range(&file->text, include->hash_offset, &diagnostic.start, &diagnostic.end);
        position = text_position(&file->text, diagnostic.start);
        buffer_append(&file->diagnostics, &diagnostic, sizeof diagnostic);
    }
    run_count_error(run, file->source, position, diagnostic.message);
}

void run_missing(struct run *run) {
    for (size_t i = 0; i < run->indexed_count; i++) {
        struct indexed_file *file = run->indexed[i];
        for (size_t j = 0; file && j < ITEM_COUNT(file->includes, struct include); j++) {
            const struct include *include = &ITEMS(file->includes, struct include)[j];
            if (include->missing)
                report_missing(run, file, include);
        }
    }
}

bool run_learn_missing(struct run *run, struct missing *missing) {
    bool learnt = false;
    for (size_t i = 0; run->unresolved && i < run->indexed_count; i++) {
        struct indexed_file *file = run->indexed[i];
        for (size_t j = 0; file && j < ITEM_COUNT(file->includes, struct include); j++) {
            const struct include *include = &ITEMS(file->includes, struct include)[j];
            if (!include->target && !include->missing)
                learnt |= missing_add(missing, include->spelled);
        }
    }
    return learnt;
}

void run_pack_include(const struct indexed_file *file, const struct include *include,
                      struct buffer *out) {
    uint32_t start = 0, end = 0;
    if (!include->forced)
        name_range(&file->text, include->hash_offset, &start, &end);
    struct position position = text_position(&file->text, start);
    const char *target = include->target ? include->target->path : "";
    pack_array(out, 6);
    pack_int(out, include->forced ? -1 : (int64_t)position.line);
    pack_uint(out, include->forced ? UINT32_MAX - include->hash_offset : position.column);
    pack_uint(out, end - start);
    pack_bool(out, include->angled);
    pack_string(out, include->spelled);
    pack_binary(out, target, strlen(target));
}
