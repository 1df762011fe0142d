/* SPDX-License-Identifier: ISC */
#include "tests/sim/privacy.h"

#include <inttypes.h>
#include <stdio.h>

#include "src/chat/member.h"
#include "tests/sim/peer.h"
#include "tests/sim/removal.h"
#include "tests/sim/sim.h"

/* How long what was read before may be on its way, and how long a mark may wait
 * before it is told or hidden. */
enum { LATE_MS = 6000, MARK_MS = 20000 };

static void
broken(struct sim *s, unsigned u, unsigned viewer, const char *what)
{
	report_fail(&s->w.report, "R25", "%s: user%u to user%u", what, u,
	    viewer);
}

static struct sim_privacy *
privacy_of(struct sim *s, unsigned u)
{
	return &s->users[u].privacy;
}

static bool
is_known(const struct sim_privacy *p)
{
	return !p->asking && !p->loose;
}

void
privacy_begin(struct sim_privacy *p)
{
	*p = (struct sim_privacy){.last_seen = SC_PRIVACY_EVERYONE,
	    .online = SC_PRIVACY_EVERYONE, .receipts = true};
}

void
privacy_init(struct sim *s)
{
	s->privacy = prng_one_in(&s->w.rng, 3);
	for (unsigned u = 0; u < SIM_USERS_MAX; u++)
		privacy_begin(&s->users[u].privacy);
}

/* ---- what users do ---- */

/* What was read lately may be told after all. */
static void
tell_late(struct sim *s, unsigned u)
{
	struct ledger *l = &s->ledger;

	for (unsigned i = 0; i < l->nheard; i++) {
		struct fact_heard *h = &l->heard[i];

		if (h->user == s->users[u].id &&
		    clock_mono(&s->w.clock) < h->read_at + MARK_MS)
			h->told_read = h->read;
	}
}

static enum sc_privacy
some_privacy(struct prng *rng)
{
	static const enum sc_privacy all[] = {SC_PRIVACY_EVERYONE,
	    SC_PRIVACY_EVERYONE, SC_PRIVACY_NOBODY, SC_PRIVACY_NOBODY,
	    SC_PRIVACY_SHARED};

	return all[prng_below(rng, sizeof(all) / sizeof(all[0]))];
}

static int
turn_receipts(struct peer *p, struct sim_privacy *v, uint64_t *n)
{
	v->wanted.receipts = !v->receipts;
	v->secret = true;
	if (v->wanted.receipts)
		tell_late(p->sim, p->user);
	return sc_client_privacy_receipts(p->client, v->wanted.receipts, n);
}

static void
turn(struct peer *p)
{
	struct sim *s = p->sim;
	struct sim_privacy *v = privacy_of(s, p->user);
	struct app_request r = {.kind = REQUEST_PRIVACY, .said = SAID_NONE};
	int rc;

	if (!is_known(v))
		return;
	v->wanted.of_receipts = !host_has("presence") ||
	    prng_one_in(&s->w.rng, 2);
	v->wanted.last_seen = some_privacy(&s->w.rng);
	v->wanted.online = some_privacy(&s->w.rng);
	if (v->wanted.of_receipts && !s->receipts)
		return;
	rc = v->wanted.of_receipts ? turn_receipts(p, v, &r.n)
	    : sc_client_privacy(p->client, v->wanted.last_seen,
	    v->wanted.online, &r.n);
	if (rc != 0)
		return;
	v->asking = true;
	v->peers |= 1u << p->index;
	report_trace(&s->w.report, p->name, "turns %s: n=%" PRIu64,
	    v->wanted.of_receipts ? "receipts" : "presence", r.n);
	request_note(p, &r);
}

static void
glance(struct peer *p)
{
	struct sim *s = p->sim;
	struct app_glance *g = &p->glance;
	char user[32];

	if (g->id != 0 || !p->online || !host_has("presence"))
		return;
	*g = (struct app_glance){.asked = clock_mono(&s->w.clock),
	    .user = (unsigned)prng_below(&s->w.rng, s->nusers)};
	snprintf(user, sizeof(user), "~%" PRIu64, s->users[g->user].id);
	if (sc_client_presence(p->client, user, &g->id) != 0)
		g->id = 0;
}

void
privacy_step(struct peer *p)
{
	if (prng_one_in(&p->sim->w.rng, 2))
		turn(p);
	else
		glance(p);
	peer_pump(p);
}

