/* SPDX-License-Identifier: ISC */
/* Control command: the counters. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/control.h"
#include "src/daemon/mailbox.h"
#include "src/daemon/runtime.h"
#include "src/daemon/scribe.h"
#include "src/daemon/worker_thread.h"
#include "src/server/server.h"

struct stats {
	struct client *client;
	size_t waiting;		/* for so many workers */
	struct worker_thread_stats each[];
};

static void
add_number(json_t *to, const char *name, uint64_t n)
{
	json_object_set_new(to, name, json_integer((json_int_t)n));
}

static void
add_workers(json_t *to, const struct stats *s, size_t n)
{
	static const struct {
		const char *name;
		size_t offset;
	} sums[] = {
#define SUM(name, member)                                                     \
	{name, offsetof(struct worker_thread_stats, member)}
		SUM("connections", connections),
		SUM("handshakes", handshakes),
		SUM("accepted", accepted),
		SUM("tls-failures", tls_failures),
		SUM("sessions", core.sessions),
		SUM("logins", core.logins),
		SUM("login-failures", core.login_failures),
		SUM("frames-in", core.frames_in),
		SUM("frames-out", core.frames_out),
		SUM("bytes-in", core.bytes_in),
		SUM("bytes-out", core.bytes_out),
		SUM("messages-in", core.messages_in),
		SUM("entries-out", core.entries_out),
		SUM("receipts-out", core.receipts_out),
		SUM("refused", core.refused),
		SUM("malformed", core.malformed),
		SUM("slow-closed", core.slow_closed),
		SUM("throttled", core.throttled),
		SUM("idle-closed", core.idle_closed),
#undef SUM
	};
	uint64_t sum, one;
	size_t i, w;

	add_number(to, "workers", n);
	for (i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		for (sum = 0, w = 0; w < n; w++) {
			memcpy(&one, (const char *)&s->each[w] +
			    sums[i].offset, sizeof(one));
			sum += one;
		}
		add_number(to, sums[i].name, sum);
	}
}

static void
add_store(json_t *to, const struct runtime *rt)
{
	struct scribe_stats ss;
	struct store_stats st;

	scribe_stats(rt->scribe, &ss);
	add_number(to, "scribe-jobs", ss.jobs);
	add_number(to, "scribe-reruns", ss.reruns);
	add_number(to, "scribe-batches", ss.batches);
	add_number(to, "scribe-queued", ss.queued);
	store_stats(rt->store, &st);
	add_number(to, "store-transactions", st.transactions);
	add_number(to, "store-batches", st.batches);
	add_number(to, "store-syncs", st.syncs);
	add_number(to, "store-rows-written", st.rows_written);
	add_number(to, "store-bytes-written", st.bytes_written);
	add_number(to, "store-memory", st.memory);
	add_number(to, "store-writable", store_state(rt->store) == SC_OK);
}

static void
add_counter(void *arg, const char *name, uint64_t n)
{
	add_number(arg, name, n);
}

static void
add_modules(json_t *to, const struct server *s)
{
	add_number(to, "sweeps-stopped", server_sweeps_stopped(s));
	server_stats(s, add_counter, to);
}

static void
stats_add(void *owner, const struct mail *m)
{
	struct stats *s = m->p;
	const struct runtime *rt = control_runtime(s->client);
	json_t *all;

	(void)owner;
	if (--s->waiting > 0)
		return;
	all = json_object();
	add_number(all, "pid", (uint64_t)getpid());
	add_workers(all, s, rt->nworkers);
	add_store(all, rt);
	add_modules(all, rt->server);
	add_number(all, "heap-in-use", mallinfo2().uordblks);
	control_end_take(s->client, json_pack("{s:o}", "stats", all));
	free(s);
}

static void
stats_start(struct client *k, json_t *request)
{
	const struct runtime *rt = control_runtime(k);
	struct mail done = {.fn = stats_add};
	struct stats *s;
	size_t i;

	(void)request;
	s = xcalloc(1, sizeof(*s) + rt->nworkers * sizeof(s->each[0]));
	s->client = k;
	s->waiting = rt->nworkers;
	done.p = s;
	for (i = 0; i < rt->nworkers; i++)
		worker_thread_ask_stats(rt->workers[i], &s->each[i], &done);
}

const struct control_command control_stats[] = {
	{"stats", stats_start},
	{NULL, NULL},
};
