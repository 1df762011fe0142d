/* SPDX-License-Identifier: ISC */
/* What classes mean, and how far the sweeps are: the rows of the table. */
#include "retention.h"

#include <string.h>

/* Keys of the table: a byte; from CLASS_DAYS on it is the class. */
enum { KEY_SWEEP = 0, KEY_SEAL = 1 };

enum { ROW_VERSION = 1, ROW_SIZE = 64 };

struct keep_row {
	uint8_t b[ROW_SIZE];
	struct row_out out;
};

static int
get_row(struct sc_module *m, struct tx *tx, unsigned key, struct row_in *in)
{
	struct row_key k = {.len = 0};
	struct slice value;
	int rc;

	row_key_u8(&k, (uint8_t)key);
	rc = scm_get_locked(tx, m, RETENTION_ROWS, 0, row_key_slice(&k),
	    &value);
	if (rc == 0)
		row_open(in, value);
	return rc;
}

static void
begin_row(struct keep_row *r)
{
	row_begin(&r->out, r->b, sizeof(r->b), ROW_VERSION);
}

static int
put_row(struct sc_module *m, struct tx *tx, unsigned key,
    const struct keep_row *r)
{
	struct row_key k = {.len = 0};

	row_key_u8(&k, (uint8_t)key);
	return scm_put(tx, m, RETENTION_ROWS, 0, row_key_slice(&k),
	    row_slice(&r->out));
}

int
retention_progress_get(struct sc_module *m, struct tx *tx,
    struct retention_progress *p)
{
	struct row_in in;
	int rc;

	memset(p, 0, sizeof(*p));
	rc = get_row(m, tx, KEY_SWEEP, &in);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	p->due = row_get_int(&in);
	p->part = (uint32_t)row_get_uint(&in);
	p->place.chat = row_get_chat(&in);
	p->place.seq = row_get_uint(&in);
	return row_check(&in);
}

int
retention_progress_put(struct sc_module *m, struct tx *tx,
    const struct retention_progress *p)
{
	struct keep_row r;

	begin_row(&r);
	row_int(&r.out, p->due);
	row_uint(&r.out, p->part);
	row_chat(&r.out, &p->place.chat);
	row_uint(&r.out, p->place.seq);
	return put_row(m, tx, KEY_SWEEP, &r);
}

int
retention_seal_due_get(struct sc_module *m, struct tx *tx, int64_t *due)
{
	struct row_in in;
	int rc;

	*due = 0;
	rc = get_row(m, tx, KEY_SEAL, &in);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	*due = row_get_int(&in);
	return row_check(&in);
}

int
retention_seal_due_put(struct sc_module *m, struct tx *tx, int64_t due)
{
	struct keep_row r;

	begin_row(&r);
	row_int(&r.out, due);
	return put_row(m, tx, KEY_SEAL, &r);
}

int
retention_days_get(struct sc_module *m, struct tx *tx, unsigned class,
    uint32_t *days)
{
	struct row_in in;
	int rc = get_row(m, tx, class, &in);

	if (rc != 0)
		return rc;
	*days = (uint32_t)row_get_uint(&in);
	return row_check(&in);
}

int
retention_days_put(struct sc_module *m, struct tx *tx, unsigned class,
    uint32_t days)
{
	struct keep_row r;

	begin_row(&r);
	row_uint(&r.out, days);
	return put_row(m, tx, class, &r);
}

int
retention_keep(struct sc_module *m, struct tx *tx, unsigned class,
    uint32_t *keep)
{
	const struct retention_conf *conf = scm_conf(m);
	int rc;

	*keep = SC_KEEP_FOREVER;
	if (class < KINDS)
		*keep = conf->kind[class];
	else if (class == CLASS_DELIVERED)
		*keep = SC_KEEP_UNTIL_DELIVERED;
	else if (class >= CLASS_DAYS) {
		rc = retention_days_get(m, tx, class, keep);
		return rc == SC_ENOTFOUND ? 0 : rc;
	}
	return 0;
}

bool
retention_is_old(const struct sc_module *m, const struct tx *tx,
    const struct sc_period *p, uint32_t keep)
{
	const struct retention_conf *conf = scm_conf(m);
	int64_t days = keep == SC_KEEP_UNTIL_DELIVERED ? conf->undelivered
						       : keep;

	return keep != SC_KEEP_FOREVER &&
	    p->end <= scm_now(tx) - days * DAY_MS;
}

bool
retention_is_due(const struct sc_module *m, const struct tx *tx,
    const struct sc_period *p, uint32_t keep)
{
	const struct retention_conf *conf = scm_conf(m);

	return conf->seal_days != 0 && !p->sealed &&
	    keep != SC_KEEP_UNTIL_DELIVERED &&
	    !retention_is_old(m, tx, p, keep) &&
	    p->end <= scm_now(tx) - conf->seal_days * (int64_t)DAY_MS;
}

int
retention_search(void *arg, const struct sc_period *p)
{
	struct retention_search *s = arg;
	int rc;

	if (p->part < s->from)
		return 0;
	rc = retention_keep(s->m, s->tx, p->class, &s->keep);
	if (rc != 0)
		return rc;
	s->old = retention_is_old(s->m, s->tx, p, s->keep);
	if (!s->any && !s->old &&
	    !(s->keep == SC_KEEP_UNTIL_DELIVERED && p->entries))
		return 0;
	s->period = *p;
	s->found = true;
	return 1;
}
