/* SPDX-License-Identifier: ISC */
#include "tests/sim/host.h"

#include <stdlib.h>
#include <string.h>

#include "src/chat/domain.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/account.h"
#include "src/server/command.h"
#include "src/server/event.h"
#include "src/server/outbox.h"
#include "src/store/mem/mem.h"
#include "src/server/module.h"
#include "src/server/module_conf.h"
#include "tests/sim/links.h"
#include "tests/sim/seal.h"

/* Written by configure: the modules that were chosen. */
extern const struct sc_module_def *const sc_builtin_modules[];

enum { MODULES_MAX = 32, READ_MAX = 5000, TURN_MAX = 8, ACCEPT_MAX = 20 };

enum mail_type { MAIL_JOB, MAIL_EVENT, MAIL_AUTH };

/* Something on its way to a worker or, if TO is NULL, to the executor. */
struct mail {
	struct mail *next;
	enum mail_type type;
	int64_t due;
	struct job *job;
	struct event *event;
	struct auth_request *auth;
};

/* First in, first out; each pair of threads has one. */
struct mailbox {
	struct mail *first, **last;
	int64_t latest;		/* due of the last */
};

/* Boxes of a worker by who sends; the last are the workers'. */
enum {
	FROM_SCRIBE,
	FROM_READERS,
	FROM_AUTH,
	FROM_WORKER,
	BOXES = FROM_WORKER + HOST_WORKERS_MAX
};

struct host_worker {
	struct host *host;
	struct worker *worker;
	struct mailbox boxes[BOXES];
	struct host_conn *conns;
	struct timer turn;
	int64_t tick_at, paused;
};

struct host_conn {
	struct host_worker *hw;
	struct host_conn *prev, *next;
	uint64_t id;		/* of the session */
	struct session *session;
	struct wire *wire;
	struct timer accept;
	bool readable, writable, closed;
};

/* A job between a worker and the executor. */
struct errand {
	struct host *host;
	struct errand *prev, *next;
	struct job *job;
	struct timer timer;
};

struct host {
	struct world *w;
	struct server_conf conf;
	struct domain_conf domain_conf;
	const struct sc_module_def *modules[MODULES_MAX + 1];
	host_password_fn *password;
	void *password_arg;
	struct store *store;
	struct server *server;
	struct executor ex;
	struct host_worker workers[HOST_WORKERS_MAX];
	unsigned nworkers;
	struct mailbox to_scribe[HOST_WORKERS_MAX];
	struct timer scribe_timer;
	struct errand *errands;		/* to readers */
	struct timer sweep;
	size_t backlog;
	int64_t mail_max;
	bool up, dying;
	bool small_groups;	/* of two members */
	bool until;		/* entries go when everybody has them */
};

/* ---- mailboxes ---- */

static void
mailbox_init(struct mailbox *m)
{
	m->first = NULL;
	m->last = &m->first;
	m->latest = 0;
}

static struct mail *
mailbox_add(struct host *h, struct mailbox *m, enum mail_type type)
{
	struct mail *mail = xcalloc(1, sizeof(*mail));
	int64_t due = clock_mono(&h->w->clock) +
	    prng_skewed(&h->w->rng, 0, h->mail_max);

	if (due < m->latest)
		due = m->latest;
	m->latest = due;
	mail->type = type;
	mail->due = due;
	*m->last = mail;
	m->last = &mail->next;
	return mail;
}

static struct mail *
mailbox_take(struct mailbox *m)
{
	struct mail *mail = m->first;

	m->first = mail->next;
	if (m->first == NULL)
		m->last = &m->first;
	return mail;
}

static bool
mailbox_due(const struct mailbox *m, int64_t now)
{
	return m->first != NULL && m->first->due <= now;
}

/* ---- turns of a worker ---- */

static void
turn_at(struct host_worker *hw, int64_t at)
{
	struct timer *t = &hw->turn;

	if (at < hw->paused)
		at = hw->paused;
	if (!timer_is_set(t) || at < t->at)
		timer_set(&hw->host->w->clock, t, at);
}

