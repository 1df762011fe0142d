/* SPDX-License-Identifier: ISC */
#include "tests/story/acts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"

/* ---- who is there ---------------------------------------------------- */

void
shows(struct tale *t, const char *text, enum sc_show show)
{
	for (size_t i = 0; i < t->cast.n; i++) {
		struct device *d = t->cast.devices[i];

		if (strcmp(d->user, text) == 0 && d->client != NULL &&
		    !d->over && sc_client_show(d->client, show) != 0)
			cast_fail(&t->cast, "%s cannot be shown", text);
	}
}

void
watches(struct tale *t, const char *text, const char *whom)
{
	if (sc_client_watch(who(t, text)->client, whom, true) != 0)
		cast_fail(&t->cast, "%s cannot watch %s", text, whom);
}

struct looking {
	struct tale *t;
	struct device *d;
	int whom;
	enum sc_show show;
	uint64_t logins, chat;
};

static bool
is_shown(void *arg)
{
	const struct looking *l = arg;

	return device_sees(l->d, people[l->whom]) == l->show;
}

void
sees(struct tale *t, const char *text, const char *whom, enum sc_show show)
{
	struct looking l = {.d = who(t, text), .whom = person_index(t, whom),
	    .show = show};

	cast_until(&t->cast, is_shown, &l, "%s sees %s", text, whom);
}

static uint64_t
all_logins(const struct tale *t)
{
	uint64_t n = 0;

	for (size_t i = 0; i < t->cast.n; i++)
		n += t->cast.devices[i]->logins;
	return n;
}

static bool
is_heard(void *arg)
{
	const struct looking *l = arg;

	return l->d->typist == (uint64_t)l->whom + 1 &&
	    l->d->typed_in == l->chat;
}

static bool
is_heard_or_lost(void *arg)
{
	const struct looking *l = arg;

	return is_heard(arg) || all_logins(l->t) != l->logins;
}

void
types(struct tale *t, const char *text, const char *place, const char *whom)
{
	struct device *d = who(t, text);
	struct looking l = {.t = t, .d = who(t, whom),
	    .whom = person_index(t, d->user)};
	const struct place *p = where(t, d, place);
	char chat[24];

	l.d->typist = 0;
	while (!is_heard(&l)) {
		cast_settle(&t->cast);
		l.chat = number_of(l.d, p);
		l.logins = all_logins(t);
		snprintf(chat, sizeof(chat), "%" PRIu64, number_of(d, p));
		if (sc_client_typing(d->client, chat,
		    SC_ACTIVITY_COMPOSING) == 0)
			cast_until(&t->cast, is_heard_or_lost, &l,
			    "%s sees that %s types", whom, text);
	}
}

/* ---- devices --------------------------------------------------------- */

static int
ask_link(struct device *d, void *arg, uint64_t *id)
{
	(void)arg;
	return sc_client_link(d->client, id);
}

static void
take_code(void *arg, const struct sc_event *ev)
{
	if (ev->type == SC_EVENT_LINK)
		snprintf(arg, 200, "%s", ev->text);
}

static bool
is_in_or_out(void *arg)
{
	const struct device *d = arg;

	return d->synced || d->over;
}

void
links(struct tale *t, const char *text, const char *name)
{
	struct device *by = who(t, text);
	struct device *d = cast_add(&t->cast, by->user, name);
	char code[200];

	do {
		/* a code is used up even if nobody lived to hear it */
		device_off(d);
		asks(t, by, ask_link, take_code, code);
		device_on(d, t->cast.server.port, code);
		cast_until(&t->cast, is_in_or_out, d, "%s/%s is in", d->user,
		    name);
	} while (d->over);
}

void
renames(struct tale *t, const char *text, const char *name)
{
	struct device *d = who(t, text);
	uint64_t n = 0;

	if (sc_client_rename(d->client, sc_client_device(d->client), name,
	    &n) != 0)
		cast_fail(&t->cast, "%s cannot be renamed", text);
	device_outcome(d, n);
	t->pendings = xrealloc(t->pendings, t->npendings + 1,
	    sizeof(*t->pendings));
	t->pendings[t->npendings++] = (struct pending){.device = d, .n = n};
	settled(t);
	snprintf(d->name, sizeof(d->name), "%s", name);
}

static bool
is_out(void *arg)
{
	return ((const struct device *)arg)->over;
}

void
removes(struct tale *t, const char *text, const char *whom)
{
	struct device *d = who(t, text), *out = who(t, whom);
	uint64_t n = 0;

	/* with its password it would come back as another device */
	device_off(out);
	device_on(out, t->cast.server.port, NULL);
	cast_settle(&t->cast);
	if (sc_client_revoke(d->client, sc_client_device(out->client),
	    &n) != 0)
		cast_fail(&t->cast, "%s cannot be removed", whom);
	device_outcome(d, n);
	t->pendings = xrealloc(t->pendings, t->npendings + 1,
	    sizeof(*t->pendings));
	t->pendings[t->npendings++] = (struct pending){.device = d, .n = n};
	settled(t);
	cast_until(&t->cast, is_out, out, "%s is out", whom);
}

/* ---- history --------------------------------------------------------- */

struct paging {
	char chat[24];
	struct sc_history what;
	uint64_t lowest, highest;
};

static int
ask_page(struct device *d, void *arg, uint64_t *id)
{
	const struct paging *p = arg;

	return sc_client_history(d->client, p->chat, &p->what, id);
}

static void
take_page(void *arg, const struct sc_event *ev)
{
	struct paging *p = arg;
	bool skip = ev->type == SC_EVENT_PAGE_SKIP;
	uint64_t first = skip ? ev->first : ev->seq;
	uint64_t last = skip ? ev->last : ev->seq;

	if (p->lowest == 0 || first < p->lowest)
		p->lowest = first;
	if (last > p->highest)
		p->highest = last;
}

void
pages_of(struct tale *t, struct device *d, const struct place *place,
    unsigned limit, bool forward)
{
	struct paging p = {.what = {.limit = limit}};
	uint64_t end = book_chat(&d->book, number_of(d, place))->top;
	unsigned asked = 0;

	snprintf(p.chat, sizeof(p.chat), "%" PRIu64, number_of(d, place));
	if (forward)
		p.what.since = 1;	/* of nothing said come the newest */
	do {
		asks(t, d, ask_page, take_page, &p);
		if (forward)
			p.what.after = p.highest;
		else
			p.what.before = p.lowest;
		if (++asked > end + 1)
			cast_fail(&t->cast, "%s/%s: pages do not end",
			    d->user, d->name);
	} while (forward ? p.highest < end : p.lowest > 1);
}

void
pages(struct tale *t, const char *text, const char *place, unsigned limit,
    bool forward)
{
	struct device *d = who(t, text);

	pages_of(t, d, where(t, d, place), limit, forward);
}
