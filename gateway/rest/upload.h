/* SPDX-License-Identifier: MIT
 * upload.h - databases sent by browsers: streamed to DATA/uploads, readable by the service alone.
 * Half an upload leaves nothing; a whole one goes when it is refused as no database, when it is
 * removed, after its import or after a day. */
#ifndef PLAYBUS_GATEWAY_REST_UPLOAD_H
#define PLAYBUS_GATEWAY_REST_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

#define UPLOADS_DIR "uploads" /* below the data folder, which every actor stands in */

struct request;
struct upload;

/* Checks the request's upload_place and opens a file for it. BAD_FIELD fills the request's flaw. */
enum err upload_open(struct request *r, struct upload **out) NODISCARD;
enum err upload_write(struct upload *upload, const char *bytes, size_t size) NODISCARD;
void upload_discard(struct upload **upload); /* cleanup: nothing stays unless it was kept */

/* At the start, before the HTTP thread: halves that a killed gateway left. */
void uploads_remove_halves(void);
/* Bus thread, while no job runs: what is older than a day. */
void uploads_sweep(int64_t now_ms);
/* Removes an upload and its -wal; any other path is left alone. False: there was none. */
bool uploads_remove(const char *data_dir, const char *db_path);
/* The same of one that was refused for what it is: no other try could end otherwise. */
bool uploads_remove_refused(const char *data_dir, const char *db_path, enum err why);

#endif
