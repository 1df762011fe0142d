/* SPDX-License-Identifier: ISC */
/*
 * Joining with approval: who has an invitation waits in a table until an admin
 * lets him in or not.  The account logs of the admins tell of him, and his own
 * what became of it, if it was refused.
 */
#include "groups.h"

#include <string.h>

enum {
	REQUEST_VERSION = 1,
	REQUEST_ROW = 16,
	TOLD_MAX = 64		/* admins that are told of a request */
};

/* ---- rows ---- */

static void
request_keys(const struct chat_id *id, uint64_t user, struct row_key *request,
    struct row_key *asked)
{
	request->len = asked->len = 0;
	row_key_chat(request, id);
	row_key_u64(request, user);
	row_key_u64(asked, user);
	row_key_chat(asked, id);
}

static int
request_put(struct acting *a, uint64_t user)
{
	static const uint8_t nothing[] = {REQUEST_VERSION};
	struct row_key request, asked;
	uint8_t b[REQUEST_ROW];
	struct row_out row;
	int rc;

	request_keys(&a->chat.id, user, &request, &asked);
	row_begin(&row, b, sizeof(b), REQUEST_VERSION);
	row_int(&row, scm_now(a->tx));
	rc = scm_put(a->tx, a->m, GROUP_REQUESTS, 0, row_key_slice(&request),
	    row_slice(&row));
	return rc != 0 ? rc : scm_put(a->tx, a->m, GROUP_ASKED, 0,
	    row_key_slice(&asked), slice_of(nothing, sizeof(nothing)));
}

int
group_waits(struct acting *a, uint64_t user)
{
	struct row_key request, asked;
	struct slice value;

	request_keys(&a->chat.id, user, &request, &asked);
	return scm_get(a->tx, a->m, GROUP_REQUESTS, 0,
	    row_key_slice(&request), &value);
}

int
group_request_end(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    uint64_t user)
{
	struct row_key request, asked;
	int rc;

	request_keys(id, user, &request, &asked);
	rc = scm_del(tx, m, GROUP_REQUESTS, 0, row_key_slice(&request));
	return rc != 0 ? rc
	    : scm_del(tx, m, GROUP_ASKED, 0, row_key_slice(&asked));
}

/* ---- several at once ---- */

/* The keys of rows that are to go, a handful at a time: a scan must not
 * write. */
enum { BATCH = 64 };

struct batch {
	size_t n;
	struct {
		struct chat_id chat;
		uint64_t user;
	} rows[BATCH];
};

static int
note_request(void *arg, struct slice key, struct slice value)
{
	struct batch *b = arg;

	(void)value;
	memcpy(b->rows[b->n].chat.b, key.p, CHAT_ID_SIZE);
	b->rows[b->n].user = row_key_last_u64(key);
	return ++b->n == BATCH;
}

static int
note_asked(void *arg, struct slice key, struct slice value)
{
	struct batch *b = arg;

	(void)value;
	b->rows[b->n].user = row_key_last_u64(slice_of(key.p, 8));
	memcpy(b->rows[b->n].chat.b, key.p + 8, CHAT_ID_SIZE);
	return ++b->n == BATCH;
}

static int
end_all(struct sc_module *m, struct tx *tx, enum group_table table,
    struct slice prefix, store_scan_fn *note)
{
	uint8_t end[STORE_KEY_MAX];
	struct store_range range = scm_prefix(prefix, end);
	struct batch b;
	int rc;

	do {
		b.n = 0;
		rc = scm_scan(tx, m, table, 0, &range, note, &b);
		for (size_t i = 0; i < b.n && rc >= 0; i++)
			rc = group_request_end(m, tx, &b.rows[i].chat,
			    b.rows[i].user);
	} while (rc >= 0 && b.n == BATCH);
	return rc < 0 ? rc : 0;
}

int
group_requests_erase(struct sc_module *m, struct tx *tx,
    const struct chat_id *id)
{
	return end_all(m, tx, GROUP_REQUESTS, slice_of(id->b, CHAT_ID_SIZE),
	    note_request);
}

int
group_requests_of_gone(struct sc_module *m, struct tx *tx, uint64_t user)
{
	struct row_key k = {.len = 0};

	row_key_u64(&k, user);
	return end_all(m, tx, GROUP_ASKED, row_key_slice(&k), note_asked);
}

static int
count_row(void *arg, struct slice key, struct slice value)
{
	(void)key;
	(void)value;
	(*(uint32_t *)arg)++;
	return 0;
}

/* ---- who is told ---- */

struct admins {
	size_t n;
	struct {
		uint64_t user, number;
	} list[TOLD_MAX];
};

