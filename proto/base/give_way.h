/* SPDX-License-Identifier: MIT
 * give_way.h - threads that do much work let those go first that somebody waits for. */
#ifndef PLAYBUS_PROTO_BASE_GIVE_WAY_H
#define PLAYBUS_PROTO_BASE_GIVE_WAY_H

enum give_way {
    GIVE_WAY_IMPORT = 5, /* to pushes, short questions and what else runs on this machine */
    GIVE_WAY_LONG = 10,  /* to imports, too */
};

/* The calling thread, from now on; on an idle machine it is as fast as before. */
void give_way(enum give_way to);

#endif
