/* SPDX-License-Identifier: ISC */
#include "src/daemon/watchdog.h"

#include "src/daemon/daemon_priv.h"
#include "src/daemon/loop.h"
#include "src/daemon/notify.h"
#include "src/daemon/worker_thread.h"

static void
take_answer(void *owner, const struct mail *m)
{
	struct daemon *d = owner;
	struct watchdog *w = &d->watchdog;

	(void)m;
	if (--w->waiting > 0 || d->stopping)
		return;
	notify_alive(&d->outside);
	alarm_set(w->alarm, w->every_ms);
}

static void
ask(void *arg)
{
	struct mail done = {.fn = take_answer};
	struct daemon *d = arg;

	d->watchdog.waiting = d->rt.nworkers;
	for (size_t i = 0; i < d->rt.nworkers; i++)
		worker_thread_ping(d->rt.workers[i], &done);
}

int
watchdog_init(struct daemon *d)
{
	d->watchdog.alarm = alarm_create(d->loop, ask, d);
	return d->watchdog.alarm == NULL ? -1 : 0;
}

void
watchdog_start(struct daemon *d)
{
	/* Twice as often as asked for. */
	d->watchdog.every_ms = d->alive_ms / 2;
	if (d->watchdog.every_ms > 0)
		ask(d);
}

void
watchdog_stop(struct daemon *d)
{
	alarm_stop(d->watchdog.alarm);
}
