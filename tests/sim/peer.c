/* SPDX-License-Identifier: ISC */
#include "tests/sim/peer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "tests/sim/sim.h"
#include "tests/sim/watch.h"

enum { READ_MAX = 3000, TURN_MAX = 5, TEXT_MAX = 8000 };

static int64_t
now(const struct peer *p)
{
	return clock_mono(&p->sim->w.clock);
}

static void
turn_soon(struct peer *p)
{
	struct world *w = &p->sim->w;
	int64_t at = now(p) + prng_skewed(&w->rng, 0, TURN_MAX);

	if (at < p->frozen)
		at = p->frozen;
	if (!timer_is_set(&p->turn) || at < p->turn.at)
		timer_set(&w->clock, &p->turn, at);
}

/* ---- the connection ---- */

static void
wire_wakes(void *arg)
{
	turn_soon(arg);
}

static void
drop_wire(struct peer *p, bool grace)
{
	struct wire *w = p->wire;

	if (w == NULL)
		return;
	p->wire = NULL;
	p->online = false;
	wire_release(w, NET_CLIENT, grace);
}

/* The engine's connection ends for whatever reason. */
static void
disconnect(struct peer *p, bool grace)
{
	drop_wire(p, grace);
	sc_client_closed(p->client, now(p));
}

static void
peer_connect(void *arg)
{
	struct peer *p = arg;
	struct sim *s = p->sim;

	if (p->client == NULL || p->wire != NULL)
		return;
	if (now(p) < p->frozen) {
		timer_set(&s->w.clock, &p->connect, p->frozen);
		return;
	}
	p->wire = wire_create(&s->wire_env, ++s->wires, p->name);
	watch_begin(s, p->wire, p);
	link_attach(p->wire->link, NET_CLIENT,
	    &(struct link_end){wire_wakes, wire_wakes, p});
	report_trace(&s->w.report, p->wire->name, "connects");
	sc_client_connected(p->client, now(p));
	host_connect(s->host, p->wire);
	peer_pump(p);
	turn_soon(p);
}

/* Moves output; false when the connection has no more room. */
static bool
write_some(struct peer *p)
{
	const void *bytes;
	size_t n, taken;

	n = sc_client_output(p->client, &bytes);
	if (n == 0)
		return false;
	taken = wire_write(p->wire, NET_CLIENT, bytes, n);
	sc_client_written(p->client, taken);
	return taken == n;
}

static void
die_if_doomed(struct peer *p)
{
	if (p->doomed)
		peer_stop(p, prng_one_in(&p->sim->w.rng, 2)
		    ? PEER_KILLED : PEER_POWER_LOSS);
}

void
peer_pump(struct peer *p)
{
	struct clock *clock = &p->sim->w.clock;

	if (p->doomed)
		die_if_doomed(p);
	if (p->client == NULL)
		return;
	while (p->wire != NULL && write_some(p))
		;
	timer_set(clock, &p->tick, sc_client_deadline(p->client));
	timer_set(clock, &p->connect, p->wire != NULL ? INT64_MAX
	    : sc_client_connect_at(p->client));
}

/* Returns whether there may be more to read. */
static bool
read_some(struct peer *p)
{
	struct prng *rng = &p->sim->w.rng;
	uint8_t bytes[READ_MAX];
	bool end;
	size_t n = 1 + prng_below(rng, sizeof(bytes));
	struct wire *w = p->wire;
	int rc;

	n = wire_read(w, NET_CLIENT, bytes, n, &end);
	if (n > 0) {
		rc = sc_client_input(p->client, bytes, n, now(p));
		if (p->doomed)
			return false;
		if (rc < 0) {
			report_trace(&p->sim->w.report, w->name,
			    "the client closes: %s", sc_code_text(rc));
			watch_client_closes(w, rc);
			disconnect(p, true);
			return false;
		}
	}
	if (end) {
		report_trace(&p->sim->w.report, w->name,
		    "the client sees the end");
		disconnect(p, true);
		return false;
	}
	return n > 0;
}

