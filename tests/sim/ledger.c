/* SPDX-License-Identifier: ISC */
#include "tests/sim/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/chat/chat.h"
#include "src/chat/member.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "tests/sim/channels.h"
#include "tests/sim/contents.h"
#include "tests/sim/expiry.h"
#include "tests/sim/groups.h"
#include "tests/sim/prune.h"
#include "tests/sim/sim.h"

void
ledger_init(struct ledger *l, struct sim *sim)
{
	*l = (struct ledger){0};
	l->sim = sim;
}

void
ledger_fini(struct ledger *l)
{
	for (unsigned i = 0; i < l->nchats; i++)
		free(l->chats[i].entries);
	free(l->chats);
	free(l->said);
	free(l->numbers);
	free(l->answers);
	free(l->heard);
	free(l->hidden);
}

static struct report *
report_of(struct ledger *l)
{
	return &l->sim->w.report;
}

/* Room for one more in an array that doubles. */
static void *
grow(void *array, unsigned count, unsigned *cap, size_t size)
{
	if (count < *cap)
		return array;
	*cap = *cap == 0 ? 32 : *cap * 2;
	return xrealloc(array, *cap, size);
}

/* ---- messages ---- */

unsigned
ledger_say(struct ledger *l, unsigned peer, unsigned to)
{
	l->said = grow(l->said, l->nsaid, &l->capsaid, sizeof(l->said[0]));
	l->said[l->nsaid] = (struct said){.peer = peer, .to = to};
	return l->nsaid++;
}

size_t
said_text(unsigned id, char *text, size_t cap)
{
	return (size_t)snprintf(text, cap, "m%u. ", id);
}

unsigned
said_parse(const struct ledger *l, struct slice text)
{
	unsigned id = 0;
	size_t i;

	if (text.len < 3 || text.p[0] != 'm')
		return SAID_NONE;
	for (i = 1; i < text.len && text.p[i] != '.'; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return SAID_NONE;
		id = id * 10 + text.p[i] - '0';
	}
	return i < text.len && id < l->nsaid ? id : SAID_NONE;
}

uint64_t
payload_digest(struct slice payload)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < payload.len; i++)
		h = (h ^ payload.p[i]) * UINT64_C(0x100000001b3);
	return h | 1;
}

/* A payload while it is looked at. */
struct looking {
	const struct ledger *l;
	struct look *to;
};

/* Which message an element is of, by a text of its own. */
static unsigned
said_of(const struct ledger *l, const struct elem *e)
{
	struct slice name = elem_slice(e, ATTR_NAME);
	uint64_t seq = elem_uint(e, ATTR_SEQ, 0);

	switch (e->tag) {
	case TAG_BODY:
	case TAG_EDIT:
	case TAG_REACTION:
		return said_parse(l, e->text);
	case TAG_POLL:
	case TAG_LOCATION:
		return said_parse(l, name);
	case TAG_CHANGED:
		return said_parse(l, name.len > 0 ? name
		    : elem_slice(e, ATTR_TOPIC));
	case TAG_REPLY:
		return seq < SAID_REPLIES || seq - SAID_REPLIES >= l->nsaid
		    ? SAID_NONE : (unsigned)(seq - SAID_REPLIES);
	default:
		return SAID_NONE;
	}
}

/* What is nothing new to read (R15). */
static bool
is_quiet(enum tag tag)
{
	static const enum tag quiet[] = {TAG_EDIT, TAG_DELETE, TAG_REACTION,
	    TAG_VOTE, TAG_PIN, TAG_UNPIN, TAG_REPLY, TAG_FORWARDED,
	    TAG_MENTION, TAG_AFTER};

	if (tag == TAG_MEMBER || tag == TAG_CHANGED || tag == TAG_DELETED)
		return true;
	for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
		if (quiet[i] == tag)
			return host_has("messages");
	return false;
}

static void
look_element(void *arg, const struct elem *e)
{
	struct looking *x = arg;

	if (x->to->said == SAID_NONE)
		x->to->said = said_of(x->l, e);
	if (e->tag == TAG_DELETED)
		x->to->deleted = true;
	if (expiry_refers(e->tag) && host_has("messages"))
		x->to->target = elem_uint(e, ATTR_SEQ, 0);
	if (e->tag == TAG_EDIT)
		x->to->edited = elem_uint(e, ATTR_SEQ, 0);
	if (!is_quiet(e->tag))
		x->to->counts = true;
}

void
ledger_look(const struct ledger *l, struct slice payload, struct look *to)
{
	struct looking x = {l, to};

	*to = (struct look){.said = SAID_NONE};
	(void)contents_each(l->sim->deflate, payload, look_element, &x);
}

