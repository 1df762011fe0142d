/* SPDX-License-Identifier: ISC */
#include "src/chat/roster.h"

#include <stdlib.h>

#include "src/chat/recipients.h"
#include "src/common/err.h"

static int
id_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int
roster_lock_users(struct tx *tx, uint64_t ids[], size_t n)
{
	struct user u;
	int rc = 0;

	if (n > 1)
		qsort(ids, n, sizeof(ids[0]), id_compare);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = user_get_locked(tx, ids[i], &u);
	return rc;
}

/* ---- who comes ------------------------------------------------------- */

static int
introduce(struct tx *tx, const struct user *owner, const struct chat *c,
    const struct member *m, struct slice name, chat_said_fn *said, void *arg)
{
	struct elem_buf chat;

	elem_begin(&chat, TAG_CHAT);
	elem_add_uint(&chat, ATTR_NUMBER, m->number);
	elem_add_bytes(&chat, ATTR_REF, slice_of(c->id.b, CHAT_ID_SIZE));
	elem_add_enum(&chat, ATTR_KIND, c->kind);
	if (name.len > 0)
		elem_add_text(&chat, ATTR_NAME, name);
	elem_add_enum(&chat, ATTR_ROLE, m->role);
	return chat_say(tx, &owner->account, &chat.e, said, arg);
}

/* His row, with a number for the chat if he is new. */
static int
member_make(struct tx *tx, struct user *owner, const struct chat *c,
    struct member *m)
{
	int rc = member_get(tx, &c->id, owner->id, m);

	if (rc == 0)
		return member_in(m) ? SC_ECONFLICT : 0;
	if (rc != SC_ENOTFOUND)
		return rc;
	*m = (struct member){.number = owner->next_number++};
	rc = user_put(tx, owner);
	return rc != 0 ? rc
	    : chat_set_number(tx, owner->id, m->number, &c->id);
}

int
roster_admit(struct tx *tx, struct chat *c, const struct roster_new *new,
    chat_said_fn *said, void *arg, uint64_t *number)
{
	uint64_t entry = c->head + 1;
	struct member m;
	struct user u;
	int rc;

	rc = user_get_locked(tx, new->user, &u);
	if (rc == 0)
		rc = member_make(tx, &u, c, &m);
	if (rc != 0)
		return rc;
	m.role = new->role;
	member_open(&m, new->recent < c->head ? entry - new->recent : 1,
	    entry);
	c->members++;
	recipients_changed(tx, c);
	/* not back again, as nobody would know who has what */
	if (c->members > domain_conf(tx->d)->push_members)
		c->pulled = true;
	*number = m.number;
	rc = member_put(tx, &c->id, u.id, &m);
	if (rc == 0)
		rc = chat_put(tx, c);
	return rc != 0 ? rc
	    : introduce(tx, &u, c, &m, new->name, said, arg);
}

/* ---- who is there ---------------------------------------------------- */

static int
member_now(struct tx *tx, const struct chat *c, uint64_t user,
    struct member *m)
{
	int rc = member_get(tx, &c->id, user, m);

	return rc == 0 && !member_in(m) ? SC_ENOTFOUND : rc;
}

int
roster_set_role(struct tx *tx, const struct chat *c, uint64_t user,
    enum role role)
{
	struct member m;
	int rc = member_now(tx, c, user, &m);

	m.role = role;
	return rc != 0 ? rc : member_put(tx, &c->id, user, &m);
}

struct listing {
	struct recipient *to;
	size_t n, cap;
};

static int
list_member(void *arg, uint64_t user, const struct member *m)
{
	struct listing *l = arg;

	if (!member_in(m))
		return 0;
	if (l->n == l->cap)
		return SC_EDAMAGED;
	l->to[l->n++] = (struct recipient){.user = user, .number = m->number,
	    .first = m->ranges[m->nranges - 1].first, .joined = m->joined,
	    .before = m->before};
	return 0;
}

int
roster_list(struct tx *tx, const struct chat *c, struct recipient *to)
{
	struct listing l = {to, 0, c->members};
	int rc = member_list(tx, &c->id, list_member, &l);

	return rc == 0 && l.n != l.cap ? SC_EDAMAGED : rc;
}

/* ---- who goes -------------------------------------------------------- */

int
roster_dismiss(struct tx *tx, struct chat *c, uint64_t user)
{
	struct member m;
	int rc = member_now(tx, c, user, &m);

	if (rc != 0)
		return rc;
	member_close(&m, c->head);
	c->members--;
	recipients_changed(tx, c);
	rc = member_put(tx, &c->id, user, &m);
	return rc != 0 ? rc : chat_put(tx, c);
}
