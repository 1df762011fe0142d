/* SPDX-License-Identifier: ISC */
#include "tests/story/ending.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "tests/story/acts.h"
#include "tests/story/agree.h"
#include "tests/story/office.h"

enum { READ_SIZE = 65536 };

/* ---- devices with one another ---------------------------------------- */

/* It is on: what was removed is of no interest. */
static bool
counts(const struct device *d)
{
	return d->client != NULL && !d->over;
}

static int
ask_chats(struct device *d, void *arg, uint64_t *id)
{
	(void)arg;
	return sc_client_chats(d->client, id);
}

static int
ask_settings(struct device *d, void *arg, uint64_t *id)
{
	(void)arg;
	return sc_client_settings(d->client, id);
}

static int
ask_stars(struct device *d, void *arg, uint64_t *id)
{
	(void)arg;
	return sc_client_stars(d->client, id);
}

/* Each device asks for what it does not know by itself. */
static void
take_stock(struct tale *t)
{
	for (size_t i = 0; i < t->cast.n; i++) {
		struct device *d = t->cast.devices[i];

		if (!counts(d))
			continue;
		asks(t, d, ask_chats, NULL, NULL);
		asks(t, d, ask_settings, NULL, NULL);
		asks(t, d, ask_stars, NULL, NULL);
	}
}

static unsigned
devices_differ(struct tale *t)
{
	unsigned wrong = 0, pairs = 0;

	for (size_t i = 0; i < t->cast.n; i++)
		for (size_t k = i + 1; k < t->cast.n; k++) {
			struct device *a = t->cast.devices[i];
			struct device *b = t->cast.devices[k];

			if (!counts(a) || !counts(b) ||
			    strcmp(a->user, b->user) != 0)
				continue;
			pairs++;
			wrong += !agree_devices(a, b);
		}
	printf("# %u pairs of devices were compared\n", pairs);
	return wrong;
}

/* ---- with the server ------------------------------------------------- */

/* A device of a person. */
static struct device *
any_device(struct tale *t, int person)
{
	for (size_t i = 0; i < t->cast.n; i++)
		if (counts(t->cast.devices[i]) &&
		    strcmp(t->cast.devices[i]->user, people[person]) == 0)
			return t->cast.devices[i];
	return NULL;
}

/* Whether a person must have the entry. */
static bool
in_range(const struct place *p, int person, uint64_t seq)
{
	for (unsigned i = 0; i < p->nspells[person]; i++)
		if (seq >= p->spells[person][i].first &&
		    (p->spells[person][i].last == 0 ||
		    seq <= p->spells[person][i].last))
			return true;
	return false;
}

/* What the person holds is what his ranges say: entries inside, none outside,
 * but for what he hid. */
static bool
ranges_hold(const struct place *p, int person, const struct book_chat *c)
{
	for (uint64_t seq = 1; seq <= c->top; seq++) {
		const struct line *l = book_line(c, seq);
		bool in = in_range(p, person, seq);

		if (l != NULL && (l->hidden ||
		    (l->kind == LINE_ENTRY) == in))
			continue;
		printf("# %s: %s: entry %" PRIu64 " is %s\n", people[person],
		    p->name, seq, l == NULL ? "missing"
		    : in ? "skipped" : "not his");
		return false;
	}
	return true;
}

/* The log of a place on the server, as somebody who is in it numbers it. */
static const struct book_chat *
server_log(struct tale *t, const struct place *p, struct book *server)
{
	for (int i = 0; i < PEOPLE; i++) {
		struct device *d = any_device(t, i);

		if (d != NULL && p->nspells[i] > 0)
			return agree_server_log(t->socket, people[i],
			    number_of(d, p), server);
	}
	return NULL;
}

static unsigned
logs_differ(struct tale *t, const struct place *p,
    const struct book_chat *log)
{
	unsigned wrong = log->top != p->head;
	char text[160];

	if (wrong > 0)
		printf("# %s: %" PRIu64 " entries instead of %" PRIu64 "\n",
		    p->name, log->top, p->head);
	for (size_t i = 0; i < t->cast.n; i++) {
		struct device *d = t->cast.devices[i];
		int person = person_index(t, d->user);
		const struct book_chat *mine;
		struct book_chat until = *log;

		if (!counts(d) || p->nspells[person] == 0)
			continue;
		mine = book_chat(&d->book, number_of(d, p));
		if (!is_in(p, person))	/* nothing is there for him any more */
			until.top = p->spells[person][p->nspells[person] -
			    1].last;
		snprintf(text, sizeof(text), "%s/%s: %s", d->user, d->name,
		    p->name);
		wrong += !agree_with_server(text, mine, &until) ||
		    !ranges_hold(p, person, mine);
	}
	return wrong;
}

