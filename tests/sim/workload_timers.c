/* SPDX-License-Identifier: ISC */
/* Timers of chats, set by whoever likes to, also where he may not. */
#include <inttypes.h>
#include <stdio.h>

#include "tests/sim/sim.h"
#include "tests/sim/workload.h"

/* Some chat, also of somebody who has none with this user yet. */
static void
some_chat(struct peer *p, char *chat, size_t cap)
{
	static const enum sc_chat_kind kinds[] = {SC_CHAT_DIRECT,
	    SC_CHAT_GROUP, SC_CHAT_CHANNEL};
	struct prng *rng = &p->sim->w.rng;
	uint64_t number = workload_chat(p, kinds[prng_below(rng, 3)]);

	if (number > 1)
		snprintf(chat, cap, "%" PRIu64, number);
	else
		snprintf(chat, cap, "%s",
		    p->sim->users[prng_below(rng, p->sim->nusers)].name);
}

void
timers_step(struct peer *p)
{
	struct prng *rng = &p->sim->w.rng;
	uint32_t seconds = prng_one_in(rng, 4) ? 0
	    : (uint32_t)prng_between(rng, 1, 30);
	char chat[32];
	uint64_t n = 0;
	int rc;

	some_chat(p, chat, sizeof(chat));
	rc = sc_client_timer(p->client, chat, seconds, &n);
	report_trace(&p->sim->w.report, p->name, "sets the timer of %s to %"
	    PRIu32 ": n=%" PRIu64 " %s", chat, seconds, n,
	    rc == 0 ? "" : sc_code_text(rc));
	if (rc == 0)
		request_note(p, &(struct app_request){.n = n,
		    .kind = REQUEST_TIMER, .said = SAID_NONE});
	peer_pump(p);
}
