/* SPDX-License-Identifier: ISC */
#include "src/cli/event_json.h"

#include "src/cli/print.h"
#include "src/cli/said.h"

void
event_json_message(const struct sc_event *e)
{
	event_json_message_as("message", e);
}

void
event_json_message_as(const char *name, const struct sc_event *e)
{
	char when[32];
	json_t *j;

	j = json_pack("{s:s, s:I, s:I, s:s, s:I, s:s, s:b}", "event",
	    name, "chat", (json_int_t)e->chat, "seq",
	    (json_int_t)e->seq, "time", cli_time_iso(e->time, when,
	    sizeof(when)), "from", (json_int_t)e->from, "name", e->name,
	    "own", e->own);
	if (e->expires != 0)
		json_object_set_new(j, "expires", json_string(cli_time_iso(
		    e->expires, when, sizeof(when))));
	said_json(e, j);
	cli_print_json_take(j);
}

void
event_json_skip(const struct sc_event *e)
{
	cli_print_json_take(json_pack("{s:s, s:I, s:I, s:I, s:s}", "event",
	    "skip", "chat", (json_int_t)e->chat, "first",
	    (json_int_t)e->first, "last", (json_int_t)e->last, "why",
	    e->why));
}

void
event_json_device(const struct sc_event *e, uint32_t this_one)
{
	char created[32], time[32];

	cli_time_iso(e->created, created, sizeof(created));
	cli_time_iso(e->time, time, sizeof(time));
	cli_print_json_take(json_pack("{s:s, s:I, s:s, s:s, s:s, s:b}",
	    "event", "device", "device", (json_int_t)e->device, "name",
	    e->name, "created", created, "last-login", time, "this",
	    e->device == this_one));
}

void
event_json_plain(const char *name)
{
	cli_print_json_take(json_pack("{s:s}", "event", name));
}
