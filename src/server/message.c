/* SPDX-License-Identifier: ISC */
/* message: the request that everything else is for. */
#include <stdlib.h>
#include <string.h>

#include "protocol/frame.h"
#include "src/common/err.h"
#include "src/server/expiry.h"
#include "src/server/request.h"
#include "src/server/request_priv.h"
#include "src/server/server_priv.h"
#include "src/server/target.h"
#include "src/server/worker_priv.h"

/*
 * The most bytes of a payload, its head included.  It goes out again in frames
 * that say more of it than the one it came in (or came in deflated), and has
 * to fit those as well: what nobody can receive must not get into a log.
 */
enum { PAYLOAD_WIRE_MAX = FRAME_MAX - 128, CONTENTS_MAX = 256 << 10 };

/* An element of the payload whose kind a module has. */
struct kept {
	struct kept *next;
	struct sc_module *module;
	const struct sc_kind_def *kind;
	struct elem elem;
};

struct message {
	struct request r;
	int refuse;		/* decided before it ran: 0, SC_E... */
	const char *why;	/* of it; NULL: the code's */
	bool counts;		/* as unread (R15) */
	struct chat_ref chat;	/* its name is in `bytes` */
	struct slice payload;	/* in `bytes` */
	int found;		/* of target_find */
	struct target *target;	/* in the run's scratch */
	/* what modules look at before it is appended */
	struct arena arena;
	struct kept *contents;
	unsigned ncontents;
	uint8_t bytes[];
};

static bool
is_final(int rc)
{
	return rc == 0 || rc == SC_ENOTFOUND || rc == SC_EFORBIDDEN ||
	    rc == SC_EBADREQUEST;
}

/* The chat as it was said; a number of a chat is no user's. */
static uint64_t
digest_ref(uint64_t d, const struct chat_ref *ref)
{
	if (ref->kind == CHAT_BY_ID)
		return digest_add(d, ref->id.b, sizeof(ref->id.b));
	if (ref->kind == CHAT_BY_NAME)
		return digest_add(d, ref->name.p, ref->name.len);
	return digest_add_u64(d, ref->kind == CHAT_BY_NUMBER ? ~ref->number
							     : ref->number);
}

/*
 * What was sent with this counter to a user who is gone since: his name is
 * nobody's any more, or somebody else's, and what is sent again is not for
 * that one.  *PEER gets him; 0: there is none.
 */
static int
sent_before(const struct request *r, struct tx *tx, uint64_t *peer)
{
	struct chat_id id;
	struct outcome o;
	struct user u;
	struct chat c;
	int side, rc = dedupe_outcome(tx, r->user, r->device, r->number, &o);

	*peer = 0;
	if (rc == 0 && o.kind != OUTCOME_SENT)
		return 0;
	if (rc == 0)
		rc = chat_by_number(tx, r->user, o.number, &id);
	if (rc == 0)
		rc = chat_get(tx, &id, &c);
	if (rc != 0 || c.kind != CHAT_KIND_DIRECT)
		return rc == SC_ENOTFOUND ? 0 : rc;
	side = chat_side(&c, r->user);
	if (side < 0)
		return 0;
	rc = user_get(tx, c.user[1 - side], &u);
	if (rc == SC_ENOTFOUND || (rc == 0 && user_is_leaving(&u)))
		*peer = c.user[1 - side];
	return rc == SC_ENOTFOUND ? 0 : rc;
}

/* The same for every way to name the same chat. */
static int
message_digest(struct request *r, struct tx *tx, uint64_t *digest)
{
	struct message *m = (struct message *)r;
	struct target *t = arena_alloc(tx->scratch, sizeof(*t));
	uint64_t d = digest_add_u64(DIGEST_INIT, DIGEST_MESSAGE), gone = 0;
	int rc;

	if (t == NULL)
		return SC_ENOMEM;
	m->target = t;
	m->found = target_find(tx, r->server, r->user, &m->chat, t);
	if (!is_final(m->found))
		return m->found;
	rc = m->chat.kind != CHAT_BY_NAME ? 0 : sent_before(r, tx, &gone);
	if (rc != 0)
		return rc;
	if (gone != 0)
		d = digest_add_u64(d, gone);
	else if (m->found == 0 && t->direct)
		d = digest_add_u64(d, t->peer);
	else if (m->found == 0 || m->found == SC_EFORBIDDEN)
		d = digest_add(d, t->id.b, sizeof(t->id.b));
	else
		d = digest_ref(d, &m->chat);
	*digest = digest_add(d, m->payload.p, m->payload.len);
	return 0;
}

