/* SPDX-License-Identifier: MIT
 * silent_resolver.c - preloaded, it is a DNS that never answers for the name never.test; all other
 * names are the system's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

typedef int resolver(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    resolver *of_system = NULL;
    while (name != NULL && strcmp(name, "never.test") == 0) {
        pause();
    }
    *(void **)&of_system = dlsym(RTLD_NEXT, "getaddrinfo");
    return of_system(name, service, hints, out);
}
