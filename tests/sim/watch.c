/* SPDX-License-Identifier: ISC */
#include "tests/sim/watch.h"

#include <inttypes.h>
#include <stdlib.h>

#include "protocol/payload.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "tests/sim/expiry.h"
#include "tests/sim/prune.h"
#include "tests/sim/sim.h"

enum { REQUESTS = 128, WINDOW = 1024 };

/* A chat on one connection. */
struct watch_chat {
	uint64_t number;
	uint64_t base;		/* the client's cursor at the start */
	uint64_t heard;		/* items up to here have come */
	uint64_t acked;		/* up to here, as the server has heard */
	bool moved;		/* an item has come */
	bool watched;		/* the client looks at it, which may repeat
				 * what was on its way */
};

/* An item in the window. */
struct watch_item {
	uint64_t number, seq;
};

/* A request under way. */
struct watch_request {
	uint64_t n;
	uint32_t revoked;	/* it removes that device; 0: it is a message */
	unsigned said;
	uint64_t digest;
	uint64_t number;	/* of the chat; 0: named otherwise */
	bool message;
};

struct watch {
	struct sim *sim;
	struct peer *peer;
	struct wire *wire;
	struct watch *prev, *next;	/* all wires that are used */
	bool heard_any;		/* by the client, from the server */
	bool said_auth, said_token, said_sync;
	struct link_login link;	/* the code that its client has */
	bool linking;		/* it was heard, and is not answered */
	bool live;		/* the server has said success */
	bool refused;		/* or failure, or that it came too late */
	uint64_t live_at, auth_at;	/* the order of success and auth */
	bool fenced;		/* and since then to a newer session */
	bool asked_cursors, synced;
	bool resynced;		/* the client has synced a second time */
	uint64_t user;
	uint32_t device;
	struct sim_coming coming;	/* the login that was heard */
	struct watch_item waiting[WINDOW];	/* sent, not acknowledged */
	unsigned nwaiting;
	struct watch_chat chats[APP_CHATS_MAX];
	unsigned nchats;
	struct watch_request requests[REQUESTS];
};

static void
broken(struct watch *w, const char *rule, const char *what,
    const struct elem *e)
{
	report_fail(&w->sim->w.report, rule, "%s: %s (<%s> chat %" PRIu64
	    " seq %" PRIu64 " n %" PRIu64 ")", w->wire->name, what,
	    tag_name(e->tag), elem_has(e, ATTR_CHAT)
	    ? elem_get(e, ATTR_CHAT)->chat.number : 0,
	    elem_uint(e, ATTR_SEQ, 0), elem_uint(e, ATTR_N, 0));
}

static struct watch_chat *
chat_of(struct watch *w, uint64_t number)
{
	struct watch_chat *c;

	for (unsigned i = 0; i < w->nchats; i++) {
		if (w->chats[i].number == number)
			return &w->chats[i];
	}
	sc_assert(w->nchats < APP_CHATS_MAX);
	c = &w->chats[w->nchats++];
	c->number = number;
	return c;
}

void
watch_begin(struct sim *s, struct wire *wire, struct peer *p)
{
	struct watch *w = xcalloc(1, sizeof(*w));
	struct watch_chat *c;

	w->sim = s;
	w->peer = p;
	w->wire = wire;
	w->link = (struct link_login){s, p->link, p->user};
	w->next = s->watches;
	if (w->next != NULL)
		w->next->prev = w;
	s->watches = w;
	wire->watch = w;
	for (uint64_t number = 1; number < APP_CHATS_MAX; number++) {
		c = chat_of(w, number);
		c->base = sc_client_cursor(p->client, number);
		c->heard = c->base;
	}
}

void
watch_end(void *arg, struct wire *wire)
{
	struct watch *w = wire->watch;

	(void)arg;
	if (w->auth_at != 0 && !w->live && !w->refused)
		report_count(&w->sim->w.report, COUNT_LOST_LOGINS);
	if (w->prev != NULL)
		w->prev->next = w->next;
	else
		w->sim->watches = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	free(w);
	wire->watch = NULL;
}

