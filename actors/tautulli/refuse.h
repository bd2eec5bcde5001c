/* SPDX-License-Identifier: MIT
 * refuse.h - one way to say why something was not done. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_REFUSE_H
#define PLAYBUS_ACTORS_TAUTULLI_REFUSE_H

#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/schema/schema.h"

/* `text` replaces the sentence of errors.def; NULL keeps it. It must outlive the refusal. */
NODISCARD static inline enum err refuse(struct refusal *out_why, enum err code, const char *text)
{
    *out_why = (struct refusal){.code = err_code(code), .text = text};
    return code;
}

/* The same with a remedy of its own. */
NODISCARD static inline enum err refuse_with(struct refusal *out_why, enum err code,
                                             const char *text, const char *remedy)
{
    *out_why = (struct refusal){.code = err_code(code), .text = text, .remedy = remedy};
    return code;
}

#endif
