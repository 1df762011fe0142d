/* SPDX-License-Identifier: ISC */
#include "tests/crash/ledger.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "src/common/err.h"

enum { PRINTED_MAX = 20 };	/* breaches that are told one by one */

/* One side of a pair.  Arrays have an element for each number from 0. */
struct side {
	unsigned intended, handed, acked;
	unsigned highest;	/* place of the last acknowledged message */
	unsigned given;		/* messages of the other side */
	unsigned upto;		/* the last place of which one was given */
	unsigned audited;	/* by another device of the account */
	unsigned read_mark;	/* own, as far as it was stated */
	unsigned delivered, read;	/* of the other side, as shown */
	unsigned ticked;	/* own messages that were shown as delivered */
	bool fresh;		/* no entry in this process yet */
};

struct ledger {
	size_t size;		/* of all of it */
	unsigned pairs, messages, text;
	bool quiet;
	uint64_t acked, given, ticks;
	uint64_t breaches[BREACHES], printed;
	struct side *sides;
	uint32_t *rows;		/* four for each pair: places, gifts */
};

const char *const breach_names[BREACHES] = {
	[BREACH_LOST] = "acknowledged or seen, and lost",
	[BREACH_REORDERED] = "reordered",
	[BREACH_REPEATED] = "given twice to the application",
	[BREACH_TICK] = "ticks not earned or vanished",
	[BREACH_CHANGED] = "changed",
	[BREACH_REFUSED] = "refused",
};

/* ---- where things are ---- */

static struct side *
side_of(const struct ledger *l, unsigned pair, unsigned side)
{
	sc_assert(pair < l->pairs && side < 2);
	return &l->sides[2 * pair + side];
}

static uint32_t *
array_of(const struct ledger *l, unsigned row)
{
	return l->rows + (size_t)row * (2 * (size_t)l->messages + 2);
}

/* The place of each message of a side, by message. */
static uint32_t *
places(const struct ledger *l, unsigned pair, unsigned side)
{
	return array_of(l, 4 * pair + side);
}

/* The message of the other side that was given, by place. */
static uint32_t *
gifts(const struct ledger *l, unsigned pair, unsigned side)
{
	return array_of(l, 4 * pair + 2 + side);
}

struct ledger *
ledger_create(unsigned pairs, unsigned messages, unsigned text)
{
	size_t size = sizeof(struct ledger) +
	    2 * pairs * sizeof(struct side) +
	    4 * (size_t)pairs * (2 * (size_t)messages + 2) * sizeof(uint32_t);
	struct ledger *l = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED |
	    MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	sc_assert(l != MAP_FAILED && text < LEDGER_TEXT);
	l->size = size;
	l->sides = (struct side *)(l + 1);
	l->rows = (uint32_t *)(l->sides + 2 * pairs);
	l->pairs = pairs;
	l->messages = messages;
	l->text = text;
	return l;
}

void
ledger_destroy(struct ledger *l)
{
	munmap(l, l->size);
}

static void __attribute__((format(printf, 5, 6)))
breach(struct ledger *l, enum breach what, unsigned pair, unsigned side,
    const char *fmt, ...)
{
	char text[400];
	va_list ap;

	l->breaches[what]++;
	if (l->quiet || l->printed++ >= PRINTED_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printf("# %s: pair %u side %u: %s\n", breach_names[what], pair, side,
	    text);
	fflush(stdout);
}

/* ---- texts ---- */

static size_t
text_make(const struct ledger *l, unsigned pair, unsigned side, unsigned m,
    char text[LEDGER_TEXT])
{
	static const char *const words[] = {"the", "meeting", "is", "at",
	    "seven", "tomorrow", "please", "bring", "what", "you", "have",
	    "and", "tell", "her", "that", "rain"};
	uint64_t x = ((uint64_t)pair << 33 | (uint64_t)side << 32 | m) *
	    0x9e3779b97f4a7c15u;
	size_t n, end;

	n = (size_t)snprintf(text, LEDGER_TEXT, "%u.%u.%u", pair, side, m);
	end = n + (size_t)(x >> 40) % (l->text - n);
	while (n + 12 < end) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		n += (size_t)snprintf(text + n, LEDGER_TEXT - n, " %s",
		    words[x >> 60]);
	}
	return n;
}

