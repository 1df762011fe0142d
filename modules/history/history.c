/* SPDX-License-Identifier: ISC */
/*
 * history: entries of a chat by their numbers or times, page by page, for
 * clients that show more than they were sent.  It moves no cursor and no mark.
 */
#include <stonechat/module.h>

struct history_conf {
	uint32_t limit, most;
};

enum { REQUESTS, ENTRIES, LOST };

/* What a request keeps between its pages. */
enum { NEXT, LAST, BEGUN };

struct walk {
	struct tx *tx;
	struct sc_request *r;
	bool full;
	uint64_t entries;
	uint64_t lost, first_lost;	/* how many, and the first of them */
};

/* The page is full, and goes on with SEQ. */
static int
turn_page(struct walk *w, uint64_t seq)
{
	w->full = true;
	w->r->resume[NEXT] = seq;
	return 1;
}

static int
add_skip(struct walk *w, uint64_t first, uint64_t last, enum skip_reason why)
{
	struct elem_buf e;
	int rc;

	elem_begin(&e, TAG_SKIP);
	elem_add_uint(&e, ATTR_FIRST, first);
	elem_add_uint(&e, ATTR_LAST, last);
	elem_add_enum(&e, ATTR_REASON, why);
	rc = scm_add(w->tx, w->r, &e.e);
	return rc == 1 ? turn_page(w, first) : rc;
}

static int
add_pruned(void *arg, uint64_t first, uint64_t last)
{
	return add_skip(arg, first, last, SKIP_REASON_PRUNED);
}

static int
add_hidden(void *arg, uint64_t first, uint64_t last)
{
	return add_skip(arg, first, last, SKIP_REASON_HIDDEN);
}

static int
add_lost(void *arg, uint64_t first, uint64_t last)
{
	struct walk *w = arg;
	int rc = add_skip(w, first, last, SKIP_REASON_UNDELIVERABLE);

	if (rc != 0)
		return rc;
	if (w->lost == 0)
		w->first_lost = first;
	w->lost += last - first + 1;
	return 0;
}

static int
add_entry(void *arg, const struct entry *entry)
{
	struct walk *w = arg;
	struct elem_buf e;
	int rc;

	elem_begin(&e, TAG_MESSAGE);
	elem_add_uint(&e, ATTR_SEQ, entry->seq);
	elem_add_time(&e, ATTR_TIME, entry->time);
	if (entry->from != 0)	/* 0: the server itself */
		elem_add_user_id(&e, ATTR_FROM, entry->from);
	if (entry->n != 0 && entry->from == w->r->user &&
	    entry->device == w->r->device) {
		elem_add_uint(&e, ATTR_DEVICE, entry->device);
		elem_add_uint(&e, ATTR_N, entry->n);
	}
	if (entry->timer != 0 && (entry->flags & ENTRY_DELETED) == 0)
		elem_add_uint(&e, ATTR_TIMER, entry->timer);
	elem_set_payload(&e, entry->payload);
	rc = scm_add(w->tx, w->r, &e.e);
	w->entries += rc == 0;
	return rc == 1 ? turn_page(w, entry->seq) : rc;
}

/* The bounds that are asked for as numbers. */
static void
find_numbers(const struct elem *e, uint64_t head, uint64_t *first,
    uint64_t *last)
{
	uint64_t after = elem_uint(e, ATTR_AFTER, 0);
	uint64_t before = elem_uint(e, ATTR_BEFORE, UINT64_MAX);

	*first = after < head ? after + 1 : head + 1;
	*last = before > head ? head : before == 0 ? 0 : before - 1;
}

/* Those that are asked for as times narrow them. */
static int
find_times(struct tx *tx, const struct elem *e, const struct chat *c,
    uint64_t *first, uint64_t *last)
{
	uint64_t seq;
	int rc = 0;

	if (elem_has(e, ATTR_SINCE)) {
		rc = scm_chat_seq_at(tx, c, elem_int(e, ATTR_SINCE, 0), &seq);
		if (rc == 0 && seq > *first)
			*first = seq;
	}
	if (rc == 0 && elem_has(e, ATTR_UNTIL)) {
		rc = scm_chat_seq_at(tx, c, elem_int(e, ATTR_UNTIL, 0), &seq);
		if (rc == 0 && seq - 1 < *last)
			*last = seq - 1;
	}
	return rc;
}

/* Of more than LIMIT, those next to the bound that was named, or the newest. */
static void
limit_range(const struct elem *e, uint64_t limit, uint64_t *first,
    uint64_t *last)
{
	if (*first > *last || *last - *first < limit)
		return;
	if ((elem_has(e, ATTR_AFTER) || elem_has(e, ATTR_SINCE)) &&
	    !elem_has(e, ATTR_BEFORE) && !elem_has(e, ATTR_UNTIL))
		*last = *first + limit - 1;
	else
		*first = *last - limit + 1;
}

