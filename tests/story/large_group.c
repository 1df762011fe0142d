/* SPDX-License-Identifier: ISC */
/*
 * A large group: all its members are there once, then some go; while the
 * others listen two admins rename it over and over and ten members write, all at
 * the same time; then those who went come back.  In the end all hold the log that
 * the server has.  large_group.sh prepares what it needs (stage.h).
 *
 *	--members N --away N --posts N --renames N
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "tests/story/agree.h"
#include "tests/story/stage.h"

enum {
	ADMINS = 2,		/* members 1 and 2 */
	POSTERS = 10,		/* the next ones */
	FIRST_POSTER = 1 + ADMINS,
	GROUP = 2		/* its number for all: their first chat */
};

struct large {
	struct stage stage;
	unsigned members, away, posts, renames;
	uint64_t head;		/* the log has so many entries in the end */
};

static struct device *
member(const struct large *l, unsigned i)
{
	return l->stage.cast.devices[i];
}

/* ---- before ---------------------------------------------------------- */

static void
gather(struct large *l)
{
	char name[16];

	for (unsigned i = 0; i < l->members; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		(void)stage_enter(&l->stage, name);
	}
	cast_settle(&l->stage.cast);
}

/* All that are on have the log up to the head. */
static bool
all_have_it(void *arg)
{
	const struct large *l = arg;

	for (unsigned i = 0; i < l->members; i++) {
		struct device *d = member(l, i);

		if (d->client != NULL &&
		    book_chat(&d->book, GROUP)->top < l->head)
			return false;
	}
	return true;
}

static void
make_group(struct large *l)
{
	struct sc_member *who = xcalloc(l->members, sizeof(*who));
	const struct sc_group g = {.name = "everybody"};
	uint64_t n = 0;

	for (unsigned i = 1; i < l->members; i++)
		who[i - 1] = (struct sc_member){member(l, i)->user,
		    i <= ADMINS ? SC_ROLE_ADMIN : SC_ROLE_MEMBER};
	if (sc_client_group_create(member(l, 0)->client, &g, who,
	    l->members - 1, &n) != 0)
		cast_fail(&l->stage.cast, "the group is not made");
	free(who);
	l->head = 1;
	cast_until(&l->stage.cast, all_have_it, l, "all are in the group");
}

/* ---- all at once ----------------------------------------------------- */

static void
rename_it(struct large *l, struct device *d, unsigned i)
{
	char name[64];
	const struct sc_group g = {.name = name};
	uint64_t n = 0;

	snprintf(name, sizeof(name), "%s says %u", d->user, i);
	if (sc_client_group_set(d->client, "2", &g, &n) != 0)
		cast_fail(&l->stage.cast, "%s cannot rename it", d->user);
	l->head++;
}

static void
post(struct large *l, struct device *d, unsigned i)
{
	char text[64];
	uint64_t n = 0;

	snprintf(text, sizeof(text), "%s says %u", d->user, i);
	if (sc_client_send(d->client, "2", text, strlen(text), &n) != 0)
		cast_fail(&l->stage.cast, "%s cannot write", d->user);
	l->head++;
}

static void
all_at_once(struct large *l)
{
	unsigned most = l->posts > l->renames ? l->posts : l->renames;

	for (unsigned i = 0; i < most; i++) {
		for (unsigned k = 1; k <= ADMINS && i < l->renames; k++)
			rename_it(l, member(l, k), i);
		for (unsigned k = 0; k < POSTERS && i < l->posts; k++)
			post(l, member(l, FIRST_POSTER + k), i);
		cast_turn(&l->stage.cast);
	}
}

/* ---- after ----------------------------------------------------------- */

/* What member I said comes in its order, and all of it. */
static bool
in_order(const struct large *l, const struct book_chat *log, unsigned i)
{
	char wanted[64];
	unsigned next = 0;
	bool admin = i <= ADMINS;

	for (uint64_t seq = 2; seq <= log->top; seq++) {
		const struct line *line = book_line(log, seq);

		if (line == NULL ||
		    line->from != sc_client_user(member(l, i)->client))
			continue;
		snprintf(wanted, sizeof(wanted), admin
		    ? "<changed name=\"%s says %u\"/>"
		    : "<body>%s says %u</body>", member(l, i)->user, next++);
		if (strcmp(line->text, wanted) != 0)
			return false;
	}
	return next == (admin ? l->renames : l->posts);
}

