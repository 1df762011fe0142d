/* SPDX-License-Identifier: ISC */
#include "src/chat/dedupe.h"

#include <string.h>

#include "src/chat/device.h"
#include "src/chat/row.h"
#include "src/common/err.h"

enum {
	SLOT_VERSION = 2,	/* 1 had no reply */
	SLOT_TIMER = 3,		/* the version of those with a timer */
	SLOT_ROW = 86 + OUTCOME_REPLY_MAX
};

struct slot {
	uint64_t n;		/* 0: never used */
	uint64_t digest;
	struct outcome o;
};

static int
slot_parse(struct slice value, struct slot *s)
{
	struct row_in in;

	row_open(&in, value);
	s->n = row_get_uint(&in);
	s->digest = row_get_uint(&in);
	s->o.kind = (enum outcome_kind)row_get_uint(&in);
	s->o.number = row_get_uint(&in);
	s->o.seq = row_get_uint(&in);
	s->o.time = row_get_int(&in);
	s->o.code = (int)row_get_int(&in);
	s->o.reply = in.version < 2 ? slice_of(NULL, 0) : row_get_bytes(&in);
	s->o.timer = in.version < SLOT_TIMER ? 0 : (uint32_t)row_get_uint(&in);
	return row_check(&in);
}

static int
slot_get(struct tx *tx, uint64_t user, uint32_t device, uint64_t n,
    struct slot *s)
{
	struct slice value;
	struct row_key k;
	int rc;

	device_key(&k, user, device);
	row_key_u8(&k, (uint8_t)(n % DEDUPE_SLOTS));
	rc = store_get(tx->st, tx->d->slots, 0, row_key_slice(&k), &value);
	if (rc == SC_ENOTFOUND) {
		memset(s, 0, sizeof(*s));
		return 0;
	}
	return rc != 0 ? rc : slot_parse(value, s);
}

int
dedupe_check(struct tx *tx, uint64_t user, uint32_t device, uint64_t n,
    uint64_t digest, enum dedupe *what, struct outcome *o, uint64_t *high)
{
	struct slot s, before = {0};
	int rc;

	*what = DEDUPE_CONFLICT;
	rc = slot_get(tx, user, device, n, &s);
	if (rc == 0 && n > 1)
		rc = slot_get(tx, user, device, n - 1, &before);
	if (rc != 0)
		return rc;
	if (n != 0 && s.n == n && s.digest == digest) {
		*what = DEDUPE_REPEAT;
		*o = s.o;
		o->reply = arena_copy(tx->arena, s.o.reply);
		return o->reply.p == NULL ? SC_ENOMEM : 0;
	}
	/* n = high + 1: the one before is settled and this slot still holds
	 * the outcome of 64 ago, or nothing */
	if (n != 0 && s.n < n && before.n == n - 1) {
		*what = DEDUPE_NEW;
		return 0;
	}
	return dedupe_high(tx, user, device, high);
}

int
dedupe_outcome(struct tx *tx, uint64_t user, uint32_t device, uint64_t n,
    struct outcome *o)
{
	struct slot s;
	int rc = slot_get(tx, user, device, n, &s);

	if (rc != 0 || n == 0 || s.n != n)
		return rc != 0 ? rc : SC_ENOTFOUND;
	*o = s.o;
	o->reply = slice_of(NULL, 0);
	return 0;
}

int
dedupe_settle(struct tx *tx, uint64_t user, uint32_t device, uint64_t n,
    uint64_t digest, const struct outcome *o)
{
	uint8_t b[SLOT_ROW];
	struct row_out row;
	struct row_key k;

	if (o->reply.len > OUTCOME_REPLY_MAX)
		return SC_ETOOLARGE;
	row_begin(&row, b, sizeof(b),
	    o->timer == 0 ? SLOT_VERSION : SLOT_TIMER);
	row_uint(&row, n);
	row_uint(&row, digest);
	row_uint(&row, o->kind);
	row_uint(&row, o->number);
	row_uint(&row, o->seq);
	row_int(&row, o->time);
	row_int(&row, o->code);
	row_bytes(&row, o->reply);
	if (o->timer != 0)
		row_uint(&row, o->timer);
	device_key(&k, user, device);
	row_key_u8(&k, (uint8_t)(n % DEDUPE_SLOTS));
	return store_put(tx->st, tx->d->slots, 0, row_key_slice(&k),
	    row_slice(&row));
}

static int
slot_max(void *arg, struct slice key, struct slice value)
{
	uint64_t *high = arg;
	struct slot s;
	int rc = slot_parse(value, &s);

	(void)key;
	if (rc == 0 && s.n > *high)
		*high = s.n;
	return rc;
}

int
dedupe_high(struct tx *tx, uint64_t user, uint32_t device, uint64_t *high)
{
	uint8_t end[STORE_KEY_MAX];
	struct store_range range;
	struct row_key k;

	*high = 0;
	device_key(&k, user, device);
	range = store_prefix(row_key_slice(&k), end);
	return store_scan(tx->st, tx->d->slots, 0, &range, slot_max, high);
}

/* One to one for each: what differs in one word only never has one digest. */
static uint64_t
digest_word(uint64_t digest, uint64_t word)
{
	digest = (digest ^ word) * UINT64_C(0x9fb21c651e98df25);
	return digest ^ digest >> 32;
}

uint64_t
digest_add(uint64_t digest, const void *p, size_t n)
{
	const uint8_t *b = p;
	uint64_t word;

	digest = digest_word(digest, n);
	for (; n >= sizeof(word); n -= sizeof(word), b += sizeof(word)) {
		memcpy(&word, b, sizeof(word));
		digest = digest_word(digest, word);
	}
	word = 0;
	if (n > 0)
		memcpy(&word, b, n);
	return digest_word(digest, word);
}

uint64_t
digest_add_u64(uint64_t digest, uint64_t v)
{
	return digest_word(digest, v);
}
