/* SPDX-License-Identifier: MIT
 * tautulli_columns.c - every column of the three history tables, when it came and went, and what
 * a clean row holds in it. Measured over Tautulli's releases; the data are made up here. */
#include <stdio.h>
#include <string.h>

#include "tests/support/tautulli_rows.h"

static uint64_t salt(const char *name)
{
    uint64_t hash = 14695981039346656037u;
    for (; *name != '\0'; name++) {
        hash = (hash ^ (uint64_t)(unsigned char)*name) * 1099511628211u;
    }
    return hash;
}

static struct cell number_between(uint64_t hash, const struct column *column)
{
    uint64_t span = (uint64_t)(column->high - column->low) + 1;
    return cell_integer(column->low + (int64_t)(mix(hash ^ salt(column->name)) % span));
}

static struct cell word_of(uint64_t hash, const struct column *column)
{
    size_t choices = 1;
    for (const char *at = column->words; *at != '\0'; at++) {
        choices += *at == '|';
    }
    size_t wanted = mix(hash ^ salt(column->name)) % choices;
    const char *from = column->words;
    while (wanted-- > 0) {
        from = strchr(from, '|') + 1;
    }
    return (struct cell){.type = CELL_TEXT, .text = from, .bytes = (int)strcspn(from, "|")};
}

static void item_word(struct row *row, const struct column *column, struct cell *out)
{
    *out = word_of(row->item_hash, column);
}

static void play_word(struct row *row, const struct column *column, struct cell *out)
{
    *out = word_of(row->play_hash, column);
}

static void item_number(struct row *row, const struct column *column, struct cell *out)
{
    *out = number_between(row->item_hash, column);
}

static void play_number(struct row *row, const struct column *column, struct cell *out)
{
    *out = number_between(row->play_hash, column);
}

/* Tracks have no picture: Tautulli leaves '' in these, also where the column is a number. */
static void video_word(struct row *row, const struct column *column, struct cell *out)
{
    *out = row->track ? cell_text("") : word_of(row->item_hash, column);
}

static void video_number(struct row *row, const struct column *column, struct cell *out)
{
    *out = row->track ? cell_text("") : number_between(row->item_hash, column);
}

static void empty(struct row *row, const struct column *column, struct cell *out)
{
    (void)row;
    (void)column;
    *out = cell_text("");
}

static void unknown(struct row *row, const struct column *column, struct cell *out)
{
    (void)row;
    (void)column;
    *out = (struct cell){.type = CELL_NULL};
}

static void id(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    *out = cell_integer(row->id);
}

static void started(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    *out = cell_integer(row->started_s);
}

static void stopped(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    *out = cell_integer(row->started_s + row->watched_s + row->paused_s);
}

static void paused(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    *out = cell_integer(row->paused_s);
}

static void view_offset(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    *out = cell_integer(row->watched_s * 1000);
}

static void duration(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    *out = cell_integer(row->duration_ms);
}

static void rating_key(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    *out = cell_integer(1000 + row->item * 3);
}

static void parent_key(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    *out = row->movie ? cell_text("") : cell_integer(3000000 + row->item / 12);
}

static void grandparent_key(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    *out = row->movie ? cell_text("") : cell_integer(5000000 + row->item / 100);
}

static void user_id(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    *out = cell_integer(user_number(row->user));
}

static void user(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    *out = cell_text(user_names[row->user]);
}

static void media_type(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    *out = cell_text(row->track ? "track" : row->movie ? "movie" : "episode");
}

static void section(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    int64_t library = row->track ? 3 : row->movie ? 1 + (row->item % 4 == 0) * 3 : 2;
    *out = cell_integer(row->live ? 999999 : library);
}

static void live(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    *out = cell_integer(row->live);
}

/* ---- texts ---- */

