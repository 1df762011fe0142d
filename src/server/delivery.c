/* SPDX-License-Identifier: ISC */
#include "src/server/delivery.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/frame.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/event.h"
#include "src/server/mark_job.h"
#include "src/server/page.h"
#include "src/server/poison.h"
#include "src/server/sync.h"
#include "src/server/worker_priv.h"

enum { LOW_SPAN = 16384 };

void
delivery_init(struct delivery *d, unsigned window)
{
	memset(d, 0, sizeof(*d));
	d->window = window;
}

void
delivery_fini(struct delivery *d)
{
	feeds_fini(&d->feeds);
	free(d->cursors);
	free(d->suspect);
	free(d->held);
	memset(d, 0, sizeof(*d));
}

/* ---- sending one item ---- */

/* Whether an item up to LAST may be sent now: a low ack that is on its way must
 * not come to mean something else (delivery_low). */
static bool
may_follow(const struct feed *f, uint64_t last)
{
	return f->unacked == 0 || last - f->acked < LOW_SPAN;
}

/* An item up to LAST has been sent.  It is the session's turn to acknowledge
 * it. */
static void
note_sent(struct session *s, struct feed *f, uint64_t last)
{
	struct delivery *d = &s->delivery;

	if (f->unacked == 0)
		f->acked = f->sent;
	f->sent = last;
	f->unacked++;
	d->unacked++;
	if (d->ack_since == 0) {
		d->ack_since = s->worker->mono;
		d->ack_unsent = 0;
	}
}

static void
put_skip(struct session *s, struct feed *f, uint64_t first, uint64_t last,
    enum skip_reason why)
{
	struct elem_buf skip;

	elem_begin(&skip, TAG_SKIP);
	elem_add_chat_number(&skip, ATTR_CHAT, f->number);
	elem_add_uint(&skip, ATTR_FIRST, first);
	elem_add_uint(&skip, ATTR_LAST, last);
	elem_add_enum(&skip, ATTR_REASON, why);
	session_put(s, &skip.e);
	note_sent(s, f, last);
}

/* The device gets a skip in its place, and all that follows. */
static void
leave_out(struct session *s, struct feed *f, uint64_t seq)
{
	session_logf(s, LEVEL_WARNING, "session.undeliverable",
	    "chat=%llu seq=%llu", (unsigned long long)f->number,
	    (unsigned long long)seq);
	s->worker->stats.undeliverable++;
	put_skip(s, f, seq, seq, SKIP_REASON_UNDELIVERABLE);
}

static void
put_stub(struct session *s, const struct entry *e, uint64_t number)
{
	struct elem_buf m;

	elem_begin(&m, TAG_STUB);
	elem_add_chat_number(&m, ATTR_CHAT, number);
	elem_add_uint(&m, ATTR_SEQ, e->seq);
	elem_add_uint(&m, ATTR_N, e->n);
	session_put(s, &m.e);
}

/* As others than its author get it. */
static void
make_message(struct elem_buf *m, const struct entry *e, uint64_t number)
{
	elem_begin(m, TAG_MESSAGE);
	elem_add_chat_number(m, ATTR_CHAT, number);
	elem_add_uint(m, ATTR_SEQ, e->seq);
	elem_add_time(m, ATTR_TIME, e->time);
	if (e->from != 0)	/* 0: the server itself */
		elem_add_user_id(m, ATTR_FROM, e->from);
	if (e->timer != 0 && (e->flags & ENTRY_DELETED) == 0)
		elem_add_uint(m, ATTR_TIMER, e->timer);
	elem_set_payload(m, e->payload);
}

/* False: no frame can hold it. */
static bool
put_message(struct session *s, const struct entry *e, uint64_t number,
    bool own)
{
	struct elem_buf m;

	session_rebase(s, e->time);
	if (!own && telling_put(s, e, number, make_message))
		return true;
	make_message(&m, e, number);
	if (own) {
		elem_add_uint(&m, ATTR_DEVICE, e->device);
		elem_add_uint(&m, ATTR_N, e->n);
	}
	return session_put_if(s, &m.e);
}

static void
put_entry(struct session *s, struct feed *f, const struct entry *e)
{
	bool own = e->n != 0 && e->from == s->user && e->device == s->device;

	if (poison_is(s, &f->chat, e->seq)) {
		leave_out(s, f, e->seq);
		return;
	}
	/* a stub if its ack has been sent on this session (R7) */
	if (own && e->n >= s->first_n && e->n <= s->last_acked) {
		put_stub(s, e, f->number);
	} else if (!put_message(s, e, f->number, own)) {
		leave_out(s, f, e->seq);
		return;
	}
	if (f->kind == CHAT_KIND_SYSTEM)
		s->delivery.account_sent = e->seq;
	note_sent(s, f, e->seq);
	s->worker->stats.entries_out++;
}

