/* SPDX-License-Identifier: ISC */
/* Control commands: chats, their members, and what is in them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/payload.h"
#include "protocol/xmltext.h"
#include "src/chat/member.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/control_task.h"
#include "src/server/module.h"
#include "src/server/server.h"

enum {
	UNREAD_MAX = 999,		/* R15 */
	HISTORY_DEFAULT = 30,
	HISTORY_MAX = 1000,
	HISTORY_PAGE = 1 << 20,		/* bytes of content */
	CONTENT_MAX = 4 << 20,
	ROSTER_MAX = 1024	/* members that are shown of a chat */
};

static const char *
kind_name(enum chat_kind kind)
{
	static const char *const names[] = {"direct", "group", "channel",
	    "status", "system"};

	return (unsigned)kind < sizeof(names) / sizeof(names[0]) ?
	    names[kind] : "unknown";
}

/* A user in an item: the name, or null once the account has been removed. */
static int
user_json(struct tx *tx, uint64_t id, json_t **out)
{
	char name[USER_NAME_MAX + 1];
	int rc = control_user_name(tx, id, name, sizeof(name));

	if (rc == 0)
		*out = *name == '\0' ? json_null() : json_string(name);
	return rc;
}

/* What a group or channel is called, and how many are in it. */
static int
add_texts(struct control_task *t, struct tx *tx, const struct chat *c,
    bool topic, json_t *item)
{
	struct sc_chat_texts texts;
	int rc = server_chat_texts(t->server, tx, c, &texts);

	if (rc != 0)
		return rc;
	json_object_set_new(item, "total",
	    json_integer((json_int_t)c->members));
	if (texts.name.len > 0)
		json_object_set_new(item, "name", json_stringn(
		    (const char *)texts.name.p, texts.name.len));
	if (topic && texts.topic.len > 0)
		json_object_set_new(item, "topic", json_stringn(
		    (const char *)texts.topic.p, texts.topic.len));
	return 0;
}

/* ---- list ------------------------------------------------------------ */

struct listing {
	struct control_task *task;
	struct tx *tx;
	uint64_t user;
	size_t n;
};

/* With whom, and how far: of a direct chat. */
static int
add_peer(struct listing *l, const struct chat *c, json_t *item)
{
	uint64_t peer = c->user[1 - chat_side(c, l->user)];
	json_t *name;
	int rc = user_json(l->tx, peer, &name);

	if (rc != 0)
		return rc;
	json_object_set_new(item, "with", name);
	json_object_set_new(item, "with-id", json_integer((json_int_t)peer));
	return 0;
}

static int
add_marks(struct listing *l, const struct chat *c, json_t *item)
{
	struct member m;
	uint32_t unread;
	int rc = member_get(l->tx, &c->id, l->user, &m);

	if (rc == 0)
		rc = chat_unread(l->tx, c, l->user, m.read, UNREAD_MAX,
		    &unread);
	if (rc != 0)
		return rc;
	json_object_set_new(item, "delivered",
	    json_integer((json_int_t)m.delivered));
	json_object_set_new(item, "read", json_integer((json_int_t)m.read));
	json_object_set_new(item, "unread", json_integer(unread));
	return 0;
}

static int
list_add(void *arg, uint64_t number, const struct chat_id *id)
{
	struct listing *l = arg;
	char text[CHAT_ID_TEXT + 1];
	json_t *item;
	struct chat c;
	int rc;

	if (l->n++ == CONTROL_PAGE / 5) {
		l->task->next = number;
		return 1;
	}
	rc = chat_get(l->tx, id, &c);
	if (rc != 0)
		return rc;
	chat_id_print(id, text);
	item = json_pack("{s:I, s:s, s:s, s:I, s:o}", "number",
	    (json_int_t)number, "id", text, "kind", kind_name(c.kind), "head",
	    (json_int_t)c.head, "last", c.head == 0 ? json_null() :
	    control_time(c.last_time));
	control_task_add_take(l->task, item);
	if (c.kind == CHAT_KIND_DIRECT)
		rc = add_peer(l, &c, item);
	else if (chat_has_roster(&c))
		rc = add_texts(l->task, l->tx, &c, false, item);
	return rc != 0 ? rc : add_marks(l, &c, item);
}

