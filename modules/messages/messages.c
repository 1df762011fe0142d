/* SPDX-License-Identifier: ISC */
/*
 * messages: the contents of messages that refer to others or have rules of
 * their own: edits, deletions for everyone, reactions, polls and votes, pins,
 * locations.  Readers apply them; here they are only let through or refused,
 * but for a deletion, which takes what it names out of the log (R6).  Without
 * this module all of them pass unseen.
 */
#include <stonechat/module.h>

#include "edits.h"

struct messages_conf {
	uint32_t edit_minutes, delete_hours, live_hours;
};

enum {
	EDITS, DELETIONS, REACTIONS, VOTES, PINS, REFUSED
};

enum {
	REACTION_MAX = 64,		/* bytes */
	OPTIONS_MIN = 2, OPTIONS_MAX = 32,	/* of a poll */
	DEGREE = 10000000		/* of latitude and longitude */
};

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS INT64_C(3600000)

static int
refuse(struct sc_module *m, struct sc_content *c, int code, const char *why)
{
	scm_count(m, REFUSED, 1);
	c->why = why;
	return code;
}

/* The entry that an element names by seq: one of the chat, which its sender
 * may see, and which still says something. */
static int
find_named(struct sc_module *m, struct tx *tx, struct sc_content *c,
    struct entry *e)
{
	uint64_t seq = elem_uint(c->elem, ATTR_SEQ, 0), last;
	struct member member;
	int rc;

	rc = scm_member_get(tx, &c->chat->id, c->user, &member);
	if (rc == 0)
		rc = !scm_member_sees(&member, seq, &last) ? SC_ENOTFOUND
		    : scm_entry_get(tx, &c->chat->id, seq, e);
	if (rc == SC_ENOTFOUND)
		return refuse(m, c, rc, "there is no such entry in this chat");
	/* for good: whatever was sent later would wait for it (R8) */
	if (rc == SC_EDAMAGED)
		return refuse(m, c, SC_ENOTFOUND, "that entry is damaged: "
		    "nobody can read it any more");
	if (rc == 0 && (e->flags & ENTRY_DELETED) != 0)
		return refuse(m, c, SC_ENOTFOUND, "that entry is deleted");
	/* what is said of it goes with it */
	c->until = entry_expires(e);
	return rc;
}

/* The first element of an entry that has one of two tags; NULL if there is
 * none, or nobody can tell. */
static int
find_content(struct tx *tx, const struct entry *e, enum tag a, enum tag b,
    const struct elem **found)
{
	const struct elem *content;
	size_t n;
	int rc = scm_entry_open(tx, e, &content, &n);

	*found = NULL;
	for (size_t i = 0; i < n && *found == NULL; i++)
		if (content[i].tag == a || content[i].tag == b)
			*found = &content[i];
	return rc == SC_ENOTACCEPTABLE || rc == SC_EDAMAGED ||
	    rc == SC_EMALFORMED ? 0 : rc;
}

/* ---- edits ---- */

static int
may_edit(struct sc_module *m, struct tx *tx, struct sc_content *c,
    const struct entry *e)
{
	const struct messages_conf *conf = scm_conf(m);
	const struct elem *text;
	bool full;
	int rc;

	if (e->from != c->user)
		return refuse(m, c, SC_EFORBIDDEN,
		    "only who wrote a message may edit it");
	if (scm_now(tx) - e->time > conf->edit_minutes * MINUTE_MS)
		return refuse(m, c, SC_EFORBIDDEN,
		    "it is too late to edit that message");
	rc = find_content(tx, e, TAG_BODY, TAG_MEDIA, &text);
	if (rc == 0 && text == NULL)
		return refuse(m, c, SC_EBADREQUEST,
		    "that entry has no text that could be edited");
	if (rc == 0)
		rc = messages_edits_full(m, tx, e, &full);
	if (rc == 0 && full)
		return refuse(m, c, SC_EFORBIDDEN,
		    "that message has been edited too often");
	return rc;
}

static int
check_edit(struct sc_module *m, struct tx *tx, struct sc_content *c)
{
	struct entry e;
	int rc = find_named(m, tx, c, &e);

	if (rc == 0)
		rc = may_edit(m, tx, c, &e);
	if (rc == 0)
		rc = messages_edits_note(m, tx, &e, c->chat->head + 1);
	if (rc == 0)
		scm_count(m, EDITS, 1);
	return rc;
}

