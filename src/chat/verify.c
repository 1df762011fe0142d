/* SPDX-License-Identifier: ISC */
#include "src/chat/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "protocol/payload.h"
#include "src/chat/chat.h"
#include "src/chat/device.h"
#include "src/chat/marks.h"
#include "src/chat/member.h"
#include "src/chat/row.h"
#include "src/common/err.h"

enum { ACCOUNT_NUMBER = 1, CHAT_TEXT = 64 };

struct check {
	struct tx *tx;
	struct verified *v;
	void (*problem)(void *arg, const char *text);
	void *arg;
	/* the user, or the chat, that is being looked at */
	const struct user *user;
	const struct chat *chat;
	uint64_t next;
	int64_t time;
};

static void __attribute__((format(printf, 2, 3)))
problem(struct check *c, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	c->v->problems++;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->problem(c->arg, text);
}

/* ---- users ----------------------------------------------------------- */

static int
device_mark(void *arg, uint64_t number, const struct chat_id *id, uint64_t seq)
{
	struct check *c = arg;
	struct chat_id other;
	struct chat chat;
	int rc = chat_by_number(c->tx, c->user->id, number, &other);

	if (rc == 0)
		rc = chat_get(c->tx, id, &chat);
	if (rc != 0 && rc != SC_ENOTFOUND)
		return rc;
	if (rc != 0 || !chat_id_equal(id, &other))
		problem(c, "user %llu: a mark is for chat number %llu, which "
		    "is another chat or none", (unsigned long long)c->user->id,
		    (unsigned long long)number);
	else if (seq > chat.head)
		problem(c, "user %llu: a device has a mark above the head of "
		    "chat number %llu", (unsigned long long)c->user->id,
		    (unsigned long long)number);
	return 0;
}

static int
device(void *arg, const struct device *d)
{
	struct check *c = arg;

	c->v->devices++;
	if (d->id >= c->user->next_device)
		problem(c, "user %llu: device %u has an id that was never "
		    "given", (unsigned long long)c->user->id, d->id);
	return marks_device(c->tx, c->user->id, d->id, device_mark, c);
}

static void
membership(struct check *c, uint64_t number, const struct chat *chat,
    const struct member *m)
{
	unsigned long long user = c->user->id;

	if (number >= c->user->next_number)
		problem(c, "user %llu: chat number %llu was never given", user,
		    (unsigned long long)number);
	if (m->number != number)
		problem(c, "user %llu: chat number %llu is %llu in the list "
		    "of its members", user, (unsigned long long)number,
		    (unsigned long long)m->number);
	if (m->delivered > chat->head || m->read > chat->head)
		problem(c, "user %llu: a mark is above the head of chat "
		    "number %llu", user, (unsigned long long)number);
}

static int
numbered(void *arg, uint64_t number, const struct chat_id *id)
{
	struct check *c = arg;
	struct member m;
	struct chat chat;
	int rc = chat_get(c->tx, id, &chat);

	if (rc == 0)
		rc = member_get(c->tx, id, c->user->id, &m);
	if (rc == SC_ENOTFOUND) {
		problem(c, "user %llu: chat number %llu is not there, or has "
		    "no such member", (unsigned long long)c->user->id,
		    (unsigned long long)number);
		return 0;
	}
	if (rc == 0)
		membership(c, number, &chat, &m);
	return rc;
}

static int
check_user(void *arg, const struct user *u)
{
	struct check *c = arg;
	struct chat_id account;
	struct user named;
	int rc;

	c->v->users++;
	c->user = u;
	rc = user_by_name(c->tx, slice_str(u->name), &named);
	if (rc != 0 && rc != SC_ENOTFOUND)
		return rc;
	if (rc != 0 || named.id != u->id)
		problem(c, "user %llu: its name leads to another account or "
		    "none", (unsigned long long)u->id);
	rc = chat_by_number(c->tx, u->id, ACCOUNT_NUMBER, &account);
	if (rc != 0 && rc != SC_ENOTFOUND)
		return rc;
	if (rc != 0 || !chat_id_equal(&account, &u->account))
		problem(c, "user %llu: its account log is not its chat "
		    "number 1", (unsigned long long)u->id);
	rc = device_list(c->tx, u->id, device, c);
	return rc != 0 ? rc : chat_list(c->tx, u->id, 0, numbered, c);
}

/* ---- chats ----------------------------------------------------------- */

