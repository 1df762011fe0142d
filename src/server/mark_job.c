/* SPDX-License-Identifier: ISC */
#include "src/server/mark_job.h"

#include <stdlib.h>

#include "src/chat/device.h"
#include "src/chat/marks.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/job_priv.h"
#include "src/server/worker_priv.h"

struct mark_job {
	struct job job;
	struct server *server;
	size_t n;
	bool refused;		/* one of them was above the head (R3) */
	struct mark_stated marks[];
};

static int
mark_run(struct job *j, struct tx *tx)
{
	struct mark_job *m = (struct mark_job *)j;
	struct device d;
	int rc;

	m->refused = false;
	/* it has been revoked: its marks went with it */
	rc = device_get_locked(tx, m->marks[0].user, m->marks[0].device, &d);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < m->n; i++) {
		struct mark_moved moved;

		rc = marks_state(tx, &m->marks[i], &moved);
		if (rc == SC_EBADREQUEST || rc == SC_ENOTFOUND) {
			m->refused = true;
			continue;
		}
		if (rc == 0)
			rc = server_hook_mark(m->server, tx, &m->marks[i],
			    &moved);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static void
mark_done(struct job *j)
{
	struct mark_job *m = (struct mark_job *)j;

	if (m->refused && j->session != NULL)
		session_bye(j->session, BYE_REASON_MALFORMED,
		    "a mark for a chat that is not there, or above its head");
}

static const struct job_type mark_type = {
    JOB_SCRIBE, mark_run, mark_done, NULL};

void
mark_job_start(struct worker *w, struct session *s)
{
	struct mark_job *m;

	if (s->nmarks == 0)
		return;
	m = xcalloc(1, sizeof(*m) + s->nmarks * sizeof(m->marks[0]));
	job_init(&m->job, &mark_type, &w->server->domain);
	m->job.order = s->user;
	m->server = w->server;
	m->n = s->nmarks;
	for (size_t i = 0; i < s->nmarks; i++) {
		const struct mark_waiting *from = &s->marks[i];

		m->marks[i] = (struct mark_stated){.user = s->user,
		    .device = s->device, .number = from->number,
		    .delivered = from->delivered, .read = from->read,
		    .restated = from->restated, .age = from->age};
	}
	free(s->marks);
	s->marks = NULL;
	s->nmarks = s->capmarks = 0;
	worker_submit(s, &m->job);
}

void
worker_flush_marks(struct worker *w)
{
	struct session *s;

	w->marks_at = 0;
	while ((s = w->marks) != NULL) {
		w->marks = s->next_marks;
		s->in_marks = false;
		mark_job_start(w, s);
	}
}

static void
put_receipt(struct session *s, uint64_t number, const struct event_mark *m,
    enum attr_name which, uint64_t seq, int64_t time)
{
	struct elem_buf receipt;

	session_rebase(s, time);
	elem_begin(&receipt, TAG_RECEIPT);
	elem_add_chat_number(&receipt, ATTR_CHAT, number);
	if (!m->direct)
		elem_add_user_id(&receipt, ATTR_USER, m->user);
	elem_add_uint(&receipt, which, seq);
	elem_add_time(&receipt, ATTR_TIME, time);
	if (m->estimated)
		elem_add_flag(&receipt, ATTR_ESTIMATED);
	session_put(s, &receipt.e);
	s->worker->stats.receipts_out++;
}

/* One's own read mark: news for the other devices, and for the one that stated
 * it the word that it is durable. */
static void
put_own(struct session *s, uint64_t number, const struct event_mark *m)
{
	struct elem_buf read;

	if (m->read == 0)
		return;
	elem_begin(&read, TAG_READ);
	elem_add_chat_number(&read, ATTR_CHAT, number);
	elem_add_uint(&read, ATTR_SEQ, m->read);
	session_put(s, &read.e);
}

void
mark_put(struct session *s, uint64_t number, const struct event_mark *m)
{
	if (m->user == s->user) {
		put_own(s, number, m);
		return;
	}
	/* read implies delivered */
	if (m->delivered > m->read)
		put_receipt(s, number, m, ATTR_DELIVERED, m->delivered,
		    m->delivered_time);
	if (m->read != 0)
		put_receipt(s, number, m, ATTR_READ, m->read, m->read_time);
}
