/* SPDX-License-Identifier: ISC */
/*
 * The long story: twelve people with three devices each, who use everything.
 * In the end all devices hold the same, and so does the server, however often it
 * was killed meanwhile.  tale.sh prepares what it needs (stage.h).
 *
 *	--end FILE		what is the same however the story went
 *	--seed N		which device does what, and who is first
 *	--kills N --kill-seed N	the server is killed so often
 *	--no-channels		the server has none
 *	--tables DIR		where its tables are
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "tests/story/acts.h"
#include "tests/story/ending.h"
#include "tests/story/office.h"

enum {
	EVENTS = 5000,		/* that devices are told, or some more */
	MANY = 40
};

static const char *const devices[DEVICES] = {"laptop", "phone", "tablet"};

/* ---- 1 --------------------------------------------------------------- */

static void
everybody_comes(struct tale *t)
{
	int order[PEOPLE];

	tale_shuffle(t, order);
	together(t);
	for (int i = 0; i < PEOPLE; i++)
		for (int k = 0; k < DEVICES; k++)
			cast_add(&t->cast, people[order[i]], devices[k]);
	for (int i = 0; i < PEOPLE; i++)
		comes(t, people[order[i]]);
	settled(t);
	cast_settle(&t->cast);
}

/* ---- 2 --------------------------------------------------------------- */

/* Each greets the next one, who reads and answers. */
static void
they_greet_one_another(struct tale *t)
{
	int order[PEOPLE];
	char text[100];

	tale_shuffle(t, order);
	together(t);
	for (int i = 0; i < PEOPLE; i++) {
		const char *a = people[order[i]];
		const char *b = people[(order[i] + 1) % PEOPLE];

		snprintf(text, sizeof(text), "hello %s, this is %s", b, a);
		says(t, a, b, text);
	}
	settled(t);
	tale_shuffle(t, order);
	for (int i = 0; i < PEOPLE; i++)
		reads(t, people[(order[i] + 1) % PEOPLE], people[order[i]]);
	together(t);
	for (int i = 0; i < PEOPLE; i++)
		says(t, people[(order[i] + 1) % PEOPLE], people[order[i]],
		    "and hello to you");
	settled(t);
	says(t, "anna", "anna", "a note to myself: make a group");
	all_have_all(t);
}

/* ---- 3 --------------------------------------------------------------- */

static void
anna_makes_a_group(struct tale *t)
{
	const enum sc_role admin = SC_ROLE_ADMIN, member = SC_ROLE_MEMBER;
	const struct sc_message hush = {.kind = SC_KIND_TEXT,
	    .text = "may I?"};

	makes_group(t, "anna", "team", "bert clara +david emma felix");
	says(t, "anna", "team", "welcome, all of you");
	says(t, "bert", "team", "what are we called?");
	sets(t, "clara", "team", &(struct sc_group){.name = "the crew"});
	sets(t, "david", "team", &(struct sc_group){.topic = "what we do",
	    .avatar = "picture", .avatarlen = 7});
	changes(t, "anna", "team", SC_GROUP_ROLE, "clara", SC_ROLE_ADMIN);
	changes(t, "anna", "team", SC_GROUP_ROLE, "david", SC_ROLE_MEMBER);

	sets(t, "clara", "team", &(struct sc_group){.post = &admin});
	refused(t, "emma", "team", &hush, SC_CODE_FORBIDDEN);
	says(t, "clara", "team", "now only admins speak");
	sets(t, "clara", "team", &(struct sc_group){.post = &member,
	    .edit = &admin});
	says(t, "emma", "team", "I may again");
	all_have_all(t);
}

/* ---- 4 --------------------------------------------------------------- */

