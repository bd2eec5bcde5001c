/* SPDX-License-Identifier: MIT
 * json_text.h - records as JSON text, written member by member. The text says what json.h makes of
 * the record; where nothing has to be looked at or changed in between, this saves the tree, which
 * is most of what a page of plays costs. */
#ifndef PLAYBUS_PROTO_WIRE_JSON_TEXT_H
#define PLAYBUS_PROTO_WIRE_JSON_TEXT_H

#include "proto/wire/codec.h"

/* The record alone; as an answer, which begins with `success`; as one of a list, whose `next` is
 * null where there is none. */
enum json_text_kind { JSON_TEXT_RECORD, JSON_TEXT_ANSWER, JSON_TEXT_LIST };

/* Appends one object. Never fails on a struct that record_pack accepts. */
void record_to_json_text(const struct record_desc *r, const void *value, enum json_text_kind kind,
                         struct buffer *out);

#endif
