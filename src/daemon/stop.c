/* SPDX-License-Identifier: ISC */
#include "src/daemon/stop.h"

#include <unistd.h>

#include "src/common/err.h"
#include "src/daemon/config.h"
#include "src/daemon/control.h"
#include "src/daemon/daemon.h"
#include "src/daemon/daemon_priv.h"
#include "src/daemon/loop.h"
#include "src/daemon/notify.h"
#include "src/daemon/worker_thread.h"

static void
worker_stopped(void *owner, const struct mail *m)
{
	struct daemon *d = owner;

	(void)m;
	d->running--;
}

void
stop_workers(struct daemon *d)
{
	struct mail done = {.fn = worker_stopped};
	size_t i;

	if (d->ending)
		return;
	d->ending = true;
	for (i = 0; i < d->running; i++)
		worker_thread_stop(d->rt.workers[i], &done);
}

/* What every way to stop begins with; false: it has been begun. */
static bool
begin(struct daemon *d)
{
	if (d->stopping)
		return false;
	d->stopping = true;
	log_line(&d->log, UNIT_DAEMON, LOG_INFO, "stopping", "%s", "");
	if (!d->restarting)
		notify_stopping(&d->outside);
	runtime_point(&d->rt, "stopping");
	alarm_set(d->deadline, d->conf->stop_ms);
	alarm_stop(d->sweep);
	watchdog_stop(d);
	control_stop(d->control);
	return true;
}

void
stop_begin(struct daemon *d)
{
	if (begin(d))
		drain_begin(d);
}

void
stop_too_late(void *arg)
{
	struct daemon *d = arg;

	log_line(&d->log, UNIT_DAEMON, LOG_ERR, "stop.late", "ms=%u",
	    d->conf->stop_ms);
	/* What was acknowledged is safe; the next start recovers. */
	_exit(1);
}

void
stop_at_once(struct daemon *d)
{
	log_line(&d->log, UNIT_DAEMON, LOG_WARNING, "stop.at-once", "%s", "");
	_exit(1);
}

static void
take_failure(void *owner, const struct mail *m)
{
	struct daemon *d = owner;

	if (d->status != 0)
		return;
	d->status = DAEMON_DATABASE;
	log_line(&d->log, UNIT_STORE, LOG_CRIT, "store.failed", "why=\"%s\" "
	    "do=\"free the disk or repair it, then start again: nothing that "
	    "was acknowledged is lost\"", sc_strerror(m->rc));
	/* Nothing can be done for anybody: no pace. */
	begin(d);
	drain_begin(d);
	stop_workers(d);
}

void
stop_failed(void *arg, int rc)
{
	struct daemon *d = arg;
	struct mail m = {.fn = take_failure, .rc = rc};

	mailbox_post(&d->box, &m);
}

void
stop_half_started(struct daemon *d)
{
	stop_workers(d);
	d->stopping = true;
	if (d->running > 0)
		loop_run(d->loop);
}
