/* SPDX-License-Identifier: ISC */
#include "tests/sim/expiry.h"

#include <inttypes.h>

#include "src/chat/chat.h"
#include "src/chat/entry.h"
#include "src/common/err.h"
#include "tests/sim/contents.h"
#include "tests/sim/sim.h"

/* What was read before may still be on its way for so long. */
enum { LATE_MS = 6000 };

/* ---- what is told ---- */

void
expiry_of(const struct elem *e, struct fact *f)
{
	uint64_t timer = elem_uint(e, ATTR_TIMER, 0);

	f->timed = true;
	f->expires = timer == 0 ? 0 : f->time + (int64_t)timer * 1000;
}

void
expiry_merge(struct ledger *l, struct fact *old, const struct fact *new)
{
	if (!new->timed)
		return;
	if (old->timed && old->expires != new->expires)
		report_fail(&l->sim->w.report, "R6", "an entry disappears at %"
		    PRId64 ", it was %" PRId64, new->expires, old->expires);
	if (!old->timed && new->expires != 0)
		report_count(&l->sim->w.report, COUNT_TIMED);
	old->timed = true;
	old->expires = new->expires;
}

bool
expiry_passed(const struct ledger *l, const struct fact_chat *c, uint64_t seq)
{
	const struct fact *f = &c->entries[seq - 1];

	return seq <= c->count && f->expires != 0 &&
	    f->expires <= clock_wall_most(&l->sim->w.clock);
}

bool
expiry_is_due(const struct ledger *l, const struct fact_chat *c, uint64_t seq)
{
	const struct fact *f = &c->entries[seq - 1];
	struct arena arena;
	struct entry e;
	struct tx tx;
	bool due;

	if (seq <= c->count && f->timed)
		return expiry_passed(l, c, seq);
	arena_init(&arena, 0);
	host_look(l->sim->host, &tx, &arena);
	due = entry_get(&tx, &c->id, seq, &e) == 0 && e.timer != 0 &&
	    entry_expires(&e) <= clock_wall_most(&l->sim->w.clock);
	host_look_end(&tx);
	arena_fini(&arena);
	return due;
}

bool
expiry_undead(const struct ledger *l, const struct fact *f)
{
	const struct clock *c = &l->sim->w.clock;

	return !f->deleted && f->expires != 0 &&
	    clock_wall(c) > f->expires + LATE_MS &&
	    clock_mono(c) > c->jumped + LATE_MS;
}

bool
expiry_refers(enum tag tag)
{
	return tag == TAG_EDIT || tag == TAG_DELETE || tag == TAG_REACTION ||
	    tag == TAG_VOTE || tag == TAG_PIN || tag == TAG_UNPIN;
}

/* It is gone with what it refers to, at the latest: that is rounded up to a
 * second. */
void
expiry_with(struct ledger *l, const struct fact_chat *c, uint64_t seq,
    uint64_t target)
{
	const struct fact *f, *t;

	if (c == NULL || target == 0 || target >= seq || seq > c->count)
		return;
	f = &c->entries[seq - 1];
	t = &c->entries[target - 1];
	if (!t->timed || t->expires == 0)
		return;
	report_count(&l->sim->w.report, COUNT_TIMED_WITH);
	if (f->expires == 0 || f->expires >= t->expires + 1000)
		report_fail(&l->sim->w.report, "R6", "seq %" PRIu64
		    " disappears at %" PRId64 ", what it says is about seq %"
		    PRIu64 ", which does at %" PRId64, seq, f->expires, target,
		    t->expires);
}

/* ---- what applications know ---- */

void
expiry_told(struct peer *p, const struct sc_event *e)
{
	struct sim *s = p->sim;
	const struct fact_chat *c = ledger_chat(&s->ledger,
	    s->users[p->user].id, e->chat);
	const struct fact *f;

	if (c == NULL || e->seq == 0 || e->seq > c->count)
		return;
	f = &c->entries[e->seq - 1];
	if (e->expires != 0)
		report_count(&s->w.report, COUNT_EXPIRY_TOLD);
	if (f->timed && f->expires != e->expires)
		report_fail(&s->w.report, "R6", "%s: chat %" PRIu64 " seq %"
		    PRIu64 " disappears at %" PRId64 ", its application is "
		    "told %" PRId64, p->name, e->chat, e->seq, f->expires,
		    e->expires);
}

/* ---- what logs say ---- */

enum { LOG_MAX = 2048 };

/* A log while it is read. */
struct reading {
	struct sim *s;
	const char *when;
	uint64_t timer;		/* of the chat, at this entry */
	int64_t expires[LOG_MAX];	/* of entries, by seq; 0: never */
	const struct entry *e;
	bool about, gone;
	uint64_t target;	/* that it says something of */
};

static void
look_element(void *arg, const struct elem *e)
{
	struct reading *r = arg;

	r->about = r->about || e->tag == TAG_MEMBER || e->tag == TAG_CHANGED;
	r->gone = r->gone || e->tag == TAG_DELETED;
	if (e->tag == TAG_CHANGED)
		r->timer = elem_uint(e, ATTR_TIMER, r->timer);
	if (expiry_refers(e->tag) && host_has("messages"))
		r->target = elem_uint(e, ATTR_SEQ, 0);
}

static void
broken(const struct reading *r, const char *what)
{
	report_fail(&r->s->w.report, "R6", "%s: seq %" PRIu64 " %s: its timer "
	    "is %" PRIu32 ", that of its chat %" PRIu64, r->when, r->e->seq,
	    what, r->e->timer, r->timer);
}

static int
look_entry(void *arg, const struct entry *e)
{
	struct reading *r = arg;
	int64_t target;

	if (e->seq >= LOG_MAX)
		return 0;
	r->e = e;
	r->about = r->gone = false;
	r->target = 0;
	(void)contents_each(r->s->deflate, e->payload, look_element, r);
	r->expires[e->seq] = e->timer == 0 ? 0 : entry_expires(e);
	target = r->target < e->seq ? r->expires[r->target] : 0;
	if (r->about && e->timer != 0)
		broken(r, "is no message, and disappears");
	else if (r->about || r->gone)
		return 0;
	if (target == 0 && e->timer != r->timer)
		broken(r, "does not disappear as was set");
	if (r->timer != 0 && e->timer > r->timer)
		broken(r, "stays longer than was set");
	return 0;
}

static int
look_skip(void *arg, uint64_t first, uint64_t last)
{
	(void)first, (void)last;
	((struct reading *)arg)->timer = UINT64_MAX;
	return 1;		/* what was set is not known any more */
}

void
expiry_compare(struct sim *s, struct tx *tx, const char *when)
{
	struct reading r;
	const struct chat_reader reader = {look_entry, look_skip, &r};
	struct chat chat;

	for (unsigned i = 0; i < s->ledger.nchats; i++) {
		const struct fact_chat *c = &s->ledger.chats[i];

		if (c->account_of != 0 || chat_get(tx, &c->id, &chat) != 0 ||
		    chat.head == 0)
			continue;
		r = (struct reading){.s = s, .when = when};
		(void)chat_read(tx, &c->id, 1, chat.head, &reader);
	}
}

bool
expiry_all_over(const struct sim *s)
{
	const int64_t now = clock_wall(&s->w.clock);

	for (unsigned i = 0; i < s->ledger.nchats; i++) {
		const struct fact_chat *c = &s->ledger.chats[i];

		for (uint64_t k = 0; k < c->count; k++)
			if (c->entries[k].expires + LATE_MS > now)
				return false;
	}
	return true;
}
