/* SPDX-License-Identifier: ISC */
/*
 * Bob is away while fifty people write a hundred messages each to him.  His phone
 * gets all of it within one sync; the connection of his tablet breaks over and
 * over, and it gets the same.  missed.sh prepares what it needs
 * (stage.h).
 *
 *	--writers N --each N --seed N
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
	WINDOW = 40,		/* messages that a writer has under way */
	GIVEN_MAX = 400		/* to the tablet, between two cuts */
};

struct missed {
	struct stage stage;
	unsigned writers, each;
	uint64_t random;
	struct device *phone, *tablet;
	uint64_t wanted;	/* what the tablet is given up to the next cut */
};

static uint64_t
chance(struct missed *m, uint64_t below)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return m->random % below;
}

/* ---- what is written ------------------------------------------------- */

static void
everybody_comes(struct missed *m)
{
	char name[16];

	for (unsigned i = 0; i < m->writers; i++) {
		snprintf(name, sizeof(name), "w%u", i);
		(void)stage_enter(&m->stage, name);
	}
	stage_add_user(&m->stage, "bob");
	m->phone = cast_add(&m->stage.cast, "bob", "phone");
	m->tablet = cast_add(&m->stage.cast, "bob", "tablet");
	stage_on(&m->stage, m->phone);
	stage_on(&m->stage, m->tablet);
	cast_settle(&m->stage.cast);
}

static void
write_one(struct missed *m, struct device *d, unsigned k)
{
	char text[64];
	uint64_t n = 0;

	snprintf(text, sizeof(text), "%s has written this, %u", d->user, k);
	if (sc_client_send(d->client, "bob", text, strlen(text), &n) != 0)
		cast_fail(&m->stage.cast, "%s cannot write", d->user);
}

static void
all_write(struct missed *m)
{
	unsigned *said = xcalloc(m->writers, sizeof(*said)), done;

	do {
		done = 0;
		for (unsigned i = 0; i < m->writers; i++) {
			struct device *d = m->stage.cast.devices[i];

			while (said[i] < m->each &&
			    sc_client_pending(d->client) < WINDOW)
				write_one(m, d, said[i]++);
			done += said[i] == m->each;
		}
		cast_turn(&m->stage.cast);
	} while (done < m->writers);
	free(said);
	cast_settle(&m->stage.cast);
}

/* ---- what comes ------------------------------------------------------ */

static bool
tablet_has_more(void *arg)
{
	const struct missed *m = arg;

	return m->tablet->given >= m->wanted || m->tablet->synced;
}

/* How often the connection broke. */
static unsigned
cut_over_and_over(struct missed *m)
{
	unsigned cuts = 0;

	stage_on(&m->stage, m->tablet);
	for (;; cuts++) {
		m->wanted = 1 + chance(m, GIVEN_MAX);
		cast_until(&m->stage.cast, tablet_has_more, m,
		    "the tablet is given more");
		if (m->tablet->synced)
			return cuts;
		device_move(m->tablet, m->stage.cast.server.port);
		m->tablet->given = 0;
	}
}

static bool
holds_all(struct missed *m, struct device *d)
{
	unsigned right = 0;

	for (unsigned i = 0; i < m->writers; i++) {
		struct book server = {0};
		uint64_t number = sc_client_chat(d->client,
		    m->stage.cast.devices[i]->user);
		const struct book_chat *log = agree_server_log(m->stage.socket,
		    "bob", number, &server);

		right += log->top == m->each && agree_with_server(d->name,
		    book_chat(&d->book, number), log) &&
		    agree_skipped(book_chat(&d->book, number)) == 0;
		book_fini(&server);
	}
	return right == m->writers && d->book.repeated == 0 &&
	    d->book.differed == 0;
}

static int
run(struct missed *m)
{
	uint64_t all = (uint64_t)m->writers * m->each;
	unsigned logins, cuts;

	cast_start(&m->stage.cast);
	everybody_comes(m);
	device_off(m->phone);
	device_off(m->tablet);
	all_write(m);
	logins = m->phone->logins;
	stage_on(&m->stage, m->phone);
	cast_settle(&m->stage.cast);
	printf("# %" PRIu64 " entries by the end of the sync\n",
	    m->phone->given_by_sync);
	stage_verdict(&m->stage, m->phone->logins == logins + 1 &&
	    m->phone->given_by_sync >= all, "all comes within one sync");
	stage_verdict(&m->stage, holds_all(m, m->phone),
	    "complete, and as it was written");
	cuts = cut_over_and_over(m);
	printf("# the connection broke %u times\n", cuts);
	stage_verdict(&m->stage, cuts > 1, "a connection breaks on the way");
	stage_verdict(&m->stage, holds_all(m, m->tablet),
	    "and all the same comes, once");
	return stage_end(&m->stage);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		STAGE_OPTIONS, {"writers", 1, NULL, 'w'},
		{"each", 1, NULL, 'e'}, {"seed", 1, NULL, 'r'},
		{NULL, 0, NULL, 0}};
	struct missed m = {.writers = 50, .each = 100, .random = 1};
	struct stage_conf conf = {NULL, NULL, NULL, NULL, NULL};
	int opt;

	signal(SIGPIPE, SIG_IGN);
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (opt) {
		case 'w': m.writers = (unsigned)atoi(optarg); break;
		case 'e': m.each = (unsigned)atoi(optarg); break;
		case 'r': m.random = strtoull(optarg, NULL, 10) *
		    0x9e3779b97f4a7c15u | 1; break;
		default:
			if (!stage_option(&conf, opt))
				return 2;
		}
	if (!stage_complete(&conf) || m.writers == 0 || m.each == 0) {
		fprintf(stderr, "missed: options are missing\n");
		return 2;
	}
	stage_init(&m.stage, &conf);
	return run(&m);
}
