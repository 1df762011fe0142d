/* SPDX-License-Identifier: ISC */
#include "tests/story/verbs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"

const char *const people[PEOPLE] = {"anna", "bert", "clara", "david", "emma",
    "felix", "greta", "hugo", "ida", "jonas", "kim", "lena"};

void
tale_init(struct tale *t, const struct stage_conf *conf, uint64_t seed)
{
	memset(t, 0, sizeof(*t));
	stage_cast(&t->cast, conf);
	t->socket = conf->socket;
	t->random = seed * 0x9e3779b97f4a7c15u | 1;
}

void
tale_fini(struct tale *t)
{
	for (size_t i = 0; i < t->nplaces; i++)
		free(t->places[i]);
	for (size_t i = 0; i < t->nall; i++)
		free(t->all[i]);
	for (size_t i = 0; i < t->ngone; i++)
		free(t->gone[i]);
	free(t->places);
	free(t->all);
	free(t->gone);
	free(t->pendings);
	cast_fini(&t->cast);
}

uint64_t
tale_random(struct tale *t, uint64_t below)
{
	t->random ^= t->random << 13;
	t->random ^= t->random >> 7;
	t->random ^= t->random << 17;
	return t->random % below;
}

void
tale_shuffle(struct tale *t, int order[PEOPLE])
{
	for (int i = 0; i < PEOPLE; i++) {
		int k = (int)tale_random(t, (uint64_t)i + 1);

		order[i] = order[k];
		order[k] = i;
	}
}

void
claim(struct tale *t, bool ok, const char *what)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++t->number, what);
	fflush(stdout);
	t->failed += !ok;
}

/* ---- who and where --------------------------------------------------- */

int
person_index(struct tale *t, const char *name)
{
	for (int i = 0; i < PEOPLE; i++)
		if (strcmp(people[i], name) == 0)
			return i;
	cast_fail(&t->cast, "nobody is called %s", name);
}

struct device *
who(struct tale *t, const char *text)
{
	const char *slash = strchr(text, '/');
	struct device *on[DEVICES + 2];
	size_t n = 0;
	char user[32];

	if (slash != NULL) {
		snprintf(user, sizeof(user), "%.*s", (int)(slash - text),
		    text);
		return cast_device(&t->cast, user, slash + 1);
	}
	for (size_t i = 0; i < t->cast.n && n < DEVICES + 2; i++) {
		struct device *d = t->cast.devices[i];

		if (strcmp(d->user, text) == 0 && d->client != NULL &&
		    !d->over)
			on[n++] = d;
	}
	if (n == 0)
		cast_fail(&t->cast, "no device of %s is on", text);
	return on[tale_random(t, n)];
}

static struct place *
add_place(struct tale *t)
{
	struct place *p = xcalloc(1, sizeof(*p));

	t->places = xrealloc(t->places, t->nplaces + 1,
	    sizeof(struct place *));
	t->places[t->nplaces++] = p;
	return p;
}

static void
enters(struct place *p, int person, uint64_t first)
{
	p->spells[person][p->nspells[person]++] = (struct spell){first, 0};
}

static void
exits(struct place *p, int person, uint64_t last)
{
	p->spells[person][p->nspells[person] - 1].last = last;
}

bool
is_in(const struct place *p, int person)
{
	unsigned n = p->nspells[person];

	return n > 0 && p->spells[person][n - 1].last == 0;
}

/* The direct chat of two. */
static struct place *
between(struct tale *t, int a, int b)
{
	struct place *p;

	for (size_t i = 0; i < t->nplaces; i++) {
		p = t->places[i];
		if ((p->pair[0] == a && p->pair[1] == b) ||
		    (p->pair[0] == b && p->pair[1] == a))
			return p;
	}
	p = add_place(t);
	p->pair[0] = a;
	p->pair[1] = b;
	snprintf(p->name, sizeof(p->name), "%s and %s", people[a], people[b]);
	enters(p, a, 1);
	if (a != b)
		enters(p, b, 1);
	return p;
}

