/* SPDX-License-Identifier: ISC */
#include "src/bench/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/bench/calls.h"
#include "src/bench/conditions.h"
#include "src/bench/control.h"
#include "src/bench/gen.h"
#include "src/bench/loop.h"
#include "src/bench/report.h"

enum { PROGRESS_MS = 500 };

struct process {
	pid_t pid;
	int channel;
	bool done;		/* with the stage */
};

struct leader {
	struct run run;
	struct tally *tallies;	/* shared with the generators */
	struct process *processes;
	struct calls *calls;	/* NULL: they are not counted */
	unsigned n;
	bool terminal;
};

static int
fail(const char *why)
{
	fflush(stdout);
	fprintf(stderr, "stonechat-bench: %s\n", why);
	return EXIT_FAILURE;
}

/* ---- processes ---- */

static void
start_one(struct leader *l, unsigned i)
{
	int ends[2];
	pid_t parent = getpid();

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return;
	l->processes[i].pid = fork();
	if (l->processes[i].pid == 0) {
		int status;

		/* the ends of the others must not keep them alive */
		for (unsigned k = 0; k < i; k++)
			close(l->processes[k].channel);
		close(ends[0]);
		if (getppid() != parent)
			_exit(EXIT_FAILURE);
		status = gen_main(l->run.conf, i, &l->tallies[i], ends[1]);
		exit(status);
	}
	close(ends[1]);
	l->processes[i].channel = ends[0];
}

static int
start(struct leader *l)
{
	size_t size;

	l->n = (unsigned)l->run.conf->processes;
	size = l->n * sizeof(*l->tallies);
	l->tallies = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	l->processes = calloc(l->n, sizeof(*l->processes));
	if (l->tallies == MAP_FAILED || l->processes == NULL)
		return fail("out of memory");
	for (unsigned i = 0; i < l->n; i++) {
		for (unsigned k = 0; k < TIMINGS; k++)
			hist_init(&l->tallies[i].times[k]);
		l->processes[i].channel = -1;
		start_one(l, i);
		if (l->processes[i].pid <= 0)
			return fail(strerror(errno));
	}
	return 0;
}

static void
stop(struct leader *l)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->processes[i].channel >= 0)
			close(l->processes[i].channel);
	for (unsigned i = 0; i < l->n; i++)
		if (l->processes[i].pid > 0)
			(void)waitpid(l->processes[i].pid, NULL, 0);
	for (unsigned i = 0; i <= l->run.stages; i++)
		json_decref(l->run.sights[i].stats);
	if (l->tallies != MAP_FAILED && l->tallies != NULL)
		munmap(l->tallies, l->n * sizeof(*l->tallies));
	calls_destroy(l->calls);
	free(l->processes);
}

/* ---- stages ---- */

static uint64_t
count_all(const struct leader *l, enum count c)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < l->n; i++)
		n += tally_get(&l->tallies[i], c);
	return n;
}

static void
look(struct leader *l)
{
	const struct conf *c = l->run.conf;
	struct sight *s = &l->run.sights[l->run.stages];
	int64_t us;

	if (c->control != NULL)
		s->stats = control_stats(c->control);
	for (unsigned i = 0; i < COUNTS; i++)
		s->counts[i] = count_all(l, (enum count)i);
	for (unsigned i = 0; i < l->n; i++)
		if (proc_cpu_us(l->processes[i].pid, &us))
			s->generators_us += us;
	s->known = c->server != 0 && proc_usage(c->server, &s->server);
	s->counted = l->calls != NULL && calls_read(l->calls, &s->calls);
	s->clock = loop_clock();
}

/* Before the first sight. */
static void
count_calls(struct leader *l)
{
	const struct conf *c = l->run.conf;

	l->run.uncounted = "not known: name the server's process with "
	    "--server-pid";
	if (c->mode->calls && c->server != 0)
		l->calls = calls_create(c->server, &l->run.uncounted);
}

static void
progress(const struct leader *l, const char *stage)
{
	if (!l->terminal)
		return;
	fprintf(stderr, "\r%s: %-9s logins %llu  sent %llu  acked %llu  "
	    "received %llu  ticked %llu \033[K", l->run.conf->mode->name,
	    stage, (unsigned long long)count_all(l, COUNT_LOGINS),
	    (unsigned long long)count_all(l, COUNT_SENT),
	    (unsigned long long)count_all(l, COUNT_ACKED),
	    (unsigned long long)count_all(l, COUNT_RECEIVED),
	    (unsigned long long)count_all(l, COUNT_TICKED));
}

static void
clear_progress(const struct leader *l)
{
	if (l->terminal)
		fprintf(stderr, "\r\033[K");
}

