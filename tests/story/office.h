/* SPDX-License-Identifier: ISC */
/*
 * office: what the operator asks of the control socket, as stonechatctl does.
 */
#ifndef STORY_OFFICE_H
#define STORY_OFFICE_H

#include <jansson.h>
#include <stdint.h>

/* The items of the answer, as an array; NULL and a comment if it is refused.
 * Takes the request. */
json_t *office_ask_take(const char *socket, json_t *request);

/* Adds the user NAME with the password NAME-secret: 0 or -1. */
int office_add_user(const char *socket, const char *name);

/* Who is in the chat (`USER:NUMBER'), with marks; its head; or NULL. */
json_t *office_show(const char *socket, const char *chat);

/* All entries of a chat, with what they say: an array. */
json_t *office_history(const char *socket, const char *chat, uint64_t head);

#endif
