/* SPDX-License-Identifier: ISC */
/*
 * Who is in the open chat, whether they are there, and whether they type.
 * They are watched while the chat is open, and no longer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/cli/loop.h"
#include "src/cli/talk.h"

enum {
	WATCHED_MAX = 60,	/* servers let a session watch 64 */
	NAMES_SHOWN = 2		/* of those who type */
};

struct talk_person {
	struct talk_person *next;
	uint64_t user;		/* 0: known by name only */
	char *name;
	bool watched, told;	/* told: something is known of him */
	enum sc_show show;
	int64_t seen;		/* last; 0: not said */
	enum sc_activity activity;
	int64_t until;		/* that is true, on the monotonic clock */
};

/* ---- the list ---- */

static struct talk_person *
add_person(struct talk *t, uint64_t user, const char *name)
{
	struct talk_person **at = &t->people, *p;

	for (; *at != NULL; at = &(*at)->next)
		if (user != 0 && (*at)->user == user)
			return *at;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	p->user = user;
	p->name = strdup(name);
	if (p->name == NULL) {
		free(p);
		return NULL;
	}
	*at = p;
	return p;
}

static struct talk_person *
find_person(const struct talk *t, uint64_t user, const char *name)
{
	struct talk_person *p;

	for (p = t->people; p != NULL; p = p->next)
		if ((user != 0 && p->user == user) ||
		    (*name != '\0' && strcmp(p->name, name) == 0))
			return p;
	return NULL;
}

static void
watch(struct talk *t, struct talk_person *p, bool on)
{
	char id[32];

	if (p->watched == on)
		return;
	snprintf(id, sizeof(id), "~%llu", (unsigned long long)p->user);
	p->watched = sc_client_watch(t->c->client,
	    p->user != 0 ? id : p->name, on) == 0 && on;
}

/* ---- a chat is opened, and left ---- */

void
talk_people_leave(struct talk *t)
{
	struct talk_person *p;

	while ((p = t->people) != NULL) {
		t->people = p->next;
		if (t->c->client != NULL)
			watch(t, p, false);
		free(p->name);
		free(p);
	}
	t->members = 0;
	t->members_known = false;
}

static void
ask_members(struct talk *t)
{
	char number[32];

	if (sc_client_group_ask(t->c->client, talk_address(t->open, number,
	    sizeof(number)), SC_GROUP_MEMBERS, &t->members) != 0)
		t->members = 0;
}

void
talk_people_enter(struct talk *t)
{
	struct talk_chat *chat = t->open;
	enum sc_chat_kind kind = chat->number == 0 ? SC_CHAT_DIRECT :
	    sc_client_chat_kind(t->c->client, chat->number);
	struct talk_person *p;

	if (!t->edits)
		return;
	if (kind == SC_CHAT_GROUP)
		ask_members(t);
	if (kind != SC_CHAT_DIRECT || strcmp(chat->name, t->c->user) == 0)
		return;
	p = add_person(t, 0, chat->name);
	if (p != NULL)
		watch(t, p, true);
}

/* ---- what the server says ---- */

void
talk_people_member(struct talk *t, const struct sc_event *e)
{
	struct talk_person *p, *other;
	unsigned n = 0;

	if (t->members == 0 || e->id != t->members)
		return;
	if (e->user == sc_client_user(t->c->client))
		return;
	p = add_person(t, e->user, e->name);
	for (other = t->people; other != NULL; other = other->next)
		n++;
	t->open->members = n;
	if (p != NULL && n <= WATCHED_MAX)
		watch(t, p, true);
}

/* Ticks say of how many. */
static void
show_ticks_again(struct talk *t)
{
	struct entry *m;

	for (m = t->open->entries.first; m != NULL; m = m->next)
		if (m->own && m->shown && m->delivered_to > 0)
			(void)talk_show_again(t, t->open, m, NULL);
}

void
talk_people_result(struct talk *t, const struct sc_event *e)
{
	if (t->members == 0 || e->id != t->members)
		return;
	t->members_known = e->code == 0;
	show_ticks_again(t);
}

/* Who is in the open group has changed. */
void
talk_people_changed(struct talk *t, uint64_t chat)
{
	if (t->open == NULL || t->open->number != chat || !t->edits)
		return;
	talk_people_leave(t);
	talk_people_enter(t);
}

