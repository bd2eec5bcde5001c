/* SPDX-License-Identifier: MIT
 * plex_tv.h - what is asked of plex.tv for a sign-in, and what its answers mean.
 *
 * A PIN is asked for with our client identifier, a person agrees to it in the browser, and then the
 * PIN holds the token of the account, which opens the list of the person's servers. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_PLEX_TV_H
#define PLAYBUS_ACTORS_SERVER_SYNC_PLEX_TV_H

#include "actors/server_sync/secret.h"
#include "actors/shared/http_client.h"
#include "proto/wire/arena.h"

#define PLEX_CODE_SIZE 65

struct plex_tv {
    const char *address;   /* as https://plex.tv */
    const char *pages;     /* where people agree; of plex.tv itself it is app.plex.tv */
    const char *client_id; /* what we call ourselves */
};

/* Why there is no answer that can be used. */
struct plex_tv_trouble {
    enum err code; /* OK: there is one */
    char text[320];
    int64_t wait_ms; /* plex.tv asks to be left alone for so long; 0: it did not say */
};

struct plex_pin {
    int64_t id;
    char code[PLEX_CODE_SIZE];
    int64_t lifetime_ms;
    struct secret *token; /* owned; of the account; NULL: nobody has agreed yet */
};

/* Sets the addresses from the setting, in the arena. BAD_SETTING, said in the log, for what is no
 * address, and for http beyond this machine: tokens come from there. */
enum err plex_tv_init(struct plex_tv *tv, const char *setting, struct arena *arena) NODISCARD;

/* The page on which a person agrees. `forward_url`: where it leads then, or NULL. */
char *plex_tv_page(const struct plex_tv *tv, const char *code, const char *forward_url,
                   struct arena *arena);
/* The page on which a short code is typed. */
char *plex_tv_typing_page(const struct plex_tv *tv, struct arena *arena);

/* A short code is one that a person types. */
void plex_tv_ask_pin(struct http_client *client, const struct plex_tv *tv, bool short_code,
                     http_done *done, void *context);
void plex_tv_ask_about_pin(struct http_client *client, const struct plex_tv *tv, int64_t pin,
                           http_done *done, void *context);
void plex_tv_ask_servers(struct http_client *client, const struct plex_tv *tv,
                         const struct secret *token, http_done *done, void *context);

/* Of both questions about a PIN. PLEX_PIN_OVER: plex.tv does not know it any more. */
struct plex_tv_trouble plex_tv_read_pin(const struct http_answer *answer, struct plex_pin *out);
/* What stands in the way of an answer with this status; PLEX_TV_REFUSED: the token is not taken. */
struct plex_tv_trouble plex_tv_trouble_of(const struct http_answer *answer, int wanted);

/* It cannot be used, for what is in it. */
struct plex_tv_trouble plex_tv_failed(void);

/* Printable ASCII without blanks: it becomes the value of a header. NULL is none. */
bool plex_tv_is_token(const char *text);

#endif
