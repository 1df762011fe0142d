/* SPDX-License-Identifier: ISC */
/* Who reads a channel, and who writes it.  Subscriptions are not entries (R25):
 * who comes and who goes is nobody's business but the owner's and admins'. */
#include "channels.h"

#include "modules/shared/invite.h"

/* ---- who comes ---- */

/* The channel that a stranger means by its id, which is as good as an
 * invitation if the channel is not closed. */
static int
find_channel(struct asking *a)
{
	const struct value *v = elem_get(a->r->stanza, ATTR_CHAT);
	uint64_t self = a->r->user;
	int rc = scm_lock_users(a->tx, &self, 1);

	if (rc == 0 && v->chat.kind == CHAT_BY_ID)
		rc = scm_chat_get_locked(a->tx, &v->chat.id, &a->chat);
	else if (rc == 0)
		rc = scm_chat(a->tx, a->r, ATTR_CHAT, &a->chat);
	if (rc == 0 && v->chat.kind != CHAT_BY_ID)
		rc = scm_chat_get_locked(a->tx, &a->chat.id, &a->chat);
	/* without members it has ended */
	if (rc == 0 && (a->chat.kind != CHAT_KIND_CHANNEL ||
	    a->chat.members == 0))
		rc = SC_ENOTFOUND;
	return rc != 0 ? rc
	    : channel_get(a->m, a->tx, &a->chat.id, &a->channel);
}

/* Another kind's chat, none at all, and a closed channel are alike (R25). */
static int
refuse_stranger(struct asking *a)
{
	return channel_refuse(a, SC_ENOTFOUND, "no such channel lets you in: "
	    "ask for its id, which begins with #, or for an invitation");
}

static int
subscribe(struct asking *a, struct invite *i)
{
	const struct channels_conf *conf = scm_conf(a->m);
	uint64_t number;
	int rc = 0;

	if (a->chat.members >= conf->members)
		return channel_refuse(a, SC_ERESOURCE,
		    "the channel has as many subscribers as it may have");
	if (i != NULL)
		rc = channel_invite_use(a, i);
	if (rc == 0)
		rc = scm_member_add(a->tx, &a->chat, a->r->user, ROLE_MEMBER,
		    conf->recent, a->channel.texts.name, &number);
	if (rc != 0)
		return rc;
	scm_count(a->m, CHANNELS_SUBSCRIBED, 1);
	return channel_answer(a, number);
}

/* Who is in it already uses no invitation up; 1: he is not. */
static int
answer_member(struct asking *a)
{
	int rc = scm_member_get(a->tx, &a->chat.id, a->r->user, &a->self);

	if (rc == 0 && scm_member_in(&a->self))
		return channel_answer(a, a->self.number);
	return rc != 0 && rc != SC_ENOTFOUND ? rc : 1;
}

/* Or what is none: only groups have others. */
static bool
has_invitation(const struct sc_request *r)
{
	return elem_slice(r->stanza, ATTR_TOKEN).len > 0 &&
	    !invite_is_to(r, CHAT_KIND_GROUP);
}

int
channel_join(struct asking *a)
{
	const struct value *v = elem_get(a->r->stanza, ATTR_CHAT);
	struct invite i;
	int rc;

	if (v == NULL && !has_invitation(a->r))
		return SC_NOT_MINE;
	if (v != NULL && v->type != VALUE_CHAT)
		return SC_NOT_MINE;
	rc = v == NULL ? channel_invited(a, &i) : find_channel(a);
	if (rc == SC_ENOTFOUND && v != NULL)
		return refuse_stranger(a);
	if (rc == 0)
		rc = answer_member(a);
	if (rc != 1)
		return rc;
	if (v == NULL)
		return subscribe(a, &i);
	return a->channel.closed ? refuse_stranger(a) : subscribe(a, NULL);
}

/* ---- who goes ---- */

static int
erase(struct sc_module *m, struct tx *tx, const struct chat_id *id)
{
	int rc = views_erase(m, tx, id);

	if (rc == 0)
		rc = channel_invites_erase(m, tx, id);
	return rc != 0 ? rc : scm_del(tx, m, CHANNEL_ROWS, 0,
	    slice_of(id->b, CHAT_ID_SIZE));
}

