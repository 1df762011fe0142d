/* SPDX-License-Identifier: ISC */
#include "tests/sim/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/chat/device.h"
#include "tests/sim/sim.h"

/* ---- what users do ---- */

static struct peer *
some_device(struct peer *p)
{
	struct sim *s = p->sim;
	unsigned from = (unsigned)prng_below(&s->w.rng, s->npeers);

	for (unsigned i = 0; i < s->npeers; i++) {
		struct peer *o = s->peers[(from + i) % s->npeers];

		if (o->user == p->user && o->client != NULL &&
		    sc_client_device(o->client) != 0)
			return o;
	}
	return NULL;
}

/* By its old name O gets in as another device; who gets in by the new one takes
 * O's place. */
static void
expect_strangers(struct sim *s, struct peer *o, const char *name)
{
	const char *device;

	o->revoked = true;
	for (unsigned i = 0; i < s->npeers; i++) {
		device = strchr(s->peers[i]->name, '.');
		if (s->peers[i]->user == o->user && device != NULL &&
		    strcmp(device + 1, name) == 0)
			s->peers[i]->revoked = true;
	}
}

/* A name that nothing has, or one that another device may have. */
void
names_step(struct peer *p)
{
	struct sim *s = p->sim;
	struct peer *o = some_device(p);
	struct app_request r = {.kind = REQUEST_RENAME, .said = SAID_NONE};
	char name[24];

	if (o == NULL)
		return;
	if (prng_one_in(&s->w.rng, 2) && s->names < NAMES_NEW) {
		r.fresh = true;
		snprintf(name, sizeof(name), "n%u", s->names++);
	} else {
		snprintf(name, sizeof(name), "d%u",
		    (unsigned)prng_below(&s->w.rng, 3));
	}
	if (sc_client_rename(p->client, sc_client_device(o->client), name,
	    &r.n) != 0)
		return;
	expect_strangers(s, o, name);
	request_note(p, &r);
	report_trace(&s->w.report, p->name, "renames %s to %s: n=%" PRIu64,
	    o->name, name, r.n);
	peer_pump(p);
}

/* ---- what they are told ---- */

static struct app_name *
name_of(struct peer *p, uint32_t device)
{
	struct app_name *n = p->names;

	for (; n < p->names + p->nnames; n++)
		if (n->device == device)
			return n;
	if (p->nnames == NAMES_MAX)
		return NULL;
	p->nnames++;
	*n = (struct app_name){.device = device};
	return n;
}

void
names_event(struct peer *p, const struct sc_event *e)
{
	struct app_name *n = name_of(p, e->device);

	if (n == NULL)
		return;
	if (e->renamed)
		report_count(&p->sim->w.report, COUNT_RENAMES_SEEN);
	n->gone = e->gone;
	if (!e->gone)
		snprintf(n->name, sizeof(n->name), "%s", e->name);
}

void
names_forget(struct peer *p)
{
	p->nnames = 0;
}

/* ---- the end ---- */

struct checking {
	struct sim *s;
	struct peer *p;
	struct tx *tx;
	const struct device *one;
};

static int
check_other(void *arg, const struct device *d)
{
	const struct checking *c = arg;

	if (d->id != c->one->id && strcmp(d->name, c->one->name) == 0)
		report_fail(&c->s->w.report, "names", "%s: devices %u and %u "
		    "are both %s", c->p->name, (unsigned)d->id,
		    (unsigned)c->one->id, d->name);
	return 0;
}

static int
check_device(void *arg, const struct device *d)
{
	struct checking *c = arg;
	const struct app_name *n = name_of(c->p, d->id);

	c->one = d;
	(void)device_list(c->tx, d->user, check_other, c);
	if (c->s->offline && n != NULL &&
	    (n->gone || strcmp(n->name, d->name) != 0))
		report_fail(&c->s->w.report, "R18", "%s: device %u is \"%s\""
		    "%s, it is called %s", c->p->name, (unsigned)d->id,
		    n->name, n->gone ? " and gone" : "", d->name);
	return 0;
}

void
names_check(struct sim *s, struct tx *tx)
{
	for (unsigned i = 0; i < s->npeers; i++) {
		struct checking c = {.s = s, .p = s->peers[i], .tx = tx};

		(void)device_list(tx, s->users[c.p->user].id, check_device,
		    &c);
	}
}
