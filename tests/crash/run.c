/* SPDX-License-Identifier: ISC */
/*
 * The crash ledger: a daemon under load is killed and started again, over and
 * over, by the same clients with the same states; at the end everything that
 * anybody knows is compared.  tests/crash/lib.sh prepares what it needs, and
 * tests/README.md says how to run it.
 *
 *	--server PATH --conf FILE --ca FILE --log FILE
 *	--pairs N --messages N --kills N --seed N
 *	--window N --text N --away N	load.h, ledger.h
 *	--points A,B,...	instead of kills at random: the server is
 *				`PATH FILE POINT TIMES` and kills itself there,
 *				within --messages or when it stops
 *	--states DIR		states in files, and clients are killed
 *	--store DIR --image DIR --preload FILE
 *				losses of power instead (powerloss.c)
 *	--control		the server does not sync: a loss must be seen
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/common/err.h"
#include "tests/crash/image.h"
#include "tests/crash/load.h"
#include "tests/crash/tree.h"

enum {
	AUDIT_PAIRS = 2,	/* after each kill */
	AUDIT_DEPTH = 1000,
	STEPS_MAX = 3000,	/* in the life of a process of clients */
	POINT_TIMES = 40	/* a point is passed so often at most */
};

struct run {
	struct load_conf conf;
	struct server server;
	char *path, *file;	/* of the server */
	char dash_c[3], never[2];
	uint64_t messages, seed;
	unsigned kills, text;
	char *points;
	char *store, *image;	/* of losses of power; NULL: none */
	bool control;
	struct ledger *ledger;
	struct load load;
	unsigned done, losses, failed;	/* kills; losses of power; tests */
	unsigned number;
	int64_t begin, downtime, started;
};

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void __attribute__((format(printf, 3, 4)))
verdict(struct run *r, bool ok, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %u - ", ok ? "" : "not ", ++r->number);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	r->failed += !ok;
}

static int
give_up(struct run *r, const char *why)
{
	server_end(&r->server, SIGKILL);
	verdict(r, false, "%s", why);
	return -1;
}

/* ---- a life of the server ---- */

static bool
start(struct run *r)
{
	int64_t begin = now_ms();
	bool ok = server_start(&r->server);

	r->downtime += now_ms() - begin;
	r->started++;
	return ok;
}

/* It runs again: what do other devices find? */
static bool
look(struct run *r)
{
	return load_audit(&r->load, (unsigned)load_random(&r->load,
	    r->conf.pairs), AUDIT_PAIRS < r->conf.pairs ? AUDIT_PAIRS
	    : r->conf.pairs, AUDIT_DEPTH);
}

/* What was not synced is gone; or some of it, or none for now. */
static void
lose_power(struct run *r)
{
	static const unsigned chances[] = {0, 0, 10, 50, 90};

	if (r->store == NULL || (!r->control && load_random(&r->load, 5) == 0))
		return;
	image_lose(r->image, r->store, r->control ? 0
	    : chances[load_random(&r->load, 5)],
	    load_random(&r->load, UINT32_MAX));
	r->losses++;
}

static int
kill_once(struct run *r)
{
	uint64_t acked = ledger_acked(r->ledger);
	uint64_t left = r->messages > acked ? r->messages - acked : 0;
	uint64_t share = left / (r->kills - r->done) + 1;

	if (!start(r) || !look(r))
		return give_up(r, "the server runs again");
	load_connect(&r->load);
	/* sometimes before anything is said, on average after a share */
	if (!load_run(&r->load, acked + (r->control ? share
	    : load_random(&r->load, 2 * share))) ||
	    !load_turns(&r->load, (unsigned)load_random(&r->load, 8)))
		return give_up(r, "the server runs until it is killed");
	server_end(&r->server, SIGKILL);
	r->done++;
	lose_power(r);
	return 0;
}

/* ---- points ---- */

/* The server is the plain one, or dies at POINT. */
static void
aim(struct run *r, char *point, char *times)
{
	char **argv = r->server.argv;

	*argv++ = r->path;
	if (r->points == NULL)
		*argv++ = r->dash_c;
	*argv++ = r->file;
	if (r->points != NULL) {
		*argv++ = point;
		*argv++ = times;
	}
	*argv = NULL;
}

