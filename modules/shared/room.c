/* SPDX-License-Identifier: ISC */
#include "modules/shared/room.h"

#include <stdarg.h>
#include <stdio.h>

#include <stonechat/utf8.h>

enum { WHY_MAX = 200 };

/* ---- texts ---- */

void
room_texts_write(struct row_out *row, const struct room_texts *t)
{
	row_bytes(row, t->name);
	row_bytes(row, t->topic);
	row_bytes(row, t->avatar);
}

void
room_texts_read(struct row_in *in, struct room_texts *t)
{
	t->name = row_get_bytes(in);
	t->topic = row_get_bytes(in);
	t->avatar = row_get_bytes(in);
}

int
room_refuse(struct tx *tx, struct sc_request *r, int code, const char *fmt, ...)
{
	char *why = scm_alloc(tx, WHY_MAX);
	va_list ap;

	if (why == NULL)
		return SC_ENOMEM;
	va_start(ap, fmt);
	(void)vsnprintf(why, WHY_MAX, fmt, ap);
	va_end(ap);
	r->why = why;
	return code;
}

/* Line feeds and the like have no place in a name. */
static bool
is_line(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return s.len > 0;
}

static int
take_text(struct tx *tx, struct sc_request *r, enum attr_name attr,
    size_t most, struct slice *to, struct elem_buf *changed)
{
	struct slice s = elem_slice(r->stanza, attr);
	size_t n = 0;

	if (!elem_has(r->stanza, attr))
		return 0;
	if (utf8_length(s, &n) != 0 || n > most)
		return room_refuse(tx, r, SC_ETOOLARGE,
		    "a %s has at most %zu characters",
		    attr == ATTR_NAME ? "name" : "topic", most);
	*to = s;
	elem_add_text(changed, attr, s);
	return 0;
}

static int
take_avatar(struct tx *tx, struct sc_request *r, struct slice *to,
    struct elem_buf *changed)
{
	if (!elem_has(r->stanza, ATTR_AVATAR))
		return 0;
	*to = elem_slice(r->stanza, ATTR_AVATAR);
	elem_add_bytes(changed, ATTR_AVATAR, *to);
	return to->len <= ROOM_AVATAR_MAX ? 0 : room_refuse(tx, r,
	    SC_ETOOLARGE, "the reference of a picture has at most %d bytes",
	    ROOM_AVATAR_MAX);
}

int
room_take_texts(struct tx *tx, struct sc_request *r, const char *what,
    struct room_texts *t, struct elem_buf *changed)
{
	int rc;

	elem_begin(changed, TAG_CHANGED);
	rc = take_text(tx, r, ATTR_NAME, ROOM_NAME_MAX, &t->name, changed);
	if (rc == 0 && elem_has(r->stanza, ATTR_NAME) && !is_line(t->name))
		rc = room_refuse(tx, r, SC_EBADREQUEST,
		    "the name of a %s is one line, and not empty", what);
	if (rc == 0)
		rc = take_text(tx, r, ATTR_TOPIC, ROOM_TOPIC_MAX, &t->topic,
		    changed);
	return rc != 0 ? rc : take_avatar(tx, r, &t->avatar, changed);
}

bool
room_is_direct(const struct sc_request *r)
{
	const struct value *v = elem_get(r->stanza, ATTR_CHAT);

	return v != NULL && v->type == VALUE_CHAT &&
	    (v->chat.kind == CHAT_BY_NAME || v->chat.kind == CHAT_BY_USER);
}

void
room_take_timer(const struct sc_request *r, struct elem_buf *changed)
{
	if (elem_has(r->stanza, ATTR_TIMER))
		elem_add_uint(changed, ATTR_TIMER,
		    elem_uint(r->stanza, ATTR_TIMER, 0));
}

int
room_set_timer(struct sc_module *m, struct tx *tx, struct sc_request *r,
    struct chat *c)
{
	if (!elem_has(r->stanza, ATTR_TIMER))
		return 0;
	return scm_chat_set_timer(m, tx, c, elem_uint(r->stanza, ATTR_TIMER, 0),
	    &r->why);
}

