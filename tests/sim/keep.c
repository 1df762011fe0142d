/* SPDX-License-Identifier: ISC */
#include "tests/sim/keep.h"

#include "src/chat/device.h"
#include "src/chat/member.h"
#include "src/common/err.h"
#include "tests/sim/sim.h"

/* ---- what the operator does ---- */

static uint64_t
head_of(struct sim *s, const struct chat_id *id)
{
	struct arena arena;
	struct chat c;
	struct tx tx;
	uint64_t head;

	arena_init(&arena, 0);
	host_look(s->host, &tx, &arena);
	head = chat_get(&tx, id, &c) == 0 ? c.head : 0;
	host_look_end(&tx);
	arena_fini(&arena);
	return head;
}

static void
keep_done(void *arg, int rc)
{
	struct sim *s = arg;
	struct sim_keep *k = &s->keeps.list[s->keeps.n - 1];

	s->keeps.asking = false;
	k->over = rc != 0;
	if (rc != 0)
		return;
	report_count(&s->w.report, COUNT_KEEPS);
	k->done = head_of(s, &k->chat);
}

static bool
is_new(const struct sim *s, const struct fact_chat *c)
{
	for (unsigned i = 0; i < s->keeps.n; i++)
		if (chat_id_equal(&s->keeps.list[i].chat, &c->id))
			return false;
	return c->account_of == 0 && c->kind != CHAT_KIND_CHANNEL;
}

static void
keep_step(void *arg)
{
	struct sim *s = arg;
	struct sim_keeps *keeps = &s->keeps;
	const struct fact_chat *c;
	struct sim_keep *k = &keeps->list[keeps->n];

	timer_in(&s->w.clock, &keeps->timer,
	    prng_between(&s->w.rng, 1000, 10000));
	if (keeps->asking || keeps->n == KEEPS_MAX || s->ledger.nchats == 0 ||
	    !host_up(s->host))
		return;
	c = &s->ledger.chats[prng_below(&s->w.rng, s->ledger.nchats)];
	if (!is_new(s, c))
		return;
	*k = (struct sim_keep){.chat = c->id,
	    .forever = prng_one_in(&s->w.rng, 2),
	    .asked = head_of(s, &c->id)};
	keeps->n++;
	keeps->asking = true;
	report_trace(&s->w.report, "operator", "keeps a chat %s", k->forever
	    ? "for ever" : "until delivered");
	host_keep(s->host, &k->chat, k->forever ? "forever"
	    : "until-delivered", keep_done, s);
}

void
keep_init(struct sim *s)
{
	timer_init(&s->keeps.timer, keep_step, s);
	if (s->leaps)
		timer_in(&s->w.clock, &s->keeps.timer,
		    prng_between(&s->w.rng, 500, 10000));
}

void
keep_stop(struct sim *s)
{
	timer_clear(&s->w.clock, &s->keeps.timer);
}

/* ---- what follows ---- */

static const struct sim_keep *
keep_of(const struct sim *s, const struct fact_chat *c)
{
	for (unsigned i = 0; i < s->keeps.n; i++)
		if (chat_id_equal(&s->keeps.list[i].chat, &c->id))
			return &s->keeps.list[i];
	return NULL;
}

bool
keep_until_delivered(const struct sim *s, const struct fact_chat *c,
    uint64_t seq)
{
	const struct sim_keep *k = keep_of(s, c);

	if (k != NULL && !k->forever && seq > k->asked)
		return true;
	return s->until && c->kind != CHAT_KIND_CHANNEL;
}

bool
keep_forever(const struct sim *s, const struct fact_chat *c, uint64_t seq)
{
	const struct sim_keep *k = keep_of(s, c);

	return k != NULL && k->forever && !k->over && k->done != 0 &&
	    seq > k->done;
}

static int
found(void *arg, const struct device *d)
{
	(void)d;
	*(bool *)arg = true;
	return 1;
}

/* A user for whom it waits: he is in the chat, may read it, and has a device
 * that may lack it. */
static bool
waits(struct sim *s, struct tx *tx, const struct fact_chat *c, unsigned u,
    uint64_t seq)
{
	struct ledger *l = &s->ledger;
	uint64_t user = s->users[u].id, last;
	uint64_t number = ledger_number_of(l, user, &c->id);
	struct member m;
	bool device = false;

	if (removal_may(s, u) || c->entries[seq - 1].from == user ||
	    member_get(tx, &c->id, user, &m) != 0 || !member_in(&m) ||
	    !member_sees(&m, seq, &last))
		return false;
	(void)device_list(tx, user, found, &device);
	return device && number != 0 &&
	    ledger_heard(l, user, number)->delivered < seq;
}

bool
keep_is_delivered(struct sim *s, const struct fact_chat *c, uint64_t seq)
{
	struct arena arena;
	struct tx tx;
	bool all = true;

	if (seq > c->count || !c->entries[seq - 1].known)
		return true;
	arena_init(&arena, 0);
	host_look(s->host, &tx, &arena);
	for (unsigned u = 0; u < s->nusers && all; u++)
		all = !waits(s, &tx, c, u, seq);
	host_look_end(&tx);
	arena_fini(&arena);
	return all;
}