static const char *const vocabulary[] = {
    "copper",   "orchard", "signal",  "river",     "night",   "winter", "stranger", "harbour",
    "letters",  "silent",  "crimson", "town",      "glass",   "meadow", "the",      "of",
    "and",      "under",   "über",    "Grenzen",   "suchen",  "zwei",   "nichts",   "choisir",
    "été",      "maison",  "année",   "noche",     "corazón", "ラジオ", "山田",     "русский",
    "ночь",     "बारिश",   "البحر",   "old",       "decides", "finds",  "loses",    "returns",
    "missing",  "trust",   "keeper",  "only",      "here",    "there",  "again",    "before",
    "“nothing", "else”",   "family",  "detective", "secret",  "summer",
};

static struct cell words(struct row *row, uint64_t hash, size_t count, const char *separator)
{
    char *from = row->text + row->text_used;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const char *word = vocabulary[mix(hash + i) % COUNT_OF(vocabulary)];
        size_t length = strlen(word);
        if (row->text_used + used + length + 2 >= ROW_TEXT_MAX) {
            break;
        }
        if (i > 0) {
            from[used++] = *separator;
        }
        for (size_t at = 0; at < length; at++) {
            from[used++] = word[at];
        }
    }
    row->text_used += used;
    return (struct cell){.type = CELL_TEXT, .text = from, .bytes = (int)used};
}

/* `low` to `high` words of the item, the same in every play of it; choices hold the separator. */
static void item_words(struct row *row, const struct column *column, struct cell *out)
{
    uint64_t hash = mix(row->item_hash ^ salt(column->name));
    size_t span = (size_t)(column->high - column->low) + 1;
    *out = words(row, hash, (size_t)column->low + hash % span,
                 column->words != NULL ? column->words : " ");
}

static void parent_words(struct row *row, const struct column *column, struct cell *out)
{
    uint64_t group = (uint64_t)row->item / (column->low == 1 ? 12 : 100);
    *out = row->movie ? cell_text("") : words(row, mix(group ^ salt("series")), 2, " ");
}

/* An address with the item's key in it; `words` is the format. */
static void item_path(struct row *row, const struct column *column, struct cell *out)
{
    if (column->low > 1 && row->movie) {
        *out = cell_text("");
        return;
    }
    char *from = row->text + row->text_used;
    long long key = (long long)(1000 + (row->item / column->low) * 3);
    long long stamp = (long long)(1500000000 + row->item_hash % 100000000);
    int length = snprintf(from, ROW_TEXT_MAX - row->text_used, column->words, key, stamp);
    row->text_used += (size_t)length;
    *out = (struct cell){.type = CELL_TEXT, .text = from, .bytes = length};
}

/* Titles appear in several columns; the same salt makes them agree. */
static void title(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    *out = words(row, mix(row->item_hash ^ salt("title")), 2 + row->item_hash % 3, " ");
}

static void full_title(struct row *row, const struct column *column, struct cell *out)
{
    struct cell head = {.text = row->text + row->text_used};
    struct cell part;
    if (!row->movie) {
        part = words(row, mix((uint64_t)row->item / 100 ^ salt("series")), 2, " ");
        head.bytes += part.bytes;
        row->text[row->text_used++] = ' ';
        row->text[row->text_used++] = '-';
        row->text[row->text_used++] = ' ';
        head.bytes += 3;
    }
    title(row, column, &part);
    *out = (struct cell){.type = CELL_TEXT, .text = head.text, .bytes = head.bytes + part.bytes};
}

static void index_number(struct row *row, const struct column *column, struct cell *out)
{
    *out = row->movie ? cell_text("") : number_between(row->item_hash, column);
}

static void address(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    if (row->plan->schema == SCHEMA_V1_0) { /* only log scraping knew addresses then */
        *out = (struct cell){.type = CELL_NULL};
        return;
    }
    char *from = row->text + row->text_used;
    unsigned host = (unsigned)(row->play_hash % 4);
    int length = snprintf(from, 32, "192.168.%d.%u", row->user, 10 + host);
    row->text_used += (size_t)length;
    *out = (struct cell){.type = CELL_TEXT, .text = from, .bytes = length};
}

