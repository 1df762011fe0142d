/* SPDX-License-Identifier: ISC */
#include "tests/unit/server_kit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/device.h"
#include "src/chat/user.h"
#include "src/chat/verify.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/event.h"
#include "src/server/job.h"
#include "src/server/module.h"
#include "src/server/trace.h"
#include "src/store/mem/mem.h"

extern const struct sc_module_def *const sc_builtin_modules[];

static void
kit_random(void *arg, void *p, size_t n)
{
	struct kit *k = arg;
	uint8_t *b = p;

	for (size_t i = 0; i < n; i++) {
		k->seed = k->seed * UINT64_C(6364136223846793005) + 1;
		b[i] = (uint8_t)(k->seed >> 56);
	}
}

static void
enqueue(struct kit_job **list, struct job *j)
{
	struct kit_job *n = xcalloc(1, sizeof(*n));

	n->job = j;
	while (*list != NULL)
		list = &(*list)->next;
	*list = n;
}

static void
io_submit(void *arg, struct job *j)
{
	enqueue(&((struct kit *)arg)->scribe, j);
}

static void
io_read(void *arg, struct job *j)
{
	enqueue(&((struct kit *)arg)->readers, j);
}

static void
io_publish(void *arg, struct event *e, int worker)
{
	struct kit_mail **last = &((struct kit *)arg)->mail;
	struct kit_mail *m = xcalloc(1, sizeof(*m));

	sc_assert(worker <= 0);
	m->event = e;
	while (*last != NULL)
		last = &(*last)->next;
	*last = m;
}

static void
io_authenticate(void *arg, struct auth_request *r)
{
	struct kit *k = arg;

	sc_assert(k->nauths < KIT_AUTHS);
	k->auths[k->nauths++] = r;
}

static void
io_auth_end(void *arg, void *state)
{
	struct kit *k = arg;

	sc_assert(state == &k->auth_states);
	k->auth_states--;
}

static size_t
io_binding(void *conn, uint8_t *out, size_t size)
{
	const struct kit *k = ((struct kit_conn *)conn)->kit;

	sc_assert(k->binding <= size);
	memset(out, 'B', k->binding);
	return k->binding;
}

static void
io_write(void *conn, struct buf *out)
{
	struct kit_conn *c = conn;

	if (c->stuck)
		return;
	buf_put_slice(&c->in, buf_slice(out));
	buf_consume(out, out->len);
}

static void
io_close(void *conn)
{
	struct kit_conn *c = conn;

	c->closed = true;
	c->session = NULL;
}

static size_t
io_unsent(void *conn)
{
	return ((struct kit_conn *)conn)->kit->unsent;
}

static void
io_hold(void *conn, bool hold)
{
	((struct kit_conn *)conn)->held = hold;
}

static void
io_trace(void *arg, const struct trace_event *e)
{
	struct kit *k = arg;

	buf_printf(&k->traced, "%s %s ", (const char *)e->trace,
	    e->out ? "out" : "in");
	buf_put_slice(&k->traced, e->xml);
	buf_put_u8(&k->traced, '\n');
}

/* A server on the store as it is. */
static void
serve(struct kit *k, bool new_store)
{
	struct worker_io io = {.write = io_write, .close = io_close,
	    .unsent = io_unsent, .hold = io_hold, .submit = io_submit,
	    .read = io_read, .publish = io_publish,
	    .binding = io_binding,
	    .authenticate = io_authenticate, .auth_end = io_auth_end,
	    .trace = io_trace, .arg = k};
	char why[256] = "";

	k->server = server_create(&k->conf, k->store, k->modules, why,
	    sizeof(why));
	sc_assert(k->server != NULL);
	sc_assert(!new_store ||
	    store_start(k->store, why, sizeof(why)) == 0);
	sc_assert(server_start(k->server, k->wall, kit_random, k, why,
		      sizeof(why)) == 0);
	k->worker = worker_create(k->server, &io);
	worker_time(k->worker, k->mono, k->wall);
}

