/* SPDX-License-Identifier: ISC */
/* Commands about the account: devices, stars, privacy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/link_code.h"
#include "src/cli/words.h"

/* ---- devices ---- */

static void
word_devices(struct talk *t, char *rest)
{
	(void)rest;
	talk_ask_devices(t);
}

static void
word_rename(struct talk *t, char *rest)
{
	char *id = words_take(&rest);
	struct talk_request *r;
	uint64_t device, n = 0;

	if (id == NULL || *rest == '\0' ||
	    !cli_number(id, 1, UINT32_MAX, &device)) {
		words_usage(t, "rename");
		return;
	}
	r = talk_request(t, "rename", sc_client_rename(t->c->client,
	    (uint32_t)device, rest, &n));
	if (r != NULL)
		r->n = n;
}

static void
word_revoke(struct talk *t, char *rest)
{
	struct talk_request *r;
	uint64_t device, n = 0;

	if (!cli_number(rest, 1, UINT32_MAX, &device)) {
		words_usage(t, "revoke");
		return;
	}
	if (device == sc_client_device(t->c->client)) {
		talk_error(t, "revoke: %llu is this device: leave, and type "
		    "stonechat device revoke", (unsigned long long)device);
		return;
	}
	r = talk_request(t, "revoke", sc_client_revoke(t->c->client,
	    (uint32_t)device, &n));
	if (r != NULL)
		r->n = n;
}

/* ---- link ---- */

static void
link_event(struct talk *t, struct talk_request *r, const struct sc_event *e)
{
	struct buf lines;

	(void)r;
	if (e->type != SC_EVENT_LINK)
		return;
	if (t->json) {
		link_code_json(t->c, e);
		return;
	}
	buf_init(&lines, 0);
	link_code_put(t->c, e, t->edits, t->colours, &lines);
	t->link = ++t->keys;
	if (!buf_failed(&lines))
		term_print(t->term, t->link, buf_slice(&lines));
	buf_wipe(&lines);
}

static void
word_link(struct talk *t, char *rest)
{
	struct talk_request *r;
	uint64_t id = 0;

	if (*rest != '\0') {
		words_usage(t, "link");
		return;
	}
	r = talk_request(t, "link", sc_client_link(t->c->client, &id));
	if (r == NULL)
		return;
	r->id = id;
	r->event = link_event;
}

/* ---- stars ---- */

static void
star_event(struct talk *t, struct talk_request *r, const struct sc_event *e)
{
	const struct talk_chat *chat = talk_by_number(t, e->chat);
	const struct entry *m;
	struct buf line;

	if (e->type != SC_EVENT_STAR)
		return;
	r->found = true;
	if (t->json) {
		cli_print_json_take(json_pack("{s:s, s:I, s:s, s:I}", "event",
		    "star", "chat", (json_int_t)e->chat, "name",
		    chat == NULL ? "" : chat->name, "seq",
		    (json_int_t)e->seq));
		return;
	}
	m = chat == NULL ? NULL : entries_find(&chat->entries, e->seq);
	buf_init(&line, 0);
	if (m != NULL && m->known)
		layout_short(m, &line);
	else
		buf_printf(&line, "%llu", (unsigned long long)e->seq);
	buf_put_u8(&line, '\0');
	if (!buf_failed(&line))
		talk_note(t, "  %s: %s", chat == NULL ? "?" : chat->name,
		    (const char *)line.p);
	buf_fini(&line);
}

static void
stars_done(struct talk *t, struct talk_request *r, const struct sc_event *e)
{
	(void)e;
	if (!r->found && !t->json)
		talk_note(t, "no message has a star: /star N gives one");
}

static void
word_stars(struct talk *t, char *rest)
{
	struct talk_request *r;
	uint64_t id = 0;

	(void)rest;
	r = talk_request(t, "stars", sc_client_stars(t->c->client, &id));
	if (r == NULL)
		return;
	r->id = id;
	r->event = star_event;
	r->done = stars_done;
}

/* ---- privacy ---- */

static bool
take_privacy(const char *word, enum sc_privacy *to)
{
	static const struct {
		const char *name;
		enum sc_privacy privacy;
	} names[] = {{"everyone", SC_PRIVACY_EVERYONE},
	    {"shared", SC_PRIVACY_SHARED}, {"nobody", SC_PRIVACY_NOBODY}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].name, word) == 0) {
			*to = names[i].privacy;
			return true;
		}
	return false;
}

static const char *
privacy_name(enum sc_privacy privacy)
{
	return privacy == SC_PRIVACY_EVERYONE ? "everyone" :
	    privacy == SC_PRIVACY_SHARED ? "shared" : "nobody";
}

static void
privacy_event(struct talk *t, struct talk_request *r,
    const struct sc_event *e)
{
	(void)r;
	if (e->type != SC_EVENT_PRIVACY)
		return;
	if ((e->changed & SC_CHANGED_LAST_SEEN) != 0)
		talk_note(t, "  last seen: %s", privacy_name(e->last_seen));
	if ((e->changed & SC_CHANGED_ONLINE) != 0)
		talk_note(t, "  online: %s", privacy_name(e->online));
	if ((e->changed & SC_CHANGED_RECEIPTS) != 0)
		talk_note(t, "  receipts, what you have read: %s",
		    e->receipts ? "on" : "off");
}

static void
word_privacy(struct talk *t, char *rest)
{
	enum sc_privacy seen, online;
	struct talk_request *r;
	char *list[2];
	uint64_t n = 0, id = 0;
	int rc, words = words_split(rest, list, 2);

	if (words == 0) {
		rc = sc_client_privacy_get(t->c->client, &id);
	} else if (words == 2 && strcmp(list[0], "receipts") == 0 &&
	    (strcmp(list[1], "on") == 0 || strcmp(list[1], "off") == 0)) {
		rc = sc_client_privacy_receipts(t->c->client,
		    strcmp(list[1], "on") == 0, &n);
	} else if (words == 2 && take_privacy(list[0], &seen) &&
	    take_privacy(list[1], &online)) {
		rc = sc_client_privacy(t->c->client, seen, online, &n);
	} else {
		words_usage(t, "privacy");
		return;
	}
	r = talk_request(t, "privacy", rc);
	if (r == NULL)
		return;
	r->n = n;
	r->id = id;
	r->event = privacy_event;
}

const struct word words_account[] = {
	{"stars", "", "list the messages that have a star", word_stars,
	    WORD_NONE, false, NULL, NULL},
	{"devices", "", "the devices of your account", word_devices,
	    WORD_NONE, false, NULL, NULL},
	{"rename", "ID NAME", "give a device another name", word_rename,
	    WORD_NONE, false, NULL, NULL},
	{"revoke", "ID", "remove a device, for good", word_revoke, WORD_NONE,
	    false, NULL, NULL},
	{"link", "", "let another device of yours in, by a code", word_link,
	    WORD_NONE, false, NULL, NULL},
	{"privacy", "[LAST-SEEN ONLINE | receipts on | off]", "who may see when "
	    "you were last seen, and that you are online; what you have read",
	    word_privacy, WORD_ONE_OF, false, "everyone shared nobody "
	    "receipts", NULL},
	{NULL, NULL, NULL, NULL, WORD_NONE, false, NULL, NULL},
};
