/* SPDX-License-Identifier: ISC */
/* Control command: the counters, with what they mean. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/auth_pool.h"
#include "src/daemon/control.h"
#include "src/daemon/control_ask.h"
#include "src/daemon/crowd.h"
#include "src/daemon/readers.h"
#include "src/daemon/runtime.h"
#include "src/daemon/scribe.h"
#include "src/daemon/worker_thread.h"
#include "src/server/server.h"

/* One answer: an object of names and numbers, or items that say more. */
struct stats {
	struct client *client;
	bool describe;
	const char *group;	/* of what is being added */
	json_t *all;
	struct worker_thread_stats each[];
};

static void
add(struct stats *s, const char *name, const char *help, uint64_t n)
{
	if (s->describe)
		control_item_take(s->client, json_pack("{s:s, s:s, s:I, s:s}",
		    "group", s->group, "name", name, "value", (json_int_t)n,
		    "help", help));
	else
		json_object_set_new(s->all, name,
		    json_integer((json_int_t)n));
}

/* ---- workers --------------------------------------------------------- */

static const struct sum {
	const char *group, *name, *help;
	size_t offset;
} sums[] = {
#define SUM(group, name, member, help)                                        \
	{group, name, help, offsetof(struct worker_thread_stats, member)}
	SUM("connections", "connections", connections, "open now"),
	SUM("connections", "handshakes", handshakes,
	    "of these in the TLS handshake"),
	SUM("connections", "accepted", accepted, "since the start"),
	SUM("connections", "tls-failures", tls_failures,
	    "handshakes that failed"),
	SUM("connections", "tls-broken", tls_broken,
	    "ended because of what the client's TLS sent"),
	SUM("connections", "lean", transport.lean,
	    "open now whose records OpenSSL has no part in"),
	SUM("connections", "key-updates-in", transport.key_updates_in,
	    "new keys of clients on these"),
	SUM("connections", "key-updates-out", transport.key_updates_out,
	    "new keys of ours on these"),
	SUM("sessions", "sessions", core.sessions,
	    "open now, logged in or about to"),
	SUM("sessions", "logins", core.logins, "that succeeded"),
	SUM("sessions", "login-failures", core.login_failures,
	    "that were refused"),
	SUM("sessions", "refused", core.refused,
	    "requests answered with an error, and sessions not taken"),
	SUM("sessions", "throttled", core.throttled,
	    "times that a session asked too fast and had to wait"),
	SUM("sessions", "malformed", core.malformed,
	    "sessions that sent what no client sends"),
	SUM("sessions", "slow-closed", core.slow_closed,
	    "sessions that did not take what was sent"),
	SUM("sessions", "idle-closed", core.idle_closed,
	    "sessions that did not answer a ping"),
	SUM("traffic", "frames-in", core.frames_in, "received"),
	SUM("traffic", "frames-out", core.frames_out, "sent"),
	SUM("traffic", "writes", transport.writes,
	    "times that something was sealed for a connection, of these"),
	SUM("traffic", "bytes-in", core.bytes_in, "received, inside TLS"),
	SUM("traffic", "bytes-out", core.bytes_out, "sent, inside TLS"),
	SUM("traffic", "messages-in", core.messages_in,
	    "messages received, refused ones included"),
	SUM("traffic", "entries-out", core.entries_out,
	    "entries of chats sent to devices"),
	SUM("traffic", "undeliverable", core.undeliverable,
	    "entries skipped, as a device ended at them three times"),
	SUM("traffic", "receipts-out", core.receipts_out,
	    "receipts sent to devices"),
	SUM("traffic", "signals-out", core.signals_out,
	    "what is not kept, sent to devices: presence, typing, signals"),
	SUM("traffic", "signals-dropped", core.signals_dropped,
	    "of these not sent, as the device was behind"),
#undef SUM
};

static void
add_workers(struct stats *s, size_t n)
{
	uint64_t sum, one;
	size_t i, w;

	for (i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		for (sum = 0, w = 0; w < n; w++) {
			memcpy(&one, (const char *)&s->each[w] +
			    sums[i].offset, sizeof(one));
			sum += one;
		}
		s->group = sums[i].group;
		add(s, sums[i].name, sums[i].help, sum);
	}
}

/* ---- the rest -------------------------------------------------------- */

static void
add_process(struct stats *s, const struct runtime *rt)
{
	s->group = "process";
	add(s, "pid", "of the server", (uint64_t)getpid());
	add(s, "uptime", "seconds since the start", (uint64_t)
	    control_uptime(s->client) / 1000);
	add(s, "workers", "threads that serve connections", rt->nworkers);
}