static void machine(struct row *row, const struct column *column, struct cell *out)
{
    (void)column;
    char *from = row->text + row->text_used;
    uint64_t device = mix((uint64_t)row->user * 4 + row->play_hash % 4);
    int length = snprintf(from, 32, "%016llx%08x", (unsigned long long)device, row->user);
    row->text_used += (size_t)length;
    *out = (struct cell){.type = CELL_TEXT, .text = from, .bytes = length};
}

#define TEXT "TEXT"
#define INT "INTEGER"

/* clang-format off: one row a column */
static const struct column history_columns[] = {
    {"id", "INTEGER PRIMARY KEY AUTOINCREMENT", SCHEMA_V1_0, 0, id, NULL, 0, 0},
    {"reference_id", INT, SCHEMA_V1_2, 0, id, NULL, 0, 0},
    {"started", INT, SCHEMA_V1_0, 0, started, NULL, 0, 0},
    {"stopped", INT, SCHEMA_V1_0, 0, stopped, NULL, 0, 0},
    {"rating_key", INT, SCHEMA_V1_0, 0, rating_key, NULL, 0, 0},
    {"user_id", INT, SCHEMA_V1_0, 0, user_id, NULL, 0, 0},
    {"user", TEXT, SCHEMA_V1_0, 0, user, NULL, 0, 0},
    {"ip_address", TEXT, SCHEMA_V1_0, 0, address, NULL, 0, 0},
    {"paused_counter", "INTEGER DEFAULT 0", SCHEMA_V1_0, 0, paused, NULL, 0, 0},
    {"player", TEXT, SCHEMA_V1_0, 0, play_word,
     "Wohnzimmer|Roku Ultra|iPad|Chrome|Living Room TV|SHIELD|Küche", 0, 0},
    {"product", TEXT, SCHEMA_V2_0, 0, play_word,
     "Plex Web|Plex for Android (TV)|Plex for Roku|Plex for Windows|Plex for iOS", 0, 0},
    {"product_version", TEXT, SCHEMA_V2_0, 0, play_word, "4.87.2|9.16.0.5192|7.1.4|1.91.1|8.31", 0,
     0},
    {"platform", TEXT, SCHEMA_V1_0, 0, play_word, "Chrome|Android|Roku|Windows|iOS", 0, 0},
    {"platform_version", TEXT, SCHEMA_V2_0, 0, play_word, "119.0|12|11.5|10.0.22631|16.6", 0, 0},
    {"profile", TEXT, SCHEMA_V2_0, 0, play_word, "Web|Android|Roku-7.x|Plex Desktop|iOS", 0, 0},
    {"machine_id", TEXT, SCHEMA_V1_0, 0, machine, NULL, 0, 0},
    {"bandwidth", INT, SCHEMA_V2_0, 0, play_number, NULL, 300, 40000},
    {"location", TEXT, SCHEMA_V2_0, 0, play_word, "lan|lan|lan|wan|cellular", 0, 0},
    {"quality_profile", TEXT, SCHEMA_V2_0, 0, play_word,
     "Original|Original|4 Mbps 720p|8 Mbps 1080p", 0, 0},
    {"secure", INT, SCHEMA_V2_2, 0, play_number, NULL, 0, 1},
    {"relayed", INT, SCHEMA_V2_2, 0, play_number, NULL, 0, 0},
    {"parent_rating_key", INT, SCHEMA_V1_0, 0, parent_key, NULL, 0, 0},
    {"grandparent_rating_key", INT, SCHEMA_V1_0, 0, grandparent_key, NULL, 0, 0},
    {"media_type", TEXT, SCHEMA_V1_0, 0, media_type, NULL, 0, 0},
    {"section_id", INT, SCHEMA_V2_7, 0, section, NULL, 0, 0},
    {"view_offset", "INTEGER DEFAULT 0", SCHEMA_V1_0, 0, view_offset, NULL, 0, 0},
};

