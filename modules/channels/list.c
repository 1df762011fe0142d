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
	return scm_add(a->tx, a->r, &e.e);
}

int
channel_members(struct asking *a)
{
	struct room_list l = room_list_begin(a->tx, a->r);
	int rc;

	if (!elem_has(a->r->stanza, ATTR_CHAT))
		return SC_NOT_MINE;	/* all chats of an account */
	rc = channel_open(a, ROLE_MEMBER);
	if (rc != 0)
		return rc;
	/* those who write are seen by all, those who read by those who write */
	l.least = a->self.role < ROLE_ADMIN ? ROLE_ADMIN : ROLE_MEMBER;
	return room_list_members(&l, &a->chat);
}
