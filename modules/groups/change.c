/* SPDX-License-Identifier: ISC */
/* How groups begin, and what is changed of them. */
#include "groups.h"

/* ---- a new group ---- */

/* The entry that a group begins with: what it is called, who is in it. */
static int
say_created(struct acting *a, const struct elem_buf *changed, size_t nchanged,
    const struct named *list, size_t n)
{
	struct saying s;
	struct sc_user u;
	int rc = saying_begin(&s, a->tx, nchanged + 1 + n);

	if (rc == 0)
		rc = scm_user_get(a->tx, a->r->user, &u);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < nchanged; i++)
		saying_add(&s, &changed[i]);
	saying_member(&s, u.id, ACTION_CREATE, ROLE_OWNER, u.name);
	for (size_t i = 0; i < n; i++)
		if (list[i].id != u.id)
			saying_member(&s, list[i].id, ACTION_ADD,
			    list[i].role, list[i].name);
	return saying_post(&s, &a->chat, u.id);
}

/* Who has made it is its owner. */
static int
let_in(struct acting *a, struct named *list, size_t n, uint64_t *number)
{
	uint64_t theirs;
	int rc = scm_member_add(a->tx, &a->chat, a->r->user, ROLE_OWNER, 0,
	    a->group.texts.name, number);

	for (size_t i = 0; i < n && rc == 0; i++) {
		if (list[i].role == ROLE_COUNT)
			list[i].role = ROLE_MEMBER;
		if (list[i].id != a->r->user)
			rc = scm_member_add(a->tx, &a->chat, list[i].id,
			    list[i].role, 0, a->group.texts.name, &theirs);
	}
	return rc;
}

int
group_create(struct acting *a)
{
	struct elem_buf changed[2];
	struct named *list;
	uint64_t number;
	size_t n, nchanged;
	int rc;

	if (!elem_has(a->r->stanza, ATTR_NAME))
		return group_refuse(a, SC_EBADREQUEST, "a group has a name");
	rc = group_take(a, &a->group, changed, &nchanged);
	if (rc == 0)
		rc = group_named(a, 0, &list, &n);
	if (rc == 0)
		rc = group_room(a, n + 1);
	if (rc == 0)
		rc = group_lock(a, list, n, true);
	a->group.owner = a->r->user;
	if (rc == 0)
		rc = scm_chat_create(a->tx, CHAT_KIND_GROUP, &a->chat);
	if (rc == 0)
		rc = room_set_timer(a->m, a->tx, a->r, &a->chat);
	if (rc == 0)
		rc = group_put(a->m, a->tx, &a->chat.id, &a->group);
	if (rc == 0)
		rc = let_in(a, list, n, &number);
	if (rc == 0)
		rc = say_created(a, changed, nchanged, list, n);
	if (rc != 0)
		return rc;
	scm_count(a->m, GROUPS_CREATED, 1);
	return room_answer(a->tx, a->r, &a->chat,
	    number, a->group.texts.name);
}

/* ---- what it is called, and what one may ---- */

/* Texts and the timer are everybody's, if the group says so; settings are the
 * admins'. */
static int
check_right(struct acting *a)
{
	static const enum attr_name settings[] = {ATTR_POST, ATTR_EDIT,
	    ATTR_APPROVAL, ATTR_RECENT};
	enum role least = a->group.edit;

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (elem_has(a->r->stanza, settings[i]))
			least = ROLE_ADMIN;
	return a->self.role >= least ? 0 : group_refuse(a, SC_EFORBIDDEN,
	    "only the admins of the group may do this: ask one of them");
}

int
group_set(struct acting *a)
{
	struct elem_buf changed[2];
	struct saying s;
	size_t n;
	int rc = group_open(a, ROLE_MEMBER);

	if (rc == 0)
		rc = check_right(a);
	if (rc == 0)
		rc = group_take(a, &a->group, changed, &n);
	if (rc == 0 && n == 0)
		rc = group_refuse(a, SC_EBADREQUEST, "expected a name, topic, "
		    "avatar, post, edit, approval, recent or timer to set");
	if (rc == 0)
		rc = room_set_timer(a->m, a->tx, a->r, &a->chat);
	if (rc == 0)
		rc = saying_begin(&s, a->tx, n);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		saying_add(&s, &changed[i]);
	scm_count(a->m, GROUPS_CHANGED, 1);
	rc = group_put(a->m, a->tx, &a->chat.id, &a->group);
	return rc != 0 ? rc : saying_post(&s, &a->chat, a->r->user);
}
