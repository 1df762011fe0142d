/* SPDX-License-Identifier: ISC */
#include "tests/story/agree.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "protocol/xmltext.h"
#include "src/common/alloc.h"
#include "tests/story/office.h"

static bool __attribute__((format(printf, 1, 2)))
differ(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	return false;
}

/* ---- with the server ------------------------------------------------- */

static void
add_entry(struct book *b, uint64_t number, const json_t *j)
{
	const char *time = json_string_value(json_object_get(j, "time"));
	const char *text = json_string_value(json_object_get(j, "content"));
	uint64_t seq = (uint64_t)json_integer_value(json_object_get(j,
	    "seq"));
	int64_t at = 0;

	if (time != NULL)
		(void)time_parse(slice_str(time), &at);
	if (json_object_get(j, "skip") != NULL)
		book_skip(b, number, seq, (uint64_t)json_integer_value(
		    json_object_get(j, "last")), "pruned", true);
	else
		book_entry(b, number, seq, (uint64_t)json_integer_value(
		    json_object_get(j, "from-id")), at,
		    xstrdup(text == NULL ? "" : text), true);
}

struct book_chat *
agree_server_log(const char *socket, const char *user, uint64_t number,
    struct book *book)
{
	char chat[64];
	json_t *shown, *all, *j;
	uint64_t head;
	size_t i;

	snprintf(chat, sizeof(chat), "%s:%" PRIu64, user, number);
	shown = office_show(socket, chat);
	head = (uint64_t)json_integer_value(json_object_get(shown, "head"));
	json_decref(shown);
	all = office_history(socket, chat, head);
	json_array_foreach(all, i, j)
		add_entry(book, number, j);
	json_decref(all);
	return book_chat(book, number);
}

static bool
same_entry(const char *who, uint64_t chat, uint64_t seq, const struct line *a,
    const struct line *b)
{
	if (a->from == b->from && a->time == b->time &&
	    strcmp(a->text, b->text) == 0)
		return true;
	return differ("%s: %" PRIu64 ":%" PRIu64 " is by ~%" PRIu64 " at %"
	    PRId64 ": %s; elsewhere by ~%" PRIu64 " at %" PRId64 ": %s", who,
	    chat, seq, a->from, a->time, a->text, b->from, b->time, b->text);
}

bool
agree_with_server(const char *who, const struct book_chat *mine,
    const struct book_chat *server)
{
	uint64_t top = mine->top > server->top ? mine->top : server->top;

	for (uint64_t seq = 1; seq <= top; seq++) {
		const struct line *a = book_line(mine, seq);
		const struct line *b = book_line(server, seq);

		if (a == NULL || b == NULL)
			return differ("%s: %" PRIu64 ":%" PRIu64 " is %s", who,
			    mine->number, seq, a == NULL ? "missing"
			    : "too much");
		if (a->kind == LINE_ENTRY && !same_entry(who, mine->number,
		    seq, a, b))
			return false;
	}
	return true;
}

uint64_t
agree_skipped(const struct book_chat *c)
{
	uint64_t n = 0;

	for (uint64_t seq = 1; seq <= c->top; seq++)
		n += c->lines[seq - 1].kind == LINE_SKIP;
	return n;
}

/* ---- of devices ------------------------------------------------------ */

static bool
same_line(const char *who, uint64_t chat, uint64_t seq, const struct line *a,
    const struct line *b)
{
	if (a == NULL || b == NULL)
		return a == b || differ("%s: %" PRIu64 ":%" PRIu64
		    " is missing", who, chat, seq);
	if (a->hidden != b->hidden || a->starred != b->starred)
		return differ("%s: %" PRIu64 ":%" PRIu64 " is hidden %d %d, "
		    "starred %d %d", who, chat, seq, a->hidden, b->hidden,
		    a->starred, b->starred);
	if (a->hidden)
		return true;
	return (a->kind == b->kind || differ("%s: %" PRIu64 ":%" PRIu64
	    " is skipped on one only", who, chat, seq)) &&
	    same_entry(who, chat, seq, a, b);
}

static bool
same_chat(const char *who, const struct book_chat *a,
    const struct book_chat *b)
{
	uint64_t top = a->top > b->top ? a->top : b->top;

	for (uint64_t seq = 1; seq <= top; seq++)
		if (!same_line(who, a->number, seq, book_line(a, seq),
		    book_line(b, seq)))
			return false;
	if (a->read != b->read || a->unread != b->unread)
		return differ("%s: chat %" PRIu64 ": read %" PRIu64 " %" PRIu64
		    ", unread %" PRIu64 " %" PRIu64, who, a->number, a->read,
		    b->read, a->unread, b->unread);
	if (a->muted != b->muted || a->archived != b->archived ||
	    a->pinned != b->pinned || a->kind != b->kind)
		return differ("%s: chat %" PRIu64 " is set in two ways", who,
		    a->number);
	return true;
}

bool
agree_devices(const struct device *a, const struct device *b)
{
	char who[100];

	snprintf(who, sizeof(who), "%s/%s and %s", a->user, a->name, b->name);
	if (a->book.nchats != b->book.nchats)
		return differ("%s: %zu chats, %zu", who, a->book.nchats,
		    b->book.nchats);
	for (size_t i = 0; i < a->book.nchats; i++) {
		struct book other = b->book;

		if (!same_chat(who, a->book.chats[i], book_chat(&other,
		    a->book.chats[i]->number)))
			return false;
	}
	return true;
}
