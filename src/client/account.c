/* SPDX-License-Identifier: ISC */
#include "src/client/account.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/cursor.h"
#include "src/common/err.h"
#include "src/common/wipe.h"

void
account_init(struct account *a)
{
	memset(a, 0, sizeof(*a));
}

static void
drop_chats(struct account *a)
{
	for (size_t i = 0; i < a->count; i++) {
		free(a->chats[i]->name);
		ticks_free(a->chats[i]->ticks);
		free(a->chats[i]);
	}
	free(a->chats);
	a->chats = NULL;
	a->count = a->cap = 0;
	a->due = NULL;
	people_free(&a->people);
}

void
account_fini(struct account *a)
{
	drop_chats(a);
	wipe(a->token, sizeof(a->token));
	account_init(a);
}

void
account_forget(struct account *a)
{
	drop_chats(a);
	a->stamp = 0;
}

/* The index of the first chat with a number not below NUMBER. */
static size_t
lower_bound(const struct account *a, uint64_t number)
{
	size_t low = 0, high = a->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (a->chats[mid]->number < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct chat *
account_find(const struct account *a, uint64_t number)
{
	size_t i = lower_bound(a, number);

	if (i < a->count && a->chats[i]->number == number)
		return a->chats[i];
	return NULL;
}

struct chat *
account_get(struct account *a, uint64_t number)
{
	size_t i = lower_bound(a, number);
	struct chat *c;

	if (i < a->count && a->chats[i]->number == number)
		return a->chats[i];
	if (a->count == a->cap) {
		size_t cap = a->cap == 0 ? 8 : a->cap * 2;
		struct chat **chats =
		    realloc(a->chats, cap * sizeof(struct chat *));

		if (chats == NULL)
			return NULL;
		a->chats = chats;
		a->cap = cap;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->number = number;
	c->read_sure = true;
	memmove(a->chats + i + 1, a->chats + i,
	    (a->count - i) * sizeof(struct chat *));
	a->chats[i] = c;
	a->count++;
	return c;
}

int
account_introduce(struct account *a, uint64_t number,
    const struct chat_id *id, enum chat_kind kind, uint64_t peer,
    struct slice name, bool *news)
{
	struct chat *c = account_get(a, number);
	char *copy = NULL;

	*news = false;
	if (c == NULL)
		return SC_ENOMEM;
	if (c->introduced && !chat_id_equal(&c->id, id))
		return SC_ECONFLICT;
	if (c->introduced && c->kind == kind && c->peer == peer &&
	    slice_equal(slice_str(c->name == NULL ? "" : c->name), name))
		return 0;
	if (name.len > 0) {
		copy = malloc(name.len + 1);
		if (copy == NULL)
			return SC_ENOMEM;
		memcpy(copy, name.p, name.len);
		copy[name.len] = '\0';
	}
	free(c->name);
	c->name = copy;
	c->introduced = true;
	c->id = *id;
	c->kind = kind;
	c->peer = peer;
	*news = true;
	return 0;
}

/* Whether two user names are the same; those that the rules of names do not
 * cover are compared as they are. */
static bool
same_name(struct slice a, struct slice b)
{
	char x[USER_NAME_MAX + 1], y[USER_NAME_MAX + 1];

	if (user_name_prepare(a, x) == 0 && user_name_prepare(b, y) == 0)
		return strcmp(x, y) == 0;
	return slice_equal(a, b);
}

static bool
is_named(const struct chat *c, struct slice address, struct slice own_domain)
{
	struct slice name, domain;

	if (c->kind != CHAT_KIND_DIRECT || c->name == NULL)
		return false;
	if (same_name(slice_str(c->name), address))
		return true;
	address_split(address, &name, &domain);
	return domain.len > 0 && slice_equal(domain, own_domain) &&
	    same_name(slice_str(c->name), name);
}

static bool
is_meant(const struct chat *c, const struct chat_ref *ref,
    struct slice own_domain)
{
	switch (ref->kind) {
	case CHAT_BY_NUMBER:
		return c->number == ref->number;
	case CHAT_BY_ID:
		return c->introduced && chat_id_equal(&c->id, &ref->id);
	case CHAT_BY_USER:
		return c->introduced && c->kind == CHAT_KIND_DIRECT &&
		    c->peer == ref->number;
	case CHAT_BY_NAME:
		return c->introduced && is_named(c, ref->name, own_domain);
	}
	return false;
}

struct chat *
account_resolve(const struct account *a, const struct chat_ref *ref,
    struct slice domain)
{
	if (ref->kind == CHAT_BY_NUMBER)
		return account_find(a, ref->number);
	/* the newest: a name may have been somebody else's before */
	for (size_t i = a->count; i > 0; i--)
		if (is_meant(a->chats[i - 1], ref, domain))
			return a->chats[i - 1];
	return NULL;
}

uint64_t
account_sum(const struct account *a)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < a->count; i++) {
		const struct chat *c = a->chats[i];

		if (c->number != ACCOUNT_CHAT && c->cursor != 0)
			sum += cursor_term(&c->id, c->cursor);
	}
	return sum;
}

void
account_due(struct account *a, struct chat *c)
{
	if (c->listed)
		return;
	c->listed = true;
	c->next_due = a->due;
	a->due = c;
}

void
account_disconnected(struct account *a)
{
	a->due = NULL;
	for (size_t i = 0; i < a->count; i++) {
		struct chat *c = a->chats[i];

		c->heard = c->acked = 0;
		c->moved = c->others = c->parked = c->resumed = false;
		c->read_due = c->ack_due = c->ack_full = c->ack_aged = false;
		c->listed = false;
		c->next_due = NULL;
	}
}
