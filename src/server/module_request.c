/* SPDX-License-Identifier: ISC */
/* Requests that a module serves: module.h, struct sc_verb_def. */
#include <stdlib.h>
#include <string.h>

#include "protocol/frame.h"
#include "src/chat/link.h"
#include "src/chat/member.h"
#include "src/chat/user.h"
#include "src/common/err.h"
#include "src/common/wipe.h"
#include "src/server/account.h"
#include "src/server/answer.h"
#include "src/server/list.h"
#include "src/server/live.h"
#include "src/server/request.h"
#include "src/server/request_priv.h"
#include "src/server/server_priv.h"
#include "src/server/target.h"
#include "src/server/worker_priv.h"

enum {
	STANZA_MAX = 256 << 10,		/* for the copy of the stanza */
	ANSWER_ROOM = FRAME_MAX - 512,	/* the rest is the frame's own */
	PAGE_ROOM = 48 << 10
};

struct module_request {
	struct request r;
	struct sc_module *module;
	const struct sc_verb_def *def;
	struct arena arena;	/* of the stanza */
	struct elem stanza;
	uint64_t digest;
	uint64_t resume[4];	/* as the last run left it */
	struct sc_request request;
};

static struct module_request *
of(struct request *r)
{
	return (struct module_request *)r;
}

static const char switched_off[] = "this is switched off: try again later";

/* ---- in the transaction ---- */

static int
module_digest(struct request *r, struct tx *tx, uint64_t *digest)
{
	(void)tx;
	*digest = of(r)->digest;
	return 0;
}

/* Whether a request with that tag, key and action is for DEF. */
static bool
verb_serves(const struct sc_verb_def *def, const struct elem *e,
    enum attr_name key)
{
	uint64_t action = elem_uint(e, ATTR_ACTION, ACTION_COUNT);

	if (def->tag != e->tag ||
	    (key == ATTR_N) != (def->kind == SC_VERB_COUNTED))
		return false;
	return def->actions == 0 || (action < ACTION_COUNT &&
	    (def->actions & SC_ACTION(action)) != 0);
}

static int
run_verb(struct module_request *m, struct tx *tx, struct sc_module *module,
    const struct sc_verb_def *def)
{
	int rc = def->run(module, tx, &m->request);

	m->r.why = m->request.why;
	return rc;
}

static void
begin(struct module_request *m)
{
	m->request = (struct sc_request){.user = m->r.user,
	    .device = m->r.device, .stanza = &m->stanza, .core = &m->r,
	    .server = m->r.server,
	    .n = m->r.key == ATTR_N ? m->r.number : 0,
	    .room = m->def->kind == SC_VERB_LIST ? PAGE_ROOM : ANSWER_ROOM};
	memcpy(m->request.resume, m->resume, sizeof(m->resume));
}

static bool
goes_on(int rc)
{
	return rc == SC_NOT_MINE || rc == SC_AND_OTHERS;
}

/* Asks the modules after the first that serve it as well, and are on.  *DONE: it
 * is, in part. */
static int
run_others(struct module_request *m, struct tx *tx, bool *done)
{
	struct server *s = m->r.server;
	int rc = SC_NOT_MINE;

	for (size_t i = m->module->index + 1; i < s->nmodules && goes_on(rc);
	    i++) {
		struct sc_module *at = &s->modules[i];
		const struct sc_verb_def *def = at->def->verbs;

		for (; def != NULL && def->name != NULL && goes_on(rc); def++)
			if (def->kind == m->def->kind && module_is_on(at) &&
			    verb_serves(def, &m->stanza, m->r.key)) {
				rc = run_verb(m, tx, at, def);
				*done = *done || rc == SC_AND_OTHERS;
			}
	}
	return rc;
}

static int
module_perform(struct request *r, struct tx *tx)
{
	struct module_request *m = of(r);
	bool done;
	int rc;

	if (!module_is_on(m->module)) {
		r->why = switched_off;
		return SC_EUNAVAILABLE;
	}
	begin(m);
	rc = run_verb(m, tx, m->module, m->def);
	done = rc == SC_AND_OTHERS;
	if (goes_on(rc))
		rc = run_others(m, tx, &done);
	if (!goes_on(rc) || done)
		return goes_on(rc) ? 0 : rc;
	r->why = m->stanza.tag == TAG_CHAT || elem_has(&m->stanza, ATTR_CHAT)
	    ? "this cannot be done with a chat of this kind"
	    : "this server has no such thing: the module that has may be off";
	return SC_ENOTACCEPTABLE;
}