static bool
all_in_order(const struct large *l, const struct book_chat *log)
{
	bool ok = log->top == l->head;

	for (unsigned i = 1; i < FIRST_POSTER + POSTERS; i++)
		ok = in_order(l, log, i) && ok;
	return ok;
}

/* How often another one speaks than before: only as often as there are speakers
 * if they spoke one after the other. */
static unsigned
changes_of_speaker(const struct book_chat *log)
{
	unsigned n = 0;

	for (uint64_t seq = 3; seq <= log->top; seq++)
		n += book_line(log, seq)->from != book_line(log,
		    seq - 1)->from;
	return n;
}

/* What the group is called in the end. */
static const char *
last_name(const struct book_chat *log, char out[64])
{
	*out = '\0';
	for (uint64_t seq = log->top; seq > 0 && *out == '\0'; seq--)
		(void)sscanf(book_line(log, seq)->text,
		    "<changed name=\"%63[^\"]", out);
	return out;
}

static void
compare(struct large *l)
{
	struct book server = {0};
	const struct book_chat *log = agree_server_log(l->stage.socket, "m0",
	    GROUP, &server);
	unsigned same = 0, named = 0, told_twice = 0;
	char name[64];

	last_name(log, name);
	for (unsigned i = 0; i < l->members; i++) {
		struct device *d = member(l, i);

		same += agree_skipped(book_chat(&d->book, GROUP)) == 0 &&
		    agree_with_server(d->user, book_chat(&d->book, GROUP),
		    log);
		named += strcmp(sc_client_chat_name(d->client, GROUP),
		    name) == 0;
		told_twice += d->book.repeated + d->book.differed;
	}
	printf("# %" PRIu64 " entries, %u changes of the speaker; %u of %u "
	    "hold the log, %u know its name\n", log->top,
	    changes_of_speaker(log), same, l->members, named);
	stage_verdict(&l->stage, all_in_order(l, log),
	    "all that was said is in the log, each one's in his order");
	stage_verdict(&l->stage, changes_of_speaker(log) > ADMINS + POSTERS,
	    "all spoke at the same time");
	stage_verdict(&l->stage, same == l->members,
	    "all members hold the same log");
	stage_verdict(&l->stage, named == l->members,
	    "all call the group by the last name that it got");
	stage_verdict(&l->stage, told_twice == 0,
	    "nobody was given anything twice");
	book_fini(&server);
}

static int
run(struct large *l)
{
	cast_start(&l->stage.cast);
	gather(l);
	make_group(l);
	stage_verdict(&l->stage, true, "all are in the group");
	for (unsigned i = 0; i < l->away; i++)
		device_off(member(l, l->members - 1 - i));
	all_at_once(l);
	cast_until(&l->stage.cast, all_have_it, l, "who is there has it all");
	cast_settle(&l->stage.cast);
	stage_verdict(&l->stage, true, "who is there has it all");
	for (unsigned i = 0; i < l->away; i++)
		stage_on(&l->stage, member(l, l->members - 1 - i));
	cast_until(&l->stage.cast, all_have_it, l, "who was away has it all");
	cast_settle(&l->stage.cast);
	compare(l);
	return stage_end(&l->stage);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		STAGE_OPTIONS, {"members", 1, NULL, 'm'},
		{"away", 1, NULL, 'a'}, {"posts", 1, NULL, 'p'},
		{"renames", 1, NULL, 'r'}, {NULL, 0, NULL, 0}};
	struct large l = {.members = 256, .away = 40, .posts = 10,
	    .renames = 10};
	struct stage_conf conf = {NULL, NULL, NULL, NULL, NULL};
	int opt;

	signal(SIGPIPE, SIG_IGN);
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (opt) {
		case 'm': l.members = (unsigned)atoi(optarg); break;
		case 'a': l.away = (unsigned)atoi(optarg); break;
		case 'p': l.posts = (unsigned)atoi(optarg); break;
		case 'r': l.renames = (unsigned)atoi(optarg); break;
		default:
			if (!stage_option(&conf, opt))
				return 2;
		}
	if (!stage_complete(&conf) ||
	    l.members < FIRST_POSTER + POSTERS + l.away) {
		fprintf(stderr, "large_group: options are missing\n");
		return 2;
	}
	stage_init(&l.stage, &conf);
	return run(&l);
}
