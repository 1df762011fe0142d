/* SPDX-License-Identifier: ISC */
#include "src/server/sync.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/cursor.h"
#include "src/chat/device.h"
#include "src/chat/marks.h"
#include "src/chat/member.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/job_priv.h"
#include "src/server/worker_priv.h"

enum {
	ACCOUNT_NUMBER = 1,
	CURSORS_MAX = 100000,
	CURSORS_PER_STANZA = 500,
	SYNCS_MAX = 4		/* of one session, under way */
};

struct sync_job {
	struct job job;
	struct server *server;
	uint64_t user;
	uint32_t device;
	uint32_t round;
	uint64_t account, since, sum;
	bool stated;		/* cursors come from the client, not the marks */
	struct sync_cursor *cursors;	/* sorted by number */
	unsigned ncursors, capcursors;
	/* the result */
	int64_t added;		/* the device */
	bool mismatch;		/* ask the client for its cursors */
	struct sync_result result;
	struct tx *tx;		/* while it runs */
};

static int
cursor_compare(const void *a, const void *b)
{
	const struct sync_cursor *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static uint64_t
cursor_find(const struct sync_cursor *c, unsigned n, uint64_t number)
{
	struct sync_cursor key = {number, 0}, *found = NULL;

	if (n > 0)
		found = bsearch(&key, c, n, sizeof(*c), cursor_compare);
	return found == NULL ? 0 : found->seq;
}

static void
cursor_add(struct sync_cursor **c, unsigned *n, unsigned *cap, uint64_t number,
    uint64_t seq)
{
	if (*n == *cap) {
		*cap = *cap == 0 ? 32 : *cap * 2;
		*c = xrealloc(*c, *cap, sizeof(**c));
	}
	(*c)[(*n)++] = (struct sync_cursor){number, seq};
}

/* ---- on a reader ---- */

struct noted {
	struct sync_job *job;
	uint64_t sum;
};

/* What the server has noted of the device: its marks, and their sum. */
static int
note_mark(void *arg, uint64_t number, const struct chat_id *id, uint64_t seq)
{
	struct noted *n = arg;

	if (number == ACCOUNT_NUMBER)
		return 0;
	n->sum += cursor_term(id, seq);
	cursor_add(&n->job->cursors, &n->job->ncursors, &n->job->capcursors,
	    number, seq);
	return 0;
}

/* What is not delivered. */
static void
set_skip(struct sync_feed *f, const struct sc_sync_chat *c)
{
	if (!c->deliver) {
		f->skip = c->head;
		f->why = SKIP_REASON_NOT_KEPT;
	} else if (c->from > c->cursor + 1) {
		f->skip = c->from - 1 < c->head ? c->from - 1 : c->head;
		f->why = SKIP_REASON_EARLIER;
	}
}

static void
add_feed(struct sync_result *r, const struct sc_sync_chat *c, uint64_t first)
{
	if (r->nfeeds == r->capfeeds) {
		r->capfeeds = r->capfeeds == 0 ? 16 : r->capfeeds * 2;
		r->feeds = xrealloc(r->feeds, r->capfeeds, sizeof(*r->feeds));
	}
	r->feeds[r->nfeeds++] = (struct sync_feed){.chat = c->chat.id,
	    .number = c->number, .kind = c->chat.kind, .cursor = c->cursor,
	    .head = c->head, .first = first};
	set_skip(&r->feeds[r->nfeeds - 1], c);
}

/* How far the chat is the user's, and from where on without a gap. */
static int
his_part(struct sync_job *s, struct sc_sync_chat *c, uint64_t *first)
{
	struct member m;
	int rc;

	c->head = c->chat.head;
	if (!chat_has_roster(&c->chat))
		return 0;
	rc = member_get(s->tx, &c->chat.id, s->user, &m);
	if (rc != 0)
		return rc;
	c->head = member_head(&m, c->chat.head);
	if (m.nranges > 0)
		*first = m.ranges[m.nranges - 1].first;
	return 0;
}

/* The tail cache knows nothing of what he has hidden from himself: what there is
 * now comes from the store. */
static int
look_for_hidden(struct sync_job *s, const struct sc_sync_chat *c,
    uint64_t *first)
{
	struct member m;
	int rc;

	if (c->number == ACCOUNT_NUMBER)
		return 0;
	rc = member_get(s->tx, &c->chat.id, s->user, &m);
	if (rc == 0 && m.hides)
		*first = c->head + 1;
	return rc;
}

static int
sync_chat(void *arg, uint64_t number, const struct chat_id *id)
{
	struct sync_job *s = arg;
	struct sc_sync_chat c = {.user = s->user, .device = s->device,
	    .number = number, .since = s->since, .added = s->added};
	uint64_t first = 1;
	int rc;

	rc = chat_get(s->tx, id, &c.chat);
	if (rc == 0)
		rc = his_part(s, &c, &first);
	if (rc != 0)
		return rc;
	c.cursor = number == ACCOUNT_NUMBER ? s->account
	    : cursor_find(s->cursors, s->ncursors, number);
	if (c.cursor > c.chat.head)
		return SC_EBADREQUEST;
	c.deliver = number == ACCOUNT_NUMBER;
	rc = server_hook_sync(s->server, s->tx, &c, &s->result);
	if (rc != 0 || c.head <= c.cursor)
		return rc;
	rc = look_for_hidden(s, &c, &first);
	if (rc == 0)
		add_feed(&s->result, &c, first);
	return rc;
}

static int
look_at_device(struct sync_job *s)
{
	struct device d = {.created = 0};
	int rc = device_get(s->tx, s->user, s->device, &d);

	s->added = d.created;
	return rc == SC_ENOTFOUND ? 0 : rc;	/* it is being removed */
}

static int
sync_run(struct job *j, struct tx *tx)
{
	struct sync_job *s = (struct sync_job *)j;
	struct noted noted = {s, 0};
	int rc;

	s->result.nfeeds = s->result.nmarks = 0;
	s->result.stamp = tx->stamp;
	s->result.time = tx->now;
	s->tx = tx;
	if (!s->stated) {
		s->ncursors = 0;
		rc = marks_device(tx, s->user, s->device, note_mark, &noted);
		if (rc != 0)
			return rc;
		s->mismatch = noted.sum != s->sum;
		if (s->mismatch)
			return 0;
		if (s->ncursors > 0)
			qsort(s->cursors, s->ncursors, sizeof(*s->cursors),
			    cursor_compare);
	}
	rc = suspect_get(tx, s->user, s->device, &s->result.suspect);
	if (rc == 0)
		rc = look_at_device(s);
	return rc != 0 ? rc : chat_list(tx, s->user, 0, sync_chat, s);
}

/* ---- on the worker ---- */

static void
sync_done(struct job *j)
{
	struct sync_job *y = (struct sync_job *)j;
	struct session *s = j->session;
	struct delivery *d;

	if (s != NULL)
		s->nsyncs--;
	if (s == NULL || y->round != s->delivery.round)
		return;
	d = &s->delivery;
	if (j->rc == SC_EBADREQUEST) {
		session_bye(s, BYE_REASON_MALFORMED,
		    "a cursor above the head of its chat");
	} else if (j->rc != 0) {
		session_bye(s, BYE_REASON_INTERNAL,
		    "the sync could not be read");
	} else if (y->mismatch) {
		session_put_tag(s, TAG_SYNC);
		d->sync_stamp = y->since;	/* until they come */
		d->ncursors = 0;
		cursor_add(&d->cursors, &d->ncursors, &d->capcursors,
		    ACCOUNT_NUMBER, y->account);
	} else {
		delivery_synced(s, &y->result);
	}
	if (s->state != SESSION_CLOSED)
		session_schedule(s);
}

static void
sync_fini(struct job *j)
{
	struct sync_job *s = (struct sync_job *)j;

	free(s->cursors);
	free(s->result.feeds);
	free(s->result.marks);
}

static const struct job_type sync_type = {
    JOB_READER, sync_run, sync_done, sync_fini};

/* NULL: too many, bye was said. */
static struct sync_job *
sync_create(struct session *s)
{
	struct sync_job *y;

	if (s->nsyncs >= SYNCS_MAX) {
		session_bye(s, BYE_REASON_LIMIT, "too many syncs at once");
		return NULL;
	}
	s->nsyncs++;
	y = xcalloc(1, sizeof(*y));
	job_init(&y->job, &sync_type, &s->worker->server->domain);
	y->server = s->worker->server;
	y->user = s->user;
	y->device = s->device;
	y->round = s->delivery.round;
	return y;
}

void
sync_asked(struct session *s, const struct elem *e)
{
	struct slice sum = elem_slice(e, ATTR_SUM);
	struct sync_job *y;

	if (!elem_has(e, ATTR_ACCOUNT) || sum.len != 8) {
		session_bye(s, BYE_REASON_MALFORMED,
		    "a sync without account or sum");
		return;
	}
	delivery_reset(s);
	s->delivery.asked = true;
	y = sync_create(s);
	if (y == NULL)
		return;
	y->account = elem_uint(e, ATTR_ACCOUNT, 0);
	y->since = elem_uint(e, ATTR_STAMP, 0);
	for (size_t i = 0; i < 8; i++)
		y->sum = y->sum << 8 | sum.p[i];
	worker_submit(s, &y->job);
}

/* One <cursor>; false: bye was said. */
static bool
cursor_take(struct session *s, const struct elem *e)
{
	const struct value *chat = elem_get(e, ATTR_CHAT);
	struct delivery *d = &s->delivery;

	if (e->tag != TAG_CURSOR || chat == NULL ||
	    chat->chat.kind != CHAT_BY_NUMBER || d->ncursors >= CURSORS_MAX) {
		session_bye(s, BYE_REASON_MALFORMED,
		    "cursors hold something else, or too many");
		return false;
	}
	cursor_add(&d->cursors, &d->ncursors, &d->capcursors,
	    chat->chat.number, elem_uint(e, ATTR_SEQ, 0));
	return true;
}

void
sync_cursors(struct session *s, const struct elem *e)
{
	struct delivery *d = &s->delivery;
	struct sync_job *y;

	if (e->nchild > CURSORS_PER_STANZA) {
		session_bye(s, BYE_REASON_MALFORMED,
		    "too many cursors at once");
		return;
	}
	if (!d->asked || d->ncursors == 0)
		return;		/* they answer a sync that was given up */
	for (size_t i = 0; i < e->nchild; i++)
		if (!cursor_take(s, &e->children[i]))
			return;
	if (!elem_has(e, ATTR_FINAL))
		return;
	y = sync_create(s);
	if (y == NULL)
		return;
	y->stated = true;
	y->since = d->sync_stamp;
	y->account = d->cursors[0].seq;
	y->cursors = d->cursors;
	y->ncursors = d->ncursors;
	y->capcursors = d->capcursors;
	d->cursors = NULL;
	d->ncursors = d->capcursors = 0;
	qsort(y->cursors, y->ncursors, sizeof(*y->cursors), cursor_compare);
	worker_submit(s, &y->job);
}
