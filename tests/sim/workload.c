/* SPDX-License-Identifier: ISC */
/* What the users do, and what happens to them. */
#include <stdlib.h>

#include "src/common/err.h"
#include "src/store/mem/mem.h"
#include "tests/sim/prune.h"
#include "tests/sim/sim.h"
#include "tests/sim/workload.h"

static struct peer *
some_peer(struct sim *s)
{
	return s->peers[prng_below(&s->w.rng, s->npeers)];
}

/* ---- what users do ---- */

uint64_t
workload_chat(struct peer *p, enum sc_chat_kind kind)
{
	uint64_t number = 0, chosen = 0;
	unsigned n = 0;

	while ((number = sc_client_next_chat(p->client, number)) != 0)
		if (sc_client_chat_kind(p->client, number) == kind &&
		    prng_below(&p->sim->w.rng, ++n) == 0)
			chosen = number;
	return chosen;
}

size_t
workload_filler(struct sim *s)
{
	static const size_t lengths[] = {0, 0, 0, 5, 60, 180};

	return lengths[prng_below(&s->w.rng, 6)];
}

static void
chat_burst(struct sim *s, struct peer *p)
{
	unsigned to = (unsigned)prng_below(&s->w.rng, s->nusers);
	int64_t n = prng_skewed(&s->w.rng, 2, 90);

	while (n-- > 0 && p->client != NULL)
		peer_send(p, to, workload_filler(s));
}

static void
chat_step(void *arg)
{
	struct sim *s = arg;
	struct peer *p = some_peer(s);
	unsigned to = (unsigned)prng_below(&s->w.rng, s->nusers);
	uint64_t what = prng_below(&s->w.rng, 100);

	timer_in(&s->w.clock, &s->chat, prng_skewed(&s->w.rng, 1, 900));
	if (p->client == NULL || clock_mono(&s->w.clock) < p->frozen ||
	    s->ledger.nsaid > 400)
		return;
	if (to == p->user)
		report_count(&s->w.report, COUNT_SELF_NOTES);
	if (what < 2)
		peer_send(p, SIM_USERS_MAX, 0);
	else if (what < 4)
		peer_send(p, to, 2 * host_conf(s->host)->max_text);
	else if (what < 7)
		peer_repeat(p, false);
	else if (what < 8)
		peer_repeat(p, true);
	else if (what < 30)
		peer_read(p);
	else if (what < 32)
		chat_burst(s, p);
	else if (what < 37)
		ask_history(p);
	else if (what < 39)
		ask_devices(p);
	else if (what < 47 && s->privacy && prng_one_in(&s->w.rng, 3))
		privacy_step(p);
	else if (what < 47)
		presence_step(p, to);
	else if (what < 49)
		ask_change(p);
	else if (what < 50)
		signals_step(p);
	else if (what < 51)
		ask_hide(p);
	else if (what < 52)
		links_step(p);
	else if (what < 53 && prng_one_in(&s->w.rng, 2))
		lists_step(p);
	else if (what < 53)
		names_step(p);
	else if (what < 54)
		readers_step(p);
	else if (what < 56 && s->timers)
		timers_step(p);
	else if (what < (s->crowd ? 78 : 65) && host_has("groups"))
		groups_step(p);
	else if (what < 75)
		messages_step(p);
	else if (what < 82 && host_has("channels"))
		channels_step(p);
	else
		peer_send(p, to, workload_filler(s));
}

/* ---- what happens to them ---- */

/* A client dies while its requests are on the way, and is back at once: they
 * arrive on a session that is being replaced. */
static void
race_fence(struct sim *s, struct peer *p)
{
	if (p->client == NULL || p->wire == NULL || !p->online)
		return;
	for (int i = 0; i < 12 && p->client != NULL; i++)
		peer_send(p, (unsigned)prng_below(&s->w.rng, s->nusers), 0);
	if (p->client == NULL || p->wire == NULL)
		return;
	link_stall(p->wire->link, prng_between(&s->w.rng, 1, 100));
	peer_leave(p, s->offline && prng_one_in(&s->w.rng, 2)
	    ? PEER_ROLLED_BACK : PEER_KILLED);
	timer_in(&s->w.clock, &p->revive, prng_between(&s->w.rng, 0, 10));
}

static void
server_restart(void *arg)
{
	struct sim *s = arg;

	host_start(s->host);
	/* Nothing that anybody was shown may be missing. */
	ledger_compare(&s->ledger, "after a crash");
}

/* It waits, not for long, until there is something to lose. */
static void
server_crash(void *arg)
{
	struct sim *s = arg;

	if (!host_up(s->host))
		return;
	if (mem_waiting(host_store(s->host)) == 0 &&
	    !prng_one_in(&s->w.rng, 300)) {
		timer_in(&s->w.clock, &s->crash, 3);
		return;
	}
	report_count(&s->w.report, COUNT_SERVER_CRASHES);
	host_crash(s->host);
	timer_in(&s->w.clock, &s->restart,
	    prng_skewed(&s->w.rng, 0, 4000));
}

static void
disk_toggle(struct sim *s)
{
	s->full = !s->full;
	mem_set_state(host_store(s->host), s->full ? SC_ENOSPC : SC_OK);
	report_trace(&s->w.report, "store", s->full ? "full" : "has room");
	if (s->full)
		report_count(&s->w.report, COUNT_DISK_FULL);
}

