/* SPDX-License-Identifier: ISC */
#include "src/server/module_retention.h"

#include <string.h>

#include "src/chat/period.h"
#include "src/chat/retention.h"
#include "src/common/err.h"
#include "src/server/event.h"
#include "src/server/outbox.h"
#include "src/server/server_priv.h"

_Static_assert((int)SC_CLASS_OWN == (int)CHAT_CLASS_OWN &&
    (int)SC_CLASSES == (int)CHAT_CLASSES, "the classes of modules are those");

/* ---- which there are ------------------------------------------------- */

struct part_list {
	struct tx *tx;
	uint32_t *parts;
	size_t n, cap;
};

static int
part_add(void *arg, uint32_t part)
{
	struct part_list *l = arg;
	uint32_t *parts;

	if (part == CHAT_PERIOD_KEPT)
		return 0;
	if (l->n == l->cap) {
		parts = arena_array(l->tx->arena, l->cap * 2 + 64,
		    sizeof(*parts));
		if (parts == NULL)
			return SC_ENOMEM;
		if (l->n > 0)
			memcpy(parts, l->parts, l->n * sizeof(*parts));
		l->parts = parts;
		l->cap = l->cap * 2 + 64;
	}
	l->parts[l->n++] = part;
	return 0;
}

static struct sc_period
period_of(const struct domain *d, uint32_t part)
{
	int64_t begin = chat_period_start(d, part);

	return (struct sc_period){.part = part, .class = chat_part_class(part),
	    .begin = begin, .end = begin + chat_period_start(d, 1)};
}

/* Whether a table's part of a period, if there is one, is sealed. */
static int
add_sealed(struct tx *tx, const struct store_table *table,
    struct sc_period *p)
{
	struct store_sealed s;
	int rc = store_sealed(tx->st, table, p->part, &s);

	if (rc == 0 && s.done)
		p->size += s.size;
	else
		p->sealed = false;
	return rc == SC_ENOTFOUND ? 0 : rc;
}

static int
find_sealed(struct tx *tx, struct sc_period *p)
{
	int rc = 0;

	p->sealed = true;
	if (p->entries)
		rc = add_sealed(tx, tx->d->entries, p);
	if (rc == 0 && p->moves)
		rc = add_sealed(tx, tx->d->moves, p);
	return rc;
}

int
scm_periods(struct tx *tx, int (*fn)(void *arg, const struct sc_period *),
    void *arg)
{
	struct part_list entries = {.tx = tx}, moves = {.tx = tx};
	size_t e = 0, m = 0;
	int rc = store_parts(tx->st, tx->d->entries, part_add, &entries);

	if (rc >= 0)
		rc = store_parts(tx->st, tx->d->moves, part_add, &moves);
	while (rc == 0 && (e < entries.n || m < moves.n)) {
		bool has = m == moves.n || (e < entries.n &&
		    entries.parts[e] <= moves.parts[m]);
		uint32_t part = has ? entries.parts[e] : moves.parts[m];
		struct sc_period p = period_of(tx->d, part);

		p.entries = has;
		p.moves = m < moves.n && moves.parts[m] == part;
		e += has;
		m += p.moves;
		rc = find_sealed(tx, &p);
		if (rc == 0)
			rc = fn(arg, &p);
	}
	return rc < 0 ? rc : 0;
}

/* ---- what is done with them ------------------------------------------ */

/* The caches forget what is older than TIME, and read it again if it is still
 * there. */
static int
tell_caches(struct tx *tx, int64_t time)
{
	struct event *e = event_create(EVENT_PRUNED, 0, slice_of(NULL, 0));

	if (e == NULL)
		return SC_ENOMEM;
	e->entry.time = time;
	outbox_add_take(tx->outbox, e);
	return 0;
}

static void
sum_from(struct retention_sum *to, const struct sc_sum *s)
{
	*to = (struct retention_sum){s->entries, s->bytes, s->newest};
}

static void
sum_to(struct sc_sum *to, const struct retention_sum *s)
{
	*to = (struct sc_sum){s->entries, s->bytes, s->newest};
}

int
scm_period_count(struct tx *tx, uint32_t part, unsigned most,
    struct chat_place *place, struct sc_sum *sum)
{
	struct retention_sum s;
	int rc;

	sum_from(&s, sum);
	rc = retention_count(tx, part, most, place, &s);
	sum_to(sum, &s);
	return rc;
}

int
scm_period_drop(struct tx *tx, uint32_t part, unsigned most,
    struct chat_place *place)
{
	int rc = retention_drop(tx, part, most, place);

	return rc != 0 ? rc
	    : tell_caches(tx, period_of(tx->d, part).end);
}

int
scm_period_seal(struct tx *tx, const struct sc_period *p, bool *done)
{
	int rc = 0;

	*done = true;
	if (p->end > tx->now)
		return SC_ECONFLICT;
	if (p->entries)
		rc = store_seal(tx->st, tx->d->entries, p->part, done);
	if (rc == 0 && *done && p->moves)
		rc = store_seal(tx->st, tx->d->moves, p->part, done);
	return rc;
}

int
scm_period_delivered(struct tx *tx, uint32_t part, unsigned most, bool remove,
    struct chat_place *place, struct sc_sum *sum)
{
	struct retention_sum s;
	uint64_t before = sum->entries;
	int rc;

	sum_from(&s, sum);
	rc = retention_delivered(tx, part, most, remove, place, &s);
	sum_to(sum, &s);
	if (rc != 0 || !remove || s.entries == before)
		return rc;
	return tell_caches(tx, s.newest + 1);
}

unsigned
scm_chat_class(const struct chat *c)
{
	return chat_class(c);
}

int
scm_chat_set_class(struct tx *tx, const struct chat_id *id, unsigned class)
{
	return retention_set(tx, id, class);
}

bool
scm_clocks_agree(const struct sc_module *m)
{
	return !atomic_load(&m->server->sweeps_stopped);
}
