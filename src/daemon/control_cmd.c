/* SPDX-License-Identifier: ISC */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol/xmltext.h"
#include "src/chat/user.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/common/wipe.h"
#include "src/daemon/auth_pool.h"
#include "src/daemon/control.h"
#include "src/daemon/log.h"
#include "src/daemon/mailbox.h"
#include "src/daemon/readers.h"
#include "src/daemon/runtime.h"
#include "src/daemon/scribe.h"
#include "src/daemon/worker_thread.h"
#include "src/server/job.h"
#include "src/server/server.h"

/* ---- user add -------------------------------------------------------- */

struct user_add {
	struct client *client;
	char name[USER_NAME_MAX + 1];
	struct credential credential;
	struct user user;
};

static void
user_add_free(struct user_add *a)
{
	wipe(a, sizeof(*a));
	free(a);
}

static int
user_add_run(struct tx *tx, void *arg)
{
	struct user_add *a = arg;

	return user_create(tx, slice_str(a->name), &a->credential, &a->user);
}

static void
user_add_done(void *arg, int rc)
{
	struct user_add *a = arg;
	const struct runtime *rt = control_runtime(a->client);

	if (rc == 0) {
		log_line(rt->log, LOG_INFO, "user.added", "user=%llu name=%s",
		    (unsigned long long)a->user.id, a->user.name);
		control_end_take(a->client, json_pack("{s:I}", "id",
		    (json_int_t)a->user.id));
	} else if (rc == SC_ECONFLICT) {
		control_end_error(a->client, rc, "user %s already exists: "
		    "choose another name", a->name);
	} else {
		control_end_error(a->client, rc, "user %s was not added: %s",
		    a->name, sc_strerror(rc));
	}
	user_add_free(a);
}

static void
user_add_derived(void *arg, int rc, const struct credential *c)
{
	struct user_add *a = arg;
	const struct runtime *rt = control_runtime(a->client);
	struct job *j;

	if (rc != 0) {
		control_end_error(a->client, rc, rc == SC_EBADREQUEST ?
		    "the password cannot be used: expected at least one "
		    "character, valid UTF-8, and no control characters" :
		    "the password could not be hashed");
		user_add_free(a);
		return;
	}
	a->credential = *c;
	j = job_create_call(server_domain(rt->server), JOB_SCRIBE,
	    user_add_run, user_add_done, a);
	scribe_push(rt->scribe, &j, 1);
}

static void
user_add(struct client *k, json_t *request)
{
	const char *name, *password;
	struct user_add *a;

	name = json_string_value(json_object_get(request, "name"));
	password = json_string_value(json_object_get(request, "password"));
	if (name == NULL || password == NULL) {
		control_end_error(k, SC_EBADREQUEST,
		    "expected strings \"name\" and \"password\"");
		return;
	}
	a = xcalloc(1, sizeof(*a));
	a->client = k;
	if (user_name_prepare(slice_str(name), a->name) != 0) {
		control_end_error(k, SC_EBADREQUEST, "\"%.64s\" is not a user "
		    "name: expected 1 to %d of a-z 0-9 . _ -", name,
		    USER_NAME_MAX);
		user_add_free(a);
		return;
	}
	auth_pool_derive(control_runtime(k)->auth, password, user_add_derived,
	    a);
}

/* ---- user list ------------------------------------------------------- */

enum { PAGE = 500 };

struct user_list {
	struct client *client;
	uint64_t first;		/* the next page begins there */
	size_t n;
	struct {
		uint64_t id;
		int64_t created;
		char name[USER_NAME_MAX + 1];
	} rows[PAGE];
};

static int
user_list_add(void *arg, const struct user *u)
{
	struct user_list *l = arg;

	l->rows[l->n].id = u->id;
	l->rows[l->n].created = u->created;
	memcpy(l->rows[l->n].name, u->name, sizeof(u->name));
	return ++l->n == PAGE;
}

static int
user_list_run(struct tx *tx, void *arg)
{
	struct user_list *l = arg;

	l->n = 0;
	return user_list(tx, l->first, user_list_add, l);
}

static void user_list_page(void *arg, bool gone);

static void
user_list_done(void *arg, int rc)
{
	struct user_list *l = arg;
	char created[32];
	size_t i;

	for (i = 0; rc == 0 && i < l->n; i++) {
		time_print(l->rows[i].created, created);
		control_item_take(l->client, json_pack("{s:I, s:s, s:s}", "id",
		    (json_int_t)l->rows[i].id, "name", l->rows[i].name,
		    "created", created));
	}
	if (rc == 0 && l->n == PAGE) {
		l->first = l->rows[PAGE - 1].id + 1;
		control_when_sent(l->client, user_list_page, l);
		return;
	}
	if (rc == 0)
		control_end_take(l->client, NULL);
	else
		control_end_error(l->client, rc,
		    "the users cannot be read: %s", sc_strerror(rc));
	free(l);
}

static void
user_list_page(void *arg, bool gone)
{
	struct user_list *l = arg;
	const struct runtime *rt = control_runtime(l->client);
	struct job *j;

	if (gone) {
		control_end_take(l->client, NULL);
		free(l);
		return;
	}
	j = job_create_call(server_domain(rt->server), JOB_READER,
	    user_list_run, user_list_done, l);
	readers_push(rt->readers, &j, 1);
}

static void
user_list_start(struct client *k, json_t *request)
{
	struct user_list *l = xcalloc(1, sizeof(*l));

	(void)request;
	l->client = k;
	user_list_page(l, false);
}

/* ---- stats ----------------------------------------------------------- */

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

/* ---- stop ------------------------------------------------------------ */

static void
stop(struct client *k, json_t *request)
{
	(void)request;
	control_end_take(k, NULL);
	control_request_stop(k);
}

const struct command control_commands[] = {
	{"user add", user_add},
	{"user list", user_list_start},
	{"stats", stats_start},
	{"stop", stop},
	{NULL, NULL},
};