void
talk_people_presence(struct talk *t, const struct sc_event *e)
{
	struct talk_person *p = find_person(t, e->user, e->name);

	if (p == NULL || e->id != 0)
		return;
	p->told = true;
	p->show = e->show;
	p->seen = e->time;
	if (e->show == SC_SHOW_OFFLINE)
		p->until = 0;
}

void
talk_people_typing(struct talk *t, const struct sc_event *e)
{
	struct talk_person *p;

	if (t->open == NULL || e->chat != t->open->number)
		return;
	p = t->people;
	if (talk_is_group(t, t->open))
		p = find_person(t, e->user, "");
	if (p == NULL)
		return;
	p->activity = e->activity;
	p->until = e->activity == SC_ACTIVITY_PAUSED ? 0 :
	    loop_now() + SC_TYPING_MS;
}

/* Whoever has sent something types no more. */
void
talk_people_said(struct talk *t, const struct sc_event *e)
{
	struct talk_person *p;

	if (t->open == NULL || e->chat != t->open->number || e->own)
		return;
	p = t->people;
	if (talk_is_group(t, t->open))
		p = find_person(t, e->from, "");
	if (p != NULL)
		p->until = 0;
}

void
talk_people_lost(struct talk *t)
{
	struct talk_person *p;

	for (p = t->people; p != NULL; p = p->next) {
		p->told = false;
		p->until = 0;
	}
}

int64_t
talk_people_deadline(const struct talk *t)
{
	const struct talk_person *p;
	int64_t now = loop_now(), first = INT64_MAX;

	for (p = t->people; p != NULL; p = p->next)
		if (p->until > now && p->until < first)
			first = p->until;
	return first;
}

/* ---- what is shown of it ---- */

static const char *
person_name(const struct talk *t, const struct talk_person *p)
{
	const char *name = p->user == 0 ? p->name :
	    sc_client_user_name(t->c->client, p->user);

	return *name != '\0' ? name : *p->name != '\0' ? p->name : "somebody";
}

/* "typing…", or in a group "bob, carol typing…"; false: nobody does. */
static bool
put_typing(const struct talk *t, bool group, struct buf *b)
{
	const struct talk_person *p;
	int64_t now = loop_now();
	bool recording = false;
	unsigned n = 0;

	for (p = t->people; p != NULL; p = p->next) {
		if (p->until <= now)
			continue;
		recording = p->activity == SC_ACTIVITY_RECORDING;
		if (group && n < NAMES_SHOWN)
			buf_printf(b, "%s%s", n == 0 ? "" : ", ",
			    person_name(t, p));
		n++;
	}
	if (n == 0)
		return false;
	if (n > NAMES_SHOWN)
		buf_printf(b, " and %u more", n - NAMES_SHOWN);
	buf_printf(b, "%s%s", group ? " " : "",
	    recording ? "recording…" : "typing…");
	return true;
}

/* A time of today without its date. */
static void
put_seen(int64_t ms, struct buf *b)
{
	char when[64];
	time_t now = time(NULL);

	buf_put_str(b, "last seen ");
	if (layout_day((int64_t)now * 1000, ms, when, sizeof(when)))
		buf_put_str(b, layout_clock(ms, when, sizeof(when)));
	else
		buf_put_str(b, cli_time_local(ms, when, sizeof(when)));
}

static void
put_person(const struct talk_person *p, struct buf *b)
{
	if (p->show == SC_SHOW_ONLINE)
		buf_put_str(b, "online");
	else if (p->show == SC_SHOW_AWAY)
		buf_put_str(b, "away");
	else if (p->seen != 0)
		put_seen(p->seen, b);
	else
		buf_put_str(b, "offline");
}

static void
put_group(const struct talk *t, struct buf *b)
{
	const struct talk_person *p;
	unsigned n = 1, online = 1;	/* oneself */

	for (p = t->people; p != NULL; p = p->next) {
		n++;
		if (p->told && p->show != SC_SHOW_OFFLINE)
			online++;
	}
	if (!t->members_known)
		return;
	buf_printf(b, "%u member%s", n, n == 1 ? "" : "s");
	if (online > 1)
		buf_printf(b, ", %u of them online", online);
}

void
talk_people_put(const struct talk *t, struct buf *b)
{
	bool group = talk_is_group(t, t->open);

	if (!t->online || put_typing(t, group, b))
		return;
	if (group)
		put_group(t, b);
	else if (t->people != NULL && t->people->told)
		put_person(t->people, b);
}
