/* SPDX-License-Identifier: ISC */
/* What there is of each class, and what the sweep would do about it. */
#include "retention.h"

#include <string.h>

struct listing {
	unsigned class;
	uint32_t part;
	struct chat_place place;
	struct sc_sum sum;
	uint64_t periods;	/* of the class, that are old */
	uint64_t sealed, size;	/* periods that stay and are, on the disk */
	uint64_t to_seal;	/* that will be */
	bool any;		/* the class has some */
	int64_t kept;		/* where the oldest begins that is not */
};

static int
list_item(struct sc_module *m, struct tx *tx, struct sc_command *c,
    const struct listing *l)
{
	char keep_text[SC_KEEP_TEXT];
	const char *name;
	uint32_t keep;
	int rc = retention_keep(m, tx, l->class, &keep);

	if (rc == 0)
		rc = scm_item(tx, c);
	(void)scm_keep_print(keep, keep_text);
	name = l->class < KINDS ? retention_kinds[l->class] : keep_text;
	if (rc == 0)
		rc = scm_item_text(tx, c, "class", slice_str(name));
	if (rc == 0)
		rc = scm_item_text(tx, c, "keep", slice_str(keep_text));
	if (rc == 0)
		rc = scm_item_int(tx, c, "periods", (int64_t)l->periods);
	if (rc == 0)
		rc = scm_item_int(tx, c, "entries", (int64_t)l->sum.entries);
	if (rc == 0)
		rc = scm_item_int(tx, c, "bytes", (int64_t)l->sum.bytes);
	if (rc == 0)
		rc = scm_item_int(tx, c, "to-seal", (int64_t)l->to_seal);
	if (rc == 0)
		rc = scm_item_int(tx, c, "sealed", (int64_t)l->sealed);
	if (rc == 0)
		rc = scm_item_int(tx, c, "sealed-bytes", (int64_t)l->size);
	if (rc == 0 && l->kept != 0)
		rc = scm_item_time(tx, c, "oldest-kept", l->kept);
	return rc;
}

/* The class is done: its item, and the next one. */
static int
list_next(struct sc_module *m, struct tx *tx, struct sc_command *c,
    struct listing *l)
{
	int rc = l->class < KINDS || l->any ? list_item(m, tx, c, l) : 0;

	*l = (struct listing){.class = l->class + 1, .part = l->part};
	return rc;
}

/* Looks at a period; *STOP: that was enough for one transaction. */
static int
list_period(const struct retention_search *s, struct listing *l, bool *stop)
{
	const struct sc_period *p = &s->period;
	int rc = 0;

	l->any = true;
	if (l->part != p->part)
		memset(&l->place, 0, sizeof(l->place));
	l->part = p->part;
	if (s->old)
		rc = scm_period_count(s->tx, p->part, ROWS_AT_ONCE, &l->place,
		    &l->sum);
	else if (s->keep == SC_KEEP_UNTIL_DELIVERED && p->entries)
		rc = scm_period_delivered(s->tx, p->part, ROWS_AT_ONCE, false,
		    &l->place, &l->sum);
	*stop = s->old || s->keep == SC_KEEP_UNTIL_DELIVERED;
	if (l->place.more)
		return rc;
	l->periods += s->old;
	if (!s->old && p->entries && l->kept == 0)
		l->kept = p->begin;
	if (!s->old && p->sealed) {
		l->sealed++;
		l->size += p->size;
	}
	l->to_seal += retention_is_due(s->m, s->tx, p, s->keep);
	l->part++;
	return rc;
}

int
retention_list_run(struct sc_module *m, struct tx *tx, struct sc_command *c)
{
	struct listing *l = scm_command_state(c, sizeof(*l));
	bool stop = false;
	int rc = 0;

	while (rc == 0 && !stop && l->class < SC_CLASSES) {
		struct retention_search s = {.m = m, .tx = tx, .from = l->part,
		    .any = true};

		rc = scm_periods(tx, retention_search, &s);
		if (rc != 0)
			return rc;
		rc = s.found && s.period.class == l->class
		    ? list_period(&s, l, &stop) : list_next(m, tx, c, l);
	}
	if (rc == 0 && l->class < SC_CLASSES)
		scm_more(c);
	return rc;
}
