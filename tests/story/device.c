/* SPDX-License-Identifier: ISC */
#include "tests/story/device.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/stanza.h"
#include "protocol/xmltext.h"
#include "src/common/alloc.h"
#include "src/common/err.h"

enum {
	BACKOFF_MIN_MS = 1,
	BACKOFF_MAX_MS = 20,
	DEVICE_ARENA = 1 << 20,
	TEXT_MAX_BYTES = 1 << 20
};

/* ---- what messages say ----------------------------------------------- */

/* A payload as the XML of its content, as stonechatctl prints it. */
static char *
text_of(const struct device *d, const void *payload, size_t n)
{
	static const char head[] = "<message>", tail[] = "</message>";
	struct elem e = {.tag = TAG_MESSAGE, .content = CONTENT_PAYLOAD,
	    .text = slice_of(payload, n)};
	size_t around = sizeof(head) + sizeof(tail) - 2;
	struct buf b;
	struct slice s;
	char *text;

	buf_init(&b, TEXT_MAX_BYTES);
	if (n == 0 || xmltext_print(d->deflate, &e, &b) != 0)
		return xstrdup("");
	s = buf_slice(&b);
	n = s.len < around ? 0 : s.len - around;
	text = xcalloc(1, n + 1);
	memcpy(text, s.p + (n == 0 ? 0 : sizeof(head) - 1), n);
	buf_fini(&b);
	return text;
}

struct outcome *
device_outcome(struct device *d, uint64_t n)
{
	if (n >= d->noutcomes) {
		d->outcomes = xrealloc(d->outcomes, n + 1,
		    sizeof(*d->outcomes));
		memset(d->outcomes + d->noutcomes, 0,
		    (n + 1 - d->noutcomes) * sizeof(*d->outcomes));
		d->noutcomes = n + 1;
	}
	d->outcomes[n].asked = true;
	return &d->outcomes[n];
}

/* Of an own message the engine gives back only where it is. */
static void
on_tap(void *arg, bool sent, const void *body, size_t n, int64_t base)
{
	const struct stanza_ctx ctx = {.base_time = base};
	struct device *d = arg;
	struct outcome *o;
	struct elem e;

	if (!sent)
		return;
	arena_clear(&d->arena);
	if (stanza_decode(&ctx, slice_of(body, n), &d->arena, &e) != 0 ||
	    e.tag != TAG_MESSAGE || !elem_has(&e, ATTR_N))
		return;
	o = device_outcome(d, elem_uint(&e, ATTR_N, 0));
	free(o->text);
	o->text = text_of(d, e.text.p, e.text.len);
}

/* ---- the application ------------------------------------------------- */

static void
on_outcome(struct device *d, const struct sc_event *ev)
{
	struct outcome *o = device_outcome(d, ev->asked);

	o->settled = true;
	o->code = ev->code;
	o->chat = ev->chat;
	o->seq = ev->seq;
	snprintf(o->why, sizeof(o->why), "%s", ev->why);
	if (ev->type == SC_EVENT_SENT)
		book_entry(&d->book, ev->chat, ev->seq,
		    sc_client_user(d->client), ev->time,
		    xstrdup(o->text == NULL ? "" : o->text), false);
}

static void
on_answer(struct device *d, const struct sc_event *ev)
{
	struct question *q = &d->question;

	if (ev->id != q->id)
		return;
	if (ev->type == SC_EVENT_RESULT) {
		q->ended = true;
		q->code = ev->code;
		return;
	}
	q->items++;
	if (q->item != NULL)
		q->item(q->arg, ev);
}

static void
on_page(struct device *d, const struct sc_event *ev)
{
	if (ev->type == SC_EVENT_PAGE_MESSAGE)
		book_entry(&d->book, ev->chat, ev->seq, ev->from, ev->time,
		    text_of(d, ev->payload, ev->payloadlen), true);
	else
		book_skip(&d->book, ev->chat, ev->first, ev->last, ev->why,
		    true);
	on_answer(d, ev);
}

