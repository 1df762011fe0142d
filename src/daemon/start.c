/* SPDX-License-Identifier: ISC */
/*
 * Starting: what was handed over first, then the confinement, then the
 * database, then the threads; clients are accepted last.
 */
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/daemon/auth_pool.h"
#include "src/daemon/belongs.h"
#include "src/daemon/clock.h"
#include "src/daemon/config.h"
#include "src/daemon/config_module.h"
#include "src/daemon/confine.h"
#include "src/daemon/control.h"
#include "src/daemon/crowd.h"
#include "src/daemon/daemon.h"
#include "src/daemon/daemon_priv.h"
#include "src/daemon/files.h"
#include "src/daemon/handover.h"
#include "src/daemon/listener.h"
#include "src/daemon/notify.h"
#include "src/daemon/readers.h"
#include "src/daemon/removal.h"
#include "src/daemon/scribe.h"
#include "src/daemon/stop.h"
#include "src/daemon/switch.h"
#include "src/daemon/texts.h"
#include "src/daemon/tls_context.h"
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

/* The last that needs rights; what follows has only its directory. */
static int
confine(struct daemon *d, char *why, size_t whylen)
{
	const struct config *c = d->conf;
	uid_t uid;
	gid_t gid;

	if (files_find_user(c, &uid, &gid, why, whylen) != 0)
		return -1;
	if (c->user != NULL && geteuid() != 0)
		log_line(&d->log, UNIT_DAEMON, LOG_WARNING, "user.kept",
		    "user=%s why=\"not started as root: it stays who it is\"",
		    c->user);
	if (uid == (uid_t)-1)
		log_line(&d->log, UNIT_DAEMON, LOG_WARNING, "jail.none",
		    "why=\"%s: the process can open whatever its user can\"",
		    geteuid() == 0 ? "there is no <process><user>" :
		    "not started as root");
	else if (files_give_away(c, uid, gid, why, whylen) != 0)
		return -1;
	d->jailed = uid != (uid_t)-1;
	return confine_enter(c, uid, gid, c->store_dir, why, whylen);
}

int
start_outside(struct daemon *d, struct handover *h, char *why, size_t whylen)
{
	const struct config *c = d->conf;
	struct log_next next;

	log_prepare_take(&next, &c->log, h->log);
	h->log = -1;
	log_switch_take(&d->log, &next);
	d->control = control_create_take(h->control);
	h->control = -1;
	d->listener = listener_create_take(h->listeners, h->nlisteners);
	h->nlisteners = 0;
	d->alive_ms = h->alive_ms;
	files_raise_limit();
	d->rt.tls = tls_context_create(c, &h->texts, why, whylen);
	texts_fini(&h->texts);
	if (d->rt.tls == NULL)
		return -1;
	d->rt.smaps = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
	return confine(d, why, whylen);
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

/* What the jail calls "/." has another name outside. */
static void
name_outside(const struct daemon *d, char *why, size_t whylen)
{
	char inside[1024];

	if (!d->jailed || strncmp(why, "/.", 2) != 0)
		return;
	snprintf(inside, sizeof(inside), "%s", why + 2);
	snprintf(why, whylen, "%s%s", d->conf->store_dir, inside);
}

static int
open_store(struct daemon *d, char *why, size_t whylen)
{
	struct bdb_conf conf = d->conf->store;
	int rc;

	/* Berkeley DB cannot read the directory of a file that it calls /NAME,
	 * and complains of one without a name. */
	if (d->jailed)
		conf.dir = "/.";
	if (belongs_check(d->conf, conf.dir, why, whylen) != 0)
		return -1;
	conf.log = store_log;
	conf.log_arg = &d->log;
	conf.point = d->conf->point;
	conf.point_arg = d->conf->point_arg;
	d->rt.store = bdb_open(&conf, why, whylen);
	if (d->rt.store == NULL) {
		name_outside(d, why, whylen);
		return -1;
	}
	runtime_point(&d->rt, "store-opened");
	d->rt.server = make_server(d, why, whylen);
	if (d->rt.server == NULL)
		return -1;
	if (store_start(d->rt.store, why, whylen) != 0) {
		d->status = DAEMON_DATABASE;
		return -1;
	}
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
	uint64_t secret;

	runtime_random(NULL, &secret, sizeof(secret));
	d->rt.crowd = crowd_create(secret);
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
	if (outside_ready(&d->outside, why, whylen) != 0)
		return -1;
	/* from now on the clocks are compared with what they are now */
	daemon_sweep(d);
	removal_resume(d);
	log_line(&d->log, UNIT_DAEMON, LOG_NOTICE, "ready",
	    "port=%u pid=%ld worker=%ld workers=%zu version=%s", port,
	    outside_pid(&d->outside), (long)getpid(), d->rt.nworkers,
	    PACKAGE_VERSION);
	notify_ready(&d->outside, "serving clients on port %u", port);
	watchdog_start(d);
	runtime_point(&d->rt, "doors-open");
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