/* The answer as it is kept, for repeats. */
static int
keep_answer(struct module_request *m, struct tx *tx)
{
	struct elem_buf result;
	struct buf bytes;
	int rc;

	elem_begin(&result, TAG_RESULT);
	elem_add_uint(&result, ATTR_N, m->r.number);
	if (m->request.nreply > 0)
		elem_set_children(&result, m->request.reply,
		    m->request.nreply);
	buf_init(&bytes, OUTCOME_REPLY_MAX);
	rc = request_bytes(&result.e, &bytes);
	if (rc == 0) {
		m->r.outcome.kind = OUTCOME_DONE;
		m->r.outcome.reply = arena_copy(tx->arena, buf_slice(&bytes));
		rc = m->r.outcome.reply.p == NULL ? SC_ENOMEM : 0;
	} else if (rc == SC_ETOOLARGE) {
		m->r.why = "the answer would be too long";
	}
	buf_fini(&bytes);
	return rc;
}

static int
counted_perform(struct request *r, struct tx *tx)
{
	int rc = module_perform(r, tx);

	if (rc != 0 || r->outcome.kind == OUTCOME_SENT)
		return rc;
	return keep_answer(of(r), tx);
}

/* ---- the answer ---- */

static void
too_large(struct session *s, const struct request *r)
{
	session_error(s, ATTR_ID, r->number, SC_ETOOLARGE,
	    "the answer is larger than a frame", 0);
}

/* No copy of it stays behind. */
static void
put_secret(struct session *s, struct sc_request *q, const struct elem *result)
{
	s->secret_out = true;
	session_put(s, result);
	for (size_t i = 0; i < q->nreply; i++)
		for (size_t k = 0; k < q->reply[i].nattr; k++) {
			struct value *v = &q->reply[i].attrs[k].v;

			if (v->type == VALUE_BYTES)
				wipe((uint8_t *)(uintptr_t)v->s.p, v->s.len);
		}
}

static void
put_result(struct session *s, struct request *r)
{
	struct module_request *m = of(r);
	struct elem_buf result;

	elem_begin(&result, TAG_RESULT);
	elem_add_uint(&result, ATTR_ID, r->number);
	if (m->request.nreply > 0 && m->def->kind != SC_VERB_LIST)
		elem_set_children(&result, m->request.reply,
		    m->request.nreply);
	if (m->request.secret)
		put_secret(s, &m->request, &result.e);
	else if (answer_put(s, &result.e) != 0)
		too_large(s, r);
}

/* The request for the next page takes over what is needed of this one. */
static void
read_on(struct session *s, struct module_request *m)
{
	struct module_request *next = malloc(sizeof(*next));

	if (next == NULL) {
		session_error(s, ATTR_ID, m->r.number, SC_EUNAVAILABLE,
		    "out of memory", 0);
		return;
	}
	*next = *m;
	arena_init(&m->arena, 0);
	memset(&next->r.job, 0, sizeof(next->r.job));
	job_init(&next->r.job, m->r.job.type, m->r.job.domain);
	next->r.job.order = m->r.job.order;
	next->r.intros = NULL;
	next->r.nintros = 0;
	next->r.entry = NULL;
	memcpy(next->resume, m->request.resume, sizeof(next->resume));
	list_again_take(s, &next->r);
}

static void
put_page(struct session *s, struct request *r)
{
	struct sc_request *q = &of(r)->request;
	struct elem_buf page;

	elem_begin(&page, TAG_PAGE);
	elem_add_uint(&page, ATTR_ID, r->number);
	for (size_t i = 0; i < q->nattr; i++)
		page.attrs[page.e.nattr++] = q->attrs[i];
	if (q->nreply > 0) {
		elem_set_children(&page, q->reply, q->nreply);
		session_spend(s, PACE_COST_PAGE + q->nreply);
	}
	if (q->nreply > 0 && answer_page(s, &page.e) != 0)
		too_large(s, r);
	else if (q->more)
		read_on(s, of(r));
	else
		put_result(s, r);
}

static void
listed_done(struct job *j)
{
	struct session *s = j->session;

	request_done(j);
	if (s == NULL)
		return;
	list_done(s);
	session_schedule(s);
}

static void
module_fini(struct request *r)
{
	arena_fini(&of(r)->arena);
}

