/* SPDX-License-Identifier: MIT
 * data_folder.h - the data folder as the command line sees it: where it is, who holds its locks,
 * and at which address its gateway answers. */
#ifndef PLAYBUS_ACTORS_CLI_DATA_FOLDER_H
#define PLAYBUS_ACTORS_CLI_DATA_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

#define ADDRESS_SIZE 80 /* "[::1]:65535" and longer names, with the NUL */
#define LOCAL_TOKEN_SIZE 80
#define SETUP_CODE_SIZE 80

/* Changes into the data folder (`given`; NULL: $PLAYBUS_DATA, or else the system's where Playbus is
 * installed, or else by the XDG rules), so that
 * every path below is relative and short enough for a socket. Writes its absolute path. `create`:
 * makes it with mode 0700; otherwise FILE_NOT_FOUND if it is not there. */
enum err data_folder_enter(const char *given, bool create,
                           char out_path[static PATH_MAX]) NODISCARD;

/* Is it the one of the service that the system starts? In it root acts as the service's user. */
bool data_folder_is_system(const char *folder);
/* Is that the folder that is meant by `given`, as of data_folder_enter()? */
bool data_folder_means_system(const char *given);

/* In the folder entered: are we a member of access.cli_group, who may ask the service of another
 * user, whom the system names, and do nothing else? */
bool data_folder_is_guest(void);

/* Is this the folder that is meant where nobody names one? */
bool data_folder_is_default(const char *folder);

/* Can anything be written here? OK, DISK_FULL, STORE_READ_ONLY, ACCESS_DENIED or SYSTEM. */
enum err data_folder_try_writing(void) NODISCARD;

/* Says on stderr why the folder cannot be entered and what helps; returns the exit status. */
int data_folder_say_error(enum err e, const char *given);

/* The process that holds a lock file taken with flock(), 0 if none does. Only asks: taking the lock
 * even for an instant could turn away the actor it belongs to. */
pid_t data_folder_lock_holder(const char *lock_path);

/* Do actors of the folder run where no process of theirs is to be seen: in another container, or on
 * another machine? */
bool data_folder_is_used_elsewhere(void);

/* Address at which this machine reaches the gateway that runs now: a loopback one where it listens
 * everywhere. False if none runs. */
bool data_folder_gateway_address(char out_address[static ADDRESS_SIZE]);

/* The token that the gateway of this folder believes from this machine (run/cli.token, new at each
 * of its starts); false while there is none or it may not be read. */
bool data_folder_local_token(char out_token[static LOCAL_TOKEN_SIZE]);

/* The one-time code that makes the first administrator (run/setup.code); false once there is one.
 */
bool data_folder_setup_code(char out_code[static SETUP_CODE_SIZE]);

/* Takes a lock file and writes our pid into it; the descriptor keeps it. ALREADY_RUNNING if it is
 * held. `inherit`: children get the descriptor too, and with it the lock. */
enum err data_folder_lock(const char *lock_path, bool inherit, int *out_fd) NODISCARD;

/* Every process (but this one) that holds the lock of a file with the one that took it, because it
 * inherited the descriptor: asked of /proc. Returns how many; at most `room` are written. */
size_t data_folder_lock_sharers(const char *path, pid_t *out_pids, size_t room);

#endif
