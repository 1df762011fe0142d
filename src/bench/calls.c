/* SPDX-License-Identifier: ISC */
#include "src/bench/calls.h"

#include <dirent.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREADS_MAX = 256 };

/* A counter for each thread that was there; what a thread starts later counts
 * with it. */
struct calls {
	int counters[THREADS_MAX];
	unsigned n;
};

/* The number of the kernel's event "a system call is entered". */
static bool
find_event(uint64_t *id)
{
	static const char *const places[] = {"/sys/kernel/tracing",
	    "/sys/kernel/debug/tracing"};
	unsigned long long found = 0;
	char path[128];
	FILE *f;

	for (unsigned i = 0; i < 2 && found == 0; i++) {
		snprintf(path, sizeof(path), "%s/events/raw_syscalls/"
		    "sys_enter/id", places[i]);
		f = fopen(path, "re");
		if (f == NULL)
			continue;
		if (fscanf(f, "%llu", &found) != 1)
			found = 0;
		fclose(f);
	}
	*id = found;
	return found != 0;
}

static int
count_thread(pid_t thread, uint64_t event)
{
	struct perf_event_attr a = {.type = PERF_TYPE_TRACEPOINT,
	    .size = sizeof(a), .config = event, .inherit = 1};

	return (int)syscall(SYS_perf_event_open, &a, thread, -1, -1,
	    PERF_FLAG_FD_CLOEXEC);
}

/* False: some thread cannot be counted. */
static bool
count_threads(struct calls *c, pid_t pid, uint64_t event)
{
	const struct dirent *e;
	bool good = true;
	char path[64];
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid);
	d = opendir(path);
	while (d != NULL && good && (e = readdir(d)) != NULL) {
		long thread = strtol(e->d_name, NULL, 10);

		if (thread <= 0)
			continue;
		good = c->n < THREADS_MAX;
		if (good)
			c->counters[c->n] = count_thread((pid_t)thread, event);
		good = good && c->counters[c->n++] >= 0;
	}
	if (d != NULL)
		closedir(d);
	return good && c->n > 0;
}

struct calls *
calls_create(pid_t pid, const char **why)
{
	struct calls *c = calloc(1, sizeof(*c));
	uint64_t event;

	*why = "out of memory";
	if (c == NULL)
		return NULL;
	if (find_event(&event)) {
		*why = "the kernel lets root count only";
		if (count_threads(c, pid, event))
			return c;
	} else {
		*why = "needs root, and mount -t tracefs none "
		    "/sys/kernel/tracing";
	}
	calls_destroy(c);
	return NULL;
}

void
calls_destroy(struct calls *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < c->n; i++)
		if (c->counters[i] >= 0)
			close(c->counters[i]);
	free(c);
}

bool
calls_read(const struct calls *c, uint64_t *n)
{
	uint64_t one;

	*n = 0;
	for (unsigned i = 0; i < c->n; i++) {
		if (read(c->counters[i], &one, sizeof(one)) != sizeof(one))
			return false;
		*n += one;
	}
	return true;
}
