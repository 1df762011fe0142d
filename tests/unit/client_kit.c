/* SPDX-License-Identifier: ISC */
#include "tests/unit/client_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/frame.h"
#include "protocol/xmltext.h"

/* ---- events ---- */

/* What only groups have. */
static void
tell_group(struct buf *b, const struct sc_event *e)
{
	static const char *const actions[] = {"is", "created", "added",
	    "joined", "approved", "removed", "left", "role", "refused"};

	if (e->type == SC_EVENT_MEMBER || e->type == SC_EVENT_REQUEST)
		buf_printf(b, " user=%ju %s", (uintmax_t)e->user,
		    actions[e->action]);
	if (e->type == SC_EVENT_MEMBER || e->members != 0)
		buf_printf(b, " role=%d", (int)e->role);
	if (e->members != 0)
		buf_printf(b, " members=%ju", (uintmax_t)e->members);
	if (e->changed != 0)
		buf_printf(b, " changed=%u topic=%s post=%d edit=%d%s%s "
		    "recent=%ju", e->changed, e->topic == NULL ? "-"
		    : e->topic, (int)e->post, (int)e->edit,
		    e->approval ? " approval" : "",
		    e->closed ? " closed" : "", (uintmax_t)e->recent);
	if (e->token != NULL)
		buf_printf(b, " token=%s expires=%jd limit=%ju used=%ju",
		    e->token, (intmax_t)e->expires, (uintmax_t)e->limit,
		    (uintmax_t)e->used);
}

static void
tell(struct kit *k, const struct sc_event *e)
{
	static const char *const names[] = {
	    [SC_EVENT_ONLINE] = "online", [SC_EVENT_SYNCED] = "synced",
	    [SC_EVENT_MESSAGE] = "message", [SC_EVENT_SKIP] = "skip",
	    [SC_EVENT_SENT] = "sent", [SC_EVENT_REFUSED] = "refused",
	    [SC_EVENT_RECEIPT] = "receipt", [SC_EVENT_READ] = "read",
	    [SC_EVENT_CHAT] = "chat", [SC_EVENT_FAILURE] = "failure",
	    [SC_EVENT_BYE] = "bye", [SC_EVENT_EPOCH] = "epoch",
	    [SC_EVENT_PAGE_MESSAGE] = "page", [SC_EVENT_PAGE_SKIP] = "hole",
	    [SC_EVENT_DEVICE] = "device", [SC_EVENT_RESULT] = "result",
	    [SC_EVENT_SETTINGS] = "settings", [SC_EVENT_STAR] = "star",
	    [SC_EVENT_UNREAD] = "unread", [SC_EVENT_LINK] = "link",
	    [SC_EVENT_PRESENCE] = "presence", [SC_EVENT_TYPING] = "typing",
	    [SC_EVENT_SIGNAL] = "signal", [SC_EVENT_MEMBER] = "member",
	    [SC_EVENT_CHANGED] = "changed", [SC_EVENT_INVITE] = "invite",
	    [SC_EVENT_REQUEST] = "request", [SC_EVENT_HIDDEN] = "hidden",
	    [SC_EVENT_VIEWS] = "views", [SC_EVENT_READER] = "reader",
	    [SC_EVENT_PRIVACY] = "privacy"};
	struct buf *b = &k->events;

	buf_printf(b, "%s", names[e->type]);
	if (e->chat != 0)
		buf_printf(b, " chat=%ju", (uintmax_t)e->chat);
	if (e->id != 0)
		buf_printf(b, " id=%ju", (uintmax_t)e->id);
	if (e->device != 0)
		buf_printf(b, " device=%u", (unsigned)e->device);
	if (e->gone)
		buf_printf(b, " gone");
	if (e->renamed)
		buf_printf(b, " renamed");
	if (e->linked)
		buf_printf(b, " linked");
	if (e->type == SC_EVENT_SKIP || e->type == SC_EVENT_PAGE_SKIP)
		buf_printf(b, " %ju-%ju", (uintmax_t)e->first,
		    (uintmax_t)e->last);
	else if (e->seq != 0)
		buf_printf(b, " seq=%ju", (uintmax_t)e->seq);
	if (e->n != 0)
		buf_printf(b, " n=%ju", (uintmax_t)e->n);
	if (e->asked != 0 && e->asked != e->n)
		buf_printf(b, " asked=%ju", (uintmax_t)e->asked);
	if (e->delivered != 0)
		buf_printf(b, " delivered=%ju", (uintmax_t)e->delivered);
	if (e->read != 0)
		buf_printf(b, " read=%ju", (uintmax_t)e->read);
	if (e->type == SC_EVENT_UNREAD || e->unread != 0)
		buf_printf(b, " unread=%ju", (uintmax_t)e->unread);
	if (e->muted != 0)
		buf_printf(b, " muted=%jd", (intmax_t)e->muted);
	if (e->archived)
		buf_printf(b, " archived");
	if (e->pinned)
		buf_printf(b, " pinned");
	if (e->type == SC_EVENT_PRESENCE)
		buf_printf(b, " show=%d time=%jd", (int)e->show,
		    (intmax_t)e->time);
	if (e->type == SC_EVENT_TYPING)
		buf_printf(b, " activity=%d", (int)e->activity);
	if (e->type == SC_EVENT_SIGNAL)
		buf_printf(b, " bytes=%zu", e->payloadlen);
	if (e->type == SC_EVENT_PRIVACY)
		buf_printf(b, " said=%u last=%d online=%d%s", e->changed,
		    (int)e->last_seen, (int)e->online,
		    e->receipts ? " receipts" : "");
	else
		tell_group(b, e);
	if (e->type == SC_EVENT_READER)
		buf_printf(b, " user=%ju delivered=%jd read=%jd%s",
		    (uintmax_t)e->user, (intmax_t)e->delivered_at,
		    (intmax_t)e->read_at, e->estimated ? " about" : "");
	if (e->views != 0)
		buf_printf(b, " views=%ju", (uintmax_t)e->views);
	if (e->code != 0)
		buf_printf(b, " code=%d", e->code);
	if (e->own)
		buf_printf(b, " own");
	if (e->name[0] != '\0')
		buf_printf(b, " name=%s", e->name);
	if (e->text != NULL) {
		assert_int_equal(strlen(e->text), e->textlen);
		buf_printf(b, " %s", e->text);
	}
	if (e->why[0] != '\0')
		buf_printf(b, " (%s)", e->why);
	buf_put_u8(b, '\n');
}

