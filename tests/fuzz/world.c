/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/world.h"

#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/job.h"
#include "tests/fuzz/fuzz.h"

enum { DAY_MS = 86400000, UNSENT = 100000 };

extern const struct sc_module_def *const sc_builtin_modules[];

static const char *const names[WORLD_USERS] = {"alice", "bob", "carol"};

static void
renew(struct world *w, unsigned i)
{
	kit_disconnect(&w->conns[i]);
	kit_connect(w->kit, &w->conns[i]);
}

static void
log_in(struct world *w, unsigned i, unsigned user, bool sync)
{
	struct kit_conn *c = &w->conns[i];

	kit_hello(c);
	kit_auth(c, names[user], 1, w->tokens[user]);
	if (sync)
		kit_send(c, "<sync account=\"0\" stamp=\"0\" "
		    "sum=\"AAAAAAAAAAA\"/>");
}

/* One of the accounts gets in with any password: by SCRAM in two steps. */
static void
admit(struct kit *k, struct auth_request *r)
{
	for (unsigned i = 0; i < WORLD_USERS; i++)
		if (r->user.len == strlen(names[i]) &&
		    memcmp(r->user.p, names[i], r->user.len) == 0)
			r->id = i + 1;
	if (r->id == 0 || r->data.len == 0)
		return;		/* refused */
	r->rc = 0;
	if (r->mechanism == MECHANISM_PLAIN || r->state != NULL)
		return;
	r->state = &k->auth_states;
	k->auth_states++;
	buf_put_str(&r->reply, "first");
	r->rc = SC_EMORE;
}

struct world *
world_create(void)
{
	struct world *w = xcalloc(1, sizeof(*w));

	w->kit = kit_create(NULL);
	w->kit->authenticate = admit;
	for (unsigned i = 0; i < WORLD_USERS; i++)
		kit_token(w->kit, kit_user(w->kit, names[i]), "phone",
		    w->tokens[i]);
	for (unsigned i = 0; i < WORLD_CONNS; i++)
		kit_connect(w->kit, &w->conns[i]);
	log_in(w, 0, 0, true);
	log_in(w, 1, 1, true);
	return w;
}

void
world_destroy(struct world *w)
{
	for (unsigned i = 0; i < WORLD_CONNS; i++)
		kit_disconnect(&w->conns[i]);
	kit_destroy(w->kit);
	free(w);
}

/* ---- what concerns the whole server ---------------------------------- */

struct starting {
	struct server *server;
	const struct sc_module_def *def;
};

static int
start_run(struct tx *tx, void *arg)
{
	struct starting *s = arg;

	return server_module_start(s->server, tx, s->def);
}

static void
start_done(void *arg, int rc)
{
	struct starting *s = arg;

	if (rc == 0)
		server_module_set(s->server, s->def, true);
}

/* No job is under way when this is called. */
static void
switch_module(struct world *w, unsigned i)
{
	const struct sc_module_def *const *def = sc_builtin_modules;
	struct server *server = w->kit->server;
	struct starting s = {.server = server};
	char why[256];

	while (i > 0 && *def != NULL) {
		i--;
		def++;
	}
	s.def = *def;
	if (s.def == NULL)
		return;
	if (server_module_is_on(server, s.def)) {
		server_module_set(server, s.def, false);
		server_module_stop(server, s.def);
	} else if (server_module_check(server, s.def, why, sizeof(why)) == 0) {
		kit_job(w->kit, job_create_call(server_domain(server),
		    JOB_SCRIBE, start_run, start_done, &s));
	}
}

static void
run_sweeps(struct world *w)
{
	struct job *j;
	int64_t at;

	while ((j = server_sweep(w->kit->server, w->kit->mono, w->kit->wall,
	    &at)) != NULL)
		kit_job(w->kit, j);
}

static void
reconfigure(struct world *w)
{
	struct server_conf conf;

	server_conf_init(&conf);
	w->small = !w->small;
	if (w->small) {
		conf.max_text = 20;
		conf.max_devices = 1;
		conf.window_entries = 2;
		conf.page_entries = 2;
		conf.tail_entries = 1;
		conf.rate = 100;
		conf.burst = 1000;
	}
	kit_reconfigure(w->kit, &conf);
}

static void
own_server(struct world *w, unsigned what)
{
	switch (what) {
	case WORLD_UNSENT:
		w->kit->unsent = w->kit->unsent == 0 ? UNSENT : 0;
		break;
	case WORLD_DAY:
		w->kit->wall += DAY_MS;
		worker_time(w->kit->worker, w->kit->mono, w->kit->wall);
		break;
	case WORLD_SWEEPS:
		run_sweeps(w);
		break;
	case WORLD_SMALL:
		reconfigure(w);
		break;
	default:
		switch_module(w, what - WORLD_MODULES);
		break;
	}
}

void
world_own(struct world *w, unsigned what)
{
	unsigned i = what % WORLD_CONNS;

	if (what >= WORLD_UNSENT) {
		own_server(w, what);
		return;
	}
	switch (what - i) {
	case WORLD_SPEAKS:
		w->now = i;
		break;
	case WORLD_STUCK:
		w->conns[i].stuck = !w->conns[i].stuck;
		break;
	default:
		renew(w, i);
		break;
	}
	if (what - i == WORLD_ALICE || what - i == WORLD_ALICE_ONLY)
		log_in(w, i, 0, what - i == WORLD_ALICE);
	else if (what - i == WORLD_BOB || what - i == WORLD_CAROL)
		log_in(w, i, what - i == WORLD_BOB ? 1 : 2, true);
}
