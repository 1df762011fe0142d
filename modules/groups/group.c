/* SPDX-License-Identifier: ISC */
/* What is kept of a group, and what all requests about one do first. */
#include "groups.h"

#include <string.h>

enum { GROUP_VERSION = 1, GROUP_ROW = 64 + ROOM_TEXTS_ROW };

/* ---- the row ---- */

int
group_get(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    struct group *g)
{
	struct slice value;
	struct row_in in;
	int rc = scm_get(tx, m, GROUP_ROWS, 0, slice_of(id->b, CHAT_ID_SIZE),
	    &value);

	if (rc != 0)
		return rc == SC_ENOTFOUND ? SC_EDAMAGED : rc;
	row_open(&in, value);
	room_texts_read(&in, &g->texts);
	g->post = (enum role)row_get_uint(&in);
	g->edit = (enum role)row_get_uint(&in);
	g->approval = row_get_uint(&in) != 0;
	g->recent = row_get_uint(&in);
	g->owner = in.rest.len > 0 ? row_get_uint(&in) : 0;
	return row_check(&in);
}

int
group_put(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    const struct group *g)
{
	uint8_t b[GROUP_ROW];
	struct row_out row;

	row_begin(&row, b, sizeof(b), GROUP_VERSION);
	room_texts_write(&row, &g->texts);
	row_uint(&row, g->post);
	row_uint(&row, g->edit);
	row_uint(&row, g->approval);
	row_uint(&row, g->recent);
	row_uint(&row, g->owner);
	return scm_put(tx, m, GROUP_ROWS, 0, slice_of(id->b, CHAT_ID_SIZE),
	    row_slice(&row));
}

int
group_erase(struct sc_module *m, struct tx *tx, const struct chat_id *id)
{
	int rc = group_invites_erase(m, tx, id);

	if (rc == 0)
		rc = group_requests_erase(m, tx, id);
	return rc != 0 ? rc
	    : scm_del(tx, m, GROUP_ROWS, 0, slice_of(id->b, CHAT_ID_SIZE));
}

/* ---- requests ---- */

/* Absent, foreign and of another kind are alike (R25). */
static int
find(struct acting *a)
{
	int rc = scm_chat(a->tx, a->r, ATTR_CHAT, &a->chat);

	if (rc == 0 && a->chat.kind != CHAT_KIND_GROUP)
		rc = SC_ENOTFOUND;
	if (rc == SC_ENOTFOUND || rc == SC_EBADREQUEST)
		return group_refuse(a, rc,
		    "there is no such chat: list yours");
	return rc;
}

/* An account may have gone while the module was off. */
static int
see_owner(struct acting *a)
{
	int rc = room_see_owner(a->tx, &a->chat, ROLE_MEMBER,
	    &a->group.owner);

	if (rc == 1)
		rc = group_put(a->m, a->tx, &a->chat.id, &a->group);
	return rc != 0 ? rc
	    : scm_member_get(a->tx, &a->chat.id, a->r->user, &a->self);
}

int
group_open(struct acting *a, enum role least)
{
	int rc = find(a);

	if (rc == 0)
		rc = scm_member_get(a->tx, &a->chat.id, a->r->user, &a->self);
	if (rc != 0)
		return rc;
	if (!scm_member_in(&a->self))
		return group_refuse(a, SC_EFORBIDDEN,
		    "you are not in this group any more");
	rc = group_get(a->m, a->tx, &a->chat.id, &a->group);
	if (rc == 0 && a->r->n != 0 && a->self.role != ROLE_OWNER)
		rc = see_owner(a);
	if (rc != 0 || a->self.role >= least)
		return rc;
	return group_refuse(a, SC_EFORBIDDEN,
	    "only the %s of the group may do this: ask one of them",
	    least == ROLE_OWNER ? "owners" : "admins");
}

/* ---- texts and settings ---- */

/* Everybody (member) or admins. */
static int
take_right(struct acting *a, enum attr_name attr, enum role *to,
    struct elem_buf *e)
{
	uint64_t role = elem_uint(a->r->stanza, attr, ROLE_COUNT);