static int
list_run(struct tx *tx, struct control_task *t)
{
	struct listing l = {t, tx, 0, 0};
	struct user u;
	int rc = control_task_user(t, tx, "user", &u);

	l.user = u.id;
	if (rc == 0)
		rc = chat_list(tx, u.id, t->from, list_add, &l);
	return rc < 0 ? rc : 0;
}

static void
list(struct client *k, json_t *request)
{
	control_task_run(k, request, JOB_READER, list_run);
}

/* ---- show ------------------------------------------------------------ */

/* "USER:NUMBER". */
static int
chat_of_user(struct control_task *t, struct tx *tx, const char *text,
    struct chat_id *id)
{
	const char *colon = strrchr(text, ':');
	unsigned long long number;
	struct user u;
	char *end;
	int rc;

	if (colon == NULL)
		return control_task_fail(t, SC_EBADREQUEST, "\"%.64s\" is no "
		    "chat: expected #ID or USER:NUMBER, as chat list shows "
		    "them", text);
	number = strtoull(colon + 1, &end, 10);
	if (end == colon + 1 || *end != '\0')
		return control_task_fail(t, SC_EBADREQUEST, "\"%.64s\": "
		    "expected a number behind the colon", text);
	rc = user_by_name(tx, slice_of(text, (size_t)(colon - text)), &u);
	if (rc == 0)
		rc = chat_by_number(tx, u.id, number, id);
	return rc;
}

/* The chat that the request names. */
static int
find_chat(struct control_task *t, struct tx *tx, struct chat *c)
{
	const char *text = control_string(t->request, "chat");
	struct chat_id id;
	int rc;

	if (*text != '#')
		rc = chat_of_user(t, tx, text, &id);
	else if (chat_id_parse(slice_str(text), &id) != 0)
		return control_task_fail(t, SC_EBADREQUEST, "\"%.64s\" is no "
		    "chat: expected # and 26 digits of base32", text);
	else
		rc = 0;
	if (rc == 0)
		rc = chat_get(tx, &id, c);
	if (rc == SC_ENOTFOUND)
		return control_task_fail(t, rc, "there is no chat %.64s: "
		    "chat list shows those of a user", text);
	return rc;
}

static json_t *
mark_json(uint64_t seq, int64_t time, bool estimated)
{
	return json_pack("{s:I, s:o, s:b}", "seq", (json_int_t)seq, "time",
	    control_time(time), "estimated", estimated);
}

static json_t *
member_json(json_t *name, uint64_t user, const struct member *m)
{
	return json_pack("{s:o, s:I, s:I, s:I, s:o, s:o}", "user", name,
	    "user-id", (json_int_t)user, "number", (json_int_t)m->number,
	    "from-seq", (json_int_t)m->ranges[0].first, "delivered",
	    mark_json(m->delivered, m->delivered_time,
	    m->delivered_estimated), "read", mark_json(m->read, m->read_time,
	    m->read_estimated));
}

static int
add_member(struct tx *tx, const struct chat *c, int side, json_t *members)
{
	struct member m;
	json_t *name;
	int rc = member_get(tx, &c->id, c->user[side], &m);

	if (rc == 0)
		rc = user_json(tx, c->user[side], &name);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	m.number = c->number[side];
	json_array_append_new(members, member_json(name, c->user[side], &m));
	return 0;
}

/* ---- groups and channels ---- */

struct roster {
	struct tx *tx;
	json_t *members;	/* or the names of the owners */
};

static int
owner_add(void *arg, uint64_t user, const struct member *m)
{
	struct roster *r = arg;
	json_t *name;
	int rc;

	if (!member_in(m) || m->role != ROLE_OWNER)
		return 0;
	rc = user_json(r->tx, user, &name);
	if (rc == 0)
		json_array_append_new(r->members, name);
	return rc == SC_ENOTFOUND ? 0 : rc;
}

