/* SPDX-License-Identifier: ISC */
/* Own settings of chats, stars, the list of chats, and what is unread: what the
 * server says of them, and what the application wants of them. */
#include <string.h>

#include "src/client/engine_priv.h"

_Static_assert(SC_CHAT_DIRECT == (int)CHAT_KIND_DIRECT &&
    SC_CHAT_SYSTEM == (int)CHAT_KIND_SYSTEM, "kinds are those of the wire");

/* ---- what the server says ---- */

static uint64_t
number_of(const struct elem *e)
{
	const struct value *v = elem_get(e, ATTR_CHAT);

	return v != NULL && v->chat.kind == CHAT_BY_NUMBER ? v->chat.number
							   : 0;
}

static bool
is_on(const struct elem *e, enum attr_name name)
{
	return elem_uint(e, name, TOGGLE_OFF) == TOGGLE_ON;
}

static bool
take_settings(struct sc_client *c, const struct elem *e, struct sc_event *ev)
{
	(void)c;
	ev->type = SC_EVENT_SETTINGS;
	ev->chat = number_of(e);
	ev->muted = elem_int(e, ATTR_MUTED, 0);
	ev->archived = is_on(e, ATTR_ARCHIVED);
	ev->pinned = is_on(e, ATTR_PINNED);
	return ev->chat != 0;
}

static bool
take_star(struct sc_client *c, const struct elem *e, struct sc_event *ev)
{
	(void)c;
	ev->type = SC_EVENT_STAR;
	ev->chat = number_of(e);
	ev->seq = elem_uint(e, ATTR_SEQ, 0);
	ev->gone = elem_uint(e, ATTR_ACTION, ACTION_ADD) == ACTION_REMOVE;
	return ev->chat != 0 && ev->seq != 0;
}

static bool
take_hide(struct sc_client *c, const struct elem *e, struct sc_event *ev)
{
	(void)c;
	ev->type = SC_EVENT_HIDDEN;
	ev->chat = number_of(e);
	ev->seq = elem_uint(e, ATTR_SEQ, 0);
	return ev->chat != 0 && ev->seq != 0;
}

static bool
take_unread(struct sc_client *c, const struct elem *e, struct sc_event *ev)
{
	(void)c;
	ev->type = SC_EVENT_UNREAD;
	ev->chat = number_of(e);
	ev->unread = elem_uint(e, ATTR_TOTAL, 0);
	return ev->id != 0;
}

/* One of the list; in the account log a chat is introduced (receive_entry.c). */
static bool
take_chat(struct sc_client *c, const struct elem *e, struct sc_event *ev)
{
	const struct value *peer = elem_get(e, ATTR_PEER);
	struct slice name = elem_slice(e, ATTR_NAME);
	uint64_t kind = elem_uint(e, ATTR_KIND, CHAT_KIND_COUNT);
	char *copy = arena_alloc(&c->arena, name.len + 1);
	char *address = arena_alloc(&c->arena, SC_CHAT_ID_SIZE);
	struct slice ref = elem_slice(e, ATTR_REF);

	ev->type = SC_EVENT_CHAT;
	ev->chat = elem_uint(e, ATTR_NUMBER, 0);
	ev->kind = (enum sc_chat_kind)kind;
	ev->user = peer == NULL ? 0 : peer->user.id;
	ev->last = elem_uint(e, ATTR_LAST, 0);
	ev->read = elem_uint(e, ATTR_READ, 0);
	ev->unread = elem_uint(e, ATTR_UNREAD, 0);
	ev->name = sc_client_chat_name(c, ev->chat);
	if (copy != NULL && name.len > 0) {
		memcpy(copy, name.p, name.len);
		copy[name.len] = '\0';
		ev->name = copy;
	}
	if (address != NULL && ref.len == CHAT_ID_SIZE) {
		struct chat_id id;

		memcpy(id.b, ref.p, sizeof(id.b));
		chat_id_print(&id, address);
		ev->address = address;
	}
	groups_describe(c, e, ev);
	return ev->id != 0 && kind < CHAT_KIND_COUNT;
}

