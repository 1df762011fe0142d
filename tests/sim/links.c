/* SPDX-License-Identifier: ISC */
#include "tests/sim/links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/link.h"
#include "src/common/err.h"
#include "src/server/module.h"
#include "src/server/module_conf.h"
#include "src/server/server.h"
#include "tests/sim/sim.h"

/* The wall clock may be put back between a look at it and the login. */
enum { JUMP_MS = 10000 };

static void
broken(const struct link_login *x, const char *what)
{
	report_fail(&x->sim->w.report, "link", "code %u of user %u: %s",
	    x->link - 1, x->sim->links[x->link - 1].user, what);
}

/* ---- the server's machine ---- */

void
links_configure(struct server *s, const struct sc_module_def *const *m)
{
	char why[100] = "";
	void *conf;

	while (*m != NULL && strcmp((*m)->name, "devices") != 0)
		m++;
	if (*m == NULL)
		return;
	conf = module_conf_create(*m);
	sc_assert(conf != NULL && module_conf_set(*m, conf, "link", "10",
	    why, sizeof(why)) == 0);
	server_configure(s, *m, conf);
	free(conf);
}

int
links_find(struct tx *tx, struct slice token, uint64_t *user)
{
	int rc = link_find(tx, token, user);

	return rc == 0 || rc == SC_ENOTAUTHORIZED ? rc : SC_EUNAVAILABLE;
}

/* ---- what users do ---- */

/* The newest code of the user that nobody has tried. */
static bool
has_new(const struct sim *s, unsigned user)
{
	for (unsigned i = s->nlinks; i > 0; i--)
		if (s->links[i - 1].user == user)
			return s->links[i - 1].tries == 0;
	return false;
}

/* Another device of P's user, of which nothing is left. */
static void
begin_anew(struct peer *p)
{
	struct sim *s = p->sim;

	for (unsigned i = 0; i < s->npeers; i++) {
		struct peer *o = s->peers[i];

		if (o != p && o->user == p->user && o->client != NULL) {
			peer_stop(o, PEER_WIPED);
			return;
		}
	}
}

void
links_step(struct peer *p)
{
	struct sim *s = p->sim;
	uint64_t id;

	if (has_new(s, p->user) && s->offline)
		begin_anew(p);
	else if (sc_client_link(p->client, &id) == 0)
		s->link_asks[p->user]++;
	peer_pump(p);
}

void
links_event(struct peer *p, const struct sc_event *e)
{
	struct sim *s = p->sim;
	struct sim_link *l = &s->links[s->nlinks];

	if (s->nlinks == LINKS_MAX || e->textlen >= LINK_TEXT_MAX)
		return;
	report_count(&s->w.report, COUNT_LINKS);
	*l = (struct sim_link){.user = p->user, .expires = e->time};
	memcpy(l->text, e->text, e->textlen);
	s->nlinks++;
}

/* Mostly the newest of the user, now and then any, of anybody. */
const char *
links_choose(struct peer *p)
{
	struct sim *s = p->sim;
	unsigned i = s->nlinks;

	if (p->client != NULL)
		return NULL;	/* it runs, and may log in by one */
	p->link = 0;
	if (!p->blank || p->unlinked || s->w.healed || i == 0 ||
	    prng_one_in(&s->w.rng, 5))
		return NULL;
	if (prng_one_in(&s->w.rng, 3))
		i = 1 + (unsigned)prng_below(&s->w.rng, s->nlinks);
	else
		while (i > 0 && s->links[i - 1].user != p->user)
			i--;
	p->link = i;
	return i == 0 ? NULL : s->links[i - 1].text;
}

/* ---- what becomes of them ---- */

void
links_heard(const struct link_login *x)
{
	struct sim_link *l = &x->sim->links[x->link - 1];

	if (l->user == x->user)
		l->tries++;
	if (clock_wall(&x->sim->w.clock) > l->expires + JUMP_MS)
		l->hopeless = true;
}

/* Nobody else has tried it, its time is not over, and no three others have
 * taken its place. */
static bool
must_be_good(const struct link_login *x, const struct sim_link *l)
{
	return l->tries == 1 && l->user == x->user &&
	    !removal_may(x->sim, l->user) &&
	    x->sim->link_asks[l->user] <= LINK_OPEN &&
	    clock_wall(&x->sim->w.clock) + JUMP_MS < l->expires;
}

void
links_answered(const struct link_login *x, int code)
{
	struct sim_link *l = &x->sim->links[x->link - 1];
	struct report *r = &x->sim->w.report;

	if (code == SC_ENOTAUTHORIZED) {
		report_count(r, COUNT_LINKS_REFUSED);
		if (must_be_good(x, l))
			broken(x, "is refused and was never used");
		return;
	}
	if (code != 0)
		return;
	report_count(r, COUNT_LINKED);
	if (l->user != x->user)
		broken(x, "lets somebody else in");
	if (l->hopeless)
		broken(x, "lets in after its time");
	if (++l->used > 1)
		broken(x, "lets in twice");
}
