/* SPDX-License-Identifier: ISC */
/*
 * The crash ledger with everything at once: while pairs of clients write and
 * read, the worker is killed, the parent is killed, the daemon is restarted, its
 * certificate is replaced, modules are switched, and backups are made, in a
 * random order; after each event and at the end the ledger compares.  Then each
 * backup is restored and served, and must have what was told before it began.
 * storm.sh prepares what it needs, and tests/README.md says how to run it.
 *
 *	--server PATH --conf FILE --log FILE
 *	--restored FILE		the configuration of another server
 *	--store DIR		its database
 *	--ca FILE		all certificates
 *	--ctl PATH --socket PATH --dir DIR --modules A,B,...	event.h
 *	--pairs N --messages N --events N --seed N
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/common/err.h"
#include "tests/crash/event.h"

enum {
	AUDIT_PAIRS = 2,	/* after each event */
	AUDIT_DEPTH = 1000,
	TEXT = 160,
	WINDOW = 32,
	AWAY = 5,
	PAUSE = 50		/* messages at least, while something is off */
};

struct storm {
	struct load_conf conf;
	struct server server;
	struct events events;
	struct load load;
	struct ledger *ledger;
	char *path, *file;	/* of the server */
	char *restored, *store;
	char dash_c[3];
	uint64_t messages, seed;
	unsigned wanted, done;	/* events */
	unsigned happened[EVENTS];
	unsigned number, failed;	/* tests */
	int64_t begin;
};

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool __attribute__((format(printf, 3, 4)))
verdict(struct storm *s, bool ok, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %u - ", ok ? "" : "not ", ++s->number);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	s->failed += !ok;
	return ok;
}

/* ---- events ---------------------------------------------------------- */

/* Every kind comes before any comes again. */
static enum event_kind
next_kind(struct storm *s, bool seen[EVENTS])
{
	unsigned left = 0, i;

	if (s->done % EVENTS == 0)
		memset(seen, 0, EVENTS * sizeof(*seen));
	for (i = 0; i < EVENTS; i++)
		left += !seen[i];
	left = (unsigned)load_random(&s->load, left);
	for (i = 0; seen[i] || left-- > 0; i++)
		;
	seen[i] = true;
	return (enum event_kind)i;
}

static bool
one_event(struct storm *s, enum event_kind kind)
{
	uint64_t acked = ledger_acked(s->ledger);
	uint64_t left = s->messages > acked ? s->messages - acked : 0;
	uint64_t share = left / (s->wanted - s->done) + 1;
	uint64_t cut = s->events.cut;
	unsigned pairs = s->conf.pairs;

	s->events.pause = share / 4 + PAUSE;
	if (!load_run(&s->load, acked + load_random(&s->load, share)) ||
	    !event_happen(&s->events, kind) ||
	    !load_audit(&s->load, (unsigned)load_random(&s->load, pairs),
	    AUDIT_PAIRS < pairs ? AUDIT_PAIRS : pairs, AUDIT_DEPTH))
		return verdict(s, false, "%s", event_names[kind]);
	s->done++;
	s->happened[kind]++;
	return verdict(s, ledger_all_breaches(s->ledger) == 0 &&
	    s->events.cut == cut, "%s; messages: %" PRIu64, event_names[kind],
	    ledger_acked(s->ledger));
}

static bool
all_events(struct storm *s)
{
	bool seen[EVENTS];

	while (s->done < s->wanted)
		if (!one_event(s, next_kind(s, seen)))
			return false;
	return true;
}

/* ---- the end --------------------------------------------------------- */

static bool
finish(struct storm *s)
{
	if (!load_run(&s->load, s->messages) || !load_settle(&s->load))
		return verdict(s, false, "the load goes on");
	/* ticks that a module has not told come with the next login */
	load_connect(&s->load);
	if (!load_drain(&s->load))
		return verdict(s, false, "everything is answered and delivered");
	ledger_settle(s->ledger, true);
	load_close(&s->load);
	if (!load_audit(&s->load, 0, s->conf.pairs, 0))
		return verdict(s, false, "other devices get all of it");
	return server_end(&s->server, SIGTERM) == 0 ||
	    verdict(s, false, "the server stops");
}

static bool
maintain(struct storm *s, const char *action, struct backup *b)
{
	char ctl[TREE_PATH], word[16], config[] = "--config";
	char *args[] = {ctl, word, b->dir, config, s->restored, NULL};

	snprintf(ctl, sizeof(ctl), "%s", s->events.ctl);
	snprintf(word, sizeof(word), "%s", action);
	return event_call(NULL, ctl, args) == 0;
}

/* Other devices read all of it. */
static bool
serve(struct storm *s, struct backup *b)
{
	struct server server = {.log = s->server.log, .fd = -1,
	    .argv = {s->path, s->dash_c, s->restored}};
	struct load load;
	bool ok;

	load_init(&load, &s->conf, s->ledger, &server, s->seed);
	load_audit_ca(&load, s->events.ca);
	load.tops = b->tops;
	ok = server_start(&server) &&
	    load_audit(&load, 0, s->conf.pairs, 0);
	ok = server_end(&server, SIGTERM) == 0 && ok;
	load_fini(&load);
	return ok;
}

