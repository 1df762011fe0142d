/* SPDX-License-Identifier: ISC */
#include "src/server/module_expiry.h"

#include "src/chat/chat.h"
#include "src/chat/entry.h"
#include "src/common/err.h"
#include "src/server/expiry.h"
#include "src/server/outbox.h"
#include "src/server/server_priv.h"

/* The module that takes away what disappears, if it is on. */
static struct sc_module *
keeper(struct server *s)
{
	for (size_t i = 0; i < s->nmodules; i++)
		if (s->modules[i].def->expiry != NULL &&
		    module_is_on(&s->modules[i]))
			return &s->modules[i];
	return NULL;
}

/* Whole seconds from TIME on, at least one. */
static uint32_t
seconds_left(int64_t time, int64_t until)
{
	int64_t left = (until - time + 999) / 1000;

	return left < 1 ? 1 : left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
}

uint32_t
expiry_timer(struct server *s, const struct tx *tx, const struct chat *c,
    int64_t until)
{
	int64_t time = tx->now > c->last_time ? tx->now : c->last_time;
	uint32_t timer = c->timer;

	if ((timer == 0 && until == INT64_MAX) || keeper(s) == NULL)
		return 0;
	if (until != INT64_MAX &&
	    (timer == 0 || seconds_left(time, until) < timer))
		timer = seconds_left(time, until);
	return timer;
}

int
expiry_note(struct server *s, struct tx *tx, const struct entry *e)
{
	struct sc_module *m = e->timer == 0 ? NULL : keeper(s);

	return m == NULL ? 0 : m->def->expiry->note(m, tx, e);
}

int
scm_chat_set_timer(struct sc_module *m, struct tx *tx, struct chat *c,
    uint64_t seconds, const char **why)
{
	struct sc_module *k = keeper(m->server);
	int rc = 0;

	if (k == NULL) {
		*why = "messages do not disappear here: the operator has "
		    "switched that off";
		return SC_ENOTACCEPTABLE;
	}
	if (seconds > UINT32_MAX)
		seconds = UINT32_MAX;
	if (seconds != 0)
		rc = k->def->expiry->check(k, tx, (uint32_t)seconds, why);
	if (rc != 0)
		return rc;
	c->timer = (uint32_t)seconds;
	return chat_put(tx, c);
}

int
scm_entry_expire(struct tx *tx, const struct chat_id *id, uint64_t seq,
    bool *done)
{
	struct entry e;
	int rc = entry_expire(tx, id, seq, &e, done);

	return rc != 0 || !*done ? rc : outbox_replaced(tx->outbox, &e);
}
