/* SPDX-License-Identifier: ISC */
/* Groups: what the server says of them and of who is in them, and what the
 * application wants done. */
#include <string.h>

#include "protocol/base64url.h"
#include "protocol/utf8.h"
#include "src/client/engine_priv.h"
#include "src/common/err.h"

_Static_assert(SC_ROLE_MEMBER == (int)ROLE_MEMBER &&
    SC_ROLE_OWNER == (int)ROLE_OWNER, "roles are those of the wire");

enum { TOKEN_BYTES = 64 };

/* ---- names ----------------------------------------------------------- */

const char *
sc_client_user_name(const struct sc_client *c, uint64_t user)
{
	const char *name = people_name(&c->account.people, user);

	if (user != 0 && user == c->account.user)
		return c->user;
	for (size_t i = 0; name == NULL && i < c->account.count; i++) {
		const struct chat *chat = c->account.chats[i];

		if (chat->introduced && chat->kind == CHAT_KIND_DIRECT &&
		    chat->peer == user)
			name = chat->name;
	}
	return name == NULL ? "" : name;
}

/* What E says its user is called. */
static int
learn_name(struct sc_client *c, const struct elem *e, uint64_t user)
{
	struct slice name = elem_slice(e, ATTR_NAME);
	const char *known = people_name(&c->account.people, user);
	struct record r = {.type = RECORD_PERSON, .u = {user}, .s = {name}};

	if (name.len == 0 || user == 0 ||
	    (known != NULL && slice_equal(slice_str(known), name)))
		return 0;
	return journal_put(c, &r);
}

/* A group that is known has another name. */
static int
learn_title(struct sc_client *c, uint64_t number, struct slice name)
{
	const struct chat *chat = account_find(&c->account, number);
	struct record r = {.type = RECORD_CHAT, .u = {number}};

	if (chat == NULL || !chat->introduced || name.len == 0 ||
	    slice_equal(name, slice_str(chat->name == NULL ? ""
	    : chat->name)))
		return 0;
	r.u[1] = chat->kind;
	r.u[2] = chat->peer;
	r.s[0] = slice_of(chat->id.b, CHAT_ID_SIZE);
	r.s[1] = name;
	return journal_put(c, &r);
}

/* ---- what the server says -------------------------------------------- */

/* A text of E as a string, or NULL. */
static const char *
text_of(struct sc_client *c, const struct elem *e, enum attr_name name)
{
	struct slice s = elem_slice(e, name);
	char *copy;

	if (!elem_has(e, name))
		return NULL;
	copy = arena_alloc(&c->arena, s.len + 1);
	if (copy == NULL)
		return NULL;
	if (s.len > 0)
		memcpy(copy, s.p, s.len);
	copy[s.len] = '\0';
	return copy;
}

static uint64_t
user_of(const struct elem *e)
{
	const struct value *v = elem_get(e, ATTR_USER);

	return v == NULL ? 0 : v->user.id;
}

static void
take_role(const struct elem *e, enum attr_name name, enum sc_role *to,
    unsigned flag, unsigned *flags)
{
	uint64_t role = elem_uint(e, name, ROLE_COUNT);

	if (role >= ROLE_COUNT)
		return;
	*to = (enum sc_role)role;
	*flags |= flag;
}

void
groups_describe(struct sc_client *c, const struct elem *e,
    struct sc_event *ev)
{
	struct slice avatar = elem_slice(e, ATTR_AVATAR);