static const char *
chat_text(const struct chat_id *id, char out[CHAT_TEXT])
{
	chat_id_print(id, out);
	return out;
}

static int
entry(void *arg, const struct entry *e)
{
	struct check *c = arg;
	struct slice rest = e->payload;
	char text[CHAT_TEXT];
	struct payload p;

	c->v->entries++;
	c->next = e->seq + 1;
	if (payload_take(&rest, &p) != 0 || rest.len != 0)
		problem(c, "chat %s: the payload of entry %llu is cut off",
		    chat_text(&c->chat->id, text), (unsigned long long)e->seq);
	if (e->time < c->time || e->time > c->chat->last_time)
		problem(c, "chat %s: the time of entry %llu goes back (R4)",
		    chat_text(&c->chat->id, text), (unsigned long long)e->seq);
	c->time = e->time;
	return 0;
}

static int
pruned(void *arg, uint64_t first, uint64_t last)
{
	struct check *c = arg;

	c->next = last + 1;
	c->v->pruned += last - first + 1;
	return 0;
}

static int
missing(void *arg, uint64_t first, uint64_t last)
{
	struct check *c = arg;
	char text[CHAT_TEXT];

	c->next = last + 1;
	problem(c, "chat %s: entries are missing or damaged from %llu to "
	    "%llu",
	    chat_text(&c->chat->id, text), (unsigned long long)first,
	    (unsigned long long)last);
	return 0;
}

/* A direct chat whose members are both there is found by them. */
static int
check_direct(struct check *c)
{
	const struct chat *chat = c->chat;
	char text[CHAT_TEXT];
	struct chat_id id;
	int rc = 0;

	if (chat->kind != CHAT_KIND_DIRECT || chat->number[0] == 0 ||
	    chat->number[1] == 0)
		return 0;
	rc = chat_direct(c->tx, chat->user[0], chat->user[1], &id);
	if (rc != 0 && rc != SC_ENOTFOUND)
		return rc;
	if (rc != 0 || !chat_id_equal(&id, &chat->id))
		problem(c, "chat %s: its members do not lead to it",
		    chat_text(&chat->id, text));
	return 0;
}

static int
count_member(void *arg, uint64_t user, const struct member *m)
{
	uint32_t *n = arg;

	(void)user;
	*n += member_in(m);
	return 0;
}

static int
check_roster(struct check *c)
{
	const struct chat *chat = c->chat;
	char text[CHAT_TEXT];
	uint32_t n = 0;
	int rc = 0;

	if (chat_has_roster(chat))
		rc = member_list(c->tx, &chat->id, count_member, &n);
	if (rc == 0 && n != chat->members)
		problem(c, "chat %s: it has %lu members, its row says %lu",
		    chat_text(&chat->id, text), (unsigned long)n,
		    (unsigned long)chat->members);
	return rc;
}

static int
check_chat(struct check *c, const struct chat_id *id)
{
	const struct chat_reader reader = {entry, pruned, c};
	char text[CHAT_TEXT];
	struct chat chat;
	int rc = chat_get(c->tx, id, &chat);

	if (rc != 0)
		return rc;
	c->v->chats++;
	c->chat = &chat;
	c->next = 1;
	c->time = INT64_MIN;
	if (chat.head > 0)
		rc = chat_read_holes(c->tx, id, 1, chat.head, &reader, missing);
	if (rc == 0 && c->next != chat.head + 1)
		problem(c, "chat %s: its head is %llu, its newest entry %llu",
		    chat_text(id, text), (unsigned long long)chat.head,
		    (unsigned long long)c->next - 1);
	if (rc == 0)
		rc = check_direct(c);
	return rc != 0 ? rc : check_roster(c);
}

static int
chat_row(void *arg, struct slice key, struct slice value)
{
	struct chat_id id;

	(void)value;
	if (key.len != sizeof(id.b))
		return SC_EDAMAGED;
	memcpy(id.b, key.p, sizeof(id.b));
	return check_chat(arg, &id);
}

int
domain_verify(struct tx *tx, struct verified *v,
    void (*fn)(void *arg, const char *text), void *arg)
{
	struct check c = {.tx = tx, .v = v, .problem = fn, .arg = arg};
	const struct store_range all = {0};
	int rc;

	memset(v, 0, sizeof(*v));
	rc = user_list(tx, 0, check_user, &c);
	if (rc == 0)
		rc = store_scan(tx->st, tx->d->chats, 0, &all, chat_row, &c);
	return rc;
}
