/* SPDX-License-Identifier: ISC */
/* What an engine knows of its account and chats, for the application. */
#include "src/client/engine_priv.h"

_Static_assert(SC_CHAT_ID_SIZE == CHAT_ID_TEXT + 1, "an id as text, and a NUL");

size_t
sc_client_pending(const struct sc_client *c)
{
	return c->outbox.count;
}

const char *
sc_client_held(const struct sc_client *c)
{
	return c->held;
}

uint64_t
sc_client_cursor(const struct sc_client *c, uint64_t number)
{
	const struct chat *chat = account_find(&c->account, number);

	return chat == NULL ? 0 : chat->cursor;
}

uint64_t
sc_client_user(const struct sc_client *c)
{
	return c->account.user;
}

uint32_t
sc_client_device(const struct sc_client *c)
{
	return (uint32_t)c->account.device;
}

const char *
sc_client_chat_id(const struct sc_client *c, uint64_t number,
    char id[SC_CHAT_ID_SIZE])
{
	const struct chat *chat = account_find(&c->account, number);

	id[0] = '\0';
	if (chat != NULL && chat->introduced)
		chat_id_print(&chat->id, id);
	return id;
}

const char *
sc_client_chat_name(const struct sc_client *c, uint64_t number)
{
	const struct chat *chat = account_find(&c->account, number);

	return chat == NULL || chat->name == NULL ? "" : chat->name;
}

uint64_t
sc_client_next_chat(const struct sc_client *c, uint64_t number)
{
	for (size_t i = 0; i < c->account.count; i++) {
		const struct chat *chat = c->account.chats[i];

		if (chat->introduced && chat->number > number)
			return chat->number;
	}
	return 0;
}

uint64_t
sc_client_read_mark(const struct sc_client *c, uint64_t number)
{
	const struct chat *chat = account_find(&c->account, number);

	return chat == NULL ? 0 : chat->read;
}
