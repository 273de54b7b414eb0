#include "index_run.h"

#include "declarations.h"
#include "source.h"

#include <stdlib.h>
#include <string.h>

/* Classes that functions declare, whose methods may override those of others, and using-declarations in
 * functions, which are uses of what they name. libclang's indexer tells of them only along with all other
 * locals, which takes 4 % more of everything. So the text is looked at: the few units that have one in a
 * function of a file that they extract are walked once more, for these functions alone. */
struct function {
    uint32_t start, end;
};

/* The text ------------------------------------------------------------------------------------- */

/* Whether the text behind `class` or `struct` goes on as the definition of a class that has a name. */
static bool is_definition_behind(const struct text *text, size_t at) {
    bool named = false;
    for (; at < text->size; at++) {
        char c = text->bytes[at];
        if (c == '{')
            return named;
        if (c == ':')
            return named && at + 1 < text->size && text->bytes[at + 1] != ':';
        named |= is_word(c);
        if (!is_word(c) && !strchr(" \t\r\n[]()", c))
            return false;
    }
    return false;
}

/* Whether the text behind `using` is that of a using-declaration: `a::b;`. */
static bool is_qualified_behind(const struct text *text, size_t at) {
    bool qualified = false;
    for (; at < text->size && text->bytes[at] != ';'; at++) {
        char c = text->bytes[at];
        qualified |= c == ':';
        if (!is_word(c) && !strchr(" \t\r\n:", c))
            return false;
    }
    return qualified;
}

static int by_start(const void *left, const void *right) {
    const struct function *a = left, *b = right;
    return (a->start > b->start) - (a->start < b->start);
}

/* The functions of a file, in order; none lies inside another as long as their locals are not known. */
static struct buffer functions_of(const struct indexed_file *file) {
    struct buffer functions = {0};
    for (size_t i = 0; i < ITEM_COUNT(file->records, struct symbol_record); i++) {
        const struct symbol_record *record = &ITEMS(file->records, struct symbol_record)[i];
        struct function function = {record->extent_start, record->extent_end};
        if (run_is_function(record->kind) && record->flags & SYMBOL_DEFINITION)
            buffer_append(&functions, &function, sizeof function);
    }
    if (functions.size)
        qsort(functions.bytes, ITEM_COUNT(functions, struct function), sizeof(struct function),
              by_start);
    return functions;
}

/* The one of `functions`, which are in order, that holds `offset`; NULL for none. */
static const struct function *function_at(const struct buffer *functions, uint32_t offset) {
    size_t low = 0, high = ITEM_COUNT(*functions, struct function);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ITEMS(*functions, struct function)[middle].start <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    const struct function *last = low ? &ITEMS(*functions, struct function)[low - 1] : NULL;
    return last && offset < last->end ? last : NULL;
}

/* Add those of `functions` in which `word` is followed by what `goes_on` accepts. */
static void find(struct indexed_file *file, const struct buffer *functions, const char *word,
                 bool (*goes_on)(const struct text *, size_t)) {
    const struct text *text = &file->text;
    size_t at = 0;
    for (size_t length = strlen(word); text_word(text, word, &at); at += length) {
        const struct function *around = function_at(functions, (uint32_t)at);
        if (around && goes_on(text, at + length))
            buffer_append(&file->with_locals, around, sizeof *around);
    }
}

/* Whether the file has such functions; they are found. */
static bool find_functions(struct run *run, struct indexed_file *file) {
    struct buffer functions = functions_of(file);
    find(file, &functions, "class", is_definition_behind);
    find(file, &functions, "struct", is_definition_behind);
    find(file, &functions, "using", is_qualified_behind);
    size_t count = ITEM_COUNT(file->with_locals, struct function);
    if (count)
        qsort(file->with_locals.bytes, count, sizeof(struct function), by_start);
    run->failed |= functions.failed || file->with_locals.failed;
    buffer_free(&functions);
    return count > 0;
}

/* The walk ------------------------------------------------------------------------------------- */

static CXIdxClientFile on_main_file(CXClientData data, CXFile handle, void *reserved) {
    (void)reserved;
    return run_file(data, handle);
}

static CXIdxClientFile on_include(CXClientData data, const CXIdxIncludedFileInfo *included) {
    return run_file(data, included->file);
}

static void on_declaration(CXClientData data, const CXIdxDeclInfo *declaration) {
    run_declaration(data, declaration);
}

static void on_reference(CXClientData data, const CXIdxEntityRefInfo *reference) {
    run_reference(data, reference);
}

static bool is_of_function(const struct api *api, CXCursor declaration) {
    return is_function(api->getCursorSemanticParent(declaration).kind);
}

/* Variables, aliases and enumerations of functions, and classes without a name, lambdas among them: only
 * the live TU tells of these. */
static bool is_hidden(const struct api *api, const CXIdxEntityInfo *entity) {
    CXCursor parent = api->getCursorSemanticParent(entity->cursor);
    switch (entity->kind) {
    case CXIdxEntity_Variable:
    case CXIdxEntity_Typedef:
    case CXIdxEntity_CXXTypeAlias:
    case CXIdxEntity_Enum:
        return is_function(parent.kind);
    case CXIdxEntity_EnumConstant:
        return is_of_function(api, parent);
    case CXIdxEntity_Struct:
    case CXIdxEntity_Union:
    case CXIdxEntity_CXXClass:
        return is_function(parent.kind) && api->Cursor_isAnonymous(entity->cursor);
    default:
        return is_class(parent.kind) && api->Cursor_isAnonymous(parent) &&
               is_of_function(api, parent);
    }
}

bool run_leaves_out(const struct run *run, const struct indexed_file *file, uint32_t offset,
                    const CXIdxEntityInfo *entity) {
    return run->again && (!function_at(&file->with_locals, offset) || is_hidden(run->api, entity));
}

void run_locals(struct run *run, CXTranslationUnit unit, CXIndex index) {
    bool found = false;
    for (size_t i = 0; i < run->indexed_count; i++) {
        struct indexed_file *file = run->indexed[i];
        if (file && (file->claimed || file->adds))
            found |= find_functions(run, file);
    }
    if (!found || run->failed)
        return;
    IndexerCallbacks callbacks = {.enteredMainFile = on_main_file,
                                  .ppIncludedFile = on_include,
                                  .indexDeclaration = on_declaration,
                                  .indexEntityReference = on_reference};
    CXIndexAction action = run->api->IndexAction_create(index);
    run->again = true;
    run->api->indexTranslationUnit(action, run, &callbacks, sizeof callbacks,
                                   CXIndexOpt_IndexFunctionLocalSymbols, unit);
    run->again = false;
    run->api->IndexAction_dispose(action);
}
