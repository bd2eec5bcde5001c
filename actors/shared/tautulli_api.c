/* SPDX-License-Identifier: MIT
 * tautulli_api.c - Tautulli's API, of every version since 2.0: what was refused had other statuses
 * over the years, and the same words. */
#include "actors/shared/tautulli_api.h"

#include <ctype.h>
#include <string.h>

#define KEY_NAME "&apikey="

size_t tautulli_form_size(const char *call, const char *key)
{
    size_t size = strlen(call) + (key != NULL ? strlen(KEY_NAME) : 0) + 1;
    for (const char *c = key; c != NULL && *c != '\0'; c++) {
        size += isalnum((unsigned char)*c) ? 1 : 3;
    }
    return size;
}

void tautulli_form(const char *call, const char *key, char *out)
{
    static const char digits[] = "0123456789ABCDEF";
    char *at = stpcpy(out, call);
    at = key != NULL ? stpcpy(at, KEY_NAME) : at;
    for (const char *c = key; c != NULL && *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        if (isalnum(byte)) {
            *at++ = *c;
        } else {
            *at++ = '%';
            *at++ = digits[byte >> 4U];
            *at++ = digits[byte & 15U];
        }
    }
    *at = '\0';
}

static enum err err_of_words(const char *message, bool with_key)
{
    if (strstr(message, "API not enabled") != NULL ||
        strstr(message, "key not generated") != NULL) {
        return ERR_TAUTULLI_API_OFF;
    }
    if (strstr(message, "Invalid apikey") != NULL) {
        return ERR_TAUTULLI_KEY_REFUSED;
    }
    bool wants_key = strstr(message, "apikey") != NULL;
    return wants_key && !with_key ? OK : ERR_SERVER_FAILED;
}

/* Before v2.15.2 a call could be sent to the page where a person signs in. */
static enum err err_of_redirect(const char *location, bool with_key)
{
    if (strstr(location, "/auth/login") == NULL) {
        return ERR_SERVER_REDIRECTS;
    }
    return with_key ? ERR_TAUTULLI_SIGN_IN_PAGE : OK;
}

enum err tautulli_judge(int status, const char *location, const json_t *said, bool with_key,
                        const json_t **out_data)
{
    const json_t *response = json_object_get(said, "response");
    const char *result = json_string_value(json_object_get(response, "result"));
    const char *message = json_string_value(json_object_get(response, "message"));
    *out_data = NULL;
    if (status >= 300 && status < 400) {
        return err_of_redirect(location, with_key);
    }
    if (result == NULL) {
        return status >= 500 ? ERR_SERVER_FAILED : ERR_NOT_A_TAUTULLI;
    }
    if (strcmp(result, "success") != 0) {
        return err_of_words(message != NULL ? message : "", with_key);
    }
    *out_data = json_object_get(response, "data");
    return status == 200 ? OK : ERR_SERVER_FAILED;
}
