/* SPDX-License-Identifier: ISC */
/* What is asked of channels: what one is, and who is in it. */
#include "channels.h"

/* What a list keeps between its pages. */
enum { NEXT, GIVEN, BEGUN };

int
channel_info(struct asking *a)
{
	struct elem_buf e;
	int rc = channel_open(a, ROLE_MEMBER);

	if (rc != 0)
		return rc;
	elem_begin(&e, TAG_CHAT);
	elem_add_uint(&e, ATTR_NUMBER, a->self.number);
	elem_add_bytes(&e, ATTR_REF, slice_of(a->chat.id.b, CHAT_ID_SIZE));
	elem_add_enum(&e, ATTR_KIND, a->chat.kind);
	elem_add_text(&e, ATTR_NAME, a->channel.name);
	if (a->channel.topic.len > 0)
		elem_add_text(&e, ATTR_TOPIC, a->channel.topic);
	if (a->channel.avatar.len > 0)
		elem_add_bytes(&e, ATTR_AVATAR, a->channel.avatar);
	elem_add_enum(&e, ATTR_ROLE, a->self.role);
	elem_add_uint(&e, ATTR_MEMBERS, a->chat.members);
	elem_add_uint(&e, ATTR_LAST, a->chat.head);
	elem_add_uint(&e, ATTR_READ, a->self.read);
	elem_add_time(&e, ATTR_CREATED, a->chat.created);
	return scm_add(a->tx, a->r, &e.e);
}

/* Those who write are seen by all, those who read by those who write. */
static int
list_member(void *arg, uint64_t user, const struct member *m)
{
	struct asking *a = arg;
	struct sc_request *r = a->r;
	uint64_t limit = elem_uint(r->stanza, ATTR_LIMIT, UINT64_MAX);
	struct elem_buf e;
	struct sc_user u;
	int rc;

	if (user < r->resume[NEXT] || !scm_member_in(m) ||
	    (m->role < ROLE_ADMIN && a->self.role < ROLE_ADMIN))
		return 0;
	if (r->resume[GIVEN] >= limit)
		return 1;
	rc = scm_user_get(a->tx, user, &u);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	elem_begin(&e, TAG_MEMBER);
	elem_add_user_id(&e, ATTR_USER, user);
	elem_add_enum(&e, ATTR_ROLE, m->role);
	elem_add_text(&e, ATTR_NAME, slice_str(u.name));
	rc = scm_add(a->tx, r, &e.e);
	if (rc == 1) {
		r->more = true;
		r->resume[NEXT] = user;
	} else if (rc == 0) {
		r->resume[GIVEN]++;
	}
	return rc;
}

int
channel_members(struct asking *a)
{
	struct sc_request *r = a->r;
	int rc;

	if (!elem_has(r->stanza, ATTR_CHAT))
		return SC_NOT_MINE;	/* all chats of an account */
	rc = channel_open(a, ROLE_MEMBER);
	if (rc != 0)
		return rc;
	if (r->resume[BEGUN] == 0)
		r->resume[NEXT] = elem_uint(r->stanza, ATTR_AFTER, 0) + 1;
	r->resume[BEGUN] = 1;
	rc = scm_member_list(a->tx, &a->chat.id, list_member, a);
	return rc < 0 ? rc : 0;
}