static int
note_admin(void *arg, uint64_t user, const struct member *m)
{
	struct admins *a = arg;

	if (!scm_member_in(m) || m->role < ROLE_ADMIN)
		return 0;
	a->list[a->n].user = user;
	a->list[a->n].number = m->number;
	return ++a->n == TOLD_MAX;
}

/* <request chat user [action]/> in the account log of each admin. */
static int
tell_admins(struct acting *a, uint64_t joiner, enum action what)
{
	struct admins admins = {0};
	struct elem_buf e;
	int rc = scm_member_list(a->tx, &a->chat.id, note_admin, &admins);

	for (size_t i = 0; i < admins.n && rc >= 0; i++) {
		elem_begin(&e, TAG_REQUEST);
		elem_add_chat_number(&e, ATTR_CHAT, admins.list[i].number);
		elem_add_user_id(&e, ATTR_USER, joiner);
		if (what != ACTION_COUNT)
			elem_add_enum(&e, ATTR_ACTION, what);
		rc = scm_account_say(a->tx, admins.list[i].user, &e.e);
	}
	return rc < 0 ? rc : 0;
}

/* The group is no chat of his, so it is named by its id. */
static int
tell_joiner(struct acting *a, uint64_t joiner)
{
	const struct chat_ref ref = {.kind = CHAT_BY_ID, .id = a->chat.id};
	struct elem_buf e;

	elem_begin(&e, TAG_REQUEST);
	elem_add_chat(&e, ATTR_CHAT, &ref);
	elem_add_user_id(&e, ATTR_USER, joiner);
	elem_add_enum(&e, ATTR_ACTION, ACTION_REFUSE);
	return scm_account_say(a->tx, joiner, &e.e);
}

/* ---- asking ---- */

static int
request_new(struct acting *a, uint64_t user)
{
	const struct groups_conf *conf = scm_conf(a->m);
	uint8_t end[STORE_KEY_MAX];
	struct store_range range =
	    scm_prefix(slice_of(a->chat.id.b, CHAT_ID_SIZE), end);
	uint32_t waiting = 0;
	int rc = scm_scan(a->tx, a->m, GROUP_REQUESTS, 0, &range, count_row,
	    &waiting);

	if (rc == 0 && waiting >= conf->requests)
		rc = group_refuse(a, SC_ERESOURCE, "too many wait to join "
		    "this group: try again when its admins have decided");
	if (rc == 0)
		rc = request_put(a, user);
	if (rc == 0)
		rc = tell_admins(a, user, ACTION_COUNT);
	if (rc == 0)
		scm_count(a->m, GROUPS_REQUESTED, 1);
	return rc;
}

int
group_request(struct acting *a, struct sc_user *joiner)
{
	struct elem_buf e;
	int rc = group_waits(a, joiner->id);

	if (rc == SC_ENOTFOUND)
		rc = request_new(a, joiner->id);
	elem_begin(&e, TAG_REQUEST);
	elem_add_user_id(&e, ATTR_USER, joiner->id);
	elem_add_time(&e, ATTR_TIME, scm_now(a->tx));
	return rc != 0 ? rc : scm_add(a->tx, a->r, &e.e);
}

/* ---- deciding ---- */

static int
check_waiting(struct acting *a, struct named *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int rc = group_waits(a, list[i].id);

		if (rc == SC_ENOTFOUND)
			return group_refuse(a, rc, "%s does not wait to join: "
			    "list who does", list[i].name);
		if (rc != 0)
			return rc;
		list[i].role = ROLE_MEMBER;
	}
	return 0;
}

int
group_approve(struct acting *a)
{
	struct named *list;
	size_t n;
	int rc = group_named(a, 1, &list, &n);

	if (rc == 0)
		rc = group_lock(a, list, n, false);
	if (rc == 0)
		rc = group_open(a, ROLE_ADMIN);
	if (rc == 0)
		rc = check_waiting(a, list, n);
	if (rc == 0)
		rc = group_room(a, n);
	if (rc == 0)
		rc = group_admit(a, list, n, ACTION_APPROVE, a->r->user);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = tell_admins(a, list[i].id, ACTION_APPROVE);
	return rc;
}

int
group_refuse_joiners(struct acting *a)
{
	struct named *list;
	size_t n;
	int rc = group_named(a, 1, &list, &n);

	if (rc == 0)
		rc = group_open(a, ROLE_ADMIN);
	if (rc == 0)
		rc = check_waiting(a, list, n);
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = group_request_end(a->m, a->tx, &a->chat.id, list[i].id);
		if (rc == 0)
			rc = tell_admins(a, list[i].id, ACTION_REFUSE);
		if (rc == 0)
			rc = tell_joiner(a, list[i].id);
	}
	return rc;
}
