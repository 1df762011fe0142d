/* SPDX-License-Identifier: ISC */
#include "src/daemon/daemon.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/auth_pool.h"
#include "src/daemon/clock.h"
#include "src/daemon/config.h"
#include "src/daemon/config_module.h"
#include "src/daemon/control.h"
#include "src/daemon/files.h"
#include "src/daemon/listener.h"
#include "src/daemon/log.h"
#include "src/daemon/loop.h"
#include "src/daemon/mailbox.h"
#include "src/daemon/readers.h"
#include "src/daemon/runtime.h"
#include "src/daemon/scribe.h"
#include "src/daemon/tls.h"
#include "src/daemon/worker_thread.h"
#include "src/server/job.h"
#include "src/server/server.h"
#include "src/store/bdb/bdb.h"

const char *const daemon_points[] = {
	/* starting */
	"store-opened", "store-recovered", "server-started", "doors-open",
	/* every batch */
	"batch-run", "batch-durable", "batch-released",
	/* stopping */
	"stopping", "workers-stopped", "scribe-stopped", "store-closed", NULL};

struct daemon {
	const struct config *conf;
	struct log log;
	struct runtime rt;
	struct loop *loop;
	struct mailbox box;
	struct listener *listener;
	struct control *control;
	struct alarm *sweep, *deadline;
	size_t running;		/* workers */
	struct number_file pid_file, port_file;
	bool stopping;
	int status;
};

/* ---- stopping -------------------------------------------------------- */

static void
worker_stopped(void *owner, const struct mail *m)
{
	struct daemon *d = owner;

	(void)m;
	d->running--;
}

static void
on_deadline(void *arg)
{
	struct daemon *d = arg;

	log_line(&d->log, UNIT_DAEMON, LOG_ERR, "stop.late", "ms=%u",
	    d->conf->stop_ms);
	/* What was acknowledged is safe; the next start recovers. */
	_exit(1);
}

static void
begin_stop(void *arg)
{
	struct daemon *d = arg;
	struct mail done = {.fn = worker_stopped};
	size_t i;

	if (d->stopping)
		return;
	d->stopping = true;
	log_line(&d->log, UNIT_DAEMON, LOG_INFO, "stopping", "%s", "");
	runtime_point(&d->rt, "stopping");
	alarm_set(d->deadline, d->conf->stop_ms);
	alarm_stop(d->sweep);
	listener_stop(d->listener);
	control_stop(d->control);
	for (i = 0; i < d->rt.nworkers; i++)
		worker_thread_stop(d->rt.workers[i], &done);
}

static void
on_signal(void *arg, int signo)
{
	struct daemon *d = arg;

	if (signo == SIGHUP) {
		if (log_reopen(&d->log) != 0)
			log_line(&d->log, UNIT_DAEMON, LOG_WARNING,
			    "log.kept", "why=\"%s\"", strerror(errno));
		return;
	}
	if (d->stopping && signo == SIGINT)
		_exit(1);
	begin_stop(d);
}

static void
take_failure(void *owner, const struct mail *m)
{
	struct daemon *d = owner;

	if (d->status != 0)
		return;
	d->status = 1;
	log_line(&d->log, UNIT_STORE, LOG_CRIT, "store.failed", "why=\"%s\" "
	    "do=\"free the disk or repair it, then start again: nothing that "
	    "was acknowledged is lost\"", sc_strerror(m->rc));
	begin_stop(d);
}

static void
on_failed(void *arg, int rc)
{
	struct daemon *d = arg;
	struct mail m = {.fn = take_failure, .rc = rc};

	mailbox_post(&d->box, &m);
}

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

static void
on_sweep(void *arg)
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
	d->sweep = alarm_create(d->loop, on_sweep, d);
	d->deadline = alarm_create(d->loop, on_deadline, d);
	return d->sweep == NULL || d->deadline == NULL ? -1 : 0;
}

/* ---- starting -------------------------------------------------------- */

static void
store_log(void *arg, int level, const char *text)
{
	struct log *l = arg;
	char quoted[1024];

	log_line(l, UNIT_STORE, level, "store.says", "text=%s",
	    log_quote(quoted, sizeof(quoted), text));
}

static int
open_outside(struct daemon *d, char *why, size_t whylen)
{
	const struct config *c = d->conf;
	struct log_next next;

	if (log_prepare(&next, &c->log, why, whylen) != 0)
		return -1;
	log_switch_take(&d->log, &next);
	files_raise_limit();
	d->rt.tls = tls_context_create(c, why, whylen);
	if (d->rt.tls == NULL)
		return -1;
	d->control = control_open(c->control, why, whylen);
	if (d->control == NULL)
		return -1;
	d->listener = listener_open(c, why, whylen);
	if (d->listener == NULL ||
	    files_make_directory(c->store_dir, why, whylen) != 0 ||
	    number_file_open(&d->pid_file, c->pid_file,
	    "<process><pid-file>", why, whylen) != 0 ||
	    number_file_open(&d->port_file, c->port_file,
	    "<listen><port-file>", why, whylen) != 0)
		return -1;
	if (c->user != NULL && geteuid() != 0)
		log_line(&d->log, UNIT_DAEMON, LOG_WARNING, "user.kept",
		    "user=%s why=\"not started as root: it stays who it is\"", c->user);
	return files_become_user(c, why, whylen);
}

