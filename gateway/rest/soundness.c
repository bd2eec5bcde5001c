/* SPDX-License-Identifier: MIT
 * soundness.c - files of run/ in the words of errors.def. A restored database is sound for us only
 * once it was checked again: nothing but reading all of it tells. */
#include "gateway/rest/soundness.h"

#include "proto/bus/start_refusal.h"
#include "proto/schema/actors.h"
#include "proto/store/health.h"
#include "proto/wire/json.h"

static bool read_problem(struct arena *arena, const char *actor, struct start_problem *out)
{
    struct start_refusal refusal;
    if (!refusal_read(actor, &refusal)) {
        return false;
    }
    *out = (struct start_problem){
        .actor = actor,
        .code = err_code(refusal.code),
        .error = refusal.about[0] == '\0'
                     ? err_sentence(refusal.code)
                     : arena_format(arena, "%s: %s", err_sentence(refusal.code), refusal.about),
        .remedy = err_remedy(refusal.code)};
    return true;
}

size_t soundness_problems(struct arena *arena, struct start_problem **out)
{
    size_t count = 0;
    *out = arena_alloc(arena, ACTOR_COUNT * sizeof **out);
    for (size_t i = 0; i < ACTOR_COUNT; i++) {
        count += read_problem(arena, actor_table[i].name, *out + count) ? 1 : 0;
    }
    return count;
}

bool soundness_check(struct arena *arena, struct check_result *out)
{
    OWNED(json_release) json_t *kept = json_load_file(CHECK_RESULT_FILE, 0, NULL);
    return kept != NULL &&
           record_from_json(desc_check_result(), kept, NULL, arena, out, &(struct flaw){0}) == OK;
}

static const struct store_check *first_broken(const struct check_result *check)
{
    for (size_t i = 0; i < check->stores_count; i++) {
        if (!check->stores[i].whole) {
            return &check->stores[i];
        }
    }
    return NULL;
}

bool soundness_first_flaw(struct arena *arena, enum err *out_code, struct refusal *out)
{
    struct start_problem *problems = NULL;
    struct check_result check = {0};
    if (soundness_problems(arena, &problems) > 0) {
        *out_code = err_from_code(problems->code);
        *out = (struct refusal){
            .text = problems->error, .remedy = problems->remedy, .actor = problems->actor};
        return true;
    }
    if (!soundness_check(arena, &check) || check.whole) {
        return false;
    }
    const struct store_check *store = first_broken(&check);
    *out_code =
        store != NULL && store->code != NULL ? err_from_code(store->code) : ERR_STORE_FAILED;
    *out = (struct refusal){
        .text = arena_format(arena, "%s: %s", err_sentence(*out_code),
                             store != NULL ? store->file : CHECK_RESULT_FILE),
        .remedy = arena_format(arena, "%s; then run `playbus check` again", err_remedy(*out_code))};
    return true;
}