struct place *
where(struct tale *t, const struct device *d, const char *name)
{
	for (size_t i = 0; i < t->nplaces; i++)
		if (t->places[i]->pair[0] < 0 &&
		    strcmp(t->places[i]->name, name) == 0)
			return t->places[i];
	return between(t, person_index(t, d->user), person_index(t, name));
}

/* How a device calls a place. */
static const char *
address_of(const struct device *d, const struct place *p)
{
	if (p->pair[0] < 0)
		return p->id;
	return strcmp(people[p->pair[0]], d->user) == 0 ? people[p->pair[1]]
	    : people[p->pair[0]];
}

uint64_t
number_of(const struct device *d, const struct place *p)
{
	return d->client == NULL ? 0 : sc_client_chat(d->client,
	    address_of(d, p));
}

/* ---- together -------------------------------------------------------- */

static bool
is_settled(void *arg)
{
	const struct tale *t = arg;

	for (size_t i = 0; i < t->npendings; i++) {
		const struct pending *p = &t->pendings[i];

		if (!device_outcome(p->device, p->n)->settled)
			return false;
	}
	return true;
}

static void
note_outcome(struct tale *t, struct pending *p)
{
	const struct outcome *o = device_outcome(p->device, p->n);

	if (o->code != p->refusal)
		cast_fail(&t->cast, "%s/%s: request %" PRIu64 ": %s: %s",
		    p->device->user, p->device->name, p->n,
		    sc_code_text(o->code), o->why);
	if (p->said != NULL)
		p->said->seq = o->seq;
	if (p->place != NULL && p->refusal == 0)
		p->place->head++;
}

void
together(struct tale *t)
{
	t->together = true;
	for (size_t i = 0; i < t->nplaces; i++)
		t->places[i]->before = t->places[i]->head;
}

/* In which order it went is chance. */
static void
note_mixed(struct place *p)
{
	if (p->head > p->before + 1 && p->nmixed < MIXED)
		p->mixed[p->nmixed++] = (struct spell){p->before + 1, p->head};
}

void
settled(struct tale *t)
{
	bool mixed = t->together;

	t->together = false;
	cast_until(&t->cast, is_settled, t, "all is settled");
	for (size_t i = 0; i < t->npendings; i++)
		note_outcome(t, &t->pendings[i]);
	t->npendings = 0;
	for (size_t i = 0; i < t->nplaces && mixed; i++)
		note_mixed(t->places[i]);
}

/* RC is what the engine said to request N. */
static void
asked_for(struct tale *t, int rc, struct pending p)
{
	if (rc != 0)
		cast_fail(&t->cast, "%s/%s: %s", p.device->user,
		    p.device->name, sc_code_text(rc));
	device_outcome(p.device, p.n);
	t->pendings = xrealloc(t->pendings, t->npendings + 1,
	    sizeof(*t->pendings));
	t->pendings[t->npendings++] = p;
	if (!t->together)
		settled(t);
}

/* Where the log of a place ends for somebody. */
static uint64_t
end_for(const struct place *p, int person)
{
	unsigned n = p->nspells[person];

	return n == 0 ? 0 : is_in(p, person) ? p->head
	    : p->spells[person][n - 1].last;
}

static bool
device_has_all(struct tale *t, struct device *d)
{
	int person = person_index(t, d->user);

	for (size_t i = 0; i < t->nplaces; i++) {
		const struct place *p = t->places[i];
		uint64_t end = end_for(p, person), number;

		if (end == 0)
			continue;
		number = number_of(d, p);
		if (number == 0 || book_chat(&d->book, number)->top < end)
			return false;
	}
	return true;
}

static bool
has_all(void *arg)
{
	struct tale *t = arg;

	for (size_t i = 0; i < t->cast.n; i++) {
		struct device *d = t->cast.devices[i];

		if (d->client != NULL && !d->over && (!d->synced ||
		    sc_client_pending(d->client) > 0 ||
		    !device_has_all(t, d)))
			return false;
	}
	return true;
}

void
all_have_all(struct tale *t)
{
	cast_until(&t->cast, has_all, t, "all have all that was said");
}

/* ---- coming and going ------------------------------------------------ */

