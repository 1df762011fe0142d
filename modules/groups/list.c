/* SPDX-License-Identifier: ISC */
/* What is asked of groups: one's own, one of them, members, invitations,
 * requests to join. */
#include "groups.h"

/* What a list keeps between its pages. */
enum { NEXT, GIVEN, BEGUN };

enum { LOOKED_MAX = 1000 };	/* chats that are looked at for a page */

struct listing {
	struct acting *a;
	uint64_t limit;		/* of elements in the answer; 0: none */
	unsigned looked;
};

static struct listing
begin_list(struct acting *a)
{
	struct sc_request *r = a->r;

	if (r->resume[BEGUN] == 0)
		r->resume[NEXT] = elem_uint(r->stanza, ATTR_AFTER, 0) + 1;
	r->resume[BEGUN] = 1;
	return (struct listing){a, elem_uint(r->stanza, ATTR_LIMIT, 0), 0};
}

/* Adds an element, after which the list goes on at NEXT.  1: no more. */
static int
add(struct listing *l, const struct elem *e, uint64_t next)
{
	struct sc_request *r = l->a->r;
	int rc;

	if (l->limit != 0 && r->resume[GIVEN] >= l->limit)
		return 1;
	rc = scm_add(l->a->tx, r, e);
	if (rc == 0) {
		r->resume[NEXT] = next;
		r->resume[GIVEN]++;
	} else if (rc == 1) {
		r->more = true;
	}
	return rc;
}

/* ---- groups ---- */

/* What a group is called, and where it is at. */
static void
describe(const struct acting *a, struct elem_buf *e)
{
	const struct group *g = &a->group;

	elem_begin(e, TAG_CHAT);
	elem_add_uint(e, ATTR_NUMBER, a->self.number);
	elem_add_bytes(e, ATTR_REF, slice_of(a->chat.id.b, CHAT_ID_SIZE));
	elem_add_enum(e, ATTR_KIND, a->chat.kind);
	elem_add_text(e, ATTR_NAME, g->name);
	if (g->topic.len > 0)
		elem_add_text(e, ATTR_TOPIC, g->topic);
	if (g->avatar.len > 0)
		elem_add_bytes(e, ATTR_AVATAR, g->avatar);
	elem_add_enum(e, ATTR_ROLE, a->self.role);
	elem_add_uint(e, ATTR_MEMBERS, a->chat.members);
	elem_add_uint(e, ATTR_LAST, a->chat.head);
	elem_add_uint(e, ATTR_READ, a->self.read);
}

int
group_info(struct acting *a)
{
	const struct group *g = &a->group;
	struct elem_buf e;
	int rc = group_open(a, ROLE_MEMBER);

	if (rc != 0)
		return rc;
	describe(a, &e);
	elem_add_time(&e, ATTR_CREATED, a->chat.created);
	elem_add_enum(&e, ATTR_POST, g->post);
	elem_add_enum(&e, ATTR_EDIT, g->edit);
	elem_add_enum(&e, ATTR_APPROVAL,
	    g->approval ? TOGGLE_ON : TOGGLE_OFF);
	elem_add_uint(&e, ATTR_RECENT, g->recent);
	return scm_add(a->tx, a->r, &e.e);
}

static int
list_chat(void *arg, uint64_t number, const struct chat_id *id)
{
	struct listing *l = arg;
	struct acting *a = l->a;
	struct elem_buf e;
	int rc;

	if (l->looked++ == LOOKED_MAX) {
		a->r->more = true;
		a->r->resume[NEXT] = number;
		return 1;
	}
	rc = scm_chat_get(a->tx, id, &a->chat);
	if (rc != 0 || a->chat.kind != CHAT_KIND_GROUP)
		return rc;
	rc = scm_member_get(a->tx, id, a->r->user, &a->self);
	if (rc == 0 && !scm_member_in(&a->self))
		return 0;
	if (rc == 0)
		rc = group_get(a->m, a->tx, id, &a->group);
	if (rc != 0)
		return rc;
	describe(a, &e);
	return add(l, &e.e, number + 1);
}

/* ---- members ---- */

static int
list_member(void *arg, uint64_t user, const struct member *m)
{
	struct listing *l = arg;
	struct elem_buf e;
	struct sc_user u;
	int rc;

	if (user < l->a->r->resume[NEXT] || !scm_member_in(m))
		return 0;
	rc = scm_user_get(l->a->tx, user, &u);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	elem_begin(&e, TAG_MEMBER);
	elem_add_user_id(&e, ATTR_USER, user);
	elem_add_enum(&e, ATTR_ROLE, m->role);
	elem_add_text(&e, ATTR_NAME, slice_str(u.name));
	return add(l, &e.e, user + 1);
}

int
group_list(struct acting *a)
{
	bool members = elem_has(a->r->stanza, ATTR_CHAT);
	struct listing l = begin_list(a);
	int rc = members ? group_open(a, ROLE_MEMBER) : 0;

	if (rc != 0)
		return rc;
	if (members)
		rc = scm_member_list(a->tx, &a->chat.id, list_member, &l);
	else
		rc = scm_chat_list(a->tx, a->r->user, a->r->resume[NEXT],
		    list_chat, &l);
	return rc < 0 ? rc : 0;
}

/* ---- invitations ---- */

static int
list_invite(void *arg, const struct invite *i)
{
	struct acting *a = arg;
	struct elem_buf e;

	if (!invite_holds(i, scm_now(a->tx)))
		return 0;
	elem_begin(&e, TAG_INVITE);
	elem_add_bytes(&e, ATTR_TOKEN, slice_of(i->token, sizeof(i->token)));
	if (i->expires != 0)
		elem_add_time(&e, ATTR_EXPIRES, i->expires);
	if (i->limit != 0)
		elem_add_uint(&e, ATTR_LIMIT, i->limit);
	elem_add_uint(&e, ATTR_TOTAL, i->uses);
	return scm_add(a->tx, a->r, &e.e);
}

int
group_invites(struct acting *a)
{
	int rc = group_open(a, ROLE_ADMIN);

	return rc != 0 ? rc
	    : invite_scan(a->m, a->tx, &a->chat.id, list_invite, a);
}

/* ---- requests to join ---- */

static int
list_request(void *arg, struct slice key, struct slice value)
{
	struct listing *l = arg;
	uint64_t user = row_key_last_u64(key);
	struct elem_buf e;
	struct sc_user u;
	struct row_in in;
	int64_t time;
	int rc;

	if (user < l->a->r->resume[NEXT])
		return 0;
	row_open(&in, value);
	time = row_get_int(&in);
	rc = row_check(&in);
	if (rc == 0)
		rc = scm_user_get(l->a->tx, user, &u);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	elem_begin(&e, TAG_REQUEST);
	elem_add_user_id(&e, ATTR_USER, user);
	elem_add_time(&e, ATTR_TIME, time);
	elem_add_text(&e, ATTR_NAME, slice_str(u.name));
	return add(l, &e.e, user + 1);
}

int
group_requests(struct acting *a)
{
	struct listing l = begin_list(a);
	uint8_t end[STORE_KEY_MAX];
	struct store_range range;
	int rc = group_open(a, ROLE_ADMIN);

	if (rc != 0)
		return rc;
	range = scm_prefix(slice_of(a->chat.id.b, CHAT_ID_SIZE), end);
	rc = scm_scan(a->tx, a->m, GROUP_REQUESTS, 0, &range, list_request,
	    &l);
	return rc < 0 ? rc : 0;
}
