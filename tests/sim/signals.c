/* SPDX-License-Identifier: ISC */
#include "tests/sim/signals.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "protocol/payload.h"
#include "src/chat/member.h"
#include "tests/sim/sim.h"
#include "tests/sim/workload.h"

enum { TEXT = 16 };

static void
broken(const struct signal_end *x, const char *rule, size_t i,
    const char *what)
{
	report_fail(&x->sim->w.report, rule, "wire %u: signal %zu %s",
	    x->wire, i, what);
}

/* ---- what is said ---- */

static struct peer *
some_device(struct sim *s)
{
	struct peer *p = s->peers[prng_below(&s->w.rng, s->npeers)];

	return p->client == NULL || sc_client_device(p->client) == 0 ? NULL
	    : p;
}

static int
to_device(struct peer *p, struct sim_signal *g, const char *text)
{
	const struct peer *other = some_device(p->sim);
	char user[32];

	if (other == NULL)
		return SC_CODE_NOT_FOUND;
	g->to = other->user;
	g->device = sc_client_device(other->client);
	snprintf(user, sizeof(user), "~%" PRIu64, p->sim->users[g->to].id);
	return sc_client_signal(p->client, user, g->device, text,
	    strlen(text));
}

static int
to_chat(struct peer *p, struct sim_signal *g, const char *text)
{
	char number[24];

	g->number = workload_chat(p, prng_one_in(&p->sim->w.rng, 3)
	    ? SC_CHAT_DIRECT : SC_CHAT_GROUP);
	snprintf(number, sizeof(number), "%" PRIu64, g->number);
	return g->number == 0 ? SC_CODE_NOT_FOUND
	    : sc_client_signal(p->client, number, 0, text, strlen(text));
}

void
signals_step(struct peer *p)
{
	struct sim *s = p->sim;
	struct sim_signal *g = &s->signals[s->nsignals];
	char text[TEXT];
	int rc;

	if (s->nsignals == SIGNALS_MAX)
		return;
	*g = (struct sim_signal){.from = p->user};
	snprintf(text, sizeof(text), "s%u", s->nsignals);
	rc = prng_one_in(&s->w.rng, 3) ? to_device(p, g, text)
	    : to_chat(p, g, text);
	if (rc != 0)
		return;		/* nobody keeps it for later */
	report_trace(&s->w.report, p->name, "signals %s to chat %" PRIu64
	    ", user %u, device %u", text, g->number, g->to,
	    (unsigned)g->device);
	s->nsignals++;
	peer_pump(p);
}

/* ---- who may have it ---- */

static bool
is_in(struct tx *tx, const struct chat_id *id, uint64_t user)
{
	struct member m;

	return member_get(tx, id, user, &m) == 0 && member_in(&m);
}

struct sharing {
	struct tx *tx;
	uint64_t other;
	bool found;
};

static int
is_shared(void *arg, uint64_t number, const struct chat_id *id)
{
	struct sharing *s = arg;
	struct chat c;

	s->found = number != 1 && chat_get(s->tx, id, &c) == 0 &&
	    c.kind != CHAT_KIND_CHANNEL && is_in(s->tx, id, s->other);
	return s->found;
}

/* Those in the chat; of a device its user, if both are in some chat. */
static unsigned
who_may(const struct sim *s, struct tx *tx, const struct sim_signal *g)
{
	struct sharing sharing = {.tx = tx, .other = s->users[g->from].id};
	unsigned in = 0;

	if (g->number == 0) {
		(void)chat_list(tx, s->users[g->to].id, 0, is_shared,
		    &sharing);
		return sharing.found ? 1u << g->to : 0;
	}
	for (unsigned u = 0; u < s->nusers; u++)
		if (is_in(tx, &g->chat, s->users[u].id))
			in |= 1u << u;
	return in;
}

/* Whether U was in the chat when the signal was heard, or came into it since,
 * even if he is gone again. */
static bool
might(const struct sim *s, struct tx *tx, const struct sim_signal *g,
    unsigned u)
{
	struct member m;

	return (g->in >> u & 1) != 0 || (member_get(tx, &g->chat,
	    s->users[u].id, &m) == 0 && m.joined > g->head);
}

/* ---- what passes ---- */