/* A device, or all of a person's. */
static void
each_device(struct tale *t, const char *text,
    void (*fn)(struct tale *, struct device *))
{
	if (strchr(text, '/') != NULL) {
		fn(t, who(t, text));
		return;
	}
	for (size_t i = 0; i < t->cast.n; i++)
		if (strcmp(t->cast.devices[i]->user, text) == 0)
			fn(t, t->cast.devices[i]);
}

static void
turn_on(struct tale *t, struct device *d)
{
	if (!d->over)
		device_on(d, t->cast.server.port, NULL);
}

static void
turn_off(struct tale *t, struct device *d)
{
	(void)t;
	device_off(d);
}

void
comes(struct tale *t, const char *text)
{
	each_device(t, text, turn_on);
	if (!t->together)
		cast_settle(&t->cast);
}

void
goes(struct tale *t, const char *text)
{
	each_device(t, text, turn_off);
}

/* ---- messages -------------------------------------------------------- */

static struct said *
add_said(struct tale *t, struct place *p, int by, const char *text)
{
	struct said *s = xcalloc(1, sizeof(*s));

	s->place = p;
	s->by = by;
	snprintf(s->text, sizeof(s->text), "%s", text == NULL ? "" : text);
	t->all = xrealloc(t->all, t->nall + 1, sizeof(struct said *));
	t->all[t->nall++] = s;
	return s;
}

static struct said *
tell(struct tale *t, struct device *d, struct place *p, struct sc_message m,
    int refusal)
{
	struct said *s = add_said(t, p, person_index(t, d->user), m.text);
	uint64_t n = 0;
	int rc;

	if (m.text != NULL && m.textlen == 0)
		m.textlen = strlen(m.text);
	rc = sc_client_say(d->client, address_of(d, p), &m, &n);
	asked_for(t, rc, (struct pending){d, n, s, p, refusal});
	return s;
}

struct said *
tells(struct tale *t, const char *text, const char *place,
    const struct sc_message *m)
{
	struct device *d = who(t, text);

	return tell(t, d, where(t, d, place), *m, 0);
}

void
refused(struct tale *t, const char *text, const char *place,
    const struct sc_message *m, int code)
{
	struct device *d = who(t, text);

	(void)tell(t, d, where(t, d, place), *m, code);
}

struct said *
says(struct tale *t, const char *text, const char *place, const char *what)
{
	const struct sc_message m = {.kind = SC_KIND_TEXT, .text = what};

	return tells(t, text, place, &m);
}

/* What refers to another entry, at its place. */
static struct said *
refers(struct tale *t, const char *text, const struct said *to,
    struct sc_message m)
{
	return tell(t, who(t, text), to->place, m, 0);
}

struct said *
replies(struct tale *t, const char *text, const struct said *to,
    const char *what)
{
	return refers(t, text, to, (struct sc_message){.kind = SC_KIND_TEXT,
	    .text = what, .reply = to->seq});
}

struct said *
mentions(struct tale *t, const char *text, const char *place,
    const char *whom, const char *what)
{
	/* users have the numbers of the order in which they were added */
	const struct sc_mention m = {(uint64_t)person_index(t, whom) + 1, 0,
	    strlen(whom) - 1};
	const struct sc_message message = {.kind = SC_KIND_TEXT, .text = what,
	    .mentions = &m, .nmentions = 1};

	return tells(t, text, place, &message);
}

struct said *
forwards(struct tale *t, const char *text, const struct said *what,
    const char *place)
{
	const struct sc_message m = {.kind = SC_KIND_TEXT, .text = what->text,
	    .forwarded = true};

	return tells(t, text, place, &m);
}

struct said *
edits(struct tale *t, const char *text, const struct said *what,
    const char *to)
{
	return refers(t, text, what, (struct sc_message){.kind = SC_KIND_EDIT,
	    .seq = what->seq, .text = to});
}

void
deletes(struct tale *t, const char *text, const struct said *what)
{
	t->gone = xrealloc(t->gone, t->ngone + 1, sizeof(char *));
	t->gone[t->ngone++] = xstrdup(what->text);
	refers(t, text, what, (struct sc_message){.kind = SC_KIND_DELETE,
	    .seq = what->seq});
}