static void
peer_turn(void *arg)
{
	struct peer *p = arg;

	if (p->client == NULL || p->wire == NULL)
		return;
	if (now(p) < p->frozen) {
		turn_soon(p);
		return;
	}
	while (p->wire != NULL && read_some(p))
		;
	if (p->declined && !p->doomed &&
	    prng_one_in(&p->sim->w.rng, p->sim->w.healed ? 1 : 3)) {
		p->declined = false;
		sc_client_resume(p->client, now(p));
	}
	peer_pump(p);
	if (p->declined && p->client != NULL)
		timer_in(&p->sim->w.clock, &p->turn, 20 +
		    (int64_t)prng_below(&p->sim->w.rng, 500));
}

static void
peer_tick(void *arg)
{
	struct peer *p = arg;
	int rc;

	if (p->client == NULL)
		return;
	if (now(p) < p->frozen) {
		timer_set(&p->sim->w.clock, &p->tick, p->frozen);
		return;
	}
	rc = sc_client_tick(p->client, now(p));
	if (rc < 0 && p->wire != NULL && !p->doomed) {
		report_trace(&p->sim->w.report, p->wire->name,
		    "the client gives up: %s", sc_code_text(rc));
		disconnect(p, false);
	}
	peer_pump(p);
}

/* ---- life ---- */

static void peer_revive(void *arg);

struct peer *
peer_create(struct sim *s, unsigned index, unsigned user, unsigned device)
{
	struct peer *p = xcalloc(1, sizeof(*p));

	p->sim = s;
	p->index = index;
	p->user = user;
	p->blank = true;
	snprintf(p->device, sizeof(p->device), "d%u", device);
	snprintf(p->name, sizeof(p->name), "%.12s%s.%.8s",
	    s->users[user].name, s->users[user].again ? "b" : "", p->device);
	disk_init(&p->disk);
	disk_init(&p->backup);
	p->disk.on_sync = app_synced;
	p->disk.on_sync_arg = p;
	p->decline_one_in = prng_one_in(&s->w.rng, 3) ? 7 : 0;
	p->crash_one_in = prng_one_in(&s->w.rng, 3) ? 60 : 0;
	timer_init(&p->turn, peer_turn, p);
	timer_init(&p->tick, peer_tick, p);
	timer_init(&p->connect, peer_connect, p);
	timer_init(&p->revive, peer_revive, p);
	return p;
}

static void
peer_revive(void *arg)
{
	peer_start(arg);
}

void
peer_start(struct peer *p)
{
	struct sim *s = p->sim;
	char why[200] = "";
	struct sc_client_conf conf = {
	    .user = s->users[p->user].name,
	    .password = s->users[p->user].password,
	    .mechanism = SC_MECHANISM_PLAIN,
	    .device = p->device,
	    .link = links_choose(p),
	    .event = app_event,
	    .event_arg = p,
	    .state = disk_io(&p->disk),
	    .random = prng_fill,
	    .random_arg = &s->w.rng,
	    .backoff_min_ms = 50,
	    .backoff_max_ms = 4000,
	};

	if (p->client != NULL || removal_is(s, p->user))
		return;
	if (sc_client_create(&conf, &p->client, why, sizeof(why)) != 0) {
		report_fail(&s->w.report, "R9", "%s: state not accepted: %s",
		    p->name, why);
		p->client = NULL;
		return;
	}
	p->failed = p->replaced = false;
	timer_clear(&s->w.clock, &p->revive);
	app_check_restart(p);
	peer_pump(p);
}

static const char *const ends[] = {"is killed", "loses power",
    "is rolled back", "is wiped"};

static const enum counter end_counts[] = {COUNT_CLIENT_KILLS,
    COUNT_POWER_LOSSES, COUNT_ROLLBACKS, COUNT_WIPES};

static void
disk_after(struct peer *p, enum peer_end how)
{
	struct report *r = &p->sim->w.report;

	switch (how) {
	case PEER_KILLED:
		disk_kill(&p->disk);
		break;
	case PEER_POWER_LOSS:
		r->counts[COUNT_LOST_RECORDS] +=
		    disk_power_loss(&p->disk, &p->sim->w.rng);
		break;
	case PEER_ROLLED_BACK:
		disk_kill(&p->disk);
		disk_copy(&p->disk, &p->backup);
		break;
	case PEER_WIPED:
		disk_wipe(&p->disk);
		names_forget(p);
		p->blank = true;
		break;
	}
}

