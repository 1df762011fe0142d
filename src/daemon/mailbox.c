/* SPDX-License-Identifier: ISC */
#include "src/daemon/mailbox.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/loop.h"

/* A list that once grew beyond this gives its memory back. */
enum { KEEP = 4096 };

static void
reserve(struct mail_list *l, size_t n)
{
	size_t cap = l->cap == 0 ? 16 : l->cap;

	if (l->n + n <= l->cap)
		return;
	while (cap < l->n + n)
		cap *= 2;
	l->v = xrealloc(l->v, cap, sizeof(*l->v));
	l->cap = cap;
}

void
mail_list_add(struct mail_list *l, const struct mail *m)
{
	reserve(l, 1);
	l->v[l->n++] = *m;
}

void
mail_list_fini(struct mail_list *l)
{
	free(l->v);
	*l = (struct mail_list){NULL, 0, 0};
}

void
mailbox_init(struct mailbox *b, struct loop *loop)
{
	memset(b, 0, sizeof(*b));
	sc_assert(pthread_mutex_init(&b->lock, NULL) == 0);
	b->loop = loop;
}

void
mailbox_fini(struct mailbox *b)
{
	sc_assert(b->in.n == 0 && b->out.n == 0);
	mail_list_fini(&b->in);
	mail_list_fini(&b->out);
	pthread_mutex_destroy(&b->lock);
}

static void
post(struct mailbox *b, const struct mail *v, size_t n)
{
	bool was_empty;

	pthread_mutex_lock(&b->lock);
	was_empty = b->in.n == 0;
	reserve(&b->in, n);
	memcpy(b->in.v + b->in.n, v, n * sizeof(*v));
	b->in.n += n;
	pthread_mutex_unlock(&b->lock);
	if (was_empty)
		loop_wake(b->loop);
}

void
mailbox_post(struct mailbox *b, const struct mail *m)
{
	post(b, m, 1);
}

void
mailbox_post_list(struct mailbox *b, struct mail_list *l)
{
	if (l->n > 0)
		post(b, l->v, l->n);
	l->n = 0;
}

size_t
mailbox_deliver(struct mailbox *b, void *owner)
{
	struct mail_list l = b->out;
	size_t i;

	pthread_mutex_lock(&b->lock);
	b->out = b->in;
	b->in = l;
	pthread_mutex_unlock(&b->lock);
	l = b->out;
	b->out = (struct mail_list){NULL, 0, 0};
	for (i = 0; i < l.n; i++)
		l.v[i].fn(owner, &l.v[i]);
	i = l.n;
	l.n = 0;
	if (l.cap > KEEP)
		mail_list_fini(&l);
	b->out = l;
	return i;
}
