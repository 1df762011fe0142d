/* SPDX-License-Identifier: ISC */
/* Who is there, who types, and signals: nothing of it is kept. */
#include <stdlib.h>
#include <string.h>

#include "protocol/payload.h"
#include "src/client/engine_priv.h"

_Static_assert(SC_SHOW_OFFLINE == (int)SHOW_OFFLINE &&
    SC_ACTIVITY_RECORDING == (int)ACTIVITY_RECORDING &&
    SC_PRIVACY_SHARED == (int)PRIVACY_SHARED, "these are those of the wire");

/* A user who is watched, as long as the application wants it. */
struct watch {
	struct watch *next;
	char user[];
};

/* ---- what the server says ---- */

/* The name or `~id' of the attribute, in the arena. */
static const char *
user_text(struct sc_client *c, const struct elem *e, uint64_t *id)
{
	const struct value *v = elem_get(e, ATTR_USER);
	char *name;

	*id = 0;
	if (v == NULL || v->type != VALUE_USER)
		return "";
	*id = v->user.id;
	if (v->user.id != 0)
		return "";
	name = arena_alloc(&c->arena, v->user.name.len + 1);
	if (name == NULL)
		return "";
	memcpy(name, v->user.name.p, v->user.name.len);
	name[v->user.name.len] = '\0';
	return name;
}

void
presence_tell(struct sc_client *c, const struct elem *e, uint64_t id)
{
	struct sc_event ev = {.type = SC_EVENT_PRESENCE, .id = id,
	    .time = elem_int(e, ATTR_TIME, 0)};
	uint64_t show = elem_uint(e, ATTR_SHOW, SHOW_OFFLINE);

	ev.name = user_text(c, e, &ev.user);
	ev.show = show < SHOW_COUNT ? (enum sc_show)show : SC_SHOW_ONLINE;
	(void)engine_event(c, &ev);
}

static void
take_privacy(const struct elem *e, enum attr_name name, enum sc_privacy *to,
    unsigned flag, unsigned *flags)
{
	uint64_t p = elem_uint(e, name, PRIVACY_COUNT);

	if (p >= PRIVACY_COUNT)
		return;
	*to = (enum sc_privacy)p;
	*flags |= flag;
}

void
presence_privacy(struct sc_client *c, const struct elem *e, uint64_t id)
{
	struct sc_event ev = {.type = SC_EVENT_PRIVACY, .id = id};

	take_privacy(e, ATTR_LAST_SEEN, &ev.last_seen, SC_CHANGED_LAST_SEEN,
	    &ev.changed);
	take_privacy(e, ATTR_ONLINE, &ev.online, SC_CHANGED_ONLINE,
	    &ev.changed);
	if (elem_has(e, ATTR_RECEIPTS)) {
		ev.receipts = elem_uint(e, ATTR_RECEIPTS, TOGGLE_ON) ==
		    TOGGLE_ON;
		ev.changed |= SC_CHANGED_RECEIPTS;
	}
	if (ev.changed != 0)
		(void)engine_event(c, &ev);
}

int
receive_presence(struct sc_client *c, const struct elem *e)
{
	presence_tell(c, e, 0);
	return 0;
}

/* The chat, and who it is of whom something is said. */
static bool
take_chat(struct sc_client *c, const struct elem *e, struct sc_event *ev)
{
	const struct value *v = elem_get(e, ATTR_CHAT);
	const struct chat *chat;

	ev->name = user_text(c, e, &ev->user);
	if (v == NULL)
		return true;	/* a signal to this device */
	chat = v->chat.kind == CHAT_BY_NUMBER
	    ? account_find(&c->account, v->chat.number) : NULL;
	if (chat == NULL)
		return false;
	ev->chat = chat->number;
	if (ev->user == 0)
		ev->user = chat->peer;
	if (chat->kind == CHAT_KIND_DIRECT && ev->user == chat->peer)
		ev->name = chat->name;
	return true;
}