static const struct request_type types[] = {
	[SC_VERB_READ] = {.job = REQUEST_JOB(JOB_READER),
	    .perform = module_perform, .answer = put_result,
	    .fini = module_fini},
	[SC_VERB_LIST] = {.job = {JOB_READER, request_run, listed_done,
	    request_fini}, .perform = module_perform, .answer = put_page,
	    .fini = module_fini},
	[SC_VERB_WRITE] = {.job = REQUEST_JOB(JOB_SCRIBE),
	    .perform = module_perform, .answer = put_result,
	    .fini = module_fini},
	[SC_VERB_COUNTED] = {.job = REQUEST_JOB(JOB_SCRIBE),
	    .digest = module_digest, .perform = counted_perform,
	    .fini = module_fini},
};

/* ---- the start ---- */

/* The attribute by which a request asks for an answer; ATTR_OTHER: none. */
static enum attr_name
key_of(const struct elem *e)
{
	static const enum attr_name keys[] = {ATTR_N, ATTR_ID};

	for (size_t i = 0; i < 2; i++) {
		const struct value *v = elem_get(e, keys[i]);

		if (v != NULL && v->type == VALUE_UINT &&
		    (keys[i] == ATTR_ID || v->u != 0))
			return keys[i];
	}
	return ATTR_OTHER;
}

/* The verb of a module that is on; if there is none, of one that is off. */
static const struct sc_verb_def *
verb_find(struct server *server, const struct elem *e, enum attr_name key,
    struct sc_module **m)
{
	const struct sc_verb_def *found = NULL;

	for (size_t i = 0; i < server->nmodules; i++) {
		struct sc_module *at = &server->modules[i];
		const struct sc_verb_def *def = at->def->verbs;

		for (; def != NULL && def->name != NULL; def++) {
			if (!verb_serves(def, e, key))
				continue;
			found = def;
			*m = at;
			if (module_is_on(at))
				return def;
		}
	}
	return found;
}

/* Nobody can say for how long, so a request with a counter is refused for good:
 * it must not hold up those behind it. */
static void
answer_off(struct session *s, const struct elem *e, enum attr_name key)
{
	if (key == ATTR_N)
		request_unknown(s, e);
	else
		session_error(s, key, elem_uint(e, key, 0), SC_EUNAVAILABLE,
		    switched_off, 0);
}

/* Keeps the stanza, and for a request with a counter its digest. */
static int
keep_stanza(struct module_request *m, const struct elem *e)
{
	struct buf bytes;
	int rc = elem_copy(&m->arena, e, &m->stanza);

	if (rc != 0 || m->r.key != ATTR_N)
		return rc;
	buf_init(&bytes, 0);
	rc = request_bytes(e, &bytes);
	m->digest = digest_add(digest_add_u64(DIGEST_INIT, DIGEST_STANZA),
	    buf_slice(&bytes).p, bytes.len);
	buf_fini(&bytes);
	return rc;
}

bool
request_module(struct session *s, const struct elem *e)
{
	enum attr_name key = key_of(e);
	struct sc_module *module;
	const struct sc_verb_def *def;
	struct module_request *m;

	if (key == ATTR_OTHER)
		return false;
	def = verb_find(s->worker->server, e, key, &module);
	if (def == NULL)
		return false;
	if (!module_is_on(module)) {
		answer_off(s, e, key);
		return true;
	}
	m = (struct module_request *)request_create(s, &types[def->kind], e,
	    key, sizeof(*m));
	if (m != NULL) {
		arena_init(&m->arena, STANZA_MAX);
		m->module = module;
		m->def = def;
	}
	if (m == NULL || keep_stanza(m, e) != 0) {
		job_destroy(m == NULL ? NULL : &m->r.job);
		session_error(s, key, elem_uint(e, key, 0), SC_EUNAVAILABLE,
		    "out of memory", 0);
	} else if (def->kind == SC_VERB_LIST) {
		list_start_take(s, &m->r);
	} else {
		worker_submit(s, &m->r.job);
	}
	return true;
}

/* ---- what a verb may do ---- */