/* What a generator says: done, or failed. */
static int
hear(struct leader *l, unsigned i)
{
	struct process *p = &l->processes[i];
	char c = 0;

	if (read(p->channel, &c, 1) == 1 && c == 'd') {
		p->done = true;
		return 0;
	}
	clear_progress(l);
	return fail(l->tallies[i].why[0] != '\0' ? l->tallies[i].why :
	    "a generator has died");
}

static int
wait_for_all(struct leader *l, const char *stage)
{
	struct pollfd polls[PROCESSES_MAX];
	unsigned left = l->n;

	while (left > 0) {
		for (unsigned i = 0; i < l->n; i++)
			polls[i] = (struct pollfd){
			    .fd = l->processes[i].done ? -1 :
			    l->processes[i].channel, .events = POLLIN};
		if (poll(polls, l->n, PROGRESS_MS) < 0 && errno != EINTR)
			return fail(strerror(errno));
		progress(l, stage);
		for (unsigned i = 0; i < l->n; i++) {
			if (polls[i].fd < 0 || polls[i].revents == 0)
				continue;
			if (hear(l, i) != 0)
				return EXIT_FAILURE;
			left--;
		}
	}
	return 0;
}

static void
note_times(struct leader *l)
{
	struct run *r = &l->run;

	r->first[r->stages] = INT64_MAX;
	for (unsigned i = 0; i < l->n; i++) {
		const struct tally *t = &l->tallies[i];

		if (t->first < r->first[r->stages])
			r->first[r->stages] = t->first;
		if (t->last > r->last[r->stages])
			r->last[r->stages] = t->last;
	}
}

static int
run_stage(struct leader *l, const struct stage *stage)
{
	uint8_t number = (uint8_t)l->run.stages;

	for (unsigned i = 0; i < l->n; i++) {
		l->processes[i].done = false;
		if (write(l->processes[i].channel, &number, 1) != 1)
			return hear(l, i);
	}
	if (wait_for_all(l, stage->name) != 0)
		return EXIT_FAILURE;
	note_times(l);
	l->run.stages++;
	look(l);
	return 0;
}

/* ---- before and after ---- */

static void
users_progress(uint64_t done, uint64_t n)
{
	if (done % 64 == 0 || done == n)
		fprintf(stderr, "\radding users: %llu of %llu \033[K%s",
		    (unsigned long long)done, (unsigned long long)n,
		    done == n ? "\r\033[K" : "");
}

static int
create_users(const struct leader *l)
{
	const struct conf *c = l->run.conf;
	char why[512];

	if (!c->create)
		return 0;
	if (control_add_users(c->control, c->prefix, c->mode->users(c),
	    c->link.password, l->terminal ? users_progress : NULL, why,
	    sizeof(why)) == 0)
		return 0;
	clear_progress(l);
	return fail(why);
}

static void
raise_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
}

/* What the server has done wrong. */
static uint64_t
report_faults(const struct run *r, struct report *to)
{
	static const struct {
		enum count count;
		const char *name;
	} faults[] = {
		{COUNT_REFUSED, "refused"},
		{COUNT_MISSING, "lost"},
		{COUNT_DISORDERED, "out_of_order"},
	};
	const uint64_t *counts = r->sights[r->stages].counts;
	uint64_t all = 0;

	for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		report_count(to, faults[i].name, counts[faults[i].count]);
		all += counts[faults[i].count];
	}
	report_count(to, "disconnects", counts[COUNT_DISCONNECTS]);
	if (counts[COUNT_OLD] > 0)
		report_count(to, "of_earlier_runs", counts[COUNT_OLD]);
	return all;
}

static int
report(struct leader *l)
{
	struct run *r = &l->run;
	struct report *to = report_create(r->conf->json);
	uint64_t faults;

	for (unsigned i = 0; i < l->n; i++)
		for (unsigned k = 0; k < TIMINGS; k++)
			hist_merge(&r->times[k], &l->tallies[i].times[k]);
	r->tally = &l->tallies[0];
	report_part(to, "conditions");
	conditions_report(r, to);
	report_part(to, "results");
	run_report_rate(r, to, "logins", 0, COUNT_LOGINS);
	r->conf->mode->report(r, to);
	faults = report_faults(r, to);
	report_finish(to);
	return faults > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int
run_main(const struct conf *conf)
{
	struct leader l = {.run = {.conf = conf},
	    .terminal = isatty(STDERR_FILENO) == 1};
	const struct stage *s = conf->mode->stages;
	int rc;

	signal(SIGPIPE, SIG_IGN);
	raise_limit();
	for (unsigned k = 0; k < TIMINGS; k++)
		hist_init(&l.run.times[k]);
	rc = create_users(&l);
	if (rc == 0)
		rc = start(&l);
	if (rc == 0) {
		count_calls(&l);
		look(&l);
	}
	for (; rc == 0 && s->name != NULL; s++)
		rc = run_stage(&l, s);
	clear_progress(&l);
	if (rc == 0)
		rc = report(&l);
	stop(&l);
	return rc;
}
