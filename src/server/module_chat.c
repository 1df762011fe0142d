/* SPDX-License-Identifier: ISC */
#include "src/server/module_chat.h"

#include <string.h>

#include "protocol/frame.h"
#include "protocol/payload.h"
#include "src/chat/chat.h"
#include "src/chat/device.h"
#include "src/chat/hidden.h"
#include "src/chat/marks.h"
#include "src/chat/member.h"
#include "src/chat/roster.h"
#include "src/chat/user.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/common/wipe.h"
#include "src/server/account.h"
#include "src/server/outbox.h"
#include "src/server/sync.h"

/* Bytes of a payload that fit a frame with all that is said of an entry. */
enum { POST_MAX = FRAME_MAX - 128 };

/* ---- chats ---- */

int
scm_chat_get(struct tx *tx, const struct chat_id *id, struct chat *c)
{
	return chat_get(tx, id, c);
}

int
scm_chat_get_locked(struct tx *tx, const struct chat_id *id, struct chat *c)
{
	return chat_get_locked(tx, id, c);
}

int
scm_chat_by_number(struct tx *tx, uint64_t user, uint64_t number,
    struct chat_id *id)
{
	return chat_by_number(tx, user, number, id);
}

int
scm_chat_list(struct tx *tx, uint64_t user, uint64_t first,
    int (*fn)(void *arg, uint64_t number, const struct chat_id *), void *arg)
{
	return chat_list(tx, user, first, fn, arg);
}

int
scm_chat_side(const struct chat *c, uint64_t user)
{
	return chat_side(c, user);
}

int
scm_chat_read(struct tx *tx, const struct chat_id *id, uint64_t first,
    uint64_t last, const struct chat_reader *reader)
{
	return chat_read(tx, id, first, last, reader);
}

int
scm_chat_seq_at(struct tx *tx, const struct chat *c, int64_t time,
    uint64_t *seq)
{
	return chat_seq_at(tx, c, time, seq);
}

int
scm_chat_read_for(struct tx *tx, const struct chat_id *id, uint64_t user,
    const struct member *m, uint64_t first, uint64_t last,
    const struct chat_reader *reader,
    int (*hidden)(void *arg, uint64_t first, uint64_t last),
    int (*lost)(void *arg, uint64_t first, uint64_t last))
{
	return hidden_read(tx, id, user, m, first, last, reader, hidden,
	    lost);
}

int
scm_chat_hide(struct tx *tx, const struct chat *c, uint64_t user,
    uint64_t seq)
{
	int rc = hidden_add(tx, &c->id, user, seq);

	return rc != 0 ? rc : outbox_hidden(tx->outbox, &c->id, user, seq);
}

int
scm_chat_say(struct tx *tx, const struct chat_id *id, const struct elem *e)
{
	return chat_say(tx, id, e, outbox_said, tx);
}

int
scm_account_say(struct tx *tx, uint64_t user, const struct elem *e)
{
	return account_say(tx, user, e);
}

int
scm_payload(struct tx *tx, const struct elem *content, size_t n,
    struct slice *payload)
{
	struct buf elements, wire;
	int rc = 0;

	buf_init(&elements, STORE_VALUE_MAX);
	buf_init(&wire, STORE_VALUE_MAX);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = payload_add(&elements, &content[i]);
	if (rc == 0)
		rc = payload_put(NULL, buf_slice(&elements), NULL, 0, &wire);
	if (rc == 0)
		*payload = arena_copy(tx->arena, buf_slice(&wire));
	if (rc == 0 && payload->p == NULL)
		rc = SC_ENOMEM;
	buf_fini(&elements);
	buf_fini(&wire);
	return rc;
}

int
scm_post(struct tx *tx, struct chat *c, uint64_t from,
    const struct elem *content, size_t n, unsigned flags)
{
	struct entry e = {.from = from, .flags = flags};
	int rc = scm_payload(tx, content, n, &e.payload);

	if (rc == 0 && e.payload.len > POST_MAX)
		rc = SC_ETOOLARGE;
	if (rc == 0)
		rc = chat_append(tx, c, &e);
	return rc != 0 ? rc : outbox_entry(tx, c, &e, 0);
}

/* ---- who is in a chat ---- */

int
scm_lock_users(struct tx *tx, uint64_t ids[], size_t n)
{
	return roster_lock_users(tx, ids, n);
}

int
scm_chat_create(struct tx *tx, enum chat_kind kind, struct chat *c)
{
	chat_new(tx, kind, c);
	return chat_put(tx, c);
}

int
scm_member_add(struct tx *tx, struct chat *c, uint64_t user, enum role role,
    uint64_t recent, struct slice name, uint64_t *number)
{
	const struct roster_new new = {user, role, recent, name};

	return roster_admit(tx, c, &new, outbox_said, tx, number);
}

int
scm_member_role(struct tx *tx, const struct chat *c, uint64_t user,
    enum role role)
{
	return roster_set_role(tx, c, user, role);
}

int
scm_member_remove(struct tx *tx, struct chat *c, uint64_t user)
{
	int rc = roster_dismiss(tx, c, user);

	/* also of one that is not pulled: it may be watched, and become so */
	return rc != 0 ? rc : outbox_gone(tx->outbox, &c->id, user);
}

