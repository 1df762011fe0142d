/* SPDX-License-Identifier: ISC */
/* The entry that says what has changed in a group. */
#include "groups.h"

int
saying_begin(struct saying *s, struct tx *tx, size_t cap)
{
	s->tx = tx;
	s->n = 0;
	s->cap = cap;
	s->elems = scm_alloc(tx, cap * sizeof(*s->elems));
	s->bufs = scm_alloc(tx, cap * sizeof(*s->bufs));
	return s->elems == NULL || s->bufs == NULL ? SC_ENOMEM : 0;
}

void
saying_member(struct saying *s, uint64_t user, enum action action,
    enum role role, const char *name)
{
	struct elem_buf *e = &s->bufs[s->n];

	sc_assert(s->n < s->cap);
	elem_begin(e, TAG_MEMBER);
	elem_add_user_id(e, ATTR_USER, user);
	elem_add_enum(e, ATTR_ACTION, action);
	if (role != ROLE_COUNT)
		elem_add_enum(e, ATTR_ROLE, role);
	if (name != NULL)
		elem_add_text(e, ATTR_NAME, slice_str(name));
	s->elems[s->n++] = e->e;
}

void
saying_add(struct saying *s, const struct elem_buf *from)
{
	struct elem_buf *e = &s->bufs[s->n];

	sc_assert(s->n < s->cap);
	*e = *from;
	e->e.attrs = e->attrs;
	s->elems[s->n++] = e->e;
}

int
saying_post(struct saying *s, struct chat *c, uint64_t user)
{
	return scm_post(s->tx, c, user, s->elems, s->n, 0);
}
