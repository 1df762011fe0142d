/* SPDX-License-Identifier: ISC */
/* Who is online: the owner's part. */
#include "presence.h"

#include <stdlib.h>
#include <string.h>

#include <stonechat/row.h>

/*
 * A user who has gone is kept for a while, so that a look at the table that
 * was begun before his row was written does not make him older.
 */
enum { FORGET_MS = 60000, ROWS_MAX = 512 };

/* What a worker has of a user. */
struct at {
	unsigned worker;
	unsigned show;		/* SHOW_OFFLINE: nothing */
	bool watches;
};

struct online {
	struct node node;
	unsigned show;		/* as it is told */
	int64_t left;		/* UTC, of the last end; 0: not known */
	int64_t grace;		/* mono: until then he may come back; 0: no */
	int64_t forget;		/* mono; 0: no */
	struct at *at;
	unsigned nat;
};

/* ---- records ---- */

static struct online *
find(struct presence_worker *p, uint64_t user)
{
	return (struct online *)map_get(&p->online, user);
}

static struct online *
find_or_make(struct presence_worker *p, uint64_t user)
{
	struct online *o = find(p, user);

	if (o != NULL)
		return o;
	o = calloc(1, sizeof(*o));
	if (o == NULL)
		return NULL;
	o->show = SHOW_OFFLINE;
	if (map_add(&p->online, &o->node, user))
		return o;
	free(o);
	return NULL;
}

static struct at *
at_of(struct online *o, unsigned worker)
{
	struct at *at;

	for (unsigned i = 0; i < o->nat; i++)
		if (o->at[i].worker == worker)
			return &o->at[i];
	at = realloc(o->at, (o->nat + 1) * sizeof(*at));
	if (at == NULL)
		return NULL;
	o->at = at;
	at += o->nat++;
	*at = (struct at){.worker = worker, .show = SHOW_OFFLINE};
	return at;
}

/* The best of what he is anywhere. */
static unsigned
best(const struct online *o)
{
	unsigned show = SHOW_OFFLINE;

	for (unsigned i = 0; i < o->nat; i++)
		if (o->at[i].show < show)
			show = o->at[i].show;
	return show;
}

static bool
is_watched(const struct online *o)
{
	for (unsigned i = 0; i < o->nat; i++)
		if (o->at[i].watches)
			return true;
	return false;
}

static void
drop(struct presence_worker *p, struct online *o)
{
	if (best(o) != SHOW_OFFLINE || is_watched(o) || o->grace != 0 ||
	    o->forget != 0)
		return;
	map_remove(&p->online, &o->node);
	free(o->at);
	free(o);
}

/* ---- times ---- */

static bool
due_add(struct due_list *l, uint64_t user, int64_t at)
{
	struct due *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return false;
	d->user = user;
	d->at = at;
	if (l->first == NULL)
		l->last = &l->first;
	*l->last = d;
	l->last = &d->next;
	return true;
}

/* The first that is due at NOW, or NULL; to be freed. */
static struct due *
due_take(struct due_list *l, int64_t now)
{
	struct due *d = l->first;

	if (d == NULL || d->at > now)
		return NULL;
	l->first = d->next;
	return d;
}

static void
due_free(struct due_list *l)
{
	struct due *d;

	while ((d = due_take(l, INT64_MAX)) != NULL)
		free(d);
}

/* ---- telling ---- */

static void
tell_one(struct sc_module *m, struct worker *w, const struct online *o,
    unsigned to)
{
	struct message state = {.type = STATE, .user = o->node.key,
	    .show = o->show, .time = o->left};

	presence_send(m, w, to, &state);
}

static void
tell(struct sc_module *m, struct worker *w, const struct online *o)
{
	for (unsigned i = 0; i < o->nat; i++)
		if (o->at[i].watches)
			tell_one(m, w, o, o->at[i].worker);
}

static void
write_later(struct sc_module *m, struct worker *w, const struct online *o)
{
	const struct presence_conf *conf = scm_conf(m);
	struct presence_worker *p = scm_worker_state(w, m);
	struct seen_last last = {o->node.key, o->left};

	if (!growing_add(&p->written, &last, sizeof(last)))
		return;
	if (p->write_at == 0)
		p->write_at = scm_worker_mono(w) + conf->write_ms;
	scm_wake(m, w, p->write_at);
}

/* He is gone, and not only for a moment. */
static void
gone(struct sc_module *m, struct worker *w, struct online *o)
{
	struct presence_worker *p = scm_worker_state(w, m);

	o->grace = 0;
	o->show = SHOW_OFFLINE;
	tell(m, w, o);
	write_later(m, w, o);
	o->forget = scm_worker_mono(w) + FORGET_MS;
	if (!due_add(&p->forget, o->node.key, o->forget))
		o->forget = 0;
	else
		scm_wake(m, w, p->forget.first->at);
}

static void
leaves(struct sc_module *m, struct worker *w, struct online *o, bool at_once)
{
	const struct presence_conf *conf = scm_conf(m);
	struct presence_worker *p = scm_worker_state(w, m);

	o->grace = scm_worker_mono(w) + conf->grace_ms;
	if (at_once || conf->grace_ms == 0 ||
	    !due_add(&p->grace, o->node.key, o->grace))
		gone(m, w, o);
	else
		scm_wake(m, w, p->grace.first->at);
}

