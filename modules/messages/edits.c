/* SPDX-License-Identifier: ISC */
#include <stonechat/module.h>
#include <stonechat/row.h>

#include <string.h>

#include "edits.h"

/*
 * A row for each edit: chat, seq of what is edited, seq of the edit.  They go
 * when the message is deleted, or by the sweep when it has been dropped with
 * its period.  One key is shorter: the sweep's, which says where it goes on.
 */
enum {
	EDITS_MAX = 32,		/* of one entry */
	EDIT_VERSION = 1,
	SWEEP_ROWS = 64
};

static const uint8_t sweep_key[1] = {0};

static void
edits_key(struct row_key *k, const struct chat_id *chat, uint64_t seq)
{
	k->len = 0;
	row_key_chat(k, chat);
	row_key_u64(k, seq);
}

/* What has been said of one entry in others. */
struct edits {
	uint64_t seq[EDITS_MAX];
	size_t n;
};

static int
add_edit(void *arg, struct slice key, struct slice value)
{
	struct edits *edits = arg;

	(void)value;
	edits->seq[edits->n++] = row_key_last_u64(key);
	return edits->n == EDITS_MAX;
}

static int
edits_of(struct sc_module *m, struct tx *tx, const struct entry *e,
    struct edits *edits)
{
	uint8_t end[STORE_KEY_MAX];
	struct store_range range;
	struct row_key k;
	int rc;

	edits->n = 0;
	edits_key(&k, &e->chat, e->seq);
	range = scm_prefix(row_key_slice(&k), end);
	rc = scm_scan(tx, m, MESSAGES_EDITS, 0, &range, add_edit, edits);
	return rc < 0 ? rc : 0;
}

int
messages_edits_full(struct sc_module *m, struct tx *tx, const struct entry *e,
    bool *full)
{
	struct edits edits;
	int rc = edits_of(m, tx, e, &edits);

	*full = edits.n == EDITS_MAX;
	return rc;
}

int
messages_edits_note(struct sc_module *m, struct tx *tx, const struct entry *e,
    uint64_t by)
{
	static const uint8_t row[] = {EDIT_VERSION};
	struct row_key k;

	edits_key(&k, &e->chat, e->seq);
	row_key_u64(&k, by);
	return scm_put(tx, m, MESSAGES_EDITS, 0, row_key_slice(&k),
	    slice_of(row, sizeof(row)));
}

int
messages_edits_delete(struct sc_module *m, struct tx *tx,
    const struct entry *e, uint64_t user, uint64_t by)
{
	struct elem_buf edit;
	struct edits edits;
	struct row_key k;
	int rc = edits_of(m, tx, e, &edits);

	elem_begin(&edit, TAG_EDIT);
	elem_add_uint(&edit, ATTR_SEQ, e->seq);
	for (size_t i = 0; i < edits.n && rc == 0; i++) {
		struct entry at;

		rc = scm_entry_get(tx, &e->chat, edits.seq[i], &at);
		if (rc == 0)
			rc = scm_entry_delete(tx, &at, user, by, &edit.e);
		/* one that is damaged is nobody's to read */
		if (rc != 0 && rc != SC_ENOTFOUND && rc != SC_EDAMAGED)
			break;
		edits_key(&k, &e->chat, e->seq);
		row_key_u64(&k, edits.seq[i]);
		rc = scm_del(tx, m, MESSAGES_EDITS, 0, row_key_slice(&k));
	}
	return rc;
}

/* ---- edits of entries that have been dropped ---- */

struct sweep {
	struct row_key keys[SWEEP_ROWS];
	size_t n;
	bool resumed;		/* it did not begin with the first row */
};

static int
sweep_row(void *arg, struct slice key, struct slice value)
{
	struct sweep *s = arg;

	(void)value;
	if (key.len == sizeof(sweep_key))
		return 0;
	s->keys[s->n].len = 0;
	row_key_bytes(&s->keys[s->n], key);
	return ++s->n == SWEEP_ROWS;
}

/* The next rows after those that the last sweep has seen. */
static int
sweep_read(struct sc_module *m, struct tx *tx, struct sweep *s)
{
	struct slice at = slice_of(sweep_key, sizeof(sweep_key)), value;
	struct store_range range = {.reverse = false};
	struct row_in in;
	int rc = scm_get(tx, m, MESSAGES_EDITS, 0, at, &value);

	if (rc == 0) {
		row_open(&in, value);
		range.lo = row_get_bytes(&in);
		rc = row_check(&in);
		s->resumed = true;
	}
	if (rc != 0 && rc != SC_ENOTFOUND)
		return rc;
	rc = scm_scan(tx, m, MESSAGES_EDITS, 0, &range, sweep_row, s);
	return rc < 0 ? rc : 0;
}

/* Where the next one goes on: with the last row of this one, or from the
 * start. */
static int
sweep_note(struct sc_module *m, struct tx *tx, const struct sweep *s)
{
	struct slice at = slice_of(sweep_key, sizeof(sweep_key));
	uint8_t b[STORE_KEY_MAX + 4];
	struct row_out row;

	if (s->n < SWEEP_ROWS)
		return !s->resumed ? 0 : scm_del(tx, m, MESSAGES_EDITS, 0, at);
	row_begin(&row, b, sizeof(b), EDIT_VERSION);
	row_bytes(&row, row_key_slice(&s->keys[s->n - 1]));
	return scm_put(tx, m, MESSAGES_EDITS, 0, at, row_slice(&row));
}

/* Deletes a row whose entry is not there. */
static int
sweep_one(struct sc_module *m, struct tx *tx, const struct row_key *k)
{
	const struct slice edited = slice_of(k->b, CHAT_ID_SIZE + 8);
	struct chat_id chat;
	struct entry e;
	int rc;

	memcpy(chat.b, k->b, CHAT_ID_SIZE);
	rc = scm_entry_get(tx, &chat, row_key_last_u64(edited), &e);
	if (rc == SC_EDAMAGED)
		return 0;	/* it is there, and is nobody's to read */
	return rc == SC_ENOTFOUND ? scm_del(tx, m, MESSAGES_EDITS, 0,
	    row_key_slice(k)) : rc;
}

int
messages_edits_sweep(struct sc_module *m, struct tx *tx)
{
	struct sweep s = {.n = 0, .resumed = false};
	int rc = sweep_read(m, tx, &s);

	for (size_t i = 0; i < s.n && rc == 0; i++)
		rc = sweep_one(m, tx, &s.keys[i]);
	return rc != 0 ? rc : sweep_note(m, tx, &s);
}