void
settings_tell(struct sc_client *c, const struct elem *e, uint64_t id)
{
	static const struct {
		enum tag tag;
		bool (*take)(struct sc_client *, const struct elem *,
		    struct sc_event *);
	} takes[] = {
	    {TAG_SETTINGS, take_settings},
	    {TAG_STAR, take_star},
	    {TAG_HIDE, take_hide},
	    {TAG_UNREAD, take_unread},
	    {TAG_CHAT, take_chat},
	};
	struct sc_event ev = {.id = id};

	for (size_t i = 0; i < sizeof(takes) / sizeof(takes[0]); i++)
		if (takes[i].tag == e->tag && takes[i].take(c, e, &ev))
			(void)engine_event(c, &ev);
}

/* ---- what the application wants ---- */

static void
add_toggle(struct elem_buf *e, enum attr_name name, const bool *on)
{
	if (on != NULL)
		elem_add_enum(e, name, *on ? TOGGLE_ON : TOGGLE_OFF);
}

int
sc_client_set(struct sc_client *c, const char *chat,
    const struct sc_settings *s, uint64_t *n)
{
	struct chat_ref ref;
	struct elem_buf e;
	int rc;

	if (chat == NULL || s == NULL || (s->muted == NULL &&
	    s->archived == NULL && s->pinned == NULL))
		return SC_CODE_BAD_REQUEST;
	if (s->muted != NULL && (*s->muted < 0 || *s->muted > SC_FOREVER))
		return SC_CODE_BAD_REQUEST;
	rc = send_resolve(c, chat, &ref);
	if (rc != 0)
		return rc;
	elem_begin(&e, TAG_SETTINGS);
	elem_add_chat(&e, ATTR_CHAT, &ref);
	if (s->muted != NULL)
		elem_add_time(&e, ATTR_MUTED, *s->muted);
	add_toggle(&e, ATTR_ARCHIVED, s->archived);
	add_toggle(&e, ATTR_PINNED, s->pinned);
	return send_request(c, &e.e, n);
}

/* A request about one entry. */
static int
of_entry(struct sc_client *c, enum tag tag, bool remove, const char *chat,
    uint64_t seq, uint64_t *n)
{
	struct chat_ref ref;
	struct elem_buf e;
	int rc;

	if (chat == NULL || seq == 0)
		return SC_CODE_BAD_REQUEST;
	rc = send_resolve(c, chat, &ref);
	if (rc != 0)
		return rc;
	elem_begin(&e, tag);
	if (remove)
		elem_add_enum(&e, ATTR_ACTION, ACTION_REMOVE);
	elem_add_chat(&e, ATTR_CHAT, &ref);
	elem_add_uint(&e, ATTR_SEQ, seq);
	return send_request(c, &e.e, n);
}

int
sc_client_star(struct sc_client *c, const char *chat, uint64_t seq, bool on,
    uint64_t *n)
{
	return of_entry(c, TAG_STAR, !on, chat, seq, n);
}

int
sc_client_hide(struct sc_client *c, const char *chat, uint64_t seq,
    uint64_t *n)
{
	return of_entry(c, TAG_HIDE, false, chat, seq, n);
}

int
sc_client_chats(struct sc_client *c, uint64_t *id)
{
	return ask_start(c, TAG_CHAT, NULL, id);
}

int
sc_client_settings(struct sc_client *c, uint64_t *id)
{
	return ask_start(c, TAG_SETTINGS, NULL, id);
}

int
sc_client_stars(struct sc_client *c, uint64_t *id)
{
	return ask_start(c, TAG_STAR, NULL, id);
}

int
sc_client_unread(struct sc_client *c, const char *chat, uint64_t *id)
{
	struct chat_ref ref;
	int rc;

	if (chat == NULL)
		return ask_start(c, TAG_UNREAD, NULL, id);
	rc = send_resolve(c, chat, &ref);
	return rc != 0 ? rc : ask_start(c, TAG_UNREAD, &ref, id);
}
