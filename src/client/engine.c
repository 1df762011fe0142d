/* SPDX-License-Identifier: ISC */
#include "src/client/stonechat.h"

#include <string.h>

#include "protocol/frame.h"
#include "src/client/engine_priv.h"
#include "src/common/err.h"
#include "src/common/wipe.h"

const char *
sc_code_text(int code)
{
	return sc_strerror(code);
}

/* ---- shared by all parts ---- */

void
engine_put(struct sc_client *c, const struct elem *e)
{
	if (c->error != 0)
		return;
	if (stanza_put(&c->said, e, &c->out) != 0)
		c->error = SC_CODE_NO_MEMORY;
	else
		tap_sent(c, e);
}

int
engine_event(struct sc_client *c, const struct sc_event *ev)
{
	struct sc_event filled = *ev;
	int rc;

	if (filled.why == NULL)
		filled.why = "";
	if (filled.name == NULL)
		filled.name = "";
	c->in_callback++;
	rc = c->conf.event(c->conf.event_arg, &filled);
	c->in_callback--;
	return rc;
}

struct deflate *
engine_deflate(struct sc_client *c)
{
	if (c->deflate == NULL)
		c->deflate = deflate_create();
	return c->deflate;
}

/* ---- the connection ---- */

static void
connection_reset(struct sc_client *c)
{
	account_disconnected(&c->account);
	outbox_hold(&c->outbox, 0);
	buf_wipe(&c->in);
	buf_wipe(&c->out);
	c->phase = PHASE_OFFLINE;
	c->error = 0;
	c->ctx.base_time = 0;
	c->said.base_time = 0;
	c->syncing = c->resynced = c->renumber = false;
	scram_destroy(c->scram);
	c->scram = NULL;
	c->token_tried = c->challenged = c->said_bye = false;
	c->pinged_at = c->waiting_at = c->retry_at = 0;
	c->retry_ms = 0;
	c->held[0] = '\0';
	c->arrived = 0;
	c->asked = false;
}

/* Nothing is said: the application does that. */
static void
connected_raw(struct sc_client *c)
{
	const struct sc_event ev = {.type = SC_EVENT_ONLINE};

	c->phase = PHASE_ONLINE;
	c->stopped = true;
	(void)engine_event(c, &ev);
}

void
sc_client_binding(struct sc_client *c, const void *p, size_t n)
{
	wipe(c->binding, sizeof(c->binding));
	c->bindinglen = n <= sizeof(c->binding) ? n : 0;
	if (c->bindinglen > 0)
		memcpy(c->binding, p, n);
}

void
sc_client_connected(struct sc_client *c, int64_t now)
{
	c->now = now;
	connection_reset(c);
	if (c->conf.raw) {
		connected_raw(c);
		return;
	}
	c->phase = PHASE_HELLO;
	c->connected_at = c->heard_at = now;
	c->error = journal_flush(c);
	if (c->error == 0)
		c->error = login_begin(c);
}

/* Full jitter: anything from 0 to a limit that doubles. */
static int64_t
backoff(struct sc_client *c)
{
	uint64_t limit = c->conf.backoff_min_ms, r = 0;

	for (unsigned i = 0; i < c->failures &&
	    limit < c->conf.backoff_max_ms; i++)
		limit *= 2;
	if (limit > c->conf.backoff_max_ms)
		limit = c->conf.backoff_max_ms;
	c->conf.random(c->conf.random_arg, &r, sizeof(r));
	return (int64_t)(r % (limit + 1));
}

void
sc_client_closed(struct sc_client *c, int64_t now)
{
	bool was_online = c->phase == PHASE_ONLINE;

	c->now = now;
	if (was_online && now - c->online_at >= STEADY_MS)
		c->failures = 0;
	connection_reset(c);
	sc_client_binding(c, NULL, 0);
	if (c->leaving)
		c->stopped = true;
	if (c->stopped) {
		c->connect_at = INT64_MAX;
	} else if (c->at_once && !c->used_at_once) {
		c->used_at_once = true;
		c->connect_at = now;
	} else {
		c->connect_at = now + backoff(c);
		if (c->failures < 32)
			c->failures++;
	}
	c->at_once = false;
	ask_closed(c);
}

int64_t
sc_client_connect_at(const struct sc_client *c)
{
	return c->phase == PHASE_OFFLINE ? c->connect_at : INT64_MAX;
}

/* ---- input ---- */

static int
frame_open(struct sc_client *c, const struct frame *f, struct slice *body)
{
	*body = f->body;
	if (!f->deflated)
		return 0;
	if (c->phase != PHASE_ONLINE)
		return SC_CODE_MALFORMED;
	if (engine_deflate(c) == NULL)
		return SC_CODE_NO_MEMORY;
	if (frame_inflate(c->deflate, f, &c->frame, body) != 0)
		return SC_CODE_MALFORMED;
	return 0;
}

static int
handle_frame(struct sc_client *c, const struct frame *f)
{
	struct slice body;
	struct elem e;
	int rc;

	if (f->body.len == 0)
		return 0;	/* a keepalive */
	rc = frame_open(c, f, &body);
	if (rc != 0)
		return rc;
	arena_clear(&c->arena);
	rc = stanza_decode(&c->ctx, body, &c->arena, &e);
	if (rc == SC_ENOMEM)
		return SC_CODE_NO_MEMORY;
	if (rc != 0)
		return SC_CODE_MALFORMED;
	tap_received(c, &e);
	return c->conf.raw ? tap_raw_receive(c, &e) : receive(c, &e);
}

