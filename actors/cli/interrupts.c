/* SPDX-License-Identifier: MIT
 * interrupts.c - how often this process was asked to stop. */
#include "actors/cli/interrupts.h"

#include <signal.h>

#include "actors/cli/cli.h"

/* Counted, for the first Ctrl-C may be for an import and only the second for all. */
static volatile sig_atomic_t interrupts; /* SIGINT */
static volatile sig_atomic_t endings;    /* SIGTERM, SIGHUP */
static sig_atomic_t interrupts_over;     /* that were for what has ended since */

static void on_signal(int signal_number)
{
    if (signal_number == SIGINT) {
        interrupts++;
    } else {
        endings++;
    }
}

void interrupts_watch(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
}

bool interrupts_stop_asked(void)
{
    return endings > 0 || interrupts > interrupts_over;
}

int interrupts_stop_status(void)
{
    return endings > 0 ? EXIT_COMPLETED : EXIT_STOPPED;
}

bool interrupts_stop_urged(void)
{
    return endings + interrupts > interrupts_over + 1;
}

void interrupts_done(void)
{
    interrupts_over += interrupts > interrupts_over ? 1 : 0;
}