struct kit *
kit_create(const struct server_conf *given)
{
	return kit_create_with(given, sc_builtin_modules);
}

struct kit *
kit_create_with(const struct server_conf *given,
    const struct sc_module_def *const *modules)
{
	struct kit *k = xcalloc(1, sizeof(*k));

	server_conf_init(&k->conf);
	if (given != NULL)
		k->conf = *given;
	k->modules = modules;
	k->seed = 1;
	k->mono = 1000;
	k->wall = INT64_C(1800000000000);
	k->deflate = deflate_create();
	k->recipients = recipients_memory_create();
	buf_init(&k->traced, 0);
	k->store = mem_open(true);
	serve(k, true);
	return k;
}

static void
stop(struct kit *k)
{
	worker_shutdown(k->worker);
	k->auths_wait = k->scribe_waits = k->readers_wait = false;
	kit_run(k);
	sc_assert(k->auth_states == 0);
	worker_destroy(k->worker);
	server_destroy(k->server);
}

void
kit_restart(struct kit *k)
{
	stop(k);
	mem_crash(k->store, UINT32_MAX);
	serve(k, false);
}

void
kit_destroy(struct kit *k)
{
	stop(k);
	store_close(k->store);
	deflate_destroy(k->deflate);
	recipients_memory_destroy(k->recipients);
	buf_fini(&k->traced);
	free(k);
}

void
kit_reconfigure(struct kit *k, const struct server_conf *conf)
{
	server_settings_free(server_reconfigure_take(k->server,
	    server_settings_create(k->server, conf)));
	worker_configure(k->worker, conf);
}

static void
committed(void *arg, int rc)
{
	(void)arg;
	sc_assert(rc == 0);
}

static void
run_one(struct kit *k, struct kit_job **list, bool scribe)
{
	struct kit_job *n = *list;
	struct job *j = n->job;
	struct event *events[64];
	size_t nevents = 0;
	struct job_env env = {.now = k->wall, .random = kit_random,
	    .random_arg = k, .deflate = k->deflate};

	*list = n->next;
	free(n);
	env.stamp = scribe ? server_stamp_next(k->server)
			   : server_stamp_last(k->server);
	env.txn = scribe ? store_begin(k->store) : store_begin_read(k->store);
	job_run(j, &env);
	sc_assert(job_finish(j) == 0);
	if (scribe)
		store_commit(k->store, committed, NULL);
	/* the job is gone after worker_job_done: take its events before, and
	 * tell them after */
	while (nevents < 64 && (events[nevents] = job_take_event(j)) != NULL)
		nevents++;
	if (job_worker(j) == NULL)
		job_complete(j);
	else
		worker_job_done(k->worker, j);
	for (size_t i = 0; i < nevents; i++) {
		worker_event(k->worker, events[i]);
		event_unref(events[i]);
	}
}

static void
run_auth(struct kit *k)
{
	struct auth_request *r = k->auths[0];

	k->nauths--;
	memmove(k->auths, k->auths + 1, k->nauths * sizeof(k->auths[0]));
	r->rc = SC_ENOTAUTHORIZED;
	if (k->authenticate != NULL)
		k->authenticate(k, r);
	worker_auth_done(k->worker, r);
}

static void
take_mail(struct kit *k)
{
	struct kit_mail *m = k->mail;

	k->mail = m->next;
	worker_event(k->worker, m->event);
	event_unref(m->event);
	free(m);
}

void
kit_run(struct kit *k)
{
	while ((k->scribe != NULL && !k->scribe_waits) ||
	    (k->readers != NULL && !k->readers_wait) || k->mail != NULL ||
	    (k->nauths > 0 && !k->auths_wait)) {
		if (k->nauths > 0 && !k->auths_wait)
			run_auth(k);
		else if (k->mail != NULL)
			take_mail(k);
		else if (k->scribe != NULL && !k->scribe_waits)
			run_one(k, &k->scribe, true);
		else
			run_one(k, &k->readers, false);
		worker_flush(k->worker);
	}
	worker_flush(k->worker);
}

