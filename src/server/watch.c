/* SPDX-License-Identifier: ISC */
#include "src/server/watch.h"

#include <stdlib.h>
#include <string.h>

#include "src/chat/member.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/event.h"
#include "src/server/job_priv.h"
#include "src/server/sync.h"
#include "src/server/worker_priv.h"

enum { BUCKETS_MIN = 64 };

struct watch {
	struct chat_id chat;
	struct recipient to;	/* as which the session is told */
	struct session *session;
	bool ready;		/* what was there before is on its way */
	uint64_t head;		/* until then: an entry up to here was told */
	struct watch *next_of_chat;	/* in a bucket */
	struct watch *next;		/* of the session, the newest first */
};

void
watches_init(struct watches *w)
{
	w->nbuckets = BUCKETS_MIN;
	w->count = 0;
	w->buckets = xcalloc(w->nbuckets, sizeof(*w->buckets));
}

void
watches_fini(struct watches *w)
{
	free(w->buckets);
	w->buckets = NULL;
}

static struct watch **
bucket_of(const struct watches *w, const struct chat_id *id)
{
	size_t h;

	memcpy(&h, id->b, sizeof(h));	/* ids are random */
	return &w->buckets[h & (w->nbuckets - 1)];
}

static void
insert(struct watches *all, struct watch *w)
{
	struct watch **b = bucket_of(all, &w->chat);

	w->next_of_chat = *b;
	*b = w;
}

static void
grow(struct watches *w)
{
	struct watch **old = w->buckets;
	size_t n = w->nbuckets;

	w->nbuckets = n * 2;
	w->buckets = xcalloc(w->nbuckets, sizeof(*w->buckets));
	for (size_t i = 0; i < n; i++) {
		struct watch *at = old[i];

		while (at != NULL) {
			struct watch *next = at->next_of_chat;

			insert(w, at);
			at = next;
		}
	}
	free(old);
}

/* Takes *AT, a place in its session's list, out and frees it. */
static void
watch_end(struct session *s, struct watch **at)
{
	struct watches *all = &s->worker->watches;
	struct watch *w = *at, **p = bucket_of(all, &w->chat);

	*at = w->next;
	while (*p != w)
		p = &(*p)->next_of_chat;
	*p = w->next_of_chat;
	all->count--;
	s->nwatches--;
	free(w);
}

void
watch_drop_all(struct session *s)
{
	while (s->watches != NULL)
		watch_end(s, &s->watches);
}

static struct watch **
watch_find(struct session *s, uint64_t number)
{
	struct watch **at = &s->watches;

	while (*at != NULL && (*at)->to.number != number)
		at = &(*at)->next;
	return at;
}

/* S looks at a chat; the oldest of too many gives way. */
static struct watch *
watch_add(struct session *s, const struct chat_id *chat,
    const struct recipient *to)
{
	struct watches *all = &s->worker->watches;
	struct watch *w = xcalloc(1, sizeof(*w)), **last = &s->watches;

	if (s->nwatches == WATCHES_MAX) {
		while ((*last)->next != NULL)
			last = &(*last)->next;
		watch_end(s, last);
	}
	if (all->count >= all->nbuckets)
		grow(all);
	w->chat = *chat;
	w->to = *to;
	w->session = s;
	w->next = s->watches;
	s->watches = w;
	insert(all, w);
	all->count++;
	s->nwatches++;
	return w;
}

/* A watch of the user's at the chat, or NULL. */
static struct watch *
watch_of(const struct watches *all, const struct chat_id *chat, uint64_t user)
{
	struct watch *w = *bucket_of(all, chat);

	while (w != NULL && (w->session->user != user ||
	    !chat_id_equal(&w->chat, chat)))
		w = w->next_of_chat;
	return w;
}

void
watch_gone(struct worker *worker, const struct chat_id *chat, uint64_t user)
{
	struct watch *w;

	while ((w = watch_of(&worker->watches, chat, user)) != NULL)
		watch_end(w->session, watch_find(w->session, w->to.number));
}

static void
tell(struct watch *w, struct event *e)
{
	if (w->ready)
		delivery_event(w->session, e, &w->to);
	else if (e->entry.seq > w->head)
		w->head = e->entry.seq;
}