/* ---- the window ---- */

static unsigned
window_left(const struct session *s)
{
	const struct delivery *d = &s->delivery;
	unsigned used = d->unacked + d->reserved;

	if (d->paused || used >= d->window ||
	    s->out.len >= s->worker->conf.window_bytes)
		return 0;
	return d->window - used;
}

/* Channels may fill half of the window only (R20). */
static unsigned
window_for(const struct session *s, const struct feed *f)
{
	unsigned left = window_left(s), half = s->delivery.window / 2;

	if (f->kind != CHAT_KIND_CHANNEL)
		return left;
	return left > half ? left - half : 0;
}

/* ---- the pump ---- */

/* <synced>, once everything that the sync found has been sent. */
static void
tell_synced(struct session *s)
{
	struct delivery *d = &s->delivery;
	struct elem_buf synced;

	if (d->told || !d->synced || d->nheld > 0)
		return;
	for (unsigned i = 0; i < d->feeds.n; i++) {
		const struct feed *f = &d->feeds.all[i];

		if (f->syncing && f->sent < f->sync_head)
			return;
	}
	session_rebase(s, d->sync_time);
	elem_begin(&synced, TAG_SYNCED);
	elem_add_uint(&synced, ATTR_STAMP, d->sync_stamp);
	elem_add_time(&synced, ATTR_TIME, d->sync_time);
	session_put(s, &synced.e);
	d->told = true;
}

static bool
feed_ready(const struct session *s, const struct feed *f, bool account)
{
	return s->state == SESSION_LIVE && f->known && f->sent < f->head &&
	    !f->waits && (!account || f->kind == CHAT_KIND_SYSTEM) &&
	    (f->skip != 0 || window_for(s, f) > 0);
}

/* The feed whose turn it is, or NULL. */
static struct feed *
feed_next(struct session *s)
{
	struct delivery *d = &s->delivery;
	/* the account log introduces the chats, so nothing overtakes it (R18) */
	bool account = feeds_account_behind(&d->feeds);

	for (unsigned i = 0; i < d->feeds.n; i++) {
		unsigned at = (d->feeds.turn + i) % d->feeds.n;

		if (feed_ready(s, &d->feeds.all[at], account)) {
			d->feeds.turn = at + 1;
			return &d->feeds.all[at];
		}
	}
	return NULL;
}

/* Whether what is not delivered is passed over by this step. */
static bool
feed_skip(struct session *s, struct feed *f)
{
	if (f->skip == 0)
		return false;
	f->waits = f->sent < f->skip && !may_follow(f, f->skip);
	if (f->waits)
		return true;
	if (f->sent < f->skip)
		put_skip(s, f, f->sent + 1, f->skip, f->why);
	f->skip = 0;
	return true;
}

/* Sends the next of F from memory, or asks the store.  False: it waits. */
static bool
feed_step(struct session *s, struct feed *f)
{
	struct worker *w = s->worker;
	const struct server_conf *conf = &w->conf;
	struct delivery *d = &s->delivery;
	struct event *e;
	unsigned n;

	if (feed_skip(s, f))
		return true;
	f->waits = !may_follow(f, f->sent + 1);
	if (f->waits)
		return true;	/* others do not */
	e = f->sent + 1 < f->first ? NULL
	    : tail_get(&w->tail, &f->chat, f->sent + 1);
	/* what has disappeared, the store says as it is */
	if (e != NULL && w->wall < entry_expires(&e->entry)) {
		put_entry(s, f, &e->entry);
		return true;
	}
	n = window_for(s, f);
	if (n > conf->page_entries)
		n = conf->page_entries;
	d->reading = true;
	d->reserved = n;
	page_read(s, f, n, conf->window_bytes);
	return false;
}

/* ---- marks ---- */

static bool
marks_may_go(const struct delivery *d)
{
	return d->synced && !feeds_account_behind(&d->feeds);
}

bool
delivery_is_ready(const struct session *s)
{
	return marks_may_go(&s->delivery);
}

static void
event_mark_merge(struct event_mark *to, const struct event_mark *m)
{
	if (m->delivered > to->delivered) {
		to->delivered = m->delivered;
		to->delivered_time = m->delivered_time;
		to->estimated = m->estimated;
	}
	if (m->read > to->read) {
		to->read = m->read;
		to->read_time = m->read_time;
		to->estimated = m->estimated;
	}
}