/* A line "NAME:  123 kB" of TEXT, in bytes; 0: not there. */
static uint64_t
rollup(const char *text, const char *name)
{
	const char *p = strstr(text, name);

	return p == NULL ? 0 : strtoull(p + strlen(name), NULL, 10) * 1024;
}

static void
add_memory(struct stats *s, const struct runtime *rt)
{
	struct mallinfo2 m = mallinfo2();
	char text[4096];
	ssize_t n = pread(rt->smaps, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	s->group = "memory";
	add(s, "heap-in-use", "bytes allocated", m.uordblks + m.hblkhd);
	add(s, "heap-free", "bytes of the heap that are free", m.fordblks);
	add(s, "memory-pss", "bytes that are this process's share, by the "
	    "kernel", rollup(text, "\nPss:"));
	add(s, "memory-anonymous", "bytes of these that no file holds",
	    rollup(text, "\nPss_Anon:"));
}

static void
add_listener(struct stats *s, const struct runtime *rt)
{
	s->group = "connections";
	add(s, "crowded", "refused: too many from their address",
	    crowd_refused(rt->crowd));
}

static void
add_threads(struct stats *s, const struct runtime *rt)
{
	struct auth_pool_stats as;
	struct scribe_stats ss;

	s->group = "scribe";
	scribe_stats(rt->scribe, &ss);
	add(s, "scribe-jobs", "transactions run", ss.jobs);
	add(s, "scribe-reruns", "of these run again after a conflict",
	    ss.reruns);
	add(s, "scribe-batches", "batches committed", ss.batches);
	add(s, "scribe-queued", "jobs that wait", ss.queued);
	s->group = "threads";
	add(s, "readers-queued", "reads that wait",
	    readers_queued(rt->readers));
	auth_pool_stats(rt->auth, &as);
	add(s, "auth-checked", "steps of logins by password", as.checked);
	add(s, "auth-limited", "logins not tried: too many wrong "
	    "passwords of that name", as.limited);
	add(s, "auth-derived", "new passwords hashed", as.derived);
	add(s, "auth-queued", "passwords that wait", as.queued);
}

static void
add_store(struct stats *s, const struct runtime *rt)
{
	struct store_stats st;

	s->group = "store";
	store_stats(rt->store, &st);
	add(s, "store-transactions", "finished", st.transactions);
	add(s, "store-reruns", "told to run again", st.reruns);
	add(s, "store-batches", "log records", st.batches);
	add(s, "store-syncs", "times that the log was forced to the disk",
	    st.syncs);
	add(s, "store-stalls", "commits that waited for the disk", st.stalls);
	add(s, "store-rows-written", "by finished transactions",
	    st.rows_written);
	add(s, "store-bytes-written", "by finished transactions",
	    st.bytes_written);
	add(s, "store-memory", "bytes of tables kept in memory", st.memory);
	add(s, "store-writable", "0: the disk is nearly full, or the store "
	    "has failed", store_state(rt->store) == SC_OK);
}

static void
add_counter(void *arg, const char *name, const char *help, uint64_t n)
{
	add(arg, name, help, n);
}

static void
add_modules(struct stats *s, const struct runtime *rt)
{
	s->group = "modules";
	add(s, "sweeps-stopped", "1: nothing old is deleted, the clocks have "
	    "drifted apart", server_sweeps_stopped(rt->server));
	server_stats(rt->server, add_counter, s);
}

/* ---- the command ----------------------------------------------------- */

static void
stats_ask(void *arg, size_t i, struct worker_thread *w)
{
	struct stats *s = arg;

	worker_thread_stats(w, &s->each[i]);
}

static void
stats_end(void *arg)
{
	struct stats *s = arg;
	const struct runtime *rt = control_runtime(s->client);

	s->all = json_object();
	add_process(s, rt);
	add_listener(s, rt);
	add_workers(s, rt->nworkers);
	add_threads(s, rt);
	add_store(s, rt);
	add_memory(s, rt);
	add_modules(s, rt);
	if (s->describe) {
		json_decref(s->all);
		control_end_take(s->client, NULL);
	} else {
		control_end_take(s->client, json_pack("{s:o}", "stats",
		    s->all));
	}
	free(s);
}

static void
stats_start(struct client *k, json_t *request)
{
	const struct runtime *rt = control_runtime(k);
	struct stats *s;

	s = xcalloc(1, sizeof(*s) + rt->nworkers * sizeof(s->each[0]));
	s->client = k;
	s->describe = control_flag(request, "describe");
	control_ask(rt, stats_ask, stats_end, s);
}

const struct control_command control_stats[] = {
	{"stats", stats_start, false,
	    {{"describe", CONTROL_FLAG, false, 0, 0}}},
	{.name = NULL},
};