static const struct column metadata_columns[] = {
    {"id", "INTEGER PRIMARY KEY", SCHEMA_V1_0, 0, id, NULL, 0, 0},
    {"rating_key", INT, SCHEMA_V1_0, 0, rating_key, NULL, 0, 0},
    {"parent_rating_key", INT, SCHEMA_V1_0, 0, parent_key, NULL, 0, 0},
    {"grandparent_rating_key", INT, SCHEMA_V1_0, 0, grandparent_key, NULL, 0, 0},
    {"title", TEXT, SCHEMA_V1_0, 0, title, NULL, 0, 0},
    {"parent_title", TEXT, SCHEMA_V1_0, 0, parent_words, NULL, 1, 1},
    {"grandparent_title", TEXT, SCHEMA_V1_0, 0, parent_words, NULL, 2, 2},
    {"original_title", TEXT, SCHEMA_V2_2, 0, item_word, "|||Le Signal|Der Fluß", 0, 0},
    {"full_title", TEXT, SCHEMA_V1_0, 0, full_title, NULL, 0, 0},
    {"media_index", INT, SCHEMA_V1_0, 0, index_number, NULL, 1, 24},
    {"parent_media_index", INT, SCHEMA_V1_0, 0, index_number, NULL, 1, 9},
    {"section_id", INT, SCHEMA_V1_3, SCHEMA_V2_7, section, NULL, 0, 0},
    {"thumb", TEXT, SCHEMA_V1_0, 0, item_path, "/library/metadata/%lld/thumb/%lld", 1, 1},
    {"parent_thumb", TEXT, SCHEMA_V1_0, 0, item_path, "/library/metadata/%lld/thumb/%lld", 12, 12},
    {"grandparent_thumb", TEXT, SCHEMA_V1_0, 0, item_path, "/library/metadata/%lld/thumb/%lld", 100,
     100},
    {"art", TEXT, SCHEMA_V1_0, 0, item_path, "/library/metadata/%lld/art/%lld", 1, 1},
    {"media_type", TEXT, SCHEMA_V1_0, 0, media_type, NULL, 0, 0},
    {"year", INT, SCHEMA_V1_0, 0, item_number, NULL, 1960, 2025},
    {"originally_available_at", TEXT, SCHEMA_V1_0, 0, item_word,
     "1986-08-15|2013-02-01|1999-12-31|2021-06-05|2007-10-28", 0, 0},
    {"added_at", INT, SCHEMA_V1_0, 0, item_number, NULL, 1400000000, 1700000000},
    {"updated_at", INT, SCHEMA_V1_0, 0, item_number, NULL, 1500000000, 1760000000},
    {"last_viewed_at", INT, SCHEMA_V1_0, 0, empty, NULL, 0, 0},
    {"content_rating", TEXT, SCHEMA_V1_0, 0, item_word, "PG-13|TV-MA|gb/15|NR|de/12", 0, 0},
    {"summary", TEXT, SCHEMA_V1_0, 0, item_words, NULL, 25, 75},
    {"tagline", TEXT, SCHEMA_V1_2, 0, item_words, NULL, 0, 8},
    {"rating", TEXT, SCHEMA_V1_0, 0, item_word, "5.9|7.5|8.1|6.4|9.0", 0, 0},
    {"duration", INT, SCHEMA_V1_0, 0, duration, NULL, 0, 0},
    {"guid", TEXT, SCHEMA_V1_0, 0, item_path, "plex://episode/5d9c%lldabcdef%lld", 1, 1},
    {"directors", TEXT, SCHEMA_V1_0, 0, item_words, ";", 1, 3},
    {"writers", TEXT, SCHEMA_V1_0, 0, item_words, ";", 1, 4},
    {"actors", TEXT, SCHEMA_V1_0, 0, item_words, ";", 6, 22},
    {"genres", TEXT, SCHEMA_V1_0, 0, item_words, ";", 1, 4},
    {"studio", TEXT, SCHEMA_V1_0, 0, item_word, "BBC One|Studio Nord|HBO|Gaumont|", 0, 0},
    {"labels", TEXT, SCHEMA_V1_4_25, 0, item_word, "|||Kids", 0, 0},
    {"live", "INTEGER DEFAULT 0", SCHEMA_V2_2, 0, live, NULL, 0, 0},
    {"channel_call_sign", TEXT, SCHEMA_V2_2, 0, empty, NULL, 0, 0},
    {"channel_id", TEXT, SCHEMA_V2_17_2, 0, empty, NULL, 0, 0},
    {"channel_identifier", TEXT, SCHEMA_V2_2, 0, empty, NULL, 0, 0},
    {"channel_title", TEXT, SCHEMA_V2_17_2, 0, empty, NULL, 0, 0},
    {"channel_thumb", TEXT, SCHEMA_V2_2, 0, empty, NULL, 0, 0},
    {"channel_vcn", TEXT, SCHEMA_V2_17_2, 0, empty, NULL, 0, 0},
    {"marker_credits_first", "INTEGER DEFAULT NULL", SCHEMA_V2_12, 0, unknown, NULL, 0, 0},
    {"marker_credits_final", "INTEGER DEFAULT NULL", SCHEMA_V2_12, 0, unknown, NULL, 0, 0},
};

