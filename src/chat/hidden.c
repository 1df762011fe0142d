/* SPDX-License-Identifier: ISC */
#include "src/chat/hidden.h"

#include <string.h>

#include "src/chat/chat.h"
#include "src/chat/member.h"
#include "src/chat/row.h"
#include "src/common/err.h"

enum { HIDDEN_VERSION = 1 };

static struct row_key
hidden_key(uint64_t user, const struct chat_id *id, uint64_t seq)
{
	struct row_key k = {.len = 0};

	row_key_u64(&k, user);
	row_key_chat(&k, id);
	row_key_u64(&k, seq);
	return k;
}

int
hidden_add(struct tx *tx, const struct chat_id *id, uint64_t user,
    uint64_t seq)
{
	const struct row_key k = hidden_key(user, id, seq);
	uint8_t b[1];
	struct row_out row;
	struct member m;
	int rc = member_get(tx, id, user, &m);

	if (rc == 0 && !m.hides) {
		m.hides = true;
		rc = member_put(tx, id, user, &m);
	}
	if (rc != 0)
		return rc;
	row_begin(&row, b, sizeof(b), HIDDEN_VERSION);
	return store_put(tx->st, tx->d->hidden, 0, row_key_slice(&k),
	    row_slice(&row));
}

/* The next run of hidden entries from NEXT on; FIRST above LAST: none. */
struct next_run {
	uint64_t first, last;
};

static int
run_row(void *arg, struct slice key, struct slice value)
{
	struct next_run *run = arg;
	uint64_t seq = row_key_last_u64(key);

	(void)value;
	if (run->first > run->last)
		run->first = seq;
	else if (seq != run->last + 1)
		return 1;
	run->last = seq;
	return 0;
}

static int
find_run(struct tx *tx, const struct chat_id *id, uint64_t user,
    uint64_t first, uint64_t last, struct next_run *run)
{
	const struct row_key lo = hidden_key(user, id, first);
	struct row_key hi = hidden_key(user, id, last);
	struct store_range range = {.lo = row_key_slice(&lo)};
	int rc;

	row_key_u8(&hi, 0);	/* LAST itself is in it */
	range.hi = row_key_slice(&hi);
	*run = (struct next_run){1, 0};
	rc = store_scan(tx->st, tx->d->hidden, 0, &range, run_row, run);
	return rc < 0 ? rc : 0;
}

/* Whether the reader has had enough, which chat_read does not tell. */
struct watched {
	const struct chat_reader *reader;
	int (*hole)(void *arg, uint64_t first, uint64_t last);
	bool stopped;
};

static int
watch_entry(void *arg, const struct entry *e)
{
	struct watched *w = arg;
	int rc = w->reader->entry(w->reader->arg, e);

	w->stopped = rc == 1;
	return rc;
}

static int
watch_skip(void *arg, uint64_t first, uint64_t last)
{
	struct watched *w = arg;
	int rc = w->reader->skip(w->reader->arg, first, last);

	w->stopped = rc == 1;
	return rc;
}

static int
watch_hole(void *arg, uint64_t first, uint64_t last)
{
	struct watched *w = arg;
	int rc = w->hole(w->reader->arg, first, last);

	w->stopped = rc == 1;
	return rc;
}

int
hidden_read(struct tx *tx, const struct chat_id *id, uint64_t user,
    const struct member *m, uint64_t first, uint64_t last,
    const struct chat_reader *reader,
    int (*hidden)(void *arg, uint64_t first, uint64_t last),
    int (*hole)(void *arg, uint64_t first, uint64_t last))
{
	struct watched w = {reader, hole, false};
	const struct chat_reader watcher = {watch_entry, watch_skip, &w};
	struct next_run run;
	int rc = 0;

	if (!m->hides)
		return chat_read_holes(tx, id, first, last, reader, hole);
	while (rc == 0 && first <= last && !w.stopped) {
		rc = find_run(tx, id, user, first, last, &run);
		if (rc == 0 && run.first > run.last)
			run.first = run.last = last + 1;	/* no more */
		if (rc == 0 && first < run.first)
			rc = chat_read_holes(tx, id, first, run.first - 1,
			    &watcher, hole == NULL ? NULL : watch_hole);
		if (rc >= 0 && !w.stopped && run.first <= last)
			rc = hidden(reader->arg, run.first, run.last);
		first = run.last + 1;
	}
	return rc > 0 ? 0 : rc;
}