unsigned
said_of_payload(const struct ledger *l, struct slice wire)
{
	struct look look;

	ledger_look(l, wire, &look);
	return look.said;
}

void
ledger_hide(struct ledger *l, const struct fact_hidden *h)
{
	l->hidden = grow(l->hidden, l->nhidden, &l->caphidden,
	    sizeof(l->hidden[0]));
	l->hidden[l->nhidden++] = *h;
}

bool
ledger_hidden(const struct ledger *l, unsigned said)
{
	const struct said *s = &l->said[said];
	uint64_t user = l->sim->users[l->sim->peers[s->peer]->user].id;

	for (unsigned i = 0; i < l->nhidden; i++) {
		const struct fact_hidden *h = &l->hidden[i];

		if (h->user == user && h->number == s->place &&
		    h->seq == s->seq)
			return true;
	}
	return false;
}

bool
ledger_is_at(const struct ledger *l, unsigned said, const struct chat_id *id,
    uint64_t seq)
{
	const struct said *s = &l->said[said];
	const struct fact_number *f = s->seq == 0 || s->seq != seq ? NULL
	    : ledger_number(l, l->sim->users[
	    l->sim->peers[s->peer]->user].id, s->place);

	return f != NULL && chat_id_equal(&f->id, id);
}

/* ---- chats ---- */

static struct fact_chat *
chat_add(struct ledger *l)
{
	l->chats = grow(l->chats, l->nchats, &l->capchats,
	    sizeof(l->chats[0]));
	l->chats[l->nchats] = (struct fact_chat){0};
	return &l->chats[l->nchats++];
}

static struct fact_chat *
chat_account(struct ledger *l, uint64_t user)
{
	struct fact_chat *c;

	for (unsigned i = 0; i < l->nchats; i++) {
		if (l->chats[i].account_of == user)
			return &l->chats[i];
	}
	c = chat_add(l);
	c->account_of = user;
	return c;
}

static struct fact_chat *
chat_by_id(struct ledger *l, const struct chat_id *id)
{
	struct fact_chat *c;

	for (unsigned i = 0; i < l->nchats; i++) {
		if (l->chats[i].account_of == 0 &&
		    chat_id_equal(&l->chats[i].id, id))
			return &l->chats[i];
	}
	c = chat_add(l);
	c->id = *id;
	return c;
}

const struct fact_number *
ledger_number(const struct ledger *l, uint64_t user, uint64_t number)
{
	for (unsigned i = 0; i < l->nnumbers; i++) {
		if (l->numbers[i].user == user &&
		    l->numbers[i].number == number)
			return &l->numbers[i];
	}
	return NULL;
}

struct fact_chat *
ledger_chat(struct ledger *l, uint64_t user, uint64_t number)
{
	const struct fact_number *f;

	if (number == 1)
		return chat_account(l, user);
	f = ledger_number(l, user, number);
	return f == NULL ? NULL : chat_by_id(l, &f->id);
}

uint64_t
ledger_number_of(const struct ledger *l, uint64_t user,
    const struct chat_id *id)
{
	for (unsigned i = 0; i < l->nnumbers; i++) {
		if (l->numbers[i].user == user &&
		    chat_id_equal(&l->numbers[i].id, id))
			return l->numbers[i].number;
	}
	return 0;
}

struct fact_heard *
ledger_heard(struct ledger *l, uint64_t user, uint64_t number)
{
	for (unsigned i = 0; i < l->nheard; i++) {
		if (l->heard[i].user == user && l->heard[i].number == number)
			return &l->heard[i];
	}
	l->heard = grow(l->heard, l->nheard, &l->capheard,
	    sizeof(l->heard[0]));
	l->heard[l->nheard] = (struct fact_heard){.user = user,
	    .number = number};
	return &l->heard[l->nheard++];
}

struct fact_marks *
ledger_marks(struct fact_chat *c, uint64_t user)
{
	for (unsigned i = 0; i < FACT_MEMBERS; i++) {
		if (c->marks[i].user == 0)
			c->marks[i].user = user;
		if (c->marks[i].user == user)
			return &c->marks[i];
	}
	return &c->marks[0];
}