/* ---- what becomes of it ---- */

void
privacy_settled(struct peer *p, const struct app_request *r, int code)
{
	struct sim *s = p->sim;
	struct sim_privacy *v = privacy_of(s, p->user);

	(void)r;
	if (!v->asking)
		return;
	v->asking = false;
	v->since = clock_mono(&s->w.clock);
	if (code == SC_CODE_CONFLICT)
		v->loose = true;	/* its device is gone */
	if (code != 0)
		return;
	if (v->wanted.of_receipts) {
		v->receipts = v->wanted.receipts;
	} else {
		v->last_seen = v->wanted.last_seen;
		v->online = v->wanted.online;
	}
}

void
privacy_restarted(struct peer *p, bool lost, bool restored)
{
	struct sim_privacy *v = privacy_of(p->sim, p->user);

	p->glance.id = 0;
	if ((v->peers >> p->index & 1) != 0 &&
	    ((v->asking && lost) || restored)) {
		v->loose = true;
		v->asking = false;
	}
}

/* ---- presence ---- */

/* Whether one of them has hidden it from all, and had before FROM. */
static bool
hides(const struct sim_privacy *a, const struct sim_privacy *b, bool last,
    int64_t from)
{
	return (is_known(a) && a->since <= from &&
	    (last ? a->last_seen : a->online) == SC_PRIVACY_NOBODY) ||
	    (is_known(b) && b->since <= from &&
	    (last ? b->last_seen : b->online) == SC_PRIVACY_NOBODY);
}

static void
check_shown(struct sim *s, unsigned u, unsigned viewer, unsigned show,
    int64_t time, int64_t from)
{
	const struct sim_privacy *a = privacy_of(s, u);
	const struct sim_privacy *b = privacy_of(s, viewer);

	if (u == viewer)
		return;
	if (hides(a, b, false, from)) {
		report_count(&s->w.report, COUNT_HIDDEN_ONLINE);
		if (show != SC_SHOW_OFFLINE)
			broken(s, u, viewer, "is shown, and hides");
	}
	if (hides(a, b, true, from)) {
		report_count(&s->w.report, COUNT_HIDDEN_SEEN);
		if (time != 0)
			broken(s, u, viewer, "was seen, and hides it");
	}
}

void
privacy_presence(struct sim *s, uint64_t viewer, const struct elem *e,
    bool behind)
{
	const struct value *v = elem_get(e, ATTR_USER);
	unsigned u = v == NULL ? SIM_USERS_MAX : sim_user_of(s, v->user.id);
	unsigned w = sim_user_of(s, viewer);

	if (!behind && u < SIM_USERS_MAX && w < SIM_USERS_MAX)
		check_shown(s, u, w, (unsigned)elem_uint(e, ATTR_SHOW, 0),
		    elem_int(e, ATTR_TIME, 0),
		    clock_mono(&s->w.clock) - LATE_MS);
}

void
privacy_event(struct peer *p, const struct sc_event *e)
{
	struct app_glance *g = &p->glance;

	if (g->id == 0 || g->id != e->id)
		return;
	if (e->type == SC_EVENT_RESULT)
		g->id = 0;
	else if (e->type == SC_EVENT_PRESENCE)
		check_shown(p->sim, g->user, p->user, (unsigned)e->show,
		    e->time, g->asked);
}

/* ---- what was read ---- */

static bool
is_secret(const struct sim_privacy *p, int64_t from)
{
	return is_known(p) && !p->receipts && p->since <= from;
}

void
privacy_read(struct sim *s, struct fact_heard *h, uint64_t seq)
{
	unsigned u = sim_user_of(s, h->user);
	int64_t now = clock_mono(&s->w.clock);

	if (seq > h->read)
		h->read_at = now;
	if (u < SIM_USERS_MAX && !is_secret(privacy_of(s, u), now) &&
	    seq > h->told_read)
		h->told_read = seq;
}

void
privacy_reader(struct sim *s, uint64_t viewer, const struct fact_heard *h,
    uint64_t seq, int64_t since)
{
	unsigned u = sim_user_of(s, h->user), w = sim_user_of(s, viewer);

	if (u == w || u >= SIM_USERS_MAX || w >= SIM_USERS_MAX)
		return;
	if (!privacy_of(s, u)->loose && seq > h->told_read)
		broken(s, u, w, "what was read in private is told");
	if (is_secret(privacy_of(s, w), since))
		broken(s, u, w, "what was read is told to who hides his");
	if (privacy_of(s, u)->secret || privacy_of(s, w)->secret)
		report_count(&s->w.report, COUNT_SECRET_READS);
}