/* ---- deletions for everyone ---- */

/* Whether the sender may delete what others have written. */
static int
moderates(struct tx *tx, const struct sc_content *c, bool *does)
{
	enum chat_kind kind = c->chat->kind;
	struct member member;
	int rc = 0;

	*does = false;
	if (kind != CHAT_KIND_GROUP && kind != CHAT_KIND_CHANNEL)
		return 0;
	rc = scm_member_get(tx, &c->chat->id, c->user, &member);
	*does = rc == 0 && member.role >= ROLE_ADMIN;
	return rc;
}

static int
may_delete(struct sc_module *m, struct tx *tx, struct sc_content *c,
    const struct entry *e)
{
	const struct messages_conf *conf = scm_conf(m);
	bool admin;
	int rc;

	if ((e->flags & ENTRY_COUNTS) == 0)
		return refuse(m, c, SC_EFORBIDDEN,
		    "only messages can be deleted for everyone");
	rc = moderates(tx, c, &admin);
	if (rc != 0 || admin)
		return rc;
	if (e->from != c->user)
		return refuse(m, c, SC_EFORBIDDEN,
		    "only who wrote a message may delete it for everyone");
	if (scm_now(tx) - e->time > conf->delete_hours * HOUR_MS)
		return refuse(m, c, SC_EFORBIDDEN,
		    "it is too late to delete that message for everyone");
	return 0;
}

static int
check_delete(struct sc_module *m, struct tx *tx, struct sc_content *c)
{
	uint64_t by = c->chat->head + 1;
	struct entry e;
	int rc = find_named(m, tx, c, &e);

	if (rc == 0)
		rc = may_delete(m, tx, c, &e);
	if (rc != 0)
		return rc;
	rc = scm_entry_delete(tx, &e, c->user, by, NULL);
	if (rc == SC_ENOTFOUND)
		return refuse(m, c, SC_EFORBIDDEN, "that message has been "
		    "archived: nobody can delete it any more");
	if (rc == 0)
		rc = messages_edits_delete(m, tx, &e, c->user, by);
	if (rc == 0)
		scm_count(m, DELETIONS, 1);
	return rc;
}

/* ---- what only refers to an entry ---- */

static int
check_reaction(struct sc_module *m, struct tx *tx, struct sc_content *c)
{
	struct entry e;
	int rc = find_named(m, tx, c, &e);

	if (rc == 0 && c->elem->text.len > REACTION_MAX)
		return refuse(m, c, SC_ETOOLARGE,
		    "a reaction is longer than 64 bytes: send one emoji");
	if (rc == 0)
		scm_count(m, REACTIONS, 1);
	return rc;
}

static int
check_pin(struct sc_module *m, struct tx *tx, struct sc_content *c)
{
	struct entry e;
	int rc = find_named(m, tx, c, &e);

	if (rc == 0)
		scm_count(m, PINS, 1);
	return rc;
}

/* ---- polls ---- */

static int
check_poll(struct sc_module *m, struct tx *tx, struct sc_content *c)
{
	const struct elem *poll = c->elem;
	uint64_t most = elem_uint(poll, ATTR_MOST, 1);

	(void)tx;
	if (poll->nchild < OPTIONS_MIN || poll->nchild > OPTIONS_MAX)
		return refuse(m, c, SC_EBADREQUEST,
		    "a poll has from 2 to 32 options");
	for (size_t i = 0; i < poll->nchild; i++)
		if (poll->children[i].tag != TAG_OPTION ||
		    poll->children[i].text.len == 0)
			return refuse(m, c, SC_EBADREQUEST,
			    "a poll has options, each with a text");
	if (most == 0 || most > poll->nchild)
		return refuse(m, c, SC_EBADREQUEST, "a poll lets choose from "
		    "1 to as many options as it has");
	return 0;
}

static int
check_choices(struct sc_module *m, struct sc_content *c,
    const struct elem *poll)
{
	uint64_t choices = elem_uint(c->elem, ATTR_CHOICES, 0);
	uint64_t n = 0;

	if (poll == NULL || poll->nchild > OPTIONS_MAX)
		return refuse(m, c, SC_EBADREQUEST, "that entry is no poll");
	if (choices >> poll->nchild != 0)
		return refuse(m, c, SC_EBADREQUEST,
		    "the vote is for an option that the poll lacks");
	for (; choices != 0; choices &= choices - 1)
		n++;
	if (n > elem_uint(poll, ATTR_MOST, 1))
		return refuse(m, c, SC_EBADREQUEST,
		    "the vote is for more options than the poll allows");
	return 0;
}

