/* SPDX-License-Identifier: ISC */
/*
 * Bob is away while fifty people write a hundred messages each to him.  His phone
 * gets all of it within one sync; the connection of his tablet breaks over and
 * over, and it gets the same.  missed.sh prepares what it needs.
 *
 *	--server PATH --conf FILE --ca FILE --log FILE --socket PATH
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
#include "tests/story/office.h"

enum {
	WINDOW = 40,		/* messages that a writer has under way */
	GIVEN_MAX = 400		/* to the tablet, between two cuts */
};

struct missed {
	struct cast cast;
	char *socket;
	unsigned writers, each;
	uint64_t random;
	struct device *phone, *tablet;
	uint64_t wanted;	/* what the tablet is given up to the next cut */
	unsigned number, failed;
};

static void
verdict(struct missed *m, bool ok, const char *what)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++m->number, what);
	fflush(stdout);
	m->failed += !ok;
}

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
add(struct missed *m, const char *name)
{
	if (office_add_user(m->socket, name) != 0)
		cast_fail(&m->cast, "%s is not added", name);
}

static void
everybody_comes(struct missed *m)
{
	char name[16];

	for (unsigned i = 0; i < m->writers; i++) {
		snprintf(name, sizeof(name), "w%u", i);
		add(m, name);
		device_on(cast_add(&m->cast, name, "main"),
		    m->cast.server.port, NULL);
	}
	add(m, "bob");
	m->phone = cast_add(&m->cast, "bob", "phone");
	m->tablet = cast_add(&m->cast, "bob", "tablet");
	device_on(m->phone, m->cast.server.port, NULL);
	device_on(m->tablet, m->cast.server.port, NULL);
	cast_settle(&m->cast);
}

static void
write_one(struct missed *m, struct device *d, unsigned k)
{
	char text[64];
	uint64_t n = 0;

	snprintf(text, sizeof(text), "%s has written this, %u", d->user, k);
	if (sc_client_send(d->client, "bob", text, strlen(text), &n) != 0)
		cast_fail(&m->cast, "%s cannot write", d->user);
}

static void
all_write(struct missed *m)
{
	unsigned *said = xcalloc(m->writers, sizeof(*said)), done;

	do {
		done = 0;
		for (unsigned i = 0; i < m->writers; i++) {
			struct device *d = m->cast.devices[i];

			while (said[i] < m->each &&
			    sc_client_pending(d->client) < WINDOW)
				write_one(m, d, said[i]++);
			done += said[i] == m->each;
		}
		cast_turn(&m->cast);
	} while (done < m->writers);
	free(said);
	cast_settle(&m->cast);
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

	device_on(m->tablet, m->cast.server.port, NULL);
	for (;; cuts++) {
		m->wanted = 1 + chance(m, GIVEN_MAX);
		cast_until(&m->cast, tablet_has_more, m,
		    "the tablet is given more");
		if (m->tablet->synced)
			return cuts;
		device_move(m->tablet, m->cast.server.port);
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
		    m->cast.devices[i]->user);
		const struct book_chat *log = agree_server_log(m->socket,
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

	cast_start(&m->cast);
	everybody_comes(m);
	device_off(m->phone);
	device_off(m->tablet);
	all_write(m);
	logins = m->phone->logins;
	device_on(m->phone, m->cast.server.port, NULL);
	cast_settle(&m->cast);
	printf("# %" PRIu64 " entries by the end of the sync\n",
	    m->phone->given_by_sync);
	verdict(m, m->phone->logins == logins + 1 &&
	    m->phone->given_by_sync >= all, "all comes within one sync");
	verdict(m, holds_all(m, m->phone), "complete, and as it was written");
	cuts = cut_over_and_over(m);
	printf("# the connection broke %u times\n", cuts);
	verdict(m, cuts > 1, "a connection breaks on the way");
	verdict(m, holds_all(m, m->tablet), "and all the same comes, once");
	cast_stop(&m->cast);
	printf("1..%u\n", m->number);
	cast_fini(&m->cast);
	return m->failed == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"server", 1, NULL, 's'}, {"conf", 1, NULL, 'c'},
		{"ca", 1, NULL, 'C'}, {"log", 1, NULL, 'l'},
		{"socket", 1, NULL, 'S'}, {"writers", 1, NULL, 'w'},
		{"each", 1, NULL, 'e'}, {"seed", 1, NULL, 'r'},
		{NULL, 0, NULL, 0}};
	struct missed m = {.writers = 50, .each = 100, .random = 1};
	char dash_c[] = "-c", *path = NULL, *conf = NULL, *ca = NULL,
	    *log = NULL;
	int opt;

	signal(SIGPIPE, SIG_IGN);
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (opt) {
		case 's': path = optarg; break;
		case 'c': conf = optarg; break;
		case 'C': ca = optarg; break;
		case 'l': log = optarg; break;
		case 'S': m.socket = optarg; break;
		case 'w': m.writers = (unsigned)atoi(optarg); break;
		case 'e': m.each = (unsigned)atoi(optarg); break;
		case 'r': m.random = strtoull(optarg, NULL, 10) *
		    0x9e3779b97f4a7c15u | 1; break;
		default: return 2;
		}
	if (path == NULL || conf == NULL || ca == NULL || log == NULL ||
	    m.socket == NULL || m.writers == 0 || m.each == 0) {
		fprintf(stderr, "missed: options are missing\n");
		return 2;
	}
	cast_init(&m.cast, ca);
	m.cast.server.argv[0] = path;
	m.cast.server.argv[1] = dash_c;
	m.cast.server.argv[2] = conf;
	m.cast.server.log = log;
	return run(&m);
}
