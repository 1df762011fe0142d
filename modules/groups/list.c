/* SPDX-License-Identifier: ISC */
/* What is asked of groups: one's own, one of them, members, requests to
 * join. */
#include "groups.h"

/* ---- groups ---- */

int
group_info(struct acting *a)
{
	const struct group *g = &a->group;
	struct elem_buf e;
	int rc = group_open(a, ROLE_MEMBER);

	if (rc != 0)
		return rc;
	room_describe(&e, &a->chat, &a->self, &g->texts);
	elem_add_time(&e, ATTR_CREATED, a->chat.created);
	elem_add_enum(&e, ATTR_POST, g->post);
	elem_add_enum(&e, ATTR_EDIT, g->edit);
	elem_add_enum(&e, ATTR_APPROVAL,
	    g->approval ? TOGGLE_ON : TOGGLE_OFF);
	elem_add_uint(&e, ATTR_RECENT, g->recent);
	return scm_add(a->tx, a->r, &e.e);
}

static int
texts(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    struct room_texts *t)
{
	struct group g;
	int rc = group_get(m, tx, id, &g);

	if (rc == 0)
		*t = g.texts;
	return rc;
}

int
group_list(struct acting *a)
{
	struct room_list l = room_list_begin(a->tx, a->r);
	int rc;

	if (!elem_has(a->r->stanza, ATTR_CHAT))
		return room_list_chats(&l, a->m, CHAT_KIND_GROUP, texts);
	rc = group_open(a, ROLE_MEMBER);
	return rc != 0 ? rc : room_list_members(&l, &a->chat);
}

/* ---- requests to join ---- */

static int
list_request(void *arg, struct slice key, struct slice value)
{
	struct room_list *l = arg;
	uint64_t user = row_key_last_u64(key);
	struct elem_buf e;
	struct sc_user u;
	struct row_in in;
	int64_t time;
	int rc;

	if (user < l->next)
		return 0;
	row_open(&in, value);
	time = row_get_int(&in);
	rc = row_check(&in);
	if (rc == 0)
		rc = scm_user_get(l->tx, user, &u);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	elem_begin(&e, TAG_REQUEST);
	elem_add_user_id(&e, ATTR_USER, user);
	elem_add_time(&e, ATTR_TIME, time);
	elem_add_text(&e, ATTR_NAME, slice_str(u.name));
	return room_list_add(l, &e.e, user + 1);
}

int
group_requests(struct acting *a)
{
	struct room_list l = room_list_begin(a->tx, a->r);
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
