/* SPDX-License-Identifier: ISC */
#include "tests/crash/memory.h"

#include <string.h>

void
memory_init(struct memory *m)
{
	buf_init(&m->records, 0);
}

void
memory_fini(struct memory *m)
{
	buf_wipe(&m->records);
}

static int
add(void *arg, const void *p, size_t n)
{
	struct buf *b = arg;
	uint32_t len = (uint32_t)n;

	buf_put(b, &len, sizeof(len));
	buf_put(b, p, n);
	return buf_failed(b) ? SC_CODE_NO_MEMORY : 0;
}

static int
append(void *arg, const void *p, size_t n)
{
	struct memory *m = arg;

	return add(&m->records, p, n);
}

static int
load(void *arg, int (*record)(void *engine, const void *p, size_t n),
    void *engine)
{
	const struct memory *m = arg;
	struct slice rest = buf_slice(&m->records);
	uint32_t len;
	int rc = 0;

	while (rc == 0 && rest.len > 0) {
		memcpy(&len, rest.p, sizeof(len));
		rc = record(engine, rest.p + sizeof(len), len);
		rest.p += sizeof(len) + len;
		rest.len -= sizeof(len) + len;
	}
	return rc;
}

static int
sync_nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int
replace(void *arg, int (*fill)(void *engine, int (*add)(void *ctx,
    const void *p, size_t n), void *ctx), void *engine)
{
	struct memory *m = arg;
	struct buf fresh;
	int rc;

	buf_init(&fresh, 0);
	rc = fill(engine, add, &fresh);
	if (rc != 0) {
		buf_wipe(&fresh);
		return rc;
	}
	buf_wipe(&m->records);
	m->records = fresh;
	return 0;
}

struct sc_state_io
memory_io(struct memory *m)
{
	return (struct sc_state_io){load, append, sync_nothing, replace, m};
}
