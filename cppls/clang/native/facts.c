#include "facts.h"

#include "hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[8] = "cpplsF2";
enum { CHECKED_FROM = offsetof(struct facts_header, arguments) };

static char *joined(const char *path, const char *suffix) {
    size_t size = strlen(path), more = strlen(suffix) + 1;
    char *whole = malloc(size + more);
    if (whole) {
        memcpy(whole, path, size);
        memcpy(whole + size, suffix, more);
    }
    return whole;
}

char *facts_path(const char *pch) { return joined(pch, ".facts"); }

/* All of the file; NULL when it cannot be read. */
static unsigned char *slurp(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    struct buffer content = {0};
    size_t got = 0;
    if (!file)
        return NULL;
    do {
        unsigned char *room = buffer_extend(&content, 1 << 16);
        if (!room)
            break;
        got = fread(room, 1, 1 << 16, file);
        content.size -= (1 << 16) - got;
    } while (got == 1 << 16);
    bool failed = content.failed || ferror(file);
    fclose(file);
    if (failed) {
        buffer_free(&content);
        return NULL;
    }
    *size = content.size;
    return content.bytes;
}

/* Find the tables; false when they are not as long as the header says. */
static bool lay_out(struct facts *facts) {
    if (facts->size < sizeof *facts->header)
        return false;
    const struct facts_header *header = facts->header = (const void *)facts->bytes;
    size_t at = sizeof *header;
#define TABLE(member, count)                                                                          \
    facts->member = (const void *)(facts->bytes + at);                                                \
    at += (size_t)(count) * sizeof *facts->member;
    TABLE(files, header->file_count)
    TABLE(macros, header->macro_count)
    TABLE(instances, header->instance_count)
    TABLE(steps, header->step_count)
    TABLE(mentions, header->mention_count)
    TABLE(bodies, header->body_count)
    TABLE(texts, header->text_size)
#undef TABLE
    return at == facts->size && memcmp(header->magic, magic, sizeof magic) == 0 &&
           hash_bytes(facts->bytes + CHECKED_FROM, facts->size - CHECKED_FROM, 0) ==
               header->checksum;
}

/* Whether every number leads to something. A checksum vouches for the bytes, not for who wrote them. */
static bool is_sound(const struct facts *facts) {
    const struct facts_header *header = facts->header;
    uint64_t files = (uint64_t)header->first_file + header->file_count;
    uint64_t instances = (uint64_t)header->first_instance + header->instance_count;
    if (files >= NO_FILE || instances >= NO_FILE || header->instance_count < 2 ||
        (header->text_size && facts->texts[header->text_size - 1]))
        return false;
    for (size_t i = 0; i < header->file_count; i++)
        if (facts->files[i].path >= header->text_size ||
            facts->files[i].instance < header->first_instance ||
            facts->files[i].instance >= instances)
            return false;
    for (size_t i = 0; i < header->instance_count; i++) {
        const struct facts_instance *instance = &facts->instances[i];
        if ((instance->file == NO_FILE) != (i < 2) ||
            (instance->file != NO_FILE && instance->file >= files) ||
            (uint64_t)instance->first_step + instance->step_count > header->step_count)
            return false;
    }
    for (size_t i = 0; i < header->step_count; i++)
        if (facts->steps[i].kind > STEP_UNDEFINE ||
            (facts->steps[i].kind == STEP_INCLUDE && facts->steps[i].value >= instances))
            return false;
    for (size_t i = 0; i < header->mention_count; i++)
        if (facts->mentions[i].file < header->first_file || facts->mentions[i].file >= files ||
            (i && facts->mentions[i].name < facts->mentions[i - 1].name))
            return false;
    for (size_t i = 1; i < header->body_count; i++)
        if (facts->bodies[i].macro < facts->bodies[i - 1].macro)
            return false;
    return true;
}

bool facts_read(struct facts *facts, const char *path) {
    *facts = (struct facts){0};
    facts->bytes = slurp(path, &facts->size);
    if (facts->bytes && lay_out(facts) && is_sound(facts))
        return true;
    facts_close(facts);
    return false;
}

size_t facts_first_body(const struct facts_body *bodies, size_t count, uint32_t macro) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bodies[middle].macro < macro)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void facts_close(struct facts *facts) {
    free(facts->bytes);
    *facts = (struct facts){0};
}

bool facts_write(struct buffer *content, const char *path) {
    char *temporary = joined(path, ".tmp");
    FILE *file = temporary && !content->failed ? fopen(temporary, "wb") : NULL;
    bool written = false;
    if (file) {
        struct facts_header *header = (void *)content->bytes;
        memcpy(header->magic, magic, sizeof magic);
        header->checksum =
            hash_bytes(content->bytes + CHECKED_FROM, content->size - CHECKED_FROM, 0);
        written = fwrite(content->bytes, 1, content->size, file) == content->size;
        written = fclose(file) == 0 && written && rename(temporary, path) == 0;
        if (!written)
            remove(temporary);
    }
    free(temporary);
    return written;
}