int
receive_typing(struct sc_client *c, const struct elem *e)
{
	uint64_t activity = elem_uint(e, ATTR_ACTIVITY, ACTIVITY_PAUSED);
	struct sc_event ev = {.type = SC_EVENT_TYPING};

	ev.activity = activity < ACTIVITY_COUNT ? (enum sc_activity)activity
						: SC_ACTIVITY_COMPOSING;
	if (take_chat(c, e, &ev))
		(void)engine_event(c, &ev);
	return 0;
}

int
receive_signal(struct sc_client *c, const struct elem *e)
{
	struct sc_event ev = {.type = SC_EVENT_SIGNAL,
	    .device = (uint32_t)elem_uint(e, ATTR_DEVICE, 0)};
	struct slice wire = e->content == CONTENT_PAYLOAD ? e->text
							   : slice_of(NULL, 0);
	struct payload p;

	ev.payload = wire.p;
	ev.payloadlen = wire.len;
	/* what sc_client_signal sends comes out as it went in */
	if (wire.len > 0 && payload_take(&wire, &p) == 0 &&
	    p.encoding == PAYLOAD_OPAQUE) {
		ev.payload = p.bytes.p;
		ev.payloadlen = p.bytes.len;
	}
	if (take_chat(c, e, &ev))
		(void)engine_event(c, &ev);
	return 0;
}

/* ---- what the application says ---- */

static bool
may_say(const struct sc_client *c)
{
	return sc_client_online(c) && !c->leaving;
}

/* A user by name or `~id'. */
static int
parse_user(const char *text, struct chat_ref *ref)
{
	int rc = text == NULL ? SC_CODE_BAD_REQUEST : send_parse(text, ref);

	if (rc == 0 && ref->kind != CHAT_BY_NAME && ref->kind != CHAT_BY_USER)
		rc = SC_CODE_BAD_REQUEST;
	return rc;
}

void
presence_add_user(struct elem_buf *e, const struct chat_ref *ref)
{
	const struct user_ref user = {
	    .id = ref->kind == CHAT_BY_USER ? ref->number : 0,
	    .name = ref->kind == CHAT_BY_USER ? slice_of(NULL, 0)
						: ref->name};

	elem_add_user(e, ATTR_USER, &user);
}

static void
put_show(struct sc_client *c)
{
	struct elem_buf e;

	elem_begin(&e, TAG_PRESENCE);
	elem_add_enum(&e, ATTR_SHOW, c->show);
	engine_put(c, &e.e);
}

static void
put_watch(struct sc_client *c, const char *user, bool on)
{
	struct chat_ref ref;
	struct elem_buf e;

	if (parse_user(user, &ref) != 0)
		return;
	elem_begin(&e, TAG_PRESENCE);
	presence_add_user(&e, &ref);
	elem_add_enum(&e, ATTR_WATCH, on ? TOGGLE_ON : TOGGLE_OFF);
	engine_put(c, &e.e);
}

void
presence_in_flight(struct sc_client *c)
{
	if (c->show != SC_SHOW_ONLINE)
		put_show(c);
}

void
presence_online(struct sc_client *c)
{
	for (const struct watch *w = c->watches; w != NULL; w = w->next)
		put_watch(c, w->user, true);
}

void
presence_free(struct sc_client *c)
{
	struct watch *w;

	while ((w = c->watches) != NULL) {
		c->watches = w->next;
		free(w);
	}
}

int
sc_client_show(struct sc_client *c, enum sc_show show)
{
	if ((unsigned)show >= SHOW_COUNT)
		return SC_CODE_BAD_REQUEST;
	c->show = (unsigned)show;
	if (may_say(c))
		put_show(c);
	return 0;
}

