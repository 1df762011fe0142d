/* SPDX-License-Identifier: ISC */
/*
 * A bare synced log: so many threads append a batch of records each to one
 * file and sync it, again and again.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/bench/hist.h"
#include "src/bench/loop.h"
#include "src/bench/report.h"
#include "tests/bench/limit.h"

struct log {
	int fd;
	size_t size;		/* of a batch */
	int64_t until;
	_Atomic uint64_t end;	/* of the file */
};

struct writer {
	struct log *log;
	pthread_t thread;
	uint64_t batches;
	struct hist times;
};

static void *
write_batches(void *arg)
{
	struct writer *w = arg;
	struct log *l = w->log;
	char *batch = malloc(l->size);
	int64_t now = loop_clock();

	if (batch == NULL)
		limit_die("out of memory");
	memset(batch, 'x', l->size);
	do {			/* one at least, however late it is */
		int64_t since = now;
		uint64_t at = atomic_fetch_add(&l->end, l->size);

		if (pwrite(l->fd, batch, l->size, (off_t)at) !=
		    (ssize_t)l->size || fdatasync(l->fd) != 0)
			limit_die("the log cannot be written");
		now = loop_clock();
		hist_add(&w->times, now - since);
		w->batches++;
	} while (now < l->until);
	free(batch);
	return NULL;
}

static int
open_log(const char *directory)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/limit-XXXXXX", directory);
	fd = mkstemp(path);
	if (fd < 0 || unlink(path) != 0)
		limit_die(path);
	return fd;
}

static double
cpu_seconds(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
report_log(const struct limits *c, struct report *to, uint64_t batches,
    double seconds, double cpu)
{
	double records = (double)(batches * c->batch);

	report_count(to, "record_bytes", c->record);
	report_count(to, "records_per_sync", c->batch);
	report_count(to, "in_flight", c->depth);
	report_number(to, "seconds", seconds, 2, "");
	report_count(to, "syncs", batches);
	report_count(to, "records", batches * c->batch);
	report_number(to, "records_per_s", records / seconds, 0, "");
	report_number(to, "cpu_per_1000_records", cpu * 1e6 / records, 2,
	    "ms");
}

void
limit_log(const struct limits *c, struct report *to)
{
	struct log l = {.fd = open_log(c->directory),
	    .size = c->record * c->batch};
	struct writer *w = calloc(c->depth, sizeof(*w));
	struct hist *times = calloc(1, sizeof(*times));
	double cpu = cpu_seconds();
	int64_t from = loop_clock();
	uint64_t batches = 0;

	if (w == NULL || times == NULL)
		limit_die("out of memory");
	hist_init(times);
	l.until = from + (int64_t)c->seconds * 1000000000;
	for (uint64_t i = 0; i < c->depth; i++) {
		w[i].log = &l;
		hist_init(&w[i].times);
		if (pthread_create(&w[i].thread, NULL, write_batches,
		    &w[i]) != 0)
			limit_die("no thread can be made");
	}
	for (uint64_t i = 0; i < c->depth; i++) {
		(void)pthread_join(w[i].thread, NULL);
		batches += w[i].batches;
		hist_merge(times, &w[i].times);
	}
	report_log(c, to, batches, (double)(loop_clock() - from) / 1e9,
	    cpu_seconds() - cpu);
	report_times(to, "sync", times);
	close(l.fd);
	free(times);
	free(w);
}
