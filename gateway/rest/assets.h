/* SPDX-License-Identifier: MIT
 * assets.h - the built panel, in memory from start to end: no request opens a file, so no path of a
 * request can name one that was not there when the gateway started. */
#ifndef PLAYBUS_GATEWAY_REST_ASSETS_H
#define PLAYBUS_GATEWAY_REST_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/guard/head.h"
#include "proto/base/config.h"
#include "proto/base/error.h"
#include "proto/base/own.h"

struct assets;

/* One file as it was built, and as it was compressed beside it. */
enum asset_coding { CODING_IDENTITY, CODING_GZIP, CODING_BROTLI, CODINGS };

#define ETAG_SIZE 35 /* 32 hexadecimal digits in quotes, and the NUL */

struct asset {
    char *path;       /* as in a request: "/" or "/assets/main-ABC.js" */
    const char *type; /* media type */
    bool immutable;   /* its name changes with its content */
    struct asset_form {
        char *bytes; /* NULL: it was not built in this coding */
        size_t size;
        char etag[ETAG_SIZE];
    } forms[CODINGS];
};

/* What one request gets of an asset. */
struct asset_choice {
    const struct asset *asset; /* NULL: none */
    enum asset_coding coding;
    bool unchanged; /* the client has this form already */
};

/* Reads every file of gateway.web_dir, by default the folder web beside the program's own. A folder
 * that is not there is an empty panel; one that cannot be read is SYSTEM. */
enum err assets_open(const struct config *config, struct assets **out) NODISCARD;
void assets_close(struct assets **assets);

/* The asset of a path without its query, NULL if there is none. */
const struct asset *assets_find(const struct assets *assets, const char *path, size_t size);
/* The smallest form that the request takes. */
struct asset_choice asset_choose(const struct asset *asset, const struct head *head);
const char *asset_coding_text(enum asset_coding coding); /* as in Content-Encoding */

#endif