void
reacts(struct tale *t, const char *text, const struct said *to,
    const char *emoji)
{
	refers(t, text, to, (struct sc_message){.kind = SC_KIND_REACTION,
	    .seq = to->seq, .text = emoji});
}

void
votes(struct tale *t, const char *text, const struct said *poll,
    uint64_t choices)
{
	refers(t, text, poll, (struct sc_message){.kind = SC_KIND_VOTE,
	    .seq = poll->seq, .choices = choices});
}

void
pins(struct tale *t, const char *text, const struct said *what, bool on)
{
	refers(t, text, what, (struct sc_message){.kind = on ? SC_KIND_PIN
	    : SC_KIND_UNPIN, .seq = what->seq});
}

/* ---- for oneself ----------------------------------------------------- */

struct reading {
	struct tale *t;
	struct device *d;
	const struct place *p;
	uint64_t seq;
};

static bool
can_read(void *arg)
{
	struct reading *r = arg;
	uint64_t number = number_of(r->d, r->p);

	return number != 0 &&
	    sc_client_cursor(r->d->client, number) >= r->seq;
}

static bool
is_read(void *arg)
{
	const struct reading *r = arg;

	for (size_t i = 0; i < r->t->cast.n; i++) {
		struct device *d = r->t->cast.devices[i];

		if (strcmp(d->user, r->d->user) == 0 && d->client != NULL &&
		    !d->over && (!d->synced || sc_client_read_mark(d->client,
		    number_of(d, r->p)) < r->seq))
			return false;
	}
	return true;
}

void
reads(struct tale *t, const char *text, const char *place)
{
	struct device *d = who(t, text);
	struct place *p = where(t, d, place);
	struct reading r = {t, d, p, end_for(p, person_index(t, d->user))};

	cast_until(&t->cast, can_read, &r, "%s has %s to %" PRIu64, text,
	    place, r.seq);
	if (sc_client_read(d->client, number_of(d, p), r.seq) != 0)
		cast_fail(&t->cast, "%s cannot read %s", text, place);
	p->read[person_index(t, d->user)] = r.seq;
	if (!t->together)
		cast_until(&t->cast, is_read, &r, "%s has read %s", text,
		    place);
}

static void
set(struct tale *t, const char *text, const char *place,
    const struct sc_settings *s)
{
	struct device *d = who(t, text);
	uint64_t n = 0;
	int rc = sc_client_set(d->client, address_of(d, where(t, d, place)),
	    s, &n);

	asked_for(t, rc, (struct pending){.device = d, .n = n});
}

void
mutes(struct tale *t, const char *text, const char *place, bool on)
{
	const int64_t until = on ? SC_FOREVER : 0;

	set(t, text, place, &(struct sc_settings){.muted = &until});
}

void
archives(struct tale *t, const char *text, const char *place, bool on)
{
	set(t, text, place, &(struct sc_settings){.archived = &on});
}

void
puts_on_top(struct tale *t, const char *text, const char *place, bool on)
{
	set(t, text, place, &(struct sc_settings){.pinned = &on});
}

void
stars(struct tale *t, const char *text, const struct said *what, bool on)
{
	struct device *d = who(t, text);
	uint64_t n = 0;
	int rc = sc_client_star(d->client, address_of(d, what->place),
	    what->seq, on, &n);

	asked_for(t, rc, (struct pending){.device = d, .n = n});
}

void
hides(struct tale *t, const char *text, const struct said *what)
{
	struct device *d = who(t, text);
	uint64_t n = 0;
	int rc = sc_client_hide(d->client, address_of(d, what->place),
	    what->seq, &n);

	asked_for(t, rc, (struct pending){.device = d, .n = n});
}

/* ---- groups ---------------------------------------------------------- */

enum { MEMBERS_MAX = PEOPLE };

struct names {
	char text[200];
	struct sc_member who[MEMBERS_MAX];
	size_t n;
};

