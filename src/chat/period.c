/* SPDX-License-Identifier: ISC */
#include "src/chat/period.h"

#include "src/chat/row.h"
#include "src/common/err.h"

enum {
	PERIOD_VERSION = 1,
	PERIOD_BITS = 32 - CHAT_CLASS_BITS,
	PERIOD_LAST = (1 << PERIOD_BITS) - 2	/* never CHAT_PERIOD_GONE */
};

static void
period_key(struct row_key *k, const struct chat_id *id, uint64_t seq)
{
	k->len = 0;
	row_key_chat(k, id);
	row_key_u64(k, seq);
}

uint32_t
chat_period_at(const struct domain *d, int64_t time)
{
	int64_t p = time / 1000 / (int64_t)domain_conf(d)->period_s;

	if (p <= CHAT_PERIOD_KEPT)
		return CHAT_PERIOD_KEPT + 1;
	return p > PERIOD_LAST ? PERIOD_LAST : (uint32_t)p;
}

uint32_t
chat_part(unsigned class, uint32_t period)
{
	return (uint32_t)class << PERIOD_BITS | period;
}

unsigned
chat_part_class(uint32_t part)
{
	return part >> PERIOD_BITS;
}

int64_t
chat_period_start(const struct domain *d, uint32_t part)
{
	int64_t period = part & ((UINT32_C(1) << PERIOD_BITS) - 1);

	return period * domain_conf(d)->period_s * 1000;
}

unsigned
chat_class(const struct chat *c)
{
	return c->class != 0 ? c->class : (unsigned)c->kind;
}

uint32_t
chat_part_at(const struct domain *d, const struct chat *c, int64_t time)
{
	if (c->kind == CHAT_KIND_SYSTEM)
		return CHAT_PERIOD_KEPT;
	return chat_part(chat_class(c), chat_period_at(d, time));
}

static int
period_row(void *arg, struct slice key, struct slice value)
{
	struct period *p = arg;
	struct row_in in;
	int rc;

	row_open(&in, value);
	p->first = row_key_last_u64(key);
	p->part = (uint32_t)row_get_uint(&in);
	rc = row_check(&in);
	return rc != 0 ? rc : 1;
}

int
period_find(struct tx *tx, const struct chat_id *id, uint64_t seq, bool after,
    struct period *p)
{
	struct row_key lo, hi;
	struct store_range range;
	int rc;

	period_key(&lo, id, after ? seq + 1 : 0);
	period_key(&hi, id, after ? UINT64_MAX : seq + 1);
	range.lo = row_key_slice(&lo);
	range.hi = row_key_slice(&hi);
	range.reverse = !after;
	p->first = 0;
	rc = store_scan(tx->st, tx->d->periods, 0, &range, period_row, p);
	if (rc < 0)
		return rc;
	return p->first == 0 ? SC_ENOTFOUND : 0;
}

int
period_put(struct tx *tx, const struct chat_id *id, uint64_t seq,
    uint32_t part)
{
	uint8_t b[16];
	struct row_out row;
	struct row_key k;

	period_key(&k, id, seq);
	row_begin(&row, b, sizeof(b), PERIOD_VERSION);
	row_uint(&row, part);
	return store_put(tx->st, tx->d->periods, 0, row_key_slice(&k),
	    row_slice(&row));
}

static int
period_del(struct tx *tx, const struct chat_id *id, uint64_t seq)
{
	struct row_key k;

	period_key(&k, id, seq);
	return store_del(tx->st, tx->d->periods, 0, row_key_slice(&k));
}

int
chat_period(struct tx *tx, const struct chat_id *id, uint64_t seq,
    uint32_t *part)
{
	struct period p;
	int rc = period_find(tx, id, seq, false, &p);

	*part = p.part;
	return rc;
}

/* What is gone of the newest period counts as in it: there is room for the
 * movements of marks that reach it. */
int
chat_period_of(struct tx *tx, const struct chat *c, uint64_t seq,
    uint32_t *part)
{
	if (seq != c->head && (c->period_first == 0 || seq < c->period_first))
		return chat_period(tx, &c->id, seq, part);
	*part = c->period;
	return 0;
}

/* Makes the row at FIRST one of what is gone, or part of the one before. */
static int
put_gone(struct tx *tx, const struct chat_id *id, uint64_t first)
{
	struct period before;
	int rc = first == 0 ? SC_ENOTFOUND
			    : period_find(tx, id, first - 1, false, &before);

	if (rc == 0 && before.part == CHAT_PERIOD_GONE)
		return period_del(tx, id, first);
	if (rc != 0 && rc != SC_ENOTFOUND)
		return rc;
	return period_put(tx, id, first, CHAT_PERIOD_GONE);
}

int
period_forget(struct tx *tx, const struct chat_id *id, const struct period *p,
    uint64_t last)
{
	struct period after;
	int rc = period_find(tx, id, p->first, true, &after);

	if (rc != 0 && rc != SC_ENOTFOUND)
		return rc;
	if (last != PERIOD_WHOLE && (rc != 0 || last + 1 < after.first))
		rc = period_put(tx, id, last + 1, p->part);
	else if (rc == 0 && after.part == CHAT_PERIOD_GONE)
		rc = period_del(tx, id, after.first);
	else
		rc = 0;
	return rc != 0 ? rc : put_gone(tx, id, p->first);
}