	ev->changed = 0;
	ev->topic = text_of(c, e, ATTR_TOPIC);
	ev->changed |= ev->topic != NULL ? SC_CHANGED_TOPIC : 0u;
	if (elem_has(e, ATTR_AVATAR)) {
		ev->avatar = avatar.p;
		ev->avatarlen = avatar.len;
		ev->changed |= SC_CHANGED_AVATAR;
	}
	take_role(e, ATTR_POST, &ev->post, SC_CHANGED_POST, &ev->changed);
	take_role(e, ATTR_EDIT, &ev->edit, SC_CHANGED_EDIT, &ev->changed);
	if (elem_has(e, ATTR_APPROVAL)) {
		ev->approval = elem_uint(e, ATTR_APPROVAL, 0) == TOGGLE_ON;
		ev->changed |= SC_CHANGED_APPROVAL;
	}
	if (elem_has(e, ATTR_CLOSED)) {
		ev->closed = elem_uint(e, ATTR_CLOSED, 0) == TOGGLE_ON;
		ev->changed |= SC_CHANGED_CLOSED;
	}
	if (elem_has(e, ATTR_RECENT)) {
		ev->recent = elem_uint(e, ATTR_RECENT, 0);
		ev->changed |= SC_CHANGED_RECENT;
	}
	if (elem_has(e, ATTR_TIMER)) {
		ev->timer = elem_uint(e, ATTR_TIMER, 0);
		ev->changed |= SC_CHANGED_TIMER;
	}
	ev->role = (enum sc_role)elem_uint(e, ATTR_ROLE, ROLE_MEMBER);
	ev->members = elem_uint(e, ATTR_MEMBERS, 0);
	ev->created = elem_int(e, ATTR_CREATED, 0);
}

/* <changed .../> in an entry, which EV describes.  What a page of history says
 * was so once. */
static int
tell_changed(struct sc_client *c, const struct elem *e,
    const struct sc_event *entry)
{
	struct sc_event ev = *entry;

	ev.type = SC_EVENT_CHANGED;
	groups_describe(c, e, &ev);
	ev.name = text_of(c, e, ATTR_NAME);
	if (ev.name != NULL)
		ev.changed |= SC_CHANGED_NAME;
	(void)engine_event(c, &ev);
	return entry->id != 0 ? 0
	    : learn_title(c, entry->chat, elem_slice(e, ATTR_NAME));
}

static enum sc_member_action
action_of(const struct elem *e)
{
	static const enum sc_member_action actions[ACTION_COUNT] = {
	    [ACTION_CREATE] = SC_MEMBER_CREATED,
	    [ACTION_ADD] = SC_MEMBER_ADDED,
	    [ACTION_APPROVE] = SC_MEMBER_APPROVED,
	    [ACTION_JOIN] = SC_MEMBER_JOINED,
	    [ACTION_REMOVE] = SC_MEMBER_REMOVED,
	    [ACTION_LEAVE] = SC_MEMBER_LEFT,
	    [ACTION_ROLE] = SC_MEMBER_ROLE,
	    [ACTION_REFUSE] = SC_MEMBER_REFUSED};
	uint64_t action = elem_uint(e, ATTR_ACTION, ACTION_COUNT);

	return action < ACTION_COUNT ? actions[action] : SC_MEMBER_IS;
}

/* <member user [action] [role] [name]/>: of an entry, or of the list. */
static int
tell_member(struct sc_client *c, const struct elem *e,
    const struct sc_event *of)
{
	struct sc_event ev = *of;
	int rc;

	ev.type = SC_EVENT_MEMBER;
	ev.user = user_of(e);
	ev.role = (enum sc_role)elem_uint(e, ATTR_ROLE, ROLE_MEMBER);
	ev.action = action_of(e);
	rc = learn_name(c, e, ev.user);
	if (rc != 0)
		return rc;
	ev.name = sc_client_user_name(c, ev.user);
	(void)engine_event(c, &ev);
	return 0;
}

int
groups_entry(struct sc_client *c, const struct elem *e,
    const struct sc_event *entry)
{
	const struct chat *chat = account_find(&c->account, entry->chat);

	if (chat == NULL || chat->kind > CHAT_KIND_CHANNEL)
		return 0;
	if (e->tag == TAG_CHANGED)
		return tell_changed(c, e, entry);
	return e->tag == TAG_MEMBER && chat->kind != CHAT_KIND_DIRECT
	    ? tell_member(c, e, entry) : 0;
}