void
watch_tell(struct worker *worker, struct event *e)
{
	struct watch *at = *bucket_of(&worker->watches, &e->entry.chat);

	while (at != NULL) {
		struct session *s = at->session;
		struct watch *next = at->next_of_chat;

		if (!chat_id_equal(&at->chat, &e->entry.chat)) {
			at = next;
			continue;
		}
		/* telling may end the session and all of its watches */
		while (next != NULL && next->session == s)
			next = next->next_of_chat;
		/* an own one its ack tells, but not before what is below */
		if (e->session != s->id || !at->ready)
			tell(at, e);
		if (s->state != SESSION_CLOSED)
			session_schedule(s);
		at = next;
	}
}

/* ---- looking: once for which chat it is, then for its head ------------- */

/* One that is not large yet is watched as well: it may become so. */

struct watch_job {
	struct job job;
	uint64_t user;
	uint32_t round;
	bool second;
	/* the result */
	bool his;
	struct recipient to;
	struct sync_feed feed;	/* with the cursor that was stated */
};

static int
watch_run(struct job *j, struct tx *tx)
{
	struct watch_job *w = (struct watch_job *)j;
	struct member m;
	struct chat c;
	int rc;

	w->his = false;
	rc = chat_by_number(tx, w->user, w->feed.number, &w->feed.chat);
	if (rc == 0)
		rc = chat_get(tx, &w->feed.chat, &c);
	if (rc == 0)
		rc = member_get(tx, &w->feed.chat, w->user, &m);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	if (!member_in(&m))
		return 0;
	w->his = true;
	w->feed.kind = c.kind;
	w->feed.head = c.head;
	w->to = (struct recipient){.user = w->user, .number = m.number,
	    .first = m.ranges[m.nranges - 1].first};
	/* memory knows nothing of what he has hidden from himself */
	w->feed.first = m.hides ? c.head + 1 : w->to.first;
	return 0;
}

static void watch_submit(struct session *, const struct sync_feed *,
    bool second);

/* It is registered before its head is read, so that nothing falls between. */
static void
watch_begin(struct session *s, const struct watch_job *j)
{
	struct watch **old = watch_find(s, j->feed.number);

	if (*old != NULL)
		watch_end(s, old);
	(void)watch_add(s, &j->feed.chat, &j->to);
	watch_submit(s, &j->feed, true);
}

static void
watch_go(struct session *s, struct watch_job *j)
{
	struct watch *w = *watch_find(s, j->feed.number);

	if (w == NULL)
		return;		/* ended meanwhile */
	w->ready = true;
	if (w->head > j->feed.head)
		j->feed.head = w->head;
	if (j->round == s->delivery.round)
		delivery_join(s, &j->feed);
}

static void
watch_done(struct job *j)
{
	struct watch_job *w = (struct watch_job *)j;
	struct session *s = j->session;

	if (s == NULL || j->rc != 0)
		return;
	if (!w->his) {
		/* he has gone before it was registered */
		if (w->second)
			watch_gone(s->worker, &w->feed.chat, s->user);
		return;
	}
	if (w->feed.cursor > w->feed.head)
		session_bye(s, BYE_REASON_MALFORMED,
		    "a cursor above the head of its chat");
	else if (w->second)
		watch_go(s, w);
	else
		watch_begin(s, w);
	if (s->state != SESSION_CLOSED)
		session_schedule(s);
}

static const struct job_type watch_type = {
    JOB_READER, watch_run, watch_done, NULL};

static void
watch_submit(struct session *s, const struct sync_feed *feed, bool second)
{
	struct watch_job *w = xcalloc(1, sizeof(*w));

	job_init(&w->job, &watch_type, &s->worker->server->domain);
	w->user = s->user;
	w->round = s->delivery.round;
	w->second = second;
	w->feed = *feed;
	worker_submit(s, &w->job);
}

/* The number of the chat that E is about; 0 after a bye. */
static uint64_t
number_of(struct session *s, const struct elem *e)
{
	const struct value *chat = elem_get(e, ATTR_CHAT);

	if (chat != NULL && chat->type == VALUE_CHAT &&
	    chat->chat.kind == CHAT_BY_NUMBER)
		return chat->chat.number;
	session_bye(s, BYE_REASON_MALFORMED,
	    "a chat that is watched is named by its number");
	return 0;
}

void
watch_asked(struct session *s, const struct elem *e)
{
	const struct sync_feed feed = {.number = number_of(s, e),
	    .cursor = elem_uint(e, ATTR_SEQ, 0)};

	if (feed.number != 0)
		watch_submit(s, &feed, false);
}

void
unwatch_asked(struct session *s, const struct elem *e)
{
	uint64_t number = number_of(s, e);
	struct watch **at = watch_find(s, number);

	if (number != 0 && *at != NULL)
		watch_end(s, at);
}