static void
turn_soon(struct host_worker *hw)
{
	struct world *w = hw->host->w;

	turn_at(hw, clock_mono(&w->clock) + prng_skewed(&w->rng, 0, TURN_MAX));
}

static void
turn_schedule(struct host_worker *hw)
{
	turn_at(hw, hw->tick_at);
	for (int i = 0; i < BOXES; i++) {
		if (hw->boxes[i].first != NULL)
			turn_at(hw, hw->boxes[i].first->due);
	}
}

static void
conn_unlink(struct host_conn *c)
{
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		c->hw->conns = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
}

static void
conn_free(struct host_conn *c)
{
	timer_clear(&c->hw->host->w->clock, &c->accept);
	conn_unlink(c);
	free(c);
}

static void
conn_read(struct host_conn *c)
{
	struct world *w = c->hw->host->w;
	uint8_t bytes[READ_MAX];
	bool end;
	size_t n = 1 + prng_below(&w->rng, sizeof(bytes));

	n = wire_read(c->wire, NET_SERVER, bytes, n, &end);
	/* Less than asked for: nothing is left until there is a new call. */
	c->readable = n > 0;
	if (n > 0 && !worker_input(c->session, slice_of(bytes, n)))
		return;
	if (!end)
		return;
	report_trace(&w->report, c->wire->name, "the server sees the end");
	worker_closed(c->session, false);
	wire_release(c->wire, NET_SERVER, false);
	c->closed = true;
}

static void
mail_open(struct host_worker *hw, struct mail *mail)
{
	switch (mail->type) {
	case MAIL_JOB:
		worker_job_done(hw->worker, mail->job);
		break;
	case MAIL_EVENT:
		worker_event(hw->worker, mail->event);
		event_unref(mail->event);
		break;
	case MAIL_AUTH:
		worker_auth_done(hw->worker, mail->auth);
		break;
	}
	free(mail);
}

/* Input of connections and of mailboxes mixes in any way. */
static void
turn_conns(struct host_worker *hw)
{
	struct host_conn *c, *next;

	for (c = hw->conns; c != NULL; c = next) {
		next = c->next;
		if (!c->closed && c->writable && c->session != NULL) {
			c->writable = false;
			worker_writable(c->session);
		}
		while (!c->closed && c->readable && c->session != NULL)
			conn_read(c);
		if (c->closed)
			conn_free(c);
	}
}

static void
turn_mail(struct host_worker *hw)
{
	int64_t now = clock_mono(&hw->host->w->clock);
	unsigned start = (unsigned)prng_below(&hw->host->w->rng, BOXES);

	for (unsigned i = 0; i < BOXES; i++) {
		struct mailbox *m = &hw->boxes[(start + i) % BOXES];

		while (mailbox_due(m, now))
			mail_open(hw, mailbox_take(m));
	}
}

static void
worker_turn(void *arg)
{
	struct host_worker *hw = arg;
	struct clock *clock = &hw->host->w->clock;
	bool mail_first = prng_one_in(&hw->host->w->rng, 2);

	worker_time(hw->worker, clock_mono(clock), clock_wall(clock));
	if (mail_first)
		turn_mail(hw);
	turn_conns(hw);
	if (!mail_first)
		turn_mail(hw);
	hw->tick_at = worker_tick(hw->worker);
	worker_flush(hw->worker);
	/* Now and then the thread gets no processor for a while. */
	if (!hw->host->w->healed && prng_one_in(&hw->host->w->rng, 400))
		hw->paused = clock_mono(clock) +
		    prng_between(&hw->host->w->rng, 100, 1500);
	turn_schedule(hw);
}

/* ---- what the workers call ---- */

