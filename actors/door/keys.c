/* SPDX-License-Identifier: MIT
 * keys.c - certificates in a folder. A new one gets its name when it is whole; what a killed door
 * left half-made is removed at the next start. (Landlock lets no file move between folders.) */
#include "actors/door/keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/base/text.h"

#define NEW_FILE KEYS_FOLDER "/.new"

static void path_of(const char *id, char out[static 80])
{
    (void)snprintf(out, 80, KEYS_FOLDER "/%.40s", id);
}

/* Neither zauth nor a certificate's reader looks at what begins with a point. */
static void path_of_revoked(const char *id, char out[static 80])
{
    (void)snprintf(out, 80, KEYS_FOLDER "/.%.40s", id);
}

static const char *meta(const zcert_t *cert, const char *name)
{
    const char *value = zcert_meta((zcert_t *)cert, name);
    return value != NULL ? value : "";
}

/* zconfig has no way to write a quote or a line's end. */
static void make_printable(char *text)
{
    for (char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == '"' || *c == 127) {
            *c = '_';
        }
    }
}

void keys_describe(struct door_key *key, const char *machine, const char *version)
{
    text_copy(key->machine, sizeof(key->machine), machine);
    text_copy(key->version, sizeof(key->version), version);
    make_printable(key->machine);
    make_printable(key->version);
}

static bool read_key(const char *file, struct door_key *out)
{
    char path[80];
    path_of(file, path);
    zcert_t *cert = zcert_load(path);
    if (cert == NULL) {
        return false;
    }
    int role = schema_enum_value(&enum_bus_role, meta(cert, "role"));
    *out = (struct door_key){.role = (enum bus_role)role,
                             .made_ms = strtoll(meta(cert, "made"), NULL, 10),
                             .until_ms = strtoll(meta(cert, "until"), NULL, 10)};
    (void)snprintf(out->public_z85, sizeof(out->public_z85), "%s", zcert_public_txt(cert));
    text_copy(out->name, sizeof(out->name), meta(cert, "name"));
    keys_describe(out, meta(cert, "machine"), meta(cert, "version"));
    zcert_destroy(&cert);
    return role >= 0 && remote_fingerprint(out->public_z85, out->id) && strcmp(out->id, file) == 0;
}

static bool read_revoked(const char *file, struct door_key *out)
{
    char path[80];
    char certificate[80];
    path_of_revoked(file + 1, path);
    path_of(file + 1, certificate);
    zconfig_t *said = zconfig_load(path);
    const char *id = said != NULL ? zconfig_get(said, "id", "") : "";
    bool is_one = strcmp(id, file + 1) == 0 && strlen(id) < sizeof(out->id);
    if (is_one) {
        *out = (struct door_key){.role = bus_role_worker,
                                 .made_ms = strtoll(zconfig_get(said, "made", "0"), NULL, 10)};
        text_copy(out->id, sizeof(out->id), id);
        text_copy(out->name, sizeof(out->name), zconfig_get(said, "name", ""));
        text_copy(out->reason, sizeof(out->reason), zconfig_get(said, "reason", "revoked"));
        keys_describe(out, zconfig_get(said, "machine", ""), zconfig_get(said, "version", ""));
        (void)unlink(certificate); /* where a crash came between the two */
    }
    zconfig_destroy(&said);
    return is_one;
}

static void read_all(struct door_keys *k, DIR *folder, bool revoked)
{
    for (const struct dirent *e; k->count < KEYS_MAX && (e = readdir(folder)) != NULL;) {
        bool hidden = e->d_name[0] == '.';
        if (hidden != revoked || strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
            continue;
        }
        if (revoked ? read_revoked(e->d_name, &k->items[k->count])
                    : read_key(e->d_name, &k->items[k->count])) {
            k->count++;
        } else {
            log_warn("not a key of the door, passing over file=%.60s", e->d_name);
        }
    }
}

enum err keys_open(struct door_keys *k)
{
    if (mkdir(KEYS_FOLDER, 0700) != 0 && errno != EEXIST) {
        return err_from_errno(errno);
    }
    (void)unlink(NEW_FILE);
    OWNED(dir_release) DIR *folder = opendir(KEYS_FOLDER);
    if (folder == NULL) {
        return err_from_errno(errno);
    }
    read_all(k, folder, true);
    rewinddir(folder);
    read_all(k, folder, false);
    return OK;
}

static bool is_over(const struct door_key *key)
{
    return key->until_ms != 0 && key->until_ms <= clock_wall_ms();
}

struct door_key *keys_by_public(struct door_keys *k, const char *public_z85)
{
    for (size_t i = 0; public_z85 != NULL && i < k->count; i++) {
        if (strcmp(k->items[i].public_z85, public_z85) == 0) {
            bool out = is_over(&k->items[i]) || k->items[i].gone || k->items[i].reason[0] != '\0';
            return out ? NULL : &k->items[i];
        }
    }
    return NULL;
}

struct door_key *keys_by_id(struct door_keys *k, const char *id)
{
    for (size_t i = 0; i < k->count; i++) {
        if (strcmp(k->items[i].id, id) == 0) {
            return &k->items[i];
        }
    }
    return NULL;
}