static int
handle_frames(struct sc_client *c)
{
	while (c->in.len > 0 && c->error == 0) {
		size_t limit = c->phase == PHASE_ONLINE ? FRAME_LIVE_MAX
							: FRAME_LOGIN_MAX;
		struct slice in = buf_slice(&c->in);
		struct frame f;
		int rc;

		rc = frame_next(&in, limit, &f);
		if (rc == SC_EMORE)
			return 0;
		if (rc != 0)
			return SC_CODE_MALFORMED;
		rc = handle_frame(c, &f);
		if (rc != 0)
			return rc;
		buf_consume(&c->in, c->in.len - in.len);
	}
	return c->error;
}

int
sc_client_input(struct sc_client *c, const void *p, size_t n, int64_t now)
{
	bool login = c->phase != PHASE_ONLINE;
	int rc, flushed;

	c->now = now;
	if (c->phase == PHASE_OFFLINE)
		return SC_CODE_BAD_REQUEST;
	if (c->error != 0)
		return c->error;
	c->heard_at = now;
	c->pinged_at = 0;
	buf_put(&c->in, p, n);
	if (buf_failed(&c->in))
		return c->error = SC_CODE_NO_MEMORY;
	rc = handle_frames(c);
	if (login && c->in.len == 0)
		buf_wipe(&c->in);	/* it may have held a token */
	/* what was taken before the failure is kept */
	flushed = rc == 0 ? engine_flush(c) : journal_flush(c);
	if (rc == 0)
		rc = flushed;
	if (c->error == 0)
		c->error = rc;
	return c->error;
}

/* ---- output ---- */

size_t
sc_client_output(struct sc_client *c, const void **p)
{
	if (c->phase != PHASE_OFFLINE && c->error == 0) {
		int rc = engine_flush(c);

		if (c->error == 0)
			c->error = rc;
	}
	*p = buf_slice(&c->out).p;
	return c->out.len;
}

void
sc_client_written(struct sc_client *c, size_t n)
{
	buf_consume(&c->out, n < c->out.len ? n : c->out.len);
	/* the login holds a secret */
	if (c->out.len == 0 && c->phase != PHASE_ONLINE)
		buf_wipe(&c->out);
}

/* ---- time ---- */

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
silence_at(const struct sc_client *c)
{
	if (c->pinged_at != 0)
		return c->pinged_at + PONG_MS;
	return c->heard_at + c->silence_ms;
}

int64_t
sc_client_deadline(const struct sc_client *c)
{
	int64_t at = INT64_MAX;

	if (c->again)
		return c->now;
	if (c->phase == PHASE_OFFLINE)
		return at;
	if (c->error != 0 || (c->said_bye && c->out.len == 0))
		return c->now;
	if (c->conf.raw)
		return at;
	if (c->phase != PHASE_ONLINE)
		return c->connected_at + LOGIN_MS;
	at = earlier(silence_at(c), flush_deadline(c));
	if (c->waiting_at != 0)
		at = earlier(at, c->waiting_at);
	return at;
}

/* No byte for too long: ask, then give up. */
static int
check_silence(struct sc_client *c)
{
	if (c->now < silence_at(c))
		return 0;
	if (c->pinged_at != 0)
		return SC_CODE_UNAVAILABLE;
	c->pinged_at = c->now;
	flush_ping(c);
	return 0;
}

/* The server counted entries that have not come: ask again for all. */
static int
check_waiting(struct sc_client *c)
{
	if (c->waiting_at == 0 || c->now < c->waiting_at)
		return 0;
	c->waiting_at = 0;
	if (c->arrived >= c->waiting || c->syncing)
		return 0;
	return login_sync(c);
}

static int
tick_online(struct sc_client *c)
{
	int rc;

	rc = check_silence(c);
	if (rc == 0)
		rc = check_waiting(c);
	if (rc == 0)
		rc = engine_flush(c);
	return rc;
}

int
sc_client_tick(struct sc_client *c, int64_t now)
{
	int rc = 0;

	c->now = now;
	send_again(c);
	if (c->phase == PHASE_OFFLINE) {
		(void)journal_flush(c);
		return 0;
	}
	if (c->error != 0)
		return c->error;
	if (c->said_bye && c->out.len == 0)
		rc = SC_CODE_UNAVAILABLE;
	else if (c->conf.raw)
		rc = 0;
	else if (c->phase == PHASE_ONLINE)
		rc = tick_online(c);
	else if (now >= c->connected_at + LOGIN_MS)
		rc = SC_CODE_UNAVAILABLE;
	if (c->error == 0)
		c->error = rc;
	return c->error;
}

/* ---- the rest ---- */

void
sc_client_resume(struct sc_client *c, int64_t now)
{
	bool any = false;
	int rc;

	c->now = now;
	for (size_t i = 0; i < c->account.count; i++) {
		struct chat *chat = c->account.chats[i];

		if (!chat->parked)
			continue;
		/* what was sent meanwhile is still on its way */
		chat->parked = false;
		chat->resumed = true;
		any = true;
	}
	if (!any || c->phase != PHASE_ONLINE || c->error != 0)
		return;
	rc = login_sync(c);
	if (rc == 0)
		rc = engine_flush(c);
	if (c->error == 0)
		c->error = rc;
}

void
sc_client_bye(struct sc_client *c)
{
	int rc;

	c->leaving = true;
	if (c->phase == PHASE_OFFLINE) {
		c->stopped = true;
		c->connect_at = INT64_MAX;
		ask_closed(c);
		return;
	}
	rc = c->error != 0 ? 0 : engine_flush(c);
	if (c->error == 0)
		c->error = rc;
}

bool
sc_client_online(const struct sc_client *c)
{
	return c->phase == PHASE_ONLINE && c->error == 0;
}