static const struct column media_info_columns[] = {
    {"id", "INTEGER PRIMARY KEY", SCHEMA_V1_0, 0, id, NULL, 0, 0},
    {"rating_key", INT, SCHEMA_V1_0, 0, rating_key, NULL, 0, 0},
    {"video_decision", TEXT, SCHEMA_V1_0, 0, video_word, "direct play|direct play|copy|transcode",
     0, 0},
    {"audio_decision", TEXT, SCHEMA_V1_0, 0, play_word, "direct play|direct play|copy|transcode", 0,
     0},
    {"transcode_decision", TEXT, SCHEMA_V1_4_25, 0, play_word,
     "direct play|direct play|copy|transcode", 0, 0},
    {"duration", "INTEGER DEFAULT 0", SCHEMA_V1_0, 0, duration, NULL, 0, 0},
    {"container", TEXT, SCHEMA_V1_0, 0, item_word, "mkv|mp4|avi|mpegts", 0, 0},
    {"bitrate", INT, SCHEMA_V1_0, 0, item_number, NULL, 128, 24000},
    {"width", INT, SCHEMA_V1_0, 0, video_number, NULL, 640, 3840},
    {"height", INT, SCHEMA_V1_0, 0, video_number, NULL, 360, 2160},
    {"video_bitrate", INT, SCHEMA_V2_0, 0, video_number, NULL, 500, 23000},
    {"video_bit_depth", INT, SCHEMA_V2_0, 0, video_number, NULL, 8, 10},
    {"video_codec", TEXT, SCHEMA_V1_0, 0, video_word, "hevc|h264|mpeg4|av1", 0, 0},
    {"video_codec_level", TEXT, SCHEMA_V2_0, 0, video_word, "120|41|31|150", 0, 0},
    {"video_width", INT, SCHEMA_V2_0, 0, video_number, NULL, 640, 3840},
    {"video_height", INT, SCHEMA_V2_0, 0, video_number, NULL, 360, 2160},
    {"video_resolution", TEXT, SCHEMA_V1_0, 0, video_word, "1080|720|4k|sd", 0, 0},
    {"video_framerate", TEXT, SCHEMA_V1_0, 0, video_word, "24p|PAL|NTSC|60p", 0, 0},
    {"video_scan_type", TEXT, SCHEMA_V2_2, 0, video_word, "progressive|progressive|interlaced", 0,
     0},
    {"video_full_resolution", TEXT, SCHEMA_V2_2, 0, video_word, "1080p|720p|4k|sd", 0, 0},
    {"video_dynamic_range", TEXT, SCHEMA_V2_2, 0, video_word, "SDR|HDR|Dolby Vision", 0, 0},
    {"aspect_ratio", TEXT, SCHEMA_V1_0, 0, video_word, "1.78|2.35|1.33", 0, 0},
    {"audio_bitrate", INT, SCHEMA_V2_0, 0, item_number, NULL, 96, 640},
    {"audio_codec", TEXT, SCHEMA_V1_0, 0, item_word, "aac|eac3|dca|flac|mp3", 0, 0},
    {"audio_channels", INT, SCHEMA_V1_0, 0, item_number, NULL, 1, 8},
    {"audio_language", TEXT, SCHEMA_V2_7, 0, item_word, "English|Français|Deutsch|日本語", 0, 0},
    {"audio_language_code", TEXT, SCHEMA_V2_7, 0, item_word, "eng|fra|deu|jpn", 0, 0},
    {"subtitles", INT, SCHEMA_V2_0, 0, play_number, NULL, 0, 1},
    {"subtitle_codec", TEXT, SCHEMA_V2_0, 0, play_word, "srt|ass|pgs|", 0, 0},
    {"subtitle_forced", "", SCHEMA_V2_12, 0, play_number, NULL, 0, 1},
    {"subtitle_language", TEXT, SCHEMA_V2_12, 0, play_word, "English|Français||", 0, 0},
    {"transcode_protocol", TEXT, SCHEMA_V1_0, 0, play_word, "|||http|dash", 0, 0},
    {"transcode_container", TEXT, SCHEMA_V1_0, 0, play_word, "|||mkv|mpegts", 0, 0},
    {"transcode_video_codec", TEXT, SCHEMA_V1_0, 0, play_word, "|||h264", 0, 0},
    {"transcode_audio_codec", TEXT, SCHEMA_V1_0, 0, play_word, "|||opus|aac", 0, 0},
    {"transcode_audio_channels", INT, SCHEMA_V1_0, 0, empty, NULL, 0, 0},
    {"transcode_width", INT, SCHEMA_V1_0, 0, empty, NULL, 0, 0},
    {"transcode_height", INT, SCHEMA_V1_0, 0, empty, NULL, 0, 0},
    {"transcode_hw_requested", INT, SCHEMA_V2_0, 0, play_number, NULL, 0, 1},
    {"transcode_hw_full_pipeline", INT, SCHEMA_V2_0, 0, play_number, NULL, 0, 1},
    {"transcode_hw_decode", TEXT, SCHEMA_V2_0, 0, empty, NULL, 0, 0},
    {"transcode_hw_decode_title", TEXT, SCHEMA_V2_0, 0, empty, NULL, 0, 0},
    {"transcode_hw_decoding", INT, SCHEMA_V2_0, 0, play_number, NULL, 0, 1},
    {"transcode_hw_encode", TEXT, SCHEMA_V2_0, 0, empty, NULL, 0, 0},
    {"transcode_hw_encode_title", TEXT, SCHEMA_V2_0, 0, empty, NULL, 0, 0},
    {"transcode_hw_encoding", INT, SCHEMA_V2_0, 0, play_number, NULL, 0, 1},
    {"stream_container", TEXT, SCHEMA_V2_0, 0, play_word, "mkv|mp4|mpegts", 0, 0},
    {"stream_container_decision", TEXT, SCHEMA_V2_0, 0, play_word, "direct play|transcode", 0, 0},
    {"stream_bitrate", INT, SCHEMA_V2_0, 0, play_number, NULL, 128, 20000},
    {"stream_video_decision", TEXT, SCHEMA_V2_0, 0, video_word, "direct play|transcode", 0, 0},
    {"stream_video_bitrate", INT, SCHEMA_V2_0, 0, video_number, NULL, 500, 20000},
    {"stream_video_codec", TEXT, SCHEMA_V2_0, 0, video_word, "hevc|h264", 0, 0},
    {"stream_video_codec_level", TEXT, SCHEMA_V2_0, 0, video_word, "120|41", 0, 0},
    {"stream_video_bit_depth", INT, SCHEMA_V2_0, 0, video_number, NULL, 8, 10},
    {"stream_video_height", INT, SCHEMA_V2_0, 0, video_number, NULL, 360, 2160},
    {"stream_video_width", INT, SCHEMA_V2_0, 0, video_number, NULL, 640, 3840},
    {"stream_video_resolution", TEXT, SCHEMA_V2_0, 0, video_word, "1080|720|4k|sd", 0, 0},
    {"stream_video_framerate", TEXT, SCHEMA_V2_0, 0, video_word, "24p|PAL|NTSC", 0, 0},
    {"stream_video_scan_type", TEXT, SCHEMA_V2_2, 0, video_word, "progressive", 0, 0},
    {"stream_video_full_resolution", TEXT, SCHEMA_V2_2, 0, video_word, "1080p|720p|4k", 0, 0},
    {"stream_video_dynamic_range", TEXT, SCHEMA_V2_2, 0, video_word, "SDR|HDR", 0, 0},
    {"stream_audio_decision", TEXT, SCHEMA_V2_0, 0, play_word, "direct play|transcode", 0, 0},
    {"stream_audio_codec", TEXT, SCHEMA_V2_0, 0, play_word, "aac|eac3|opus", 0, 0},
    {"stream_audio_bitrate", INT, SCHEMA_V2_0, 0, play_number, NULL, 96, 640},
    {"stream_audio_channels", INT, SCHEMA_V2_0, 0, play_number, NULL, 1, 8},
    {"stream_audio_language", TEXT, SCHEMA_V2_7, 0, item_word, "English|Français|Deutsch", 0, 0},
    {"stream_audio_language_code", TEXT, SCHEMA_V2_7, 0, item_word, "eng|fra|deu", 0, 0},
    {"stream_subtitle_decision", TEXT, SCHEMA_V2_0, 0, play_word, "||burn", 0, 0},
    {"stream_subtitle_codec", TEXT, SCHEMA_V2_0, 0, play_word, "|srt|ass", 0, 0},
    {"stream_subtitle_container", TEXT, SCHEMA_V2_0, 0, empty, NULL, 0, 0},
    {"stream_subtitle_forced", INT, SCHEMA_V2_0, 0, play_number, NULL, 0, 1},
    {"stream_subtitle_language", TEXT, SCHEMA_V2_12, 0, play_word, "|English", 0, 0},
    {"synced_version", INT, SCHEMA_V2_0, 0, play_number, NULL, 0, 0},
    {"synced_version_profile", TEXT, SCHEMA_V2_0, 0, empty, NULL, 0, 0},
    {"optimized_version", INT, SCHEMA_V2_0, 0, play_number, NULL, 0, 0},
    {"optimized_version_profile", TEXT, SCHEMA_V2_0, 0, empty, NULL, 0, 0},
    {"optimized_version_title", TEXT, SCHEMA_V2_0, 0, empty, NULL, 0, 0},
};
/* clang-format on */

const char *const table_names[TABLE_COUNT] = {
    "session_history",
    "session_history_metadata",
    "session_history_media_info",
};

const struct column *table_columns(enum table table, int *out_count)
{
    static const struct {
        const struct column *columns;
        int count;
    } tables[TABLE_COUNT] = {
        [HISTORY] = {history_columns, COUNT_OF(history_columns)},
        [METADATA] = {metadata_columns, COUNT_OF(metadata_columns)},
        [MEDIA_INFO] = {media_info_columns, COUNT_OF(media_info_columns)},
    };
    *out_count = tables[table].count;
    return tables[table].columns;
}

bool column_exists(const struct column *column, enum tautulli_schema schema)
{
    return schema >= column->since && (column->before == 0 || schema < column->before);
}

int column_find(enum table table, const char *name)
{
    int count = 0;
    const struct column *columns = table_columns(table, &count);
    for (int i = 0; i < count; i++) {
        if (strcmp(columns[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}
