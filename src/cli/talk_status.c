/* SPDX-License-Identifier: ISC */
/*
 * The row above the prompt: with whom one talks, and how it stands with them,
 * with what is unread, and with the connection.  It is drawn again only when it
 * says something else, and no seconds are counted in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/loop.h"
#include "src/cli/talk.h"

static void
put_part(struct buf *b, const struct buf *part)
{
	if (part->len == 0)
		return;
	if (b->len > 0)
		buf_put_str(b, " · ");
	buf_put_slice(b, buf_slice(part));
}

static void
put_connection(struct talk *t, struct buf *b)
{
	int64_t at = sc_client_connect_at(t->c->client), now = loop_now();

	if (t->online) {
		t->retry_at = 0;
		if (!t->synced)
			buf_put_str(b, "syncing…");
		return;
	}
	if (at == INT64_MAX || at <= now) {
		t->retry_at = 0;
		buf_put_str(b, "connecting…");
		return;
	}
	/* as it was when the attempt had failed */
	if (at != t->retry_at) {
		t->retry_at = at;
		t->retry_s = (unsigned)((at - now + 999) / 1000);
	}
	buf_printf(b, "offline, next attempt in %u s", t->retry_s);
}

static void
put_unread(const struct talk *t, struct buf *b)
{
	const struct talk_chat *chat;
	bool more = false;
	size_t n = 0;

	for (chat = t->chats; chat != NULL; chat = chat->next) {
		if (chat == t->open || chat->muted != 0)
			continue;
		n += chat->unread;
		more = more || chat->declined;
	}
	if (n > 0)
		buf_printf(b, "%zu%s unread", n, more ? "+" : "");
}

static void
put_status(struct talk *t, struct buf *b)
{
	struct buf part;

	buf_init(&part, 0);
	if (t->open != NULL)
		buf_put_str(&part, t->open->name);
	else
		buf_put_str(&part, "no chat is open: /chats, /open NAME");
	put_part(b, &part);
	buf_clear(&part);
	if (term_covered(t->term) && t->older_news > 0)
		buf_printf(&part, "older messages, %u new below: PgDn, Enter",
		    t->older_news);
	else if (term_covered(t->term))
		buf_put_str(&part, "older messages: PgUp, PgDn, Enter");
	else if (t->open != NULL)
		talk_people_put(t, &part);
	put_part(b, &part);
	buf_clear(&part);
	put_unread(t, &part);
	put_part(b, &part);
	buf_clear(&part);
	put_connection(t, &part);
	put_part(b, &part);
	buf_fini(&part);
	buf_put_u8(b, '\0');
}

void
talk_status_turn(struct talk *t)
{
	struct buf b;

	if (!t->edits)
		return;
	buf_init(&b, 0);
	put_status(t, &b);
	if (!buf_failed(&b) && (t->status == NULL ||
	    strcmp(t->status, (const char *)b.p) != 0)) {
		free(t->status);
		t->status = strdup((const char *)b.p);
		term_hide(t->term);
	}
	buf_fini(&b);
}

const char *
talk_status(void *arg)
{
	const struct talk *t = ((struct cli *)arg)->arg;

	return t->status;
}