static int
tell_invite(struct sc_client *c, const struct elem *e,
    const struct sc_event *of)
{
	struct sc_event ev = *of;
	struct buf text;

	ev.type = SC_EVENT_INVITE;
	ev.expires = elem_int(e, ATTR_EXPIRES, 0);
	ev.limit = elem_uint(e, ATTR_LIMIT, 0);
	ev.used = elem_uint(e, ATTR_TOTAL, 0);
	buf_init(&text, 0);
	base64url_put(&text, elem_slice(e, ATTR_TOKEN));
	buf_put_u8(&text, '\0');
	if (!buf_failed(&text)) {
		ev.token = (const char *)text.p + text.off;
		(void)engine_event(c, &ev);
	}
	buf_fini(&text);
	return 0;
}

/* <request chat? user [time] [name] [action]/>: somebody wants to join. */
static int
tell_request(struct sc_client *c, const struct elem *e,
    const struct sc_event *of)
{
	const struct value *chat = elem_get(e, ATTR_CHAT);
	struct sc_event ev = *of;
	int rc;

	ev.type = SC_EVENT_REQUEST;
	ev.user = user_of(e);
	ev.time = elem_int(e, ATTR_TIME, of->time);
	ev.action = action_of(e);
	if (chat != NULL)
		ev.chat = chat->chat.kind == CHAT_BY_NUMBER
		    ? chat->chat.number : 0;
	rc = learn_name(c, e, ev.user);
	ev.name = sc_client_user_name(c, ev.user);
	if (rc == 0)
		(void)engine_event(c, &ev);
	return rc;
}

int
groups_tell(struct sc_client *c, const struct elem *e,
    const struct sc_event *of)
{
	switch (e->tag) {
	case TAG_MEMBER:
		return tell_member(c, e, of);
	case TAG_INVITE:
		return tell_invite(c, e, of);
	case TAG_REQUEST:
		return tell_request(c, e, of);
	case TAG_CHAT:		/* one of a list: that is its name now */
		return learn_title(c, elem_uint(e, ATTR_NUMBER, 0),
		    elem_slice(e, ATTR_NAME));
	default:
		return 0;
	}
}

/* ---- what the application wants -------------------------------------- */

static void
add_role(struct elem_buf *e, enum attr_name name, const enum sc_role *role)
{
	if (role != NULL)
		elem_add_enum(e, name, *role);
}

void
groups_add(struct elem_buf *e, const struct sc_group *g)
{
	if (g->name != NULL)
		elem_add_text(e, ATTR_NAME, slice_str(g->name));
	if (g->topic != NULL)
		elem_add_text(e, ATTR_TOPIC, slice_str(g->topic));
	if (g->avatar != NULL)
		elem_add_bytes(e, ATTR_AVATAR, slice_of(g->avatar,
		    g->avatarlen));
	add_role(e, ATTR_POST, g->post);
	add_role(e, ATTR_EDIT, g->edit);
	if (g->approval != NULL)
		elem_add_enum(e, ATTR_APPROVAL,
		    *g->approval ? TOGGLE_ON : TOGGLE_OFF);
	if (g->closed != NULL)
		elem_add_enum(e, ATTR_CLOSED,
		    *g->closed ? TOGGLE_ON : TOGGLE_OFF);
	if (g->recent != NULL)
		elem_add_uint(e, ATTR_RECENT, *g->recent);
	if (g->timer != NULL)
		elem_add_uint(e, ATTR_TIMER, *g->timer);
}

/* `bob', `bob@example.org' or `~55'. */
static int
user_ref(const char *text, struct user_ref *ref)
{
	struct slice s = slice_str(text == NULL ? "" : text);

	*ref = (struct user_ref){0, s};
	if (s.len == 0 || !utf8_valid(s))
		return SC_CODE_BAD_REQUEST;
	if (s.p[0] != '~')
		return 0;
	ref->name = slice_of(NULL, 0);
	for (size_t i = 1; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || ref->id > UINT64_MAX / 20)
			return SC_CODE_BAD_REQUEST;
		ref->id = ref->id * 10 + (uint64_t)(s.p[i] - '0');
	}
	return ref->id == 0 ? SC_CODE_BAD_REQUEST : 0;
}

