/* SPDX-License-Identifier: ISC */
#include "tests/crash/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

enum {
	REPLY_EVERY = 8,	/* messages of side 0 to one of side 1 */
	REPLY_WINDOW = 4,
	AUDITORS = 16,		/* at a time */
	PATIENCE_MS = 120000	/* without any progress */
};

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint64_t
load_random(struct load *l, uint64_t below)
{
	l->random ^= l->random << 13;
	l->random ^= l->random >> 7;
	l->random ^= l->random << 17;
	return l->random % below;
}

void
load_init(struct load *l, const struct load_conf *conf, struct ledger *ledger,
    struct server *server, uint64_t seed)
{
	unsigned n = 2 * conf->pairs, i;

	memset(l, 0, sizeof(*l));
	l->conf = *conf;
	l->ledger = ledger;
	l->server = server;
	l->random = seed * 0x9e3779b97f4a7c15u | 1;
	l->members = xcalloc(n, sizeof(*l->members));
	l->auditors = xcalloc(conf->pairs, sizeof(*l->auditors));
	l->polls = xcalloc(n + 1, sizeof(*l->polls));
	l->waits = xcalloc(n + 1, sizeof(*l->waits));
	for (i = 0; i < n; i++)
		member_init(&l->members[i], ledger, i / 2, i % 2,
		    conf->state_dir, conf->ca);
	for (i = 0; i < conf->pairs; i++) {
		member_init(&l->auditors[i], ledger, i, i % 2, NULL, conf->ca);
		l->auditors[i].auditor = true;
		snprintf(l->auditors[i].device, sizeof(l->auditors[i].device),
		    "audit");
	}
}

void
load_fini(struct load *l)
{
	unsigned i;

	for (i = 0; i < 2 * l->conf.pairs; i++)
		member_fini(&l->members[i]);
	for (i = 0; i < l->conf.pairs; i++)
		member_fini(&l->auditors[i]);
	free(l->members);
	free(l->auditors);
	free(l->polls);
	free(l->waits);
}

/* ---- the turn ---- */

/* What a member waits for, in slot I; false: it is not there. */
static bool
prepare(struct load *l, struct member *m, unsigned i, int *timeout)
{
	struct sc_driver_wait *w = &l->waits[i];
	int rc;

	l->polls[i] = (struct pollfd){.fd = -1};
	*w = (struct sc_driver_wait){.fd = -1, .timeout_ms = -1};
	if (m->client == NULL || m->refused)
		return false;
	rc = sc_driver_poll(m->driver, w);
	if (rc != 0) {
		ledger_refused(l->ledger, m->pair, m->side,
		    sc_driver_why(m->driver));
		m->refused = true;
		return false;
	}
	l->polls[i].fd = w->fd;
	l->polls[i].events = (short)((w->readable ? POLLIN : 0) |
	    (w->writable ? POLLOUT : 0));
	if (w->timeout_ms >= 0 && w->timeout_ms < *timeout)
		*timeout = w->timeout_ms;
	return true;
}

static void
advance(struct load *l, struct member *m, unsigned i, int64_t waited)
{
	const struct sc_driver_wait *w = &l->waits[i];
	short revents = l->polls[i].fd < 0 ? 0 : l->polls[i].revents;

	if (m->client == NULL || m->refused)
		return;
	if (revents == 0 && (w->timeout_ms < 0 || waited < w->timeout_ms))
		return;
	if (sc_driver_step(m->driver, (revents & ~POLLOUT) != 0,
	    (revents & POLLOUT) != 0) != 0) {
		ledger_refused(l->ledger, m->pair, m->side,
		    sc_driver_why(m->driver));
		m->refused = true;
	}
}

/* One turn of N members; false: the server has died. */
static bool
turn(struct load *l, struct member *members, unsigned n)
{
	int timeout = PATIENCE_MS;
	int64_t begin;
	unsigned i;

	for (i = 0; i < n; i++)
		(void)prepare(l, &members[i], i, &timeout);
	l->polls[n] = (struct pollfd){.fd = l->server->fd, .events = POLLIN};
	begin = now_ms();
	(void)poll(l->polls, n + 1, timeout);
	begin = now_ms() - begin;
	if (l->polls[n].revents != 0 && !server_read(l->server))
		return false;
	for (i = 0; i < n; i++)
		advance(l, &members[i], i, begin);
	fate_step(l->fate);
	return true;
}

/* Progress of a kind since the last call, or recently. */
struct watch {
	uint64_t sum;
	int64_t since;
};

static bool
is_stuck(struct watch *w, const struct load *l)
{
	uint64_t sum = ledger_acked(l->ledger) + ledger_given(l->ledger) +
	    ledger_ticks(l->ledger);

	if (w->since == 0 || sum != w->sum) {
		w->sum = sum;
		w->since = now_ms();
	}
	if (now_ms() - w->since < PATIENCE_MS)
		return false;
	printf("# no progress\n");
	ledger_explain(l->ledger);
	return true;
}

/* ---- coming and going ---- */

void
load_connect(struct load *l)
{
	unsigned i;

	for (i = 0; i < 2 * l->conf.pairs; i++) {
		struct member *m = &l->members[i];

		m->fate = l->fate;
		if (m->client != NULL)
			member_reconnect(m, l->server->port);
		else if (l->conf.away == 0 || i == 0 ||
		    load_random(l, l->conf.away) != 0)
			member_open(m, l->server->port);
	}
}