static int
check_vote(struct sc_module *m, struct tx *tx, struct sc_content *c)
{
	const struct elem *poll = NULL;
	struct entry e;
	int rc = find_named(m, tx, c, &e);

	if (rc == 0)
		rc = find_content(tx, &e, TAG_POLL, TAG_POLL, &poll);
	if (rc == 0)
		rc = check_choices(m, c, poll);
	if (rc == 0)
		scm_count(m, VOTES, 1);
	return rc;
}

/* ---- locations ---- */

static bool
is_within(int64_t value, int64_t degrees)
{
	return value >= -degrees * DEGREE && value <= degrees * DEGREE;
}

static int
check_location(struct sc_module *m, struct tx *tx, struct sc_content *c)
{
	const struct messages_conf *conf = scm_conf(m);
	int64_t until = elem_int(c->elem, ATTR_UNTIL, 0);

	if (!elem_has(c->elem, ATTR_LATITUDE) ||
	    !elem_has(c->elem, ATTR_LONGITUDE) ||
	    !is_within(elem_int(c->elem, ATTR_LATITUDE, 0), 90) ||
	    !is_within(elem_int(c->elem, ATTR_LONGITUDE, 0), 180))
		return refuse(m, c, SC_EBADREQUEST,
		    "the location is not on earth: latitude and longitude are "
		    "in units of a ten millionth of a degree");
	if (elem_has(c->elem, ATTR_UNTIL) &&
	    (until <= scm_now(tx) ||
	    until - scm_now(tx) > conf->live_hours * HOUR_MS))
		return refuse(m, c, SC_EBADREQUEST,
		    "a live location ends in the past, or too late");
	return 0;
}

/* ---- the module ---- */

static const struct sc_conf_def messages_conf_defs[] = {
    {"edit-minutes", SC_CONF_UINT,
	offsetof(struct messages_conf, edit_minutes), 0, 5256000, 15,
	"Minutes for which who wrote a message may edit it; 0: not at all."},
    {"delete-hours", SC_CONF_UINT,
	offsetof(struct messages_conf, delete_hours), 0, 87600, 60,
	"Hours for which who wrote a message may delete it for everyone; 0: "
	"not at all."},
    {"live-hours", SC_CONF_UINT, offsetof(struct messages_conf, live_hours),
	1, 8760, 8, "Hours for which a live location may be shown at most."},
    {0},
};

static const struct sc_stat_def messages_stats[] = {
    {"messages.edits", "edits of messages"},
    {"messages.deletions", "messages deleted for everyone"},
    {"messages.reactions", "reactions, those taken back included"},
    {"messages.votes", "votes in polls"},
    {"messages.pins", "messages pinned, or no longer"},
    {"messages.refused", "messages refused for what they refer to or hold"},
    {0},
};

static const struct sc_kind_def messages_kinds[] = {
    {"edit", TAG_EDIT, check_edit, true},
    {"delete", TAG_DELETE, check_delete, true},
    {"reaction", TAG_REACTION, check_reaction, true},
    {"vote", TAG_VOTE, check_vote, true},
    {"pin", TAG_PIN, check_pin, true},
    {"unpin", TAG_UNPIN, check_pin, true},
    {"poll", TAG_POLL, check_poll, false},
    {"location", TAG_LOCATION, check_location, false},
    /* what goes with something else, and is not told apart without it */
    {"reply", TAG_REPLY, NULL, true},
    {"forwarded", TAG_FORWARDED, NULL, true},
    {"mention", TAG_MENTION, NULL, true},
    {"after", TAG_AFTER, NULL, true},
    {0},
};

static const struct sc_table_def messages_tables[] = {
    [MESSAGES_EDITS] = {"messages-edits", 0},
    {0},
};

static const struct sc_sweep_def messages_sweeps[] = {
    {"edits", 60, messages_edits_sweep},
    {0},
};

SC_MODULE(messages) = {
	.abi = SC_MODULE_ABI,
	.name = "messages",
	.summary = "edits, deletions, reactions, polls and the like",
	.conf = messages_conf_defs,
	.conf_size = sizeof(struct messages_conf),
	.stats = messages_stats,
	.kinds = messages_kinds,
	.tables = messages_tables,
	.sweeps = messages_sweeps,
};
