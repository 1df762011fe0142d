/* SPDX-License-Identifier: ISC */
/*
 * fill DIRECTORY PASSWORD-FILE USERS MESSAGES [PREFIX=COUNT]...: makes a store
 * that has been in use, with the functions that the server uses, but at once,
 * and synced at the end only.  Nobody else may have it open.
 *
 * USERS are stored0, stored1 ..., every two of whom have a chat with their
 * share of MESSAGES, written within the last hour, which nobody has fetched.
 * Those of a PREFIX (PREFIX0, PREFIX1 ...) are spread evenly among them and
 * have no messages.  All have the password on the first line of PASSWORD-FILE,
 * with 4096 rounds, derived once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/payload.h"
#include "src/chat/entry.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/clock.h"
#include "src/daemon/password.h"
#include "src/daemon/runtime.h"
#include "src/store/bdb/bdb.h"

enum {
	ITERATIONS = 4096,
	USERS_EACH = 64,	/* in a transaction */
	MESSAGES_EACH = 512,
	TEXT = 100, NAME = 80,
	PERIOD_S = 86400,	/* as <store><period-s> */
	SPAN_MS = 3600000	/* when it was all written */
};

#define MIB (UINT64_C(1) << 20)

/* Users of a prefix, spread among the others. */
struct some {
	const char *prefix;
	uint64_t count, made;
};

struct fill {
	struct store *store;
	struct domain domain;
	struct arena arena;
	struct tx tx;
	struct credential credential;
	struct buf payload;
	struct some *some;
	size_t nsome;
	uint64_t users, messages;	/* wanted */
	uint64_t *stored;		/* the ids of those who are to have
					 * messages */
	uint64_t written;
	int64_t begun;			/* UTC ms of the first message */
};

static void __attribute__((noreturn))
fail(const char *what, const char *why)
{
	fprintf(stderr, "fill: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void
must(int rc, const char *what)
{
	if (rc != 0)
		fail(what, sc_strerror(rc));
}

static void
say(void *arg, int level, const char *text)
{
	(void)arg;
	if (level <= 4)
		fprintf(stderr, "fill: %s\n", text);
}

static void
done(void *arg, int rc)
{
	(void)arg;
	must(rc, "the log");
}

/* ---- transactions ---------------------------------------------------- */

static struct tx *
begin(struct fill *f)
{
	f->tx.st = store_begin(f->store);
	if (f->tx.st == NULL)
		must(SC_ENOMEM, "a transaction");
	return &f->tx;
}

static void
finish(struct fill *f)
{
	must(store_finish(f->tx.st), "a transaction");
	store_commit(f->store, done, NULL);
	arena_clear(&f->arena);
}

static void
open_store(struct fill *f, const char *dir)
{
	const struct domain_conf conf = {.max_devices = 1,
	    .push_members = 1000, .period_s = PERIOD_S};
	struct bdb_conf b;
	char why[300] = "";

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		fail(dir, strerror(errno));
	bdb_conf_init(&b, dir);
	b.cache_bytes = 512 * MIB;
	b.memtable_bytes = 128 * MIB;
	b.sync = false;		/* store_close does */
	b.log = say;
	f->store = bdb_open(&b, why, sizeof(why));
	if (f->store == NULL)
		fail(dir, why);
	must(domain_init(&f->domain, f->store, &conf), "the tables");
	if (store_start(f->store, why, sizeof(why)) != 0)
		fail(dir, why);
	arena_init(&f->arena, 0);
	f->tx = (struct tx){.d = &f->domain, .arena = &f->arena,
	    .random = runtime_random, .now = f->begun};
}

/* Stamps are never given twice: those of all entries are taken at once. */
static void
start(struct fill *f)
{
	struct tx *tx = begin(f);

	must(domain_start(&f->domain, tx), "the store");
	must(domain_reserve_stamps(tx, f->users + f->messages, &tx->stamp),
	    "stamps");
	finish(f);
}

/* ---- users ----------------------------------------------------------- */

/* Whose turn it is at place I of all users: a prefix that is behind its share,
 * or NULL. */
static struct some *
behind(struct fill *f, uint64_t i)
{
	uint64_t left = 0;

	for (size_t k = 0; k < f->nsome; k++)
		left += f->some[k].count - f->some[k].made;
	for (size_t k = 0; k < f->nsome; k++) {
		struct some *s = &f->some[k];

		if (s->made < s->count && (left >= f->users - i ||
		    s->made * f->users <= i * s->count))
			return s;
	}
	return NULL;
}

static void
add_user(struct fill *f, struct tx *tx, uint64_t i, uint64_t *nstored)
{
	struct some *s = behind(f, i);
	char name[NAME];
	struct user u;

	snprintf(name, sizeof(name), "%s%llu", s != NULL ? s->prefix :
	    "stored", (unsigned long long)(s != NULL ? s->made : *nstored));
	must(user_create(tx, slice_str(name), &f->credential, &u), name);
	if (s != NULL)
		s->made++;
	else
		f->stored[(*nstored)++] = u.id;
}

static uint64_t
add_users(struct fill *f)
{
	uint64_t n = 0;

	f->stored = xcalloc(f->users + 1, sizeof(f->stored[0]));
	for (uint64_t i = 0; i < f->users;) {
		struct tx *tx = begin(f);
		uint64_t end = i + USERS_EACH;

		for (; i < f->users && i < end; i++)
			add_user(f, tx, i, &n);
		finish(f);
	}
	return n;
}

/* ---- messages -------------------------------------------------------- */

static int
nobody_to_tell(void *arg, const struct chat *c, const struct entry *e)
{
	(void)arg;
	(void)c;
	(void)e;
	return 0;
}

static void
make_payload(struct fill *f)
{
	char text[TEXT];
	struct buf content;

	memset(text, 's', sizeof(text));
	buf_init(&content, 0);
	buf_init(&f->payload, 0);
	must(payload_add_body(&content, slice_of(text, sizeof(text))), "text");
	must(payload_put(NULL, buf_slice(&content), NULL, 0, &f->payload),
	    "text");
	buf_fini(&content);
}

static void
add_message(struct fill *f, struct tx *tx, struct chat *c, unsigned side)
{
	struct entry e = {.from = c->user[side], .flags = ENTRY_COUNTS,
	    .payload = buf_slice(&f->payload)};

	tx->now = f->begun +
	    (int64_t)(f->written++ * SPAN_MS / f->messages);
	tx->stamp++;
	must(chat_append(tx, c, &e), "a message");
}

/* The chat of two of them, with N messages. */
static void
add_chat(struct fill *f, const uint64_t user[2], uint64_t n)
{
	struct tx *tx = begin(f);
	struct chat c;

	tx->stamp++;
	must(chat_direct_make(tx, user[0], user[1], nobody_to_tell, NULL, &c),
	    "a chat");
	for (uint64_t i = 0; i < n; i++) {
		if (i > 0 && i % MESSAGES_EACH == 0) {
			finish(f);
			tx = begin(f);
			must(chat_get_locked(tx, &c.id, &c), "a chat");
		}
		add_message(f, tx, &c, (unsigned)i % 2);
	}
	finish(f);
}

static void
add_messages(struct fill *f, uint64_t nstored)
{
	uint64_t chats = nstored / 2;

	if (f->messages > 0 && chats == 0)
		fail("messages", "they need two users");
	make_payload(f);
	for (uint64_t i = 0; i < chats; i++) {
		add_chat(f, &f->stored[2 * i], f->messages * (i + 1) / chats -
		    f->messages * i / chats);
		if (i % 1000 == 999 && isatty(STDERR_FILENO) == 1)
			fprintf(stderr, "\rfill: %llu of %llu messages \033[K",
			    (unsigned long long)f->written,
			    (unsigned long long)f->messages);
	}
}

/* ---- what is wanted -------------------------------------------------- */

static uint64_t
number(const char *text)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno != 0 || *text < '0' || *text > '9' || *end != '\0' ||
	    n > UINT64_C(1000000000))
		fail(text, "expected a number up to 1000000000");
	return n;
}

