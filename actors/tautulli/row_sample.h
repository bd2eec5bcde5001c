/* SPDX-License-Identifier: MIT
 * row_sample.h - draws rows of a range by lot and maps them here, for ranges that workers on other
 * machines may read: what these deliver is compared with it. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_ROW_SAMPLE_H
#define PLAYBUS_ACTORS_TAUTULLI_ROW_SAMPLE_H

#include "actors/shared/lease_sample.h"
#include "actors/tautulli/reader.h"

struct row_sampler;

/* `key` is the leases', borrowed; the source must outlive the sampler. */
enum err row_sampler_open(struct source *s, const struct reader_settings *settings,
                          const unsigned char *key, struct row_sampler **out) NODISCARD;
void row_sampler_close(struct row_sampler **sampler);

/* One row in a hundred of the range, at least one of those there are, and what they are mapped to.
 */
enum err row_sampler_draw(struct row_sampler *r, int64_t first_id, int64_t last_id, uint64_t rows,
                          struct lease_sample *out) NODISCARD;
/* Maps these places; their digests are overwritten. */
enum err row_sampler_map(struct row_sampler *r, struct lease_sample *places) NODISCARD;

#endif
