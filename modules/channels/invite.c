/* SPDX-License-Identifier: ISC */
/* Invitations to channels: they expire, can be used up and be taken back, which
 * the id of a channel cannot. */
#include "channels.h"

#include "modules/shared/invite.h"

static struct invites
invites(struct sc_module *m, struct tx *tx)
{
	return (struct invites){m, tx, CHANNEL_INVITES, CHANNEL_TOKENS,
	    "channel"};
}

int
channel_invites_erase(struct sc_module *m, struct tx *tx,
    const struct chat_id *id)
{
	const struct invites v = invites(m, tx);

	return invite_erase(&v, id);
}

/* ---- what admins ask ---- */

int
channel_invite(struct asking *a)
{
	const struct invites v = invites(a->m, a->tx);
	const struct channels_conf *conf = scm_conf(a->m);
	int rc = channel_open(a, ROLE_ADMIN);

	if (rc == 0)
		rc = invite_make(&v, a->r, &a->chat, conf->invites);
	if (rc == 0)
		scm_count(a->m, CHANNELS_INVITED, 1);
	return rc;
}

int
channel_revoke(struct asking *a)
{
	const struct invites v = invites(a->m, a->tx);
	int rc = channel_open(a, ROLE_ADMIN);

	return rc != 0 ? rc : invite_revoke(&v, a->r, &a->chat);
}

int
channel_invites(struct asking *a)
{
	const struct invites v = invites(a->m, a->tx);
	int rc = channel_open(a, ROLE_ADMIN);

	return rc != 0 ? rc : invite_list(&v, a->r, &a->chat);
}

/* ---- joining ---- */

int
channel_invited(struct asking *a, struct invite *i)
{
	const struct invites v = invites(a->m, a->tx);
	uint64_t self = a->r->user;
	int rc = scm_lock_users(a->tx, &self, 1);

	if (rc == 0)
		rc = invite_open(&v, a->r, &a->chat, i);
	return rc != 0 ? rc
	    : channel_get(a->m, a->tx, &a->chat.id, &a->channel);
}

int
channel_invite_use(struct asking *a, struct invite *i)
{
	const struct invites v = invites(a->m, a->tx);

	return invite_use(&v, &a->chat, i);
}