/* The chat number in an element; 0 if it is named otherwise. */
static uint64_t
number_in(const struct elem *e)
{
	const struct value *v = elem_get(e, ATTR_CHAT);

	return v == NULL || v->chat.kind != CHAT_BY_NUMBER ? 0
							   : v->chat.number;
}

/* ---- what the client says ---- */

/* A request may name something. */
static unsigned
said_of_request(const struct watch *w, const struct elem *e)
{
	struct slice text = elem_slice(e, ATTR_NAME);

	return said_parse(&w->sim->ledger, text.len > 0 ? text
	    : elem_slice(e, ATTR_TOPIC));
}

static void
client_message(struct watch *w, const struct elem *e, unsigned id,
    uint64_t digest)
{
	struct ledger *l = &w->sim->ledger;
	uint64_t n = elem_uint(e, ATTR_N, 0);
	struct said *s;

	if (id == SAID_NONE) {
		broken(w, "R8", "the client sends what nobody said", e);
		return;
	}
	s = &l->said[id];
	if (!s->safe)
		broken(w, "R8", "sent before its record is on the disk", e);
	if (s->n != 0 && s->n != n)
		report_count(&w->sim->w.report, COUNT_RENUMBERED);
	s->n = n;
	s->digest = digest;
}

/* What is acknowledged must never be asked for again. */
static void
client_ack(struct watch *w, const struct elem *e)
{
	uint64_t number = number_in(e);
	uint64_t seq = elem_uint(e, ATTR_SEQ, elem_uint(e, ATTR_LOW, 0));
	const struct app_chat *c = app_chat(w->peer, number);

	if (seq > c->dense)
		broken(w, "R11", "acknowledged and not given", e);
	else if (seq > c->safe_dense)
		broken(w, "R11", "acknowledged before it is on the disk", e);
}

static void
client_says(struct watch *w, const struct elem *e)
{
	struct report *r = &w->sim->w.report;

	switch (e->tag) {
	case TAG_AUTH:
		w->said_auth = true;
		w->said_token = elem_uint(e, ATTR_MECHANISM, 0) ==
		    MECHANISM_TOKEN;
		if (w->said_token)
			report_count(r, COUNT_TOKEN_LOGINS);
		break;
	case TAG_SYNC:
		if (!w->said_sync && w->said_auth && !w->heard_any)
			report_count(r, COUNT_PIPELINED);
		w->resynced = w->said_sync;
		w->said_sync = true;
		break;
	case TAG_MESSAGE:
		client_message(w, e, said_of_payload(&w->sim->ledger, e->text),
		    payload_digest(e->text));
		break;
	case TAG_CHAT:
		if (said_of_request(w, e) != SAID_NONE)
			client_message(w, e, said_of_request(w, e), 0);
		break;
	case TAG_WATCH:
		chat_of(w, number_in(e))->watched = true;
		break;
	case TAG_ACK:
		client_ack(w, e);
		break;
	default:
		break;
	}
}

/* ---- what the server hears ---- */

static void
heard_said(struct watch *w, unsigned id)
{
	struct ledger *l = &w->sim->ledger;

	if (w->fenced) {
		l->said[id].fenced++;
		report_count(&w->sim->w.report, COUNT_FENCED_REQUESTS);
	} else {
		l->said[id].heard++;
	}
}

static void
heard_message(struct watch *w, const struct elem *e)
{
	struct ledger *l = &w->sim->ledger;
	unsigned id = said_of_payload(l, e->text);
	uint64_t n = elem_uint(e, ATTR_N, 0);

	if (id == SAID_NONE)
		return;
	w->requests[n % REQUESTS] =
	    (struct watch_request){n, 0, id, payload_digest(e->text),
	    number_in(e), true};
	heard_said(w, id);
}

/* Digest of all that it says. */
static uint64_t
digest_of(const struct elem *e)
{
	static const struct stanza_ctx base = {.base_time = 0};
	struct buf bytes;
	uint64_t digest = 1;

	buf_init(&bytes, 1 << 16);
	if (stanza_encode(&base, e, &bytes) == 0)
		digest = payload_digest(buf_slice(&bytes));
	buf_fini(&bytes);
	return digest;
}