static void
add_prefix(struct fill *f, char *text)
{
	char *sign = strchr(text, '=');

	if (sign == NULL || sign == text || sign - text > 32)
		fail(text, "expected PREFIX=COUNT");
	*sign = '\0';
	f->some = xrealloc(f->some, f->nsome + 1, sizeof(*f->some));
	f->some[f->nsome] = (struct some){.prefix = text,
	    .count = number(sign + 1)};
	f->users += f->some[f->nsome++].count;
}

static void
read_password(struct fill *f, const char *path)
{
	char line[1024];
	FILE *file = fopen(path, "re");

	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		fail(path, "cannot be read: its first line is the password");
	fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	must(password_derive(line, ITERATIONS, &f->credential), path);
	explicit_bzero(line, sizeof(line));
}

static double
seconds(int64_t since)
{
	return (double)(clock_mono() - since) / 1000;
}

int
main(int argc, char **argv)
{
	struct fill f = {.begun = clock_wall() - SPAN_MS};
	int64_t since = clock_mono();
	uint64_t stored;
	double users, messages;

	if (argc < 5) {
		fprintf(stderr, "usage: fill DIRECTORY PASSWORD-FILE USERS "
		    "MESSAGES [PREFIX=COUNT]...\n");
		return 2;
	}
	f.users = number(argv[3]);
	f.messages = number(argv[4]);
	for (int i = 5; i < argc; i++)
		add_prefix(&f, argv[i]);
	read_password(&f, argv[2]);
	open_store(&f, argv[1]);
	start(&f);
	stored = add_users(&f);
	users = seconds(since);
	add_messages(&f, stored);
	messages = seconds(since) - users;
	must(store_close(f.store), "closing the store");
	printf("%llu users in %.1f s, %llu messages in %llu chats in %.1f s, "
	    "closed in %.1f s\n", (unsigned long long)f.users, users,
	    (unsigned long long)f.written, (unsigned long long)stored / 2,
	    messages, seconds(since) - users - messages);
	explicit_bzero(&f.credential, sizeof(f.credential));
	arena_fini(&f.arena);
	buf_fini(&f.payload);
	free(f.stored);
	free(f.some);
	return 0;
}