static unsigned
account_logs_differ(struct tale *t)
{
	unsigned wrong = 0;

	for (int i = 0; i < PEOPLE; i++) {
		struct device *d = any_device(t, i);
		struct book server = {0};

		wrong += !agree_with_server(people[i], book_chat(&d->book, 1),
		    agree_server_log(t->socket, people[i], 1, &server));
		book_fini(&server);
	}
	return wrong;
}

/* ---- marks ----------------------------------------------------------- */

static uint64_t
number(const json_t *j, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(j, name));
}

/* The newest message of a person that others can have ticks for. */
static uint64_t
newest_own(const struct book_chat *c, int person)
{
	static const char *const silent[] = {"<edit", "<delete", "<reaction",
	    "<vote", "<pin", "<unpin", "<changed", "<member", "(deleted"};

	for (uint64_t seq = c->top; seq > 0; seq--) {
		const struct line *l = book_line(c, seq);
		bool ticks = l != NULL && l->kind == LINE_ENTRY &&
		    l->from == (uint64_t)person + 1;

		for (size_t i = 0; ticks &&
		    i < sizeof(silent) / sizeof(silent[0]); i++)
			ticks = strncmp(l->text, silent[i],
			    strlen(silent[i])) != 0;
		if (ticks)
			return seq;
	}
	return 0;
}

static bool
same_mark(const struct device *d, const struct place *p, const json_t *member,
    uint64_t newest)
{
	const struct book_mark none = {0}, *m;
	uint64_t user = number(member, "user-id");
	uint64_t delivered = number(json_object_get(member, "delivered"),
	    "seq"), read = number(json_object_get(member, "read"), "seq");

	m = book_mark_of(book_chat((struct book *)(uintptr_t)&d->book,
	    number_of(d, p)), user);
	if (m == NULL)
		m = &none;
	if (delivered < read)
		delivered = read;
	if (m->delivered <= delivered && m->read <= read && (p->pair[0] < 0 ||
	    ((m->delivered >= newest || m->delivered == delivered) &&
	    (m->read >= newest || m->read == read))))
		return true;
	printf("# %s/%s: %s: ~%" PRIu64 " has %" PRIu64 ", read %" PRIu64
	    "; on the server %" PRIu64 ", %" PRIu64 "; newest own %" PRIu64
	    "\n", d->user, d->name, p->name, user, m->delivered, m->read,
	    delivered, read, newest);
	return false;
}

/* Whether a device knows how far somebody is, as far as it concerns it. */
static bool
knows_mark(const struct device *d, const struct place *p,
    const struct book_chat *c, uint64_t newest, int other)
{
	const struct book_mark *m = book_mark_of(c, (uint64_t)other + 1);
	uint64_t read = p->read[other] < newest ? p->read[other] : newest;

	return strcmp(d->user, people[other]) == 0 || !is_in(p, other) ||
	    (m == NULL ? newest == 0 : m->delivered >= newest &&
	    m->read >= read);
}

static bool
knows_marks(struct tale *t, struct device *d, const struct place *p)
{
	const struct book_chat *c = book_chat(&d->book, number_of(d, p));
	int person = person_index(t, d->user);
	uint64_t newest = newest_own(c, person);

	/* in a group only the last who wrote are told of a mark that moves */
	for (int i = 0; i < PEOPLE && p->pair[0] >= 0 && is_in(p, person); i++)
		if (!knows_mark(d, p, c, newest, i))
			return false;
	return true;
}

static bool
all_know_marks(void *arg)
{
	struct tale *t = arg;

	for (size_t i = 0; i < t->cast.n; i++)
		for (size_t k = 0; k < t->nplaces; k++)
			if (counts(t->cast.devices[i]) && !knows_marks(t,
			    t->cast.devices[i], t->places[k]))
				return false;
	return true;
}

/* What the ticks of own messages show is how far the others are: in a direct
 * chat all of it, in a group not more. */
static unsigned
marks_differ(struct tale *t, const struct place *p, const json_t *shown)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < t->cast.n; i++) {
		struct device *d = t->cast.devices[i];
		int person = person_index(t, d->user);
		uint64_t newest;
		json_t *member;
		size_t k;

		if (!counts(d) || !is_in(p, person))
			continue;
		newest = newest_own(book_chat(&d->book, number_of(d, p)),
		    person);
		json_array_foreach(json_object_get(shown, "members"), k,
		    member)
			if (number(member, "user-id") !=
			    (uint64_t)person + 1)
				wrong += !same_mark(d, p, member, newest);
	}
	return wrong;
}

