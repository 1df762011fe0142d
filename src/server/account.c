/* SPDX-License-Identifier: ISC */
#include "src/server/account.h"

#include <stdlib.h>
#include <string.h>

#include "src/chat/chat.h"
#include "src/chat/device.h"
#include "src/chat/member.h"
#include "src/common/err.h"
#include "src/server/outbox.h"
#include "src/server/server_priv.h"

int
account_say(struct tx *tx, uint64_t user, const struct elem *content)
{
	struct user u;
	int rc = user_get(tx, user, &u);

	if (rc == 0)
		rc = chat_say(tx, &u.account, content, outbox_said, tx);
	return rc;
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

int
account_leave(struct tx *tx, struct server *s, uint64_t user)
{
	struct chat_id *ids;
	struct user u;
	size_t n;
	int rc = user_get_locked(tx, user, &u);

	if (rc != 0)
		return rc;
	rc = chat_ids(tx, user, &ids, &n);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = leave_chat(tx, s, user, &ids[i]);
	free(ids);
	return rc;
}
