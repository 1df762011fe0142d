/* SPDX-License-Identifier: ISC */
#include "src/chat/retention.h"

#include <string.h>

#include "src/chat/chat.h"
#include "src/chat/device.h"
#include "src/chat/entry.h"
#include "src/chat/marks.h"
#include "src/chat/member.h"
#include "src/chat/row.h"
#include "src/chat/user.h"
#include "src/common/err.h"
#include "src/common/wipe.h"

/* No entry has this seq: behind it comes the next chat. */
#define CHAT_END UINT64_MAX

static void
place_key(struct row_key *k, const struct chat_place *p)
{
	k->len = 0;
	row_key_chat(k, &p->chat);
	row_key_u64(k, p->seq);
}

static int
place_set(struct chat_place *p, struct slice key)
{
	if (key.len != sizeof(p->chat.b) + sizeof(uint64_t))
		return SC_EDAMAGED;
	memcpy(p->chat.b, key.p, sizeof(p->chat.b));
	p->seq = row_key_last_u64(key);
	return 0;
}

/* ---- counting -------------------------------------------------------- */

struct counting {
	struct retention_sum *sum;
	struct chat_place *place;
	unsigned left;
};

static int
sum_add(struct retention_sum *sum, struct slice key, struct slice value)
{
	int64_t time;
	int rc = entry_time(value, &time);

	if (rc != 0)
		return rc;
	sum->entries++;
	sum->bytes += key.len + value.len;
	if (time > sum->newest)
		sum->newest = time;
	return 0;
}

static int
count_row(void *arg, struct slice key, struct slice value)
{
	struct counting *c = arg;

	if (c->left-- == 0) {
		c->place->more = true;
		return place_set(c->place, key) != 0 ? SC_EDAMAGED : 1;
	}
	return sum_add(c->sum, key, value);
}

int
retention_count(struct tx *tx, uint32_t part, unsigned most,
    struct chat_place *place, struct retention_sum *sum)
{
	struct counting c = {sum, place, most};
	struct store_range range = {.reverse = false};
	struct row_key lo;
	int rc;

	place_key(&lo, place);
	range.lo = row_key_slice(&lo);
	place->more = false;
	rc = store_scan(tx->st, tx->d->entries, part, &range, count_row, &c);
	return rc < 0 ? rc : 0;
}

/* ---- one after another ----------------------------------------------- */

static int
first_row(void *arg, struct slice key, struct slice value)
{
	struct chat_place *p = arg;

	(void)value;
	p->more = true;
	return place_set(p, key) != 0 ? SC_EDAMAGED : 1;
}

/* Moves PLACE to the first entry that is there; MORE: there is one. */
static int
seek(struct tx *tx, uint32_t part, struct chat_place *place)
{
	struct store_range range = {.reverse = false};
	struct row_key lo;
	int rc;

	place_key(&lo, place);
	range.lo = row_key_slice(&lo);
	place->more = false;
	rc = store_scan(tx->st, tx->d->entries, part, &range, first_row,
	    place);
	return rc < 0 ? rc : 0;
}

static int
lock_chat(struct tx *tx, const struct chat_id *id)
{
	return store_lock(tx->st, tx->d->chats, 0,
	    slice_of(id->b, sizeof(id->b)));
}

/* To where the chat may be in this partition again. */
static int
pass_row(struct tx *tx, struct chat_place *place)
{
	struct period next;
	int rc = period_find(tx, &place->chat, place->seq, true, &next);

	if (rc != 0 && rc != SC_ENOTFOUND)
		return rc;
	place->seq = rc == 0 ? next.first : CHAT_END;
	return 0;
}

static int
forget_row(struct tx *tx, uint32_t part, struct chat_place *place)
{
	struct period p;
	int rc = lock_chat(tx, &place->chat);

	if (rc == 0)
		rc = period_find(tx, &place->chat, place->seq, false, &p);
	if (rc == 0 && p.part == part)
		rc = period_forget(tx, &place->chat, &p, PERIOD_WHOLE);
	if (rc != 0 && rc != SC_ENOTFOUND)	/* the chat itself is gone */
		return rc;
	return pass_row(tx, place);
}

int
retention_drop(struct tx *tx, uint32_t part, unsigned most,
    struct chat_place *place)
{
	int rc = seek(tx, part, place);

	for (unsigned n = 0; n < most && rc == 0 && place->more; n++) {
		rc = forget_row(tx, part, place);
		if (rc == 0)
			rc = seek(tx, part, place);
	}
	if (rc != 0 || place->more)
		return rc;
	rc = store_drop(tx->st, tx->d->entries, part);
	return rc != 0 ? rc : store_drop(tx->st, tx->d->moves, part);
}

/* ---- what everybody has ---------------------------------------------- */

/* The lowest mark of a chat's devices. */
struct lowest {
	struct tx *tx;
	uint64_t mark;
	/* the member that is looked at */
	uint64_t user;
	const struct member *member;
	unsigned devices, members;
};

/* A device with that mark is given the next entry that its user may read
 * (R5); below that one nothing waits for it. */
static void
note_mark(struct lowest *l, uint64_t mark)
{
	uint64_t last;

	if (mark >= l->mark)
		return;
	if (!member_sees(l->member, mark + 1, &last))
		mark = last;
	if (mark < l->mark)
		l->mark = mark;
}

static int
device_low(void *arg, const struct device *d)
{
	struct lowest *l = arg;
	uint64_t mark;
	int rc = marks_of_device(l->tx, l->user, d->id, l->member->number,
	    &mark);

	if (rc != 0)
		return rc;
	l->devices++;
	note_mark(l, mark);
	return 0;
}