static void
hold_mark(struct delivery *d, uint64_t number, const struct event_mark *m)
{
	for (unsigned i = 0; i < d->nheld; i++) {
		if (d->held[i].number != number ||
		    d->held[i].mark.user != m->user)
			continue;
		event_mark_merge(&d->held[i].mark, m);
		return;
	}
	if (d->nheld == d->capheld) {
		d->capheld = d->capheld == 0 ? 4 : d->capheld * 2;
		d->held = xrealloc(d->held, d->capheld, sizeof(*d->held));
	}
	d->held[d->nheld++] = (struct sync_mark){number, *m};
}

void
delivery_mark(struct session *s, uint64_t number, const struct event_mark *m)
{
	struct delivery *d = &s->delivery;

	if (marks_may_go(d) && d->nheld == 0)
		mark_put(s, number, m);
	else
		hold_mark(d, number, m);
}

static void
release_marks(struct session *s)
{
	struct delivery *d = &s->delivery;

	if (d->nheld == 0 || !marks_may_go(d))
		return;
	for (unsigned i = 0; i < d->nheld; i++)
		mark_put(s, d->held[i].number, &d->held[i].mark);
	free(d->held);
	d->held = NULL;
	d->nheld = d->capheld = 0;
}

void
delivery_pump(struct session *s)
{
	struct delivery *d = &s->delivery;

	while (d->synced && !d->reading) {
		struct feed *f = feed_next(s);

		if (f == NULL || !feed_step(s, f))
			break;
	}
	release_marks(s);
	tell_synced(s);
	feeds_tidy(&d->feeds);
}

/* False: it has to wait, and is read again. */
static bool
page_item_send(struct session *s, struct feed *f, const struct page_item *item)
{
	uint64_t last = item->skip ? item->last : item->entry.seq;

	if (last <= f->sent)
		return true;	/* an ack has overtaken the page */
	f->waits = !may_follow(f, last);
	if (f->waits)
		return false;
	if (item->skip)
		put_skip(s, f,
		    item->first > f->sent ? item->first : f->sent + 1, last,
		    item->why);
	else
		put_entry(s, f, &item->entry);
	return true;
}

void
delivery_page(struct session *s, const struct chat_id *chat,
    const struct page_item *items, size_t n, unsigned reserved, int rc)
{
	struct delivery *d = &s->delivery;
	struct feed *f = feed_find(&d->feeds, chat);

	d->reading = false;
	d->reserved = 0;
	(void)reserved;
	if (rc != 0) {
		session_bye(s, BYE_REASON_INTERNAL,
		    "entries could not be read");
		return;
	}
	/* what may have been hidden when it had been read is read again;
	 * without a feed all of it has been acknowledged meanwhile */
	for (size_t i = 0; i < n && f != NULL && !d->hidden; i++)
		if (!page_item_send(s, f, &items[i]))
			break;
	d->hidden = false;
	delivery_pump(s);
}

/* ---- what happens ---- */

void
delivery_event(struct session *s, struct event *e, const struct recipient *to)
{
	struct delivery *d = &s->delivery;
	struct feed *f = feed_find(&d->feeds, &e->entry.chat);
	uint64_t seq = e->entry.seq;

	if (e->kind == CHAT_KIND_SYSTEM && seq <= d->account_sent)
		return;		/* request_done was first */
	if (d->synced && e->entry.stamp <= d->sync_stamp)
		return;		/* the sync has covered it */
	if (f == NULL) {
		f = feed_add(&d->feeds, &e->entry.chat, to->number, e->kind);
		/* without a feed everything below was sent, or it is this
		 * entry that lets him in; before the answer to the sync
		 * nothing is known (R18) */
		f->known = d->synced;
		f->sent = to->joined == seq ? to->before : seq - 1;
		f->head = f->sent;
	}
	if (seq > f->head)
		f->head = seq;
	if (to->first > f->first)
		f->first = to->first;
	f->stamp = e->entry.stamp;
	/* the usual case: it is the next, and here it is */
	if (f->sent == seq - 1 && may_follow(f, seq) &&
	    feed_ready(s, f, feeds_account_behind(&d->feeds)))
		put_entry(s, f, &e->entry);
	delivery_pump(s);
}

void
delivery_hidden(struct session *s, const struct chat_id *chat, uint64_t seq)
{
	struct delivery *d = &s->delivery;
	struct feed *f = feed_find(&d->feeds, chat);

	d->hidden |= d->reading || !d->synced;
	if (f != NULL && f->first <= seq)
		f->first = seq + 1;
}