bool
privacy_is_secret(const struct sim *s, unsigned a, unsigned b)
{
	return (a < SIM_USERS_MAX && s->users[a].privacy.secret) ||
	    (b < SIM_USERS_MAX && s->users[b].privacy.secret);
}

/* ---- the end ---- */

static bool
is_in(struct tx *tx, const struct chat *c, uint64_t user)
{
	struct member m;

	return member_get(tx, &c->id, user, &m) == 0 && member_in(&m);
}

/* Whether they are in a group, or U has written to the other one. */
static bool
shares(struct sim *s, struct tx *tx, unsigned u, unsigned other)
{
	uint64_t a = s->users[u].id, b = s->users[other].id;
	struct chat c;

	for (unsigned i = 0; i < s->ledger.nchats; i++) {
		int side;

		if (s->ledger.chats[i].account_of != 0 ||
		    chat_get(tx, &s->ledger.chats[i].id, &c) != 0)
			continue;
		if (c.kind == CHAT_KIND_GROUP && is_in(tx, &c, a) &&
		    is_in(tx, &c, b))
			return true;
		side = c.kind == CHAT_KIND_DIRECT ? chat_side(&c, a) : -1;
		if (side >= 0 && c.user[1 - side] == b &&
		    c.last_by[side] > 0)
			return true;
	}
	return false;
}

static enum privacy_view
view_of(struct sim *s, struct tx *tx, enum sc_privacy p, unsigned u,
    unsigned other)
{
	if (p != SC_PRIVACY_SHARED)
		return p == SC_PRIVACY_NOBODY ? PRIVACY_HIDES : PRIVACY_SHOWS;
	return tx == NULL ? PRIVACY_UNKNOWN
	    : shares(s, tx, u, other) ? PRIVACY_SHOWS : PRIVACY_HIDES;
}

static enum privacy_view
view(struct sim *s, struct tx *tx, unsigned u, unsigned viewer, bool last)
{
	const struct sim_privacy *a = privacy_of(s, u);
	const struct sim_privacy *b = privacy_of(s, viewer);
	enum privacy_view one, other;

	if (u == viewer)
		return PRIVACY_SHOWS;
	if (!is_known(a) || !is_known(b))
		return PRIVACY_UNKNOWN;
	one = view_of(s, tx, last ? a->last_seen : a->online, u, viewer);
	other = view_of(s, tx, last ? b->last_seen : b->online, viewer, u);
	if (one == PRIVACY_HIDES || other == PRIVACY_HIDES)
		return PRIVACY_HIDES;
	return one == PRIVACY_UNKNOWN ? one : other;
}

enum privacy_view
privacy_online(struct sim *s, struct tx *tx, unsigned u, unsigned viewer)
{
	return view(s, tx, u, viewer, false);
}

void
privacy_check_glance(struct sim *s, struct tx *tx, unsigned viewer,
    unsigned u, unsigned show, int64_t time)
{
	unsigned want = presence_show(s, u);

	if (removal_is(s, u)) {
		if (show != SC_SHOW_OFFLINE || time != 0)
			broken(s, u, viewer, "is shown, and gone");
		return;
	}
	if (view(s, tx, u, viewer, true) == PRIVACY_HIDES && time != 0)
		broken(s, u, viewer, "was seen, and hides it, at the end");
	switch (view(s, tx, u, viewer, false)) {
	case PRIVACY_HIDES:
		if (show != SC_SHOW_OFFLINE)
			broken(s, u, viewer, "is shown, and hides, at the end");
		break;
	case PRIVACY_SHOWS:
		report_count(&s->w.report, COUNT_GLANCES);
		if (want != show)
			broken(s, u, viewer, "is not shown as he is");
		break;
	case PRIVACY_UNKNOWN:
		break;
	}
}

void
privacy_check_own(struct sim *s, unsigned u, const struct sim_privacy *told)
{
	const struct sim_privacy *v = privacy_of(s, u);

	if (!is_known(v))
		return;
	if (host_has("presence") && (told->online != v->online ||
	    told->last_seen != v->last_seen))
		broken(s, u, u, "has other switches than he has set");
	if (s->receipts && told->receipts != v->receipts)
		broken(s, u, u, "tells what he reads otherwise than he set");
}