static void
look_at(struct storm *s, struct backup *b)
{
	uint64_t before = ledger_all_breaches(s->ledger), told = 0;
	bool ok = maintain(s, "verify", b) && maintain(s, "restore", b) &&
	    serve(s, b);

	for (unsigned i = 0; i < s->conf.pairs; i++)
		told += b->tops[i];
	verdict(s, ok && ledger_all_breaches(s->ledger) == before,
	    "a restored backup has all %" PRIu64 " entries that were told "
	    "before it, and no others than there were", told);
	if (access(s->store, F_OK) == 0)
		tree_remove(s->store);
	tree_remove(b->dir);
}

static void
report(struct storm *s)
{
	for (unsigned i = 0; i < BREACHES; i++)
		verdict(s, ledger_breaches(s->ledger, i) == 0, "%s: %" PRIu64,
		    breach_names[i], ledger_breaches(s->ledger, i));
	verdict(s, s->events.cut == 0,
	    "connections that ended and need not have: %" PRIu64,
	    s->events.cut);
	printf("# %u events (", s->done);
	for (unsigned i = 0; i < EVENTS; i++)
		printf("%s%s: %u", i == 0 ? "" : "; ", event_names[i],
		    s->happened[i]);
	printf("); %" PRIu64 " messages acknowledged, %" PRIu64 " given, %"
	    PRIu64 " ticks, %" PRIu64 " logins; %.1f s\n",
	    ledger_acked(s->ledger), ledger_given(s->ledger),
	    ledger_ticks(s->ledger), load_logins(&s->load),
	    (double)(now_ms() - s->begin) / 1000);
}

static int
run(struct storm *s)
{
	unsigned most = (unsigned)(8 * s->messages / s->conf.pairs) + 20000;

	s->begin = now_ms();
	s->server.fd = -1;
	s->server.argv[0] = s->path;
	s->server.argv[1] = s->dash_c;
	s->server.argv[2] = s->file;
	s->ledger = ledger_create(s->conf.pairs, most, TEXT);
	load_init(&s->load, &s->conf, s->ledger, &s->server, s->seed);
	s->events.load = &s->load;
	s->events.server = &s->server;
	tree_path(s->events.ca, s->events.dir, "one.pem");
	printf("# seed %" PRIu64 "\n", s->seed);
	if (verdict(s, server_start(&s->server), "the server runs")) {
		load_connect(&s->load);
		if (all_events(s) && finish(s))
			for (unsigned i = 0; i < s->events.nbackups; i++)
				look_at(s, &s->events.backups[i]);
	}
	server_end(&s->server, SIGKILL);
	report(s);
	load_fini(&s->load);
	ledger_destroy(s->ledger);
	for (unsigned i = 0; i < s->events.nbackups; i++)
		free(s->events.backups[i].tops);
	printf("1..%u\n", s->number);
	return s->failed == 0 ? 0 : 1;
}

/* ---- options --------------------------------------------------------- */

static void
set_modules(struct events *e, char *list)
{
	enum { MOST = sizeof(e->modules) / sizeof(e->modules[0]) - 1 };
	unsigned n = 0;
	char *name;

	while (n < MOST && (name = strsep(&list, ",")) != NULL)
		e->modules[n++] = name;
}

static int
option(struct storm *s, int opt)
{
	unsigned n = optarg == NULL ? 0 : (unsigned)strtoul(optarg, NULL, 10);

	switch (opt) {
	case 's': s->path = optarg; break;
	case 'c': s->file = optarg; break;
	case 'r': s->restored = optarg; break;
	case 'D': s->store = optarg; break;
	case 'a': s->conf.ca = optarg; break;
	case 'l': s->server.log = optarg; break;
	case 'C': s->events.ctl = optarg; break;
	case 'O': s->events.socket = optarg; break;
	case 'd': s->events.dir = optarg; break;
	case 'M': set_modules(&s->events, optarg); break;
	case 'p': s->conf.pairs = n; break;
	case 'm': s->messages = n; break;
	case 'e': s->wanted = n; break;
	case 'S': s->seed = n; break;
	default: return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"server", 1, NULL, 's'}, {"conf", 1, NULL, 'c'},
		{"restored", 1, NULL, 'r'}, {"store", 1, NULL, 'D'},
		{"ca", 1, NULL, 'a'}, {"log", 1, NULL, 'l'},
		{"ctl", 1, NULL, 'C'}, {"socket", 1, NULL, 'O'},
		{"dir", 1, NULL, 'd'}, {"modules", 1, NULL, 'M'},
		{"pairs", 1, NULL, 'p'}, {"messages", 1, NULL, 'm'},
		{"events", 1, NULL, 'e'}, {"seed", 1, NULL, 'S'},
		{NULL, 0, NULL, 0}};
	struct storm s = {.conf = {.pairs = 8, .window = WINDOW, .away = AWAY},
	    .messages = 4000, .wanted = EVENTS, .dash_c = "-c"};
	int opt;

	signal(SIGPIPE, SIG_IGN);
	s.seed = (uint64_t)getpid();
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option(&s, opt) != 0)
			return 2;
	if (s.path == NULL || s.file == NULL || s.restored == NULL ||
	    s.store == NULL || s.conf.ca == NULL || s.server.log == NULL ||
	    s.events.ctl == NULL || s.events.socket == NULL ||
	    s.events.dir == NULL || s.events.modules[0] == NULL ||
	    s.conf.pairs == 0 || s.wanted == 0) {
		fprintf(stderr, "storm: options are missing\n");
		return 2;
	}
	return run(&s);
}
