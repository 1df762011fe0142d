/* SPDX-License-Identifier: ISC */
#include "tests/crash/member.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/common/err.h"

enum {
	BACKOFF_MIN_MS = 1,
	BACKOFF_MAX_MS = 20,
	READ_EVERY = 8		/* entries between two read marks */
};

/* ---- death ---- */

void
fate_step(struct fate *f)
{
	if (f == NULL || f->left == 0 || --f->left > 0)
		return;
	if (f->companion != 0)
		kill(f->companion, SIGKILL);
	kill(getpid(), SIGKILL);
}

/* The state, with moments to die before and after each step. */

static int
io_load(void *arg, int (*record)(void *engine, const void *p, size_t n),
    void *engine)
{
	const struct member *m = arg;

	return m->io.load(m->io.arg, record, engine);
}

static int
io_append(void *arg, const void *p, size_t n)
{
	const struct member *m = arg;
	int rc;

	fate_step(m->fate);
	rc = m->io.append(m->io.arg, p, n);
	fate_step(m->fate);
	return rc;
}

static int
io_sync(void *arg)
{
	const struct member *m = arg;
	int rc;

	fate_step(m->fate);
	rc = m->io.sync(m->io.arg);
	fate_step(m->fate);
	return rc;
}

static int
io_replace(void *arg, int (*fill)(void *engine, int (*add)(void *ctx,
    const void *p, size_t n), void *ctx), void *engine)
{
	const struct member *m = arg;
	int rc;

	fate_step(m->fate);
	rc = m->io.replace(m->io.arg, fill, engine);
	fate_step(m->fate);
	return rc;
}

/* ---- the application ---- */

static void
on_message(struct member *m, const struct sc_event *ev)
{
	if (ev->text == NULL)
		return;		/* of the account log */
	if (m->auditor) {
		audit_entry(&m->audit, ev->seq, ev->own, ev->text,
		    ev->textlen);
		return;
	}
	ledger_entry(m->ledger, m->pair, m->side, ev->seq, ev->own, ev->text,
	    ev->textlen);
	if (ev->seq % READ_EVERY == 0) {
		ledger_read(m->ledger, m->pair, m->side, ev->seq);
		(void)sc_client_read(m->client, ev->chat, ev->seq);
	}
}

static void
on_refusal(struct member *m, const struct sc_event *ev)
{
	char text[400];

	m->refused = m->refused || ev->type != SC_EVENT_REFUSED;
	snprintf(text, sizeof(text), "%s%" PRIu64 ": %s",
	    ev->type == SC_EVENT_REFUSED ? "message " : "login ", ev->n,
	    ev->why);
	ledger_refused(m->ledger, m->pair, m->side, text);
}

static void
take_event(struct member *m, const struct sc_event *ev)
{
	switch (ev->type) {
	case SC_EVENT_MESSAGE:
		on_message(m, ev);
		break;
	case SC_EVENT_SKIP:
		ledger_skip(m->ledger, m->pair, m->side, ev->first);
		break;
	case SC_EVENT_SENT:
		ledger_ack(m->ledger, m->pair, m->side, ev->n, ev->seq);
		break;
	case SC_EVENT_RECEIPT:
		if (!m->auditor && ev->user != sc_client_user(m->client))
			ledger_tick(m->ledger, m->pair, m->side,
			    ev->delivered, ev->read);
		break;
	case SC_EVENT_REFUSED:
	case SC_EVENT_FAILURE:
	case SC_EVENT_EPOCH:
		on_refusal(m, ev);
		break;
	case SC_EVENT_ONLINE:
		m->synced = false;
		m->logins++;
		break;
	case SC_EVENT_SYNCED:
		m->synced = true;
		break;
	default:
		break;
	}
}

static int
on_event(void *arg, const struct sc_event *ev)
{
	struct member *m = arg;

	fate_step(m->fate);
	take_event(m, ev);
	fate_step(m->fate);
	return 0;
}