/* `bert +clara david': clara is an admin. */
static void
split(struct names *to, const char *text, enum sc_role role)
{
	char *rest = to->text, *word;

	snprintf(to->text, sizeof(to->text), "%s", text);
	for (to->n = 0; (word = strsep(&rest, " ")) != NULL; to->n++) {
		bool admin = *word == '+';

		to->who[to->n] = (struct sc_member){word + admin,
		    admin ? SC_ROLE_ADMIN : role};
	}
}

struct introduction {
	struct device *d;
	uint64_t number;
	char id[SC_CHAT_ID_SIZE];
};

static bool
is_introduced(void *arg)
{
	struct introduction *in = arg;

	return *sc_client_chat_id(in->d->client, in->number, in->id) != '\0';
}

/* `#...' of a chat that the device knows by number. */
static void
learn_id(struct tale *t, struct device *d, uint64_t number, char *out)
{
	struct introduction in = {.d = d, .number = number};

	cast_until(&t->cast, is_introduced, &in, "%s/%s is told of chat %"
	    PRIu64, d->user, d->name, number);
	memcpy(out, in.id, sizeof(in.id));
}

/* A group or a channel that is about to be. */
static struct place *
add_room(struct tale *t, const char *name)
{
	struct place *p = add_place(t);

	p->pair[0] = p->pair[1] = -1;
	snprintf(p->name, sizeof(p->name), "%s", name);
	return p;
}

struct place *
makes_group(struct tale *t, const char *text, const char *name,
    const char *members)
{
	struct device *d = who(t, text);
	const struct sc_group g = {.name = name};
	struct place *p = add_room(t, name);
	struct names with;
	uint64_t n = 0;
	int rc;

	split(&with, members, SC_ROLE_MEMBER);
	rc = sc_client_group_create(d->client, &g, with.who, with.n, &n);
	asked_for(t, rc, (struct pending){d, n, NULL, p, 0});
	enters(p, person_index(t, d->user), 1);
	for (size_t i = 0; i < with.n; i++)
		enters(p, person_index(t, with.who[i].user), 1);
	learn_id(t, d, device_outcome(d, n)->chat, p->id);
	return p;
}

void
sets(struct tale *t, const char *text, const char *place,
    const struct sc_group *g)
{
	struct device *d = who(t, text);
	struct place *p = where(t, d, place);
	uint64_t n = 0;
	int rc = sc_client_group_set(d->client, p->id, g, &n);

	asked_for(t, rc, (struct pending){d, n, NULL, p, 0});
}

/* What a change means for who is in it; the place has its entry already. */
static void
note_change(struct tale *t, struct place *p, enum sc_group_change change,
    const struct names *whom)
{
	for (size_t i = 0; i < whom->n; i++) {
		int person = person_index(t, whom->who[i].user);

		if (change == SC_GROUP_ADD || change == SC_GROUP_APPROVE)
			enters(p, person, p->head);
		else if (change == SC_GROUP_REMOVE)
			exits(p, person, p->head);
	}
}

void
changes(struct tale *t, const char *text, const char *place,
    enum sc_group_change change, const char *members, enum sc_role role)
{
	struct device *d = who(t, text);
	struct place *p = where(t, d, place);
	bool seen = change != SC_GROUP_REFUSE;
	struct names whom;
	uint64_t n = 0;
	int rc;

	split(&whom, members, role);
	rc = sc_client_group_change(d->client, p->id, change, whom.who,
	    whom.n, &n);
	asked_for(t, rc, (struct pending){d, n, NULL, seen ? p : NULL, 0});
	note_change(t, p, change, &whom);
}

void
leaves(struct tale *t, const char *text, const char *place)
{
	struct device *d = who(t, text);
	struct place *p = where(t, d, place);
	uint64_t n = 0;
	int rc = sc_client_group_change(d->client, p->id, SC_GROUP_LEAVE, NULL,
	    0, &n);

	asked_for(t, rc, (struct pending){d, n, NULL, p, 0});
	exits(p, person_index(t, d->user), p->head);
}

