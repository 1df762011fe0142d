/* SPDX-License-Identifier: ISC */
/* What is kept of a channel, and what all requests about one do first. */
#include "channels.h"

enum {
	CHANNEL_VERSION = 1,
	CHANNEL_ROW = 64 + 4 * (CHANNEL_NAME_MAX + CHANNEL_TOPIC_MAX) +
	    CHANNEL_AVATAR_MAX
};

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
	c->name = row_get_bytes(&in);
	c->topic = row_get_bytes(&in);
	c->avatar = row_get_bytes(&in);
	return row_check(&in);
}

int
channel_put(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    const struct channel *c)
{
	uint8_t b[CHANNEL_ROW];
	struct row_out row;

	row_begin(&row, b, sizeof(b), CHANNEL_VERSION);
	row_bytes(&row, c->name);
	row_bytes(&row, c->topic);
	row_bytes(&row, c->avatar);
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

int
channel_open(struct asking *a, enum role least)
{
	int rc = scm_chat(a->tx, a->r, ATTR_CHAT, &a->chat);

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
	if (a->self.role < least)
		return channel_refuse(a, SC_EFORBIDDEN,
		    least == ROLE_OWNER ? "only the owner of the channel may "
		    "do this" : "only those who write the channel may do this");
	return channel_get(a->m, a->tx, &a->chat.id, &a->channel);
}

/* Line feeds and the like have no place in a name. */
static bool
is_line(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return s.len > 0;
}

static int
take_text(struct asking *a, enum attr_name attr, size_t most,
    struct slice *to, struct elem_buf *changed)
{
	struct slice s = elem_slice(a->r->stanza, attr);
	size_t n = 0;

	if (!elem_has(a->r->stanza, attr))
		return 0;
	if (utf8_length(s, &n) != 0 || n > most)
		return channel_refuse(a, SC_ETOOLARGE, attr == ATTR_NAME ?
		    "a name has at most 100 characters" :
		    "a topic has at most 1000 characters");
	if (attr == ATTR_NAME && !is_line(s))
		return channel_refuse(a, SC_EBADREQUEST,
		    "the name of a channel is one line, and not empty");
	*to = s;
	elem_add_text(changed, attr, s);
	return 0;
}

int
channel_take(struct asking *a, struct elem_buf *changed)
{
	struct channel *c = &a->channel;
	int rc;

	elem_begin(changed, TAG_CHANGED);
	rc = take_text(a, ATTR_NAME, CHANNEL_NAME_MAX, &c->name, changed);
	if (rc == 0)
		rc = take_text(a, ATTR_TOPIC, CHANNEL_TOPIC_MAX, &c->topic,
		    changed);
	if (rc != 0 || !elem_has(a->r->stanza, ATTR_AVATAR))
		return rc;
	c->avatar = elem_slice(a->r->stanza, ATTR_AVATAR);
	elem_add_bytes(changed, ATTR_AVATAR, c->avatar);
	return c->avatar.len <= CHANNEL_AVATAR_MAX ? 0 : channel_refuse(a,
	    SC_ETOOLARGE, "the reference of a picture has at most 256 bytes");
}

int
channel_say(struct asking *a, uint64_t user, const struct elem_buf *e)
{
	return scm_post(a->tx, &a->chat, user, &e->e, 1, 0);
}

int
channel_answer(struct asking *a, uint64_t number)
{
	struct elem_buf e;

	elem_begin(&e, TAG_CHAT);
	elem_add_uint(&e, ATTR_NUMBER, number);
	elem_add_bytes(&e, ATTR_REF, slice_of(a->chat.id.b, CHAT_ID_SIZE));
	elem_add_enum(&e, ATTR_KIND, a->chat.kind);
	elem_add_text(&e, ATTR_NAME, a->channel.name);
	return scm_add(a->tx, a->r, &e.e);
}
