/* SPDX-License-Identifier: ISC */
#include "src/cli/changes.h"

#include <stdio.h>

#include "src/cli/cli.h"
#include "src/cli/span.h"

enum { LINE_MAX_BYTES = 1500, WHO_MAX = 80 };

static const char *const actions[] = {
	[SC_MEMBER_CREATED] = "created", [SC_MEMBER_ADDED] = "added",
	[SC_MEMBER_JOINED] = "joined", [SC_MEMBER_APPROVED] = "approved",
	[SC_MEMBER_REMOVED] = "removed", [SC_MEMBER_LEFT] = "left",
	[SC_MEMBER_ROLE] = "role", [SC_MEMBER_REFUSED] = "refused",
};

void
changes_init(struct changes *ch)
{
	ch->chat = ch->seq = 0;
	buf_init(&ch->line, 0);
}

void
changes_fini(struct changes *ch)
{
	buf_fini(&ch->line);
}

const char *
changes_role(enum sc_role role)
{
	static const char *const names[] = {"member", "admin", "owner"};

	return role <= SC_ROLE_OWNER ? names[role] : "member";
}

/* A user's name, or his id. */
static const char *
who(const struct cli *c, uint64_t user, char *out)
{
	const char *name = sc_client_user_name(c->client, user);

	if (user == 0)
		snprintf(out, WHO_MAX, "(server)");
	else if (*name == '\0')
		snprintf(out, WHO_MAX, "~%llu", (unsigned long long)user);
	else
		snprintf(out, WHO_MAX, "%s", name);
	return out;
}

/* What the chat is. */
static const char *
kind_of(const struct cli *c, uint64_t chat)
{
	return sc_client_chat_kind(c->client, chat) == SC_CHAT_CHANNEL
	    ? "channel" : "group";
}

static void
add_member(struct buf *b, const struct cli *c, const struct sc_event *e)
{
	char by[WHO_MAX], user[WHO_MAX];

	who(c, e->from, by);
	who(c, e->user, user);
	switch (e->action) {
	case SC_MEMBER_CREATED:
		buf_printf(b, "%s made the %s", user, kind_of(c, e->chat));
		break;
	case SC_MEMBER_ADDED:
		buf_printf(b, "%s added %s", by, user);
		break;
	case SC_MEMBER_JOINED:
		buf_printf(b, "%s joined", user);
		break;
	case SC_MEMBER_APPROVED:
		buf_printf(b, "%s let %s in", by, user);
		break;
	case SC_MEMBER_REMOVED:
		buf_printf(b, "%s removed %s", by, user);
		break;
	case SC_MEMBER_LEFT:
		buf_printf(b, "%s left", user);
		break;
	default:
		buf_printf(b, "%s is %s %s now", user,
		    e->role == SC_ROLE_MEMBER ? "a" : "an",
		    changes_role(e->role));
	}
}

static void
part(struct buf *b, const char *text)
{
	if (b->len > 0)
		buf_put_str(b, "; ");
	buf_put_str(b, text);
}

static void
add_timer(struct buf *b, const struct sc_event *e)
{
	char span[SPAN_TEXT];

	if ((e->changed & SC_CHANGED_TIMER) == 0)
		return;
	part(b, e->timer == 0 ? "messages stay from now on"
	    : "messages disappear after ");
	if (e->timer != 0)
		buf_put_str(b, span_text(e->timer, span));
}

static void
add_settings(struct buf *b, const struct sc_event *e)
{
	if ((e->changed & SC_CHANGED_POST) != 0)
		part(b, e->post == SC_ROLE_MEMBER ? "all members write now"
		    : "only admins write now");
	if ((e->changed & SC_CHANGED_EDIT) != 0)
		part(b, e->edit == SC_ROLE_MEMBER
		    ? "all members change its name, topic and picture now"
		    : "only admins change its name, topic and picture now");
	if ((e->changed & SC_CHANGED_APPROVAL) != 0)
		part(b, e->approval ? "admins decide who joins"
		    : "who is invited joins");
	if ((e->changed & SC_CHANGED_CLOSED) != 0)
		part(b, e->closed ? "who joins needs an invitation now"
		    : "who has the id may join now");
	if ((e->changed & SC_CHANGED_RECENT) != 0) {
		part(b, "who comes reads ");
		buf_printf(b, "%llu messages from before",
		    (unsigned long long)e->recent);
	}
	add_timer(b, e);
}

