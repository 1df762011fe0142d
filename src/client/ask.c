/* SPDX-License-Identifier: ISC */
/*
 * Requests with an id: the application is told the answer, and nothing of it
 * is kept.  They wait here until they can be sent, and until the result.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/client/engine_priv.h"
#include "src/common/err.h"

enum {
	FLYING_MAX = 8,		/* the server takes 16 lists at a time */
	ASKS_MAX = 1000
};

struct ask {
	struct ask *next;
	uint64_t id;
	enum tag tag;
	bool sent;
	enum action action;	/* ACTION_COUNT: not said */
	enum chat_kind kind;	/* chats of that; CHAT_KIND_COUNT: of all */
	bool of_chat;		/* it names a chat, whose name is in `name` */
	struct chat_ref chat;
	struct sc_history what;
	struct ask_about about;
	uint8_t name[];
};

/* ---- the list ---- */

static struct ask *
ask_find(const struct sc_client *c, uint64_t id)
{
	struct ask *a = c->asks;

	while (a != NULL && a->id != id)
		a = a->next;
	return a;
}

/* Takes the request off the list and tells how it ended. */
static void
ask_end(struct sc_client *c, struct ask *a, int code, const char *why)
{
	struct sc_event ev = {.type = SC_EVENT_RESULT, .id = a->id,
	    .code = code, .why = why};
	struct ask **p = &c->asks;

	while (*p != a)
		p = &(*p)->next;
	*p = a->next;
	free(a);
	(void)engine_event(c, &ev);
}

static int
ask_add(struct sc_client *c, enum tag tag, const struct chat_ref *chat,
    struct ask **out)
{
	struct slice name = chat != NULL && chat->kind == CHAT_BY_NAME
	    ? chat->name : slice_of(NULL, 0);
	struct ask *a, **p = &c->asks;
	unsigned n = 0;

	if (c->stopped || c->leaving || c->conf.raw)
		return SC_CODE_UNAVAILABLE;
	for (; *p != NULL; p = &(*p)->next)
		n++;
	if (n >= ASKS_MAX)
		return SC_CODE_RATE_LIMITED;
	a = calloc(1, sizeof(*a) + name.len);
	if (a == NULL)
		return SC_CODE_NO_MEMORY;
	a->id = ++c->last_id;
	a->tag = tag;
	a->action = tag == TAG_DEVICE || tag == TAG_CHAT ? ACTION_LIST
	    : ACTION_COUNT;
	a->kind = CHAT_KIND_COUNT;
	a->of_chat = chat != NULL;
	if (chat != NULL)
		a->chat = *chat;
	if (name.len > 0)
		memcpy(a->name, name.p, name.len);
	a->chat.name = slice_of(a->name, name.len);
	*p = a;
	*out = a;
	return 0;
}

void
ask_closed(struct sc_client *c)
{
	uint64_t last = c->last_id;	/* a callback may ask again */
	struct ask *a = c->asks;

	while (a != NULL && a->id <= last) {
		if (a->sent || c->stopped) {
			ask_end(c, a, SC_CODE_UNAVAILABLE,
			    "the connection has ended: ask again");
			a = c->asks;
		} else {
			a = a->next;
		}
	}
}

void
ask_forget(struct sc_client *c)
{
	for (struct ask *a = c->asks; a != NULL; a = a->next)
		a->sent = true;
}

void
ask_free(struct sc_client *c)
{
	struct ask *a;

	while ((a = c->asks) != NULL) {
		c->asks = a->next;
		free(a);
	}
}

/* ---- sending ---- */

static void
put_range(struct elem_buf *e, const struct sc_history *what)
{
	if (what->before != 0)
		elem_add_uint(e, ATTR_BEFORE, what->before);
	if (what->after != 0)
		elem_add_uint(e, ATTR_AFTER, what->after);
	if (what->since != 0)
		elem_add_time(e, ATTR_SINCE, what->since);
	if (what->until != 0)
		elem_add_time(e, ATTR_UNTIL, what->until);
	if (what->limit != 0)
		elem_add_uint(e, ATTR_LIMIT, what->limit);
}

