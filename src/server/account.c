/* SPDX-License-Identifier: ISC */
#include "src/server/account.h"

#include "src/chat/chat.h"
#include "src/chat/device.h"
#include "src/common/err.h"
#include "src/server/outbox.h"

static int
publish(void *arg, const struct chat *account, const struct entry *e)
{
	return outbox_entry(arg, account, e, 0);
}

int
account_say(struct tx *tx, uint64_t user, const struct elem *content)
{
	struct user u;
	int rc = user_get(tx, user, &u);

	if (rc == 0)
		rc = chat_say(tx, &u.account, content, publish, tx->outbox);
	return rc;
}

static int
say_device(struct tx *tx, const struct device *d, enum action action)
{
	struct elem_buf e;

	elem_begin(&e, TAG_DEVICE);
	elem_add_uint(&e, ATTR_DEVICE, d->id);
	if (action == ACTION_ADD)
		elem_add_text(&e, ATTR_NAME, slice_str(d->name));
	elem_add_enum(&e, ATTR_ACTION, action);
	return account_say(tx, d->user, &e.e);
}

int
account_device_added(struct tx *tx, const struct device *d)
{
	return say_device(tx, d, ACTION_ADD);
}

int
account_device_revoke(struct tx *tx, uint64_t user, uint32_t device)
{
	struct device d = {.user = user, .id = device};
	int rc = device_revoke(tx, user, device);

	if (rc == 0)
		rc = say_device(tx, &d, ACTION_REVOKE);
	if (rc != 0)
		return rc;
	return outbox_fence(tx->outbox, &(struct event_fence){.user = user,
	    .device = device, .login = UINT64_MAX, .why = BYE_REASON_REVOKED,
	    .text = "this device has been removed"});
}