/* An old connection may go on in the network when its client is gone. */
static void
leave_wire(struct peer *p)
{
	struct world *w = &p->sim->w;

	if (p->wire == NULL)
		return;
	if (!w->healed && prng_one_in(&w->rng, 2)) {
		link_stall(p->wire->link, prng_between(&w->rng, 50, 6000));
		report_count(&w->report, COUNT_CLONES);
		drop_wire(p, true);
	} else {
		drop_wire(p, false);
	}
}

void
peer_stop(struct peer *p, enum peer_end how)
{
	struct clock *clock = &p->sim->w.clock;

	if (p->client == NULL || (how == PEER_ROLLED_BACK && !p->has_backup))
		return;
	report_trace(&p->sim->w.report, p->name, "%s%s", ends[how],
	    p->doomed ? " in a callback" : "");
	report_count(&p->sim->w.report, p->doomed ? COUNT_CALLBACK_CRASHES
						  : end_counts[how]);
	leave_wire(p);
	p->disk.dead = true;
	sc_client_destroy(p->client);
	p->client = NULL;
	disk_after(p, how);
	if (how == PEER_WIPED)
		p->has_backup = p->rolled_back = false;
	else if (how == PEER_ROLLED_BACK)
		p->rolled_back = true;
	app_restarted(p, how);
	memset(p->asks, 0, sizeof(p->asks));
	memset(p->readers, 0, sizeof(p->readers));
	p->doomed = p->declined = p->online = p->synced = false;
	timer_clear(clock, &p->turn);
	timer_clear(clock, &p->tick);
	timer_clear(clock, &p->connect);
	timer_in(clock, &p->revive,
	    prng_skewed(&p->sim->w.rng, 1, p->sim->w.healed ? 50 : 4000));
}

void
peer_leave(struct peer *p, enum peer_end how)
{
	if (how == PEER_ROLLED_BACK && !p->has_backup)
		how = PEER_KILLED;
	report_count(&p->sim->w.report, COUNT_CLONES);
	drop_wire(p, true);
	peer_stop(p, how);
}

void
peer_destroy(struct peer *p)
{
	struct clock *clock = &p->sim->w.clock;

	drop_wire(p, false);
	sc_client_destroy(p->client);
	timer_clear(clock, &p->turn);
	timer_clear(clock, &p->tick);
	timer_clear(clock, &p->connect);
	timer_clear(clock, &p->revive);
	disk_fini(&p->disk);
	disk_fini(&p->backup);
	for (unsigned i = 0; i < p->nchats; i++) {
		free(p->chats[i].items);
		free(p->chats[i].said);
	}
	free(p);
}

void
peer_back_up(struct peer *p)
{
	if (p->client == NULL)
		return;
	disk_copy(&p->backup, &p->disk);
	p->has_backup = true;
	p->backup_said = p->sim->ledger.nsaid;
	for (unsigned i = 0; i < p->backup_said; i++) {
		struct said *s = &p->sim->ledger.said[i];

		if (s->peer == p->index)
			s->backed_up = s->n;
	}
	for (unsigned i = 0; i < p->nchats; i++) {
		for (unsigned u = 0; u < APP_USERS; u++) {
			struct app_mark *m = &p->chats[i].marks[u];

			m->backup.delivered = m->delivered;
			m->backup.read = m->read;
		}
	}
}

void
peer_freeze(struct peer *p, int64_t ms)
{
	p->frozen = now(p) + ms;
	report_trace(&p->sim->w.report, p->name, "freezes");
	report_count(&p->sim->w.report, COUNT_FREEZES);
}

void
peer_thaw(struct peer *p)
{
	p->frozen = 0;
	if (p->client != NULL) {
		turn_soon(p);
		peer_pump(p);
	}
}

/* ---- what the application asks for ---- */

