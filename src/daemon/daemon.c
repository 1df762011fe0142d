/* SPDX-License-Identifier: ISC */
#include "src/daemon/daemon.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/common/alloc.h"
#include "src/daemon/auth_pool.h"
#include "src/daemon/clock.h"
#include "src/daemon/config.h"
#include "src/daemon/control.h"
#include "src/daemon/daemon_priv.h"
#include "src/daemon/listener.h"
#include "src/daemon/loop.h"
#include "src/daemon/notify.h"
#include "src/daemon/readers.h"
#include "src/daemon/reload.h"
#include "src/daemon/scribe.h"
#include "src/daemon/stop.h"
#include "src/daemon/switch.h"
#include "src/daemon/tls.h"
#include "src/daemon/worker_thread.h"
#include "src/server/job.h"
#include "src/server/server.h"
#include "src/store/store.h"

const char *const daemon_points[] = {
	/* starting */
	"store-opened", "store-recovered", "server-started", "doors-open",
	/* every batch */
	"batch-run", "batch-durable", "batch-released",
	/* stopping */
	"stopping", "workers-stopped", "scribe-stopped", "store-closed", NULL};

/* ---- the main loop --------------------------------------------------- */

static void
on_wake(void *arg)
{
	struct daemon *d = arg;

	mailbox_deliver(&d->box, d);
}

static void
on_turn_end(void *arg)
{
	struct daemon *d = arg;

	if (d->control != NULL)
		control_turn_end(d->control);
	if (d->stopping && d->running == 0 && control_busy(d->control) == 0)
		loop_stop(d->loop);
}

void
daemon_sweep(void *arg)
{
	struct daemon *d = arg;
	int64_t now = clock_mono(), at = INT64_MAX;
	struct job *j;

	while ((j = server_sweep(d->rt.server, now, clock_wall(), &at)) != NULL)
		scribe_push(d->rt.scribe, &j, 1);
	if (at != INT64_MAX)
		alarm_set(d->sweep, at - now);
	else if (server_sweeps_stopped(d->rt.server))
		log_line(&d->log, UNIT_DAEMON, LOG_WARNING, "sweeps.stopped",
		    "why=\"wall and monotonic clock have drifted apart: "
		    "nothing is deleted any more\" do=\"see that the time is "
		    "right, then start again\"");
}

static void
on_signal(void *arg, int signo)
{
	struct daemon *d = arg;

	if (signo == SIGHUP)
		reload_by_signal(d);
	else if (d->stopping && signo == SIGINT)
		stop_at_once(d);
	else
		stop_begin(d);
}

static int
make_loop(struct daemon *d, char *why, size_t whylen)
{
	const struct loop_hooks hooks = {
		.turn_end = on_turn_end,
		.wake = on_wake,
		.arg = d,
	};
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	size_t i;

	snprintf(why, whylen, "the system has no descriptors or memory left");
	d->loop = loop_create(&hooks);
	if (d->loop == NULL)
		return -1;
	mailbox_init(&d->box, d->loop);
	d->rt.main = &d->box;
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (loop_signal(d->loop, signals[i], on_signal, d) != 0)
			return -1;
	d->sweep = alarm_create(d->loop, daemon_sweep, d);
	d->deadline = alarm_create(d->loop, stop_too_late, d);
	if (d->sweep == NULL || d->deadline == NULL)
		return -1;
	return drain_init(d) == 0 && watchdog_init(d) == 0 ? 0 : -1;
}

/* ---- life ------------------------------------------------------------ */

static void
daemon_fini(struct daemon *d)
{
	struct runtime *rt = &d->rt;
	size_t i;

	runtime_point(rt, "workers-stopped");
	readers_destroy(rt->readers);
	auth_pool_destroy(rt->auth);
	scribe_destroy(rt->scribe);
	runtime_point(rt, "scribe-stopped");
	/* The last jobs of the main loop; their answers go nowhere. */
	while (d->loop != NULL && mailbox_deliver(&d->box, d) > 0)
		;
	for (i = 0; i < rt->nworkers; i++)
		worker_thread_destroy(rt->workers[i]);
	free(rt->workers);
	grace_fini(&d->grace);
	switches_destroy(d->switches);
	if (rt->server != NULL)
		server_destroy(rt->server);
	if (rt->store != NULL)
		store_close(rt->store);
	runtime_point(rt, "store-closed");
	listener_destroy(d->listener);
	if (d->loop != NULL) {
		mailbox_deliver(&d->box, d);
		mailbox_fini(&d->box);
	}
	number_file_close(&d->pid_file);
	number_file_close(&d->port_file);
	/* Last: whoever waits for its end sees that all is done. */
	control_destroy(d->control);
	loop_destroy(d->loop);
	SSL_CTX_free(rt->tls);
	drain_fini(d);
	config_free(d->reloaded);
}

int
daemon_check(const struct config *conf, char *why, size_t whylen)
{
	SSL_CTX *tls = tls_context_create(conf, why, whylen);

	if (tls == NULL)
		return -1;
	SSL_CTX_free(tls);
	return 0;
}

int
daemon_run(const struct config *conf, char *why, size_t whylen)
{
	struct daemon *d = xcalloc(1, sizeof(*d));
	int status;

	if (log_init(&d->log) != 0) {
		snprintf(why, whylen, "the system has no descriptors left");
		free(d);
		return -1;
	}
	d->conf = conf;
	d->rt.conf = conf;
	d->rt.log = &d->log;
	d->rt.grace = &d->grace;
	atomic_init(&d->rt.iterations, conf->iterations);
	atomic_init(&d->rt.guesses, conf->guesses);
	atomic_init(&d->rt.guess_ms, conf->guess_ms);
	grace_init(&d->grace, GRACE_READERS + conf->readers);
	d->pid_file.fd = -1;
	d->port_file.fd = -1;
	if (start_outside(d, why, whylen) != 0 ||
	    make_loop(d, why, whylen) != 0 ||
	    start_inside(d, why, whylen) != 0) {
		stop_half_started(d);
		d->status = -1;
	} else {
		loop_run(d->loop);
	}
	status = d->status;
	daemon_fini(d);
	if (status >= 0)
		log_line(&d->log, UNIT_DAEMON, LOG_NOTICE, "stopped",
		    "status=%d", status);
	log_fini(&d->log);
	free(d);
	return status;
}