char *
invites(struct tale *t, const char *text, const char *place, uint64_t limit)
{
	struct device *d = who(t, text);
	uint64_t n = 0;
	int rc = sc_client_group_invite(d->client, where(t, d, place)->id, 0,
	    limit, &n);

	asked_for(t, rc, (struct pending){.device = d, .n = n});
	if (device_outcome(d, n)->token[0] == '\0')
		cast_fail(&t->cast, "%s is given no invitation", text);
	return xstrdup(device_outcome(d, n)->token);
}

bool
joins(struct tale *t, const char *text, const char *place, const char *token)
{
	struct device *d = who(t, text);
	struct place *p = where(t, d, place);
	const struct outcome *o;
	uint64_t n = 0;
	int rc = sc_client_group_join(d->client, token, &n);

	asked_for(t, rc, (struct pending){.device = d, .n = n});
	o = device_outcome(d, n);
	if (o->waits)
		return false;
	enters(p, person_index(t, d->user), ++p->head);
	return true;
}

void
revokes(struct tale *t, const char *text, const char *place,
    const char *token)
{
	struct device *d = who(t, text);
	uint64_t n = 0;
	int rc = sc_client_group_revoke(d->client, where(t, d, place)->id,
	    token, &n);

	asked_for(t, rc, (struct pending){.device = d, .n = n});
}

/* ---- channels -------------------------------------------------------- */

struct place *
makes_channel(struct tale *t, const char *text, const char *name)
{
	struct device *d = who(t, text);
	const struct sc_group g = {.name = name};
	struct place *p = add_room(t, name);
	uint64_t n = 0;
	int rc = sc_client_channel_create(d->client, &g, &n);

	asked_for(t, rc, (struct pending){d, n, NULL, p, 0});
	enters(p, person_index(t, d->user), 1);
	learn_id(t, d, device_outcome(d, n)->chat, p->id);
	return p;
}

void
subscribes(struct tale *t, const char *text, const char *place)
{
	struct device *d = who(t, text);
	struct place *p = where(t, d, place);
	uint64_t n = 0;
	int rc = sc_client_channel_join(d->client, p->id, &n);

	asked_for(t, rc, (struct pending){.device = d, .n = n});
	enters(p, person_index(t, d->user), 1);
}

void
unsubscribes(struct tale *t, const char *text, const char *place)
{
	struct device *d = who(t, text);
	struct place *p = where(t, d, place);
	uint64_t n = 0;
	int rc = sc_client_group_change(d->client, p->id, SC_GROUP_LEAVE, NULL,
	    0, &n);

	asked_for(t, rc, (struct pending){.device = d, .n = n});
	exits(p, person_index(t, d->user), p->head);
}

/* ---- questions ------------------------------------------------------- */

static bool
is_answered(void *arg)
{
	return ((const struct device *)arg)->question.ended;
}

void
asks(struct tale *t, struct device *d, ask_fn *ask,
    void (*item)(void *, const struct sc_event *), void *arg)
{
	int rc;

	do {
		d->question = (struct question){.item = item, .arg = arg};
		rc = ask(d, arg, &d->question.id);
		if (rc != 0)
			cast_fail(&t->cast, "%s/%s cannot ask: %s", d->user,
			    d->name, sc_code_text(rc));
		cast_until(&t->cast, is_answered, d, "%s/%s is answered",
		    d->user, d->name);
		rc = d->question.code;
	} while (rc == SC_CODE_UNAVAILABLE || rc == SC_CODE_RATE_LIMITED);
	if (rc != 0)
		cast_fail(&t->cast, "%s/%s is answered: %s", d->user, d->name,
		    sc_code_text(rc));
	d->question.id = 0;
}

struct unread {
	const char *chat;
	uint64_t n;
};

static int
ask_unread(struct device *d, void *arg, uint64_t *id)
{
	return sc_client_unread(d->client, ((struct unread *)arg)->chat, id);
}

static void
take_unread(void *arg, const struct sc_event *ev)
{
	((struct unread *)arg)->n = ev->unread;
}

uint64_t
unread_of(struct tale *t, const char *text, const char *place)
{
	struct device *d = who(t, text);
	struct unread u = {NULL, 0};

	if (place != NULL)
		u.chat = address_of(d, where(t, d, place));
	asks(t, d, ask_unread, take_unread, &u);
	return u.n;
}
