/* SPDX-License-Identifier: ISC */
/* Partitions that were sealed: files that they would be. */
#include "src/store/mem/mem_priv.h"

#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"

void
mem_segment_free(struct mem_segment *g)
{
	segment_close(g->segment);
	buf_fini(&g->bytes);
	free(g);
}

void
mem_segments_collect(struct mem *m)
{
	struct mem_segment **p = &m->segments, *g;

	while ((g = *p) != NULL) {
		if (sealset_has_segment(m->seals, g->number)) {
			p = &g->next;
			continue;
		}
		*p = g->next;
		mem_segment_free(g);
	}
}

/* ---- reading ---- */

static int
segment_ref(void *arg, const struct seal *seal, struct segment **segment)
{
	struct mem *m = arg;
	struct mem_segment *g;

	pthread_mutex_lock(&m->lock);
	for (g = m->segments; g != NULL && g->number != seal->number;
	    g = g->next)
		;
	pthread_mutex_unlock(&m->lock);
	if (g == NULL)
		return SC_EDAMAGED;
	*segment = g->segment;
	return 0;
}

/* They stay while a transaction is open. */
static void
segment_unref(void *arg, struct segment *segment)
{
	(void)arg;
	(void)segment;
}

static void
segment_failed(void *arg, const struct seal *seal, int rc)
{
	(void)arg;
	(void)seal;
	(void)rc;
}

const struct snapshot_segments mem_segments = {segment_ref,
    segment_unref, segment_failed};

static int
segment_write(void *arg, const void *p, size_t n)
{
	struct mem_segment *g = arg;

	buf_put(&g->bytes, p, n);
	return buf_failed(&g->bytes) ? SC_ENOMEM : 0;
}

static int
segment_read(void *arg, uint64_t at, void *p, size_t n)
{
	struct mem_segment *g = arg;

	memcpy(p, buf_slice(&g->bytes).p + at, n);
	return 0;
}

static int
segment_row(void *arg, struct slice key, struct slice value)
{
	return segment_writer_add(arg, key, value);
}

int
mem_segment_make(struct snapshot *snap, const struct seal *seal,
    struct mem_segment *g, struct segment_sum *sum)
{
	const struct store_range all = {.reverse = false};
	struct segment_file file = {.read = segment_read, .arg = g};
	struct segment_writer w;
	int rc = segment_writer_init(&w, segment_write, g);

	if (rc == 0)
		rc = snapshot_scan_rows(snap, seal->table, seal->part, &all,
		    segment_row, &w);
	if (rc == 0)
		rc = segment_writer_end(&w, sum);
	segment_writer_fini(&w);
	file.size = g->bytes.len;
	return rc != 0 ? rc : segment_open(&file, &g->segment);
}