static uint64_t
message_said(struct request *r)
{
	const struct message *m = (struct message *)r;

	return digest_add(digest_ref(digest_add_u64(DIGEST_INIT,
	    DIGEST_MESSAGE), &m->chat), m->payload.p, m->payload.len);
}

/* What the modules say of the contents; one that has been switched off
 * meanwhile says nothing.  *UNTIL: when the first thing disappears that they
 * speak of. */
static int
ask_modules(struct message *m, struct tx *tx, const struct chat *c,
    int64_t *until)
{
	struct sc_content content = {.user = m->r.user,
	    .device = m->r.device, .chat = c};
	int rc = 0;

	for (struct kept *at = m->contents; at != NULL && rc == 0;
	    at = at->next) {
		if (!module_is_on(at->module))
			continue;
		content.elem = &at->elem;
		content.until = INT64_MAX;
		rc = at->kind->check(at->module, tx, &content);
		m->r.why = rc == 0 ? NULL : content.why;
		if (content.until < *until)
			*until = content.until;
	}
	return rc == SC_ECONFLICT ? SC_EINTERNAL : rc;
}

/* Whether the chat takes his message: a direct chat does while both are there,
 * another one if the module that has it says so. */
static int
may_post(struct message *m, struct tx *tx, const struct chat *c)
{
	struct sc_module *module;
	const struct sc_chats_def *chats;

	if (!chat_has_roster(c))
		return chat_is_open(c) ? 0 : SC_ENOTFOUND;
	chats = server_chats(m->r.server, c->kind, &module);
	if (chats == NULL) {
		m->r.why = "chats of this kind are switched off";
		return SC_ENOTACCEPTABLE;
	}
	if (!member_in(&m->target->member)) {
		m->r.why = "you are not in this chat any more";
		return SC_EFORBIDDEN;
	}
	return chats->post(module, tx, c, m->r.user, &m->target->member,
	    &m->r.why);
}

/* What was decided before it ran. */
static int
refuse(struct message *m)
{
	if (m->why != NULL)
		m->r.why = m->why;
	else if (m->refuse == SC_ETOOLARGE)
		m->r.why = "the text or the payload is longer than this "
		    "server takes";
	else
		m->r.why = "the payload cannot be opened";
	return m->refuse;
}

static int
message_perform(struct request *r, struct tx *tx)
{
	struct message *m = (struct message *)r;
	struct entry e = {.from = r->user, .device = r->device,
	    .n = r->number, .flags = m->counts ? ENTRY_COUNTS : 0,
	    .payload = m->payload};
	struct chat c = m->target->chat;
	int64_t until = INT64_MAX;
	int rc = m->refuse != 0 ? refuse(m) : m->found;

	if (rc == 0 && !m->target->there)
		rc = chat_direct_make(tx, r->user, m->target->peer, outbox_said,
		    tx, &c);
	if (rc == 0)
		rc = may_post(m, tx, &c);
	if (rc == 0)
		rc = ask_modules(m, tx, &c, &until);
	if (rc == 0) {
		e.timer = expiry_timer(r->server, tx, &c, until);
		rc = chat_append(tx, &c, &e);
	}
	if (rc == 0)
		rc = expiry_note(r->server, tx, &e);
	if (rc != 0)
		return rc;
	r->outcome.kind = OUTCOME_SENT;
	r->outcome.number = chat_has_roster(&c) ? m->target->member.number
	    : c.number[chat_side(&c, r->user)];
	r->outcome.seq = e.seq;
	r->outcome.time = e.time;
	r->outcome.timer = e.timer;
	return outbox_entry(tx, &c, &e, r->session);
}

static void
message_fini(struct request *r)
{
	arena_fini(&((struct message *)r)->arena);
}

static const struct request_type message_type = {
	.job = REQUEST_JOB(JOB_SCRIBE),
	.digest = message_digest,
	.said = message_said,
	.perform = message_perform,
	.fini = message_fini,
};

