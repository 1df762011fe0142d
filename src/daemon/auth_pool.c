/* SPDX-License-Identifier: ISC */
#include "src/daemon/auth_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/names.h"
#include "src/chat/link.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/common/wipe.h"
#include "src/daemon/clock.h"
#include "src/daemon/config.h"
#include "src/daemon/guesses.h"
#include "src/daemon/mailbox.h"
#include "src/daemon/password.h"
#include "src/daemon/queue.h"
#include "src/daemon/runtime.h"
#include "src/daemon/sasl.h"
#include "src/daemon/scribe.h"
#include "src/daemon/worker_thread.h"
#include "src/server/server.h"

/* Logins that may wait; more are told to try later. */
enum { WAITING_MAX = 4096, ARENA = 65536 };

struct auth_pool {
	const struct runtime *rt;
	struct queue queue;
	Gsasl *gsasl;
	pthread_t *threads;
	size_t nthreads;
	struct guesses guesses;
	atomic_uint_fast64_t checked, derived, limited;
};

/* A login to check (WORKER is set) or a password to derive from. */
struct task {
	struct auth_pool *pool;
	struct worker_thread *worker;
	struct auth_request *request;

	int rc;
	char *password;
	auth_pool_derived_fn *done;
	void *arg;
	struct credential credential;
};

/* ---- logins ---------------------------------------------------------- */

/* What a login leaves with its job until the next step. */
struct login_state {
	struct sasl *sasl;
	char name[USER_NAME_MAX + 1];	/* canonical; "": not a name */
	uint64_t user;		/* 0: there is no such user */
	uint8_t salt[CREDENTIAL_SALT];
};

/* A transaction that only reads; ends with store_abandon and arena_fini. */
static int
read_begin(const struct runtime *rt, struct tx *tx, struct arena *arena)
{
	*tx = (struct tx){
		.d = server_domain(rt->server),
		.now = clock_wall(),
		.stamp = scribe_stamp(rt->scribe),
		.random = runtime_random,
		.arena = arena,
	};
	tx->st = store_begin_read(rt->store);
	if (tx->st == NULL)
		return SC_EUNAVAILABLE;
	arena_init(arena, ARENA);
	return 0;
}

/* The id of NAME, and what there is of its password. */
static int
read_user(const struct runtime *rt, const char *name, uint64_t *id,
    struct credential *c)
{
	struct credential none;
	struct arena arena;
	struct user u;
	struct tx tx;
	int rc = read_begin(rt, &tx, &arena);

	if (rc != 0)
		return rc;
	rc = user_by_name(&tx, slice_str(name), &u);
	if (rc == 0) {
		*id = u.id;
		rc = user_credential(&tx, u.id, c);
	} else if (rc == SC_ENOTFOUND && (user_get(&tx, 0, &u) == 0 ||
	    user_credential(&tx, 0, &none) == 0)) {
		rc = SC_EINTERNAL;	/* as many reads for who is not there */
	}
	store_abandon(tx.st);
	arena_fini(&arena);
	return rc;
}

/* The credential of who logs in, or a fake one; *USER is 0 then. */
static int
find_credential(const struct runtime *rt, const char *name, uint64_t *user,
    struct credential *c)
{
	struct credential own;
	uint64_t id;
	int rc;

	/* Both are looked for in any case: that takes time too. */
	if (password_fake(server_domain(rt->server)->token_key, name,
	    atomic_load(&rt->iterations), c) != 0)
		return SC_EINTERNAL;
	rc = read_user(rt, *name == '\0' ? "-" : name, &id, &own);
	if (rc != 0 && rc != SC_ENOTFOUND) {
		wipe(&own, sizeof(own));
		return SC_EUNAVAILABLE;
	}
	*user = 0;
	if (rc == 0 && *name != '\0') {
		*user = id;
		*c = own;
	}
	wipe(&own, sizeof(own));
	return 0;
}

static struct guesses_conf
guesses_conf(const struct runtime *rt)
{
	return (struct guesses_conf){.burst = atomic_load(&rt->guesses),
	    .every_ms = atomic_load(&rt->guess_ms)};
}

/* Whether a password of NAME may be tried now. */
static bool
may_guess(struct auth_pool *p, const char *name)
{
	const struct guesses_conf guesses = guesses_conf(p->rt);

	if (guesses_allow(&p->guesses, &guesses, name, clock_mono()))
		return true;
	atomic_fetch_add(&p->limited, 1);
	return false;
}

/* The state of a login that begins; NULL and *RC on failure. */
static struct login_state *
begin(struct auth_pool *p, const struct auth_request *r, int *rc)
{
	const char *domain = p->rt->conf->server.domain;
	char name[USER_NAME_MAX + 1];
	struct login_state *l;
	struct credential c;
	uint64_t user;

	sasl_name(domain, r->user, name);
	if (!may_guess(p, name)) {
		*rc = SC_ERATELIMITED;
		return NULL;
	}
	*rc = find_credential(p->rt, name, &user, &c);
	if (*rc != 0)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->user = user;
	memcpy(l->name, name, sizeof(l->name));
	memcpy(l->salt, c.salt, sizeof(l->salt));
	l->sasl = sasl_create(p->gsasl, &(struct sasl_conf){
		.mechanism = r->mechanism,
		.credential = &c,
		.name = name,
		.domain = domain,
		.binding = r->binding,
	});
	wipe(&c, sizeof(c));
	if (l->sasl != NULL)
		return l;
	*rc = SC_EINTERNAL;
	free(l);
	return NULL;
}

