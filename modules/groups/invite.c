/* SPDX-License-Identifier: ISC */
/* Invitations to groups. */
#include "groups.h"

#include "modules/shared/invite.h"

static struct invites
invites(struct sc_module *m, struct tx *tx)
{
	return (struct invites){m, tx, GROUP_INVITES, GROUP_TOKENS, "group"};
}

int
group_invites_erase(struct sc_module *m, struct tx *tx,
    const struct chat_id *id)
{
	const struct invites v = invites(m, tx);

	return invite_erase(&v, id);
}

/* ---- what admins ask ---- */

int
group_invite(struct acting *a)
{
	const struct invites v = invites(a->m, a->tx);
	const struct groups_conf *conf = scm_conf(a->m);
	int rc = group_open(a, ROLE_ADMIN);

	if (rc == 0)
		rc = invite_make(&v, a->r, &a->chat, conf->invites);
	if (rc == 0)
		scm_count(a->m, GROUPS_INVITED, 1);
	return rc;
}

int
group_revoke(struct acting *a)
{
	const struct invites v = invites(a->m, a->tx);
	int rc = group_open(a, ROLE_ADMIN);

	return rc != 0 ? rc : invite_revoke(&v, a->r, &a->chat);
}

int
group_invites(struct acting *a)
{
	const struct invites v = invites(a->m, a->tx);
	int rc = group_open(a, ROLE_ADMIN);

	return rc != 0 ? rc : invite_list(&v, a->r, &a->chat);
}

/* ---- joining ---- */

static int
join(struct acting *a, const struct sc_user *u)
{
	const struct named self = {u->id, u->name, ROLE_MEMBER};
	int rc = group_room(a, 1);

	if (rc == 0)
		rc = group_admit(a, &self, 1, ACTION_JOIN, u->id);
	if (rc == 0)
		rc = scm_member_get(a->tx, &a->chat.id, u->id, &a->self);
	return rc != 0 ? rc : room_answer(a->tx, a->r, &a->chat,
	    a->self.number, a->group.texts.name);
}

int
group_join(struct acting *a)
{
	const struct invites v = invites(a->m, a->tx);
	struct invite i;
	struct sc_user u;
	int rc = group_lock(a, NULL, 0, true);

	if (rc == 0)
		rc = invite_open(&v, a->r, &a->chat, &i);
	if (rc == 0)
		rc = group_get(a->m, a->tx, &a->chat.id, &a->group);
	if (rc == 0)
		rc = scm_user_get(a->tx, a->r->user, &u);
	if (rc != 0)
		return rc;
	rc = scm_member_get(a->tx, &a->chat.id, u.id, &a->self);
	if (rc == 0 && scm_member_in(&a->self))
		return room_answer(a->tx, a->r, &a->chat, a->self.number,
		    a->group.texts.name);
	if (rc == SC_ENOTFOUND || rc == 0)
		rc = a->group.approval ? group_waits(a, u.id) : SC_ENOTFOUND;
	if (rc == SC_ENOTFOUND)	/* who waits has used it already */
		rc = invite_use(&v, &a->chat, &i);
	if (rc != 0)
		return rc;
	return a->group.approval ? group_request(a, &u) : join(a, &u);
}