static void
heard_request(struct watch *w, const struct elem *e)
{
	uint64_t n = elem_uint(e, ATTR_N, 0);
	uint32_t device = e->tag != TAG_DEVICE ||
	    elem_uint(e, ATTR_ACTION, 0) != ACTION_REVOKE ? 0
	    : (uint32_t)elem_uint(e, ATTR_DEVICE, 0);
	unsigned id = e->tag == TAG_CHAT ? said_of_request(w, e) : SAID_NONE;

	if (n == 0)
		return;
	w->requests[n % REQUESTS] =
	    (struct watch_request){n, device, id, digest_of(e), 0, false};
	if (id != SAID_NONE)
		heard_said(w, id);
}

static void
window_acked(struct watch *w, uint64_t number, uint64_t seq)
{
	struct watch_chat *c = chat_of(w, number);
	unsigned kept = 0;

	if (seq > c->acked)
		c->acked = seq;

	for (unsigned i = 0; i < w->nwaiting; i++) {
		if (w->waiting[i].number != number || w->waiting[i].seq > seq)
			w->waiting[kept++] = w->waiting[i];
	}
	w->nwaiting = kept;
}

/* A low seq stands for the highest that was sent with that remainder; no chat
 * of a simulation has more than 16384. */
static void
heard_mark(struct watch *w, const struct elem *e)
{
	uint64_t number = number_in(e);
	uint64_t seq = elem_uint(e, ATTR_SEQ, elem_uint(e, ATTR_LOW, 0));
	struct fact_heard *h = ledger_heard(&w->sim->ledger,
	    w->sim->users[w->peer->user].id, number);

	if (e->tag == TAG_ACK)
		window_acked(w, number, seq);
	if (e->tag == TAG_READ)
		privacy_read(w->sim, h, seq);
	if (seq > h->delivered)
		h->delivered = seq;
	if (e->tag == TAG_READ && seq > h->read)
		h->read = seq;
}

static void
hears_auth(struct watch *w, const struct elem *e)
{
	w->auth_at = ++w->sim->moments;
	w->coming = (struct sim_coming){
	    .user = w->sim->users[w->peer->user].id,
	    .device = (uint32_t)elem_uint(e, ATTR_DEVICE, 0),
	    .wire = w->wire->id};
	comings_heard(w->sim, &w->coming);
	w->linking = w->link.link != 0 &&
	    elem_uint(e, ATTR_MECHANISM, 0) == MECHANISM_LINK;
	if (w->linking)
		links_heard(&w->link);
}

static void
server_hears(struct watch *w, const struct elem *e)
{
	if (e->tag == TAG_AUTH)
		hears_auth(w, e);
	else if (e->tag == TAG_MESSAGE)
		heard_message(w, e);
	else if (e->tag == TAG_ACK || e->tag == TAG_READ)
		heard_mark(w, e);
	else if (e->tag == TAG_SIGNAL)
		signals_heard(&(struct signal_end){w->sim, w->wire->id,
		    w->user, w->device}, e);
	else if (elem_has(e, ATTR_N))
		heard_request(w, e);
}

/* ---- what the server says: it must be durable ---- */

/* What is heard from older sessions of the device counts no more. */
static void
fence(struct watch *w, uint32_t device, uint64_t before)
{
	struct watch *o;

	for (o = w->sim->watches; o != NULL; o = o->next) {
		if (o->live && o->live_at < before &&
		    o->user == w->user && o->device == device)
			o->fenced = true;
	}
}

static void
says_success(struct watch *w, const struct elem *e)
{
	const struct value *user = elem_get(e, ATTR_USER);

	w->user = user == NULL ? 0 : user->user.id;
	w->device = (uint32_t)elem_uint(e, ATTR_DEVICE, 0);
	if (w->user != w->sim->users[w->peer->user].id)
		broken(w, "R2", "logged in as somebody else", e);
	fence(w, w->device, w->auth_at);
	w->live = true;
	w->live_at = ++w->sim->moments;
}

static void
says_of_link(struct watch *w, int code)
{
	if (w->linking)
		links_answered(&w->link, code);
	w->linking = false;
}