static int
on_event(void *arg, const struct sc_event *e)
{
	struct kit *k = arg;
	int rc = 0;

	if (k->hook != NULL)
		rc = k->hook(k, e);
	if (rc == 0 && k->decline > 0 && e->chat != 1 &&
	    (e->type == SC_EVENT_MESSAGE || e->type == SC_EVENT_SKIP)) {
		k->decline--;
		rc = 1;
	}
	if (rc == 0)
		tell(k, e);
	return rc;
}

static void
random_bytes(void *arg, void *p, size_t n)
{
	struct kit *k = arg;
	uint8_t *b = p;

	for (size_t i = 0; i < n; i++) {
		k->seed = k->seed * UINT64_C(6364136223846793005) + 1;
		b[i] = (uint8_t)(k->seed >> 56);
	}
}

/* ---- life ---- */

void
kit_init(struct kit *k, const char *password)
{
	memset(k, 0, sizeof(*k));
	k->seed = 1;
	k->now = 1000000;
	arena_init(&k->arena, 0);
	buf_init(&k->said, 0);
	buf_init(&k->bytes, 0);
	buf_init(&k->events, 0);
	k->deflate = deflate_create();
	assert_non_null(k->deflate);
	k->conf = (struct sc_client_conf){.user = "alice",
	    .password = password, .mechanism = SC_MECHANISM_PLAIN,
	    .device = "phone", .event = on_event,
	    .event_arg = k, .state = kit_state_io(&k->state),
	    .random = random_bytes, .random_arg = k, .plain = true};
	k->disk_must_be_first = true;
}

void
kit_fini(struct kit *k)
{
	sc_client_destroy(k->client);
	kit_state_cut(&k->state, 0);
	arena_fini(&k->arena);
	buf_fini(&k->said);
	buf_fini(&k->bytes);
	buf_fini(&k->events);
	deflate_destroy(k->deflate);
}

int
kit_start(struct kit *k)
{
	return sc_client_create(&k->conf, &k->client, k->why,
	    sizeof(k->why));
}

void
kit_crash(struct kit *k, size_t count)
{
	sc_client_destroy(k->client);
	k->client = NULL;
	kit_state_cut(&k->state, count);
	k->state.synced = count;	/* opening makes it durable */
	buf_clear(&k->said);
	buf_clear(&k->bytes);
}

/* ---- the server ---- */

/* Takes what the client has for the server. */
static void
take_output(struct kit *k)
{
	const void *p;
	size_t n;

	while ((n = sc_client_output(k->client, &p)) > 0) {
		if (k->disk_must_be_first)
			assert_true(k->state.synced >= k->state.must);
		buf_put(&k->bytes, p, n);
		sc_client_written(k->client, n);
	}
}