/* More bytes than E can have, wherever it stands. */
static size_t
size_bound(const struct elem *e)
{
	enum { HEAD = 8, ATTR = 2 + 1 + 20 };	/* the longest: a chat id */
	size_t n = HEAD + e->other.len + e->text.len;

	for (size_t i = 0; i < e->nattr; i++) {
		const struct value *v = &e->attrs[i].v;

		n += ATTR + e->attrs[i].other.len;
		if (v->type == VALUE_BYTES || v->type == VALUE_TEXT)
			n += v->s.len;
		else if (v->type == VALUE_CHAT)
			n += v->chat.name.len;
		else if (v->type == VALUE_USER)
			n += v->user.name.len;
	}
	for (size_t i = 0; i < e->nchild; i++)
		n += size_bound(&e->children[i]);
	return n;
}

static int
reply_grow(struct tx *tx, struct sc_request *q)
{
	size_t cap = q->cap == 0 ? 16 : q->cap * 2;
	struct elem *reply = arena_array(tx->arena, cap, sizeof(*reply));

	if (reply == NULL)
		return SC_ENOMEM;
	if (q->nreply > 0)
		memcpy(reply, q->reply, q->nreply * sizeof(*reply));
	q->reply = reply;
	q->cap = cap;
	return 0;
}

int
scm_add(struct tx *tx, struct sc_request *q, const struct elem *e)
{
	bool list = of(q->core)->def->kind == SC_VERB_LIST;
	size_t size = size_bound(e);
	int rc = 0;

	if (q->nreply >= STANZA_CHILDREN ||
	    (size > q->room && (!list || q->nreply > 0)))
		return list ? 1 : SC_ETOOLARGE;
	if (q->nreply == q->cap)
		rc = reply_grow(tx, q);
	if (rc == 0)
		rc = elem_copy(tx->arena, e, &q->reply[q->nreply]);
	if (rc != 0)
		return rc;
	q->nreply++;
	q->room = size > q->room ? 0 : q->room - size;
	return 0;
}

int
scm_chat(struct tx *tx, const struct sc_request *q, enum attr_name name,
    struct chat *c)
{
	const struct value *v = elem_get(q->stanza, name);

	if (v == NULL || v->type != VALUE_CHAT)
		return SC_EBADREQUEST;
	return target_chat(tx, q->server, q->user, &v->chat, c);
}

int
scm_user(struct tx *tx, const struct sc_request *q, enum attr_name name,
    struct sc_user *to)
{
	const struct value *v = elem_get(q->stanza, name);
	struct user u;
	uint64_t id;
	int rc;

	if (v == NULL || v->type != VALUE_USER)
		return SC_EBADREQUEST;
	id = v->user.id;
	rc = id != 0 ? 0
	    : target_user(tx, q->server, v->user.name, &id);
	if (rc == 0)
		rc = user_get(tx, id, &u);
	if (rc == 0 && user_is_leaving(&u))
		rc = SC_ENOTFOUND;
	return rc != 0 ? rc : scm_user_get(tx, id, to);
}

int
scm_direct(struct tx *tx, uint64_t peer, struct sc_request *q, struct chat *c)
{
	return chat_direct_make(tx, q->user, peer, outbox_said, tx, c);
}

int
scm_append(struct tx *tx, struct sc_request *q, struct chat *c,
    struct entry *e)
{
	struct request *r = q->core;
	struct member m;
	int rc;

	if (!chat_is_open(c))
		return SC_ENOTFOUND;
	sc_assert(q->n != 0 && r->outcome.kind == 0);
	e->from = q->user;
	e->device = q->device;
	e->n = q->n;
	rc = chat_append(tx, c, e);
	if (rc == 0)
		rc = member_get(tx, &c->id, q->user, &m);
	if (rc == 0)
		rc = outbox_entry(tx, c, e, r->session);
	if (rc != 0)
		return rc;
	r->outcome = (struct outcome){.kind = OUTCOME_SENT,
	    .number = m.number, .seq = e->seq, .time = e->time};
	return 0;
}

int
scm_device_revoke(struct tx *tx, struct sc_request *q, uint32_t device)
{
	int rc = account_device_revoke(tx, q->user, device);

	if (rc == 0 && device == q->device)
		q->core->ended = true;
	return rc;
}

int
scm_device_rename(struct tx *tx, struct sc_request *q, uint32_t device,
    struct slice name)
{
	return account_device_rename(tx, q->user, device, name);
}

_Static_assert(SC_LINK_SIZE == (int)LINK_TOKEN_SIZE, "a code is a code");

int
scm_device_link(struct tx *tx, struct sc_request *q, int64_t expires,
    uint8_t token[SC_LINK_SIZE])
{
	return link_make(tx, q->user, expires, token);
}