/* An item counts in the window until it is acknowledged. */
static void
says_item(struct watch *w, uint64_t number, uint64_t seq)
{
	const struct server_conf *conf = host_conf(w->sim->host);

	/* The server may have written it before it heard the ack. */
	if (w->nwaiting < WINDOW && seq > chat_of(w, number)->acked)
		w->waiting[w->nwaiting++] = (struct watch_item){number, seq};
	if (w->nwaiting == conf->window_entries)
		report_count(&w->sim->w.report, COUNT_FULL_WINDOWS);
	if (w->nwaiting > conf->window_entries && !w->resynced)
		report_fail(&w->sim->w.report, "R20", "%s: %u items are "
		    "unacknowledged, the window is %u", w->wire->name,
		    w->nwaiting, conf->window_entries);
}

/*
 * What was deleted, and that was acknowledged, is not told any more (R6), as
 * soon as every worker can know: what was written before may still leave, and
 * what a reader has read.
 */
enum { DELETED_MS = 6000 };

static void
check_undead(struct watch *w, const struct elem *e, uint64_t number,
    const struct fact *f)
{
	int64_t at = ledger_undead(&w->sim->ledger, w->user, number,
	    elem_uint(e, ATTR_SEQ, 0), f);

	if (at != 0 && !w->wire->behind &&
	    clock_mono(&w->sim->w.clock) > w->sim->w.clock.jumped + DELETED_MS &&
	    clock_mono(&w->sim->w.clock) > at + DELETED_MS)
		broken(w, "R6", "what was deleted is told", e);
	if (!w->wire->behind && expiry_undead(&w->sim->ledger, f))
		broken(w, "R6", "what has disappeared is told", e);
}

static void
says_entry(struct watch *w, const struct elem *e)
{
	struct ledger *l = &w->sim->ledger;
	uint64_t number = number_in(e), seq = elem_uint(e, ATTR_SEQ, 0);
	const struct value *from = elem_get(e, ATTR_FROM);
	struct fact f = {.known = true,
	    .from = from == NULL ? 0 : from->user.id,
	    .time = elem_int(e, ATTR_TIME, 0),
	    .digest = payload_digest(e->text),
	    .device = (uint32_t)elem_uint(e, ATTR_DEVICE, 0),
	    .n = elem_uint(e, ATTR_N, 0)};
	struct look look;
	struct payload payload;
	struct slice content, in = e->text;
	struct arena arena;
	struct elem chat;

	if (number == 1 && payload_take(&in, &payload) == 0) {
		content = payload.bytes;
		arena_init(&arena, 1 << 16);
		if (payload_next(&content, &arena, &chat) == 0 &&
		    chat.tag == TAG_CHAT)
			ledger_introduce(l, w->user, seq, &chat);
		arena_fini(&arena);
	}
	ledger_look(l, e->text, &look);
	f.deleted = look.deleted;
	f.edited = look.edited;
	f.counts = look.counts;
	if (!f.deleted)
		expiry_of(e, &f);
	check_undead(w, e, number, &f);
	removal_told(w->sim, w->user);
	ledger_entry(l, w->user, number, seq, &f);
	if (!f.deleted)
		expiry_with(l, ledger_chat(l, w->user, number), seq,
		    look.target);
	says_item(w, number, seq);
}

/* Where a message is, and what is gone by it. */
static void
said_is_in(struct watch *w, const struct fact_answer *a)
{
	struct ledger *l = &w->sim->ledger;
	struct said *s = &l->said[a->said];

	if (s->seq == 0) {
		s->place = a->number;
		s->seq = a->seq;
	}
	if (s->kind == SC_KIND_DELETE)
		ledger_deleted(l, w->user, a->number, s->target,
		    clock_mono(&w->sim->w.clock));
}