/* The message of the chat that TEXT is, or 0. */
static unsigned
text_read(const struct ledger *l, unsigned pair, unsigned side,
    const char *text, size_t len)
{
	char wanted[LEDGER_TEXT];
	unsigned p, s, m;

	if (text == NULL || len >= LEDGER_TEXT)
		return 0;
	memcpy(wanted, text, len);
	wanted[len] = '\0';
	if (sscanf(wanted, "%u.%u.%u", &p, &s, &m) != 3 || p != pair ||
	    s != side || m == 0 || m > l->messages)
		return 0;
	if (text_make(l, pair, side, m, wanted) != len ||
	    memcmp(wanted, text, len) != 0)
		return 0;
	return m;
}

/* ---- handing over ---- */

unsigned
ledger_next(struct ledger *l, unsigned pair, unsigned side,
    char text[LEDGER_TEXT], size_t *len)
{
	struct side *s = side_of(l, pair, side);

	if (s->intended == s->handed) {
		if (s->handed == l->messages)
			return 0;
		s->intended++;
	}
	*len = text_make(l, pair, side, s->intended, text);
	return s->intended;
}

void
ledger_handed(struct ledger *l, unsigned pair, unsigned side)
{
	struct side *s = side_of(l, pair, side);

	s->handed = s->intended;
}

unsigned
ledger_unanswered(const struct ledger *l, unsigned pair, unsigned side)
{
	const struct side *s = side_of(l, pair, side);

	return s->handed > s->acked ? s->handed - s->acked : 0;
}

bool
ledger_in_doubt(const struct ledger *l, unsigned pair, unsigned side)
{
	const struct side *s = side_of(l, pair, side);

	return s->intended != s->handed;
}

unsigned
ledger_messages(const struct ledger *l, unsigned pair, unsigned side)
{
	return side_of(l, pair, side)->intended;
}

uint64_t
ledger_acked(const struct ledger *l)
{
	return l->acked;
}

uint64_t
ledger_given(const struct ledger *l)
{
	return l->given;
}

uint64_t
ledger_ticks(const struct ledger *l)
{
	return l->ticks;
}

/* Whether all that a side has said is answered, given, and shown so. */
static bool
side_drained(const struct ledger *l, unsigned pair, unsigned side)
{
	const struct side *s = side_of(l, pair, side);
	const struct side *other = side_of(l, pair, 1 - side);

	return s->intended == s->acked && other->given == s->acked &&
	    s->delivered >= s->highest;
}

bool
ledger_drained(const struct ledger *l)
{
	unsigned i;

	for (i = 0; i < 2 * l->pairs; i++)
		if (!side_drained(l, i / 2, i % 2))
			return false;
	return true;
}

void
ledger_new_process(struct ledger *l)
{
	unsigned i;

	for (i = 0; i < 2 * l->pairs; i++)
		l->sides[i].fresh = true;
}

/* ---- reports ---- */

void
ledger_ack(struct ledger *l, unsigned pair, unsigned side, uint64_t m,
    uint64_t seq)
{
	struct side *s = side_of(l, pair, side);
	uint32_t *at = places(l, pair, side);

	if (m == 0 || m > s->intended || seq == 0 ||
	    seq > 2 * (uint64_t)l->messages) {
		breach(l, BREACH_CHANGED, pair, side, "an answer to %" PRIu64
		    " at %" PRIu64 ", of %u", m, seq, s->intended);
		return;
	}
	if (at[m] != 0) {
		if (at[m] != seq)
			breach(l, BREACH_CHANGED, pair, side, "message %"
			    PRIu64 " at %" PRIu32 ", then at %" PRIu64, m,
			    at[m], seq);
		return;
	}
	if (at[m - 1] >= seq || (m < l->messages && at[m + 1] != 0 &&
	    at[m + 1] <= seq))
		breach(l, BREACH_REORDERED, pair, side, "message %" PRIu64
		    " is at %" PRIu64 ", the one before at %" PRIu32, m, seq,
		    at[m - 1]);
	at[m] = (uint32_t)seq;
	if (seq > s->highest)
		s->highest = (unsigned)seq;
	s->acked++;
	l->acked++;
}

/* An own entry, from another device or a state before. */
static void
own_entry(struct ledger *l, unsigned pair, unsigned side, uint64_t seq,
    unsigned m)
{
	uint32_t *at = places(l, pair, side);

	if (at[m] != 0 && at[m] != seq)
		breach(l, BREACH_LOST, pair, side, "message %u was "
		    "acknowledged at %" PRIu32 " and is at %" PRIu64, m, at[m],
		    seq);
}

