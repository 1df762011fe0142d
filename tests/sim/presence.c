/* SPDX-License-Identifier: ISC */
/* Who is there: all watch all, are away now and then, and type.  It must not
 * disturb the logs, and in the end everybody sees how it is. */
#include <inttypes.h>
#include <stdio.h>

#include "tests/sim/sim.h"

_Static_assert(APP_USERS == (int)SIM_USERS_MAX, "one place for each");

void
presence_login(struct peer *p)
{
	struct sim *s = p->sim;
	char user[32];

	if (!host_has("presence"))
		return;
	(void)sc_client_show(p->client, (enum sc_show)p->show);
	for (unsigned i = 0; i < s->nusers; i++) {
		p->shown[i] = 0;
		snprintf(user, sizeof(user), "~%" PRIu64, s->users[i].id);
		(void)sc_client_watch(p->client, user, true);
	}
}

void
presence_event(struct peer *p, const struct sc_event *e)
{
	struct sim *s = p->sim;

	if (e->type == SC_EVENT_TYPING) {
		report_count(&s->w.report, COUNT_TYPING);
		return;
	}
	report_count(&s->w.report, COUNT_PRESENCE);
	for (unsigned i = 0; i < s->nusers; i++)
		if (s->users[i].id == e->user)
			p->shown[i] = (unsigned)e->show + 1;
}

void
presence_step(struct peer *p, unsigned to)
{
	struct sim *s = p->sim;

	if (prng_one_in(&s->w.rng, 2)) {
		p->show = (unsigned)prng_below(&s->w.rng, 3);
		(void)sc_client_show(p->client, (enum sc_show)p->show);
	} else {
		(void)sc_client_typing(p->client, s->users[to].name,
		    (enum sc_activity)prng_below(&s->w.rng, 3));
	}
	peer_pump(p);
}

unsigned
presence_show(const struct sim *s, unsigned u)
{
	unsigned show = SC_SHOW_OFFLINE;

	for (unsigned i = 0; i < s->npeers; i++)
		if (s->peers[i]->user == u && s->peers[i]->show < show)
			show = s->peers[i]->show;
	return removal_is(s, u) ? SC_SHOW_OFFLINE : show;
}

/* A user without a device is not there, and nobody has said so. */
static bool
has_device(const struct sim *s, unsigned u)
{
	for (unsigned i = 0; i < s->npeers; i++)
		if (s->peers[i]->user == u)
			return true;
	return false;
}

const struct peer *
presence_wrong(struct sim *s, unsigned u, unsigned *show)
{
	for (unsigned i = 0; i < s->npeers; i++) {
		const struct peer *p = s->peers[i];
		enum privacy_view view = removal_is(s, u) ? PRIVACY_SHOWS
		    : privacy_online(s, NULL, u, p->user);

		*show = view == PRIVACY_HIDES ? SC_SHOW_OFFLINE + 1
		    : presence_show(s, u) + 1;
		if (host_has("presence") && view != PRIVACY_UNKNOWN &&
		    has_device(s, u) && !removal_is(s, p->user) &&
		    p->shown[u] != *show)
			return p;
	}
	return NULL;
}