void
ledger_introduce(struct ledger *l, uint64_t user, uint64_t seq,
    const struct elem *e)
{
	uint64_t number = elem_uint(e, ATTR_NUMBER, 0);
	const struct fact_number *f = ledger_number(l, user, number);
	struct slice ref = elem_slice(e, ATTR_REF);
	const struct value *peer = elem_get(e, ATTR_PEER);
	struct fact_number new = {.user = user, .number = number,
	    .introduced = seq, .peer = peer == NULL ? 0 : peer->user.id,
	    .kind = (enum chat_kind)elem_uint(e, ATTR_KIND, 0)};
	bool again;

	if (ref.len != CHAT_ID_SIZE) {
		report_fail(report_of(l), "R18", "a chat without an id");
		return;
	}
	memcpy(new.id.b, ref.p, CHAT_ID_SIZE);
	/* who comes again is told again */
	again = f != NULL && (f->introduced == seq ||
	    f->kind == CHAT_KIND_GROUP || f->kind == CHAT_KIND_CHANNEL);
	if (f == NULL) {
		l->numbers = grow(l->numbers, l->nnumbers, &l->capnumbers,
		    sizeof(l->numbers[0]));
		l->numbers[l->nnumbers++] = new;
		chat_by_id(l, &new.id)->kind = new.kind;
	} else if (!again || !chat_id_equal(&f->id, &new.id)) {
		report_fail(report_of(l), "R19", "user %" PRIu64
		    ": number %" PRIu64 " names two chats", user, number);
	}
}

/* ---- entries ---- */

static struct fact *
fact_at(struct fact_chat *c, uint64_t seq)
{
	uint64_t cap = c->cap;

	if (seq > cap) {
		c->cap = seq * 2 + 16;
		c->entries = xrealloc(c->entries, c->cap,
		    sizeof(c->entries[0]));
		memset(c->entries + cap, 0,
		    (c->cap - cap) * sizeof(c->entries[0]));
	}
	if (seq > c->count)
		c->count = seq;
	return &c->entries[seq - 1];
}

static bool
fact_agrees(const struct fact *a, const struct fact *b)
{
	return a->from == b->from && a->time == b->time &&
	    (a->deleted || b->deleted || a->digest == 0 || b->digest == 0 || a->digest == b->digest) &&
	    (a->device == 0 || b->device == 0 ||
	    (a->device == b->device && a->n == b->n));
}

static void
time_check(struct ledger *l, const struct fact_chat *c, uint64_t seq)
{
	const struct fact *e = c->entries;
	uint64_t i = seq - 1;

	if ((i > 0 && e[i - 1].known && e[i - 1].time > e[i].time) ||
	    (seq < c->count && e[seq].known && e[seq].time < e[i].time))
		report_fail(report_of(l), "R4", "the time goes back at seq %"
		    PRIu64, seq);
}

/* ---- what is deleted (R6) ---- */

static struct fact *
fact_of(struct ledger *l, uint64_t user, uint64_t number, uint64_t seq)
{
	struct fact_chat *c = ledger_chat(l, user, number);

	return c == NULL || seq == 0 || seq > c->count ? NULL
	    : &c->entries[seq - 1];
}

bool
ledger_doomed(const struct ledger *l, const struct fact_chat *c, uint64_t seq)
{
	for (unsigned i = 0; i < l->nsaid; i++) {
		const struct said *s = &l->said[i];
		const struct fact_number *n;

		if (s->kind != SC_KIND_DELETE || s->target != seq ||
		    s->heard + s->fenced == 0)
			continue;
		n = ledger_number(l, l->sim->users[
		    l->sim->peers[s->peer]->user].id, s->number);
		if (n != NULL && chat_id_equal(&n->id, &c->id))
			return true;
	}
	return expiry_passed(l, c, seq);
}

bool
ledger_counts(const struct ledger *l, unsigned said)
{
	const struct said *s = &l->said[said];
	const struct fact_number *f = ledger_number(l,
	    l->sim->users[l->sim->peers[s->peer]->user].id, s->place);
	const struct fact_chat *c = NULL;

	for (unsigned i = 0; i < l->nchats && f != NULL; i++)
		if (chat_id_equal(&l->chats[i].id, &f->id))
			c = &l->chats[i];
	if (c != NULL && ledger_doomed(l, c, s->seq))
		return false;
	return !host_has("messages") || s->kind == SC_KIND_NONE ||
	    s->kind == SC_KIND_POLL || s->kind == SC_KIND_LOCATION;
}

void
ledger_deleted(struct ledger *l, uint64_t user, uint64_t number, uint64_t seq,
    int64_t now)
{
	struct fact *f = fact_of(l, user, number, seq);

	report_count(report_of(l), COUNT_DELETIONS);
	if (f != NULL && f->deleted_at == 0 && host_has("messages"))
		f->deleted_at = now;
}

