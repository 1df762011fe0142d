/* SPDX-License-Identifier: ISC */
/* What is kept of a channel, and what all requests about one do first. */
#include "channels.h"

enum { CHANNEL_VERSION = 1, CHANNEL_ROW = 64 + ROOM_TEXTS_ROW };

/* ---- the row ---- */

int
channel_get(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    struct channel *c)
{
	struct slice value;
	struct row_in in;
	int rc = scm_get(tx, m, CHANNEL_ROWS, 0, slice_of(id->b, CHAT_ID_SIZE),
	    &value);

	if (rc != 0)
		return rc == SC_ENOTFOUND ? SC_EDAMAGED : rc;
	row_open(&in, value);
	room_texts_read(&in, &c->texts);
	c->owner = in.rest.len > 0 ? row_get_uint(&in) : 0;
	c->closed = in.rest.len > 0 && row_get_uint(&in) != 0;
	return row_check(&in);
}

int
channel_put(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    const struct channel *c)
{
	uint8_t b[CHANNEL_ROW];
	struct row_out row;

	row_begin(&row, b, sizeof(b), CHANNEL_VERSION);
	room_texts_write(&row, &c->texts);
	row_uint(&row, c->owner);
	row_uint(&row, c->closed);
	return scm_put(tx, m, CHANNEL_ROWS, 0, slice_of(id->b, CHAT_ID_SIZE),
	    row_slice(&row));
}

/* ---- requests ---- */

int
channel_refuse(struct asking *a, int code, const char *why)
{
	a->r->why = why;
	return code;
}

/* An account may have gone while the module was off.  Who only reads does not
 * look for that among very many. */
static int
see_owner(struct asking *a)
{
	int rc = room_see_owner(a->tx, &a->chat, ROLE_ADMIN,
	    &a->channel.owner);

	if (rc == 1)
		rc = channel_put(a->m, a->tx, &a->chat.id, &a->channel);
	return rc != 0 ? rc
	    : scm_member_get(a->tx, &a->chat.id, a->r->user, &a->self);
}

int
channel_open(struct asking *a, enum role least)
{
	int rc = room_is_direct(a->r) ? SC_NOT_MINE
	    : scm_chat(a->tx, a->r, ATTR_CHAT, &a->chat);

	if (rc == SC_ENOTFOUND || rc == SC_EBADREQUEST)
		return channel_refuse(a, rc,
		    "there is no such chat: list yours");
	if (rc == 0 && a->chat.kind != CHAT_KIND_CHANNEL)
		return SC_NOT_MINE;
	if (rc == 0)
		rc = scm_chat_get_locked(a->tx, &a->chat.id, &a->chat);
	if (rc == 0)
		rc = scm_member_get(a->tx, &a->chat.id, a->r->user, &a->self);
	if (rc != 0)
		return rc;
	if (!scm_member_in(&a->self))
		return channel_refuse(a, SC_EFORBIDDEN,
		    "you have left this channel: join it again");
	rc = channel_get(a->m, a->tx, &a->chat.id, &a->channel);
	if (rc == 0 && a->r->n != 0 && a->self.role == ROLE_ADMIN)
		rc = see_owner(a);
	if (rc != 0 || a->self.role >= least)
		return rc;
	return channel_refuse(a, SC_EFORBIDDEN, least == ROLE_OWNER ?
	    "only the owner of the channel may do this" :
	    "only those who write the channel may do this");
}

int
channel_say(struct asking *a, uint64_t user, const struct elem_buf *e)
{
	return scm_post(a->tx, &a->chat, user, &e->e, 1, 0);
}

int
channel_answer(struct asking *a, uint64_t number)
{
	return room_answer(a->tx, a->r, &a->chat, number,
	    a->channel.texts.name);
}