static void
some_come_and_some_go(struct tale *t)
{
	const bool on = true;
	char *token;

	changes(t, "anna", "team", SC_GROUP_ADD, "greta hugo",
	    SC_ROLE_MEMBER);
	says(t, "hugo", "team", "hello, I am new here");
	changes(t, "clara", "team", SC_GROUP_REMOVE, "emma", SC_ROLE_MEMBER);
	says(t, "anna", "team", "emma does not read this");
	leaves(t, "greta", "team");

	token = invites(t, "clara", "team", 3);
	claim(t, joins(t, "jonas", "team", token), "jonas comes by invitation");
	sets(t, "anna", "team", &(struct sc_group){.approval = &on});
	claim(t, !joins(t, "kim", "team", token), "kim has to be let in");
	claim(t, !joins(t, "lena", "team", token), "lena, too");
	changes(t, "clara", "team", SC_GROUP_APPROVE, "kim", SC_ROLE_MEMBER);
	changes(t, "anna", "team", SC_GROUP_REFUSE, "lena", SC_ROLE_MEMBER);
	revokes(t, "clara", "team", token);
	free(token);
	says(t, "kim", "team", "thank you for letting me in");
	changes(t, "anna", "team", SC_GROUP_ADD, "emma", SC_ROLE_MEMBER);
	says(t, "emma", "team", "I am back");
	all_have_all(t);
}

/* ---- 5 --------------------------------------------------------------- */

/* All answer a poll at once. */
static void
they_vote(struct tale *t, const struct place *team)
{
	static const char *options[] = {"by train", "by boat", "on foot"};
	const struct sc_message m = {.kind = SC_KIND_POLL,
	    .name = "How do we go?", .options = options, .noptions = 3,
	    .most = 2};
	struct said *poll = tells(t, "clara", "team", &m);
	int order[PEOPLE];

	tale_shuffle(t, order);
	together(t);
	for (int i = 0; i < PEOPLE; i++)
		if (is_in(team, order[i]))
			votes(t, people[order[i]], poll,
			    1u << (order[i] % 3));
	settled(t);
	votes(t, "hugo", poll, 5);
}

static void
they_say_all_kinds_of_things(struct tale *t)
{
	const struct sc_message here = {.kind = SC_KIND_LOCATION,
	    .name = "the gate", .text = "Pariser Platz", .latitude = 525163000,
	    .longitude = 133777000, .accuracy = 10};
	const struct sc_message card = {.kind = SC_KIND_CARD, .name = "Ida",
	    .user = 9, .text = "BEGIN:VCARD\nFN:Ida\nEND:VCARD"};
	const struct sc_message picture = {.kind = SC_KIND_MEDIA,
	    .text = "the view", .ref = "an upload", .reflen = 9,
	    .mime = "image/jpeg", .size = 12345};
	struct said *first, *second, *third, *place;

	first = says(t, "bert", "team", "we met at nine, did we?");
	edits(t, "bert", first, "we meet at nine, do we?");
	reacts(t, "anna", first, "👍");
	reacts(t, "felix", first, "❤");
	reacts(t, "felix", first, "");
	second = replies(t, "david", first, "at ten");
	second = replies(t, "emma", second, "no: at nine");
	mentions(t, "jonas", "team", "felix", "felix, you bring the boat");
	forwards(t, "kim", second, "anna");
	forwards(t, "kim", second, "lena");

	third = says(t, "felix", "team", "this was a secret of felix");
	edits(t, "felix", third, "this still is a secret of felix");
	reacts(t, "bert", third, "🙈");
	deletes(t, "felix", third);
	third = says(t, "jonas", "team", "a rude word by jonas");
	deletes(t, "clara", third);

	place = tells(t, "hugo", "team", &here);
	pins(t, "anna", place, true);
	pins(t, "anna", second, true);
	pins(t, "clara", second, false);
	tells(t, "anna", "bert", &card);
	tells(t, "bert", "anna", &picture);
	they_vote(t, where(t, who(t, "anna"), "team"));
	all_have_all(t);
}

/* ---- 6 --------------------------------------------------------------- */

static void
each_sets_what_he_likes(struct tale *t)
{
	struct said *a = says(t, "lena", "kim", "one to keep");
	struct said *b = says(t, "lena", "kim", "one to forget");

	stars(t, "kim", a, true);
	stars(t, "kim", b, true);
	stars(t, "kim", b, false);
	hides(t, "kim", b);
	stars(t, "lena", b, true);
	mutes(t, "felix", "team", true);
	puts_on_top(t, "felix", "greta", true);
	archives(t, "greta", "felix", true);
	mutes(t, "bert", "clara", true);
	mutes(t, "bert", "clara", false);
	reads(t, "kim", "lena");
	all_have_all(t);
}

/* ---- 7 --------------------------------------------------------------- */

