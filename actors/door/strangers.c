/* SPDX-License-Identifier: MIT
 * strangers.c - a budget for each address and one for all, and the filter that follows from them.
 *
 * The filter is classic BPF, which needs no rights. Of a listening socket the kernel asks it for
 * each packet that would begin a connection or complete its beginning. */
#include "actors/door/strangers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

#define HEARD UINT32_MAX
#define DROPPED 0
enum { FROM_IPV4 = 12, FROM_IPV6 = 8 }; /* where packets say whom they are from */

/* ---- budgets ---- */

static void grow(struct connection_budget *b, int64_t now_ms, int64_t at_once, int64_t per_s)
{
    int64_t ms = now_ms - b->counted_ms;
    if (b->counted_ms == 0 || ms >= at_once * 1000 / per_s) {
        b->left = at_once;
        b->counted_ms = now_ms;
    } else if (ms * per_s >= 1000) {
        int64_t left = b->left + ms * per_s / 1000;
        b->left = left < at_once ? left : at_once;
        b->counted_ms += ms * per_s / 1000 * 1000 / per_s; /* what is left of a connection counts */
    }
}

/* With the last one it is shut. */
static void spend(struct strangers *s, struct connection_budget *b, int64_t now_ms, int64_t shut_ms)
{
    b->left -= b->left > 0 ? 1 : 0;
    if (b->left == 0 && !b->shut) {
        b->shut = true;
        b->shut_until_ms = now_ms + shut_ms;
        s->changed = true;
        s->times++;
    }
}

static bool open_again(struct connection_budget *b, int64_t now_ms)
{
    bool over = b->shut && b->shut_until_ms <= now_ms;
    b->shut = b->shut && !over;
    return over;
}

/* ---- addresses ---- */

static bool read_origin(const struct sockaddr_storage *peer, struct origin *out)
{
    unsigned char bytes[sizeof(struct in6_addr)] = {0};
    *out = (struct origin){0};
    if (peer != NULL && peer->ss_family == AF_INET) {
        memcpy(bytes, &((const struct sockaddr_in *)peer)->sin_addr, sizeof(struct in_addr));
    } else if (peer != NULL && peer->ss_family == AF_INET6) {
        const struct in6_addr *six = &((const struct sockaddr_in6 *)peer)->sin6_addr;
        out->six = !IN6_IS_ADDR_V4MAPPED(six);
        memcpy(bytes, out->six ? six->s6_addr : &six->s6_addr[12], out->six ? 8 : 4);
    } else {
        return false;
    }
    memcpy(out->words, bytes, sizeof(out->words));
    out->words[0] = ntohl(out->words[0]);
    out->words[1] = ntohl(out->words[1]);
    return true;
}

static bool is_same(const struct origin *a, const struct origin *b)
{
    return a->six == b->six && a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

/* Whose place is taken rather: never one that is shut, and a worker's last. */
static bool goes_before(const struct stranger *a, const struct stranger *b)
{
    if (a->budget.shut || b == NULL) {
        return !a->budget.shut;
    }
    return a->of_worker != b->of_worker ? b->of_worker
                                        : a->budget.counted_ms < b->budget.counted_ms;
}

/* The place of this address, or one that becomes it; NULL: all others are shut. */
static struct stranger *place_of(struct strangers *s, const struct origin *origin)
{
    struct stranger *idle = NULL;
    for (size_t i = 0; i < s->count; i++) {
        struct stranger *one = &s->items[i];
        if (is_same(&one->origin, origin)) {
            return one;
        }
        idle = goes_before(one, idle) ? one : idle;
    }
    if (s->count < STRANGERS_MAX) {
        idle = &s->items[s->count++];
    }
    if (idle != NULL) {
        *idle = (struct stranger){.origin = *origin};
    }
    return idle;
}

void strangers_came(struct strangers *s, const struct sockaddr_storage *peer, int64_t now_ms)
{
    struct origin origin;
    struct stranger *one = read_origin(peer, &origin) ? place_of(s, &origin) : NULL;
    grow(&s->all, now_ms, STRANGERS_OF_ALL, STRANGERS_OF_ALL_PER_S);
    spend(s, &s->all, now_ms, STRANGERS_ALL_SHUT_MS);
    if (one != NULL) {
        grow(&one->budget, now_ms, STRANGERS_OF_ONE, STRANGERS_OF_ONE_PER_S);
        spend(s, &one->budget, now_ms, STRANGERS_SHUT_MS);
    }
}

void strangers_forgive(struct strangers *s, const struct sockaddr_storage *peer, int64_t now_ms)
{
    struct origin origin;
    struct stranger *one = read_origin(peer, &origin) ? place_of(s, &origin) : NULL;
    if (one != NULL) {
        grow(&one->budget, now_ms, STRANGERS_OF_ONE, STRANGERS_OF_ONE_PER_S);
        one->budget.left += one->budget.left < STRANGERS_OF_ONE ? 1 : 0;
        s->all.left += s->all.left < STRANGERS_OF_ALL ? 1 : 0;
        s->changed = s->changed || (s->all.shut && !one->of_worker);
        one->of_worker = true;
    }
}

void strangers_tick(struct strangers *s, int64_t now_ms)
{
    s->changed = open_again(&s->all, now_ms) || s->changed;
    for (size_t i = 0; i < s->count; i++) {
        s->changed = open_again(&s->items[i].budget, now_ms) || s->changed;
    }
}

/* ---- the filter ---- */

struct program {
    struct sock_filter *code;
    size_t length;
};

static void load(struct program *p, int at)
{
    p->code[p->length++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_NET_OFF + at));
}

static void unless_equal_skip(struct program *p, uint32_t word, uint8_t count)
{
    p->code[p->length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word, 0, count);
}

static void end_with(struct program *p, uint32_t verdict)
{
    p->code[p->length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict);
}

static void add_origins(struct program *p, const struct strangers *s, bool six)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct stranger *one = &s->items[i];
        bool told_apart = one->budget.shut || (s->all.shut && one->of_worker);
        if (one->origin.six != six || !told_apart) {
            continue;
        }
        if (six) {
            load(p, FROM_IPV6);
            unless_equal_skip(p, one->origin.words[0], 3);
            load(p, FROM_IPV6 + 4);
        }
        unless_equal_skip(p, one->origin.words[six ? 1 : 0], 1);
        end_with(p, one->budget.shut ? DROPPED : HEARD);
    }
    end_with(p, s->all.shut ? DROPPED : HEARD);
}

size_t strangers_filter(const struct strangers *s,
                        struct sock_filter out[static STRANGERS_FILTER_MAX])
{
    struct program p = {.code = out};
    out[p.length++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_H | BPF_ABS, SKF_AD_OFF + SKF_AD_PROTOCOL);
    unless_equal_skip(&p, ETH_P_IPV6, 1);
    size_t to_six = p.length++;
    load(&p, FROM_IPV4);
    add_origins(&p, s, false);
    out[to_six] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(p.length - to_six - 1));
    add_origins(&p, s, true);
    return p.length;
}

enum err strangers_apply(struct strangers *s, int listening)
{
    struct sock_filter code[STRANGERS_FILTER_MAX];
    const struct sock_fprog program = {.len = (unsigned short)strangers_filter(s, code),
                                       .filter = code};
    s->changed = false;
    return setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0
               ? OK
               : err_from_errno(errno);
}