void
load_close(struct load *l)
{
	unsigned i;

	for (i = 0; i < 2 * l->conf.pairs; i++)
		member_close(&l->members[i]);
}

/* Now and then somebody leaves, and somebody comes. */
static void
swap(struct load *l)
{
	/* the first is always there, so that something goes on */
	struct member *m = &l->members[1 +
	    load_random(l, 2 * l->conf.pairs - 1)];

	if (l->still || l->conf.away == 0 || ledger_acked(l->ledger) < l->swap_at)
		return;
	l->swap_at = ledger_acked(l->ledger) + 1 +
	    load_random(l, 50 * (uint64_t)l->conf.away);
	if (m->client == NULL)
		member_open(m, l->server->port);
	else if (load_random(l, l->conf.away) == 0)
		member_close(m);
}

/* ---- saying ---- */

static void
say(struct load *l)
{
	unsigned i;

	for (i = 0; i < l->conf.pairs; i++) {
		struct member *a = &l->members[2 * i], *b = a + 1;

		if (a->client != NULL && !a->refused)
			(void)member_say(a, l->conf.window);
		if (b->client != NULL && !b->refused &&
		    ledger_messages(l->ledger, i, 1) * REPLY_EVERY <
		    ledger_messages(l->ledger, i, 0))
			(void)member_say(b, REPLY_WINDOW);
	}
}

static bool
turn_saying(struct load *l)
{
	swap(l);
	say(l);
	return turn(l, l->members, 2 * l->conf.pairs);
}

bool
load_run(struct load *l, uint64_t acked)
{
	struct watch w = {0};

	while (ledger_acked(l->ledger) < acked)
		if (!turn_saying(l) || is_stuck(&w, l))
			return false;
	return true;
}

static bool
is_settled(const struct load *l)
{
	unsigned i;

	for (i = 0; i < 2 * l->conf.pairs; i++)
		if (l->members[i].client != NULL && !l->members[i].refused &&
		    !l->members[i].synced)
			return false;
	return true;
}

bool
load_settle(struct load *l)
{
	struct watch w = {0};
	bool still = l->still, ok = true;

	l->still = true;
	while (ok && !is_settled(l))
		ok = turn_saying(l) && !is_stuck(&w, l);
	l->still = still;
	return ok;
}

void
load_unsettle(struct load *l)
{
	unsigned i;

	for (i = 0; i < 2 * l->conf.pairs; i++)
		l->members[i].synced = false;
}

uint64_t
load_logins(const struct load *l)
{
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i < 2 * l->conf.pairs; i++)
		n += l->members[i].logins;
	return n;
}

void
load_audit_ca(struct load *l, const char *ca)
{
	unsigned i;

	for (i = 0; i < l->conf.pairs; i++)
		l->auditors[i].ca = ca;
}

bool
load_turns(struct load *l, unsigned turns)
{
	while (turns-- > 0)
		if (!turn_saying(l))
			return false;
	return true;
}

bool
load_drain(struct load *l)
{
	struct watch w = {0};
	unsigned i;

	for (i = 0; i < 2 * l->conf.pairs; i++) {
		if (l->members[i].client == NULL)
			member_open(&l->members[i], l->server->port);
		if (ledger_in_doubt(l->ledger, i / 2, i % 2))
			(void)member_say(&l->members[i], 1 +
			    ledger_unanswered(l->ledger, i / 2, i % 2));
	}
	while (!ledger_drained(l->ledger))
		if (!turn(l, l->members, 2 * l->conf.pairs) ||
		    is_stuck(&w, l))
			return false;
	return true;
}

/* ---- audits ---- */

static bool
audit_some(struct load *l, unsigned first, unsigned count, uint64_t depth)
{
	struct member *a = &l->auditors[first];
	struct watch w = {0};
	unsigned i, ready;
	bool ok = true;

	for (i = 0; i < count; i++) {
		uint64_t top = ledger_top(l->ledger, a[i].pair);

		a[i].from = depth == 0 || top < depth ? 0 : top - depth;
		audit_begin(&a[i].audit, l->ledger, a[i].pair, a[i].side);
		if (l->tops != NULL) {
			a[i].audit.older = true;
			a[i].audit.end = l->tops[a[i].pair];
		}
		member_open(&a[i], l->server->port);
	}
	do {
		ok = turn(l, a, count) && !is_stuck(&w, l);
		for (i = 0, ready = 0; i < count; i++)
			ready += a[i].synced || a[i].refused;
	} while (ok && ready < count);
	for (i = 0; i < count; i++) {
		if (ok)
			audit_end(&a[i].audit);
		member_close(&a[i]);
	}
	return ok;
}

bool
load_audit(struct load *l, unsigned first, unsigned count, uint64_t depth)
{
	unsigned n;

	while (count > 0) {
		first %= l->conf.pairs;
		n = count < AUDITORS ? count : AUDITORS;
		if (n > l->conf.pairs - first)
			n = l->conf.pairs - first;
		if (!audit_some(l, first, n, depth))
			return false;
		first += n;
		count -= n;
	}
	return true;
}
