/* SPDX-License-Identifier: ISC */
#include "src/client/ticks.h"

#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"

void
ticks_free(struct ticks *t)
{
	if (t == NULL)
		return;
	for (unsigned i = 0; i < t->nmembers; i++)
		for (unsigned k = 0; k < TICKS_MARKS; k++)
			free(t->members[i].marks[k].list);
	free(t->members);
	free(t->own);
	free(t);
}

static struct ticks *
ticks_get(struct ticks **t)
{
	if (*t == NULL)
		*t = calloc(1, sizeof(**t));
	return *t;
}

/* Room for one more of SIZE bytes in an array that doubles up to MOST. */
static void *
grow(void *array, unsigned n, unsigned *cap, unsigned most, size_t size)
{
	unsigned more = *cap == 0 ? 4 : *cap * 2;
	void *p;

	if (n < *cap)
		return array;
	if (more > most)
		more = most;
	p = realloc(array, more * size);
	if (p != NULL)
		*cap = more;
	return p;
}

/* ---- own messages ---- */

/* The index of the first that is not below SEQ. */
static unsigned
own_index(const struct ticks *t, uint64_t seq)
{
	unsigned i = t->nown;

	while (i > 0 && t->own[i - 1].seq >= seq)
		i--;
	return i;
}

bool
ticks_own_is_news(const struct ticks *t, uint64_t seq)
{
	unsigned i;

	if (t == NULL)
		return true;
	i = own_index(t, seq);
	if (i < t->nown && t->own[i].seq == seq)
		return false;
	return i > 0 || t->nown < TICKS_OWN;	/* else too old */
}

int
ticks_own(struct ticks **ticks, uint64_t seq, int64_t time)
{
	struct ticks *t = ticks_get(ticks);
	struct ticks_own *own;
	unsigned i;

	if (t == NULL)
		return SC_ENOMEM;
	if (!ticks_own_is_news(t, seq))
		return 0;
	if (t->nown == TICKS_OWN) {
		t->nown--;
		memmove(t->own, t->own + 1, t->nown * sizeof(*t->own));
	}
	own = grow(t->own, t->nown, &t->capown, TICKS_OWN, sizeof(*own));
	if (own == NULL)
		return SC_ENOMEM;
	t->own = own;
	i = own_index(t, seq);
	memmove(own + i + 1, own + i, (t->nown - i) * sizeof(*own));
	own[i] = (struct ticks_own){seq, time};
	t->nown++;
	return 0;
}

/* ---- marks of others ---- */

static struct ticks_member *
member_find(const struct ticks *t, uint64_t user)
{
	for (unsigned i = 0; t != NULL && i < t->nmembers; i++)
		if (t->members[i].user == user)
			return &t->members[i];
	return NULL;
}

static struct ticks_member *
member_add(struct ticks *t, uint64_t user)
{
	struct ticks_member *m = realloc(t->members,
	    (t->nmembers + 1) * sizeof(*m));

	if (m == NULL)
		return NULL;
	t->members = m;
	m += t->nmembers++;
	memset(m, 0, sizeof(*m));
	m->user = user;
	return m;
}

static uint64_t
top(const struct ticks_moves *m)
{
	return m->n == 0 ? 0 : m->list[m->n - 1].seq;
}

bool
ticks_move_is_news(const struct ticks *t, uint64_t user, enum ticks_mark mark,
    uint64_t seq)
{
	const struct ticks_member *m = member_find(t, user);

	return m == NULL ? seq != 0 : seq > top(&m->marks[mark]);
}

int
ticks_move(struct ticks **ticks, uint64_t user, enum ticks_mark mark,
    const struct ticks_move *move)
{
	struct ticks *t = ticks_get(ticks);
	struct ticks_member *member = member_find(t, user);
	struct ticks_moves *m;
	struct ticks_move *list;

	if (t != NULL && member == NULL)
		member = member_add(t, user);
	if (member == NULL)
		return SC_ENOMEM;
	m = &member->marks[mark];
	if (move->seq <= top(m))
		return 0;	/* marks only rise (R13) */
	if (m->n == TICKS_MOVES) {
		m->n--;
		m->cut = true;
		memmove(m->list, m->list + 1, m->n * sizeof(*m->list));
	}
	list = grow(m->list, m->n, &m->cap, TICKS_MOVES, sizeof(*list));
	if (list == NULL)
		return SC_ENOMEM;
	m->list = list;
	list[m->n++] = *move;
	return 0;
}

/* The first movement that passed SEQ, or NULL. */
static const struct ticks_move *
passed(const struct ticks_moves *m, uint64_t seq)
{
	for (unsigned i = 0; i < m->n; i++)
		if (m->list[i].seq >= seq)
			return &m->list[i];
	return NULL;
}

void
ticks_when(const struct ticks_member *member, enum ticks_mark mark,
    uint64_t seq, int64_t *time, bool *estimated)
{
	const struct ticks_moves *moves = &member->marks[mark];
	const struct ticks_move *m = passed(moves, seq);
	const struct ticks_move *read = mark == TICKS_DELIVERED
	    ? passed(&member->marks[TICKS_READ], seq) : NULL;

	*time = 0;
	*estimated = false;
	if (m == NULL || (read != NULL && read->time < m->time)) {
		moves = &member->marks[TICKS_READ];
		m = read;
	}
	if (m == NULL)
		return;
	*time = m->time;
	*estimated = m->estimated || (moves->cut && m == moves->list);
}