/* Own read marks, and what is unread: as the server counts it. */
static unsigned
unread_differ(struct tale *t, int person)
{
	json_t *list = office_ask_take(t->socket, json_pack("{s:s, s:s}",
	    "command", "chat list", "user", people[person])), *j;
	unsigned wrong = 0;
	size_t i, k;

	json_array_foreach(list, k, j)
		for (i = 0; i < t->cast.n; i++) {
			struct device *d = t->cast.devices[i];
			uint64_t chat = number(j, "number");
			const struct book_chat *c;

			if (!counts(d) || chat == 1 ||
			    strcmp(d->user, people[person]) != 0)
				continue;
			c = book_chat(&d->book, chat);
			if (c->unread == number(j, "unread") &&
			    sc_client_read_mark(d->client, chat) ==
			    number(j, "read"))
				continue;
			wrong++;
			printf("# %s/%s: chat %" PRIu64 ": unread %" PRIu64
			    ", read %" PRIu64 "; on the server %" PRIu64 ", %"
			    PRIu64 "\n", d->user, d->name, chat, c->unread,
			    sc_client_read_mark(d->client, chat),
			    number(j, "unread"), number(j, "read"));
		}
	json_decref(list);
	return wrong;
}

/* ---- what was deleted ------------------------------------------------ */

static unsigned
found_in(const struct tale *t, const char *who, const struct book_chat *c)
{
	unsigned found = 0;

	for (uint64_t seq = 1; seq <= c->top; seq++)
		for (size_t i = 0; i < t->ngone; i++) {
			const struct line *l = book_line(c, seq);

			if (l == NULL || strstr(l->text, t->gone[i]) == NULL)
				continue;
			printf("# %s: %" PRIu64 ":%" PRIu64 " has \"%s\"\n",
			    who, c->number, seq, t->gone[i]);
			found++;
		}
	return found;
}

static unsigned
found_on_devices(const struct tale *t)
{
	unsigned found = 0;

	for (size_t i = 0; i < t->cast.n; i++) {
		const struct device *d = t->cast.devices[i];

		for (size_t k = 0; counts(d) && k < d->book.nchats; k++)
			found += found_in(t, d->user, d->book.chats[k]);
	}
	return found;
}

/* How many of TEXTS the file has. */
static unsigned
found_in_file(FILE *f, char *const *texts, size_t n)
{
	char *all = NULL;
	size_t size = 0, got;
	unsigned found = 0;

	do {
		all = xrealloc(all, size + READ_SIZE, 1);
		got = fread(all + size, 1, READ_SIZE, f);
		size += got;
	} while (got > 0);
	for (size_t i = 0; i < n; i++)
		found += memmem(all, size, texts[i], strlen(texts[i])) != NULL;
	free(all);
	return found;
}

static unsigned
found_in_dir(const char *dir, char *const *texts, size_t n)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	unsigned found = 0;
	char path[512];

	while (d != NULL && (e = readdir(d)) != NULL) {
		FILE *f;

		snprintf(path, sizeof(path), "%s/%.200s", dir, e->d_name);
		f = e->d_name[0] == '.' ? NULL : fopen(path, "r");
		if (f == NULL)
			continue;
		found += found_in_file(f, texts, n);
		fclose(f);
	}
	if (d != NULL)
		closedir(d);
	return found;
}

void
ending_on_disk(struct tale *t, const char *dir)
{
	char speaks[] = " speaks: ", *kept[] = {speaks};

	claim(t, found_in_dir(dir, kept, 1) > 0 &&
	    found_in_dir(dir, t->gone, t->ngone) == 0,
	    "nor in the tables of the server, which have the rest");
}

/* ---- what is the same however it went -------------------------------- */

/* Attributes that are chance or time. */
static void
print_text(FILE *f, const char *text)
{
	static const char *const chance[] = {" until=\"", " ref=\"",
	    " created=\"", " time=\""};

	while (*text != '\0') {
		size_t n = 0;

		for (size_t i = 0; n == 0 && *text == ' ' &&
		    i < sizeof(chance) / sizeof(chance[0]); i++)
			if (strncmp(text, chance[i], strlen(chance[i])) == 0)
				n = strlen(chance[i]) +
				    strcspn(text + strlen(chance[i]), "\"") + 1;
		if (n == 0)
			putc(*text == '\n' ? ' ' : *text, f);
		text += n == 0 ? 1 : n;
	}
}

static int
compare_lines(const void *a, const void *b)
{
	const struct line *x = *(const struct line *const *)a;
	const struct line *y = *(const struct line *const *)b;

	return x->from != y->from ? (x->from < y->from ? -1 : 1)
	    : strcmp(x->text, y->text);
}

