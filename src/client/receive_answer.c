/* SPDX-License-Identifier: ISC */
/* How requests have ended. */
#include <stdio.h>

#include "src/client/engine_priv.h"
#include "src/common/err.h"

/* The chat that an ack is about: by number, or as the request named it. */
static struct chat *
chat_of_ack(struct sc_client *c, const struct elem *e, const struct send *s,
    const struct settled *known)
{
	if (elem_has(e, ATTR_CHAT))
		return receive_chat(c, e);
	if (s != NULL)
		return account_resolve(&c->account, &s->ref,
		    slice_str(c->domain));
	return account_find(&c->account, known->chat);
}

/* The server takes sends again. */
static void
taken(struct sc_client *c)
{
	c->retry_ms = 0;
	c->held[0] = '\0';
}

int
receive_ack(struct sc_client *c, const struct elem *e)
{
	uint64_t n = elem_uint(e, ATTR_N, 0);
	uint64_t seq = elem_uint(e, ATTR_SEQ, 0);
	const struct send *s = outbox_find(&c->outbox, n);
	const struct settled *known = outbox_settled(&c->outbox, n);
	struct chat *chat;
	bool delivers;
	int rc = 0;

	if (s == NULL && (known == NULL || known->code != 0 || known->stanza))
		return 0;	/* an answer that came twice */
	chat = chat_of_ack(c, e, s, known);
	if (chat == NULL)
		return SC_CODE_MALFORMED;
	/* after a resume what follows the cursor is delivered again */
	delivers = seq == chat->cursor + 1 && !chat->parked &&
	    !chat->resumed;
	if (s != NULL) {
		struct settled how = send_outcome(s, 0);

		how.chat = chat->number;
		how.seq = seq;
		how.time = elem_int(e, ATTR_TIME, 0);
		how.timer = receive_timer(e);
		how.ahead = seq > chat->cursor && !delivers;
		taken(c);
		if (n > c->high)
			c->high = n;
		rc = send_settle(c, &how, "");
		if (rc == 0)
			rc = send_renumber(c);
	}
	if (rc != 0 || !delivers)
		return rc;
	return receive_advance(c, chat, seq, true);
}

/* Later sends are refused until N has been sent again. */
static void
hold(struct sc_client *c, uint64_t n)
{
	uint64_t r = 0;

	outbox_hold(&c->outbox, n);
	if (c->retry_at != 0)
		return;
	c->retry_ms = c->retry_ms == 0 ? RETRY_MIN_MS : c->retry_ms * 2;
	if (c->retry_ms > RETRY_MAX_MS)
		c->retry_ms = RETRY_MAX_MS;
	c->conf.random(c->conf.random_arg, &r, sizeof(r));
	c->retry_at = c->now + c->retry_ms / 2 +
	    (int64_t)(r % (c->retry_ms / 2 + 1));
}

static bool
is_temporary(int code)
{
	return code == SC_CODE_UNAVAILABLE || code == SC_CODE_RATE_LIMITED ||
	    code == SC_CODE_INTERNAL;
}

/*
 * The server has not taken the pending send N, and has settled everything up
 * to HIGH.  False: this is a refusal of N.
 */
static bool
conflict(struct sc_client *c, uint64_t high, uint64_t n, int *rc)
{
	struct send *s = outbox_find(&c->outbox, n);

	if (high > c->high)
		c->high = high;
	if (n <= high) {
		/* the counter has been used for something else (R9) */
		if (s->chosen)
			return false;
		s->inflight = false;
		c->renumber = true;
		*rc = send_renumber(c);
		return true;
	}
	if (s != c->outbox.sends[0] || n == high + 1) {
		hold(c, n);	/* one before it has not been settled */
		return true;
	}
	if (s->chosen)
		return false;
	/* the server does not know the one before, as the next login shows */
	if (s->inflight)
		*rc = SC_CODE_CONFLICT;
	return true;
}

/* The text of an error, or the phrase for its code. */
static const char *
error_text(const struct elem *e, int code, char *why, size_t size)
{
	struct slice text = elem_slice(e, ATTR_TEXT);

	(void)snprintf(why, size, "%.*s", (int)(text.len < 500 ? text.len
	    : 500), text.len > 0 ? (const char *)text.p : "");
	return why[0] != '\0' ? why : sc_code_text(code);
}

/* What the answer to a request has in it: the chat that it made, and so on. */
static int
receive_parts(struct sc_client *c, const struct elem *e, struct settled *how)
{
	const struct sc_event of = {.n = how->n, .asked = how->asked};
	int rc = 0;

	for (size_t i = 0; i < e->nchild && rc == 0; i++) {
		const struct elem *child = &e->children[i];

		if (child->tag != TAG_CHAT) {
			rc = groups_tell(c, child, &of);
			continue;
		}
		rc = receive_introduction(c, child);
		how->chat = elem_uint(child, ATTR_NUMBER, 0);
	}
	return rc;
}

/* A request that changed something else than a chat is done. */
static int
receive_done(struct sc_client *c, const struct elem *e)
{
	uint64_t n = elem_uint(e, ATTR_N, 0);
	const struct send *s = outbox_find(&c->outbox, n);
	struct settled how;
	int rc;

	if (s == NULL)
		return 0;	/* an answer that came twice */
	how = send_outcome(s, 0);
	rc = receive_parts(c, e, &how);
	if (rc != 0)
		return rc;
	taken(c);
	if (n > c->high)
		c->high = n;
	rc = send_settle(c, &how, "");
	return rc == 0 ? send_renumber(c) : rc;
}

int
receive_result(struct sc_client *c, const struct elem *e)
{
	int rc;

	if (elem_has(e, ATTR_N))
		return receive_done(c, e);
	rc = ask_page(c, e);
	ask_ended(c, elem_uint(e, ATTR_ID, 0), 0, "");
	return rc;
}

int
receive_error(struct sc_client *c, const struct elem *e)
{
	uint64_t n = elem_uint(e, ATTR_N, 0);
	int code = -(int)elem_uint(e, ATTR_CODE, CODE_INTERNAL) - 1;
	const struct send *s = outbox_find(&c->outbox, n);
	struct settled how;
	char why[512];
	int rc = 0;

	if (elem_has(e, ATTR_ID))
		ask_ended(c, elem_uint(e, ATTR_ID, 0), code,
		    error_text(e, code, why, sizeof(why)));
	if (s == NULL)
		return 0;
	if (is_temporary(code)) {
		(void)snprintf(c->held, sizeof(c->held), "%s",
		    error_text(e, code, why, sizeof(why)));
		hold(c, n);
		return 0;
	}
	if (code == SC_CODE_CONFLICT && conflict(c, elem_uint(e, ATTR_HIGH,
	    0), n, &rc))
		return rc;
	if (n > c->high)
		c->high = n;
	how = send_outcome(s, code);
	rc = send_settle(c, &how, error_text(e, code, why, sizeof(why)));
	return rc == 0 ? send_renumber(c) : rc;
}
