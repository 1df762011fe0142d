/* SPDX-License-Identifier: ISC */
#include "src/daemon/daemon.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/auth_pool.h"
#include "src/daemon/clock.h"
#include "src/daemon/config.h"
#include "src/daemon/control.h"
#include "src/daemon/crowd.h"
#include "src/daemon/daemon_priv.h"
#include "src/daemon/doors.h"
#include "src/daemon/files.h"
#include "src/daemon/handover.h"
#include "src/daemon/listener.h"
#include "src/daemon/loop.h"
#include "src/daemon/outside.h"
#include "src/daemon/readers.h"
#include "src/daemon/reload.h"
#include "src/daemon/scribe.h"
#include "src/daemon/stop.h"
#include "src/daemon/switch.h"
#include "src/daemon/texts.h"
#include "src/daemon/tls_context.h"
#include "src/daemon/worker_thread.h"
#include "src/server/job.h"
#include "src/server/server.h"
#include "src/store/store.h"

const char *const daemon_points[] = {
	/* starting */
	"store-opened", "store-recovered", "server-started", "doors-open",
	/* every batch */
	"batch-run", "batch-durable", "batch-released",
	/* each piece of an account that is removed, and at the start */
	"account-piece",
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
	else if (d->stopping && (signo == SIGINT || signo == SIGUSR1))
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
	/* With a parent, what the terminal says is for that one; it has SIGUSR1
	 * for what is a second SIGINT. */
	const int signals[] = {SIGTERM, SIGHUP,
		d->outside.line < 0 ? SIGINT : SIGUSR1};
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
	if (outside_watch(&d->outside, d->loop) != 0)
		return -1;
	return drain_init(d) == 0 && watchdog_init(d) == 0 ? 0 : -1;
}

/* ---- life ------------------------------------------------------------ */

/* Nothing is lost if that fails, but somebody must look at the disk. */
static void
close_store(struct daemon *d)
{
	int rc = store_close(d->rt.store);

	if (rc == 0 || d->status != 0)
		return;
	d->status = DAEMON_DATABASE;
	log_line(&d->log, UNIT_STORE, LOG_CRIT, "store.failed", "why=\"%s\" "
	    "do=\"free the disk or repair it, then start again: nothing that "
	    "was acknowledged is lost\"", sc_strerror(rc));
}

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
	crowd_destroy(rt->crowd);
	grace_fini(&d->grace);
	switches_destroy(d->switches);
	if (rt->server != NULL)
		server_destroy(rt->server);
	close_store(d);
	runtime_point(rt, "store-closed");
	listener_destroy(d->listener);
	if (d->loop != NULL) {
		mailbox_deliver(&d->box, d);
		mailbox_fini(&d->box);
	}
	if (d->status == 0 && !d->restarting)
		outside_ending(&d->outside);
	/* Last: whoever waits for its end sees that all is done. */
	control_destroy(d->control);
	outside_unwatch(&d->outside);
	loop_destroy(d->loop);
	SSL_CTX_free(rt->tls);
	if (rt->smaps >= 0)
		close(rt->smaps);
	drain_fini(d);
	config_free(d->reloaded);
}

int
daemon_check(const char *file, char *why, size_t whylen)
{
	SSL_CTX *tls = NULL;
	struct slice text;
	struct config c;
	struct texts t;
	uid_t uid;
	gid_t gid;

	if (texts_read_file(&t, file, why, whylen) != 0)
		return -1;
	text = buf_slice(&t.conf);
	if (config_parse(&c, file, (const char *)text.p, text.len, why,
	    whylen) == 0) {
		if (files_find_user(&c, &uid, &gid, why, whylen) == 0 &&
		    texts_read_named(&t, &c, why, whylen) == 0)
			tls = tls_context_create(&c, &t, why, whylen);
		config_fini(&c);
	}
	texts_fini(&t);
	if (tls == NULL)
		return -1;
	SSL_CTX_free(tls);
	return 0;
}

static struct daemon *
create(const struct config *conf)
{
	struct daemon *d = xcalloc(1, sizeof(*d));

	if (log_init(&d->log) != 0) {
		free(d);
		return NULL;
	}
	d->conf = conf;
	d->rt.conf = conf;
	d->rt.log = &d->log;
	d->rt.grace = &d->grace;
	d->rt.smaps = -1;
	atomic_init(&d->rt.iterations, conf->iterations);
	atomic_init(&d->rt.guesses, conf->guesses);
	atomic_init(&d->rt.guess_ms, conf->guess_ms);
	grace_init(&d->grace, GRACE_READERS + conf->readers);
	return d;
}

static int
work(struct daemon *d, struct handover *h, char *why, size_t whylen)
{
	int status;

	if (start_outside(d, h, why, whylen) != 0 ||
	    make_loop(d, why, whylen) != 0 ||
	    start_inside(d, why, whylen) != 0) {
		stop_half_started(d);
		d->status = d->status == 0 ? -1 : -d->status;
		outside_failed(&d->outside, why);
	} else {
		loop_run(d->loop);
	}
	status = d->status;
	daemon_fini(d);
	if (status >= 0)
		log_line(&d->log, UNIT_DAEMON, LOG_NOTICE, "stopped",
		    "status=%d", status);
	outside_fini(&d->outside);
	log_fini(&d->log);
	free(d);
	return status;
}

int
daemon_work(const struct config *conf, struct handover *h, int line,
    char *why, size_t whylen)
{
	struct daemon *d = create(conf);

	if (d == NULL) {
		snprintf(why, whylen, "the system has no descriptors left");
		return -1;
	}
	outside_init(&d->outside, line, &d->log, NULL, NULL);
	return work(d, h, why, whylen);
}

/* What a parent would hand over. */
static int
open_alone(struct handover *h, struct doors *doors,
    const struct config *conf, char *why, size_t whylen)
{
	int log = log_open(&conf->log, why, whylen), rc;

	if (log < 0 ||
	    files_make_directory(conf->store_dir, why, whylen) != 0 ||
	    doors_open(doors, conf, why, whylen) != 0 ||
	    texts_read_named(&h->texts, conf, why, whylen) != 0) {
		rc = -1;
	} else {
		rc = handover_copy(h, doors, log);
		snprintf(why, whylen, "the system has no descriptors left");
	}
	if (log >= 0)
		close(log);
	return rc;
}

int
daemon_run(const struct config *conf, char *why, size_t whylen)
{
	struct daemon *d = create(conf);
	struct handover h;
	struct doors doors;
	int status = -1;

	if (d == NULL) {
		snprintf(why, whylen, "the system has no descriptors left");
		return -1;
	}
	handover_init(&h);
	doors_init(&doors);
	outside_init(&d->outside, -1, &d->log, &doors, conf->file);
	if (open_alone(&h, &doors, conf, why, whylen) == 0) {
		status = work(d, &h, why, whylen);
	} else {
		outside_fini(&d->outside);
		log_fini(&d->log);
		free(d);
	}
	handover_fini(&h);
	doors_close(&doors);
	return status < 0 ? -1 : status > 0;
}