void
delivery_own(struct session *s, const struct event *e, uint64_t number)
{
	struct delivery *d = &s->delivery;
	struct feed *f = feed_find(&d->feeds, &e->entry.chat);
	uint64_t seq = e->entry.seq;

	if (f == NULL && d->synced)
		return;		/* all below was sent: the ack was it (R7) */
	if (f == NULL) {
		f = feed_add(&d->feeds, &e->entry.chat, number, e->kind);
		f->sent = f->head = seq - 1;
	}
	if (f->known && f->sent == seq - 1 && f->head == f->sent)
		f->sent = seq;
	if (seq > f->head)
		f->head = seq;
	delivery_pump(s);
}

void
delivery_acked(struct session *s, uint64_t number, uint64_t seq)
{
	struct delivery *d = &s->delivery;
	struct feed *f = feed_of_number(&d->feeds, number);
	uint64_t left, fresh;

	if (f == NULL)
		return;
	if (f->known && seq > f->sent)	/* own acks were the delivery */
		f->sent = seq < f->head ? seq : f->head;
	left = seq >= f->sent ? 0 : f->sent - seq;
	if (seq > f->acked)
		f->acked = f->sent - left;
	f->waits = false;
	if (left >= f->unacked) {
		delivery_pump(s);	/* `sent' may have moved */
		return;
	}
	fresh = f->unacked - left;
	d->unacked -= (unsigned)fresh;
	f->unacked = left;
	d->paused = false;
	d->ack_since = d->unacked > 0 ? s->worker->mono : 0;
	d->ack_unsent = 0;
	if (poison_acked(s, &f->chat, seq, fresh) &&
	    d->window < s->worker->conf.window_entries)
		d->window *= 2;
	delivery_limit(s);
	delivery_pump(s);
}

void
delivery_limit(struct session *s)
{
	struct delivery *d = &s->delivery;

	if (d->window > s->worker->conf.window_entries)
		d->window = s->worker->conf.window_entries;
}

uint64_t
delivery_low(const struct session *s, uint64_t number, uint64_t low)
{
	const struct feed *f = feed_of_number(&s->delivery.feeds, number);
	uint64_t seq;

	if (f == NULL || low >= LOW_SPAN)
		return 0;
	seq = f->sent - f->sent % LOW_SPAN + low;
	if (seq <= f->sent)
		return seq;
	return seq >= LOW_SPAN ? seq - LOW_SPAN : 0;
}

uint64_t
delivery_waiting(const struct session *s)
{
	return feeds_waiting(&s->delivery.feeds);
}

/* ---- sync ---- */

void
delivery_reset(struct session *s)
{
	struct delivery *d = &s->delivery;
	uint32_t round = d->round + 1;
	unsigned window = d->window;

	delivery_fini(d);
	delivery_init(d, window);
	d->round = round;
}

static void
synced_feed(struct delivery *d, const struct sync_feed *r)
{
	struct feed *f = feed_find(&d->feeds, &r->chat);

	if (f == NULL) {
		f = feed_add(&d->feeds, &r->chat, r->number, r->kind);
		f->head = r->head;
	}
	f->sent = r->cursor;
	if (r->head > f->head)
		f->head = r->head;
	f->sync_head = r->head;
	f->first = d->hidden ? r->head + 1 : r->first;
	f->syncing = true;
	f->skip = r->skip;
	f->why = r->why;
}

void
delivery_join(struct session *s, const struct sync_feed *r)
{
	struct delivery *d = &s->delivery;
	struct feed *f = feed_find(&d->feeds, &r->chat);

	if (f == NULL) {
		f = feed_add(&d->feeds, &r->chat, r->number, r->kind);
		f->sent = f->head = r->cursor;
		f->known = true;
	}
	if (!d->synced) {
		/* the sync may have read before: then its answer knows nothing
		 * of what has come since, and does not settle this */
		f->sent = r->cursor;
		f->known = false;
		f->stamp = UINT64_MAX;
	}
	f->first = r->first;
	if (r->head > f->head)
		f->head = r->head;
	delivery_pump(s);
}

void
delivery_synced(struct session *s, struct sync_result *r)
{
	struct delivery *d = &s->delivery;

	for (size_t i = 0; i < r->nfeeds; i++)
		synced_feed(d, &r->feeds[i]);
	for (unsigned i = 0; i < d->feeds.n; i++) {
		struct feed *f = &d->feeds.all[i];

		/* up to date at the sync, which saw the event as well */
		if (!f->syncing && f->stamp <= r->stamp)
			f->sent = f->head;
		f->known = true;
	}
	d->synced = true;
	d->asked = d->hidden = false;
	d->sync_stamp = r->stamp;
	d->sync_time = r->time;
	poison_begin(s, &r->suspect);
	for (size_t i = 0; i < r->nmarks; i++)
		delivery_mark(s, r->marks[i].number, &r->marks[i].mark);
	delivery_pump(s);
}