static void
io_write(void *conn, struct buf *out)
{
	struct host_conn *c = conn;
	struct slice s = buf_slice(out);
	size_t n;

	if (out->len > c->hw->host->backlog)
		c->hw->host->backlog = out->len;
	if (c->hw->host->dying || c->closed) {
		buf_consume(out, out->len);
		return;
	}
	n = wire_write(c->wire, NET_SERVER, s.p, s.len);
	buf_consume(out, n);
	if (n < s.len)
		report_count(&c->hw->host->w->report, COUNT_PARTIAL_WRITES);
}

static void
io_close(void *conn)
{
	struct host_conn *c = conn;

	sc_assert(!c->closed);
	report_trace(&c->hw->host->w->report, c->wire->name,
	    "the server closes");
	wire_release(c->wire, NET_SERVER, !c->hw->host->dying);
	c->closed = true;
	c->session = NULL;
	if (!c->hw->host->dying)
		turn_soon(c->hw);	/* frees it */
}

static size_t
io_unsent(void *conn)
{
	struct host_conn *c = conn;

	return c->closed ? 0 : link_unsent(c->wire->link, NET_SERVER);
}

static void
scribe_schedule(struct host *h)
{
	int64_t at = INT64_MAX;

	for (unsigned i = 0; i < h->nworkers; i++) {
		if (h->to_scribe[i].first != NULL &&
		    h->to_scribe[i].first->due < at)
			at = h->to_scribe[i].first->due;
	}
	timer_set(&h->w->clock, &h->scribe_timer, at);
}

static void
scribe_mail(void *arg)
{
	struct host *h = arg;
	int64_t now = clock_mono(&h->w->clock);
	struct mail *mail;

	for (unsigned i = 0; i < h->nworkers; i++) {
		while (mailbox_due(&h->to_scribe[i], now)) {
			mail = mailbox_take(&h->to_scribe[i]);
			executor_submit(&h->ex, mail->job);
			free(mail);
		}
	}
	scribe_schedule(h);
}

static void
io_submit(void *arg, struct job *job)
{
	struct host_worker *hw = arg;
	struct host *h = hw->host;

	mailbox_add(h, &h->to_scribe[hw - h->workers], MAIL_JOB)->job = job;
	if (!h->dying)
		scribe_schedule(h);
}

static struct job *
errand_end(struct errand *e)
{
	struct job *job = e->job;

	timer_clear(&e->host->w->clock, &e->timer);
	if (e->prev != NULL)
		e->prev->next = e->next;
	else
		e->host->errands = e->next;
	if (e->next != NULL)
		e->next->prev = e->prev;
	free(e);
	return job;
}

static void
errand_arrives(void *arg)
{
	struct errand *e = arg;
	struct host *h = e->host;

	executor_read(&h->ex, errand_end(e));
}

static void
io_read(void *arg, struct job *job)
{
	struct host_worker *hw = arg;
	struct host *h = hw->host;
	struct errand *e = xcalloc(1, sizeof(*e));

	e->host = h;
	e->job = job;
	e->next = h->errands;
	if (e->next != NULL)
		e->next->prev = e;
	h->errands = e;
	timer_init(&e->timer, errand_arrives, e);
	timer_in(&h->w->clock, &e->timer,
	    prng_skewed(&h->w->rng, 0, h->mail_max));
}

/* Codes are found in the store; passwords somebody else knows. */
static int
check_login(struct host *h, struct auth_request *r)
{
	struct arena arena;
	struct tx tx;
	int rc;

	if (r->mechanism != MECHANISM_LINK)
		return h->password(h->password_arg, r->user, r->data, &r->id);
	arena_init(&arena, 0);
	host_look(h, &tx, &arena);
	rc = links_find(&tx, r->data, &r->id);
	host_look_end(&tx);
	arena_fini(&arena);
	return rc;
}

static void
io_authenticate(void *arg, struct auth_request *r)
{
	struct host_worker *hw = arg;
	struct host *h = hw->host;
	struct mail *mail = mailbox_add(h, &hw->boxes[FROM_AUTH], MAIL_AUTH);

	mail->auth = r;
	r->rc = check_login(h, r);
	if (!h->dying)
		turn_at(hw, mail->due);
}

