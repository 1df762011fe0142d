/* SPDX-License-Identifier: ISC */
/* What is asked of channels: what one is, and who is in it. */
#include "channels.h"

int
channel_info(struct asking *a)
{
	struct elem_buf e;
	int rc = channel_open(a, ROLE_MEMBER);

	if (rc != 0)
		return rc;
	room_describe(&e, &a->chat, &a->self, &a->channel.texts);
	elem_add_time(&e, ATTR_CREATED, a->chat.created);
	elem_add_enum(&e, ATTR_CLOSED,
	    a->channel.closed ? TOGGLE_ON : TOGGLE_OFF);
	return scm_add(a->tx, a->r, &e.e);
}

static int
texts(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    struct room_texts *t)
{
	struct channel c;
	int rc = channel_get(m, tx, id, &c);

	if (rc == 0)
		*t = c.texts;
	return rc;
}

static int
list_channels(struct asking *a)
{
	struct room_list l = room_list_begin(a->tx, a->r);

	return room_list_chats(&l, a->m, CHAT_KIND_CHANNEL, texts);
}

int
channel_list(struct asking *a)
{
	uint64_t kind = elem_uint(a->r->stanza, ATTR_KIND, CHAT_KIND_COUNT);
	struct room_list l;
	int rc;

	if (!elem_has(a->r->stanza, ATTR_CHAT))
		return kind == CHAT_KIND_CHANNEL ? list_channels(a)
		    : SC_NOT_MINE;
	l = room_list_begin(a->tx, a->r);
	rc = channel_open(a, ROLE_MEMBER);
	if (rc != 0)
		return rc;
	/* those who write are seen by all, those who read by those who write */
	l.least = a->self.role < ROLE_ADMIN ? ROLE_ADMIN : ROLE_MEMBER;
	return room_list_members(&l, &a->chat);
}