static void
hugo_is_away(struct tale *t)
{
	struct said *wrong = NULL;
	char text[100];

	reads(t, "hugo", "team");
	reads(t, "hugo", "ida");
	goes(t, "hugo");
	goes(t, "ida/tablet");
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "while hugo was away, %d", i + 1);
		wrong = says(t, i % 2 == 0 ? "anna" : "jonas", "team", text);
	}
	deletes(t, "jonas", wrong);
	says(t, "ida", "hugo", "where are you?");
	says(t, "ida", "hugo", "hugo?");
	comes(t, "hugo");
	all_have_all(t);
	claim(t, unread_of(t, "hugo", "team") == MANY - 1,
	    "what was written meanwhile is unread, but for what was deleted");
	claim(t, unread_of(t, "hugo/phone", "ida") == 2,
	    "two more by ida, on another device, too");
	reads(t, "hugo", "team");
	reads(t, "hugo", "ida");
	claim(t, unread_of(t, "hugo/laptop", "team") == 0 &&
	    unread_of(t, "hugo/tablet", "ida") == 0,
	    "what he reads on one device is read on all");
	comes(t, "ida/tablet");
	all_have_all(t);
}

/* ---- 8 --------------------------------------------------------------- */

static void
they_see_one_another(struct tale *t)
{
	watches(t, "anna/phone", "bert");
	watches(t, "lena/laptop", "bert");
	sees(t, "anna/phone", "bert", SC_SHOW_ONLINE);
	shows(t, "bert", SC_SHOW_AWAY);
	sees(t, "anna/phone", "bert", SC_SHOW_AWAY);
	sees(t, "lena/laptop", "bert", SC_SHOW_AWAY);
	shows(t, "bert", SC_SHOW_OFFLINE);
	sees(t, "anna/phone", "bert", SC_SHOW_OFFLINE);
	shows(t, "bert", SC_SHOW_ONLINE);
	sees(t, "lena/laptop", "bert", SC_SHOW_ONLINE);
	types(t, "bert/phone", "anna", "anna/tablet");
	types(t, "kim/phone", "team", "jonas/laptop");
}

/* ---- 9 --------------------------------------------------------------- */

static void
greta_gets_another_device(struct tale *t)
{
	goes(t, "greta/laptop");
	removes(t, "greta/phone", "greta/tablet");
	links(t, "greta/phone", "watch");
	renames(t, "greta/watch", "wrist");
	comes(t, "greta/laptop");
	says(t, "greta/wrist", "felix", "from my new watch");
	all_have_all(t);
	pages(t, "greta/wrist", "felix", 2, false);
	pages(t, "greta/wrist", "hugo", 1, true);
	pages(t, "greta/wrist", "team", 7, true);
	pages(t, "greta/phone", "team", 5, false);
}

/* ---- 10 -------------------------------------------------------------- */

/* All talk at once, while some devices come and go. */
static void
all_talk_at_once(struct tale *t)
{
	const struct place *team = where(t, who(t, "anna"), "team");
	char text[100];
	int order[PEOPLE];

	together(t);
	for (int round = 0; round < 3; round++) {
		tale_shuffle(t, order);
		for (int i = 0; i < PEOPLE; i++) {
			const char *name = people[order[i]];

			snprintf(text, sizeof(text), "%s speaks: %d", name,
			    round);
			if (is_in(team, order[i]))
				says(t, name, "team", text);
			says(t, name, people[(order[i] + 5) % PEOPLE], text);
		}
		goes(t, "david/phone");
		comes(t, "david/phone");
		cast_turn(&t->cast);
	}
	settled(t);
	all_have_all(t);
}

static void
most_read(struct tale *t)
{
	int order[PEOPLE];

	tale_shuffle(t, order);
	for (int i = 0; i < PEOPLE; i++)
		if (order[i] % 3 != 0)
			reads(t, people[order[i]],
			    people[(order[i] + PEOPLE - 5) % PEOPLE]);
	for (int i = 0; i < PEOPLE; i++)
		if (order[i] % 4 == 1 && is_in(where(t, who(t, "anna"),
		    "team"), order[i]))
			reads(t, people[order[i]], "team");
}

/* ---- 11 -------------------------------------------------------------- */