void
online_stated(struct sc_module *m, struct worker *w,
    const struct message *message)
{
	struct presence_worker *p = scm_worker_state(w, m);
	struct online *o = find_or_make(p, message->user);
	struct at *at = o == NULL ? NULL : at_of(o, message->worker);
	unsigned show;

	if (at == NULL)
		return;
	at->show = message->show;
	show = best(o);
	if (show != SHOW_OFFLINE) {
		o->grace = o->forget = 0;
		if (show == o->show)
			return;
		o->show = show;
		tell(m, w, o);
	} else if (o->show != SHOW_OFFLINE &&
	    (o->grace == 0 || message->at_once)) {
		o->left = message->time;
		leaves(m, w, o, message->at_once);
	}
	drop(p, o);
}

void
online_watched(struct sc_module *m, struct worker *w,
    const struct message *message)
{
	struct presence_worker *p = scm_worker_state(w, m);
	struct online *o = find_or_make(p, message->user);
	struct at *at = o == NULL ? NULL : at_of(o, message->worker);

	if (at == NULL)
		return;
	at->watches = message->on;
	if (message->on)
		tell_one(m, w, o, message->worker);
	else
		drop(p, o);
}

void
online_asked(struct sc_module *m, struct worker *w,
    const struct message *question)
{
	const struct online *o = find(scm_worker_state(w, m), question->user);
	struct message answer = *question;

	answer.type = ANSWER;
	answer.show = o == NULL ? SHOW_OFFLINE : o->show;
	if (o != NULL && o->left > answer.time)
		answer.time = o->left;
	presence_send(m, w, question->worker, &answer);
}

void
online_show(struct elem_buf *e, unsigned show, int64_t time, unsigned may)
{
	if ((may & MAY_ONLINE) == 0)
		show = SHOW_OFFLINE;
	elem_add_enum(e, ATTR_SHOW, show);
	if (show == SHOW_OFFLINE && (may & MAY_LAST) != 0 && time != 0)
		elem_add_time(e, ATTR_TIME, time);
}

/* ---- last seen ---- */

static int
write_row(struct sc_module *m, struct tx *tx, const struct seen_last *s)
{
	struct row_key key = {.len = 0};
	struct row_out row;
	struct sc_user u;
	uint8_t b[16];
	int rc = scm_user_get(tx, s->user, &u);

	if (rc == SC_ENOTFOUND || (rc == 0 && u.leaving))
		return 0;	/* removed meanwhile */
	if (rc != 0)
		return rc;
	row_key_u64(&key, s->user);
	row_begin(&row, b, sizeof(b), 1);
	row_int(&row, s->time);
	return scm_put(tx, m, TABLE_LAST, 0, row_key_slice(&key),
	    row_slice(&row));
}

static int
write_run(struct sc_module *m, struct tx *tx, struct sc_job *j)
{
	const struct seen_last *all = j->data;
	int rc = 0;

	for (size_t i = 0; i < j->size / sizeof(*all) && rc == 0; i++)
		rc = write_row(m, tx, &all[i]);
	return rc;
}

static void
write_done(struct sc_module *m, struct worker *w, struct session *s,
    struct sc_job *j, int rc)
{
	(void)w, (void)s;
	if (rc == 0)
		scm_count(m, STAT_WRITTEN, j->size / sizeof(struct seen_last));
}

static const struct sc_job_def write_job = {true, write_run, write_done};

static void
write_all(struct sc_module *m, struct worker *w)
{
	struct presence_worker *p = scm_worker_state(w, m);
	const struct seen_last *all = p->written.v;

	p->write_at = 0;
	for (size_t i = 0; i < p->written.n; i += ROWS_MAX) {
		size_t n = p->written.n - i < ROWS_MAX ? p->written.n - i
						       : ROWS_MAX;

		(void)scm_start(m, w, NULL, &write_job, NULL, all + i,
		    n * sizeof(*all));
	}
	free(p->written.v);
	memset(&p->written, 0, sizeof(p->written));
}

/* ---- the hooks ---- */

void
online_tick(struct sc_module *m, struct worker *w)
{
	struct presence_worker *p = scm_worker_state(w, m);
	int64_t now = scm_worker_mono(w);
	struct online *o;
	struct due *d;

	while ((d = due_take(&p->grace, now)) != NULL) {
		o = find(p, d->user);
		if (o != NULL && o->grace == d->at)
			gone(m, w, o);
		free(d);
	}
	while ((d = due_take(&p->forget, now)) != NULL) {
		o = find(p, d->user);
		if (o != NULL && o->forget == d->at) {
			o->forget = 0;
			drop(p, o);
		}
		free(d);
	}
	if (p->write_at != 0 && p->write_at <= now)
		write_all(m, w);
	if (p->grace.first != NULL)
		scm_wake(m, w, p->grace.first->at);
	if (p->forget.first != NULL)
		scm_wake(m, w, p->forget.first->at);
	if (p->write_at != 0)
		scm_wake(m, w, p->write_at);
}

/* Who is there now is seen for the last time. */
static void
see_all(struct presence_worker *p, int64_t wall)
{
	for (size_t i = 0; i < p->online.nbuckets; i++) {
		struct node *n = p->online.buckets[i];

		for (; n != NULL; n = n->next) {
			struct online *o = (struct online *)n;
			struct seen_last last = {n->key,
			    o->grace != 0 ? o->left : wall};

			if (o->show != SHOW_OFFLINE)
				(void)growing_add(&p->written, &last,
				    sizeof(last));
			free(o->at);
			o->at = NULL;
		}
	}
}

void
online_stop(struct sc_module *m, struct worker *w)
{
	struct presence_worker *p = scm_worker_state(w, m);

	see_all(p, scm_worker_wall(w));
	write_all(m, w);
	map_free(&p->online);
	due_free(&p->grace);
	due_free(&p->forget);
}