/* Once the database is ours: until then they may be another server's. */
static int
write_files(struct daemon *d, char *why, size_t whylen)
{
	if (number_file_write(&d->pid_file, (unsigned long)getpid(), why,
	    whylen) != 0)
		return -1;
	return number_file_write(&d->port_file, listener_port(d->listener),
	    why, whylen);
}

/* With the modules that are not switched off. */
static struct server *
make_server(struct daemon *d, char *why, size_t whylen)
{
	const struct config *c = d->conf;
	const struct sc_module_def **defs;
	struct server *s;
	size_t i, n = 0;

	defs = xcalloc(c->nmodules + 1, sizeof(*defs));
	for (i = 0; i < c->nmodules; i++)
		if (c->modules[i].enabled)
			defs[n++] = c->modules[i].def;
	s = server_create(&c->server, d->rt.store, defs, why, whylen);
	for (i = 0; s != NULL && i < c->nmodules; i++)
		if (c->modules[i].enabled)
			server_configure(s, c->modules[i].def,
			    c->modules[i].conf);
	free(defs);
	return s;
}

static int
open_store(struct daemon *d, char *why, size_t whylen)
{
	struct bdb_conf conf = d->conf->store;
	int rc;

	conf.log = store_log;
	conf.log_arg = &d->log;
	conf.point = d->conf->point;
	conf.point_arg = d->conf->point_arg;
	d->rt.store = bdb_open(&conf, why, whylen);
	if (d->rt.store == NULL)
		return -1;
	runtime_point(&d->rt, "store-opened");
	d->rt.server = make_server(d, why, whylen);
	if (d->rt.server == NULL ||
	    store_start(d->rt.store, why, whylen) != 0)
		return -1;
	runtime_point(&d->rt, "store-recovered");
	rc = server_start(d->rt.server, clock_wall(), runtime_random, NULL,
	    why, whylen);
	runtime_point(&d->rt, "server-started");
	return rc == 0 ? 0 : -1;
}

static size_t
count_cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return (size_t)CPU_COUNT(&set);
}

static int
start_workers(struct daemon *d)
{
	size_t n = d->conf->workers, i;

	if (n == 0)
		n = count_cores();
	/* Few heaps: what one thread frees another can use. */
	mallopt(M_ARENA_MAX, (int)n + 1);
	d->rt.workers = xcalloc(n, sizeof(*d->rt.workers));
	for (; d->rt.nworkers < n; d->rt.nworkers++) {
		i = d->rt.nworkers;
		d->rt.workers[i] = worker_thread_create(&d->rt);
		if (d->rt.workers[i] == NULL)
			return -1;
	}
	for (; d->running < n; d->running++)
		if (worker_thread_start(d->rt.workers[d->running]) != 0)
			return -1;
	return 0;
}

static int
start_threads(struct daemon *d, char *why, size_t whylen)
{
	d->rt.failed = on_failed;
	d->rt.failed_arg = d;
	d->rt.scribe = scribe_create(&d->rt);
	if (d->rt.scribe != NULL)
		d->rt.readers = readers_create(&d->rt);
	if (d->rt.readers != NULL)
		d->rt.auth = auth_pool_create(&d->rt);
	if (d->rt.auth != NULL && start_workers(d) == 0)
		return 0;
	snprintf(why, whylen, "the system has no threads or descriptors left: "
	    "raise its limits, or lower <threads>");
	return -1;
}

static int
open_doors(struct daemon *d, char *why, size_t whylen)
{
	unsigned port = listener_port(d->listener);

	if (listener_start(d->listener, d->loop, &d->rt) != 0 ||
	    control_start(d->control, d->loop, &d->rt, begin_stop, d) != 0) {
		snprintf(why, whylen, "the system has no memory left");
		return -1;
	}
	if (write_files(d, why, whylen) != 0)
		return -1;
	log_line(&d->log, UNIT_DAEMON, LOG_NOTICE, "ready",
	    "port=%u pid=%ld workers=%zu version=%s", port, (long)getpid(),
	    d->rt.nworkers,
	    PACKAGE_VERSION);
	runtime_point(&d->rt, "doors-open");
	on_sweep(d);
	return 0;
}

/* ---- life ------------------------------------------------------------ */

/* After a start that failed half way: the workers that run. */
static void
stop_workers(struct daemon *d)
{
	struct mail done = {.fn = worker_stopped};
	size_t i;

	for (i = 0; i < d->running; i++)
		worker_thread_stop(d->rt.workers[i], &done);
	d->stopping = true;
	if (d->running > 0)
		loop_run(d->loop);
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
	d->pid_file.fd = -1;
	d->port_file.fd = -1;
	if (open_outside(d, why, whylen) != 0 ||
	    make_loop(d, why, whylen) != 0 ||
	    open_store(d, why, whylen) != 0 ||
	    start_threads(d, why, whylen) != 0 ||
	    open_doors(d, why, whylen) != 0) {
		stop_workers(d);
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