static struct shown *
find_shown(const struct device *d, const char *name)
{
	for (size_t i = 0; i < d->nshown; i++)
		if (strcmp(d->shown[i].name, name) == 0)
			return &d->shown[i];
	return NULL;
}

static void
on_presence(struct device *d, const struct sc_event *ev)
{
	struct shown *s = find_shown(d, ev->name);

	if (s == NULL) {
		d->shown = xrealloc(d->shown, d->nshown + 1,
		    sizeof(*d->shown));
		s = &d->shown[d->nshown++];
		snprintf(s->name, sizeof(s->name), "%s", ev->name);
	}
	s->show = ev->show;
}

enum sc_show
device_sees(const struct device *d, const char *name)
{
	const struct shown *s = find_shown(d, name);

	return s == NULL ? SC_SHOW_OFFLINE : s->show;
}

static void
on_settings(struct device *d, const struct sc_event *ev)
{
	struct book_chat *c = book_chat(&d->book, ev->chat);

	c->muted = ev->muted;
	c->archived = ev->archived;
	c->pinned = ev->pinned;
}

static void
on_chat(struct device *d, const struct sc_event *ev)
{
	struct book_chat *c = book_chat(&d->book, ev->chat);

	c->kind = ev->kind;
	if (ev->id == 0)
		return;
	c->read = ev->read;
	c->unread = ev->unread;
}

/* What is made or asked for by request n, before its result. */
static void
on_part(struct device *d, const struct sc_event *ev)
{
	struct outcome *o;

	if (ev->n == 0) {
		d->news += ev->type == SC_EVENT_REQUEST;
		return;
	}
	o = device_outcome(d, ev->asked);
	if (ev->type == SC_EVENT_REQUEST)
		o->waits = true;
	else
		snprintf(o->token, sizeof(o->token), "%s", ev->token);
}

static void
on_end(struct device *d, const struct sc_event *ev)
{
	d->over = d->over || ev->type != SC_EVENT_BYE ||
	    strcmp(ev->why, "revoked") == 0;
	snprintf(d->why, sizeof(d->why), "%s", ev->why);
}

/* What has to do with chats; false: it is something else. */
static bool
on_chats(struct device *d, const struct sc_event *ev)
{
	switch (ev->type) {
	case SC_EVENT_MESSAGE:
		d->given++;
		book_entry(&d->book, ev->chat, ev->seq, ev->from, ev->time,
		    text_of(d, ev->payload, ev->payloadlen), false);
		return true;
	case SC_EVENT_SKIP:
		book_skip(&d->book, ev->chat, ev->first, ev->last, ev->why,
		    false);
		return true;
	case SC_EVENT_CHAT:
		on_chat(d, ev);
		return true;
	case SC_EVENT_RECEIPT:
		book_mark(&d->book, ev->chat, ev->user, ev->delivered,
		    ev->read);
		return true;
	case SC_EVENT_SETTINGS:
		on_settings(d, ev);
		return true;
	case SC_EVENT_STAR:
		book_star(&d->book, ev->chat, ev->seq, !ev->gone);
		return true;
	case SC_EVENT_HIDDEN:
		book_hide(&d->book, ev->chat, ev->seq);
		return true;
	default:
		return false;
	}
}

static void
on_others(struct device *d, const struct sc_event *ev)
{
	switch (ev->type) {
	case SC_EVENT_ONLINE:
		d->synced = false;
		d->given = 0;
		d->logins++;
		break;
	case SC_EVENT_SYNCED:
		d->synced = true;
		d->given_by_sync = d->given;
		break;
	case SC_EVENT_FAILURE:
	case SC_EVENT_EPOCH:
	case SC_EVENT_BYE:
		on_end(d, ev);
		break;
	case SC_EVENT_PRESENCE:
		on_presence(d, ev);
		break;
	case SC_EVENT_TYPING:
		d->typist = ev->activity == SC_ACTIVITY_PAUSED ? 0 : ev->user;
		d->typed_in = ev->chat;
		break;
	case SC_EVENT_SIGNAL:
		d->signals++;
		break;
	case SC_EVENT_INVITE:
	case SC_EVENT_REQUEST:
		on_part(d, ev);
		break;
	default:
		break;
	}
}