static int
member_low(void *arg, uint64_t user, const struct member *m)
{
	struct lowest *l = arg;
	struct user u;
	int rc = user_get(l->tx, user, &u);

	wipe(&u, sizeof(u));
	l->members++;
	if (rc != 0)		/* the account has been removed */
		return rc == SC_ENOTFOUND ? 0 : rc;
	if (!member_in(m))	/* he has left, and may never look again */
		return 0;
	l->user = user;
	l->member = m;
	l->devices = 0;
	rc = device_list(l->tx, user, device_low, l);
	if (rc == 0 && l->devices == 0)
		note_mark(l, m->delivered);
	return rc < 0 ? rc : 0;
}

struct removal {
	struct tx *tx;
	struct retention_sum *sum;
	uint64_t last;		/* that was looked at */
	unsigned left;
};

static int
removal_row(void *arg, struct slice key, struct slice value)
{
	struct removal *r = arg;

	if (r->left == 0)
		return 1;
	r->left--;
	r->last = row_key_last_u64(key);
	return sum_add(r->sum, key, value);
}

/* Adds the entries from PLACE to LAST, as many as LEFT says; *LAST gets the
 * last one that was. */
static int
add_run(struct tx *tx, uint32_t part, const struct chat_place *place,
    uint64_t *last, unsigned *left, struct retention_sum *sum)
{
	struct removal r = {tx, sum, place->seq, *left};
	struct chat_place end = {.chat = place->chat, .seq = *last + 1};
	struct store_range range = {.reverse = false};
	struct row_key lo, hi;
	int rc;

	place_key(&lo, place);
	place_key(&hi, &end);
	range.lo = row_key_slice(&lo);
	range.hi = row_key_slice(&hi);
	rc = store_scan(tx->st, tx->d->entries, part, &range, removal_row, &r);
	*left = r.left;
	*last = r.last;
	return rc < 0 ? rc : 0;
}

static int
remove_run(struct tx *tx, uint32_t part, const struct chat_place *place,
    const struct period *p, uint64_t last)
{
	struct chat_place at = *place;
	struct row_key k;
	int rc = 0;

	for (; rc == 0 && at.seq <= last; at.seq++) {
		place_key(&k, &at);
		rc = store_del(tx->st, tx->d->entries, part,
		    row_key_slice(&k));
	}
	return rc != 0 ? rc : period_forget(tx, &place->chat, p, last);
}

/* The run of entries at PLACE, up to MARK at most, which is not below it. */
static int
deliver_run(struct tx *tx, uint32_t part, bool remove, uint64_t mark,
    struct chat_place *place, unsigned *left, struct retention_sum *sum)
{
	struct period p, next;
	uint64_t last = mark;
	int rc = period_find(tx, &place->chat, place->seq, false, &p);

	if (rc == SC_ENOTFOUND || (rc == 0 && p.part != part)) {
		(*left)--;
		return pass_row(tx, place);
	}
	if (rc == 0)
		rc = period_find(tx, &place->chat, place->seq, true, &next);
	if (rc == 0 && next.first - 1 < last)
		last = next.first - 1;
	if (rc == SC_ENOTFOUND)
		rc = 0;
	if (rc == 0)
		rc = add_run(tx, part, place, &last, left, sum);
	if (rc == 0 && remove)
		rc = remove_run(tx, part, place, &p, last);
	place->seq = last + 1;
	return rc;
}

/* What of the chat at PLACE may go; PLACE is behind it then. */
static int
deliver_chat(struct tx *tx, uint32_t part, bool remove,
    struct chat_place *place, unsigned *left, struct retention_sum *sum)
{
	struct lowest l = {.tx = tx, .mark = CHAT_END - 1};
	const struct chat_id id = place->chat;
	int rc = remove ? lock_chat(tx, &id) : 0;

	if (rc == 0)
		rc = member_list(tx, &id, member_low, &l);
	*left -= l.members < *left ? l.members : *left - 1;
	while (rc == 0 && *left > 0 && place->more &&
	    chat_id_equal(&place->chat, &id) && place->seq <= l.mark) {
		rc = deliver_run(tx, part, remove, l.mark, place, left, sum);
		if (rc == 0)
			rc = seek(tx, part, place);
	}
	if (rc == 0 && chat_id_equal(&place->chat, &id) &&
	    place->seq > l.mark)
		place->seq = CHAT_END;
	return rc < 0 ? rc : 0;
}

/* Whether nothing is written in it any more, and nothing is there. */
static int
drop_empty(struct tx *tx, uint32_t part)
{
	const int64_t length = chat_period_start(tx->d, 1);
	struct chat_place first = {.more = false};
	int rc;

	if (chat_period_start(tx->d, part) + 2 * length > tx->now)
		return 0;
	rc = seek(tx, part, &first);
	if (rc != 0 || first.more)
		return rc;
	return store_drop(tx->st, tx->d->entries, part);
}

int
retention_delivered(struct tx *tx, uint32_t part, unsigned most, bool remove,
    struct chat_place *place, struct retention_sum *sum)
{
	unsigned left = most;
	int rc = seek(tx, part, place);

	while (rc == 0 && place->more && left > 0) {
		left--;
		rc = left == 0 ? 0 : deliver_chat(tx, part, remove, place,
		    &left, sum);
		if (rc == 0)
			rc = seek(tx, part, place);
	}
	return rc != 0 || place->more || !remove ? rc : drop_empty(tx, part);
}

int
retention_set(struct tx *tx, const struct chat_id *id, unsigned class)
{
	struct chat c;
	int rc = chat_get_locked(tx, id, &c);

	if (rc == 0 && c.kind == CHAT_KIND_SYSTEM)
		return SC_EFORBIDDEN;
	c.class = class;
	return rc != 0 ? rc : chat_put(tx, &c);
}