static uint64_t
on_cursor(void *arg, uint64_t chat, uint64_t cursor)
{
	struct member *m = arg;

	if (!m->auditor || chat == 1)
		return cursor;
	m->audit.last = m->from < cursor ? m->from : cursor;
	return m->audit.last;
}

/* ---- life ---- */

void
member_init(struct member *m, struct ledger *l, unsigned pair, unsigned side,
    const char *state_dir, const char *ca)
{
	memset(m, 0, sizeof(*m));
	m->ledger = l;
	m->pair = pair;
	m->side = side;
	m->state_dir = state_dir;
	m->ca = ca;
	snprintf(m->name, sizeof(m->name), "%c%u", "ab"[side], pair);
	snprintf(m->other, sizeof(m->other), "%c%u", "ba"[side], pair);
	snprintf(m->device, sizeof(m->device), "main");
	memory_init(&m->memory);
}

void
member_fini(struct member *m)
{
	member_close(m);
	memory_fini(&m->memory);
}

static void
connect_to(struct member *m, uint16_t port)
{
	struct sc_driver_conf conf = {.host = "127.0.0.1", .port = port,
	    .ca_file = m->ca, .server_name = "localhost"};
	char why[400];

	if (sc_driver_create(&conf, m->client, &m->driver, why,
	    sizeof(why)) != 0) {
		printf("Bail out! %s: %s\n", m->name, why);
		sc_panic(__FILE__, __LINE__, "sc_driver_create");
	}
}

void
member_open(struct member *m, uint16_t port)
{
	char password[32], dir[512], why[400] = "";
	struct sc_client_conf conf = {.user = m->name, .password = password,
	    .device = m->device, .event = on_event, .event_arg = m,
	    .state = {io_load, io_append, io_sync, io_replace, m}, .random = sc_driver_random,
	    /* some deflate what they send */
	    .plain = m->pair % 4 != 0, .backoff_min_ms = BACKOFF_MIN_MS,
	    .backoff_max_ms = BACKOFF_MAX_MS, .cursor = on_cursor};
	int rc = 0;

	snprintf(password, sizeof(password), "%s-secret", m->name);
	m->io = memory_io(&m->memory);
	if (m->state_dir != NULL && !m->auditor) {
		snprintf(dir, sizeof(dir), "%s/%s", m->state_dir, m->name);
		rc = sc_state_open(dir, true, &m->state, &m->io, why,
		    sizeof(why));
	}
	if (rc == 0)
		rc = sc_client_create(&conf, &m->client, why, sizeof(why));
	if (rc != 0) {
		printf("Bail out! %s: %s\n", m->name, why);
		sc_panic(__FILE__, __LINE__, "member_open");
	}
	m->refused = m->synced = false;
	connect_to(m, port);
}

void
member_close(struct member *m)
{
	sc_driver_destroy(m->driver);
	sc_client_destroy(m->client);
	sc_state_close(m->state);
	m->driver = NULL;
	m->client = NULL;
	m->state = NULL;
}

void
member_reconnect(struct member *m, uint16_t port)
{
	sc_driver_destroy(m->driver);
	m->driver = NULL;
	m->synced = false;
	connect_to(m, port);
}

/* The counter is the message's own number: a repeat is one. */
unsigned
member_say(struct member *m, unsigned window)
{
	char text[LEDGER_TEXT];
	unsigned said = 0;
	uint64_t n;
	size_t len;
	int rc;

	while (ledger_unanswered(m->ledger, m->pair, m->side) < window) {
		n = ledger_next(m->ledger, m->pair, m->side, text, &len);
		if (n == 0)
			break;
		rc = sc_client_send(m->client, m->other, text, len, &n);
		if (rc != 0) {
			ledger_refused(m->ledger, m->pair, m->side,
			    sc_code_text(rc));
			m->refused = true;
			break;
		}
		fate_step(m->fate);
		ledger_handed(m->ledger, m->pair, m->side);
		said++;
	}
	return said;
}