static void
post_event(struct host_worker *from, struct event *e, unsigned worker)
{
	struct host *h = from->host;
	struct host_worker *to = &h->workers[worker];

	mailbox_add(h, &to->boxes[FROM_WORKER + (from - h->workers)],
	    MAIL_EVENT)->event = e;
	if (!h->dying)
		turn_schedule(to);
}

static void
io_publish(void *arg, struct event *e, int worker)
{
	struct host_worker *from = arg;

	if (worker >= 0) {
		post_event(from, e, (unsigned)worker);
		return;
	}
	for (unsigned i = 0; i < from->host->nworkers; i++)
		post_event(from, event_ref(e), i);
	event_unref(e);
}

static void
io_log(void *arg, int level, const char *event, const char *fields)
{
	struct host_worker *hw = arg;

	report_trace(&hw->host->w->report, "log", "<%d> %s %s", level, event,
	    fields);
}

/* ---- what the executor gives back ---- */

static void
ex_job_done(void *arg, struct job *job, enum job_place place)
{
	struct host *h = arg;
	struct host_worker *hw;

	if (job_worker(job) == NULL) {
		job_complete(job);
		return;
	}
	for (hw = h->workers; hw->worker != job_worker(job); hw++)
		sc_assert(hw < h->workers + h->nworkers);
	mailbox_add(h, &hw->boxes[place == JOB_SCRIBE ? FROM_SCRIBE
	    : FROM_READERS], MAIL_JOB)->job = job;
	turn_schedule(hw);
}

static void
ex_event(void *arg, struct event *e)
{
	struct host *h = arg;

	for (unsigned i = 0; i < h->nworkers; i++) {
		struct host_worker *hw = &h->workers[i];

		mailbox_add(h, &hw->boxes[FROM_SCRIBE], MAIL_EVENT)->event =
		    event_ref(e);
		turn_schedule(hw);
	}
	event_unref(e);
}

/* ---- connections ---- */

static void
conn_wakes(void *arg)
{
	struct host_conn *c = arg;

	c->readable = true;
	if (c->session != NULL)
		turn_soon(c->hw);
}

static void
conn_has_room(void *arg)
{
	struct host_conn *c = arg;

	c->writable = true;
	if (c->session != NULL)
		turn_soon(c->hw);
}

static void
conn_accept(void *arg)
{
	struct host_conn *c = arg;
	struct clock *clock = &c->hw->host->w->clock;

	worker_time(c->hw->worker, clock_mono(clock), clock_wall(clock));
	c->session = worker_accept(c->hw->worker, c->id, c,
	    c->wire->name);
	if (c->session == NULL) {
		wire_release(c->wire, NET_SERVER, true);
		conn_free(c);
		return;
	}
	turn_soon(c->hw);
}

