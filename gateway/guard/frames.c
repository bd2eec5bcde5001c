/* SPDX-License-Identifier: MIT
 * frames.c - the heads of frames: an opcode, a mask bit with a length, the rest of a long length.
 */
#include "gateway/guard/frames.h"

#define MASK_SIZE 4

static bool on_header(struct frames *f, unsigned char c)
{
    f->header++;
    if (f->header == 1) {
        return true;
    }
    if (f->header == 2) {
        unsigned length = c & 0x7f;
        f->lengths = length == 126 ? 2 : length == 127 ? 8 : 0;
        f->left = f->lengths > 0 ? 0 : length;
        if ((c & 0x80) == 0) {
            return false;
        }
    } else {
        f->left = f->left << 8 | c;
        f->lengths--;
    }
    if (f->lengths == 0) {
        f->left = (f->left & INT64_MAX) + MASK_SIZE;
        f->header = 0;
    }
    return true;
}

bool frames_take(struct frames *f, const unsigned char *bytes, size_t size)
{
    size_t at = 0;
    while (at < size) {
        if (f->left > 0 && f->header == 0) {
            size_t taken = f->left < size - at ? (size_t)f->left : size - at;
            f->left -= taken;
            at += taken;
        } else if (!on_header(f, bytes[at++])) {
            return false;
        }
    }
    return true;
}
