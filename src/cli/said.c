/* SPDX-License-Identifier: ISC */
#include "src/cli/said.h"

#include <inttypes.h>

#include "src/cli/print.h"

static const char *const kinds[SC_KIND_COUNT] = {
	[SC_KIND_NONE] = "unknown",
	[SC_KIND_TEXT] = "text",
	[SC_KIND_EDIT] = "edit",
	[SC_KIND_DELETE] = "delete",
	[SC_KIND_REACTION] = "reaction",
	[SC_KIND_LOCATION] = "location",
	[SC_KIND_CARD] = "card",
	[SC_KIND_MEDIA] = "media",
	[SC_KIND_STICKER] = "sticker",
	[SC_KIND_POLL] = "poll",
	[SC_KIND_VOTE] = "vote",
	[SC_KIND_PIN] = "pin",
	[SC_KIND_UNPIN] = "unpin",
	[SC_KIND_DELETED] = "deleted",
};

/* ---- for people ---- */

static void
put_place(const struct sc_message *m, struct buf *to)
{
	enum { DEGREE = 10000000 };

	buf_printf(to, "(%s %.5f %.5f%s%s)", m->until != 0 ?
	    "live location" : "location", (double)m->latitude / DEGREE,
	    (double)m->longitude / DEGREE, *m->name == '\0' ? "" : " ",
	    m->name);
}

static void
put_poll(const struct sc_message *m, struct buf *to)
{
	buf_printf(to, "(poll: %s", m->name);
	for (size_t i = 0; i < m->noptions; i++)
		buf_printf(to, "%s %zu %s", i == 0 ? "" : ",", i + 1,
		    m->options[i]);
	buf_printf(to, ")");
}

static void
put_vote(const struct sc_message *m, struct buf *to)
{
	const char *between = " for";

	buf_printf(to, "(votes in %" PRIu64, m->seq);
	for (unsigned i = 0; i < 64; i++) {
		if ((m->choices >> i & 1) == 0)
			continue;
		buf_printf(to, "%s %u", between, i + 1);
		between = ",";
	}
	buf_printf(to, m->choices == 0 ? " for nothing)" : ")");
}

static void
put_reference(const struct sc_message *m, struct buf *to)
{
	static const char *const verbs[SC_KIND_COUNT] = {
	    [SC_KIND_DELETE] = "deletes", [SC_KIND_PIN] = "pins",
	    [SC_KIND_UNPIN] = "pins no longer"};

	if (m->kind == SC_KIND_EDIT)
		buf_printf(to, "(edits %" PRIu64 ") %s", m->seq, m->text);
	else if (m->kind == SC_KIND_REACTION && m->textlen == 0)
		buf_printf(to, "(takes back what was said to %" PRIu64 ")",
		    m->seq);
	else if (m->kind == SC_KIND_REACTION)
		buf_printf(to, "(to %" PRIu64 ": %s)", m->seq, m->text);
	else
		buf_printf(to, "(%s %" PRIu64 ")", verbs[m->kind], m->seq);
}

void
said_body(const struct sc_message *m, struct buf *to)
{
	switch (m->kind) {
	case SC_KIND_TEXT:
		buf_put(to, m->text, m->textlen);
		break;
	case SC_KIND_EDIT:
	case SC_KIND_DELETE:
	case SC_KIND_REACTION:
	case SC_KIND_PIN:
	case SC_KIND_UNPIN:
		put_reference(m, to);
		break;
	case SC_KIND_VOTE:
		put_vote(m, to);
		break;
	case SC_KIND_POLL:
		put_poll(m, to);
		break;
	case SC_KIND_LOCATION:
		put_place(m, to);
		break;
	case SC_KIND_CARD:
		buf_printf(to, "(card of %s)", m->name);
		break;
	case SC_KIND_MEDIA:
	case SC_KIND_STICKER:
		buf_printf(to, "(%s, %" PRIu64 " bytes)%s%s", m->mime,
		    m->size, m->textlen > 0 ? " " : "", m->text);
		break;
	case SC_KIND_DELETED:
		buf_printf(to, "(deleted)");
		break;
	default:
		buf_printf(to, "(a message of a kind that this program does "
		    "not know)");
	}
}