static void
print_log(FILE *f, const struct place *p, const struct book_chat *log)
{
	const struct line **lines = xcalloc(log->top + 1,
	    sizeof(const struct line *));

	for (uint64_t seq = 1; seq <= log->top; seq++)
		lines[seq - 1] = book_line(log, seq);
	for (unsigned i = 0; i < p->nmixed; i++)
		qsort(lines + p->mixed[i].first - 1,
		    p->mixed[i].last - p->mixed[i].first + 1,
		    sizeof(const struct line *), compare_lines);
	for (uint64_t i = 0; i < log->top; i++) {
		fprintf(f, "%s %" PRIu64 " ~%" PRIu64 " ", p->name, i + 1,
		    lines[i]->from);
		print_text(f, lines[i]->text);
		putc('\n', f);
	}
	free(lines);
}

static void
print_members(FILE *f, const struct place *p, const json_t *shown)
{
	json_t *m;
	size_t i;

	json_array_foreach(json_object_get(shown, "members"), i, m) {
		const char *role = json_string_value(json_object_get(m,
		    "role"));

		fprintf(f, "%s has ~%" PRIu64 " %s, who has read %" PRIu64
		    "\n", p->name, number(m, "user-id"),
		    role == NULL ? "" : role,
		    number(json_object_get(m, "read"), "seq"));
	}
}

/* What a person has set, and what is unread. */
static void
print_person(FILE *f, struct tale *t, int person)
{
	struct device *d = any_device(t, person);

	for (size_t i = 0; i < t->nplaces; i++) {
		const struct place *p = t->places[i];
		const struct book_chat *c;

		if (p->nspells[person] == 0)
			continue;
		c = book_chat(&d->book, number_of(d, p));
		fprintf(f, "%s: %s: read %" PRIu64 ", unread %" PRIu64 "%s%s%s",
		    people[person], p->name, c->read, c->unread,
		    c->muted != 0 ? ", muted" : "",
		    c->archived ? ", archived" : "",
		    c->pinned ? ", pinned" : "");
		for (uint64_t seq = 1; seq <= c->top; seq++)
			if (c->lines[seq - 1].starred ||
			    c->lines[seq - 1].hidden)
				fprintf(f, ", %s %" PRIu64,
				    c->lines[seq - 1].starred ? "star" : "hid",
				    seq);
		putc('\n', f);
	}
}

/* ---- all of it ------------------------------------------------------- */

struct sums {
	unsigned logs, marks, found;
	uint64_t entries;
};

static void
look_at(struct tale *t, const struct place *p, struct sums *s, FILE *f)
{
	struct book server = {0};
	const struct book_chat *log = server_log(t, p, &server);
	json_t *shown = NULL;
	char chat[80];

	for (int i = 0; i < PEOPLE && shown == NULL; i++) {
		if (!is_in(p, i))
			continue;
		snprintf(chat, sizeof(chat), "%s:%" PRIu64, people[i],
		    number_of(any_device(t, i), p));
		shown = office_show(t->socket, chat);
	}
	s->entries += log->top;
	s->logs += logs_differ(t, p, log);
	s->marks += marks_differ(t, p, shown);
	s->found += found_in(t, "the server", log);
	print_members(f, p, shown);
	print_log(f, p, log);
	json_decref(shown);
	book_fini(&server);
}

static unsigned
given_twice(const struct tale *t)
{
	unsigned n = 0;

	for (size_t i = 0; i < t->cast.n; i++)
		n += t->cast.devices[i]->book.repeated +
		    t->cast.devices[i]->book.differed;
	return n;
}

void
ending(struct tale *t, const char *path)
{
	FILE *f = fopen(path, "w");
	struct sums s = {0};
	unsigned unread = 0;

	if (f == NULL)
		cast_fail(&t->cast, "%s cannot be written", path);
	all_have_all(t);
	cast_until(&t->cast, all_know_marks, t, "all ticks are shown");
	take_stock(t);
	claim(t, devices_differ(t) == 0, "all devices of a person hold the "
	    "same: logs, read marks, unread counts, what is set and starred");
	for (size_t i = 0; i < t->nplaces; i++)
		look_at(t, t->places[i], &s, f);
	for (int i = 0; i < PEOPLE; i++) {
		unread += unread_differ(t, i);
		print_person(f, t, i);
	}
	fclose(f);
	printf("# %zu chats with %" PRIu64 " entries, %zu devices, %" PRIu64
	    " events\n", t->nplaces, s.entries, t->cast.n,
	    cast_events(&t->cast));
	claim(t, s.logs == 0, "and the same as the server, entry by entry, "
	    "each over the ranges in which he was there");
	claim(t, account_logs_differ(t) == 0, "account logs, too");
	claim(t, s.marks == 0, "ticks show how far the others are");
	claim(t, unread == 0, "the server counts as unread what they do");
	claim(t, given_twice(t) == 0, "nothing was given twice, or otherwise "
	    "than before");
	claim(t, s.found + found_on_devices(t) == 0,
	    "what was deleted is nowhere");
}
