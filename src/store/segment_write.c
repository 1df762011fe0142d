/* SPDX-License-Identifier: ISC */
/* A block of a level that is full is written, and becomes a row of the level
 * above: whatever the size of the file, three blocks are in memory. */
#include "src/store/segment_priv.h"

#include "src/common/err.h"

int
segment_writer_init(struct segment_writer *w,
    int (*write)(void *arg, const void *p, size_t n), void *arg)
{
	memset(w, 0, sizeof(*w));
	w->write = write;
	w->arg = arg;
	for (int i = 0; i < SEGMENT_LEVELS; i++)
		buf_init(&w->levels[i].rows, 0);
	w->packer = segment_packer_create();
	if (w->packer == NULL)
		return SC_ENOMEM;
	w->sum.size = SEGMENT_HEAD;
	return write(arg, segment_head, SEGMENT_HEAD);
}

void
segment_writer_fini(struct segment_writer *w)
{
	for (int i = 0; i < SEGMENT_LEVELS; i++)
		buf_fini(&w->levels[i].rows);
	segment_packer_destroy(w->packer);
	w->packer = NULL;
}

static int
level_write(struct segment_writer *w, struct segment_level *l,
    struct segment_place *at)
{
	struct slice stored;
	int rc = segment_pack(w->packer, buf_slice(&l->rows), &stored);

	if (rc != 0)
		return rc;
	*at = (struct segment_place){w->sum.size, (uint32_t)stored.len,
	    (uint32_t)l->rows.len, segment_crc(stored)};
	w->sum.size += stored.len;
	return stored.len == 0 ? 0 : w->write(w->arg, stored.p, stored.len);
}

static int level_add(struct segment_writer *, int level, struct slice key,
    struct slice value);

/* What the level has becomes a block. */
static int
level_flush(struct segment_writer *w, int level)
{
	struct segment_level *l = &w->levels[level];
	uint8_t place[SEGMENT_PLACE];
	struct segment_place at;
	int rc;

	if (l->first_len == 0)
		return 0;
	rc = level_write(w, l, &at);
	if (rc == 0) {
		segment_place_put(place, &at);
		rc = level_add(w, level + 1, slice_of(l->first, l->first_len),
		    slice_of(place, sizeof(place)));
	}
	buf_clear(&l->rows);
	l->first_len = 0;
	w->blocks += level == 0;
	return rc;
}

static int
level_add(struct segment_writer *w, int level, struct slice key,
    struct slice value)
{
	struct segment_level *l = &w->levels[level];

	if (l->first_len == 0) {
		memcpy(l->first, key.p, key.len);
		l->first_len = key.len;
	}
	segment_row_put(&l->rows, key, value);
	if (buf_failed(&l->rows))
		return SC_ENOMEM;
	if (level == SEGMENT_LEVELS - 1)
		return l->rows.len <= SEGMENT_ROOT_MAX ? 0 : SC_ETOOLARGE;
	return l->rows.len < SEGMENT_BLOCK ? 0 : level_flush(w, level);
}

int
segment_writer_add(struct segment_writer *w, struct slice key,
    struct slice value)
{
	sc_assert(key.len >= 1 && key.len <= STORE_KEY_MAX);
	sc_assert(value.len <= STORE_VALUE_MAX);
	if (slice_compare(slice_of(w->last, w->last_len), key) >= 0)
		return SC_EDAMAGED;
	memcpy(w->last, key.p, key.len);
	w->last_len = key.len;
	w->sum.rows++;
	w->sum.bytes += key.len + value.len;
	return level_add(w, 0, key, value);
}

static int
tail_write(struct segment_writer *w, const struct segment_place *root)
{
	uint8_t tail[SEGMENT_TAIL];

	segment_store(tail, w->sum.rows, 8);
	segment_store(tail + 8, w->sum.bytes, 8);
	segment_place_put(tail + 16, root);
	segment_store(tail + 16 + SEGMENT_PLACE, SEGMENT_VERSION, 4);
	w->sum.crc = segment_crc(slice_of(tail, SEGMENT_TAIL_CHECKED));
	segment_store(tail + SEGMENT_TAIL_CHECKED, w->sum.crc, 4);
	memcpy(tail + SEGMENT_TAIL_CHECKED + 4, segment_magic, SEGMENT_MAGIC);
	w->sum.size += sizeof(tail);
	return w->write(w->arg, tail, sizeof(tail));
}

int
segment_writer_end(struct segment_writer *w, struct segment_sum *sum)
{
	struct segment_place root;
	int rc = level_flush(w, 0);

	if (rc == 0)
		rc = level_flush(w, 1);
	if (rc == 0)
		rc = level_write(w, &w->levels[SEGMENT_LEVELS - 1], &root);
	if (rc == 0)
		rc = tail_write(w, &root);
	*sum = w->sum;
	return rc;
}