void
said_text(const struct sc_event *e, struct buf *to)
{
	const struct sc_message *m = e->said;

	if (m == NULL)
		return;
	if (m->forwarded)
		buf_printf(to, "(forwarded) ");
	if (m->reply != 0)
		buf_printf(to, "(to %" PRIu64 ") ", m->reply);
	said_body(m, to);
}

bool
said_counts(const struct sc_event *e)
{
	const struct sc_message *m = e->said;

	if (m == NULL)
		return false;	/* a skip */
	return m->kind == SC_KIND_NONE || m->kind == SC_KIND_TEXT ||
	    m->kind == SC_KIND_LOCATION || m->kind == SC_KIND_CARD ||
	    m->kind == SC_KIND_MEDIA || m->kind == SC_KIND_STICKER ||
	    m->kind == SC_KIND_POLL;
}

/* ---- for programs ---- */

static void
set_number(json_t *j, const char *name, uint64_t n)
{
	if (n != 0)
		json_object_set_new(j, name, json_integer((json_int_t)n));
}

static void
set_place(json_t *j, const struct sc_message *m)
{
	char when[32];

	json_object_set_new(j, "latitude", json_integer(m->latitude));
	json_object_set_new(j, "longitude", json_integer(m->longitude));
	if (m->until != 0)
		json_object_set_new(j, "until", json_string(cli_time_iso(
		    m->until, when, sizeof(when))));
}

/* The key as well: who reads the message has it. */
static void
set_file(json_t *j, const struct sc_message *m)
{
	cli_json_bytes(j, "ref", m->ref, m->reflen);
	json_object_set_new(j, "type", json_string(m->mime));
	json_object_set_new(j, "size", json_integer((json_int_t)m->size));
	cli_json_bytes(j, "hash", m->hash, m->hashlen);
	if (m->keylen > 0)
		cli_json_bytes(j, "key", m->key, m->keylen);
}

static void
set_mentions(json_t *j, const struct sc_message *m)
{
	json_t *list = m->nmentions == 0 ? NULL : json_array();

	for (size_t i = 0; i < m->nmentions; i++)
		json_array_append_new(list, json_pack("{s:I, s:I, s:I}",
		    "user", (json_int_t)m->mentions[i].user, "first",
		    (json_int_t)m->mentions[i].first, "last",
		    (json_int_t)m->mentions[i].last));
	if (list != NULL)
		json_object_set_new(j, "mentions", list);
}

static void
set_beside(json_t *j, const struct sc_message *m)
{
	set_number(j, "reply", m->reply);
	if (m->forwarded)
		json_object_set_new(j, "forwarded", json_true());
	set_mentions(j, m);
	if (m->after != NULL)
		json_object_set_new(j, "after", json_pack("{s:s, s:I}",
		    "chat", m->after, "seq", (json_int_t)m->after_seq));
}

static void
set_kind(json_t *j, const struct sc_message *m)
{
	json_t *options;

	set_number(j, "of", m->seq);
	set_number(j, "edited", m->edited);
	set_number(j, "user", m->user);
	if (m->name != NULL && *m->name != '\0')
		json_object_set_new(j, "title", json_string(m->name));
	if (m->kind == SC_KIND_VOTE)
		json_object_set_new(j, "choices",
		    json_integer((json_int_t)m->choices));
	if (m->kind == SC_KIND_LOCATION)
		set_place(j, m);
	if (m->kind == SC_KIND_MEDIA || m->kind == SC_KIND_STICKER)
		set_file(j, m);
	if (m->kind != SC_KIND_POLL)
		return;
	options = json_array();
	for (size_t i = 0; i < m->noptions; i++)
		json_array_append_new(options, json_string(m->options[i]));
	json_object_set_new(j, "options", options);
	set_number(j, "most", m->most);
}

void
said_json(const struct sc_event *e, json_t *j)
{
	const struct sc_message *m = e->said;

	if (m == NULL)
		return;
	json_object_set_new(j, "kind", json_string(kinds[m->kind]));
	set_kind(j, m);
	set_beside(j, m);
	if (m->kind != SC_KIND_NONE && (m->textlen > 0 ||
	    m->kind == SC_KIND_REACTION))
		json_object_set_new(j, "text", json_stringn(m->text,
		    m->textlen));
}