/* What is said of a group or channel besides. */
static int
add_roster(struct control_task *t, struct tx *tx, const struct chat *c,
    json_t *item)
{
	struct roster owners = {tx, json_array()};
	int rc;

	json_object_set_new(item, "owners", owners.members);
	rc = add_texts(t, tx, c, true, item);
	if (rc == 0)
		rc = member_list(tx, &c->id, owner_add, &owners);
	return rc < 0 ? rc : 0;
}

static int
roster_add(void *arg, uint64_t user, const struct member *m)
{
	static const char *const roles[ROLE_COUNT] = {"member", "admin",
	    "owner"};
	struct roster *r = arg;
	json_t *name, *item;
	int rc;

	if (!member_in(m) || m->role >= ROLE_COUNT)
		return 0;
	rc = user_json(r->tx, user, &name);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	item = member_json(name, user, m);
	json_object_set_new(item, "role", json_string(roles[m->role]));
	json_array_append_new(r->members, item);
	return json_array_size(r->members) == ROSTER_MAX;
}

/* All members of a direct chat or an account log, the first of others. */
static int
add_members(struct tx *tx, const struct chat *c, json_t *members)
{
	struct roster r = {tx, members};
	int rc;

	if (chat_has_roster(c)) {
		rc = member_list(tx, &c->id, roster_add, &r);
		return rc < 0 ? rc : 0;
	}
	rc = add_member(tx, c, 0, members);
	if (rc == 0 && c->user[1] != 0 && c->user[1] != c->user[0])
		rc = add_member(tx, c, 1, members);
	return rc;
}

static int
show_run(struct tx *tx, struct control_task *t)
{
	char text[CHAT_ID_TEXT + 1];
	json_t *members, *item;
	struct chat c;
	int rc = find_chat(t, tx, &c);

	if (rc != 0)
		return rc;
	chat_id_print(&c.id, text);
	members = json_array();
	item = json_pack("{s:s, s:s, s:b, s:o, s:I, s:o, s:o}", "id", text,
	    "kind", kind_name(c.kind), "open", chat_is_open(&c), "created",
	    control_time(c.created), "head", (json_int_t)c.head, "last",
	    c.head == 0 ? json_null() : control_time(c.last_time), "members",
	    members);
	control_task_add_take(t, item);
	if (chat_has_roster(&c))
		rc = add_roster(t, tx, &c, item);
	return rc != 0 ? rc : add_members(tx, &c, members);
}

static void
show(struct client *k, json_t *request)
{
	control_task_run(k, request, JOB_READER, show_run);
}

/* ---- history --------------------------------------------------------- */

struct reading {
	struct control_task *task;
	struct tx *tx;
	struct deflate *deflate;	/* NULL: no bodies */
	size_t n, bytes;
	int rc;
};

/* The content of a payload as XML, or null if it cannot be printed. */
static json_t *
content_json(struct deflate *deflate, struct slice payload)
{
	static const char head[] = "<message>", tail[] = "</message>";
	struct elem e = {.tag = TAG_MESSAGE, .content = CONTENT_PAYLOAD,
	    .text = payload};
	struct slice s;
	struct buf b;
	json_t *text;

	buf_init(&b, CONTENT_MAX);
	if (xmltext_print(deflate, &e, &b) != 0)
		text = json_null();
	else {
		s = buf_slice(&b);
		if (s.len < sizeof(head) + sizeof(tail) - 2)
			text = json_string("");
		else
			text = json_stringn((const char *)s.p + sizeof(head) -
			    1, s.len - (sizeof(head) + sizeof(tail) - 2));
	}
	buf_fini(&b);
	return text == NULL ? json_null() : text;
}

static const char *
encoding_name(struct slice wire)
{
	static const char *const names[] = {"raw", "deflate", "opaque"};
	struct payload p;

	return payload_take(&wire, &p) != 0 ||
	    (unsigned)p.encoding >= sizeof(names) / sizeof(names[0]) ?
	    "unknown" : names[p.encoding];
}