/* The elements live in ARENA. */
static int
add_members(struct elem_buf *e, struct arena *arena,
    const struct sc_member *members, size_t n)
{
	struct elem *children = arena_array(arena, n + 1, sizeof(*children));
	int rc = children == NULL ? SC_CODE_NO_MEMORY : 0;

	if (n > STANZA_CHILDREN)
		return SC_CODE_TOO_LARGE;
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct user_ref ref;
		struct elem_buf m;

		rc = user_ref(members[i].user, &ref);
		if (rc != 0)
			break;
		elem_begin(&m, TAG_MEMBER);
		elem_add_user(&m, ATTR_USER, &ref);
		if (members[i].role != SC_ROLE_UNSAID)
			elem_add_enum(&m, ATTR_ROLE, members[i].role);
		rc = elem_copy(arena, &m.e, &children[i]);
	}
	if (rc == 0 && n > 0)
		elem_set_children(e, children, n);
	return rc;
}

/* The stanza, which E has begun, with members. */
static int
send_with(struct sc_client *c, struct elem_buf *e,
    const struct sc_member *members, size_t n, uint64_t *counter)
{
	struct arena arena;
	int rc;

	arena_init(&arena, ARENA_MAX);
	rc = add_members(e, &arena, members, n);
	if (rc == 0)
		rc = send_request(c, &e->e, counter);
	arena_fini(&arena);
	return rc;
}

int
sc_client_group_create(struct sc_client *c, const struct sc_group *g,
    const struct sc_member *members, size_t nmembers, uint64_t *n)
{
	struct elem_buf e;

	if (g == NULL || g->name == NULL || g->closed != NULL ||
	    (members == NULL && nmembers > 0))
		return SC_CODE_BAD_REQUEST;
	elem_begin(&e, TAG_CHAT);
	elem_add_enum(&e, ATTR_ACTION, ACTION_CREATE);
	elem_add_enum(&e, ATTR_KIND, CHAT_KIND_GROUP);
	groups_add(&e, g);
	return send_with(c, &e, members, nmembers, n);
}

/* <chat action chat>, of a chat that is not the account log. */
static int
begin(struct sc_client *c, struct elem_buf *e, enum action action,
    const char *chat)
{
	struct chat_ref ref;
	int rc = chat == NULL ? SC_CODE_BAD_REQUEST
	    : send_resolve(c, chat, &ref);

	elem_begin(e, TAG_CHAT);
	elem_add_enum(e, ATTR_ACTION, action);
	if (rc == 0)
		elem_add_chat(e, ATTR_CHAT, &ref);
	return rc;
}

int
sc_client_group_set(struct sc_client *c, const char *chat,
    const struct sc_group *g, uint64_t *n)
{
	struct elem_buf e;
	int rc = g == NULL ? SC_CODE_BAD_REQUEST
	    : begin(c, &e, ACTION_SET, chat);

	if (rc != 0)
		return rc;
	groups_add(&e, g);
	return send_request(c, &e.e, n);
}

int
sc_client_timer(struct sc_client *c, const char *chat, uint32_t seconds,
    uint64_t *n)
{
	const struct sc_group g = {.timer = &seconds};

	return sc_client_group_set(c, chat, &g, n);
}