/* What is deleted takes its edits with it. */
static const struct fact *
fact_deletes(const struct fact_chat *c, const struct fact *f)
{
	return f->edited == 0 || f->edited > c->count ? f
	    : &c->entries[f->edited - 1];
}

int64_t
ledger_undead(struct ledger *l, uint64_t user, uint64_t number, uint64_t seq,
    const struct fact *new)
{
	const struct fact_chat *c = ledger_chat(l, user, number);
	const struct fact *f = fact_of(l, user, number, seq);
	const struct fact *by;

	if (f == NULL || new->deleted)
		return 0;
	by = fact_deletes(c, new);
	return f->deleted_at != 0 ? f->deleted_at
	    : by != new ? by->deleted_at : 0;
}

/* Only what somebody has asked to delete is deleted. */
static void
check_deleted(struct ledger *l, const struct fact_chat *c, uint64_t seq,
    const struct fact *new)
{
	if (!new->deleted)
		return;
	if (c->account_of == 0 && expiry_is_due(l, c, seq)) {
		report_count(report_of(l), COUNT_DISAPPEARED);
		return;
	}
	report_count(report_of(l), COUNT_TOMBSTONES);
	if (!ledger_doomed(l, c, seq) && (new->edited == 0 ||
	    !ledger_doomed(l, c, new->edited)))
		report_fail(report_of(l), "R6", "seq %" PRIu64 " is deleted, "
		    "which nobody asked for", seq);
}

void
ledger_entry(struct ledger *l, uint64_t user, uint64_t number, uint64_t seq,
    const struct fact *new)
{
	struct fact_chat *c = ledger_chat(l, user, number);
	struct fact *f;

	if (c == NULL || seq == 0 || seq > 1000000) {
		report_fail(report_of(l), "R18", "an entry of chat %" PRIu64
		    " seq %" PRIu64 " of user %" PRIu64
		    ", which was never introduced", number, seq, user);
		return;
	}
	f = fact_at(c, seq);
	if (f->known && !fact_agrees(f, new)) {
		report_fail(report_of(l), "R2", "chat %" PRIu64 " seq %" PRIu64
		    " of user %" PRIu64 " is not what it was: from %" PRIu64
		    ", was %" PRIu64 "; n %" PRIu64 ", was %" PRIu64, number,
		    seq, user, new->from, f->from, new->n, f->n);
		return;
	}
	check_deleted(l, c, seq, new);
	report_count(report_of(l), COUNT_ENTRIES_SEEN);
	expiry_merge(l, f, new);
	f->known = true;
	f->shown |= (uint8_t)(1u << sim_user_of(l->sim, user));
	f->from = new->from;
	f->time = new->time;
	if (new->digest != 0 && !new->deleted)
		f->digest = new->digest;
	f->counts = f->counts || new->counts;
	if (new->edited != 0)
		f->edited = new->edited;
	if (new->device != 0) {
		f->device = new->device;
		f->n = new->n;
	}
	time_check(l, c, seq);
}

static struct fact_answer *
answer_find(struct ledger *l, const struct fact_answer *a)
{
	for (unsigned i = l->nanswers; i > 0; i--) {
		struct fact_answer *b = &l->answers[i - 1];

		if (b->user == a->user && b->device == a->device &&
		    b->n == a->n)
			return b;
	}
	return NULL;
}

void
ledger_answer(struct ledger *l, const struct fact_answer *new)
{
	struct fact_answer *old = answer_find(l, new);

	if (old == NULL) {
		l->answers = grow(l->answers, l->nanswers, &l->capanswers,
		    sizeof(l->answers[0]));
		l->answers[l->nanswers++] = *new;
		return;
	}
	report_count(report_of(l), COUNT_REPEATED_ANSWERS);
	if (old->said != new->said || old->digest != new->digest)
		report_fail(report_of(l), "R8", "n=%" PRIu64 " answers m%u, "
		    "it was m%u's", new->n, new->said, old->said);
	else if (old->code != new->code || old->seq != new->seq ||
	    old->number != new->number || old->time != new->time)
		report_fail(report_of(l), "R8", "n=%" PRIu64 " is answered "
		    "with code %d seq %" PRIu64 ", it was %d seq %" PRIu64,
		    new->n, new->code, new->seq, old->code, old->seq);
}

/* ---- the store ---- */

struct comparing {
	struct ledger *l;
	const struct fact_chat *c;
	const char *when;
	uint64_t next;
};

