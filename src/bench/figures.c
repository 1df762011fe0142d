/* SPDX-License-Identifier: ISC */
/* What modes report of a run: figures of a stage. */
#include <stdio.h>

#include "src/bench/control.h"
#include "src/bench/report.h"
#include "src/bench/run.h"

uint64_t
run_grown(const struct run *r, unsigned stage, enum count c)
{
	return r->sights[stage + 1].counts[c] - r->sights[stage].counts[c];
}

/* Seconds from the first to the last thing that the stage is about. */
static double
duration(const struct run *r, unsigned stage)
{
	int64_t ns = r->last[stage] - r->first[stage];

	return ns <= 0 ? 0 : (double)ns / 1e9;
}

static double
per(double a, double b)
{
	return b > 0 ? a / b : 0;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What N of something have cost both sides. */
static void
report_cpu(const struct run *r, struct report *to, const char *name,
    unsigned stage, uint64_t n)
{
	const struct sight *a = &r->sights[stage], *b = a + 1;
	char key[64];

	if (a->known && b->known) {
		snprintf(key, sizeof(key), "server_cpu_per_1000_%s", name);
		report_number(to, key, per((double)(b->server.cpu_us -
		    a->server.cpu_us), (double)n), 2, "ms");
	}
	snprintf(key, sizeof(key), "generator_cpu_per_1000_%s", name);
	report_number(to, key, per((double)(b->generators_us -
	    a->generators_us), (double)n), 2, "ms");
}

void
run_report_store(const struct run *r, struct report *to, unsigned stage)
{
	const json_t *a = r->sights[stage].stats;
	const json_t *b = r->sights[stage + 1].stats;
	uint64_t jobs, batches, syncs;

	if (a == NULL || b == NULL)
		return;
	jobs = control_stat(b, "scribe-jobs") - control_stat(a, "scribe-jobs");
	batches = control_stat(b, "scribe-batches") -
	    control_stat(a, "scribe-batches");
	syncs = control_stat(b, "store-syncs") -
	    control_stat(a, "store-syncs");
	report_number(to, "jobs_per_batch", per((double)jobs,
	    (double)batches), 1, "");
	report_count(to, "disk_syncs", syncs);
}

void
run_report_writes(const struct run *r, struct report *to, unsigned stage,
    uint64_t n)
{
	static const struct {
		const char *name, *counter;
	} writes[] = {
		{"log_records_per_message", "store-batches"},
		{"rows_per_message", "store-rows-written"},
		{"bytes_per_message", "store-bytes-written"},
	};
	const json_t *a = r->sights[stage].stats;
	const json_t *b = r->sights[stage + 1].stats;

	if (a == NULL || b == NULL)
		return;
	for (unsigned i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
		report_number(to, writes[i].name, per((double)
		    (control_stat(b, writes[i].counter) -
		    control_stat(a, writes[i].counter)), (double)n), 2, "");
	report_count(to, "frames_in", control_stat(b, "frames-in") -
	    control_stat(a, "frames-in"));
	report_number(to, "frames_per_write", per((double)
	    (control_stat(b, "frames-out") - control_stat(a, "frames-out")),
	    (double)(control_stat(b, "writes") -
	    control_stat(a, "writes"))), 2, "");
}

void
run_report_messages(const struct run *r, struct report *to, unsigned stage)
{
	uint64_t done = least(run_grown(r, stage, COUNT_ACKED),
	    least(run_grown(r, stage, COUNT_RECEIVED),
	    run_grown(r, stage, COUNT_TICKED)));

	if (r->conf->mode->reads)
		done = least(done, run_grown(r, stage, COUNT_READ));
	report_count(to, "sent", run_grown(r, stage, COUNT_SENT));
	report_count(to, "acknowledged", run_grown(r, stage, COUNT_ACKED));
	report_count(to, "delivered", run_grown(r, stage, COUNT_RECEIVED));
	report_count(to, "ticked", run_grown(r, stage, COUNT_TICKED));
	if (r->conf->mode->reads)
		report_count(to, "marked_read", run_grown(r, stage, COUNT_READ));
	report_number(to, "seconds", duration(r, stage), 2, "");
	report_number(to, "messages_per_s", per((double)done,
	    duration(r, stage)), 0, "");
	report_cpu(r, to, "messages", stage, done);
	run_report_store(r, to, stage);
}

void
run_report_cost(const struct run *r, struct report *to, const char *name,
    unsigned stage, uint64_t n)
{
	char key[64];

	snprintf(key, sizeof(key), "%s_per_s", name);
	report_number(to, key, per((double)n, duration(r, stage)), 0, "");
	report_cpu(r, to, name, stage, n);
}

void
run_report_rate(const struct run *r, struct report *to, const char *name,
    unsigned stage, enum count c)
{
	uint64_t n = run_grown(r, stage, c);

	report_count(to, name, n);
	run_report_cost(r, to, name, stage, n);
}

void
run_report_calls(const struct run *r, struct report *to, unsigned stage,
    uint64_t n)
{
	const struct sight *a = &r->sights[stage], *b = a + 1;

	if (a->counted && b->counted)
		report_number(to, "system_calls_per_frame",
		    per((double)(b->calls - a->calls), (double)n), 3, "");
	else
		report_text(to, "system_calls", r->uncounted);
}

void
run_report_latency(const struct run *r, struct report *to, const char *name,
    enum timing what)
{
	report_times(to, name, &r->times[what]);
}

void
run_report_memory(const struct run *r, struct report *to, unsigned from,
    unsigned until)
{
	const struct sight *a = &r->sights[from], *b = &r->sights[until + 1];
	double n = (double)(b->counts[COUNT_LOGINS] - a->counts[COUNT_LOGINS]);

	if (!a->known || !b->known) {
		report_text(to, "memory", "not known: name the server's "
		    "process with --server-pid");
		return;
	}
	report_number(to, "memory_per_connection", per(
	    ((double)b->server.pss - (double)a->server.pss) / 1024, n), 2,
	    "KiB");
	report_number(to, "heap_per_connection", per(
	    ((double)b->server.anonymous - (double)a->server.anonymous) /
	    1024, n), 2, "KiB");
	report_number(to, "memory_before", (double)a->server.pss / 1048576, 1,
	    "MiB");
	report_number(to, "memory_after", (double)b->server.pss / 1048576, 1,
	    "MiB");
}

void
run_report_idle(const struct run *r, struct report *to, unsigned stage)
{
	const struct sight *a = &r->sights[stage], *b = a + 1;
	double seconds = (double)(b->clock - a->clock) / 1e9;

	report_number(to, "idle_seconds", seconds, 1, "");
	if (a->known && b->known)
		report_number(to, "server_cpu_idle", per(
		    (double)(b->server.cpu_us - a->server.cpu_us) / 10000,
		    seconds), 2, "% of a core");
}
