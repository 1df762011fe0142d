/* SPDX-License-Identifier: ISC */
#include "src/server/poison.h"

#include <stdlib.h>

#include "src/chat/suspect.h"
#include "src/common/alloc.h"
#include "src/server/job_priv.h"
#include "src/server/worker_priv.h"

enum {
	NARROWER = 4,		/* each time; from a full window to 1 in five */
	POISON_WINDOW = 16	/* when it is over, to grow from */
};

struct poison_job {
	struct job job;
	uint64_t user;
	uint32_t device;
	struct suspect suspect;
};

static int
poison_run(struct job *j, struct tx *tx)
{
	struct poison_job *p = (struct poison_job *)j;

	return suspect_put(tx, p->user, p->device, &p->suspect);
}

static const struct job_type poison_type = {
    JOB_SCRIBE, poison_run, NULL, NULL};

static void
note(struct session *s, const struct suspect *suspect)
{
	struct poison_job *p = xcalloc(1, sizeof(*p));

	job_init(&p->job, &poison_type, &s->worker->server->domain);
	p->job.order = s->user;
	p->user = s->user;
	p->device = s->device;
	p->suspect = *suspect;
	worker_submit(s, &p->job);
}

void
poison_begin(struct session *s, const struct suspect *suspect)
{
	struct delivery *d = &s->delivery;

	if (suspect->window == 0)
		return;
	if (d->suspect == NULL)
		d->suspect = xcalloc(1, sizeof(*d->suspect));
	*d->suspect = *suspect;
	if (d->window > suspect->window)
		d->window = suspect->window;
}

bool
poison_is(const struct session *s, const struct chat_id *chat, uint64_t seq)
{
	const struct suspect *suspect = s->delivery.suspect;

	return suspect != NULL && suspect->tries >= SUSPECT_TRIES &&
	    suspect->seq == seq && chat_id_equal(&suspect->chat, chat);
}

bool
poison_survived(struct session *s)
{
	static const struct suspect none;
	struct delivery *d = &s->delivery;
	bool narrow;

	if (d->suspect == NULL)
		return false;
	narrow = d->suspect->window != SUSPECT_ONCE;
	free(d->suspect);
	d->suspect = NULL;
	if (d->window < POISON_WINDOW)
		d->window = POISON_WINDOW;
	delivery_limit(s);
	note(s, &none);
	return narrow;
}

/* Whether what was on the way when it ended is on the way yet. */
static bool
is_there_yet(struct suspect *suspect, const struct chat_id *chat, uint64_t seq,
    uint64_t n)
{
	if (suspect->tries > 0)
		return !chat_id_equal(&suspect->chat, chat) ||
		    suspect->seq > seq;
	suspect->left -= n < suspect->left ? (uint32_t)n : suspect->left;
	return suspect->left > 0;
}

bool
poison_acked(struct session *s, const struct chat_id *chat, uint64_t seq,
    uint64_t n)
{
	struct suspect *suspect = s->delivery.suspect;

	if (suspect == NULL)
		return true;
	if (is_there_yet(suspect, chat, seq, n))
		return suspect->window == SUSPECT_ONCE;
	(void)poison_survived(s);
	return true;
}

/* The only entry that is unacknowledged: it failed, once more or for the first
 * time. */
static void
count_try(const struct feeds *feeds, struct suspect *s)
{
	for (unsigned i = 0; i < feeds->n; i++) {
		const struct feed *f = &feeds->all[i];

		if (f->unacked == 0)
			continue;
		if (f->sent != s->seq || !chat_id_equal(&f->chat, &s->chat))
			s->tries = 0;
		s->chat = f->chat;
		s->seq = f->sent;
		s->tries++;
		return;
	}
}

void
poison_ended(struct session *s)
{
	const struct delivery *d = &s->delivery;
	struct suspect now = {.window = 0};

	/* it was alive with it; or it may not have been given all of it; or
	 * what it said of it has not been read */
	if (s->state != SESSION_LIVE || d->unacked == 0 || d->paused ||
	    s->held_until != 0 || session_unsent(s) > 0)
		return;
	if (d->suspect == NULL) {
		now.window = SUSPECT_ONCE;
	} else {
		now = *d->suspect;
		now.window = d->window < d->unacked ? d->window : d->unacked;
		now.window = now.window <= NARROWER ? 1
		    : now.window / NARROWER;
	}
	if (now.left < d->unacked)
		now.left = d->unacked;
	if (d->unacked == 1)
		count_try(&d->feeds, &now);
	session_logf(s, LEVEL_DEBUG, "session.suspect", "unacked=%u tries=%u",
	    d->unacked, now.tries);
	note(s, &now);
}
