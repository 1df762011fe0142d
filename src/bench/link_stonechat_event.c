/* SPDX-License-Identifier: ISC */
/* What the links of Stonechat's own protocol are told, and the groups that
 * their users make. */
#include "src/bench/link_stonechat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADD_MAX = 200 };		/* members that one request names */

void
stonechat_tell(const struct link *l, const struct link_event *e)
{
	const struct link_conf *conf = &l->shared->conf;

	conf->event(conf->arg, l->owner, e);
}

void
stonechat_tell_why(const struct link *l, enum link_event_type type,
    const char *why)
{
	const struct link_event e = {.type = type, .why = why};

	stonechat_tell(l, &e);
}

static void
on_message(struct link *l, const struct sc_event *ev)
{
	const struct link_event e = {.type = LINK_MESSAGE, .chat = ev->chat,
	    .position = ev->seq, .text = ev->text, .len = ev->textlen};

	l->chat = ev->chat;
	l->seq = ev->seq;
	if (l->shared->conf.reads && !ev->own)
		(void)sc_client_read(l->client, ev->chat, ev->seq);
	/* what changes a group has no text */
	if (ev->from != 0 && !ev->own && ev->text != NULL)
		stonechat_tell(l, &e);
}

static void
on_outcome(struct link *l, const struct sc_event *ev)
{
	const struct link_event e = {.type = ev->type == SC_EVENT_SENT ?
	    LINK_SENT : LINK_REFUSED, .n = ev->n, .chat = ev->chat,
	    .position = ev->seq, .why = ev->why};

	stonechat_tell(l, &e);
}

static void
on_receipt(struct link *l, const struct sc_event *ev)
{
	struct link_event e = {.type = LINK_TICK, .chat = ev->chat,
	    .position = ev->delivered > ev->read ? ev->delivered : ev->read};

	stonechat_tell(l, &e);
	e.type = LINK_READ;
	e.position = ev->read;
	if (ev->read > 0)
		stonechat_tell(l, &e);
}

static void
on_skip(struct link *l, const struct sc_event *ev)
{
	const struct link_event e = {.type = LINK_SKIPPED, .chat = ev->chat,
	    .count = ev->last - ev->first + 1, .why = ev->why};

	stonechat_tell(l, &e);
}

static void
on_failure(struct link *l, const struct sc_event *ev)
{
	char why[512];

	snprintf(why, sizeof(why), "login as %s refused: %s%s%s", l->user,
	    sc_code_text(ev->code), *ev->why == '\0' ? "" : ": ", ev->why);
	stonechat_tell_why(l, LINK_FAILED, why);
}

/* ---- groups ---- */

static void
on_chat(struct link *l, const struct sc_event *ev)
{
	struct joined *j;
	const struct link_event e = {.type = LINK_JOINED, .chat = ev->chat,
	    .text = ev->name, .len = strlen(ev->name)};

	if (ev->kind != SC_CHAT_GROUP || ev->id != 0)
		return;
	j = calloc(1, sizeof(*j));
	if (j == NULL)
		abort();
	snprintf(j->name, sizeof(j->name), "%s", ev->name);
	snprintf(j->chat, sizeof(j->chat), "%llu",
	    (unsigned long long)ev->chat);
	j->next = l->groups;
	l->groups = j;
	stonechat_tell(l, &e);
}

/* The next of those who are to be in it; NAME: it is to be made. */
static int
add_more(struct link *l, const char *name)
{
	struct making *m = &l->making;
	struct sc_member members[ADD_MAX];
	const struct sc_group group = {.name = name};
	size_t n = 0;

	for (; n < ADD_MAX && m->at < m->n; n++, m->at++)
		members[n] = (struct sc_member){.user = m->names[m->at],
		    .role = SC_ROLE_UNSAID};
	m->request = 0;
	return name != NULL ? sc_client_group_create(l->client, &group,
	    members, n, &m->request) : sc_client_group_change(l->client,
	    m->chat, SC_GROUP_ADD, members, n, &m->request);
}

static void
on_page(struct link *l)
{
	const struct link_event e = {.type = LINK_PAGE,
	    .since = loop_clock() - l->paged};

	l->page = 0;
	stonechat_tell(l, &e);
}

static void
on_result(struct link *l, const struct sc_event *ev)
{
	struct making *m = &l->making;
	char why[512];
	int rc = ev->code;

	if (l->page != 0 && ev->id == l->page) {
		on_page(l);
		return;
	}
	if (m->request == 0 || ev->n != m->request)
		return;
	if (ev->chat != 0)
		snprintf(m->chat, sizeof(m->chat), "%llu",
		    (unsigned long long)ev->chat);
	m->request = 0;
	if (rc == 0 && m->at < m->n)
		rc = add_more(l, NULL);
	if (rc == 0)
		return;
	snprintf(why, sizeof(why), "%s cannot make a group: %s: %s", l->user,
	    sc_code_text(rc), ev->why);
	stonechat_tell_why(l, LINK_FAILED, why);
}

const struct joined *
stonechat_group(const struct link *l, const char *name)
{
	const struct joined *j = l->groups;

	while (j != NULL && strcmp(j->name, name) != 0)
		j = j->next;
	return j;
}

void
stonechat_forget_groups(struct link *l)
{
	struct joined *j;

	while ((j = l->groups) != NULL) {
		l->groups = j->next;
		free(j);
	}
	free(l->making.names);
}

int
stonechat_event(void *arg, const struct sc_event *ev)
{
	struct link *l = arg;

	switch (ev->type) {
	case SC_EVENT_SYNCED:
		stonechat_tell_why(l, LINK_READY, NULL);
		break;
	case SC_EVENT_MESSAGE:
		on_message(l, ev);
		break;
	case SC_EVENT_SKIP:
		on_skip(l, ev);
		break;
	case SC_EVENT_SENT:
	case SC_EVENT_REFUSED:
		on_outcome(l, ev);
		break;
	case SC_EVENT_RECEIPT:
		on_receipt(l, ev);
		break;
	case SC_EVENT_CHAT:
		on_chat(l, ev);
		break;
	case SC_EVENT_RESULT:
		on_result(l, ev);
		break;
	case SC_EVENT_TYPING:
		stonechat_tell_why(l, LINK_TYPING, NULL);
		break;
	case SC_EVENT_PRESENCE:
		stonechat_tell_why(l, LINK_PRESENCE, NULL);
		break;
	case SC_EVENT_FAILURE:
		on_failure(l, ev);
		break;
	default:
		break;
	}
	return 0;
}

int
stonechat_make(struct link *l, const char *group,
    const struct group_member *others, size_t n, char *why, size_t whylen)
{
	struct making *m = &l->making;
	int rc;

	free(m->names);
	*m = (struct making){.names = calloc(n + 1, sizeof(m->names[0])),
	    .n = n};
	if (m->names == NULL)
		abort();
	for (size_t i = 0; i < n; i++)
		snprintf(m->names[i], LINK_NAME, "%s", others[i].name);
	rc = add_more(l, group);
	if (rc == 0)
		stonechat_wants_a_turn(l);
	else
		snprintf(why, whylen, "%s cannot make a group: %s", l->user,
		    sc_code_text(rc));
	return rc;
}