/* A page is full: the next begins with SEQ. */
static int
full(struct reading *r, uint64_t seq)
{
	if (r->n < CONTROL_PAGE && r->bytes < HISTORY_PAGE)
		return 0;
	r->task->next = seq;
	return 1;
}

static int
read_entry(void *arg, const struct entry *e)
{
	struct reading *r = arg;
	json_t *item, *from = NULL;
	int rc = 0;

	if (full(r, e->seq))
		return 1;
	if (e->from == 0)
		from = json_null();
	else
		rc = user_json(r->tx, e->from, &from);
	if (rc != 0)
		return rc;
	item = json_pack("{s:I, s:o, s:o, s:I, s:i, s:I, s:I, s:s, s:b}",
	    "seq", (json_int_t)e->seq, "time", control_time(e->time), "from",
	    from, "from-id", (json_int_t)e->from, "device", (int)e->device,
	    "n", (json_int_t)e->n, "bytes", (json_int_t)e->payload.len,
	    "encoding", encoding_name(e->payload), "counts",
	    (e->flags & ENTRY_COUNTS) != 0);
	if (r->deflate != NULL) {
		json_object_set_new(item, "content", content_json(r->deflate,
		    e->payload));
		r->bytes += e->payload.len * 4;
	}
	control_task_add_take(r->task, item);
	r->n++;
	return 0;
}

static int
skip(struct reading *r, uint64_t first, uint64_t last, const char *why)
{
	if (full(r, first))
		return 1;
	control_task_add_take(r->task, json_pack("{s:I, s:I, s:s}", "seq",
	    (json_int_t)first, "last", (json_int_t)last, "skip", why));
	r->n++;
	return 0;
}

static int
read_skip(void *arg, uint64_t first, uint64_t last)
{
	return skip(arg, first, last, "pruned");
}

static int
read_lost(void *arg, uint64_t first, uint64_t last)
{
	return skip(arg, first, last, "undeliverable");
}

static int
history_run(struct tx *tx, struct control_task *t)
{
	struct reading r = {.task = t, .tx = tx};
	const struct chat_reader reader = {read_entry, read_skip, &r};
	uint64_t *limits = t->data;	/* first and last, as of page one */
	struct chat c;
	int rc = find_chat(t, tx, &c);

	if (rc != 0)
		return rc;
	if (t->from == 0) {
		uint64_t before =
		    (uint64_t)control_number(t->request, "before");
		uint64_t n = (uint64_t)control_number(t->request, "limit");

		n = n == 0 ? HISTORY_DEFAULT : n;
		limits[1] = before != 0 && before <= c.head ? before - 1 :
		    c.head;
		limits[0] = limits[1] > n ? limits[1] - n + 1 : 1;
	}
	if (limits[1] == 0)
		return 0;
	if (control_flag(t->request, "bodies")) {
		r.deflate = deflate_create();
		if (r.deflate == NULL)
			return SC_ENOMEM;
	}
	rc = chat_read_holes(tx, &c.id, t->from != 0 ? t->from : limits[0],
	    limits[1], &reader, read_lost);
	deflate_destroy(r.deflate);
	return rc;
}

static void
history(struct client *k, json_t *request)
{
	struct control_task *t = control_task_create(k, request, JOB_READER,
	    history_run);

	if (control_flag(request, "bodies"))
		control_audit(k);
	t->data = xcalloc(2, sizeof(uint64_t));
	control_task_start(t);
}

const struct control_command control_chat[] = {
	{"chat list", list, false, {{"user", CONTROL_STRING, true, 0, 0}}},
	{"chat show", show, false, {{"chat", CONTROL_STRING, true, 0, 0}}},
	{"chat history", history, false,
	    {{"chat", CONTROL_STRING, true, 0, 0},
	    {"limit", CONTROL_NUMBER, false, 1, HISTORY_MAX},
	    {"before", CONTROL_NUMBER, false, 1, INT64_MAX},
	    {"bodies", CONTROL_FLAG, false, 0, 0}}},
	{.name = NULL},
};
