/* SPDX-License-Identifier: ISC */
#include "src/server/feed.h"

#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"

void
feeds_fini(struct feeds *f)
{
	free(f->all);
	memset(f, 0, sizeof(*f));
}

struct feed *
feed_find(const struct feeds *f, const struct chat_id *chat)
{
	for (unsigned i = 0; i < f->n; i++)
		if (chat_id_equal(&f->all[i].chat, chat))
			return &f->all[i];
	return NULL;
}

struct feed *
feed_of_number(const struct feeds *f, uint64_t number)
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->all[i].number == number)
			return &f->all[i];
	return NULL;
}

struct feed *
feed_add(struct feeds *f, const struct chat_id *chat, uint64_t number,
    enum chat_kind kind)
{
	struct feed *new;

	if (f->n == f->cap) {
		f->cap = f->cap == 0 ? 2 : f->cap * 2;
		f->all = xrealloc(f->all, f->cap, sizeof(*f->all));
	}
	new = &f->all[f->n++];
	memset(new, 0, sizeof(*new));
	new->chat = *chat;
	new->number = number;
	new->kind = kind;
	return new;
}

void
feeds_tidy(struct feeds *f)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < f->n; i++) {
		const struct feed *one = &f->all[i];

		if (one->known && one->sent >= one->head && one->unacked == 0)
			continue;
		if (kept < i)
			f->all[kept] = *one;
		kept++;
	}
	f->n = kept;
	if (kept == 0)
		feeds_fini(f);
}

bool
feeds_account_behind(const struct feeds *f)
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->all[i].kind == CHAT_KIND_SYSTEM &&
		    f->all[i].sent < f->all[i].head)
			return true;
	return false;
}

uint64_t
feeds_waiting(const struct feeds *f)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < f->n; i++)
		n += f->all[i].unacked + (f->all[i].head - f->all[i].sent);
	return n;
}
