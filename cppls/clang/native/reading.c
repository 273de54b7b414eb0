#include "reading.h"

#include "hash.h"

struct opened {
    const struct source_file *file;
    const struct text *text;
    size_t position;
    bool trusted; /* of the system, and somebody else has extracted it */
};

void reading_open(struct reading *reading, struct run *run, CXTranslationUnit unit,
                  const struct replay *replay, const bool *system) {
    *reading =
        (struct reading){.run = run, .unit = unit, .replay = replay, .system = system};
}

void reading_close(struct reading *reading) {
    buffer_free(&reading->stack);
    map_free(&reading->seen);
}

/* Whether a macro of that name is not yet, or not again, what the preambles make of it. */
static bool differs(const struct reading *reading, uint32_t name) {
    const struct chain *chain = reading->replay->chain;
    const uint64_t *number = map_find(&chain->macros, name);
    return number && replay_differs(reading->replay, (uint32_t)*number - 1);
}

static void read_to(struct reading *reading, struct opened *opened, size_t end) {
    const struct text *text = opened->text;
    bool written = false; /* the name that comes next */
    if (opened->trusted || reading->settled || reading->odd_file) {
        opened->position = end;
        return;
    }
    for (uint32_t length; (length = text_identifier(text, &opened->position));) {
        size_t offset = opened->position;
        if (offset >= end)
            return;
        uint32_t name = facts_name(hash_bytes(text->bytes + offset, length, 0));
        if (!written && differs(reading, name)) {
            reading->odd_file = opened->file;
            reading->odd_offset = (uint32_t)offset;
            return;
        }
        written = text_is_directive(text, offset, length, "define") ||
                  text_is_directive(text, offset, length, "undef");
        opened->position = offset + length;
    }
}

static struct opened *innermost(const struct reading *reading) {
    size_t count = ITEM_COUNT(reading->stack, struct opened);
    return count ? &ITEMS(reading->stack, struct opened)[count - 1] : NULL;
}

/* Read the innermost files to their ends until `file` is the one; all of them when it is not open. */
static void leave_to(struct reading *reading, const struct source_file *file) {
    struct opened *opened;
    while ((opened = innermost(reading)) && opened->file != file) {
        read_to(reading, opened, opened->text->size);
        reading->stack.size -= sizeof *opened;
    }
}

static bool is_open(const struct reading *reading, const struct source_file *file) {
    for (size_t i = 0; i < ITEM_COUNT(reading->stack, struct opened); i++)
        if (ITEMS(reading->stack, struct opened)[i].file == file)
            return true;
    return false;
}

void reading_open_file(struct reading *reading, const struct source_file *file) {
    struct run *run = reading->run;
    bool made = false;
    if (chain_file(run->chain, file->path_hash) != NO_FILE || missing_holds(file->path))
        return;
    if (!map_at(&reading->seen, (uint64_t)(uintptr_t)file, &made))
        run->failed = true;
    if (!made)
        return;
    struct indexed_file *indexed = run_file(run, file->handle);
    if (!indexed)
        return;
    struct opened opened = {.file = file};
    opened.text = run_contents(indexed, run->api, reading->unit);
    opened.trusted = reading->system[file->number] && !run_claim(run, indexed, reading->unit);
    buffer_append(&reading->stack, &opened, sizeof opened);
    run->failed |= reading->stack.failed;
}

void reading_reach(struct reading *reading, const struct source_file *file, uint32_t offset) {
    if (!file)
        return;
    if (!is_open(reading, file))
        reading_open_file(reading, file); /* the main file, mostly */
    if (!is_open(reading, file))
        return; /* entered once more */
    leave_to(reading, file);
    reading->settled = reading->settled || replay_settled(reading->replay);
    read_to(reading, innermost(reading), offset);
}

void reading_finish(struct reading *reading, const struct source_file *main) {
    reading->settled = reading->settled || replay_settled(reading->replay);
    if (!is_open(reading, main))
        reading_open_file(reading, main);
    leave_to(reading, NULL);
}