int
channel_let_go(struct sc_module *m, struct tx *tx, struct chat *c,
    uint64_t user)
{
	struct room_heir h = {.user = 0};
	struct member self;
	int rc = scm_member_get(tx, &c->id, user, &self);

	if (rc != 0 || !scm_member_in(&self))
		return rc;
	if (self.role == ROLE_OWNER)
		rc = room_heir(tx, c, user, ROLE_ADMIN, &h);
	if (rc == 0 && self.role == ROLE_OWNER && h.owners == 0 &&
	    h.user != 0)
		rc = room_make_owner(tx, c, user, h.user);
	if (rc == 0)
		rc = scm_member_remove(tx, c, user);
	scm_count(m, CHANNELS_LEFT, 1);
	return rc != 0 || c->members > 0 ? rc : erase(m, tx, &c->id);
}

/* An owner who goes does not leave the readers with nobody who writes. */
static int
check_leave(struct asking *a)
{
	struct room_heir h;
	int rc;

	if (a->self.role != ROLE_OWNER || a->chat.members == 1)
		return 0;
	rc = room_heir(a->tx, &a->chat, a->r->user, ROLE_ADMIN, &h);
	if (rc == 0 && h.user == 0)
		return channel_refuse(a, SC_EFORBIDDEN, "nobody else writes "
		    "this channel: make somebody its owner first");
	return rc;
}

int
channel_leave(struct asking *a)
{
	int rc = channel_open(a, ROLE_MEMBER);

	if (rc == 0)
		rc = check_leave(a);
	return rc != 0 ? rc
	    : channel_let_go(a->m, a->tx, &a->chat, a->r->user);
}

/* ---- what its owner and admins do to others ---- */

/* The one that the request names, who is in the channel. */
static int
whom(struct asking *a, struct sc_user *u, struct member *m)
{
	const struct elem *s = a->r->stanza;
	int rc;

	if (s->nchild != 1)
		return channel_refuse(a, SC_EBADREQUEST,
		    "expected one <member user=.../>");
	rc = room_take_user(a->tx, a->r, &s->children[0], u);
	if (rc != 0)
		return rc;
	rc = scm_member_get(a->tx, &a->chat.id, u->id, m);
	if (rc == SC_ENOTFOUND || (rc == 0 && !scm_member_in(m)))
		return channel_refuse(a, SC_ENOTFOUND,
		    "this user is not in the channel");
	return rc;
}

int
channel_remove(struct asking *a)
{
	struct sc_user u;
	struct member m;
	int rc = channel_open(a, ROLE_ADMIN);

	if (rc == 0)
		rc = whom(a, &u, &m);
	if (rc != 0)
		return rc;
	if (u.id == a->r->user)
		return channel_refuse(a, SC_EBADREQUEST,
		    "who goes himself leaves: action=\"leave\"");
	if (m.role >= a->self.role && a->self.role != ROLE_OWNER)
		return channel_refuse(a, SC_EFORBIDDEN,
		    "only the owner of the channel may do this");
	return channel_let_go(a->m, a->tx, &a->chat, u.id);
}

/* There is always an owner. */
static int
check_owner(struct asking *a, uint64_t user, enum role role)
{
	struct room_heir h;
	int rc = room_heir(a->tx, &a->chat, user, ROLE_ADMIN, &h);

	if (rc == 0 && role != ROLE_OWNER && h.owners == 0)
		return channel_refuse(a, SC_EFORBIDDEN, "a channel has an "
		    "owner: make somebody else one first");
	return rc;
}

int
channel_role(struct asking *a)
{
	struct elem_buf e;
	struct member m;
	struct sc_user u;
	uint64_t role;
	int rc = channel_open(a, ROLE_OWNER);

	if (rc == 0)
		rc = whom(a, &u, &m);
	if (rc != 0)
		return rc;
	role = elem_uint(&a->r->stanza->children[0], ATTR_ROLE, ROLE_COUNT);
	if (role >= ROLE_COUNT)
		return channel_refuse(a, SC_EBADREQUEST,
		    "expected <member user role/>");
	if (m.role == (enum role)role)
		return 0;
	rc = check_owner(a, u.id, (enum role)role);
	if (rc == 0)
		rc = scm_member_role(a->tx, &a->chat, u.id, (enum role)role);
	if (rc != 0)
		return rc;
	room_role_elem(&e, u.id, (enum role)role, u.name);
	scm_count(a->m, CHANNELS_CHANGED, 1);
	return channel_say(a, a->r->user, &e);
}
