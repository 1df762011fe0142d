/* SPDX-License-Identifier: ISC */
#include "src/server/page.h"

#include "src/chat/hidden.h"
#include "src/chat/member.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/job_priv.h"
#include "src/server/worker_priv.h"

struct page_job {
	struct job job;
	struct chat_id chat;
	uint64_t user, from, last;
	uint32_t round;
	unsigned limit;
	size_t bytes_limit;
	/* the result */
	struct page_item *items;	/* in the arena */
	size_t n, bytes;
	bool full;
	bool damaged;		/* the first cannot be read */
};

/* What comes now is for the next page. */
static int
page_full(struct page_job *p)
{
	p->full = true;
	return 1;
}

static int
page_skip(struct page_job *p, uint64_t first, uint64_t last,
    enum skip_reason why)
{
	if (p->n >= p->limit)
		return page_full(p);
	p->items[p->n++] = (struct page_item){.skip = true, .why = why,
	    .first = first, .last = last};
	return 0;
}

static int
skip_pruned(void *arg, uint64_t first, uint64_t last)
{
	return page_skip(arg, first, last, SKIP_REASON_PRUNED);
}

static int
skip_hidden(void *arg, uint64_t first, uint64_t last)
{
	return page_skip(arg, first, last, SKIP_REASON_HIDDEN);
}

static int
add_entry(void *arg, const struct entry *e)
{
	struct page_job *p = arg;
	struct page_item *item;

	if (p->n >= p->limit ||
	    (p->n > 0 && p->bytes + e->payload.len > p->bytes_limit))
		return page_full(p);
	item = &p->items[p->n];
	item->skip = false;
	item->entry = *e;
	item->entry.payload = arena_copy(&p->job.arena, e->payload);
	if (item->entry.payload.p == NULL)
		return p->n > 0 ? page_full(p) : SC_ENOMEM;
	p->bytes += e->payload.len;
	p->n++;
	return 0;
}

/* From one end to the other, by runs that he may or may not read (R5). */
static int
read_runs(struct page_job *p, struct tx *tx, const struct member *m)
{
	const struct chat_reader reader = {add_entry, skip_pruned, p};
	uint64_t from = p->from, last;
	int rc = 0;

	while (from <= p->last && rc == 0 && !p->full) {
		bool his = member_sees(m, from, &last);

		if (last > p->last)
			last = p->last;
		rc = his ? hidden_read(tx, &p->chat, p->user, m, from, last,
		    &reader, skip_hidden, NULL)
		    : page_skip(p, from, last, SKIP_REASON_NOT_A_MEMBER);
		from = last + 1;
	}
	return p->full ? 0 : rc;
}

/*
 * An entry that cannot be read is left out, so that the device gets all others
 * (it is not lost by that: history finds it, if a backup brings it back).  What
 * comes before it is a page of its own.
 */
static int
pass_damage(struct page_job *p)
{
	int rc;

	if (p->n > 0)
		return 0;
	p->damaged = true;
	rc = page_skip(p, p->from, p->from, SKIP_REASON_UNDELIVERABLE);
	return rc < 0 ? rc : 0;
}

static int
page_run(struct job *j, struct tx *tx)
{
	struct page_job *p = (struct page_job *)j;
	struct member m;
	int rc;

	p->n = p->bytes = 0;
	p->full = p->damaged = false;
	p->items = arena_array(&j->arena, p->limit, sizeof(*p->items));
	if (p->items == NULL)
		return SC_ENOMEM;
	rc = member_get(tx, &p->chat, p->user, &m);
	if (rc == SC_ENOTFOUND)
		m = (struct member){.number = 0};	/* he sees nothing */
	else if (rc != 0)
		return rc;
	rc = read_runs(p, tx, &m);
	return rc == SC_EDAMAGED ? pass_damage(p) : rc;
}

/* Once a session: there may be very many. */
static void
log_damage(const struct page_job *p)
{
	struct session *s = p->job.session;
	char id[CHAT_ID_TEXT + 1];

	if (s->damage_said)
		return;
	s->damage_said = true;
	chat_id_print(&p->chat, id);
	session_logf(s, LEVEL_ERROR, "entry.damaged",
	    "chat=%s seq=%llu do=\"stop the server and run stonechatctl "
	    "verify\"", id, (unsigned long long)p->from);
}

static void
page_done(struct job *j)
{
	struct page_job *p = (struct page_job *)j;
	struct session *s = j->session;

	if (s == NULL || p->round != s->delivery.round)
		return;
	if (p->damaged)
		log_damage(p);
	delivery_page(s, &p->chat, p->items, p->n, p->limit, j->rc);
	if (s->state != SESSION_CLOSED)
		session_schedule(s);
}

static const struct job_type page_type = {
    JOB_READER, page_run, page_done, NULL};

void
page_read(struct session *s, const struct feed *f, unsigned n, size_t bytes)
{
	struct page_job *p = xcalloc(1, sizeof(*p));

	job_init(&p->job, &page_type, &s->worker->server->domain);
	p->chat = f->chat;
	p->user = s->user;
	p->from = f->sent + 1;
	p->last = f->head;
	p->round = s->delivery.round;
	p->limit = n;
	p->bytes_limit = bytes;
	worker_submit(s, &p->job);
}
