/* SPDX-License-Identifier: ISC */
#include "tests/sim/lists.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/chat/member.h"
#include "tests/sim/contents.h"
#include "tests/sim/peer.h"
#include "tests/sim/model_unread.h"
#include "tests/sim/sim.h"

enum { MUTED = 1, ARCHIVED = 2, PINNED = 4 };

static void
broken(struct peer *p, const struct app_list *a, uint64_t number,
    const char *what, uint64_t n)
{
	static const char *const kinds[] = {"chats", "settings", "stars"};

	report_fail(&p->sim->w.report, "R18", "%s: the list of %s: chat %"
	    PRIu64 " %s (%" PRIu64 ")", p->name, kinds[a->kind], number, what,
	    n);
}

/* ---- what the account log says ---- */

/* An account log while it is read: what may be told after its first entries,
 * from some one on. */
struct model {
	struct peer *p;
	uint64_t from;
	struct {
		bool there;
		unsigned state;
		uint64_t stars;
		/* at any moment that counts */
		bool always;
		unsigned states;	/* bit i: it was in state i */
		uint64_t on, off;	/* stars that were there, or not */
	} chats[LISTS_CHATS];
};

static void
look_settings(struct model *m, const struct elem *e, uint64_t number)
{
	m->chats[number].state = (elem_int(e, ATTR_MUTED, 0) != 0
	    ? MUTED : 0u) |
	    (elem_uint(e, ATTR_ARCHIVED, TOGGLE_OFF) == TOGGLE_ON
	    ? ARCHIVED : 0u) |
	    (elem_uint(e, ATTR_PINNED, TOGGLE_OFF) == TOGGLE_ON
	    ? PINNED : 0u);
}

static void
look_star(struct model *m, const struct elem *e, uint64_t number)
{
	uint64_t seq = elem_uint(e, ATTR_SEQ, 0), bit;

	if (seq >= LISTS_SEQS)
		return;
	bit = UINT64_C(1) << seq;
	m->chats[number].stars &= ~bit;
	if (e->tag == TAG_STAR &&
	    elem_uint(e, ATTR_ACTION, ACTION_ADD) != ACTION_REMOVE)
		m->chats[number].stars |= bit;
}

static void
look_element(void *arg, const struct elem *e)
{
	const struct value *v = elem_get(e, ATTR_CHAT);
	struct model *m = arg;
	uint64_t number = e->tag == TAG_CHAT ? elem_uint(e, ATTR_NUMBER, 0)
	    : v == NULL || v->chat.kind != CHAT_BY_NUMBER ? 0
	    : v->chat.number;

	if (number == 0 || number >= LISTS_CHATS)
		return;
	if (e->tag == TAG_CHAT)
		m->chats[number].there = true;
	else if (e->tag == TAG_SETTINGS)
		look_settings(m, e, number);
	else if (e->tag == TAG_STAR || e->tag == TAG_HIDE)
		look_star(m, e, number);
}

/* It may be told as it is now. */
static void
note_moment(struct model *m, uint64_t seq)
{
	for (unsigned i = 0; i < LISTS_CHATS; i++) {
		m->chats[i].always = m->chats[i].always ||
		    (m->chats[i].there && seq <= m->from);
		m->chats[i].states |= 1u << m->chats[i].state;
		m->chats[i].on |= m->chats[i].stars;
		m->chats[i].off |= ~m->chats[i].stars;
	}
}

static int
look_entry(void *arg, const struct entry *e)
{
	struct model *m = arg;

	(void)contents_each(m->p->sim->deflate, e->payload, look_element, m);
	if (e->seq >= m->from)
		note_moment(m, e->seq);
	return 0;
}

static bool
model_read(struct model *m, struct tx *tx, struct peer *p, uint64_t from)
{
	memset(m, 0, sizeof(*m));
	m->p = p;
	m->from = from;
	if (from == 0)
		note_moment(m, 0);
	return model_account_read(p->sim, tx, p->user, look_entry, m) == 0;
}

/* ---- asking ---- */

static void
note_least(struct peer *p, struct app_list *a)
{
	for (unsigned i = 0; i < p->nchats; i++) {
		const struct app_chat *c = &p->chats[i];

		if (c->number < LISTS_CHATS)
			a->chats[c->number].least = c->dense;
	}
	for (unsigned i = 0; i < LISTS_CHATS; i++)
		a->chats[i].least_read = p->sim->told_reads[p->user][i];
}

void
lists_step(struct peer *p)
{
	struct app_list *a = &p->list;
	int rc;

	if (a->id != 0 || !p->online)
		return;
	memset(a, 0, sizeof(*a));
	a->kind = (enum list_kind)prng_below(&p->sim->w.rng, 3);
	a->from = app_chat(p, 1)->dense;
	note_least(p, a);
	rc = a->kind == LIST_CHATS ? sc_client_chats(p->client, &a->id)
	    : a->kind == LIST_SETTINGS ? sc_client_settings(p->client, &a->id)
	    : sc_client_stars(p->client, &a->id);
	if (rc != 0)
		a->id = 0;
	peer_pump(p);
}