static void
add_changed(struct buf *b, const struct cli *c, const struct sc_event *e)
{
	char by[WHO_MAX];

	if ((e->changed & SC_CHANGED_NAME) != 0) {
		part(b, who(c, e->from, by));
		buf_printf(b, " named the %s \"%s\"", kind_of(c, e->chat),
		    e->name);
	}
	if ((e->changed & SC_CHANGED_TOPIC) != 0 && e->topic != NULL) {
		part(b, "the topic is ");
		buf_printf(b, "\"%s\"", e->topic);
	}
	if ((e->changed & SC_CHANGED_AVATAR) != 0)
		part(b, "the picture is another one");
	add_settings(b, e);
}

void
changes_add(struct changes *ch, const struct cli *c, const struct sc_event *e)
{
	struct buf *b = &ch->line;

	if (ch->chat != e->chat || ch->seq != e->seq)
		buf_clear(b);
	ch->chat = e->chat;
	ch->seq = e->seq;
	if (b->len > LINE_MAX_BYTES)
		return;		/* many: whoever wants all lists the members */
	if (e->type == SC_EVENT_CHANGED) {
		add_changed(b, c, e);
		return;
	}
	if (b->len > 0)
		buf_put_str(b, "; ");
	add_member(b, c, e);
}

const char *
changes_line(struct changes *ch, const struct sc_event *e)
{
	if (ch->chat != e->chat || ch->seq != e->seq || ch->seq == 0 ||
	    ch->line.len == 0)
		return NULL;
	ch->seq = 0;
	buf_put_u8(&ch->line, '\0');
	return buf_failed(&ch->line) ? NULL
	    : (const char *)ch->line.p + ch->line.off;
}

/* ---- JSON ------------------------------------------------------------ */

static void
json_changed(json_t *j, const struct sc_event *e)
{
	if ((e->changed & SC_CHANGED_NAME) != 0)
		json_object_set_new(j, "name", json_string(e->name));
	if ((e->changed & SC_CHANGED_TOPIC) != 0 && e->topic != NULL)
		json_object_set_new(j, "topic", json_string(e->topic));
	if ((e->changed & SC_CHANGED_POST) != 0)
		json_object_set_new(j, "post",
		    json_string(changes_role(e->post)));
	if ((e->changed & SC_CHANGED_EDIT) != 0)
		json_object_set_new(j, "edit",
		    json_string(changes_role(e->edit)));
	if ((e->changed & SC_CHANGED_APPROVAL) != 0)
		json_object_set_new(j, "approval", json_boolean(e->approval));
	if ((e->changed & SC_CHANGED_RECENT) != 0)
		json_object_set_new(j, "recent",
		    json_integer((json_int_t)e->recent));
	if ((e->changed & SC_CHANGED_CLOSED) != 0)
		json_object_set_new(j, "closed", json_boolean(e->closed));
	if ((e->changed & SC_CHANGED_TIMER) != 0)
		json_object_set_new(j, "timer",
		    json_integer((json_int_t)e->timer));
}

void
changes_json(const struct cli *c, const struct sc_event *e)
{
	bool member = e->type == SC_EVENT_MEMBER;
	json_t *j = json_pack("{s:s, s:I}", "event",
	    member ? "member" : "changed", "chat", (json_int_t)e->chat);
	char by[WHO_MAX];

	if (e->seq != 0) {
		json_object_set_new(j, "seq",
		    json_integer((json_int_t)e->seq));
		json_object_set_new(j, "by", json_string(who(c, e->from, by)));
	}
	if (!member) {
		json_changed(j, e);
	} else {
		json_object_set_new(j, "user",
		    json_integer((json_int_t)e->user));
		json_object_set_new(j, "name", json_string(e->name));
		if (e->action != SC_MEMBER_IS)
			json_object_set_new(j, "action",
			    json_string(actions[e->action]));
		json_object_set_new(j, "role",
		    json_string(changes_role(e->role)));
	}
	cli_print_json_take(j);
}