int
sc_client_watch(struct sc_client *c, const char *user, bool on)
{
	struct watch **at = &c->watches, *w;
	struct chat_ref ref;
	int rc = parse_user(user, &ref);

	if (rc != 0)
		return rc;
	while (*at != NULL && strcmp((*at)->user, user) != 0)
		at = &(*at)->next;
	w = *at;
	if ((w != NULL) == on)
		return 0;
	if (on) {
		w = calloc(1, sizeof(*w) + strlen(user) + 1);
		if (w == NULL)
			return SC_CODE_NO_MEMORY;
		memcpy(w->user, user, strlen(user));
		*at = w;
	} else {
		*at = w->next;
		free(w);
	}
	if (may_say(c))
		put_watch(c, user, on);
	return 0;
}

int
sc_client_presence(struct sc_client *c, const char *user, uint64_t *id)
{
	struct chat_ref ref;
	int rc = parse_user(user, &ref);

	return rc != 0 ? rc : ask_start(c, TAG_PRESENCE, &ref, id);
}

int
sc_client_typing(struct sc_client *c, const char *chat,
    enum sc_activity activity)
{
	struct chat_ref ref;
	struct elem_buf e;
	int rc;

	if (chat == NULL || (unsigned)activity >= ACTIVITY_COUNT)
		return SC_CODE_BAD_REQUEST;
	rc = send_resolve(c, chat, &ref);
	if (rc != 0)
		return rc;
	if (!may_say(c))
		return SC_CODE_UNAVAILABLE;
	elem_begin(&e, TAG_TYPING);
	elem_add_chat(&e, ATTR_CHAT, &ref);
	elem_add_enum(&e, ATTR_ACTIVITY, (unsigned)activity);
	engine_put(c, &e.e);
	return 0;
}

int
sc_client_signal(struct sc_client *c, const char *to, uint32_t device,
    const void *p, size_t n)
{
	struct chat_ref ref;
	struct elem_buf e;
	struct buf payload;
	int rc;

	if (to == NULL || n == 0 || n > SC_SIGNAL_MAX)
		return SC_CODE_BAD_REQUEST;
	rc = device != 0 ? parse_user(to, &ref) : send_resolve(c, to, &ref);
	if (rc != 0)
		return rc;
	if (!may_say(c))
		return SC_CODE_UNAVAILABLE;
	buf_init(&payload, 0);
	rc = payload_put_opaque(slice_of(p, n), &payload);
	elem_begin(&e, TAG_SIGNAL);
	if (device != 0) {
		presence_add_user(&e, &ref);
		elem_add_uint(&e, ATTR_DEVICE, device);
	} else {
		elem_add_chat(&e, ATTR_CHAT, &ref);
	}
	elem_set_payload(&e, buf_slice(&payload));
	if (rc == 0)
		engine_put(c, &e.e);
	buf_fini(&payload);
	return rc == 0 ? 0 : SC_CODE_NO_MEMORY;
}

int
sc_client_privacy(struct sc_client *c, enum sc_privacy last_seen,
    enum sc_privacy online, uint64_t *n)
{
	struct elem_buf e;

	if ((unsigned)last_seen >= PRIVACY_COUNT ||
	    (unsigned)online >= PRIVACY_COUNT)
		return SC_CODE_BAD_REQUEST;
	elem_begin(&e, TAG_USER);
	elem_add_enum(&e, ATTR_ACTION, ACTION_PRIVACY);
	elem_add_enum(&e, ATTR_LAST_SEEN, (unsigned)last_seen);
	elem_add_enum(&e, ATTR_ONLINE, (unsigned)online);
	return send_request(c, &e.e, n);
}

int
sc_client_privacy_receipts(struct sc_client *c, bool on, uint64_t *n)
{
	struct elem_buf e;

	elem_begin(&e, TAG_USER);
	elem_add_enum(&e, ATTR_ACTION, ACTION_PRIVACY);
	elem_add_enum(&e, ATTR_RECEIPTS, on ? TOGGLE_ON : TOGGLE_OFF);
	return send_request(c, &e.e, n);
}

int
sc_client_privacy_get(struct sc_client *c, uint64_t *id)
{
	return ask_action(c, TAG_USER, NULL, ACTION_GET, id);
}