/* An answer to a request; CODE 0: it is in the log. */
static void
says_answer(struct watch *w, const struct elem *e, int code)
{
	struct ledger *l = &w->sim->ledger;
	uint64_t n = elem_uint(e, ATTR_N, 0);
	const struct watch_request *q = &w->requests[n % REQUESTS];
	struct fact_answer a = {.user = w->user, .device = w->device, .n = n,
	    .code = code, .seq = elem_uint(e, ATTR_SEQ, 0),
	    .time = elem_int(e, ATTR_TIME, 0), .said = q->said,
	    .digest = q->digest};
	struct fact f = {.known = true, .from = w->user, .time = a.time,
	    .device = w->device, .n = n, .counts = q->said != SAID_NONE &&
	    ledger_counts(l, q->said)};

	if (q->n != n) {
		broken(w, "R8", "an answer to no request", e);
		return;
	}
	a.number = number_in(e) != 0 ? number_in(e) : q->number;
	if (code != SC_ECONFLICT)
		ledger_answer(l, &a);
	if (code == 0 && q->revoked != 0)
		fence(w, q->revoked, w->sim->moments);
	if (code != 0 || !q->message)
		return;
	expiry_of(e, &f);
	/* A first message is answered before its chat is introduced. */
	if (ledger_chat(l, w->user, a.number) == NULL)
		report_count(&w->sim->w.report, COUNT_FIRST_MESSAGES);
	else
		ledger_entry(l, w->user, a.number, a.seq, &f);
	if (a.number != 0)
		said_is_in(w, &a);
}

static void
says_error(struct watch *w, const struct elem *e)
{
	int code = -1 - (int)elem_uint(e, ATTR_CODE, 0);

	if (!elem_has(e, ATTR_N))
		return;
	if (code == SC_EUNAVAILABLE) {
		report_count(&w->sim->w.report, COUNT_UNAVAILABLE);
		return;
	}
	if (code == SC_ERATELIMITED || code == SC_EINTERNAL)
		return;
	if (code == SC_ECONFLICT) {
		report_count(&w->sim->w.report, COUNT_CONFLICTS);
		return;
	}
	says_answer(w, e, code);
}

/* A tick is not older than the message of W's user that it is about: one that
 * counts, and is there. */
static bool
tick_too_old(const struct watch *w, const struct fact_chat *c, uint64_t seq,
    int64_t time)
{
	const struct ledger *l = &w->sim->ledger;

	if (seq > c->count)
		seq = c->count;
	for (; seq > 0; seq--) {
		const struct fact *f = &c->entries[seq - 1];

		/* of what is gone nobody knows the time */
		if (f->known && prune_may(w->sim, f->time))
			return false;
		if (f->known && f->from == w->user && f->counts &&
		    !ledger_doomed(l, c, seq))
			return time < f->time;
	}
	return false;
}

static void
says_receipt(struct watch *w, const struct elem *e)
{
	struct fact_chat *c;
	struct fact_heard *h;
	const struct fact_number *f = ledger_number(&w->sim->ledger, w->user,
	    number_in(e));
	uint64_t number;
	const struct value *user = elem_get(e, ATTR_USER);
	uint64_t delivered = elem_uint(e, ATTR_DELIVERED, 0);
	uint64_t read = elem_uint(e, ATTR_READ, 0);
	struct fact_marks *m;

	if (f == NULL) {
		broken(w, "R19", "a receipt of an unknown chat", e);
		return;
	}
	if (f->kind == CHAT_KIND_CHANNEL)
		broken(w, "R14", "a receipt in a channel", e);
	c = ledger_chat(&w->sim->ledger, w->user, f->number);
	m = ledger_marks(c, user != NULL ? user->user.id : f->peer);
	if (tick_too_old(w, c, read > delivered ? read : delivered,
	    elem_int(e, ATTR_TIME, 0)))
		broken(w, "R13", "a tick older than its message", e);
	if (read > delivered)
		delivered = read;
	number = ledger_number_of(&w->sim->ledger, m->user, &c->id);
	removal_told(w->sim, w->user);
	h = ledger_heard(&w->sim->ledger, m->user, number);
	if (number != 0 && (delivered > h->delivered || read > h->read))
		broken(w, "R13", "a tick that nobody earned", e);
	if (number != 0 && read > 0 && !w->wire->behind)
		privacy_reader(w->sim, w->user, h, read,
		    clock_mono(&w->sim->w.clock) - DELETED_MS);
	if (delivered > m->delivered)
		m->delivered = delivered;
	if (read > m->read)
		m->read = read;
}