	if (!elem_has(a->r->stanza, attr))
		return 0;
	if (role != ROLE_MEMBER && role != ROLE_ADMIN)
		return group_refuse(a, SC_EBADREQUEST,
		    "a right is that of every member or of admins");
	*to = (enum role)role;
	elem_add_enum(e, attr, *to);
	return 0;
}

static int
take_settings(struct acting *a, struct group *g, struct elem_buf *e)
{
	const struct elem *s = a->r->stanza;
	int rc;

	elem_begin(e, TAG_CHANGED);
	rc = take_right(a, ATTR_POST, &g->post, e);
	if (rc == 0)
		rc = take_right(a, ATTR_EDIT, &g->edit, e);
	if (rc == 0 && elem_has(s, ATTR_APPROVAL)) {
		g->approval = elem_uint(s, ATTR_APPROVAL, 0) == TOGGLE_ON;
		elem_add_enum(e, ATTR_APPROVAL,
		    g->approval ? TOGGLE_ON : TOGGLE_OFF);
	}
	if (rc == 0 && elem_has(s, ATTR_RECENT)) {
		g->recent = elem_uint(s, ATTR_RECENT, 0);
		elem_add_uint(e, ATTR_RECENT, g->recent);
		if (g->recent > GROUP_RECENT_MAX)
			rc = group_refuse(a, SC_EBADREQUEST, "who comes can "
			    "read at most %d entries of before",
			    GROUP_RECENT_MAX);
	}
	room_take_timer(a->r, e);
	return rc;
}

int
group_take(struct acting *a, struct group *g, struct elem_buf changed[2],
    size_t *n)
{
	int rc = room_take_texts(a->tx, a->r, "group", &g->texts, &changed[0]);

	*n = rc == 0 && changed[0].e.nattr > 0;
	if (rc == 0)
		rc = take_settings(a, g, &changed[*n]);
	if (rc == 0 && changed[*n].e.nattr > 0)
		(*n)++;
	return rc;
}

/* ---- the users that a request names ---- */

static int
take_user(struct acting *a, const struct elem *child, struct named *to)
{
	struct sc_user u;
	int rc = room_take_user(a->tx, a->r, child, &u);

	if (rc != 0)
		return rc;
	to->id = u.id;
	to->name = (const char *)scm_copy(a->tx,
	    slice_of(u.name, strlen(u.name) + 1)).p;
	to->role = (enum role)elem_uint(child, ATTR_ROLE, ROLE_COUNT);
	return to->name == NULL ? SC_ENOMEM : 0;
}

static bool
is_among(const struct named *list, size_t n, uint64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].id == id)
			return true;
	return false;
}

int
group_named(struct acting *a, size_t least, struct named **list, size_t *n)
{
	const struct groups_conf *conf = scm_conf(a->m);
	const struct elem *s = a->r->stanza;
	int rc = 0;

	*n = 0;
	*list = NULL;
	if (s->nchild < least)
		return group_refuse(a, SC_EBADREQUEST,
		    "expected <member user=.../> in the request");
	if (s->nchild > conf->add)
		return group_refuse(a, SC_ETOOLARGE, "at most %u members in "
		    "one request: send several", (unsigned)conf->add);
	*list = scm_alloc(a->tx, (s->nchild + 1) * sizeof(**list));
	if (*list == NULL)
		return SC_ENOMEM;
	for (size_t i = 0; i < s->nchild && rc == 0; i++) {
		rc = take_user(a, &s->children[i], &(*list)[*n]);
		if (rc == 0 && !is_among(*list, *n, (*list)[*n].id))
			(*n)++;
	}
	return rc;
}

int
group_lock(struct acting *a, const struct named *list, size_t n, bool self)
{
	uint64_t *ids = scm_alloc(a->tx, (n + 1) * sizeof(*ids));
	int rc;

	if (ids == NULL)
		return SC_ENOMEM;
	for (size_t i = 0; i < n; i++)
		ids[i] = list[i].id;
	if (self && !is_among(list, n, a->r->user))
		ids[n++] = a->r->user;
	rc = scm_lock_users(a->tx, ids, n);
	return rc != SC_ENOTFOUND ? rc
	    : group_refuse(a, rc, "there is no such user any more");
}
