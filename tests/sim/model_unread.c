/* SPDX-License-Identifier: ISC */
#include "tests/sim/model_unread.h"

#include <string.h>

#include "src/chat/member.h"
#include "src/common/err.h"
#include "tests/sim/contents.h"
#include "tests/sim/model_group.h"
#include "tests/sim/sim.h"

enum { HIDDEN_MAX = 1024 };

/* What a user has hidden in one chat. */
struct hiding {
	struct sim *s;
	uint64_t number;
	bool hidden[HIDDEN_MAX];	/* by seq */
};

static void
look_hide(void *arg, const struct elem *e)
{
	struct hiding *h = arg;
	const struct value *v = elem_get(e, ATTR_CHAT);
	uint64_t seq = elem_uint(e, ATTR_SEQ, 0);

	if (e->tag == TAG_HIDE && v != NULL && v->chat.number == h->number &&
	    seq < HIDDEN_MAX)
		h->hidden[seq] = true;
}

static int
look_account(void *arg, const struct entry *e)
{
	struct hiding *h = arg;

	(void)contents_each(h->s->deflate, e->payload, look_hide, h);
	return 0;
}

static int
pass_skip(void *arg, uint64_t first, uint64_t last)
{
	(void)arg, (void)first, (void)last;
	return 0;
}

int
model_account_read(struct sim *s, struct tx *tx, unsigned u,
    int (*entry)(void *arg, const struct entry *), void *arg)
{
	const struct chat_reader reader = {entry, pass_skip, arg};
	struct user user;
	struct chat c;
	int rc = user_get(tx, s->users[u].id, &user);

	if (rc == 0)
		rc = chat_get(tx, &user.account, &c);
	if (rc != 0 || c.head == 0)
		return rc;
	return chat_read(tx, &c.id, 1, c.head, &reader);
}

static void
hiding_read(struct hiding *h, struct sim *s, struct tx *tx, unsigned u,
    uint64_t number)
{
	memset(h, 0, sizeof(*h));
	h->s = s;
	h->number = number;
	(void)model_account_read(s, tx, u, look_account, h);
}

bool
model_hidden(struct sim *s, struct tx *tx, unsigned u, uint64_t number,
    uint64_t seq)
{
	struct hiding h;

	hiding_read(&h, s, tx, u, number);
	return seq < HIDDEN_MAX && h.hidden[seq];
}

/* ---- counting ---- */

struct counting {
	struct sim *s;
	struct hiding hiding;
	struct model_group group;
	bool is_group;
	struct member member;
	unsigned u;
	uint64_t read, n;
};

static int
count_entry(void *arg, const struct entry *e)
{
	struct counting *c = arg;
	struct look look;
	uint64_t last;

	ledger_look(&c->s->ledger, e->payload, &look);
	if (!c->is_group && !member_sees(&c->member, e->seq, &last))
		return 0;
	if (e->seq > c->read && e->from != c->s->users[c->u].id &&
	    look.counts && !look.deleted &&
	    !(e->seq < HIDDEN_MAX && c->hiding.hidden[e->seq]) &&
	    (!c->is_group || model_group_sees(&c->group, c->u, e->seq, true)))
		c->n++;
	return 0;
}

uint64_t
model_unread(struct sim *s, struct tx *tx, const struct chat *chat, unsigned u,
    uint64_t number)
{
	struct counting c = {.s = s, .u = u,
	    .is_group = chat->kind == CHAT_KIND_GROUP};
	const struct chat_reader reader = {count_entry, pass_skip, &c};

	if (chat->head == 0 ||
	    member_get(tx, &chat->id, s->users[u].id, &c.member) != 0)
		return 0;
	c.read = c.member.read;
	hiding_read(&c.hiding, s, tx, u, number);
	if (c.is_group)
		model_group_read(&c.group, s, tx, chat);
	/* of whom it says nothing any more, his row does */
	c.is_group = c.is_group && c.group.whole;
	(void)chat_read(tx, &chat->id, 1, chat->head, &reader);
	return c.n;
}