static enum err write_key(const struct door_key *key)
{
    unsigned char public_key[32];
    static const unsigned char none[32];
    char path[80];
    if (zmq_z85_decode(public_key, key->public_z85) == NULL) {
        return ERR_BAD_FIELD;
    }
    path_of(key->id, path);
    zcert_t *cert = zcert_new_from(public_key, none);
    zcert_set_meta(cert, "role", "%s", schema_enum_text(&enum_bus_role, (int)key->role));
    zcert_set_meta(cert, "name", "%s", key->name);
    zcert_set_meta(cert, "machine", "%s", key->machine);
    zcert_set_meta(cert, "version", "%s", key->version);
    zcert_set_meta(cert, "made", "%lld", (long long)key->made_ms);
    zcert_set_meta(cert, "until", "%lld", (long long)key->until_ms);
    enum err e = zcert_save_public(cert, NEW_FILE) == 0 ? remote_keep_key(NEW_FILE, path)
                                                        : err_from_errno(errno);
    zcert_destroy(&cert);
    return e;
}

enum err keys_add(struct door_keys *k, const struct door_key *key)
{
    struct door_key new = *key;
    if (!remote_fingerprint(new.public_z85, new.id) || keys_by_id(k, new.id) != NULL) {
        return ERR_BAD_FIELD;
    }
    if (k->count == KEYS_MAX) {
        return ERR_WORKERS_FULL;
    }
    make_printable(new.name);
    keys_describe(&new, key->machine, key->version);
    enum err e = write_key(&new);
    if (e == OK) {
        k->items[k->count++] = new;
    }
    return e;
}

enum err keys_remove(struct door_keys *k, const char *id)
{
    char path[80];
    struct door_key *key = keys_by_id(k, id);
    if (key == NULL) {
        return OK;
    }
    if (key->reason[0] != '\0') {
        path_of_revoked(key->id, path);
    } else {
        path_of(key->id, path);
    }
    enum err e = unlink(path) == 0 || errno == ENOENT ? OK : err_from_errno(errno);
    e = e == OK ? remote_keep_folder(KEYS_FOLDER) : e;
    if (e == OK) {
        *key = k->items[--k->count];
    } else {
        log_error("cannot remove a key file=%s reason=%m, it is known no more until a restart",
                  path);
        key->gone = true;
    }
    return e;
}

static enum err write_revoked(const struct door_key *key)
{
    char path[80];
    path_of_revoked(key->id, path);
    zconfig_t *said = zconfig_new("revoked", NULL);
    zconfig_put(said, "id", key->id);
    zconfig_put(said, "name", key->name);
    zconfig_put(said, "machine", key->machine);
    zconfig_put(said, "version", key->version);
    zconfig_put(said, "reason", key->reason);
    zconfig_putf(said, "made", "%lld", (long long)key->made_ms);
    enum err e =
        zconfig_save(said, NEW_FILE) == 0 ? remote_keep_key(NEW_FILE, path) : err_from_errno(errno);
    zconfig_destroy(&said);
    return e;
}

enum err keys_revoke(struct door_keys *k, const char *id, const char *reason)
{
    struct door_key *key = keys_by_id(k, id);
    if (key == NULL || key->reason[0] != '\0') {
        return OK;
    }
    struct door_key revoked = *key;
    text_copy(revoked.reason, sizeof(revoked.reason), reason);
    make_printable(revoked.reason);
    enum err told = write_revoked(&revoked);
    if (told != OK) { /* a full disk lets nobody in */
        log_error("a revoked key's reason is known until a restart only id=%s code=%s", id,
                  err_code(told));
    }
    enum err e = keys_remove(k, id);
    if (e == OK) {
        revoked.refused = 0;
        revoked.gone = false;
        k->items[k->count++] = revoked;
    }
    return e;
}

static int64_t grown(int64_t left, int64_t ms, int64_t per_s, int64_t most)
{
    int64_t more = ms < 60000 ? ms * per_s / 1000 : most;
    return left + more < most ? left + more : most;
}

bool keys_allow(struct door_key *key, size_t bytes, int64_t now_ms)
{
    int64_t ms = key->counted_ms != 0 ? now_ms - key->counted_ms : INT64_MAX;
    key->messages = grown(key->messages, ms, KEY_MESSAGES_PER_S, KEY_MESSAGES);
    key->bytes = grown(key->bytes, ms, KEY_BYTES_PER_S, KEY_BYTES);
    key->counted_ms = now_ms;
    if (key->messages < 1 || key->bytes < (int64_t)bytes) {
        return false;
    }
    key->messages--;
    key->bytes -= (int64_t)bytes;
    return true;
}

void keys_charge(struct door_key *key, size_t bytes)
{
    if (key != NULL) {
        key->bytes -= (int64_t)bytes * (KEY_REFUSED_TIMES - 1);
        key->bytes = key->bytes > -KEY_BYTES ? key->bytes : -KEY_BYTES;
    }
}

bool keys_find_over(const struct door_keys *k, char out_id[static REMOTE_ID_SIZE])
{
    for (size_t i = 0; i < k->count; i++) {
        if (is_over(&k->items[i]) && !k->items[i].gone) {
            memcpy(out_id, k->items[i].id, REMOTE_ID_SIZE);
            return true;
        }
    }
    return false;
}