static void
put_about(struct elem_buf *e, const struct ask_about *about)
{
	if (about->first != 0)
		elem_add_uint(e, ATTR_FIRST, about->first);
	if (about->last != 0)
		elem_add_uint(e, ATTR_LAST, about->last);
	if (about->seq != 0)
		elem_add_uint(e, ATTR_SEQ, about->seq);
}

static void
put(struct sc_client *c, const struct ask *a)
{
	struct elem_buf e;

	elem_begin(&e, a->tag);
	elem_add_uint(&e, ATTR_ID, a->id);
	if (a->action != ACTION_COUNT)
		elem_add_enum(&e, ATTR_ACTION, a->action);
	if (a->kind != CHAT_KIND_COUNT)
		elem_add_enum(&e, ATTR_KIND, a->kind);
	if (a->tag == TAG_PRESENCE)
		presence_add_user(&e, &a->chat);
	else if (a->of_chat)
		elem_add_chat(&e, ATTR_CHAT, &a->chat);
	put_range(&e, &a->what);
	put_about(&e, &a->about);
	engine_put(c, &e.e);
}

void
ask_flush(struct sc_client *c)
{
	unsigned flying = 0;

	for (struct ask *a = c->asks; a != NULL && flying < FLYING_MAX;
	    a = a->next) {
		flying++;
		if (a->sent)
			continue;
		put(c, a);
		a->sent = true;
	}
}

/* ---- answers ---- */

static void
tell_device(struct sc_client *c, const struct elem *e, uint64_t id)
{
	struct sc_event ev = {.type = SC_EVENT_DEVICE, .id = id};

	receive_device(c, e, &ev);
	ev.time = elem_int(e, ATTR_TIME, 0);
	(void)engine_event(c, &ev);
}

static void
tell_reader(struct sc_client *c, const struct elem *e,
    const struct sc_event *of)
{
	const struct value *user = elem_get(e, ATTR_USER);
	struct sc_event ev = *of;

	ev.type = SC_EVENT_READER;
	ev.user = user == NULL ? 0 : user->user.id;
	ev.name = sc_client_user_name(c, ev.user);
	ev.delivered_at = elem_int(e, ATTR_DELIVERED_AT, 0);
	ev.read_at = elem_int(e, ATTR_READ_AT, 0);
	ev.estimated = elem_has(e, ATTR_ESTIMATED);
	(void)engine_event(c, &ev);
}

static void
tell_skip(struct sc_client *c, const struct elem *e, uint64_t id,
    uint64_t chat)
{
	struct sc_event ev = {.type = SC_EVENT_PAGE_SKIP, .id = id,
	    .chat = chat, .first = elem_uint(e, ATTR_FIRST, 0),
	    .last = elem_uint(e, ATTR_LAST, 0),
	    .why = receive_skip_reason(e)};

	(void)engine_event(c, &ev);
}

static int
tell_message(struct sc_client *c, const struct elem *e, uint64_t id,
    uint64_t number)
{
	const struct chat *chat = account_find(&c->account, number);
	struct sc_event ev = {.type = SC_EVENT_PAGE_MESSAGE, .id = id,
	    .chat = number};
	int rc = receive_entry(c, chat, e, &ev);

	if (rc == 0)
		(void)engine_event(c, &ev);
	return rc;
}