int
room_take_user(struct tx *tx, struct sc_request *r, const struct elem *child,
    struct sc_user *u)
{
	struct sc_request one = *r;	/* as if the request were this */
	const struct value *v = elem_get(child, ATTR_USER);
	int rc = SC_EBADREQUEST;

	one.stanza = child;
	if (child->tag == TAG_MEMBER && v != NULL)
		rc = scm_user(tx, &one, ATTR_USER, u);
	if (rc == SC_EBADREQUEST)
		return room_refuse(tx, r, rc, "expected <member user=.../>");
	if (rc == SC_ENOTFOUND && v->user.id == 0)
		return room_refuse(tx, r, rc, "there is no user %.*s",
		    (int)(v->user.name.len < 64 ? v->user.name.len : 64),
		    (const char *)v->user.name.p);
	if (rc == SC_ENOTFOUND)
		return room_refuse(tx, r, rc, "there is no such user");
	return rc;
}

/* ---- answers ---- */

static void
name_chat(struct elem_buf *e, const struct chat *c, uint64_t number,
    struct slice name)
{
	elem_begin(e, TAG_CHAT);
	elem_add_uint(e, ATTR_NUMBER, number);
	elem_add_bytes(e, ATTR_REF, slice_of(c->id.b, CHAT_ID_SIZE));
	elem_add_enum(e, ATTR_KIND, c->kind);
	elem_add_text(e, ATTR_NAME, name);
}

void
room_describe(struct elem_buf *e, const struct chat *c,
    const struct member *self, const struct room_texts *t)
{
	name_chat(e, c, self->number, t->name);
	if (t->topic.len > 0)
		elem_add_text(e, ATTR_TOPIC, t->topic);
	if (t->avatar.len > 0)
		elem_add_bytes(e, ATTR_AVATAR, t->avatar);
	elem_add_enum(e, ATTR_ROLE, self->role);
	elem_add_uint(e, ATTR_MEMBERS, c->members);
	elem_add_uint(e, ATTR_LAST, c->head);
	elem_add_uint(e, ATTR_READ, self->read);
	if (c->timer != 0)
		elem_add_uint(e, ATTR_TIMER, c->timer);
}

int
room_answer(struct tx *tx, struct sc_request *r, const struct chat *c,
    uint64_t number, struct slice name)
{
	struct elem_buf e;

	name_chat(&e, c, number, name);
	return scm_add(tx, r, &e.e);
}

/* What a list keeps between its pages. */
enum { NEXT, GIVEN, BEGUN };

struct room_list
room_list_begin(struct tx *tx, struct sc_request *r)
{
	if (r->resume[BEGUN] == 0)
		r->resume[NEXT] = elem_uint(r->stanza, ATTR_AFTER, 0) + 1;
	r->resume[BEGUN] = 1;
	return (struct room_list){.tx = tx, .r = r,
	    .limit = elem_uint(r->stanza, ATTR_LIMIT, 0),
	    .next = r->resume[NEXT]};
}

int
room_list_add(struct room_list *l, const struct elem *e, uint64_t next)
{
	struct sc_request *r = l->r;
	int rc;

	if (l->limit != 0 && r->resume[GIVEN] >= l->limit)
		return 1;
	rc = scm_add(l->tx, r, e);
	if (rc == 0) {
		r->resume[NEXT] = next;
		r->resume[GIVEN]++;
	} else if (rc == 1) {
		r->more = true;
	}
	return rc;
}

enum { LOOKED_MAX = 1000 };	/* chats that are looked at for a page */

struct room_chats {
	struct room_list *list;
	struct sc_module *m;
	enum chat_kind kind;
	room_texts_fn *texts;
	unsigned looked;
};

static int
list_chat(void *arg, uint64_t number, const struct chat_id *id)
{
	struct room_chats *x = arg;
	struct room_list *l = x->list;
	struct room_texts t;
	struct elem_buf e;
	struct member self;
	struct chat c;
	int rc;

	if (x->looked++ == LOOKED_MAX) {
		l->r->more = true;
		l->r->resume[NEXT] = number;
		return 1;
	}
	rc = scm_chat_get(l->tx, id, &c);
	if (rc != 0 || c.kind != x->kind)
		return rc;
	rc = scm_member_get(l->tx, id, l->r->user, &self);
	if (rc == 0 && !scm_member_in(&self))
		return 0;
	if (rc == 0)
		rc = x->texts(x->m, l->tx, id, &t);
	if (rc != 0)
		return rc;
	room_describe(&e, &c, &self, &t);
	return room_list_add(l, &e.e, number + 1);
}