/* A deletion that was acknowledged is for ever. */
static void
compare_deleted(struct comparing *cmp, const struct fact *f,
    const struct fact *stored, uint64_t seq)
{
	const struct fact *by = fact_deletes(cmp->c, stored);

	if (!stored->deleted && (f->deleted_at != 0 ||
	    (by != stored && by->deleted_at != 0)))
		report_fail(report_of(cmp->l), "R6", "%s: seq %" PRIu64
		    " was deleted and is in the store", cmp->when, seq);
	check_deleted(cmp->l, cmp->c, seq, stored);
}

static int
compare_entry(void *arg, const struct entry *e)
{
	struct comparing *cmp = arg;
	const struct fact *f = &cmp->c->entries[e->seq - 1];
	struct fact stored = {.known = true, .from = e->from, .time = e->time,
	    .digest = payload_digest(e->payload), .device = e->device,
	    .n = e->n};
	struct look look;

	ledger_look(cmp->l, e->payload, &look);
	stored.deleted = look.deleted;
	stored.edited = look.edited;
	if (e->seq != cmp->next++)
		report_fail(report_of(cmp->l), "R5", "%s: seq %" PRIu64
		    " follows %" PRIu64 " in the store", cmp->when, e->seq,
		    cmp->next - 2);
	if (e->seq <= cmp->c->count && f->known && !fact_agrees(f, &stored))
		report_fail(report_of(cmp->l), "R1", "%s: seq %" PRIu64
		    " is not what was shown: from %" PRIu64 " n %" PRIu64
		    ", shown from %" PRIu64 " n %" PRIu64, cmp->when, e->seq,
		    e->from, e->n, f->from, f->n);
	if (e->seq <= cmp->c->count)
		compare_deleted(cmp, f, &stored, e->seq);
	return 0;
}

static int
compare_gone(void *arg, uint64_t first, uint64_t last)
{
	struct comparing *cmp = arg;

	prune_check(cmp->l, cmp->c, first, last, cmp->when);
	cmp->next = last + 1;
	return 0;
}

static bool
chat_find(struct tx *tx, const struct fact_chat *c, struct chat *chat)
{
	struct chat_id id = c->id;

	if (c->account_of != 0 &&
	    chat_by_number(tx, c->account_of, 1, &id) != 0) {
		struct user u;

		if (user_get(tx, c->account_of, &u) != 0)
			return false;
		id = u.account;
	}
	return chat_get(tx, &id, chat) == 0;
}

static void
compare_marks(struct ledger *l, struct tx *tx, const struct chat *chat,
    const struct fact_marks *m, const char *when)
{
	struct member member;

	if (m->user == 0 || (m->delivered == 0 && m->read == 0))
		return;
	if (member_get(tx, &chat->id, m->user, &member) != 0) {
		if (removal_takes_mark(l, m->user))
			return;
		report_fail(report_of(l), "R13", "%s: user %" PRIu64
		    " is no member", when, m->user);
		return;
	}
	if (member.delivered < m->delivered || member.read < m->read)
		report_fail(report_of(l), "R13", "%s: user %" PRIu64
		    " was shown at delivered %" PRIu64 " read %" PRIu64
		    ", the store has %" PRIu64 " and %" PRIu64, when, m->user,
		    m->delivered, m->read, member.delivered, member.read);
}

static void
compare_chat(struct ledger *l, struct tx *tx, const struct fact_chat *c,
    const char *when)
{
	struct comparing cmp = {l, c, when, 1};
	struct chat_reader reader = {compare_entry, compare_gone, &cmp};
	struct chat chat;

	if (!chat_find(tx, c, &chat)) {
		if (c->count > 0 && !removal_takes(l, c))
			report_fail(report_of(l), "R1", "%s: a chat is gone "
			    "that had %" PRIu64 " entries", when, c->count);
		return;
	}
	if (chat.head < c->count)
		report_fail(report_of(l), "R1", "%s: the head is %" PRIu64
		    ", %" PRIu64 " was shown", when, chat.head, c->count);
	if (chat.head > 0)
		(void)chat_read(tx, &chat.id, 1, chat.head, &reader);
	for (unsigned i = 0; i < FACT_MEMBERS; i++)
		compare_marks(l, tx, &chat, &c->marks[i], when);
}

void
ledger_compare(struct ledger *l, const char *when)
{
	struct arena arena;
	struct tx tx;

	arena_init(&arena, 0);
	host_look(l->sim->host, &tx, &arena);
	for (unsigned i = 0; i < l->nchats; i++)
		compare_chat(l, &tx, &l->chats[i], when);
	groups_compare(l->sim, &tx, when);
	expiry_compare(l->sim, &tx, when);
	channels_compare(l->sim, &tx, when);
	removal_compare(l->sim, &tx, when);
	host_look_end(&tx);
	arena_fini(&arena);
}