static void
read_output(struct kit *k)
{
	take_output(k);
	while (k->bytes.len > 0) {
		struct slice in = buf_slice(&k->bytes);
		struct frame f;
		struct elem e;

		assert_int_equal(frame_next(&in, 65536, &f), 0);
		arena_clear(&k->arena);
		assert_int_equal(stanza_decode(&k->ctx, f.body, &k->arena,
		    &e), 0);
		assert_int_equal(xmltext_print(k->deflate, &e, &k->said), 0);
		buf_put_u8(&k->said, '\n');
		k->said_bytes += k->bytes.len - in.len;
		buf_consume(&k->bytes, k->bytes.len - in.len);
	}
}

void
kit_connect(struct kit *k)
{
	k->ctx.base_time = 0;
	sc_client_connected(k->client, k->now);
	read_output(k);
}

static int
server_stanza(struct kit *k, struct slice xml)
{
	struct buf frame;
	struct elem e;
	char why[200];
	int rc;

	buf_init(&frame, 0);
	arena_clear(&k->arena);
	if (xmltext_parse(NULL, xml, &k->arena, &e, why, sizeof(why)) != 0)
		fail_msg("%.*s: %s", (int)xml.len, (const char *)xml.p, why);
	assert_int_equal(stanza_put(&k->ctx, &e, &frame), 0);
	if (e.tag == TAG_SUCCESS || e.tag == TAG_BASE)
		k->ctx.base_time = elem_int(&e, ATTR_TIME, 0);
	rc = sc_client_input(k->client, frame.p + frame.off, frame.len,
	    k->now);
	buf_fini(&frame);
	return rc;
}

int
kit_server(struct kit *k, const char *xml)
{
	int rc = 0;

	while (rc == 0 && *xml != '\0') {
		size_t n = strcspn(xml, "\n");

		rc = server_stanza(k, slice_of(xml, n));
		xml += n + (xml[n] == '\n');
	}
	read_output(k);
	return rc;
}

void
kit_close(struct kit *k)
{
	sc_client_closed(k->client, k->now);
	buf_clear(&k->bytes);
}

void
kit_login(struct kit *k, unsigned high)
{
	char success[400];

	kit_connect(k);
	(void)snprintf(success, sizeof(success), KIT_SUCCESS("%u",
	    " token=\"dG9rZW4\""), high);
	assert_int_equal(kit_server(k, "<hello version=\"1\" epoch=\""
	    KIT_EPOCH "\" domain=\"example.org\"/>"), 0);
	assert_int_equal(kit_server(k, success), 0);
	assert_int_equal(kit_server(k, KIT_SYNCED("1")), 0);
	(void)kit_said(k);
	(void)kit_events(k);
}

void
kit_login_bob(struct kit *k)
{
	kit_login(k, 0);
	assert_int_equal(kit_server(k, KIT_INTRODUCES("1", "2", "bob")), 0);
	(void)kit_said(k);
	(void)kit_events(k);
}

int
kit_sleep(struct kit *k, int64_t ms)
{
	int64_t until = k->now + ms;
	int rc = 0;

	while (rc == 0) {
		int64_t at = sc_client_deadline(k->client);

		if (at > until)
			break;
		if (at > k->now)
			k->now = at;
		rc = sc_client_tick(k->client, k->now);
		read_output(k);
	}
	if (k->now < until)
		k->now = until;
	return rc;
}

/* ---- what was heard ---- */

static const char *
text_of(struct buf *b, struct arena *arena)
{
	char *text = arena_alloc(arena, b->len + 1);

	assert_non_null(text);
	if (b->len > 0)
		memcpy(text, b->p + b->off, b->len);
	buf_clear(b);
	return text;
}

/* Valid until the next stanza. */
const char *
kit_said(struct kit *k)
{
	k->said_bytes = 0;
	read_output(k);
	return text_of(&k->said, &k->arena);
}

const char *
kit_events(struct kit *k)
{
	return text_of(&k->events, &k->arena);
}

uint64_t
kit_send(struct kit *k, const char *to, const char *text)
{
	uint64_t n = 0;

	assert_int_equal(sc_client_send(k->client, to, text, strlen(text),
	    &n), 0);
	return n;
}

/* ---- fixtures ---- */

int
kit_new(void **state)
{
	struct kit *k = malloc(sizeof(*k));

	assert_non_null(k);
	kit_init(k, "secret");
	assert_int_equal(kit_start(k), 0);
	*state = k;
	return 0;
}

int
kit_new_bob(void **state)
{
	(void)kit_new(state);
	kit_login_bob(*state);
	return 0;
}

int
kit_free(void **state)
{
	kit_fini(*state);
	free(*state);
	return 0;
}