bool
scm_member_in(const struct member *m)
{
	return member_in(m);
}

bool
scm_member_sees(const struct member *m, uint64_t seq, uint64_t *last)
{
	return member_sees(m, seq, last);
}

uint64_t
scm_member_head(const struct member *m, uint64_t head)
{
	return member_head(m, head);
}

/* ---- members and marks ---- */

int
scm_member_get(struct tx *tx, const struct chat_id *id, uint64_t user,
    struct member *m)
{
	return member_get(tx, id, user, m);
}

int
scm_member_list(struct tx *tx, const struct chat_id *id,
    int (*fn)(void *arg, uint64_t user, const struct member *), void *arg)
{
	return member_list(tx, id, fn, arg);
}

int
scm_unread(struct tx *tx, const struct chat *c, uint64_t user, uint64_t read,
    uint32_t max, uint32_t *n)
{
	return chat_unread(tx, c, user, read, max, n);
}

int
scm_mark_when(struct tx *tx, const struct chat_id *id, uint64_t user,
    enum mark_kind kind, uint64_t seq, int64_t *time, bool *estimated)
{
	return marks_when(tx, id, user, kind, seq, time, estimated);
}

static void
mark_fill(struct event_mark *m, uint64_t user, bool direct,
    const struct member *member)
{
	m->user = user;
	m->direct = direct;
	m->delivered_time = member->delivered_time;
	m->read_time = member->read_time;
	m->estimated =
	    member->delivered_estimated || member->read_estimated;
}

int
scm_publish_mark(struct tx *tx, const struct mark_stated *stated,
    const struct mark_moved *moved, const struct recipient *to, size_t n)
{
	struct event *e = event_create(EVENT_MARK, n, slice_of(NULL, 0));

	if (e == NULL)
		return SC_ENOMEM;
	e->kind = moved->chat.kind;
	e->entry.chat = moved->chat.id;
	e->entry.stamp = tx->stamp;
	mark_fill(&e->mark, stated->user,
	    moved->chat.kind == CHAT_KIND_DIRECT, &moved->member);
	e->mark.device = stated->device;
	e->mark.delivered = moved->delivered ? moved->member.delivered : 0;
	e->mark.read = moved->read ? moved->member.read : 0;
	e->mark.estimated = stated->restated;
	memcpy(e->own, to, n * sizeof(*to));
	outbox_add_take(tx->outbox, e);
	return 0;
}

int
scm_sync_mark(struct sync_result *r, const struct sc_sync_chat *c,
    uint64_t user, const struct member *member)
{
	struct sync_mark *m;
	/* it passed nothing that somebody waits for: there is no time */
	uint64_t delivered = member->delivered_time != 0 ? member->delivered
							 : 0;

	if (delivered == 0 && member->read == 0)
		return 0;
	if (r->nmarks == r->capmarks) {
		r->capmarks = r->capmarks == 0 ? 16 : r->capmarks * 2;
		r->marks = xrealloc(r->marks, r->capmarks, sizeof(*r->marks));
	}
	m = &r->marks[r->nmarks++];
	memset(m, 0, sizeof(*m));
	m->number = c->number;
	mark_fill(&m->mark, user, c->chat.kind == CHAT_KIND_DIRECT, member);
	m->mark.delivered = delivered;
	m->mark.read = member->read;
	return 0;
}

/* ---- users and devices ---- */

/* All of a user but what the password left. */
static void
user_show(const struct user *u, struct sc_user *to)
{
	*to = (struct sc_user){.id = u->id, .created = u->created,
	    .account = u->account};
	memcpy(to->name, u->name, sizeof(to->name));
	to->leaving = user_is_leaving(u);
}

int
scm_user_get(struct tx *tx, uint64_t id, struct sc_user *to)
{
	struct user u;
	int rc = user_get(tx, id, &u);

	if (rc == 0)
		user_show(&u, to);
	wipe(&u, sizeof(u));
	return rc;
}

int
scm_user_by_name(struct tx *tx, struct slice name, struct sc_user *to)
{
	struct user u;
	int rc = user_by_name(tx, name, &u);

	if (rc == 0)
		user_show(&u, to);
	wipe(&u, sizeof(u));
	return rc;
}

struct users {
	int (*fn)(void *arg, const struct sc_user *);
	void *arg;
};

static int
show_user(void *arg, const struct user *u)
{
	struct users *users = arg;
	struct sc_user to;

	user_show(u, &to);
	return users->fn(users->arg, &to);
}

int
scm_user_list(struct tx *tx, uint64_t first,
    int (*fn)(void *arg, const struct sc_user *), void *arg)
{
	struct users users = {fn, arg};

	return user_list(tx, first, show_user, &users);
}

struct devices {
	int (*fn)(void *arg, const struct sc_device *);
	void *arg;
};

static int
show_device(void *arg, const struct device *d)
{
	struct devices *devices = arg;
	struct sc_device to = {.id = d->id, .name = d->name,
	    .created = d->created, .last_login = d->last_login};

	return devices->fn(devices->arg, &to);
}

int
scm_device_list(struct tx *tx, uint64_t user,
    int (*fn)(void *arg, const struct sc_device *), void *arg)
{
	struct devices devices = {fn, arg};

	return device_list(tx, user, show_device, &devices);
}