/* Entries in a page are shown like others. */
static void
says_page(struct watch *w, const struct elem *e)
{
	const struct value *v = elem_get(e, ATTR_CHAT);

	for (size_t i = 0; i < e->nchild; i++) {
		const struct elem *m = &e->children[i];
		const struct value *from = elem_get(m, ATTR_FROM);
		struct fact f = {.known = true,
		    .from = from == NULL ? 0 : from->user.id,
		    .time = elem_int(m, ATTR_TIME, 0),
		    .device = (uint32_t)elem_uint(m, ATTR_DEVICE, 0),
		    .n = elem_uint(m, ATTR_N, 0)};
		struct look look;

		/* the payload of a page is opened: it has other bytes */
		ledger_look(&w->sim->ledger, m->text, &look);
		f.deleted = look.deleted;
		f.edited = look.edited;
		if (!f.deleted)
			expiry_of(m, &f);
		if (v == NULL || m->tag != TAG_MESSAGE)
			continue;
		check_undead(w, m, v->chat.number, &f);
		ledger_entry(&w->sim->ledger, w->user, v->chat.number,
		    elem_uint(m, ATTR_SEQ, 0), &f);
	}
}

static void
says_synced(struct watch *w)
{
	if (!w->synced && !w->asked_cursors)
		report_count(&w->sim->w.report, COUNT_SUM_MATCHES);
	w->synced = true;
}

static void
says_replaced(struct watch *w)
{
	report_count(&w->sim->w.report, COUNT_REPLACED);
	w->refused = true;
	if (w->live)
		w->coming.device = w->device;
	comings_replaced(w->sim, &w->coming);
}

static void
says_hello(struct watch *w, const struct elem *e)
{
	struct ledger *l = &w->sim->ledger;
	struct slice epoch = elem_slice(e, ATTR_EPOCH);

	if (epoch.len != sizeof(l->epoch) || (l->epoch_known &&
	    memcmp(epoch.p, l->epoch, sizeof(l->epoch)) != 0)) {
		broken(w, "R3", "another epoch", e);
		return;
	}
	memcpy(l->epoch, epoch.p, sizeof(l->epoch));
	l->epoch_known = true;
}

static void
server_says(struct watch *w, const struct elem *e)
{
	struct report *r = &w->sim->w.report;

	switch (e->tag) {
	case TAG_HELLO:
		says_hello(w, e);
		break;
	case TAG_SUCCESS:
		if (w->said_token && elem_has(e, ATTR_TOKEN))
			report_count(r, COUNT_TOKENS_RENEWED);
		says_success(w, e);
		says_of_link(w, 0);
		break;
	case TAG_FAILURE:
		report_count(r, COUNT_FAILED_LOGINS);
		w->refused = true;
		says_of_link(w, -1 - (int)elem_uint(e, ATTR_CODE, 0));
		break;
	case TAG_PAGE:
		says_page(w, e);
		break;
	case TAG_RESULT:
		if (elem_has(e, ATTR_N))
			says_answer(w, e, 0);
		break;
	case TAG_SYNC:
		w->asked_cursors = true;
		report_count(r, COUNT_CURSOR_PATHS);
		break;
	case TAG_SYNCED:
		says_synced(w);
		break;
	case TAG_BYE:
		if (elem_uint(e, ATTR_WHY, 0) == BYE_REASON_REPLACED)
			says_replaced(w);
		break;
	case TAG_MESSAGE:
		says_entry(w, e);
		break;
	case TAG_STUB:
		report_count(r, COUNT_STUBS);
		says_item(w, number_in(e), elem_uint(e, ATTR_SEQ, 0));
		break;
	case TAG_ACK:
		says_answer(w, e, 0);
		break;
	case TAG_ERROR:
		says_error(w, e);
		break;
	case TAG_RECEIPT:
		says_receipt(w, e);
		break;
	case TAG_SIGNAL:
		signals_told(&(struct signal_end){w->sim, w->wire->id,
		    w->user, w->device}, e);
		break;
	case TAG_PRESENCE:
		privacy_presence(w->sim, w->user, e, w->wire->behind);
		break;
	case TAG_PING:
		report_count(r, COUNT_PINGS);
		break;
	default:
		break;
	}
}

/* ---- what the client hears: in order ---- */