void
auth_pool_end(void *state)
{
	struct login_state *l = state;

	sasl_destroy(l->sasl);
	free(l);
}

static void
checked(void *arg, int rc)
{
	struct task *t = arg;

	if (rc != 0)
		t->request->rc = SC_EUNAVAILABLE;
	worker_thread_checked(t->worker, t->request);
	free(t);
}

/* One step of a login that has begun. */
static int
step(struct auth_pool *p, struct login_state *l, struct auth_request *r)
{
	const struct guesses_conf guesses = guesses_conf(p->rt);
	int rc = sasl_step(l->sasl, r->data, &r->reply);

	r->id = l->user;
	memcpy(r->salt, l->salt, sizeof(r->salt));
	if (rc == 0 && l->user == 0)
		rc = SC_ENOTAUTHORIZED;
	if (rc == SC_ENOTAUTHORIZED)
		guesses_count(&p->guesses, &guesses, l->name, clock_mono());
	return rc;
}

/* ---- codes of linking ------------------------------------------------ */

/* Whose code it is; the scribe will take it. */
static int
find_link(const struct runtime *rt, struct slice token, uint64_t *user)
{
	struct arena arena;
	struct tx tx;
	int rc = read_begin(rt, &tx, &arena);

	if (rc != 0)
		return rc;
	rc = link_find(&tx, token, user);
	store_abandon(tx.st);
	arena_fini(&arena);
	return rc == 0 || rc == SC_ENOTAUTHORIZED ? rc : SC_EUNAVAILABLE;
}

/* Each code may be guessed at as often as a name's password: what stands for
 * the name here is no user's. */
static void
check_link(struct auth_pool *p, struct auth_request *r)
{
	const struct guesses_conf guesses = guesses_conf(p->rt);
	uint32_t id = 0;
	char name[24];

	for (size_t i = 0; i < LINK_ID_SIZE && i < r->data.len; i++)
		id = id << 8 | r->data.p[i];
	(void)snprintf(name, sizeof(name), "/link/%08x", (unsigned)id);
	r->rc = may_guess(p, name) ? find_link(p->rt, r->data, &r->id)
	    : SC_ERATELIMITED;
	if (r->rc == SC_ENOTAUTHORIZED)
		guesses_count(&p->guesses, &guesses, name, clock_mono());
}

/* The answer leaves when what it says of the store is durable (R1).  When there
 * are more logins than can be checked in time, those that have given up must not
 * keep those waiting that came again. */
static void
check(struct auth_pool *p, struct task *t)
{
	struct auth_request *r = t->request;
	struct login_state *l = r->state;

	if (auth_request_is_lost(r)) {
		r->rc = SC_EUNAVAILABLE;
		worker_thread_checked(t->worker, r);
		free(t);
		return;
	}
	if (r->mechanism == MECHANISM_LINK) {
		check_link(p, r);
	} else if (l == NULL) {
		r->state = l = begin(p, r, &r->rc);
	} else if (!may_guess(p, l->name)) {
		/* many may have been challenged when it was allowed */
		r->rc = SC_ERATELIMITED;
		l = NULL;
	}
	if (l != NULL)
		r->rc = step(p, l, r);
	atomic_fetch_add(&p->checked, 1);
	store_barrier(p->rt->store, checked, t);
}

void
auth_pool_check(struct auth_pool *p, struct worker_thread *w,
    struct auth_request *request)
{
	struct task *t;
	void *item;

	if (queue_length(&p->queue) >= WAITING_MAX) {
		request->rc = SC_EUNAVAILABLE;
		worker_thread_checked(w, request);
		return;
	}
	t = xcalloc(1, sizeof(*t));
	t->pool = p;
	t->worker = w;
	t->request = request;
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

	t->rc = password_derive(t->password,
	    atomic_load(&p->rt->iterations), &t->credential);
	wipe(t->password, strlen(t->password));
	free(t->password);
	t->password = NULL;
	atomic_fetch_add(&p->derived, 1);
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
	void *item;

	pthread_setname_np(pthread_self(), "auth");
	while (queue_take(&p->queue, &item, 1) == 1) {
		struct task *t = item;

		if (t->worker != NULL)
			check(p, t);
		else
			derive(p, t);
	}
	return NULL;
}

struct auth_pool *
auth_pool_create(const struct runtime *rt)
{
	struct auth_pool *p = xcalloc(1, sizeof(*p));
	uint64_t secret;

	p->rt = rt;
	runtime_random(NULL, &secret, sizeof(secret));
	guesses_init(&p->guesses, secret);
	queue_init(&p->queue);
	p->gsasl = sasl_context();
	if (p->gsasl == NULL) {
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
	if (p->gsasl != NULL)
		gsasl_done(p->gsasl);
	guesses_fini(&p->guesses);
	free(p);
}

void
auth_pool_stats(struct auth_pool *p, struct auth_pool_stats *s)
{
	s->checked = atomic_load(&p->checked);
	s->derived = atomic_load(&p->derived);
	s->limited = atomic_load(&p->limited);
	s->queued = queue_length(&p->queue);
}