void
host_connect(struct host *h, struct wire *wire)
{
	struct host_conn *c;

	if (!h->up) {
		wire_release(wire, NET_SERVER, true);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->hw = &h->workers[prng_below(&h->w->rng, h->nworkers)];
	c->wire = wire;
	c->id = server_session_id(h->server);
	c->next = c->hw->conns;
	if (c->next != NULL)
		c->next->prev = c;
	c->hw->conns = c;
	link_attach(wire->link, NET_SERVER,
	    &(struct link_end){conn_wakes, conn_has_room, c});
	timer_init(&c->accept, conn_accept, c);
	timer_in(&h->w->clock, &c->accept,
	    prng_skewed(&h->w->rng, 0, ACCEPT_MAX));
}

/* ---- life and death ---- */

static void
sweep_run(void *arg)
{
	struct host *h = arg;
	struct job *job;
	int64_t at;

	while ((job = server_sweep(h->server, clock_mono(&h->w->clock),
	    clock_wall(&h->w->clock), &at)) != NULL)
		executor_submit(&h->ex, job);
	timer_set(&h->w->clock, &h->sweep, at);
}

static void
workers_start(struct host *h)
{
	h->nworkers = 1 + (unsigned)prng_below(&h->w->rng, HOST_WORKERS_MAX);
	for (unsigned i = 0; i < h->nworkers; i++) {
		struct host_worker *hw = &h->workers[i];
		struct worker_io io = {
		    .write = io_write,
		    .close = io_close,
		    .unsent = io_unsent,
		    .submit = io_submit,
		    .read = io_read,
		    .publish = io_publish,
		    .authenticate = io_authenticate,
		    .log = io_log,
		    .arg = hw,
		};

		*hw = (struct host_worker){.host = h, .tick_at = INT64_MAX};
		for (int k = 0; k < BOXES; k++)
			mailbox_init(&hw->boxes[k]);
		mailbox_init(&h->to_scribe[i]);
		timer_init(&hw->turn, worker_turn, hw);
		hw->worker = worker_create(h->server, &io);
		sc_assert(hw->worker != NULL);
		turn_soon(hw);
	}
}

/* Options that are not what they are by default. */
static const struct {
	const char *module, *option, *value;
} options[] = {
	{"disappearing", "shortest", "1"},
	{"retention", "direct", "1"},
	{"retention", "group", "1"},
	{"retention", "channel", "1"},
	{"retention", "undelivered", "1"},
};

/* The same where entries go when everybody has them. */
static const char *const waiting[2][2] = {
	{"direct", "until-delivered"}, {"group", "until-delivered"}};

static void
options_set(struct host *h, const struct sc_module_def *def)
{
	void *conf = module_conf_create(def);
	char why[100] = "";

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(options[i].module, def->name) == 0)
			sc_assert(module_conf_set(def, conf, options[i].option,
			    options[i].value, why, sizeof(why)) == 0);
	if (h->small_groups && strcmp(def->name, "groups") == 0)
		sc_assert(module_conf_set(def, conf, "members", "2", why,
		    sizeof(why)) == 0);
	for (size_t i = 0; i < 2 && h->until &&
	     strcmp(def->name, "retention") == 0; i++)
		sc_assert(module_conf_set(def, conf, waiting[i][0],
		    waiting[i][1], why, sizeof(why)) == 0);
	server_configure(h->server, def, conf);
	free(conf);
}

/* A server on the store as it is. */
static void
server_make(struct host *h, bool new_store)
{
	char why[200] = "";

	h->server = server_create(&h->conf, h->store, h->modules, why,
	    sizeof(why));
	for (unsigned i = 0; h->server != NULL && h->modules[i] != NULL; i++)
		options_set(h, h->modules[i]);
	if (h->server == NULL || (new_store &&
	    store_start(h->store, why, sizeof(why)) != 0) ||
	    server_start(h->server, clock_wall(&h->w->clock), prng_fill,
	    &h->w->rng, why, sizeof(why)) != 0)
		sc_panic(__FILE__, __LINE__, why);
	links_configure(h->server, h->modules);
	/* a run lasts minutes, not months */
	h->domain_conf = *domain_conf(server_domain(h->server));
	h->domain_conf.token_ms =
	    (int64_t)prng_between(&h->w->rng, 1000, 60000);
	domain_configure(server_domain(h->server), &h->domain_conf);
}

static void
host_raise(struct host *h, bool new_store)
{
	const struct executor_out out = {ex_job_done, ex_event, h};
	bool early_ack = h->ex.early_ack;

	/* The start's own commits are waited for. */
	server_make(h, new_store);
	mem_sync(h->store, UINT32_MAX);
	executor_init(&h->ex, h->w, h->store, h->server, &out);
	h->ex.early_ack = early_ack;
	timer_init(&h->scribe_timer, scribe_mail, h);
	timer_init(&h->sweep, sweep_run, h);
	timer_in(&h->w->clock, &h->sweep, 0);
	h->mail_max = prng_skewed(&h->w->rng, 0, 100);
	h->dying = false;
	h->up = true;
	workers_start(h);
}

