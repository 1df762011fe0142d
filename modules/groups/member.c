/* SPDX-License-Identifier: ISC */
/* Who is in a group: add, remove, leave, roles.  There is always an owner. */
#include "groups.h"

/* ---- who comes ---- */

int
group_room(struct acting *a, size_t many)
{
	const struct groups_conf *conf = scm_conf(a->m);

	if (a->chat.members + many <= conf->members)
		return 0;
	return group_refuse(a, SC_ERESOURCE, "a group has at most %u members",
	    (unsigned)conf->members);
}

int
group_admit(struct acting *a, const struct named *list, size_t n,
    enum action what, uint64_t user)
{
	struct saying s;
	uint64_t number;
	int rc = saying_begin(&s, a->tx, n);

	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = scm_member_add(a->tx, &a->chat, list[i].id, list[i].role,
		    a->group.recent, a->group.texts.name, &number);
		if (rc == 0)
			rc = group_request_end(a->m, a->tx, &a->chat.id,
			    list[i].id);
		if (rc == 0)
			saying_member(&s, list[i].id, what, list[i].role,
			    list[i].name);
	}
	if (rc == 0)
		rc = saying_post(&s, &a->chat, user);
	if (rc == 0)
		scm_count(a->m, what == ACTION_JOIN ? GROUPS_JOINED
		    : GROUPS_ADDED, n);
	return rc;
}

/* Leaves those in the list who are not in the group yet. */
static int
keep_new(struct acting *a, struct named *list, size_t *n)
{
	struct member m;
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		int rc = scm_member_get(a->tx, &a->chat.id, list[i].id, &m);

		if (rc != 0 && rc != SC_ENOTFOUND)
			return rc;
		if (list[i].role == ROLE_COUNT)
			list[i].role = ROLE_MEMBER;
		if (list[i].role > a->self.role)
			return group_refuse(a, SC_EFORBIDDEN,
			    "nobody can give a role above his own");
		if (rc == SC_ENOTFOUND || !scm_member_in(&m))
			list[kept++] = list[i];
	}
	*n = kept;
	return 0;
}

int
group_add(struct acting *a)
{
	struct named *list;
	size_t n;
	int rc = group_named(a, 1, &list, &n);

	if (rc == 0)
		rc = group_lock(a, list, n, false);
	if (rc == 0)
		rc = group_open(a, ROLE_ADMIN);
	if (rc == 0)
		rc = keep_new(a, list, &n);
	if (rc == 0)
		rc = group_room(a, n);
	if (rc != 0 || n == 0)
		return rc;
	return group_admit(a, list, n, ACTION_ADD, a->r->user);
}

/* ---- who goes ---- */

/* Whether who asks is above somebody in the group: owners are above all. */
static int
check_above(struct acting *a, const struct named *who, struct member *m)
{
	int rc = scm_member_get(a->tx, &a->chat.id, who->id, m);

	if (rc == 0 && !scm_member_in(m))
		rc = SC_ENOTFOUND;
	if (rc == SC_ENOTFOUND)
		return group_refuse(a, rc, "%s is not in the group",
		    who->name);
	if (rc == 0 && who->id != a->r->user &&
	    a->self.role != ROLE_OWNER && m->role >= a->self.role)
		return group_refuse(a, SC_EFORBIDDEN,
		    "only an owner can do this to %s", who->name);
	return rc;
}

static int
check_removed(struct acting *a, const struct named *list, size_t n)
{
	struct member m;
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (list[i].id == a->r->user)
			return group_refuse(a, SC_EBADREQUEST, "who goes "
			    "himself leaves: action=\"leave\"");
		rc = check_above(a, &list[i], &m);
	}
	return rc;
}

int
group_remove(struct acting *a)
{
	struct named *list;
	struct saying s;
	size_t n;
	int rc = group_named(a, 1, &list, &n);

	if (rc == 0)
		rc = group_open(a, ROLE_ADMIN);
	if (rc == 0)
		rc = check_removed(a, list, n);
	if (rc == 0)
		rc = saying_begin(&s, a->tx, n);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		saying_member(&s, list[i].id, ACTION_REMOVE, ROLE_COUNT,
		    NULL);
	rc = saying_post(&s, &a->chat, a->r->user);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = scm_member_remove(a->tx, &a->chat, list[i].id);
	if (rc == 0)
		scm_count(a->m, GROUPS_REMOVED, n);
	return rc;
}

/* ---- owners ---- */

int
group_let_go(struct sc_module *m, struct tx *tx, struct chat *c, uint64_t user)
{
	struct member self;
	struct saying s;
	struct room_heir h;
	int rc = scm_member_get(tx, &c->id, user, &self);

	if (rc == 0 && !scm_member_in(&self))
		return 0;
	if (rc == 0)
		rc = room_heir(tx, c, user, ROLE_MEMBER, &h);
	if (rc == 0)
		rc = saying_begin(&s, tx, 2);
	if (rc != 0)
		return rc;
	saying_member(&s, user, ACTION_LEAVE, ROLE_COUNT, NULL);
	if (h.owners == 0 && h.user != 0) {
		saying_member(&s, h.user, ACTION_ROLE, ROLE_OWNER, NULL);
		rc = scm_member_role(tx, c, h.user, ROLE_OWNER);
	}
	if (rc == 0)
		rc = saying_post(&s, c, user);
	if (rc == 0)
		rc = scm_member_remove(tx, c, user);
	scm_count(m, GROUPS_LEFT, 1);
	return rc != 0 || h.user != 0 ? rc : group_erase(m, tx, &c->id);
}

int
group_leave(struct acting *a)
{
	int rc = group_open(a, ROLE_MEMBER);

	return rc != 0 ? rc
	    : group_let_go(a->m, a->tx, &a->chat, a->r->user);
}

/* ---- roles ---- */

/* One member gets his new role, and the entry an element if that is another. */
static int
give_role(struct acting *a, const struct named *who, struct saying *s)
{
	struct member m;
	int rc;

	if (who->role >= ROLE_COUNT)
		return group_refuse(a, SC_EBADREQUEST,
		    "expected <member user=... role=.../>");
	rc = check_above(a, who, &m);
	if (rc == 0 && who->role > a->self.role)
		rc = group_refuse(a, SC_EFORBIDDEN,
		    "nobody can give a role above his own");
	if (rc != 0 || m.role == who->role)
		return rc;
	saying_member(s, who->id, ACTION_ROLE, who->role, NULL);
	return scm_member_role(a->tx, &a->chat, who->id, who->role);
}

int
group_role(struct acting *a)
{
	struct named *list;
	struct saying s;
	struct room_heir h;
	size_t n;
	int rc = group_named(a, 1, &list, &n);

	if (rc == 0)
		rc = group_open(a, ROLE_ADMIN);
	if (rc == 0)
		rc = saying_begin(&s, a->tx, n);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = give_role(a, &list[i], &s);
	if (rc == 0)
		rc = room_heir(a->tx, &a->chat, 0, ROLE_MEMBER, &h);
	if (rc == 0 && h.owners == 0)
		rc = group_refuse(a, SC_EFORBIDDEN, "a group has an owner: "
		    "make somebody else one first");
	if (rc != 0 || s.n == 0)
		return rc;
	scm_count(a->m, GROUPS_CHANGED, 1);
	return saying_post(&s, &a->chat, a->r->user);
}