/* The range that is asked for; empty if NEXT is above LAST. */
static int
find_range(const struct history_conf *conf, struct tx *tx,
    struct sc_request *r, const struct chat *c)
{
	uint64_t limit = elem_uint(r->stanza, ATTR_LIMIT, conf->limit);
	uint64_t first, last;
	int rc;

	if (limit == 0) {
		r->why = "the limit is 0: leave it out, or ask for 1 or more";
		return SC_EBADREQUEST;
	}
	find_numbers(r->stanza, c->head, &first, &last);
	rc = find_times(tx, r->stanza, c, &first, &last);
	if (rc != 0)
		return rc;
	limit_range(r->stanza, limit < conf->most ? limit : conf->most, &first,
	    &last);
	r->resume[NEXT] = first;
	r->resume[LAST] = last;
	r->resume[BEGUN] = 1;
	return 0;
}

static int
add_foreign(struct walk *w, const struct member *m, uint64_t first,
    uint64_t last)
{
	/* below his first entry nothing is his, so nobody need ask */
	if (m->nranges > 0 && first < m->ranges[0].first) {
		first = 1;
		last = m->ranges[0].first - 1;
	}
	return add_skip(w, first, last, SKIP_REASON_NOT_A_MEMBER);
}

/* From NEXT to LAST, as far as the page reaches, by runs that the member may or
 * may not read (R5). */
static int
walk_range(struct walk *w, const struct chat *c, const struct member *m)
{
	const struct chat_reader reader = {add_entry, add_pruned, w};
	uint64_t next = w->r->resume[NEXT], last = w->r->resume[LAST], end;
	int rc = 0;

	while (next <= last && rc == 0 && !w->full) {
		bool his = scm_member_sees(m, next, &end);

		if (end > last)
			end = last;
		rc = his ? scm_chat_read_for(w->tx, &c->id, w->r->user, m,
		    next, end, &reader, add_hidden, add_lost)
		    : add_foreign(w, m, next, end);
		next = end + 1;
	}
	return w->full ? 0 : rc;
}

/* A page names its chat as the request did, by number; else the client knows
 * which it asked for, and might not have been told the number yet (R19). */
static void
name_chat(struct sc_request *r)
{
	const struct value *v = elem_get(r->stanza, ATTR_CHAT);

	if (v->chat.kind == CHAT_BY_NUMBER)
		r->attrs[r->nattr++] =
		    (struct attr){.name = ATTR_CHAT, .v = *v};
}

/* Once a page: there may be very many. */
static void
note_lost(struct sc_module *m, const struct walk *w, const struct chat *c)
{
	char id[CHAT_ID_TEXT + 1];

	if (w->lost == 0)
		return;
	scm_count(m, LOST, w->lost);
	chat_id_print(&c->id, id);
	scm_log(m, w->tx, SC_LOG_ERROR, "history.damaged",
	    "chat=%s seq=%llu do=\"stop the server and run stonechatctl "
	    "verify\"", id, (unsigned long long)w->first_lost);
}

static int
history_run(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct walk w = {.tx = tx, .r = r};
	struct member member;
	struct chat c;
	int rc;

	rc = scm_chat(tx, r, ATTR_CHAT, &c);
	if (rc == 0)
		rc = scm_member_get(tx, &c.id, r->user, &member);
	if (rc == SC_ENOTFOUND)
		r->why = "there is no such chat";
	else if (rc == SC_EBADREQUEST)
		r->why = "the request names no chat";
	if (rc == 0 && r->resume[BEGUN] == 0) {
		scm_count(m, REQUESTS, 1);
		/* what came when he had left is nobody's answer */
		c.head = scm_member_head(&member, c.head);
		rc = find_range(scm_conf(m), tx, r, &c);
	}
	if (rc != 0 || r->resume[NEXT] > r->resume[LAST])
		return rc;
	name_chat(r);
	rc = walk_range(&w, &c, &member);
	r->more = w.full;
	scm_count(m, ENTRIES, w.entries);
	note_lost(m, &w, &c);
	return rc < 0 ? rc : 0;
}

static const struct sc_conf_def history_conf_defs[] = {
    {"limit", SC_CONF_UINT, offsetof(struct history_conf, limit), 1, 10000,
	30, "Entries in an answer, if the request does not say how many."},
    {"most", SC_CONF_UINT, offsetof(struct history_conf, most), 1, 1000000,
	1000, "Entries in an answer at most; for more the client asks again."},
    {0},
};

static const struct sc_stat_def history_stats[] = {
    {"history.requests", "requests for history"},
    {"history.entries", "entries in the answers"},
    {"history.lost", "entries that should be in the answers and are damaged"},
    {0},
};

static const struct sc_verb_def history_verbs[] = {
    {"history", TAG_HISTORY, SC_VERB_LIST, history_run, 0},
    {0},
};

SC_MODULE(history) = {
	.abi = SC_MODULE_ABI,
	.name = "history",
	.summary = "gives entries of a chat by their numbers or times",
	.conf = history_conf_defs,
	.conf_size = sizeof(struct history_conf),
	.stats = history_stats,
	.verbs = history_verbs,
};