bool
host_has(const char *module)
{
	const struct sc_module_def *const *m = sc_builtin_modules;

	while (*m != NULL && strcmp((*m)->name, module) != 0)
		m++;
	return *m != NULL;
}

static void
modules_choose(struct host *h, const struct host_without *without)
{
	const struct sc_module_def *const *m = sc_builtin_modules;
	unsigned n = 0;

	for (; *m != NULL && n + 1 < MODULES_MAX; m++) {
		if (strcmp((*m)->name, without->a) != 0 &&
		    strcmp((*m)->name, without->b) != 0)
			h->modules[n++] = *m;
	}
	h->modules[n] = &sim_module_seal;
}

struct host *
host_create(struct world *w, const struct server_conf *conf,
    const struct host_without *without, host_password_fn *password, void *arg)
{
	struct host *h = xcalloc(1, sizeof(*h));

	h->w = w;
	h->conf = *conf;
	modules_choose(h, without);
	h->password = password;
	h->password_arg = arg;
	h->until = without->until;
	h->small_groups = prng_one_in(&w->rng, 5);
	h->store = mem_open(false);
	sc_assert(h->store != NULL);
	host_raise(h, true);
	return h;
}

void
host_start(struct host *h)
{
	sc_assert(!h->up);
	report_trace(&h->w->report, "host", "starts");
	host_raise(h, false);
}

bool
host_up(const struct host *h)
{
	return h->up;
}

/* A job whose transaction is gone: its worker, which is going, frees it. */
static void
job_drop(void *arg, struct job *job)
{
	struct host *h = arg;

	(void)h;
	job_failed(job, SC_EUNAVAILABLE);
	if (job_worker(job) != NULL)
		worker_job_done(job_worker(job), job);
	else
		job_complete(job);
}

static void
conns_drop(struct host_worker *hw)
{
	struct host_conn *c;

	while ((c = hw->conns) != NULL) {
		if (!c->closed && c->session != NULL)
			worker_closed(c->session, false);
		if (!c->closed)
			wire_release(c->wire, NET_SERVER, false);
		c->closed = true;
		conn_free(c);
	}
}

static void
mail_drop(struct host *h, struct mail *mail)
{
	if (mail->type == MAIL_JOB) {
		job_drop(h, mail->job);
	} else if (mail->type == MAIL_EVENT) {
		event_unref(mail->event);
	} else {
		mail->auth->rc = SC_EUNAVAILABLE;
		worker_auth_done(job_worker(mail->auth->job), mail->auth);
	}
	free(mail);
}

static bool
mail_drop_all(struct host *h)
{
	bool any = false;

	for (unsigned i = 0; i < h->nworkers; i++) {
		for (int k = 0; k < BOXES; k++) {
			struct mailbox *m = &h->workers[i].boxes[k];

			for (; m->first != NULL; any = true)
				mail_drop(h, mailbox_take(m));
		}
		for (; h->to_scribe[i].first != NULL; any = true)
			mail_drop(h, mailbox_take(&h->to_scribe[i]));
	}
	for (; h->errands != NULL; any = true)
		job_drop(h, errand_end(h->errands));
	return any;
}

void
host_crash(struct host *h)
{
	struct clock *clock = &h->w->clock;

	if (!h->up)
		return;
	report_trace(&h->w->report, "host", "crashes");
	h->up = false;
	h->dying = true;
	for (unsigned i = 0; i < h->nworkers; i++)
		conns_drop(&h->workers[i]);
	executor_crash(&h->ex, job_drop, h);
	for (unsigned i = 0; i < h->nworkers; i++)
		worker_shutdown(h->workers[i].worker);
	while (mail_drop_all(h))
		;
	for (unsigned i = 0; i < h->nworkers; i++) {
		worker_destroy(h->workers[i].worker);
		timer_clear(clock, &h->workers[i].turn);
	}
	timer_clear(clock, &h->scribe_timer);
	timer_clear(clock, &h->sweep);
	executor_fini(&h->ex);
	server_destroy(h->server);
	h->server = NULL;
}

