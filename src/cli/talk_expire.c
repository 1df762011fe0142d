/* SPDX-License-Identifier: ISC */
/* What disappears by itself: messages whose time is over. */
#include "src/cli/cli.h"
#include "src/cli/loop.h"
#include "src/cli/settings.h"
#include "src/cli/talk.h"

void
talk_expire_turn(struct talk *t)
{
	int64_t now = settings_now();
	struct talk_chat *chat;
	struct entry *m;

	for (chat = t->chats; chat != NULL; chat = chat->next) {
		bool any = false;

		while ((m = entries_expire(&chat->entries, now)) != NULL) {
			(void)talk_show_again(t, chat, m, NULL);
			any = true;
		}
		if (any)
			talk_count(chat);
	}
}

int64_t
talk_expire_deadline(const struct talk *t)
{
	int64_t now = settings_now(), first = INT64_MAX;
	const struct talk_chat *chat;

	for (chat = t->chats; chat != NULL; chat = chat->next)
		if (chat->entries.expiry < first)
			first = chat->entries.expiry;
	return first == INT64_MAX ? first
	    : loop_now() + (first > now ? first - now : 0);
}
