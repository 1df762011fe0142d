/* SPDX-License-Identifier: ISC */
#include "src/server/telling.h"

#include "src/common/err.h"
#include "src/server/event.h"
#include "src/server/worker_priv.h"

/* For fewer a mould costs more than it saves. */
enum { MANY = 3 };

void
telling_init(struct telling *t)
{
	t->entry = NULL;
	t->made = false;
	mould_init(&t->mould);
}

void
telling_fini(struct telling *t)
{
	mould_fini(&t->mould);
}

void
telling_begin(struct telling *t, const struct event *e)
{
	if (e->type == EVENT_ENTRY && (e->pulled || e->nto >= MANY))
		t->entry = &e->entry;
}

void
telling_end(struct telling *t)
{
	t->entry = NULL;
	t->made = false;
}

static bool
make_mould(struct telling *t, uint64_t number,
    void (*make)(struct elem_buf *, const struct entry *, uint64_t number))
{
	struct elem_buf e;

	make(&e, t->entry, number);
	t->made = mould_make(&t->mould, &e.e);
	if (!t->made)
		t->entry = NULL;	/* nor for the next */
	return t->made;
}

bool
telling_put(struct session *s, const struct entry *entry, uint64_t number,
    void (*make)(struct elem_buf *, const struct entry *, uint64_t number))
{
	struct telling *t = &s->worker->telling;
	size_t before = s->out.len;

	if (entry != t->entry || s->traced || s->state == SESSION_CLOSED ||
	    (!t->made && !make_mould(t, number, make)))
		return false;
	mould_put(&t->mould, &s->ctx, number, session_out(s));
	sc_assert(!buf_failed(&s->out));
	session_out_end(s, before);
	return true;
}