/* Under load, or while it starts or stops: *BUSY tells. */
static int
kill_at(struct run *r, char *point, unsigned n, bool *busy)
{
	char times[16];
	int status;

	*busy = false;
	snprintf(times, sizeof(times), "%u", n);
	aim(r, point, times);
	if (start(r) && look(r)) {
		load_connect(&r->load);
		*busy = !load_run(&r->load, ledger_acked(r->ledger) +
		    r->messages);
		if (!*busy)
			kill(r->server.pid, SIGTERM);
		while (load_turns(&r->load, 1))
			;
	}
	status = server_wait(&r->server);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
		r->done++;
		lose_power(r);
		return 0;
	}
	printf("# point %s, %u times: status %x\n", point, n,
	    (unsigned)status);
	return n == 1 || status != 0 ? give_up(r, "points are reached") : 0;
}

static int
kill_at_points(struct run *r)
{
	char *list = r->points, *point;
	bool busy;

	while ((point = strsep(&list, ",")) != NULL) {
		if (kill_at(r, point, 1, &busy) != 0)
			return -1;
		/* others are passed once in a life */
		if (busy && kill_at(r, point, 2 + (unsigned)load_random(
		    &r->load, POINT_TIMES), &busy) != 0)
			return -1;
	}
	return 0;
}

/* ---- clients that die ---- */

static _Noreturn void
clients(struct run *r, struct fate *fate)
{
	bool ok;

	ledger_new_process(r->ledger);
	r->load.fate = fate;
	load_connect(&r->load);
	ok = load_run(&r->load, UINT64_MAX);
	/* the server, which may die with us, was first */
	while (ok || fate->companion != 0)
		pause();
	_exit(1);
}

static int
kill_clients(struct run *r)
{
	struct fate fate = {.left = 1 + (long)load_random(&r->load,
	    STEPS_MAX)};
	bool both = load_random(&r->load, 3) == 0;
	int status;
	pid_t pid;

	if (r->server.pid == 0 && (!start(r) || !look(r)))
		return give_up(r, "the server runs again");
	if (both)
		fate.companion = r->server.pid;
	/* of what happens in the child only the ledger remains */
	r->load.random += r->done;
	fflush(stdout);
	pid = fork();
	sc_assert(pid >= 0);
	if (pid == 0)
		clients(r, &fate);
	waitpid(pid, &status, 0);
	if (both)
		server_end(&r->server, SIGKILL);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		return give_up(r, "clients live until they are killed");
	r->done++;
	return 0;
}

/* ---- the end ---- */

/* The last server has gone, with all it wrote. */
static int
stop(struct run *r)
{
	char durable[TREE_PATH];

	if (server_end(&r->server, SIGTERM) != 0)
		return give_up(r, "the server stops");
	if (r->store != NULL) {
		tree_path(durable, r->image, "durable");
		verdict(r, tree_equal(r->store, durable),
		    "no write escaped the model of the disk");
	}
	return 0;
}

static int
finish(struct run *r)
{
	aim(r, r->never, r->never);
	setenv("SC_POWERLOSS_EXIT", "yes", 1);
	if (r->server.pid == 0 && !start(r))
		return give_up(r, "the server runs again");
	ledger_new_process(r->ledger);
	load_connect(&r->load);
	if (!load_run(&r->load, r->points != NULL ? 0 : r->messages) || !load_drain(&r->load))
		return give_up(r, "everything is answered and delivered");
	ledger_settle(r->ledger, true);
	load_close(&r->load);
	if (!load_audit(&r->load, 0, r->conf.pairs, 0))
		return give_up(r, "other devices get all of it");
	return stop(r);
}

/* Without a sync, what is left of what was told? */
static void
finish_control(struct run *r)
{
	uint64_t lost;

	ledger_quiet(r->ledger);
	load_close(&r->load);
	if (!start(r) || !load_audit(&r->load, 0, r->conf.pairs, 0)) {
		(void)give_up(r, "other devices find what is left");
		return;
	}
	server_end(&r->server, SIGTERM);
	lost = ledger_breaches(r->ledger, BREACH_LOST);
	verdict(r, lost > 0, "a loss is seen: %" PRIu64 " of %" PRIu64
	    " entries", lost, ledger_acked(r->ledger));
}