/* How to name the other side: by name or, if it is known, by number. */
static void
address(struct peer *p, unsigned to, char *out, size_t cap)
{
	const char *name = to < SIM_USERS_MAX ? p->sim->users[to].name
					      : "nobody";
	uint64_t number = sc_client_chat(p->client, name);

	/* the name may be somebody else's */
	if (to < SIM_USERS_MAX && p->sim->removal.state != REMOVAL_NONE)
		snprintf(out, cap, "~%" PRIu64, p->sim->users[to].id);
	else if (number != 0 && prng_one_in(&p->sim->w.rng, 2))
		snprintf(out, cap, "%" PRIu64, number);
	else
		snprintf(out, cap, "%s", name);
}

static void
send_text(struct peer *p, unsigned id, const char *where, size_t filler)
{
	struct ledger *l = &p->sim->ledger;
	char text[TEXT_MAX];
	size_t len = said_text(id, text, sizeof(text));
	uint64_t n = 0;
	int rc;

	for (; filler > 0 && len < sizeof(text); filler--)
		text[len++] = (char)('a' + prng_below(&p->sim->w.rng, 26));
	l->said[id].plain = len < 20;
	l->said[id].too_long = len > host_conf(p->sim->host)->max_text;
	rc = sc_client_send(p->client, where, text, len, &n);
	report_trace(&p->sim->w.report, p->name, "sends m%u to %s: n=%" PRIu64
	    " %s", id, where, n, rc == 0 ? "" : sc_code_text(rc));
	if (rc != 0)
		l->said[id].refused = true;
	l->said[id].asked = n;
	report_count(&p->sim->w.report, COUNT_SENDS);
	peer_pump(p);
}

void
peer_send(struct peer *p, unsigned to, size_t filler)
{
	char where[32];

	address(p, to, where, sizeof(where));
	send_text(p, ledger_say(&p->sim->ledger, p->index, to), where,
	    filler);
}

void
peer_send_chat(struct peer *p, uint64_t number, size_t filler)
{
	struct ledger *l = &p->sim->ledger;
	unsigned id = ledger_say(l, p->index, SAID_TO_CHAT);
	char where[32];

	l->said[id].number = number;
	snprintf(where, sizeof(where), "%" PRIu64, number);
	send_text(p, id, where, filler);
}

static unsigned
last_said(const struct peer *p)
{
	const struct ledger *l = &p->sim->ledger;

	for (unsigned i = l->nsaid; i > p->first_said; i--) {
		if (l->said[i - 1].peer == p->index)
			return i - 1;
	}
	return SAID_NONE;
}

void
peer_repeat(struct peer *p, bool changed)
{
	struct ledger *l = &p->sim->ledger;
	unsigned id = last_said(p);
	char text[64];
	uint64_t n;
	size_t len;
	int rc;

	if (id == SAID_NONE || l->said[id].asked == 0 ||
	    l->said[id].to >= SIM_USERS_MAX || !l->said[id].plain)
		return;
	n = l->said[id].asked;
	len = said_text(id, text, sizeof(text));
	if (changed)
		text[len++] = '!';
	rc = sc_client_send(p->client, p->sim->users[l->said[id].to].name,
	    text, len, &n);
	report_trace(&p->sim->w.report, p->name, "repeats m%u n=%" PRIu64
	    "%s: %s", id, n, changed ? " changed" : "", sc_code_text(rc));
	if (changed && rc == 0)
		l->said[id].contested = true;
	else if (rc == 0)
		l->said[id].repeats++;
	if (changed)
		report_count(&p->sim->w.report, COUNT_CONFLICTS);
	peer_pump(p);
}

void
peer_read(struct peer *p)
{
	struct app_chat *c;

	if (p->nchats == 0)
		return;
	c = &p->chats[prng_below(&p->sim->w.rng, p->nchats)];
	if (c->number == 1 || c->top <= c->own_read)
		return;
	c->own_read = c->own_read +
	    1 + prng_below(&p->sim->w.rng, c->top - c->own_read);
	report_trace(&p->sim->w.report, p->name, "reads %" PRIu64 " up to %"
	    PRIu64, c->number, c->own_read);
	report_count(&p->sim->w.report, COUNT_MARKS_AHEAD);
	sc_client_read(p->client, c->number, c->own_read);
	peer_pump(p);
}
