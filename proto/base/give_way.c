/* SPDX-License-Identifier: MIT
 * give_way.c - nice values are of single threads on Linux. One that has given way never gets its
 * place back, so it does one kind of work only. */
#include "proto/base/give_way.h"

#include <sys/resource.h>
#include <unistd.h>

#include "proto/base/log.h"

void give_way(enum give_way to)
{
    static _Thread_local bool done;
    if (!done && setpriority(PRIO_PROCESS, (id_t)gettid(), (int)to) != 0) {
        log_warn("bulk work runs at the priority of all else error=%m");
    }
    done = true;
}
