/* SPDX-License-Identifier: ISC */
#include "src/daemon/auth_pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/common/wipe.h"
#include "src/daemon/clock.h"
#include "src/daemon/config.h"
#include "src/daemon/mailbox.h"
#include "src/daemon/password.h"
#include "src/daemon/queue.h"
#include "src/daemon/runtime.h"
#include "src/daemon/scribe.h"
#include "src/daemon/worker_thread.h"
#include "src/server/server.h"

/* Logins that may wait; more are told to try later. */
enum { WAITING_MAX = 4096, ARENA = 65536 };

struct auth_pool {
	const struct runtime *rt;
	struct queue queue;
	struct credential fake;
	pthread_t *threads;
	size_t nthreads;
};

/* A login to check (WORKER is set) or a password to derive from. */
struct task {
	struct auth_pool *pool;
	struct worker_thread *worker;
	struct auth_request request;
	int rc;
	uint64_t user;

	char *password;
	auth_pool_derived_fn *done;
	void *arg;
	struct credential credential;
};

/* ---- logins ---------------------------------------------------------- */

/* The canonical name of `name' or `name@domain', if that is us; otherwise an
 * empty one, which nobody has. */
static void
prepare_name(const struct config *conf, struct slice address, char *out)
{
	struct slice name, domain;

	address_split(address, &name, &domain);
	if ((domain.len > 0 &&
	    !slice_equal(domain, slice_str(conf->server.domain))) ||
	    user_name_prepare(name, out) != 0)
		*out = '\0';
}

static int
read_user(const struct runtime *rt, const char *name, struct user *u)
{
	struct arena arena;
	struct tx tx = {
		.d = server_domain(rt->server),
		.now = clock_wall(),
		.stamp = scribe_stamp(rt->scribe),
		.random = runtime_random,
		.arena = &arena,
	};
	int rc;

	tx.st = store_begin_read(rt->store);
	if (tx.st == NULL)
		return SC_EUNAVAILABLE;
	arena_init(&arena, ARENA);
	rc = user_by_name(&tx, slice_str(name), u);
	store_abandon(tx.st);
	arena_fini(&arena);
	return rc;
}

/* The credential of who logs in; a fake one for who does not exist, or is not
 * who the stanza names. */
static int
find_user(void *arg, const char *claimed, struct credential *c)
{
	struct task *t = arg;
	const struct runtime *rt = t->pool->rt;
	char name[USER_NAME_MAX + 1], other[USER_NAME_MAX + 1];
	struct user u;
	int rc;

	prepare_name(rt->conf, t->request.user, name);
	prepare_name(rt->conf, slice_str(claimed), other);
	/* The row is looked for in any case: that takes time too. */
	rc = read_user(rt, *name == '\0' ? "-" : name, &u);
	if (rc != 0 && rc != SC_ENOTFOUND && rc != SC_EBADREQUEST)
		return SC_EUNAVAILABLE;
	*c = t->pool->fake;
	if (rc == 0 && *name != '\0' && strcmp(name, other) == 0) {
		*c = u.credential;
		t->user = u.id;
	}
	wipe(&u, sizeof(u));
	return 0;
}

static void
check_done(void *arg, int rc)
{
	struct task *t = arg;

	if (rc != 0)
		t->rc = SC_EUNAVAILABLE;
	worker_thread_checked(t->worker, t->request.job, t->rc, t->user);
	free(t);
}

static void
check(struct auth_pool *p, struct task *t, Gsasl *gsasl)
{
	t->rc = password_check_plain(gsasl, t->request.data, find_user, t);
	if (t->rc != 0)
		t->user = 0;
	store_barrier(p->rt->store, check_done, t);
}

void
auth_pool_check(struct auth_pool *p, struct worker_thread *w,
    const struct auth_request *request)
{
	struct task *t;
	void *item;

	if (queue_length(&p->queue) >= WAITING_MAX) {
		worker_thread_checked(w, request->job, SC_EUNAVAILABLE, 0);
		return;
	}
	t = xcalloc(1, sizeof(*t));
	t->pool = p;
	t->worker = w;
	t->request = *request;
	item = t;
	queue_push(&p->queue, &item, 1);
}

/* ---- new passwords --------------------------------------------------- */

static void
take_derived(void *owner, const struct mail *m)
{
	struct task *t = m->p;

	(void)owner;
	t->done(t->arg, t->rc, &t->credential);
	wipe(t, sizeof(*t));
	free(t);
}

static void
derive(struct auth_pool *p, struct task *t)
{
	struct mail m = {.fn = take_derived, .p = t};

	t->rc = password_derive(t->password, p->rt->conf->iterations,
	    &t->credential);
	wipe(t->password, strlen(t->password));
	free(t->password);
	t->password = NULL;
	mailbox_post(p->rt->main, &m);
}

void
auth_pool_derive(struct auth_pool *p, const char *password,
    auth_pool_derived_fn *done, void *arg)
{
	struct task *t = xcalloc(1, sizeof(*t));
	void *item = t;

	t->pool = p;
	t->password = xstrdup(password);
	t->done = done;
	t->arg = arg;
	queue_push(&p->queue, &item, 1);
}

/* ---- life ------------------------------------------------------------ */

static void *
run(void *arg)
{
	struct auth_pool *p = arg;
	Gsasl *gsasl = password_context();
	void *item;

	sc_assert(gsasl != NULL);
	while (queue_take(&p->queue, &item, 1) == 1) {
		struct task *t = item;

		if (t->worker != NULL)
			check(p, t, gsasl);
		else
			derive(p, t);
	}
	gsasl_done(gsasl);
	return NULL;
}

struct auth_pool *
auth_pool_create(const struct runtime *rt)
{
	struct auth_pool *p = xcalloc(1, sizeof(*p));

	p->rt = rt;
	queue_init(&p->queue);
	if (password_fake(rt->conf->iterations, &p->fake) != 0) {
		auth_pool_destroy(p);
		return NULL;
	}
	p->threads = xcalloc(rt->conf->authenticators, sizeof(*p->threads));
	for (; p->nthreads < rt->conf->authenticators; p->nthreads++)
		if (pthread_create(&p->threads[p->nthreads], NULL, run, p) != 0)
			break;
	if (p->nthreads > 0)
		return p;
	auth_pool_destroy(p);
	return NULL;
}

void
auth_pool_destroy(struct auth_pool *p)
{
	size_t i;

	if (p == NULL)
		return;
	queue_close(&p->queue);
	for (i = 0; i < p->nthreads; i++)
		pthread_join(p->threads[i], NULL);
	queue_fini(&p->queue);
	free(p->threads);
	free(p);
}