static int
ask_views(struct device *d, void *arg, uint64_t *id)
{
	return sc_client_views(d->client, arg, 0, 0, id);
}

/* Few write, many read. */
static void
ida_makes_a_channel(struct tale *t)
{
	struct place *p = makes_channel(t, "ida", "news");
	struct said *first, *wrong;
	int order[PEOPLE];

	tale_shuffle(t, order);
	for (int i = 0; i < PEOPLE; i++)
		if (order[i] % 2 == 1)
			subscribes(t, people[order[i]], "news");
	first = says(t, "ida", "news", "the first news of all");
	edits(t, "ida", first, "the first news of all, without mistakes");
	all_have_all(t);
	unsubscribes(t, "lena", "news");
	wrong = says(t, "ida", "news", "what ida should not have told");
	deletes(t, "ida", wrong);
	changes(t, "ida", "news", SC_GROUP_ROLE, "david", SC_ROLE_ADMIN);
	says(t, "david", "news", "ida lets me write, too");
	all_have_all(t);
	goes(t, "bert/tablet");
	reads(t, "bert", "news");
	comes(t, "bert/tablet");
	reads(t, "jonas", "news");
	asks(t, who(t, "ida"), ask_views, NULL, p->id);
}

/* ---- the whole ------------------------------------------------------- */

static void
tell_it(struct tale *t, bool channels)
{
	everybody_comes(t);
	they_greet_one_another(t);
	anna_makes_a_group(t);
	some_come_and_some_go(t);
	they_say_all_kinds_of_things(t);
	each_sets_what_he_likes(t);
	hugo_is_away(t);
	they_see_one_another(t);
	if (channels)
		ida_makes_a_channel(t);
	greta_gets_another_device(t);
	all_talk_at_once(t);
	most_read(t);
}

struct options {
	struct stage_conf stage;
	char *end, *tables;
	uint64_t seed, kill_seed;
	unsigned kills;
	bool no_channels;
};

static int
run(const struct options *o)
{
	struct tale t;
	int failed;

	tale_init(&t, &o->stage, o->seed);
	printf("# seed %" PRIu64 ", kills %u, kill seed %" PRIu64 "\n",
	    o->seed, o->kills, o->kill_seed);
	cast_start(&t.cast);
	for (int i = 0; i < PEOPLE; i++)
		if (office_add_user(t.socket, people[i]) != 0)
			cast_fail(&t.cast, "%s is not added", people[i]);
	if (o->kills > 0)
		cast_doom(&t.cast, o->kills, EVENTS / (o->kills + 1),
		    o->kill_seed);
	tell_it(&t, !o->no_channels);
	cast_doom_ends(&t.cast);
	printf("# killed: the worker %u times, all of the server %u times\n",
	    t.cast.doom.workers, t.cast.doom.servers);
	ending(&t, o->end);
	cast_stop(&t.cast);
	if (o->tables != NULL)
		ending_on_disk(&t, o->tables);
	printf("1..%u\n", t.number);
	failed = t.failed == 0 ? 0 : 1;
	tale_fini(&t);
	return failed;
}

static int
option(struct options *o, int opt)
{
	uint64_t n = optarg == NULL ? 0 : strtoull(optarg, NULL, 10);

	switch (opt) {
	case 'e': o->end = optarg; break;
	case 'r': o->seed = n; break;
	case 'k': o->kills = (unsigned)n; break;
	case 'K': o->kill_seed = n; break;
	case 't': o->tables = optarg; break;
	case 'N': o->no_channels = true; break;
	default: return stage_option(&o->stage, opt) ? 0 : -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		STAGE_OPTIONS, {"end", 1, NULL, 'e'},
		{"seed", 1, NULL, 'r'}, {"kills", 1, NULL, 'k'},
		{"kill-seed", 1, NULL, 'K'}, {"no-channels", 0, NULL, 'N'},
		{"tables", 1, NULL, 't'},
		{NULL, 0, NULL, 0}};
	struct options o = {.seed = 1, .kill_seed = 1};
	int opt;

	signal(SIGPIPE, SIG_IGN);
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option(&o, opt) != 0)
			return 2;
	if (!stage_complete(&o.stage) || o.end == NULL) {
		fprintf(stderr, "tale: options are missing\n");
		return 2;
	}
	return run(&o);
}
