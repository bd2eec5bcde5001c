/* SPDX-License-Identifier: MIT
 * assets.c - loads the panel's files and chooses which form of one a request gets. Names under
 * /assets/ carry the hash of their content and may be kept for ever; the page that names them is
 * asked for each time, and answered 304 while it is the same. */
#include "gateway/rest/assets.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/log.h"

#define ASSETS_MAX 512
#define BYTES_MAX ((size_t)64 << 20) /* of all files together */
#define HASHED "/assets/"
#define PAGE "/index.html"

struct assets {
    struct asset all[ASSETS_MAX];
    size_t count;
    size_t byte_count;
};

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/vnd.microsoft.icon"},
    {".woff2", "font/woff2"},
    {".json", "application/json"},
    {".txt", "text/plain; charset=utf-8"},
};

static bool ends_with(const char *text, size_t size, const char *ending)
{
    size_t length = strlen(ending);
    return size > length && memcmp(text + size - length, ending, length) == 0;
}

static const char *type_of(const char *path, size_t size)
{
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (ends_with(path, size, types[i].ending)) {
            return types[i].type;
        }
    }
    return NULL;
}

const char *asset_coding_text(enum asset_coding coding)
{
    static const char *const texts[] = {"identity", "gzip", "br"};
    return texts[coding];
}

/* ---- loading ---- */

static struct asset *find(struct assets *assets, const char *path, size_t size)
{
    for (size_t i = 0; i < assets->count; i++) {
        const char *known = assets->all[i].path;
        if (strlen(known) == size && memcmp(known, path, size) == 0) {
            return &assets->all[i];
        }
    }
    return NULL;
}

/* The asset a file belongs to; NULL for what no browser asks for. */
static struct asset *asset_of(struct assets *assets, const char *path, enum asset_coding *out)
{
    size_t size = strlen(path);
    *out = CODING_IDENTITY;
    if (ends_with(path, size, ".gz")) {
        *out = CODING_GZIP;
        size -= strlen(".gz");
    } else if (ends_with(path, size, ".br")) {
        *out = CODING_BROTLI;
        size -= strlen(".br");
    }
    struct asset *asset = find(assets, path, size);
    const char *type = type_of(path, size);
    if (asset != NULL || type == NULL || assets->count == ASSETS_MAX) {
        return asset;
    }
    asset = &assets->all[assets->count++];
    asset->path = must_strdup(path);
    asset->path[size] = '\0';
    asset->type = type;
    asset->immutable = strncmp(path, HASHED, strlen(HASHED)) == 0;
    return asset;
}

static void set_etag(struct asset_form *form)
{
    unsigned char hash[16];
    char hex[2 * sizeof hash + 1];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)form->bytes, form->size, NULL, 0);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    snprintf(form->etag, sizeof form->etag, "\"%s\"", hex);
}

static enum err read_file(const char *path, size_t size, char *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    size_t got = 0;
    while (fd >= 0 && got < size) {
        ssize_t n = read(fd, out + got, size - got);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            break;
        }
        got += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0) {
        close(fd);
    }
    return got == size ? OK : ERR_SYSTEM;
}

static enum err load_file(struct assets *assets, const char *path, const char *file, size_t size)
{
    enum asset_coding coding;
    struct asset *asset = asset_of(assets, path, &coding);
    if (asset == NULL) {
        return OK;
    }
    assets->byte_count += size;
    if (assets->byte_count > BYTES_MAX) {
        log_error("the panel is larger than %zu bytes at file=%s", BYTES_MAX, file);
        return ERR_SYSTEM;
    }
    struct asset_form *form = &asset->forms[coding];
    form->bytes = must_alloc(size + 1);
    form->size = size;
    if (read_file(file, size, form->bytes) != OK) {
        log_error("cannot read file=%s of the panel: %s", file, strerror(errno));
        return ERR_SYSTEM;
    }
    set_etag(form);
    return OK;
}

static enum err load_folder(struct assets *assets, const char *dir)
{
    char *roots[] = {(char *)dir, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    enum err e = walk != NULL ? OK : ERR_SYSTEM;
    size_t prefix = strlen(dir);
    for (FTSENT *at = NULL; e == OK && (at = fts_read(walk)) != NULL;) {
        if (at->fts_info == FTS_F) {
            e = load_file(assets, at->fts_path + prefix, at->fts_path,
                          (size_t)at->fts_statp->st_size);
        }
    }
    if (walk != NULL) {
        fts_close(walk);
    }
    return e;
}

/* The folder without a slash at its end. */
static enum err find_folder(const struct config *config, char out[static PATH_MAX])
{
    const char *wanted = config_text(config, SETTING_gateway_web_dir);
    char path[PATH_MAX + 8];
    ssize_t size = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (wanted[0] == '\0' && size > 0) {
        path[size] = '\0';
        char *slash = strrchr(path, '/');
        snprintf(slash, sizeof path - (size_t)(slash - path), "/../web");
        wanted = path;
    }
    return realpath(wanted, out) != NULL ? OK : ERR_SYSTEM;
}

enum err assets_open(const struct config *config, struct assets **out)
{
    OWNED(assets_close) struct assets *assets = must_alloc(sizeof *assets);
    char dir[PATH_MAX];
    enum err e = find_folder(config, dir);
    if (e == OK) {
        e = load_folder(assets, dir);
        if (e != OK) {
            return e;
        }
    }
    struct asset *page = find(assets, PAGE, strlen(PAGE));
    if (page != NULL && page->forms[CODING_IDENTITY].bytes != NULL) {
        page->path[1] = '\0'; /* it is the page at "/" */
        log_info("panel files=%zu bytes=%zu", assets->count, assets->byte_count);
    } else {
        log_warn("the panel is not built, only the API is served, gateway.web_dir=%s",
                 config_text(config, SETTING_gateway_web_dir));
    }
    *out = TAKE(assets);
    return OK;
}

void assets_close(struct assets **assets)
{
    struct assets *gone = TAKE(*assets);
    for (size_t i = 0; gone != NULL && i < gone->count; i++) {
        free(gone->all[i].path);
        for (size_t coding = 0; coding < CODINGS; coding++) {
            free(gone->all[i].forms[coding].bytes);
        }
    }
    free(gone);
}

/* ---- choosing ---- */

const struct asset *assets_find(const struct assets *assets, const char *path, size_t size)
{
    if (size == strlen(PAGE) && memcmp(path, PAGE, size) == 0) {
        size = 1;
    }
    const struct asset *asset = find((struct assets *)assets, path, size);
    return asset != NULL && asset->forms[CODING_IDENTITY].bytes != NULL ? asset : NULL;
}

/* A coding with a weight ("br;q=0.5") is not worth reading: the next one is always good enough. */
static enum asset_coding coding_for(const struct asset *asset, const struct head *head)
{
    for (int coding = CODING_BROTLI; coding > CODING_IDENTITY; coding--) {
        if (asset->forms[coding].bytes != NULL &&
            head_has_token(head, "Accept-Encoding", asset_coding_text((enum asset_coding)coding))) {
            return (enum asset_coding)coding;
        }
    }
    return CODING_IDENTITY;
}

struct asset_choice asset_choose(const struct asset *asset, const struct head *head)
{
    struct asset_choice choice = {.asset = asset, .coding = coding_for(asset, head)};
    char weak[2 + ETAG_SIZE];
    snprintf(weak, sizeof weak, "W/%s", asset->forms[choice.coding].etag);
    choice.unchanged = head_has_token(head, "If-None-Match", weak + 2) ||
                       head_has_token(head, "If-None-Match", weak);
    return choice;
}
