/* SPDX-License-Identifier: ISC */
/* Channels, where they differ from groups, and the chats that the application
 * is looking at: large ones are told to those who look. */
#include "src/client/engine_priv.h"

/* ---- looking ---- */

/* Chats of two are told anyway. */
static bool
may_be_large(const struct chat *chat)
{
	return chat->introduced && (chat->kind == CHAT_KIND_GROUP ||
	    chat->kind == CHAT_KIND_CHANNEL);
}

static void
put_look(struct sc_client *c, const struct chat *chat, enum tag tag)
{
	struct elem_buf e;

	if (!may_be_large(chat))
		return;
	elem_begin(&e, tag);
	elem_add_chat_number(&e, ATTR_CHAT, chat->number);
	if (tag == TAG_WATCH)
		elem_add_uint(&e, ATTR_SEQ, chat->cursor);
	engine_put(c, &e.e);
}

/* Before the answer to the sync the cursors of chats are still to move. */
static bool
may_look(const struct sc_client *c)
{
	return sc_client_online(c) && !c->syncing && !c->leaving;
}

void
channels_synced(struct sc_client *c)
{
	for (size_t i = 0; i < c->account.count; i++)
		if (c->account.chats[i]->open)
			put_look(c, c->account.chats[i], TAG_WATCH);
}

void
channels_introduced(struct sc_client *c, const struct chat *chat)
{
	if (chat != NULL && chat->open && may_look(c))
		put_look(c, chat, TAG_WATCH);
}

static int
look(struct sc_client *c, uint64_t number, bool open)
{
	struct chat *chat = account_find(&c->account, number);

	if (chat == NULL)
		return SC_CODE_NOT_FOUND;
	if (chat->open == open)
		return 0;
	chat->open = open;
	if (may_look(c))
		put_look(c, chat, open ? TAG_WATCH : TAG_UNWATCH);
	return 0;
}

int
sc_client_open(struct sc_client *c, uint64_t chat)
{
	return look(c, chat, true);
}

int
sc_client_close(struct sc_client *c, uint64_t chat)
{
	return look(c, chat, false);
}

/* ---- requests ---- */

int
sc_client_channel_create(struct sc_client *c, const struct sc_group *g,
    uint64_t *n)
{
	struct elem_buf e;

	if (g == NULL || g->name == NULL || g->post != NULL ||
	    g->edit != NULL || g->approval != NULL || g->recent != NULL)
		return SC_CODE_BAD_REQUEST;
	elem_begin(&e, TAG_CHAT);
	elem_add_enum(&e, ATTR_ACTION, ACTION_CREATE);
	elem_add_enum(&e, ATTR_KIND, CHAT_KIND_CHANNEL);
	groups_add(&e, g);
	return send_request(c, &e.e, n);
}

int
sc_client_channel_join(struct sc_client *c, const char *channel, uint64_t *n)
{
	struct chat_ref ref;
	struct elem_buf e;
	int rc = channel == NULL ? SC_CODE_BAD_REQUEST
	    : send_parse(channel, &ref);

	if (rc != 0 || ref.kind != CHAT_BY_ID)
		return SC_CODE_BAD_REQUEST;
	elem_begin(&e, TAG_CHAT);
	elem_add_enum(&e, ATTR_ACTION, ACTION_JOIN);
	elem_add_chat(&e, ATTR_CHAT, &ref);
	return send_request(c, &e.e, n);
}

int
sc_client_channels(struct sc_client *c, uint64_t *id)
{
	return ask_kind(c, CHAT_KIND_CHANNEL, id);
}

int
sc_client_views(struct sc_client *c, const char *chat, uint64_t first,
    uint64_t last, uint64_t *id)
{
	struct chat_ref ref;
	int rc = chat == NULL ? SC_CODE_BAD_REQUEST
	    : send_resolve(c, chat, &ref);

	return rc != 0 ? rc : ask_about(c, TAG_VIEWS, &ref,
	    &(struct ask_about){.first = first, .last = last}, id);
}

/* ---- what the server says ---- */

void
channels_tell(struct sc_client *c, const struct elem *e,
    const struct sc_event *of)
{
	struct sc_event ev = *of;

	ev.type = SC_EVENT_VIEWS;
	ev.seq = elem_uint(e, ATTR_SEQ, 0);
	ev.views = elem_uint(e, ATTR_TOTAL, 0);
	(void)engine_event(c, &ev);
}
