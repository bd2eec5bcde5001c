/* SPDX-License-Identifier: MIT
 * password.c - reads a password without showing it, and leaves the terminal as it was, whatever
 * signal comes meanwhile. */
#include "actors/cli/password.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "actors/cli/interrupts.h"
#include "actors/cli/say.h"
#include "proto/base/own.h"

/* One line; a signal ends it. Byte by byte: what comes after the line is not ours to take. */
static bool read_line(int fd, char out[static PASSWORD_ROOM])
{
    size_t size = 0;
    char c = '\0';
    while (size < PASSWORD_ROOM - 1 && read(fd, &c, 1) == 1 && c != '\n') {
        out[size++] = c;
    }
    out[size] = '\0';
    size -= size > 0 && out[size - 1] == '\r' ? 1 : 0;
    out[size] = '\0';
    return c == '\n' || size > 0;
}

static bool prompt(int terminal, const char *text, char out[static PASSWORD_ROOM])
{
    struct termios before;
    if (tcgetattr(terminal, &before) != 0) {
        return false;
    }
    struct termios quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    (void)tcsetattr(terminal, TCSAFLUSH, &quiet);
    (void)dprintf(terminal, "%s", text);
    bool read = read_line(terminal, out) && out[0] != '\0';
    (void)dprintf(terminal, "\n");
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    return read;
}

bool password_ask(const char *name, char out[static PASSWORD_ROOM])
{
    char again[PASSWORD_ROOM] = "";
    char text[256];
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0) {
        (void)fputs("playbus: there is no terminal to ask for the password at\n"
                    "  Pipe it in with --password-stdin.\n",
                    stderr);
        return false;
    }
    (void)snprintf(text, sizeof(text), "Password for %.128s: ", name);
    bool given = prompt(terminal, text, out) && prompt(terminal, "The same again: ", again);
    bool same = given && strcmp(out, again) == 0;
    if (!given) {
        (void)fputs("Nothing was changed.\n", stderr);
    } else if (!same) {
        (void)fputs("playbus: the two passwords differ\n  Nothing was changed; try again.\n",
                    stderr);
    }
    sodium_memzero(again, sizeof(again));
    (void)close(terminal);
    return same;
}

bool password_ask_token(const char *server, const char *user, char out[static PASSWORD_ROOM])
{
    char text[256];
    OWNED(fd_release) int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0) {
        (void)fputs("playbus: there is no terminal to ask for the token or password at\n"
                    "  Pipe it in, or name a file with --token-file.\n",
                    stderr);
        return false;
    }
    (void)snprintf(text, sizeof(text),
                   "%s of %.128s (not shown): ", user != NULL ? "Password" : "Token",
                   user != NULL ? user : server);
    bool given = prompt(terminal, text, out) || (user != NULL && !interrupts_stop_asked());
    if (!given) {
        (void)fputs("Nothing was changed.\n", stderr);
    }
    return given;
}

bool password_token_from(const struct options *o, char out[static PASSWORD_ROOM])
{
    if (!read_line(o->token_fd, out) || out[0] == '\0') {
        say(stderr, "playbus: %s has no token in its first line\n",
            o->token_file != NULL ? o->token_file : "stdin");
        return false;
    }
    return true;
}

bool password_from_stdin(char out[static PASSWORD_ROOM])
{
    if (read_line(STDIN_FILENO, out) && out[0] != '\0') {
        return true;
    }
    (void)fputs("playbus: stdin has no password\n"
                "  Its first line is taken, as in: pass show playbus | playbus user add NAME "
                "--password-stdin\n",
                stderr);
    return false;
}