int
room_list_chats(struct room_list *l, struct sc_module *m, enum chat_kind kind,
    room_texts_fn *texts)
{
	struct room_chats x = {l, m, kind, texts, 0};
	int rc = scm_chat_list(l->tx, l->r->user, l->next, list_chat, &x);

	return rc < 0 ? rc : 0;
}

static int
list_member(void *arg, uint64_t user, const struct member *m)
{
	struct room_list *l = arg;
	struct elem_buf e;
	struct sc_user u;
	int rc;

	if (user < l->next || !scm_member_in(m) || m->role < l->least)
		return 0;
	rc = scm_user_get(l->tx, user, &u);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	elem_begin(&e, TAG_MEMBER);
	elem_add_user_id(&e, ATTR_USER, user);
	elem_add_enum(&e, ATTR_ROLE, m->role);
	elem_add_text(&e, ATTR_NAME, slice_str(u.name));
	return room_list_add(l, &e.e, user + 1);
}

int
room_list_members(struct room_list *l, const struct chat *c)
{
	int rc = scm_member_list(l->tx, &c->id, list_member, l);

	return rc < 0 ? rc : 0;
}

/* ---- owners ---- */

void
room_role_elem(struct elem_buf *e, uint64_t user, enum role role,
    const char *name)
{
	elem_begin(e, TAG_MEMBER);
	elem_add_user_id(e, ATTR_USER, user);
	elem_add_enum(e, ATTR_ACTION, ACTION_ROLE);
	elem_add_enum(e, ATTR_ROLE, role);
	if (name != NULL)
		elem_add_text(e, ATTR_NAME, slice_str(name));
}

struct looking {
	struct room_heir *heir;
	uint64_t without;
	enum role least;
};

static int
look_at(void *arg, uint64_t user, const struct member *m)
{
	struct looking *l = arg;
	struct room_heir *h = l->heir;

	if (user == l->without || !scm_member_in(m) || m->role < l->least)
		return 0;
	h->owners += m->role == ROLE_OWNER;
	if (h->user != 0 && (m->role < h->role ||
	    (m->role == h->role && m->joined >= h->joined)))
		return 0;
	h->user = user;
	h->role = m->role;
	h->joined = m->joined;
	return 0;
}

int
room_heir(struct tx *tx, const struct chat *c, uint64_t without,
    enum role least, struct room_heir *h)
{
	struct looking l = {h, without, least};

	*h = (struct room_heir){.user = 0};
	return scm_member_list(tx, &c->id, look_at, &l);
}

int
room_make_owner(struct tx *tx, struct chat *c, uint64_t by, uint64_t user)
{
	struct sc_user u;
	struct elem_buf e;
	int rc = scm_member_role(tx, c, user, ROLE_OWNER);

	if (rc == 0)
		rc = scm_user_get(tx, user, &u);
	if (rc != 0)
		return rc;
	/* readers of a channel do not see each other, but who writes */
	room_role_elem(&e, user, ROLE_OWNER, u.name);
	return scm_post(tx, c, by, &e.e, 1, 0);
}

int
room_see_owner(struct tx *tx, struct chat *c, enum role least,
    uint64_t *known)
{
	struct room_heir h;
	struct member m;
	int rc = *known == 0 ? SC_ENOTFOUND
	    : scm_member_get(tx, &c->id, *known, &m);

	if (rc == 0 && scm_member_in(&m) && m.role == ROLE_OWNER)
		return 0;
	if (rc == 0 || rc == SC_ENOTFOUND)
		rc = room_heir(tx, c, 0, least, &h);
	if (rc == 0 && h.user != 0 && h.role != ROLE_OWNER)
		rc = room_make_owner(tx, c, 0, h.user);
	if (rc != 0 || h.user == *known)
		return rc;
	*known = h.user;
	return 1;
}
