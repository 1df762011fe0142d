/* SPDX-License-Identifier: ISC */
/* What the conversation client says to programs. */
#include "src/cli/talk.h"

static const char *const state_names[] = {
	[ENTRY_KEPT] = "kept",
	[ENTRY_SENT] = "sent",
	[ENTRY_DELIVERED] = "delivered",
	[ENTRY_READ] = "read",
	[ENTRY_REFUSED] = "refused",
};

void
talk_json_chat(const struct talk *t, const struct talk_chat *chat)
{
	cli_print_json_take(json_pack("{s:s, s:I, s:s, s:I, s:b, s:b, s:b}",
	    "event", "chat", "chat", (json_int_t)chat->number, "name",
	    chat->name, "unread", (json_int_t)chat->unread, "open",
	    chat == t->open, "archived", chat->archived, "pinned",
	    chat->pinned));
}

void
talk_json_tick(const struct talk_chat *chat, const struct entry *m,
    int64_t time)
{
	char when[32];

	cli_print_json_take(json_pack("{s:s, s:I, s:I, s:I, s:s, s:s}",
	    "event", state_names[m->state], "n", (json_int_t)m->n, "chat",
	    (json_int_t)chat->number, "seq", (json_int_t)m->seq, "to",
	    chat->name, "time", cli_time_iso(time, when, sizeof(when))));
}

void
talk_json_said(const struct talk_chat *chat, const struct sc_event *e)
{
	char when[32];

	cli_print_json_take(json_pack("{s:s, s:I, s:I, s:I, s:s, s:s}",
	    "event", "sent", "n", (json_int_t)e->asked, "chat",
	    (json_int_t)e->chat, "seq", (json_int_t)e->seq, "to", chat->name,
	    "time", cli_time_iso(e->time, when, sizeof(when))));
}

/* The reason follows as an error. */
void
talk_json_refused(const struct talk_chat *chat, uint64_t n, const char *why)
{
	cli_print_json_take(json_pack("{s:s, s:I, s:s, s:s}", "event",
	    "refused", "n", (json_int_t)n, "to", chat->name, "why", why));
}

void
talk_json_found(const struct talk_chat *chat, const struct entry *m)
{
	char when[32];
	size_t n;

	cli_print_json_take(json_pack("{s:s, s:I, s:I, s:s, s:s, s:b, s:s}",
	    "event", "found", "chat", (json_int_t)chat->number, "seq",
	    (json_int_t)m->seq, "time", cli_time_iso(m->time, when,
	    sizeof(when)), "name", m->name, "own", m->own, "text",
	    entry_text(m, &n)));
}

void
talk_json_ticks(const struct talk_chat *chat, const struct entry *m)
{
	json_t *j = json_pack("{s:s, s:I, s:I, s:I, s:s}", "event", "ticks",
	    "n", (json_int_t)m->n, "chat", (json_int_t)chat->number, "seq",
	    (json_int_t)m->seq, "to", chat->name);
	char when[32];

	for (unsigned i = ENTRY_SENT; i <= ENTRY_READ; i++)
		if (m->at[i] != 0)
			json_object_set_new(j, state_names[i],
			    json_string(cli_time_iso(m->at[i], when,
			    sizeof(when))));
	cli_print_json_take(j);
}

void
talk_json_reader(const struct sc_event *e)
{
	json_t *j;
	char when[32];

	if (e->type == SC_EVENT_VIEWS) {
		cli_print_json_take(json_pack("{s:s, s:I, s:I, s:I}", "event",
		    "views", "chat", (json_int_t)e->chat, "seq",
		    (json_int_t)e->seq, "views", (json_int_t)e->views));
		return;
	}
	j = json_pack("{s:s, s:I, s:I, s:I, s:s}", "event", "ticks", "chat",
	    (json_int_t)e->chat, "seq", (json_int_t)e->seq, "user",
	    (json_int_t)e->user, "name", e->name);
	if (e->delivered_at != 0)
		json_object_set_new(j, "delivered", json_string(cli_time_iso(
		    e->delivered_at, when, sizeof(when))));
	if (e->read_at != 0)
		json_object_set_new(j, "read", json_string(cli_time_iso(
		    e->read_at, when, sizeof(when))));
	cli_print_json_take(j);
}
