/* Where the main file's include directives lead. */
#include "live_painting.h"
#include "resolve.h"

#include <string.h>

int cppls_live_included_files(struct live *live, struct buffer *out) {
    if (!live->file)
        return 1;
    const struct text *text = &live->text;
    size_t opened = pack_array_open(out), count = 0;
    for (size_t line = 0; line < text->line_count; line++) {
        size_t hash = text_skip_blanks(text, text->lines[line]);
        if (hash >= text->size || text->bytes[hash] != '#')
            continue;
        struct resolution found = {.include = NULL};
        size_t word = text_skip_blanks(text, hash + 1);
        if (word >= text->size || (text->bytes[word] != 'i' && text->bytes[word] != 'e'))
            continue; /* not `include`, `import` or `embed` */
        (void)resolve_directive(live, word, &found);
        if (!found.include)
            continue;
        pack_array(out, 2);
        pack_uint(out, line);
        pack_path(out, &live->files, found.include);
        count++;
    }
    pack_array_close(out, opened, count);
    return out->failed ? 2 : 0;
}
