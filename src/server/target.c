/* SPDX-License-Identifier: ISC */
#include "src/server/target.h"

#include <string.h>

#include "src/common/err.h"
#include "src/server/server_priv.h"

static int
find_id(struct tx *tx, uint64_t user, const struct chat_id *id,
    struct target *t)
{
	const struct chat *c = &t->chat;
	int side, rc = chat_get_locked(tx, id, &t->chat);

	if (rc != 0)
		return rc;
	t->id = *id;
	t->direct = c->kind == CHAT_KIND_DIRECT;
	t->there = chat_has_roster(c);
	if (t->there)
		return member_get(tx, id, user, &t->member);
	if (!t->direct)
		return c->user[0] == user ? SC_EFORBIDDEN : SC_ENOTFOUND;
	side = chat_side(c, user);
	if (side < 0)
		return SC_ENOTFOUND;	/* as if it were not there (R25) */
	t->peer = c->user[1 - side];
	t->there = true;
	return 0;
}

int
target_user(struct tx *tx, const struct server *s, struct slice address,
    uint64_t *id)
{
	struct slice name, domain;
	struct user u;
	int rc;

	address_split(address, &name, &domain);
	if (domain.len != 0 &&
	    !slice_equal(domain, slice_str(server_conf(s)->domain)))
		return SC_ENOTFOUND;
	rc = user_by_name(tx, name, &u);
	if (rc == 0)
		*id = u.id;
	return rc;
}

int
target_find(struct tx *tx, const struct server *s, uint64_t user,
    const struct chat_ref *ref, struct target *t)
{
	struct chat_id id;
	struct user u;
	int rc;

	memset(t, 0, sizeof(*t));
	switch (ref->kind) {
	case CHAT_BY_NUMBER:
		rc = chat_by_number(tx, user, ref->number, &id);
		return rc != 0 ? rc : find_id(tx, user, &id, t);
	case CHAT_BY_ID:
		return find_id(tx, user, &ref->id, t);
	case CHAT_BY_USER:
		t->direct = true;
		t->peer = ref->number;
		rc = user_get(tx, t->peer, &u);
		if (rc == 0 && user_is_leaving(&u))
			rc = SC_ENOTFOUND;
		/* removed: the chat is there, so that a repeat is known */
		return rc == SC_ENOTFOUND ?
		    chat_direct(tx, user, t->peer, &id) : rc;
	default:
		rc = target_user(tx, s, ref->name, &t->peer);
		t->direct = rc == 0;
		return rc;
	}
}

int
target_chat(struct tx *tx, const struct server *s, uint64_t user,
    const struct chat_ref *ref, struct chat *c)
{
	struct target t;
	int rc = target_find(tx, s, user, ref, &t);

	*c = t.chat;
	if (rc == 0 && t.there)
		return 0;
	if (rc == 0 && t.direct)
		rc = chat_direct(tx, user, t.peer, &t.id);
	else if (rc == SC_EFORBIDDEN)
		rc = 0;
	return rc != 0 ? rc : chat_get(tx, &t.id, c);
}
