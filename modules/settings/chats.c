/* SPDX-License-Identifier: ISC */
/*
 * The chats of an account, and what is unread in them.  All of it is computed
 * when it is asked for, from the chats' rows and the member's mark: a chat in
 * which nobody else has written since costs no more than these two rows, and
 * nothing has to be kept when a message is appended for a thousand members.
 */
#include "settings.h"

enum {
	UNREAD_MAX = 999,	/* of a chat (R15) */
	PAGE_WORK = 20000	/* entries that are counted for a page */
};

/* Whether there may be something unread, as the chat's row alone tells. */
static bool
may_have_unread(const struct chat *c, uint64_t user)
{
	int side;

	if (c->kind != CHAT_KIND_DIRECT)
		return c->head != 0 && c->kind != CHAT_KIND_SYSTEM;
	side = scm_chat_side(c, user);
	return side >= 0 && c->user[0] != c->user[1] &&
	    c->last_by[1 - side] != 0;
}

/* ---- unread ---- */

/* The chats that are muted, in the order of their numbers. */
struct muted {
	struct tx *tx;
	uint64_t *list;
	size_t n, cap, next;
};

static int
muted_add(void *arg, uint64_t number, const struct settings *s)
{
	struct muted *m = arg;
	uint64_t *list;

	if (s->muted == 0)
		return 0;
	if (m->n == m->cap) {
		m->cap = m->cap * 2 + 64;
		list = scm_alloc(m->tx, m->cap * sizeof(*list));
		if (list == NULL)
			return SC_ENOMEM;
		if (m->n > 0)
			memcpy(list, m->list, m->n * sizeof(*list));
		m->list = list;
	}
	m->list[m->n++] = number;
	return 0;
}

/* For ascending numbers. */
static bool
muted_has(struct muted *m, uint64_t number)
{
	while (m->next < m->n && m->list[m->next] < number)
		m->next++;
	return m->next < m->n && m->list[m->next] == number;
}

struct total {
	struct tx *tx;
	uint64_t user;
	struct muted muted;
	uint32_t most, n;
};

static int
total_add(void *arg, uint64_t number, const struct chat_id *id)
{
	struct total *t = arg;
	struct member member;
	struct chat c;
	uint32_t left = t->most - t->n, n;
	int rc;

	if (number == ACCOUNT_LOG || muted_has(&t->muted, number))
		return 0;
	rc = scm_chat_get(t->tx, id, &c);
	if (rc != 0 || !may_have_unread(&c, t->user))
		return rc;
	rc = scm_member_get(t->tx, id, t->user, &member);
	if (rc == 0)
		rc = scm_unread(t->tx, &c, t->user, member.read,
		    left < UNREAD_MAX ? left : UNREAD_MAX, &n);
	if (rc != 0)
		return rc;
	t->n += n;
	return t->n == t->most;
}

/* <unread id/>: the badge, without what is muted. */
static int
unread_total(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	const struct settings_conf *conf = scm_conf(m);
	struct total t = {.tx = tx, .user = r->user, .muted = {.tx = tx},
	    .most = conf->unread};
	struct elem_buf e;
	int rc;

	rc = settings_list(m, tx, r->user, 0, muted_add, &t.muted);
	if (rc == 0)
		rc = scm_chat_list(tx, r->user, 0, total_add, &t);
	if (rc < 0)
		return rc;
	elem_begin(&e, TAG_UNREAD);
	elem_add_uint(&e, ATTR_TOTAL, t.n);
	return scm_add(tx, r, &e.e);
}

/* <unread id chat/>: of one chat, muted or not. */
static int
unread_chat(struct tx *tx, struct sc_request *r)
{
	struct settings_chat c;
	struct elem_buf e;
	uint32_t n;
	int rc = settings_chat(tx, r, &c);

	if (rc == 0)
		rc = scm_unread(tx, &c.chat, r->user, c.member.read,
		    UNREAD_MAX, &n);
	if (rc != 0)
		return rc;
	elem_begin(&e, TAG_UNREAD);
	elem_add_chat_number(&e, ATTR_CHAT, c.member.number);
	elem_add_uint(&e, ATTR_TOTAL, n);
	return scm_add(tx, r, &e.e);
}