static int
on_event(void *arg, const struct sc_event *ev)
{
	struct device *d = arg;

	d->events++;
	if (ev->type == SC_EVENT_PAGE_MESSAGE ||
	    ev->type == SC_EVENT_PAGE_SKIP) {
		on_page(d, ev);
		return 0;
	}
	if (ev->type == SC_EVENT_SENT || ev->type == SC_EVENT_REFUSED ||
	    (ev->type == SC_EVENT_RESULT && ev->n != 0)) {
		on_outcome(d, ev);
		return 0;
	}
	if (!on_chats(d, ev))
		on_others(d, ev);
	if (ev->id != 0)
		on_answer(d, ev);
	return 0;
}

/* ---- life ------------------------------------------------------------ */

void
device_init(struct device *d, const char *user, const char *name,
    const char *ca, struct deflate *deflate)
{
	memset(d, 0, sizeof(*d));
	snprintf(d->user, sizeof(d->user), "%s", user);
	snprintf(d->name, sizeof(d->name), "%s", name);
	d->ca = ca;
	d->deflate = deflate;
	d->plain = true;
	arena_init(&d->arena, DEVICE_ARENA);
	memory_init(&d->memory);
}

void
device_fini(struct device *d)
{
	device_off(d);
	for (size_t i = 0; i < d->noutcomes; i++)
		free(d->outcomes[i].text);
	free(d->outcomes);
	free(d->shown);
	book_fini(&d->book);
	memory_fini(&d->memory);
	arena_fini(&d->arena);
}

static void
connect_to(struct device *d, uint16_t port)
{
	struct sc_driver_conf conf = {.host = "127.0.0.1", .port = port,
	    .ca_file = d->ca, .server_name = "localhost"};
	char why[400];

	if (sc_driver_create(&conf, d->client, &d->driver, why,
	    sizeof(why)) == 0)
		return;
	printf("Bail out! %s/%s: %s\n", d->user, d->name, why);
	sc_panic(__FILE__, __LINE__, "sc_driver_create");
}

void
device_on(struct device *d, uint16_t port, const char *code)
{
	char password[64], why[400] = "";
	struct sc_client_conf conf = {.user = d->user,
	    /* who has been in has a token, and has forgotten the password */
	    .password = code == NULL && d->logins == 0 ? password : NULL,
	    .link = code,
	    .device = d->name, .event = on_event, .event_arg = d,
	    .state = memory_io(&d->memory), .random = sc_driver_random,
	    .plain = d->plain, .backoff_min_ms = BACKOFF_MIN_MS,
	    .backoff_max_ms = BACKOFF_MAX_MS, .tap = on_tap, .tap_arg = d};

	if (d->client != NULL)
		return;
	snprintf(password, sizeof(password), "%s-secret", d->user);
	if (sc_client_create(&conf, &d->client, why, sizeof(why)) != 0) {
		printf("Bail out! %s/%s: %s\n", d->user, d->name, why);
		sc_panic(__FILE__, __LINE__, "sc_client_create");
	}
	d->synced = d->over = false;
	connect_to(d, port);
}

void
device_off(struct device *d)
{
	sc_driver_destroy(d->driver);
	sc_client_destroy(d->client);
	d->driver = NULL;
	d->client = NULL;
	d->synced = false;
}

void
device_move(struct device *d, uint16_t port)
{
	if (d->client == NULL || d->over)
		return;
	sc_driver_destroy(d->driver);
	d->driver = NULL;
	d->synced = false;
	connect_to(d, port);
}