static void
other_entry(struct ledger *l, unsigned pair, unsigned side, uint64_t seq,
    unsigned m)
{
	struct side *s = side_of(l, pair, side);
	uint32_t *given = gifts(l, pair, side);

	if (given[seq] != 0) {
		/* The callback may have died before its cursor was kept. */
		if (!s->fresh || seq != s->upto || given[seq] != m)
			breach(l, BREACH_REPEATED, pair, side, "%" PRIu64
			    " again: %u, then %u", seq, given[seq], m);
		s->fresh = false;
		return;
	}
	s->fresh = false;
	if (seq <= s->upto)
		breach(l, BREACH_REORDERED, pair, side, "%" PRIu64 " after %u",
		    seq, s->upto);
	if (m != s->given + 1)
		breach(l, m > s->given ? BREACH_LOST : BREACH_REPEATED, pair,
		    side, "message %u after message %u", m, s->given);
	given[seq] = m;
	s->upto = (unsigned)seq;
	s->given = m;
	l->given++;
}

void
ledger_entry(struct ledger *l, unsigned pair, unsigned side, uint64_t seq,
    bool own, const char *text, size_t len)
{
	unsigned m = text_read(l, pair, own ? side : 1 - side, text, len);

	if (m == 0 || seq == 0 || seq > 2 * (uint64_t)l->messages)
		breach(l, BREACH_CHANGED, pair, side, "at %" PRIu64
		    " something that nobody wrote", seq);
	else if (own)
		own_entry(l, pair, side, seq, m);
	else
		other_entry(l, pair, side, seq, m);
}

void
ledger_skip(struct ledger *l, unsigned pair, unsigned side, uint64_t seq)
{
	breach(l, BREACH_LOST, pair, side, "%" PRIu64 " was skipped", seq);
}

void
ledger_read(struct ledger *l, unsigned pair, unsigned side, uint64_t seq)
{
	struct side *s = side_of(l, pair, side);

	if (seq > s->read_mark)
		s->read_mark = (unsigned)seq;
}

/* Own messages up to DELIVERED must have been given to the other side. */
static bool
is_earned(struct ledger *l, unsigned pair, unsigned side, uint64_t delivered)
{
	struct side *s = side_of(l, pair, side);
	const struct side *other = side_of(l, pair, 1 - side);
	const uint32_t *at = places(l, pair, side);

	while (s->ticked < s->intended && at[s->ticked + 1] != 0 &&
	    at[s->ticked + 1] <= delivered)
		s->ticked++;
	return s->ticked <= other->given || delivered <= other->audited;
}

void
ledger_tick(struct ledger *l, unsigned pair, unsigned side,
    uint64_t delivered, uint64_t read)
{
	struct side *s = side_of(l, pair, side);
	const struct side *other = side_of(l, pair, 1 - side);

	l->ticks++;
	if ((delivered != 0 && delivered < s->delivered) ||
	    (read != 0 && read < s->read))
		breach(l, BREACH_TICK, pair, side, "%" PRIu64 "/%" PRIu64
		    " after %u/%u", delivered, read, s->delivered, s->read);
	if (delivered < read)
		delivered = read;	/* it is implied, and not said */
	if (delivered > s->delivered)
		s->delivered = (unsigned)delivered;
	if (read > s->read)
		s->read = (unsigned)read;
	if (!is_earned(l, pair, side, delivered))
		breach(l, BREACH_TICK, pair, side, "%" PRIu64 " delivered, %u "
		    "messages of %u were given", delivered, other->given,
		    s->ticked);
	if (read > other->read_mark)
		breach(l, BREACH_TICK, pair, side, "%" PRIu64 " read, %u was "
		    "stated", read, other->read_mark);
}

void
ledger_refused(struct ledger *l, unsigned pair, unsigned side,
    const char *why)
{
	breach(l, BREACH_REFUSED, pair, side, "%s", why);
}

/* ---- audits ---- */

uint64_t
ledger_top(const struct ledger *l, unsigned pair)
{
	unsigned top = 0, side;

	for (side = 0; side < 2; side++) {
		const struct side *s = side_of(l, pair, side);
		const unsigned seen[] = {s->highest, s->upto, s->audited,
		    s->delivered, s->read};

		for (unsigned i = 0; i < 5; i++)
			if (seen[i] > top)
				top = seen[i];
	}
	return top;
}

void
audit_begin(struct audit *a, struct ledger *l, unsigned pair, unsigned side)
{
	*a = (struct audit){.ledger = l, .pair = pair, .side = side};
}