void
kit_later(struct kit *k, int64_t ms)
{
	k->wall += ms;
	k->mono += ms;
	worker_time(k->worker, k->mono, k->wall);
}

void
kit_sweep(struct kit *k)
{
	int64_t at;
	struct job *j;

	while ((j = server_sweep(k->server, k->mono, k->wall, &at)) != NULL)
		kit_job(k, j);
}

void
kit_sleep(struct kit *k, int64_t ms)
{
	int64_t end = k->mono + ms;

	for (;;) {
		int64_t next = worker_tick(k->worker);

		kit_run(k);
		if (next <= k->mono)
			continue;
		if (k->mono >= end)
			break;
		next = next < end ? next : end;
		k->wall += next - k->mono;
		k->mono = next;
		worker_time(k->worker, k->mono, k->wall);
	}
}

/* ---- jobs of the test's ---- */

void
kit_job(struct kit *k, struct job *j)
{
	enqueue(&k->scribe, j);
	kit_run(k);
}

struct test_call {
	int (*fn)(struct tx *, struct world *);
	struct world *world;
	int rc;
};

static int
test_call_run(struct tx *tx, void *arg)
{
	struct test_call *c = arg;

	return c->fn(tx, c->world);
}

static void
test_call_done(void *arg, int rc)
{
	((struct test_call *)arg)->rc = rc;
}

int
kit_call(struct kit *k, int (*fn)(struct tx *, struct world *),
    struct world *w)
{
	struct test_call c = {fn, w, 0};

	kit_job(k, job_create_call(server_domain(k->server), JOB_SCRIBE,
		       test_call_run, test_call_done, &c));
	return c.rc;
}

/* ---- set-up ---- */

static int
keep(struct sc_module *m, struct tx *tx, struct sc_sync_chat *c,
    struct sync_result *r)
{
	(void)m, (void)tx, (void)r;
	c->deliver = true;
	return 0;
}

const struct sc_module_def kit_keeper = {
	.abi = SC_MODULE_ABI,
	.name = "keeper",
	.summary = "for tests",
	.sync_chat = keep,
};

struct setup {
	const char *name;
	uint64_t user;
	uint64_t came;
	uint8_t *token;
};

static int
make_user(struct tx *tx, void *arg)
{
	struct setup *s = arg;
	struct credential none = {0};
	struct user u;
	int rc = user_create(tx, slice_str(s->name), &none, &u);

	s->user = u.id;
	return rc;
}

static int
make_device(struct tx *tx, void *arg)
{
	struct setup *s = arg;
	struct device d;
	const char *names;

	return device_login_password(tx, s->user, slice_str(s->name), s->came,
	    &d, s->token, &names);
}

static void
call_done(void *arg, int rc)
{
	(void)arg;
	sc_assert(rc == 0);
}

static void
call(struct kit *k, int (*fn)(struct tx *, void *), void *arg)
{
	kit_job(k, job_create_call(server_domain(k->server), JOB_SCRIBE, fn,
		       call_done, arg));
}

uint64_t
kit_user(struct kit *k, const char *name)
{
	struct setup s = {.name = name};

	call(k, make_user, &s);
	return s.user;
}

void
kit_token(struct kit *k, uint64_t user, const char *device, uint8_t *token)
{
	struct setup s = {.name = device, .user = user, .token = token,
	    .came = server_session_id(k->server)};

	call(k, make_device, &s);
}

static void
on_problem(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "kit_remove: %s\n", text);
	abort();
}

struct going {
	struct kit *kit;
	uint64_t user;
};

static int
remove_user(struct tx *tx, void *arg)
{
	const struct going *g = arg;
	struct verified v;
	int rc = server_user_delete(g->kit->server, tx, g->user);

	return rc != 0 ? rc : domain_verify(tx, &v, on_problem, NULL);
}

void
kit_remove(struct kit *k, uint64_t user)
{
	struct going g = {k, user};

	call(k, remove_user, &g);
}
