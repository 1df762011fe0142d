/* SPDX-License-Identifier: ISC */
/* What is kept of a group, and what all requests about one do first. */
#include "groups.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	GROUP_VERSION = 1,
	GROUP_ROW = 64 + 4 * (GROUP_NAME_MAX + GROUP_TOPIC_MAX) +
	    GROUP_AVATAR_MAX,
	WHY_MAX = 200
};

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
	g->name = row_get_bytes(&in);
	g->topic = row_get_bytes(&in);
	g->avatar = row_get_bytes(&in);
	g->post = (enum role)row_get_uint(&in);
	g->edit = (enum role)row_get_uint(&in);
	g->approval = row_get_uint(&in) != 0;
	g->recent = row_get_uint(&in);
	return row_check(&in);
}

int
group_put(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    const struct group *g)
{
	uint8_t b[GROUP_ROW];
	struct row_out row;

	row_begin(&row, b, sizeof(b), GROUP_VERSION);
	row_bytes(&row, g->name);
	row_bytes(&row, g->topic);
	row_bytes(&row, g->avatar);
	row_uint(&row, g->post);
	row_uint(&row, g->edit);
	row_uint(&row, g->approval);
	row_uint(&row, g->recent);
	return scm_put(tx, m, GROUP_ROWS, 0, slice_of(id->b, CHAT_ID_SIZE),
	    row_slice(&row));
}

int
group_erase(struct sc_module *m, struct tx *tx, const struct chat_id *id)
{
	int rc = invite_erase(m, tx, id);

	if (rc == 0)
		rc = group_requests_erase(m, tx, id);
	return rc != 0 ? rc
	    : scm_del(tx, m, GROUP_ROWS, 0, slice_of(id->b, CHAT_ID_SIZE));
}

/* ---- requests ---- */

int
group_refuse(struct acting *a, int code, const char *fmt, ...)
{
	char *why = scm_alloc(a->tx, WHY_MAX);
	va_list ap;

	if (why == NULL)
		return SC_ENOMEM;
	va_start(ap, fmt);
	(void)vsnprintf(why, WHY_MAX, fmt, ap);
	va_end(ap);
	a->r->why = why;
	return code;
}

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
	if (a->self.role < least)
		return group_refuse(a, SC_EFORBIDDEN,
		    "only the %s of the group may do this: ask one of them",
		    least == ROLE_OWNER ? "owners" : "admins");
	return group_get(a->m, a->tx, &a->chat.id, &a->group);
}

/* ---- texts and settings ---- */

/* Line feeds and the like have no place in a name. */
static bool
is_line(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return true;
}

static int
take_text(struct acting *a, enum attr_name attr, size_t most, bool line,
    struct slice *to)
{
	const char *what = line ? "name" : "topic";
	struct slice s = elem_slice(a->r->stanza, attr);
	size_t n = 0;

	if (utf8_length(s, &n) != 0 || n > most)
		return group_refuse(a, SC_ETOOLARGE,
		    "a %s has at most %zu characters", what, most);
	if (line && (n == 0 || !is_line(s)))
		return group_refuse(a, SC_EBADREQUEST,
		    "the name of a group is one line, and not empty");
	*to = s;
	return 0;
}

static int
take_texts(struct acting *a, struct group *g, struct elem_buf *e)
{
	const struct elem *s = a->r->stanza;
	int rc = 0;

	elem_begin(e, TAG_CHANGED);
	if (elem_has(s, ATTR_NAME)) {
		rc = take_text(a, ATTR_NAME, GROUP_NAME_MAX, true, &g->name);
		elem_add_text(e, ATTR_NAME, g->name);
	}
	if (rc == 0 && elem_has(s, ATTR_TOPIC)) {
		rc = take_text(a, ATTR_TOPIC, GROUP_TOPIC_MAX, false,
		    &g->topic);
		elem_add_text(e, ATTR_TOPIC, g->topic);
	}
	if (rc == 0 && elem_has(s, ATTR_AVATAR)) {
		g->avatar = elem_slice(s, ATTR_AVATAR);
		elem_add_bytes(e, ATTR_AVATAR, g->avatar);
		if (g->avatar.len > GROUP_AVATAR_MAX)
			rc = group_refuse(a, SC_ETOOLARGE, "the reference of "
			    "a picture has at most %d bytes",
			    GROUP_AVATAR_MAX);
	}
	return rc;
}

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
	return rc;
}

int
group_take(struct acting *a, struct group *g, struct elem_buf changed[2],
    size_t *n)
{
	int rc = take_texts(a, g, &changed[0]);

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
	struct sc_request one = *a->r;	/* as if the request were this */
	struct sc_user u;
	const struct value *v = elem_get(child, ATTR_USER);
	int rc = SC_EBADREQUEST;

	one.stanza = child;
	if (child->tag == TAG_MEMBER && v != NULL)
		rc = scm_user(a->tx, &one, ATTR_USER, &u);
	if (rc == SC_EBADREQUEST)
		return group_refuse(a, rc, "expected <member user=.../>");
	if (rc == SC_ENOTFOUND && v->user.id == 0)
		return group_refuse(a, rc, "there is no user %.*s",
		    (int)(v->user.name.len < 64 ? v->user.name.len : 64),
		    (const char *)v->user.name.p);
	if (rc == SC_ENOTFOUND)
		return group_refuse(a, rc, "there is no such user");
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