void
audit_entry(struct audit *a, uint64_t seq, bool own, const char *text,
    size_t len)
{
	struct ledger *l = a->ledger;
	unsigned from = own ? a->side : 1 - a->side;
	unsigned m = text_read(l, a->pair, from, text, len);
	uint32_t at, given;

	if (m == 0 || seq == 0 || seq > 2 * (uint64_t)l->messages) {
		breach(l, BREACH_CHANGED, a->pair, a->side, "audit: at %"
		    PRIu64 " something that nobody wrote", seq);
		return;
	}
	if (seq != a->last + 1)
		breach(l, BREACH_REORDERED, a->pair, a->side, "audit: %" PRIu64
		    " after %" PRIu64, seq, a->last);
	at = places(l, a->pair, from)[m];
	given = gifts(l, a->pair, 1 - from)[seq];
	if ((at != 0 && at != seq) || (given != 0 && given != m))
		breach(l, BREACH_LOST, a->pair, a->side, "audit: at %" PRIu64
		    " is message %u of side %u, which was acknowledged at %"
		    PRIu32 "; given was %" PRIu32, seq, m, from, at, given);
	a->last = seq;
	if (seq > side_of(l, a->pair, a->side)->audited)
		side_of(l, a->pair, a->side)->audited = (unsigned)seq;
}

void
audit_end(struct audit *a)
{
	uint64_t top = a->older ? a->end : ledger_top(a->ledger, a->pair);
	uint64_t missing;

	if (a->last >= top)
		return;
	missing = top - a->last;
	breach(a->ledger, BREACH_LOST, a->pair, a->side, "audit: the log ends "
	    "at %" PRIu64 ", %" PRIu64 " was told", a->last, top);
	a->ledger->breaches[BREACH_LOST] += missing - 1;
}

/* ---- the end ---- */

/* Both sides together fill the places 1 .. n, and each was given once what
 * the other wrote. */
static void
pair_settle(struct ledger *l, unsigned pair)
{
	const struct side *s[2] = {side_of(l, pair, 0), side_of(l, pair, 1)};
	const uint32_t *at[2] = {places(l, pair, 0), places(l, pair, 1)};
	const uint32_t *given[2] = {gifts(l, pair, 0), gifts(l, pair, 1)};
	unsigned m[2] = {1, 1}, total = s[0]->intended + s[1]->intended;
	unsigned seq, side;

	for (seq = 1; seq <= total; seq++) {
		for (side = 0; side < 2; side++)
			if (m[side] <= s[side]->intended &&
			    at[side][m[side]] == seq)
				break;
		if (side == 2) {
			breach(l, BREACH_LOST, pair, 0, "nothing is at %u of "
			    "%u", seq, total);
		} else if (given[1 - side][seq] != m[side]++) {
			breach(l, BREACH_LOST, pair, 1 - side, "at %u message "
			    "%u was acknowledged and %u given", seq,
			    m[side] - 1, given[1 - side][seq]);
		}
	}
}

void
ledger_settle(struct ledger *l, bool ticks)
{
	const struct side *s;
	unsigned i;

	for (i = 0; i < 2 * l->pairs; i++) {
		s = side_of(l, i / 2, i % 2);
		if (s->acked != s->intended)
			breach(l, BREACH_LOST, i / 2, i % 2, "%u of %u sends "
			    "were answered", s->acked, s->intended);
		if (ticks && s->delivered < s->highest)
			breach(l, BREACH_TICK, i / 2, i % 2, "%u of %u was "
			    "shown as delivered", s->delivered, s->highest);
	}
	for (i = 0; i < l->pairs; i++)
		pair_settle(l, i);
}

uint64_t
ledger_breaches(const struct ledger *l, enum breach what)
{
	return l->breaches[what];
}

uint64_t
ledger_all_breaches(const struct ledger *l)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < BREACHES; i++)
		n += l->breaches[i];
	return n;
}

void
ledger_quiet(struct ledger *l)
{
	l->quiet = true;
}

void
ledger_explain(const struct ledger *l)
{
	unsigned i, told = 0;

	for (i = 0; i < 2 * l->pairs && told < PRINTED_MAX; i++) {
		const struct side *s = side_of(l, i / 2, i % 2);

		if (side_drained(l, i / 2, i % 2))
			continue;
		told++;
		printf("# pair %u side %u: %u handed over, %u answered (up to "
		    "place %u), %u given to the other side, shown as delivered "
		    "up to %u\n", i / 2, i % 2, s->intended, s->acked,
		    s->highest, side_of(l, i / 2, 1 - i % 2)->given,
		    s->delivered);
	}
}