/* No chat number is used before the entry that introduces it. */
static void
introduced(struct watch *w, const struct elem *e)
{
	uint64_t number = number_in(e);
	const struct fact_number *f = ledger_number(&w->sim->ledger, w->user,
	    number);

	if (number != 1 && (f == NULL ||
	    f->introduced > chat_of(w, 1)->heard))
		broken(w, e->tag == TAG_RECEIPT ? "R19" : "R18",
		    "before its chat is introduced", e);
}

/* Nothing in its log says since when somebody reads a channel, so he may be
 * told again what he has. */
static bool
is_channel(const struct watch *w, uint64_t number)
{
	const struct fact_number *f = ledger_number(&w->sim->ledger, w->user,
	    number);

	return f != NULL && f->kind == CHAT_KIND_CHANNEL;
}

/* An item FIRST .. LAST; STRICT: nothing may be missing before it. */
static void
hears_item(struct watch *w, const struct elem *e, uint64_t first,
    uint64_t last)
{
	uint64_t number = number_in(e);
	struct watch_chat *c = chat_of(w, number);

	if (first > c->heard + 1)
		broken(w, c->moved ? "R5" : "R10", "a hole", e);
	if (first <= c->heard && !c->moved && !w->resynced && !c->watched &&
	    !is_channel(w, number))
		broken(w, "R10", "below the cursor", e);
	if (first <= c->heard)
		report_count(&w->sim->w.report, COUNT_REPEATS);
	introduced(w, e);
	if (!c->moved && number != 1) {
		if (ledger_heard(&w->sim->ledger, w->user, number)->delivered >=
		    first)
			report_count(&w->sim->w.report, COUNT_REWOUND);
	}
	c->moved = true;
	if (last > c->heard)
		c->heard = last;
}

static void
hears_ack(struct watch *w, const struct elem *e)
{
	uint64_t n = elem_uint(e, ATTR_N, 0), seq = elem_uint(e, ATTR_SEQ, 0);
	const struct watch_request *q = &w->requests[n % REQUESTS];
	uint64_t number = number_in(e);
	struct watch_chat *c;

	if (number == 0)
		number = q->n == n ? q->number : 0;
	c = chat_of(w, number);
	if (number != 0 && seq == c->heard + 1) {
		report_count(&w->sim->w.report, COUNT_ACK_DELIVERS);
		c->heard = seq;
		c->moved = true;
	}
}

static void
client_hears(struct watch *w, const struct elem *e)
{
	uint64_t seq = elem_uint(e, ATTR_SEQ, 0);

	w->heard_any = true;
	if (e->tag == TAG_MESSAGE || e->tag == TAG_STUB)
		hears_item(w, e, seq, seq);
	if (e->tag == TAG_STUB)
		app_stub(w->peer, number_in(e), seq, elem_uint(e, ATTR_N, 0));
	if (e->tag == TAG_SKIP)
		hears_item(w, e, elem_uint(e, ATTR_FIRST, 0),
		    elem_uint(e, ATTR_LAST, 0));
	else if (e->tag == TAG_ACK)
		hears_ack(w, e);
	else if (e->tag == TAG_RECEIPT)
		introduced(w, e);
	else if (e->tag == TAG_BYE &&
	    elem_uint(e, ATTR_WHY, 0) == BYE_REASON_MALFORMED)
		broken(w, "R22", "the client is malformed", e);
}

void
watch_stanza(void *arg, struct wire *wire, enum wire_point point,
    const struct elem *e)
{
	struct watch *w = wire->watch;

	(void)arg;
	switch (point) {
	case WIRE_CLIENT_SAYS:
		if (!wire->gone[NET_CLIENT])
			client_says(w, e);
		break;
	case WIRE_SERVER_HEARS:
		server_hears(w, e);
		break;
	case WIRE_SERVER_SAYS:
		server_says(w, e);
		break;
	case WIRE_CLIENT_HEARS:
		client_hears(w, e);
		break;
	case WIRE_POINTS:
		break;
	}
}

void
watch_client_closes(struct wire *wire, int rc)
{
	struct watch *w = wire->watch;

	if (rc == SC_CODE_MALFORMED)
		report_fail(&w->sim->w.report, "wire",
		    "%s: the client finds the server malformed", wire->name);
}