static struct message *
message_create(struct session *s, const struct elem *e)
{
	const struct chat_ref *chat = &elem_get(e, ATTR_CHAT)->chat;
	struct slice payload = e->text;
	struct slice name = chat->kind == CHAT_BY_NAME ? chat->name
						       : slice_of(NULL, 0);
	struct message *m = (struct message *)request_create(s, &message_type,
	    e, ATTR_N, sizeof(*m) + payload.len + name.len);

	if (m == NULL)
		return NULL;
	m->chat = *chat;
	arena_init(&m->arena, CONTENTS_MAX);
	if (payload.len > 0)
		memcpy(m->bytes, payload.p, payload.len);
	m->payload = slice_of(m->bytes, payload.len);
	if (name.len > 0)
		memcpy(m->bytes + payload.len, name.p, name.len);
	m->chat.name = slice_of(m->bytes + payload.len, name.len);
	return m;
}

static int
refused(struct message *m, int rc, const char *why)
{
	m->why = why;
	return rc;
}

/* Keeps an element for the module that has its kind. */
static int
keep_kind(struct message *m, const struct elem *e)
{
	struct sc_module *module;
	const struct sc_kind_def *kind = server_kind(m->r.server, e->tag,
	    &module);
	struct kept *c;

	/* other kinds pass through (R22) */
	m->counts = m->counts || kind == NULL || !kind->quiet;
	if (kind == NULL || kind->check == NULL)
		return 0;
	if (++m->ncontents > SC_CONTENTS_MAX)
		return refused(m, SC_ETOOLARGE, "a message changes, or refers "
		    "to, so much at once: send several");
	c = arena_alloc(&m->arena, sizeof(*c));
	if (c == NULL || elem_copy(&m->arena, e, &c->elem) != 0)
		return SC_ETOOLARGE;
	c->module = module;
	c->kind = kind;
	c->next = m->contents;
	m->contents = c;
	return 0;
}

/* What readers believe of nobody but the server. */
static bool
is_servers(enum tag tag)
{
	return tag == TAG_DELETED || tag == TAG_CHANGED || tag == TAG_MEMBER ||
	    tag == TAG_CHAT || tag == TAG_CONTACT || tag == TAG_BLOCK ||
	    tag == TAG_SETTINGS || tag == TAG_DEVICE || tag == TAG_USER ||
	    tag == TAG_STAR || tag == TAG_REQUEST;
}

/* One content element of a message. */
static int
content_check(struct worker *w, struct message *m, const struct elem *e)
{
	size_t n;

	if (is_servers(e->tag))
		return refused(m, SC_EFORBIDDEN,
		    "the message holds what only the server may say");
	if (e->tag == TAG_BODY || e->tag == TAG_EDIT) {
		if (utf8_length(e->text, &n) != 0)
			return SC_EBADREQUEST;
		if (n > w->conf.max_text)
			return SC_ETOOLARGE;
	}
	return keep_kind(m, e);
}

/* Opens the payload once, so that nobody else finds it damaged (R21). */
static int
payload_check(struct worker *w, struct message *m)
{
	struct slice wire = slice_of(m->bytes, m->payload.len), content;
	struct payload p;
	int rc;

	if (wire.len > PAYLOAD_WIRE_MAX)
		return SC_ETOOLARGE;
	rc = payload_take(&wire, &p);
	if (rc != 0 || wire.len != 0)
		return SC_EBADREQUEST;
	m->counts = p.encoding == PAYLOAD_OPAQUE;
	if (m->counts)
		return 0;
	rc = payload_open(w->deflate, &p, &w->scratch, &content);
	if (rc == SC_ETOOLARGE)
		return rc;
	while (rc == 0 && content.len > 0) {
		struct elem e;

		rc = payload_next(&content, &w->arena, &e);
		if (rc == 0)
			rc = content_check(w, m, &e);
	}
	return rc == 0 || rc == SC_ETOOLARGE || m->why != NULL
	    ? rc : SC_EBADREQUEST;
}

void
request_message(struct session *s, const struct elem *e)
{
	struct worker *w = s->worker;
	struct message *m;

	if (e->content != CONTENT_PAYLOAD || !elem_has(e, ATTR_CHAT) ||
	    elem_uint(e, ATTR_N, 0) == 0) {
		session_bye(s, BYE_REASON_MALFORMED,
		    "a message without chat, n or payload");
		return;
	}
	m = message_create(s, e);
	if (m == NULL) {
		session_bye(s, BYE_REASON_OVERLOAD, "out of memory");
		return;
	}
	w->stats.messages_in++;
	m->refuse = payload_check(w, m);
	worker_submit(s, &m->r.job);
}