int
unread_get(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	scm_count(m, COUNT_UNREAD, 1);
	return elem_has(r->stanza, ATTR_CHAT) ? unread_chat(tx, r)
					      : unread_total(m, tx, r);
}

/* ---- the list ---- */

/* What it keeps between its pages. */
enum { BEGUN, LAST_NUMBER, LEFT };

struct listing {
	struct tx *tx;
	struct sc_request *r;
	uint32_t work;
};

/* Who the other one is, by id and by name while there is one. */
static int
add_peer(struct listing *l, struct elem_buf *e, const struct chat *c)
{
	uint64_t peer = c->user[1 - scm_chat_side(c, l->r->user)];
	struct sc_user u;
	struct slice name;
	int rc = scm_user_get(l->tx, peer, &u);

	elem_add_user_id(e, ATTR_PEER, peer);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	name = scm_copy(l->tx, slice_str(u.name));
	if (name.p == NULL)
		return SC_ENOMEM;
	elem_add_text(e, ATTR_NAME, name);
	return 0;
}

/* What one is in a group or channel; its name is in its log. */
static void
add_place(struct elem_buf *e, const struct chat *c,
    const struct member *member)
{
	elem_add_enum(e, ATTR_ROLE, member->role);
	elem_add_uint(e, ATTR_MEMBERS, c->members);
}

static int
chat_elem(struct listing *l, uint64_t number, const struct chat *c,
    struct elem_buf *e)
{
	struct member member;
	uint32_t n;
	int rc = scm_member_get(l->tx, &c->id, l->r->user, &member);

	if (rc == 0)
		rc = scm_unread(l->tx, c, l->r->user, member.read, UNREAD_MAX,
		    &n);
	if (rc != 0)
		return rc;
	elem_begin(e, TAG_CHAT);
	elem_add_uint(e, ATTR_NUMBER, number);
	elem_add_bytes(e, ATTR_REF, slice_of(c->id.b, CHAT_ID_SIZE));
	elem_add_enum(e, ATTR_KIND, c->kind);
	if (c->kind == CHAT_KIND_DIRECT)
		rc = add_peer(l, e, c);
	else if (scm_member_in(&member))
		add_place(e, c, &member);
	elem_add_uint(e, ATTR_LAST, scm_member_head(&member, c->head));
	elem_add_uint(e, ATTR_READ, member.read);
	elem_add_uint(e, ATTR_UNREAD, n);
	l->work += n + 1;
	return rc;
}

static int
list_add(void *arg, uint64_t number, const struct chat_id *id)
{
	struct listing *l = arg;
	struct elem_buf e;
	struct chat c;
	int rc;

	if (number == ACCOUNT_LOG)
		return 0;
	if (l->r->resume[LEFT] == 0)
		return 1;
	if (l->work >= PAGE_WORK) {
		l->r->more = true;
		return 1;
	}
	rc = scm_chat_get(l->tx, id, &c);
	if (rc == 0)
		rc = chat_elem(l, number, &c, &e);
	if (rc == 0)
		rc = scm_add(l->tx, l->r, &e.e);
	if (rc == 1)
		l->r->more = true;
	if (rc == 0) {
		l->r->resume[LAST_NUMBER] = number;
		l->r->resume[LEFT]--;
	}
	return rc;
}

/* <chat id action="list" after? limit?/> */
int
chats_list(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct listing l = {.tx = tx, .r = r};
	int rc;

	if (elem_has(r->stanza, ATTR_CHAT) || elem_has(r->stanza, ATTR_KIND))
		return SC_NOT_MINE;	/* members, or chats of one kind */
	if (r->resume[BEGUN] == 0) {
		scm_count(m, COUNT_LISTED, 1);
		r->resume[BEGUN] = 1;
		r->resume[LAST_NUMBER] = elem_uint(r->stanza, ATTR_AFTER, 0);
		r->resume[LEFT] = elem_uint(r->stanza, ATTR_LIMIT, UINT64_MAX);
	}
	if (r->resume[LAST_NUMBER] == UINT64_MAX)
		return 0;
	rc = scm_chat_list(tx, r->user, r->resume[LAST_NUMBER] + 1, list_add,
	    &l);
	return rc < 0 ? rc : 0;
}