/* Nobody is there while days pass; then there is time for what follows. */
static void
days_pass(void *arg)
{
	struct sim *s = arg;

	prune_leap(s);
	s->chaos_end = clock_mono(&s->w.clock) +
	    prng_between(&s->w.rng, 15000, 60000);
}

static void
stay_away(struct sim *s, struct peer *p)
{
	peer_stop(p, PEER_KILLED);
	if (p->client == NULL)
		timer_in(&s->w.clock, &p->revive,
		    prng_between(&s->w.rng, 5000, 60000));
}

static void
break_wire(struct sim *s, struct peer *p)
{
	const bool noticed[2] = {prng_one_in(&s->w.rng, 2),
	    prng_one_in(&s->w.rng, 2)};

	if (p->wire != NULL)
		link_cut(p->wire->link, noticed);
}

static void
wall_jump(struct sim *s)
{
	clock_jump(&s->w.clock, prng_between(&s->w.rng, -8000, 8000));
	report_count(&s->w.report, COUNT_WALL_JUMPS);
}

/* P itself if its user has no other. */
static struct peer *
other_device(struct sim *s, struct peer *p)
{
	unsigned from = (unsigned)prng_below(&s->w.rng, s->npeers);

	for (unsigned i = 0; i < s->npeers; i++) {
		struct peer *other = s->peers[(from + i) % s->npeers];

		if (other != p && other->user == p->user)
			return other;
	}
	return p;
}

/* Its state is of no use any more, so what it lacks must come again. */
static void
revoke(struct sim *s, struct peer *p)
{
	if (s->offline && p->client != NULL)
		ask_revoke(p, other_device(s, p));
}

static void
trouble_step(void *arg)
{
	struct sim *s = arg;
	struct peer *p = some_peer(s);

	timer_in(&s->w.clock, &s->trouble, prng_skewed(&s->w.rng, 10, 6000));
	switch (prng_below(&s->w.rng, 29)) {
	case 20: case 21: case 22: case 23: case 24: case 25: case 26:
		race_fence(s, p);
		break;
	case 27: case 28:
		revoke(s, p);
		break;
	case 0: case 1: case 2:
		server_crash(s);
		break;
	case 3: case 4:
		peer_stop(p, PEER_KILLED);
		break;
	case 5: case 6:
		peer_stop(p, PEER_POWER_LOSS);
		break;
	case 7:
		stay_away(s, p);
		break;
	case 8: case 9:
		peer_freeze(p, prng_skewed(&s->w.rng, 100, 20000));
		break;
	case 10: case 11:
		break_wire(s, p);
		break;
	case 12:
		wall_jump(s);
		break;
	case 13:
		disk_toggle(s);
		break;
	case 14: case 15: case 16:
		peer_back_up(p);
		break;
	case 17: case 18:
		/* What is not kept cannot be found again (R9). */
		if (s->offline)
			peer_stop(p, PEER_ROLLED_BACK);
		break;
	default:
		if (s->offline)
			peer_stop(p, PEER_WIPED);
		break;
	}
}

/*
 * The people behind the clients: they start a client again that gave up.  A
 * state so old that its token has ended needs the password, and so does a
 * device that was removed; a client that is refused for any other reason is a
 * broken promise.
 */
static void
keeper_step(void *arg)
{
	struct sim *s = arg;

	timer_in(&s->w.clock, &s->keeper, 500);
	for (unsigned i = 0; i < s->npeers; i++) {
		struct peer *p = s->peers[i];

		if (p->client == NULL)
			continue;
		p->unlinked = p->failed && p->link != 0;
		if (p->failed && !p->rolled_back && !p->unlinked &&
		    !removal_may(s, p->user) &&
		    !sim_was_revoked(s, p->user, sc_client_device(p->client)))
			report_fail(&s->w.report, "R9",
			    "%s: the login is refused", p->name);
		if (p->failed)
			peer_stop(p, PEER_WIPED);
		else if (p->replaced)
			peer_stop(p, PEER_KILLED);
	}
}

void
workload_start(struct sim *s)
{
	timer_init(&s->chat, chat_step, s);
	timer_init(&s->trouble, trouble_step, s);
	timer_init(&s->keeper, keeper_step, s);
	timer_init(&s->restart, server_restart, s);
	timer_init(&s->crash, server_crash, s);
	timer_init(&s->leap, days_pass, s);
	timer_in(&s->w.clock, &s->chat, 100);
	timer_in(&s->w.clock, &s->trouble, 2000);
	timer_in(&s->w.clock, &s->keeper, 500);
}

void
workload_stop(struct sim *s)
{
	timer_clear(&s->w.clock, &s->chat);
	timer_clear(&s->w.clock, &s->trouble);
	timer_clear(&s->w.clock, &s->crash);
	timer_clear(&s->w.clock, &s->leap);
	s->w.healed = true;
	net_heal(&s->net);
	if (s->full)
		disk_toggle(s);
	if (!host_up(s->host)) {
		timer_clear(&s->w.clock, &s->restart);
		server_restart(s);
	}
	for (unsigned i = 0; i < s->npeers; i++) {
		peer_start(s->peers[i]);
		peer_thaw(s->peers[i]);
	}
}