int
sc_client_group_change(struct sc_client *c, const char *chat,
    enum sc_group_change change, const struct sc_member *members,
    size_t nmembers, uint64_t *n)
{
	static const enum action actions[] = {
	    [SC_GROUP_ADD] = ACTION_ADD, [SC_GROUP_REMOVE] = ACTION_REMOVE,
	    [SC_GROUP_ROLE] = ACTION_ROLE, [SC_GROUP_LEAVE] = ACTION_LEAVE,
	    [SC_GROUP_APPROVE] = ACTION_APPROVE,
	    [SC_GROUP_REFUSE] = ACTION_REFUSE};
	struct elem_buf e;
	int rc = 0;

	if (change > SC_GROUP_REFUSE ||
	    (nmembers == 0) != (change == SC_GROUP_LEAVE) ||
	    (members == NULL && nmembers > 0))
		return SC_CODE_BAD_REQUEST;
	rc = begin(c, &e, actions[change], chat);
	return rc != 0 ? rc : send_with(c, &e, members, nmembers, n);
}

int
sc_client_group_invite(struct sc_client *c, const char *chat, int64_t expires,
    uint64_t limit, uint64_t *n)
{
	struct elem_buf e;
	int rc = begin(c, &e, ACTION_INVITE, chat);

	if (rc != 0)
		return rc;
	if (expires != 0)
		elem_add_time(&e, ATTR_EXPIRES, expires);
	if (limit != 0)
		elem_add_uint(&e, ATTR_LIMIT, limit);
	return send_request(c, &e.e, n);
}

static int
add_token(struct elem_buf *e, const char *text, uint8_t bytes[TOKEN_BYTES])
{
	struct slice s = slice_str(text == NULL ? "" : text);
	size_t n = TOKEN_BYTES;

	if (s.len == 0 || s.len > TOKEN_BYTES ||
	    base64url_decode(s, bytes, &n) != 0)
		return SC_CODE_BAD_REQUEST;
	elem_add_bytes(e, ATTR_TOKEN, slice_of(bytes, n));
	return 0;
}

int
sc_client_group_revoke(struct sc_client *c, const char *chat,
    const char *token, uint64_t *n)
{
	uint8_t bytes[TOKEN_BYTES];
	struct elem_buf e;
	int rc = begin(c, &e, ACTION_REVOKE, chat);

	if (rc == 0)
		rc = add_token(&e, token, bytes);
	return rc != 0 ? rc : send_request(c, &e.e, n);
}

int
sc_client_group_join(struct sc_client *c, const char *token, uint64_t *n)
{
	uint8_t bytes[TOKEN_BYTES];
	struct elem_buf e;
	int rc;

	elem_begin(&e, TAG_CHAT);
	elem_add_enum(&e, ATTR_ACTION, ACTION_JOIN);
	rc = add_token(&e, token, bytes);
	return rc != 0 ? rc : send_request(c, &e.e, n);
}

int
sc_client_group_ask(struct sc_client *c, const char *chat,
    enum sc_group_question what, uint64_t *id)
{
	static const enum tag tags[] = {
	    [SC_GROUP_MINE] = TAG_CHAT, [SC_GROUP_INFO] = TAG_CHAT,
	    [SC_GROUP_MEMBERS] = TAG_CHAT, [SC_GROUP_INVITES] = TAG_INVITE,
	    [SC_GROUP_REQUESTS] = TAG_REQUEST};
	struct chat_ref ref;
	int rc;

	if (what > SC_GROUP_REQUESTS ||
	    (chat == NULL) != (what == SC_GROUP_MINE))
		return SC_CODE_BAD_REQUEST;
	if (chat == NULL)
		return ask_kind(c, CHAT_KIND_GROUP, id);
	rc = send_resolve(c, chat, &ref);
	return rc != 0 ? rc : ask_action(c, tags[what], &ref,
	    what == SC_GROUP_INFO ? ACTION_GET : ACTION_LIST, id);
}

enum sc_chat_kind
sc_client_chat_kind(const struct sc_client *c, uint64_t number)
{
	const struct chat *chat = account_find(&c->account, number);

	return number == ACCOUNT_CHAT ? SC_CHAT_SYSTEM
	    : chat == NULL || !chat->introduced ? SC_CHAT_DIRECT
	    : (enum sc_chat_kind)chat->kind;
}