static void
report(struct run *r)
{
	unsigned i;

	for (i = 0; i < BREACHES && !r->control; i++)
		verdict(r, ledger_breaches(r->ledger, i) == 0, "%s: %" PRIu64,
		    breach_names[i], ledger_breaches(r->ledger, i));
	printf("# %u kills (%u with loss of power), %" PRIu64 " messages "
	    "acknowledged, %" PRIu64 " given, %" PRIu64 " ticks; %.1f s, of "
	    "which %.1f s for %d starts\n", r->done, r->losses, ledger_acked(r->ledger),
	    ledger_given(r->ledger), ledger_ticks(r->ledger),
	    (double)(now_ms() - r->begin) / 1000,
	    (double)r->downtime / 1000, (int)r->started);
	fflush(stdout);
}

static int
kills(struct run *r)
{
	int rc = 0;

	if (r->points != NULL)
		return kill_at_points(r);
	while (rc == 0 && r->done < r->kills)
		rc = r->conf.state_dir == NULL ? kill_once(r)
		    : kill_clients(r);
	return rc;
}

static int
run(struct run *r)
{
	unsigned most = (unsigned)(8 * r->messages / r->conf.pairs) + 20000;

	r->begin = now_ms();
	r->server.fd = -1;
	r->ledger = ledger_create(r->conf.pairs, most, r->text);
	load_init(&r->load, &r->conf, r->ledger, &r->server, r->seed);
	aim(r, r->never, r->never);
	printf("# seed %" PRIu64 "\n", r->seed);
	if (r->store != NULL) {
		setenv("SC_POWERLOSS_STORE", r->store, 1);
		setenv("SC_POWERLOSS_IMAGE", r->image, 1);
	}
	if (kills(r) == 0) {
		if (r->control)
			finish_control(r);
		else
			(void)finish(r);
	}
	report(r);
	load_fini(&r->load);
	ledger_destroy(r->ledger);
	printf("1..%u\n", r->number);
	return r->failed == 0 ? 0 : 1;
}

static int
option(struct run *r, int opt)
{
	unsigned n = optarg == NULL ? 0 : (unsigned)strtoul(optarg, NULL, 10);

	switch (opt) {
	case 's': r->path = optarg; break;
	case 'c': r->file = optarg; break;
	case 'a': r->conf.ca = optarg; break;
	case 'l': r->server.log = optarg; break;
	case 'p': r->conf.pairs = n; break;
	case 'm': r->messages = n; break;
	case 'k': r->kills = n; break;
	case 'S': r->seed = n; break;
	case 'w': r->conf.window = n; break;
	case 't': r->text = n; break;
	case 'y': r->conf.away = n; break;
	case 'P': r->points = optarg; break;
	case 'd': r->conf.state_dir = optarg; break;
	case 'D': r->store = optarg; break;
	case 'I': r->image = optarg; break;
	case 'L': r->server.preload = optarg; break;
	case 'C': r->control = true; break;
	default: return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"server", 1, NULL, 's'}, {"conf", 1, NULL, 'c'},
		{"ca", 1, NULL, 'a'}, {"log", 1, NULL, 'l'},
		{"pairs", 1, NULL, 'p'}, {"messages", 1, NULL, 'm'},
		{"kills", 1, NULL, 'k'}, {"seed", 1, NULL, 'S'},
		{"window", 1, NULL, 'w'}, {"text", 1, NULL, 't'},
		{"away", 1, NULL, 'y'}, {"points", 1, NULL, 'P'},
		{"states", 1, NULL, 'd'}, {"store", 1, NULL, 'D'},
		{"image", 1, NULL, 'I'}, {"preload", 1, NULL, 'L'},
		{"control", 0, NULL, 'C'}, {NULL, 0, NULL, 0}};
	struct run r = {.conf = {.pairs = 8, .window = 32, .away = 5},
	    .messages = 4000, .kills = 5, .text = 160, .dash_c = "-c", .never = "-"};
	int opt;

	signal(SIGPIPE, SIG_IGN);
	r.seed = (uint64_t)getpid();
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option(&r, opt) != 0)
			return 2;
	if (r.path == NULL || r.file == NULL || r.conf.ca == NULL ||
	    r.server.log == NULL || r.conf.pairs == 0 || r.kills == 0) {
		fprintf(stderr, "run: options are missing\n");
		return 2;
	}
	return run(&r);
}
