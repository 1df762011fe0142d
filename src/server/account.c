/* SPDX-License-Identifier: ISC */
#include "src/server/account.h"

#include <string.h>

#include "src/chat/chat.h"
#include "src/chat/device.h"
#include "src/chat/leaving.h"
#include "src/chat/member.h"
#include "src/common/err.h"
#include "src/server/outbox.h"
#include "src/server/server_priv.h"

int
account_say(struct tx *tx, uint64_t user, const struct elem *content)
{
	struct user u;
	int rc = user_get(tx, user, &u);

	/* nobody will read it */
	if (rc != 0 || user_is_leaving(&u))
		return rc;
	return chat_say(tx, &u.account, content, outbox_said, tx);
}

static int
say_device(struct tx *tx, const struct device *d, enum action action,
    bool linked)
{
	struct elem_buf e;

	elem_begin(&e, TAG_DEVICE);
	elem_add_uint(&e, ATTR_DEVICE, d->id);
	if (action != ACTION_REVOKE)
		elem_add_text(&e, ATTR_NAME, slice_str(d->name));
	elem_add_enum(&e, ATTR_ACTION, action);
	if (linked)
		elem_add_enum(&e, ATTR_MECHANISM, MECHANISM_LINK);
	return account_say(tx, d->user, &e.e);
}

int
account_device_added(struct tx *tx, const struct device *d, bool linked)
{
	return say_device(tx, d, ACTION_ADD, linked);
}

int
account_device_rename(struct tx *tx, uint64_t user, uint32_t device,
    struct slice name)
{
	struct device d;
	int rc = device_rename(tx, user, device, name);

	if (rc == 0)
		rc = device_get(tx, user, device, &d);
	return rc != 0 ? rc : say_device(tx, &d, ACTION_SET, false);
}

int
account_device_revoke(struct tx *tx, uint64_t user, uint32_t device)
{
	struct device d = {.user = user, .id = device};
	int rc = device_revoke(tx, user, device);

	if (rc == 0)
		rc = say_device(tx, &d, ACTION_REVOKE, false);
	if (rc != 0)
		return rc;
	return outbox_fence(tx->outbox, &(struct event_fence){.user = user,
	    .device = device, .login = UINT64_MAX, .why = BYE_REASON_REVOKED,
	    .text = "this device has been removed"});
}

/* ---- the end of an account ---- */

/* Of its removal, in this order; in the database. */
enum { STAGE_LEAVE, STAGE_FORGET, STAGE_ERASE };

enum { ROWS_AT_ONCE = 512 };

/* He leaves a chat that a module has, if he is in it. */
static int
leave_chat(struct tx *tx, struct server *s, uint64_t user,
    const struct chat_id *id)
{
	const struct sc_chats_def *chats;
	struct sc_module *module;
	struct member m;
	struct chat c;
	int rc = chat_get(tx, id, &c);

	if (rc != 0 || !chat_has_roster(&c))
		return rc;
	chats = server_chats(s, c.kind, &module);
	if (chats == NULL)
		return 0;
	rc = chat_get_locked(tx, id, &c);
	if (rc == 0)
		rc = member_get(tx, id, user, &m);
	if (rc != 0 || !member_in(&m))
		return rc;
	return chats->leave(module, tx, &c, user);
}

/* Chats are left while they still have their numbers. */
static int
leave_chats(struct tx *tx, struct server *s, struct leaving *l)
{
	struct chat_some some;
	int rc = chat_some(tx, l->user, l->number, &some);

	for (size_t i = 0; i < some.n && rc == 0; i++)
		rc = leave_chat(tx, s, l->user, &some.chats[i].id);
	l->number = some.next;
	if (l->number == 0)
		l->stage = STAGE_FORGET;
	return rc;
}

int
account_erase(struct tx *tx, struct server *s, uint64_t user)
{
	struct leaving l;
	struct user u;
	int rc = leaving_get(tx, user, &l);

	if (rc == 0)
		rc = user_get_leaving(tx, l.user, &u);
	if (rc != 0)
		return rc;
	if (l.stage == STAGE_ERASE) {
		rc = user_erase(tx, l.user, ROWS_AT_ONCE);
		return rc < 0 ? rc : 0;
	}
	if (l.stage == STAGE_LEAVE) {
		rc = leave_chats(tx, s, &l);
	} else {
		rc = server_hook_user_gone(s, tx, l.user);
		l.stage = STAGE_ERASE;
	}
	return rc != 0 ? rc : leaving_put(tx, &l);
}

int
server_user_delete(struct server *s, struct tx *tx, uint64_t user)
{
	int rc = user_leave(tx, user);

	if (rc != 0)
		return rc;
	do
		rc = account_erase(tx, s, user);
	while (rc == 0);
	return rc == SC_ENOTFOUND ? 0 : rc;
}