int
ask_page(struct sc_client *c, const struct elem *e)
{
	uint64_t id = elem_uint(e, ATTR_ID, 0);
	const struct ask *a = ask_find(c, id);
	struct sc_event of = {.id = id};
	const struct chat *chat;
	uint64_t number;
	int rc = 0;

	if (a == NULL)
		return 0;	/* nobody waits for it any more */
	chat = account_resolve(&c->account, &a->chat, slice_str(c->domain));
	number = chat == NULL ? 0 : chat->number;
	of.chat = number;
	of.seq = a->about.seq;
	for (size_t i = 0; i < e->nchild && rc == 0; i++) {
		const struct elem *child = &e->children[i];

		if (child->tag == TAG_MESSAGE)
			rc = tell_message(c, child, id, number);
		else if (child->tag == TAG_SKIP)
			tell_skip(c, child, id, number);
		else if (child->tag == TAG_PRESENCE)
			presence_tell(c, child, id);
		else if (child->tag == TAG_DEVICE)
			tell_device(c, child, id);
		else if (child->tag == TAG_LINK)
			link_tell(c, child, id);
		else if (child->tag == TAG_VIEWS)
			channels_tell(c, child, &of);
		else if (child->tag == TAG_READER)
			tell_reader(c, child, &of);
		else if (child->tag == TAG_USER)
			presence_privacy(c, child, id);
		else
			rc = groups_tell(c, child, &of);
		if (rc == 0)
			settings_tell(c, child, id);
	}
	return rc;
}

void
ask_ended(struct sc_client *c, uint64_t id, int code, const char *why)
{
	struct ask *a = ask_find(c, id);

	if (a != NULL)
		ask_end(c, a, code, why);
}

/* ---- the interface ---- */

/* What can be sent now is sent when the engine is next asked for output. */
int
ask_start(struct sc_client *c, enum tag tag, const struct chat_ref *chat,
    uint64_t *id)
{
	struct ask *a;
	int rc = ask_add(c, tag, chat, &a);

	if (rc == 0)
		*id = a->id;
	return rc;
}

int
ask_action(struct sc_client *c, enum tag tag, const struct chat_ref *chat,
    enum action action, uint64_t *id)
{
	struct ask *a;
	int rc = ask_add(c, tag, chat, &a);

	if (rc != 0)
		return rc;
	a->action = action;
	*id = a->id;
	return 0;
}

int
ask_kind(struct sc_client *c, enum chat_kind kind, uint64_t *id)
{
	struct ask *a;
	int rc = ask_add(c, TAG_CHAT, NULL, &a);

	if (rc != 0)
		return rc;
	a->kind = kind;
	*id = a->id;
	return 0;
}

int
ask_about(struct sc_client *c, enum tag tag, const struct chat_ref *chat,
    const struct ask_about *about, uint64_t *id)
{
	struct ask *a;
	int rc = ask_add(c, tag, chat, &a);

	if (rc != 0)
		return rc;
	a->about = *about;
	*id = a->id;
	return 0;
}

int
sc_client_history(struct sc_client *c, const char *chat,
    const struct sc_history *what, uint64_t *id)
{
	struct chat_ref ref;
	struct ask *a;
	int rc;

	if (chat == NULL)
		return SC_CODE_BAD_REQUEST;
	rc = send_resolve(c, chat, &ref);
	if (rc == SC_CODE_FORBIDDEN)	/* the account log may be read */
		rc = 0;
	if (rc == 0)
		rc = ask_add(c, TAG_HISTORY, &ref, &a);
	if (rc != 0)
		return rc;
	if (what != NULL)
		a->what = *what;
	*id = a->id;
	return 0;
}

int
sc_client_devices(struct sc_client *c, uint64_t *id)
{
	return ask_start(c, TAG_DEVICE, NULL, id);
}

int
sc_client_receipts(struct sc_client *c, const char *chat, uint64_t seq,
    uint64_t *id)
{
	struct chat_ref ref;
	int rc;

	if (chat == NULL || seq == 0)
		return SC_CODE_BAD_REQUEST;
	rc = send_resolve(c, chat, &ref);
	return rc != 0 ? rc : ask_about(c, TAG_RECEIPTS, &ref,
	    &(struct ask_about){.seq = seq}, id);
}