/* Which it is; SIGNALS_MAX: none. */
static size_t
index_of(const struct sim *s, const struct elem *e)
{
	struct slice wire = e->text;
	struct payload p;
	char text[TEXT];
	unsigned i;

	if (e->content != CONTENT_PAYLOAD || payload_take(&wire, &p) != 0 ||
	    wire.len != 0 || p.encoding != PAYLOAD_OPAQUE ||
	    p.bytes.len >= sizeof(text))
		return SIGNALS_MAX;
	memcpy(text, p.bytes.p, p.bytes.len);
	text[p.bytes.len] = '\0';
	return sscanf(text, "s%u", &i) == 1 && i < s->nsignals ? i
	    : SIGNALS_MAX;
}

void
signals_heard(const struct signal_end *x, const struct elem *e)
{
	struct sim *s = x->sim;
	size_t i = index_of(s, e);
	struct sim_signal *g = &s->signals[i < SIGNALS_MAX ? i : 0];
	struct arena arena;
	struct chat c;
	struct tx tx;

	if (i == SIGNALS_MAX || s->users[g->from].id != x->user || g->heard) {
		broken(x, "R26", i, "is none, or it was said twice");
		return;
	}
	arena_init(&arena, 0);
	host_look(s->host, &tx, &arena);
	g->heard = true;
	g->by = x->device;
	if (g->number != 0 && chat_by_number(&tx, x->user, g->number,
	    &g->chat) == 0 && chat_get(&tx, &g->chat, &c) == 0)
		g->head = c.head;
	g->in = who_may(s, &tx, g);
	if ((g->in >> (g->number == 0 ? g->to : g->from) & 1) == 0)
		report_count(&s->w.report, COUNT_SIGNALS_BARRED);
	host_look_end(&tx);
	arena_fini(&arena);
}

static void
check_right(const struct signal_end *x, size_t i, unsigned user)
{
	const struct sim *s = x->sim;
	const struct sim_signal *g = &s->signals[i];
	struct arena arena;
	struct tx tx;
	bool may;

	arena_init(&arena, 0);
	host_look(s->host, &tx, &arena);
	may = g->number == 0
	    ? ((g->in | who_may(s, &tx, g)) >> g->to & 1) != 0
	    : might(s, &tx, g, user) && might(s, &tx, g, g->from);
	host_look_end(&tx);
	arena_fini(&arena);
	if (!may)
		broken(x, "R5", i, "is told to who may not have it");
}

/* The chat is what he who gets it calls so. */
static bool
is_of_chat(const struct signal_end *x, const struct sim_signal *g,
    const struct elem *e)
{
	const struct value *v = elem_get(e, ATTR_CHAT);
	struct arena arena;
	struct chat_id id;
	struct tx tx;
	bool same;

	if (v == NULL || g->number == 0)
		return v == NULL && g->number == 0;
	arena_init(&arena, 0);
	host_look(x->sim->host, &tx, &arena);
	same = v->chat.kind == CHAT_BY_NUMBER &&
	    chat_by_number(&tx, x->user, v->chat.number, &id) == 0 &&
	    memcmp(id.b, g->chat.b, sizeof(id.b)) == 0;
	host_look_end(&tx);
	arena_fini(&arena);
	return same;
}

static void
check_once(const struct signal_end *x, size_t i)
{
	struct sim_signal *g = &x->sim->signals[i];

	for (unsigned k = 0; k < g->nwires; k++)
		if (g->wires[k] == x->wire)
			broken(x, "R26", i, "is told twice");
	if (g->nwires < SIGNAL_WIRES)
		g->wires[g->nwires++] = x->wire;
}

void
signals_told(const struct signal_end *x, const struct elem *e)
{
	struct sim *s = x->sim;
	size_t i = index_of(s, e);
	const struct sim_signal *g = &s->signals[i < SIGNALS_MAX ? i : 0];
	const struct value *from = elem_get(e, ATTR_USER);
	unsigned user = sim_user_of(s, x->user);

	if (i == SIGNALS_MAX || !g->heard) {
		broken(x, "R26", i, "was said by nobody");
		return;
	}
	if (from == NULL || from->user.id != s->users[g->from].id ||
	    (g->number == 0 && elem_uint(e, ATTR_DEVICE, 0) != g->by))
		broken(x, "R2", i, "is told to be somebody else's");
	if (!is_of_chat(x, g, e))
		broken(x, "R19", i, "is told of another chat");
	if (g->number != 0 ? user == g->from
	    : user != g->to || x->device != g->device)
		broken(x, "R26", i, "is told to another one");
	check_right(x, i, user);
	check_once(x, i);
}

void
signals_event(struct peer *p, const struct sc_event *e)
{
	report_count(&p->sim->w.report, e->chat != 0 ? COUNT_SIGNALS_CHAT
	    : COUNT_SIGNALS_DEVICE);
}