/* ---- answers ---- */

static void
on_item(struct app_list *a, const struct sc_event *e)
{
	struct list_chat *c = &a->chats[e->chat];
	uint64_t bit = UINT64_C(1) << (e->seq & (LISTS_SEQS - 1));

	if (e->type == SC_EVENT_STAR && e->seq < LISTS_SEQS) {
		a->twice = a->twice || (c->stars & bit) != 0;
		c->stars |= bit;
		return;
	}
	a->twice = a->twice || (c->there && e->type != SC_EVENT_STAR);
	c->there = true;
	c->state = (e->muted != 0 ? MUTED : 0u) |
	    (e->archived ? ARCHIVED : 0u) | (e->pinned ? PINNED : 0u);
	c->last = e->last;
	c->read = e->read;
	c->unread = e->unread;
}

/* What is told of one of the chats, as its log and the marks may be. */
static void
check_chat(struct peer *p, struct tx *tx, const struct app_list *a,
    uint64_t number)
{
	struct sim *s = p->sim;
	const struct list_chat *c = &a->chats[number];
	uint64_t *told = &s->told_reads[p->user][number];
	struct chat_id id;
	struct chat chat;

	if (chat_by_number(tx, s->users[p->user].id, number, &id) != 0 ||
	    chat_get(tx, &id, &chat) != 0) {
		broken(p, a, number, "is told, and is none of his", 0);
		return;
	}
	if (c->last > chat.head)
		broken(p, a, number, "ends behind its end", c->last);
	if (c->last < c->least)
		broken(p, a, number, "ends before what was given", c->last);
	if (c->read < c->least_read)
		broken(p, a, number, "was read further before", c->read);
	if (c->read > ledger_heard(&s->ledger, s->users[p->user].id,
	    number)->read)
		broken(p, a, number, "was not read so far", c->read);
	if (c->unread > (c->last > c->read ? c->last - c->read : 0))
		broken(p, a, number, "has less unread", c->unread);
	if (c->read > *told)
		*told = c->read;
}

static void
check_one(struct peer *p, struct tx *tx, const struct app_list *a,
    const struct model *m, uint64_t number)
{
	const struct list_chat *c = &a->chats[number];

	if (a->kind == LIST_CHATS && c->there)
		check_chat(p, tx, a, number);
	if (a->kind == LIST_CHATS && !c->there && m->chats[number].always)
		broken(p, a, number, "is not told", 0);
	if (a->kind == LIST_SETTINGS &&
	    (m->chats[number].states >> c->state & 1) == 0)
		broken(p, a, number, "was never set so", c->state);
	if (a->kind == LIST_STARS && (c->stars & ~m->chats[number].on) != 0)
		broken(p, a, number, "has stars that it had not", c->stars);
	if (a->kind == LIST_STARS && (~c->stars & ~m->chats[number].off) != 0)
		broken(p, a, number, "lacks stars that it had", c->stars);
}

static void
check_list(struct peer *p, const struct app_list *a)
{
	static const enum counter counts[] = {COUNT_CHAT_LISTS,
	    COUNT_SETTING_LISTS, COUNT_STAR_LISTS};
	struct arena arena;
	struct model m;
	struct tx tx;

	if (!host_up(p->sim->host) || removal_may(p->sim, p->user))
		return;
	report_count(&p->sim->w.report, counts[a->kind]);
	if (a->twice)
		broken(p, a, 0, "something is told twice", 0);
	arena_init(&arena, 0);
	host_look(p->sim->host, &tx, &arena);
	if (model_read(&m, &tx, p, a->from))
		for (uint64_t i = 2; i < LISTS_CHATS; i++)
			check_one(p, &tx, a, &m, i);
	host_look_end(&tx);
	arena_fini(&arena);
}

void
lists_event(struct peer *p, const struct sc_event *e)
{
	struct app_list *a = &p->list;

	if (a->id == 0 || a->id != e->id)
		return;
	if (e->type != SC_EVENT_RESULT) {
		if (e->chat < LISTS_CHATS)
			on_item(a, e);
		return;
	}
	a->id = 0;
	if (e->code == 0)
		check_list(p, a);
	else if (e->code != SC_CODE_UNAVAILABLE &&
	    !removal_may(p->sim, p->user) &&
	    (e->code != SC_CODE_NOT_ACCEPTABLE || host_has("settings")))
		broken(p, a, 0, "is refused", (uint64_t)-e->code);
}

void
lists_restarted(struct peer *p)
{
	p->list.id = 0;
}