void
host_destroy(struct host *h)
{
	host_crash(h);
	store_close(h->store);
	free(h);
}

void
host_call(struct host *h, int (*fn)(struct tx *, void *),
    void (*done)(void *, int rc), void *arg)
{
	executor_submit(&h->ex, job_create_call(server_domain(h->server),
	    JOB_SCRIBE, fn, done, arg));
}

/* An account that is to go, in pieces; a crash between two is not the end. */
struct deletion {
	struct host *host;
	uint64_t user;
	bool left;		/* only what it had is still there */
	void (*done)(void *, int rc);
	void *arg;
};

static int
deletion_run(struct tx *tx, void *arg)
{
	const struct deletion *d = arg;
	const struct event_fence fence = {.user = d->user,
	    .login = UINT64_MAX, .why = BYE_REASON_REVOKED,
	    .text = "this account has been removed"};
	int rc;

	if (d->left)
		return account_erase(tx, d->host->server, d->user);
	rc = user_leave(tx, d->user);
	return rc != 0 ? rc : outbox_fence(tx->outbox, &fence);
}

static void
deletion_done(void *arg, int rc)
{
	struct deletion *d = arg;

	if (rc == 0 || (rc == SC_ENOTFOUND && !d->left)) {
		d->left = true;
		host_call(d->host, deletion_run, deletion_done, d);
		return;
	}
	d->done(d->arg, rc);
	free(d);
}

void
host_user_delete(struct host *h, uint64_t user, void (*done)(void *, int rc),
    void *arg)
{
	struct deletion *d = xcalloc(1, sizeof(*d));

	*d = (struct deletion){.host = h, .user = user, .done = done,
	    .arg = arg};
	host_call(h, deletion_run, deletion_done, d);
}

/* How long a chat is to be kept. */
struct keeping {
	struct host *host;
	char chat[CHAT_ID_TEXT + 1];
	const char *keep;
	void (*done)(void *, int rc);
	void *arg;
};

static int
keeping_run(struct tx *tx, void *arg)
{
	const struct keeping *k = arg;
	const struct sc_module_def *const *m = k->host->modules;
	const struct command_argument arguments[] = {
	    {"chat", slice_str(k->chat)}, {"keep", slice_str(k->keep)}};
	struct sc_command c = {.arguments = arguments, .narguments = 2};

	while (*m != NULL && strcmp((*m)->name, "retention") != 0)
		m++;
	c.def = *m == NULL ? NULL : command_find(*m, "chat");
	return c.def == NULL ? SC_ENOTFOUND
	    : command_run(k->host->server, tx, *m, &c);
}

static void
keeping_done(void *arg, int rc)
{
	struct keeping *k = arg;

	k->done(k->arg, rc);
	free(k);
}

void
host_keep(struct host *h, const struct chat_id *id, const char *keep,
    void (*done)(void *, int rc), void *arg)
{
	struct keeping *k = xcalloc(1, sizeof(*k));

	*k = (struct keeping){.host = h, .keep = keep, .done = done,
	    .arg = arg};
	chat_id_print(id, k->chat);
	host_call(h, keeping_run, keeping_done, k);
}

void
host_look(struct host *h, struct tx *tx, struct arena *arena)
{
	*tx = (struct tx){
	    .d = server_domain(h->server),
	    .st = store_begin_read(h->store),
	    .now = clock_wall(&h->w->clock),
	    .arena = arena,
	};
	sc_assert(tx->st != NULL);
}

void
host_look_end(struct tx *tx)
{
	store_abandon(tx->st);
}

struct store *
host_store(struct host *h)
{
	return h->store;
}

struct executor *
host_executor(struct host *h)
{
	return &h->ex;
}

const struct server_conf *
host_conf(const struct host *h)
{
	return &h->conf;
}

size_t
host_backlog_max(const struct host *h)
{
	return h->backlog;
}
