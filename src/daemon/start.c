/* SPDX-License-Identifier: ISC */
/*
 * Starting: what needs files and rights first, then the database, then the
 * threads; clients are accepted last.
 */
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/daemon/auth_pool.h"
#include "src/daemon/clock.h"
#include "src/daemon/config.h"
#include "src/daemon/config_module.h"
#include "src/daemon/control.h"
#include "src/daemon/daemon_priv.h"
#include "src/daemon/listener.h"
#include "src/daemon/notify.h"
#include "src/daemon/readers.h"
#include "src/daemon/scribe.h"
#include "src/daemon/stop.h"
#include "src/daemon/switch.h"
#include "src/daemon/tls.h"
#include "src/daemon/worker_thread.h"
#include "src/server/server.h"
#include "src/store/bdb/bdb.h"

static void
store_log(void *arg, int level, const char *text)
{
	struct log *l = arg;
	char quoted[1024];

	log_line(l, UNIT_STORE, level, "store.says", "text=%s",
	    log_quote(quoted, sizeof(quoted), text));
}

int
start_outside(struct daemon *d, char *why, size_t whylen)
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
		    "user=%s why=\"not started as root: it stays who it is\"",
		    c->user);
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

static void
module_line(void *arg, int level, const char *event, const char *fields)
{
	log_text(arg, UNIT_MODULE, level, event, fields);
}

/* With all modules that there are; some are switched off. */
static struct server *
make_server(struct daemon *d, char *why, size_t whylen)
{
	const struct config *c = d->conf;
	const struct sc_module_def **defs;
	struct server *s;
	size_t i;

	defs = xcalloc(c->nmodules + 1, sizeof(*defs));
	for (i = 0; i < c->nmodules; i++)
		defs[i] = c->modules[i].def;
	s = server_create(&c->server, d->rt.store, defs, why, whylen);
	for (i = 0; s != NULL && i < c->nmodules; i++) {
		server_configure(s, defs[i], c->modules[i].conf);
		server_module_set(s, defs[i], c->modules[i].enabled);
	}
	if (s != NULL)
		server_log_to(s, module_line, &d->log);
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
	d->rt.failed = stop_failed;
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

	d->switches = switches_create(d);
	if (d->switches == NULL ||
	    listener_start(d->listener, d->loop, &d->rt) != 0 ||
	    control_start(d->control, d->loop, &d->rt, d) != 0) {
		snprintf(why, whylen, "the system has no memory left");
		return -1;
	}
	if (write_files(d, why, whylen) != 0)
		return -1;
	log_line(&d->log, UNIT_DAEMON, LOG_NOTICE, "ready",
	    "port=%u pid=%ld workers=%zu version=%s", port, (long)getpid(),
	    d->rt.nworkers, PACKAGE_VERSION);
	notify_ready("serving clients on port %u", port);
	watchdog_start(d);
	runtime_point(&d->rt, "doors-open");
	daemon_sweep(d);
	return 0;
}

int
start_inside(struct daemon *d, char *why, size_t whylen)
{
	if (open_store(d, why, whylen) != 0 ||
	    start_threads(d, why, whylen) != 0)
		return -1;
	return open_doors(d, why, whylen);
}
