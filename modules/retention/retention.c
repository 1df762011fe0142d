/* SPDX-License-Identifier: ISC */
/*
 * retention: how long entries are kept, by the kind of their chat or for a chat
 * alone: for so many days, until everybody has them, or forever.  A sweep drops
 * what is older, by whole periods.
 */
#include <stonechat/module.h>
#include <stonechat/row.h>

#include <stdlib.h>
#include <string.h>

struct retention_conf {
	uint32_t kind[4];	/* in the order of enum chat_kind */
	uint32_t undelivered;
	uint32_t seal_days;	/* 0: never */
};

enum { PERIODS_DROPPED, DELIVERED_REMOVED, PERIODS_SEALED };

enum { TABLE };

enum {
	DAY_MS = 86400 * 1000,
	CYCLE_MS = 3600 * 1000,
	SWEEP_S = 10,
	CHATS_AT_ONCE = 500,
	ROWS_AT_ONCE = 2000,
	KINDS = 4
};

/* Of chats that have a retention of their own. */
enum {
	CLASS_FOREVER = SC_CLASS_OWN,
	CLASS_DELIVERED,
	CLASS_DAYS		/* and above: rows of the table */
};

static const char *const kind_names[] = {"direct", "group", "channel",
    "status"};

/* ---- the table: what classes mean, and how far the sweep is ------------ */

enum { ROW_VERSION = 1, ROW_SIZE = 64, KEY_SWEEP = 0, KEY_SEAL = 1 };

/* Under KEY_SWEEP, which is no class. */
struct progress {
	int64_t due;		/* nothing is done before */
	uint32_t part;		/* the first that is not done */
	struct chat_place place;	/* in it */
};

static int
progress_get(struct sc_module *m, struct tx *tx, struct progress *p)
{
	struct row_key k = {.len = 0};
	struct slice value;
	struct row_in in;
	int rc;

	memset(p, 0, sizeof(*p));
	row_key_u8(&k, KEY_SWEEP);
	rc = scm_get_locked(tx, m, TABLE, 0, row_key_slice(&k), &value);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	row_open(&in, value);
	p->due = row_get_int(&in);
	p->part = (uint32_t)row_get_uint(&in);
	p->place.chat = row_get_chat(&in);
	p->place.seq = row_get_uint(&in);
	return row_check(&in);
}

static int
progress_put(struct sc_module *m, struct tx *tx, const struct progress *p)
{
	struct row_key k = {.len = 0};
	uint8_t b[ROW_SIZE];
	struct row_out row;

	row_key_u8(&k, KEY_SWEEP);
	row_begin(&row, b, sizeof(b), ROW_VERSION);
	row_int(&row, p->due);
	row_uint(&row, p->part);
	row_chat(&row, &p->place.chat);
	row_uint(&row, p->place.seq);
	return scm_put(tx, m, TABLE, 0, row_key_slice(&k), row_slice(&row));
}

/* Under KEY_SEAL: when there may be something to seal. */
static int
seal_due_get(struct sc_module *m, struct tx *tx, int64_t *due)
{
	struct row_key k = {.len = 0};
	struct slice value;
	struct row_in in;
	int rc;

	*due = 0;
	row_key_u8(&k, KEY_SEAL);
	rc = scm_get_locked(tx, m, TABLE, 0, row_key_slice(&k), &value);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	row_open(&in, value);
	*due = row_get_int(&in);
	return row_check(&in);
}

static int
seal_due_put(struct sc_module *m, struct tx *tx, int64_t due)
{
	struct row_key k = {.len = 0};
	uint8_t b[ROW_SIZE];
	struct row_out row;

	row_key_u8(&k, KEY_SEAL);
	row_begin(&row, b, sizeof(b), ROW_VERSION);
	row_int(&row, due);
	return scm_put(tx, m, TABLE, 0, row_key_slice(&k), row_slice(&row));
}

/* The days of a class from CLASS_DAYS on; SC_ENOTFOUND: it has no meaning
 * yet. */
static int
days_get(struct sc_module *m, struct tx *tx, unsigned class, uint32_t *days)
{
	struct row_key k = {.len = 0};
	struct slice value;
	struct row_in in;
	int rc;

	row_key_u8(&k, (uint8_t)class);
	rc = scm_get_locked(tx, m, TABLE, 0, row_key_slice(&k), &value);
	if (rc != 0)
		return rc;
	row_open(&in, value);
	*days = (uint32_t)row_get_uint(&in);
	return row_check(&in);
}

static int
days_put(struct sc_module *m, struct tx *tx, unsigned class, uint32_t days)
{
	struct row_key k = {.len = 0};
	uint8_t b[ROW_SIZE];
	struct row_out row;

	row_key_u8(&k, (uint8_t)class);
	row_begin(&row, b, sizeof(b), ROW_VERSION);
	row_uint(&row, days);
	return scm_put(tx, m, TABLE, 0, row_key_slice(&k), row_slice(&row));
}

/* How long a class is kept; what nobody has given a meaning is not dropped. */
static int
keep_of(struct sc_module *m, struct tx *tx, unsigned class, uint32_t *keep)
{
	const struct retention_conf *conf = scm_conf(m);
	int rc;

	*keep = SC_KEEP_FOREVER;
	if (class < KINDS)
		*keep = conf->kind[class];
	else if (class == CLASS_DELIVERED)
		*keep = SC_KEEP_UNTIL_DELIVERED;
	else if (class >= CLASS_DAYS) {
		rc = days_get(m, tx, class, keep);
		return rc == SC_ENOTFOUND ? 0 : rc;
	}
	return 0;
}

static bool
is_old(const struct sc_module *m, const struct tx *tx,
    const struct sc_period *p, uint32_t keep)
{
	const struct retention_conf *conf = scm_conf(m);
	int64_t days = keep == SC_KEEP_UNTIL_DELIVERED ? conf->undelivered
						       : keep;

	return keep != SC_KEEP_FOREVER &&
	    p->end <= scm_now(tx) - days * DAY_MS;
}

/* Whether the sweep will seal it: not what goes soon, or row by row. */
static bool
is_due(const struct sc_module *m, const struct tx *tx,
    const struct sc_period *p, uint32_t keep)
{
	const struct retention_conf *conf = scm_conf(m);

	return conf->seal_days != 0 && !p->sealed &&
	    keep != SC_KEEP_UNTIL_DELIVERED && !is_old(m, tx, p, keep) &&
	    p->end <= scm_now(tx) - conf->seal_days * (int64_t)DAY_MS;
}

/* ---- the sweep ------------------------------------------------------- */

/* The first period from FROM on with something to do, or any. */
struct search {
	struct sc_module *m;
	struct tx *tx;
	uint32_t from;
	bool any, found, old;
	struct sc_period period;
	uint32_t keep;
};

static int
search_period(void *arg, const struct sc_period *p)
{
	struct search *s = arg;
	int rc;

	if (p->part < s->from)
		return 0;
	rc = keep_of(s->m, s->tx, p->class, &s->keep);
	if (rc != 0)
		return rc;
	s->old = is_old(s->m, s->tx, p, s->keep);
	if (!s->any && !s->old &&
	    !(s->keep == SC_KEEP_UNTIL_DELIVERED && p->entries))
		return 0;
	s->period = *p;
	s->found = true;
	return 1;
}

static int
sweep_old(struct search *s, struct chat_place *place)
{
	const struct sc_period *p = &s->period;
	int rc = scm_period_drop(s->tx, p->part, CHATS_AT_ONCE, place);

	if (rc != 0 || place->more)
		return rc;
	scm_count(s->m, PERIODS_DROPPED, 1);
	scm_log(s->m, s->tx, SC_LOG_INFO, "period.dropped",
	    "class=%u begin=%lld", p->class, (long long)p->begin);
	return 0;
}

static int
sweep_delivered(struct search *s, struct chat_place *place)
{
	struct sc_sum sum = {0};
	int rc = scm_period_delivered(s->tx, s->period.part, ROWS_AT_ONCE,
	    true, place, &sum);

	scm_count(s->m, DELIVERED_REMOVED, sum.entries);
	return rc;
}

/* One bounded step from where P is; *MORE: it was not the last one.  *DROPPED
 * counts periods. */
static int
sweep_step(struct sc_module *m, struct tx *tx, struct progress *p, bool *more,
    uint64_t *dropped)
{
	struct search s = {.m = m, .tx = tx, .from = p->part};
	int rc = scm_periods(tx, search_period, &s);

	if (rc != 0)
		return rc;
	*more = s.found;
	if (!s.found) {
		*p = (struct progress){.due = scm_now(tx) + CYCLE_MS};
		return progress_put(m, tx, p);
	}
	if (p->part != s.period.part)
		memset(&p->place, 0, sizeof(p->place));
	p->part = s.period.part;
	rc = s.old ? sweep_old(&s, &p->place)
		   : sweep_delivered(&s, &p->place);
	if (!p->place.more) {
		*dropped += s.old;
		p->part++;
		memset(&p->place, 0, sizeof(p->place));
	}
	return rc != 0 ? rc : progress_put(m, tx, p);
}

static int
retention_sweep(struct sc_module *m, struct tx *tx)
{
	struct progress p;
	uint64_t dropped = 0;
	bool more;
	int rc = progress_get(m, tx, &p);

	if (rc != 0 || p.due > scm_now(tx))
		return rc;
	return sweep_step(m, tx, &p, &more, &dropped);
}

/* ---- sealing --------------------------------------------------------- */

/* The first period that is older than that and not sealed; one that goes soon,
 * or row by row, is left alone. */
struct unsealed {
	struct sc_module *m;
	struct tx *tx;
	int64_t before;
	bool found;
	struct sc_period period;
};

static int
unsealed_period(void *arg, const struct sc_period *p)
{
	struct unsealed *u = arg;
	uint32_t keep;
	int rc;

	if (p->sealed || p->end > u->before)
		return 0;
	rc = keep_of(u->m, u->tx, p->class, &keep);
	if (rc != 0)
		return rc;
	if (keep == SC_KEEP_UNTIL_DELIVERED ||
	    is_old(u->m, u->tx, p, keep))
		return 0;
	u->period = *p;
	u->found = true;
	return 1;
}

/* A step with what is over since DAYS. */
static int
seal_step(struct sc_module *m, struct tx *tx, int64_t days, bool *more,
    bool *sealed)
{
	struct unsealed u = {.m = m, .tx = tx,
	    .before = scm_now(tx) - days * DAY_MS};
	int rc = scm_periods(tx, unsealed_period, &u);

	*more = rc == 0 && u.found;
	*sealed = false;
	if (!*more)
		return rc;
	rc = scm_period_seal(tx, &u.period, sealed);
	if (rc != 0 || !*sealed)
		return rc;
	scm_count(m, PERIODS_SEALED, 1);
	scm_log(m, tx, SC_LOG_INFO, "period.sealed", "class=%u begin=%lld",
	    u.period.class, (long long)u.period.begin);
	return 0;
}

static int
retention_seal(struct sc_module *m, struct tx *tx)
{
	const struct retention_conf *conf = scm_conf(m);
	bool more, sealed;
	int64_t due;
	int rc;

	if (conf->seal_days == 0)
		return 0;
	rc = seal_due_get(m, tx, &due);
	if (rc != 0 || due > scm_now(tx))
		return rc;
	rc = seal_step(m, tx, conf->seal_days, &more, &sealed);
	if (rc == SC_ENOSPC)	/* the store says so itself */
		return 0;
	return rc != 0 || more ? rc
	    : seal_due_put(m, tx, scm_now(tx) + CYCLE_MS);
}

/* The days of the argument `older', or those of the configuration. */
static int
older_than(struct sc_module *m, struct sc_command *c, int64_t *days)
{
	const struct retention_conf *conf = scm_conf(m);
	struct slice text = scm_argument(c, "older");
	char copy[8] = "", *end;

	*days = conf->seal_days;
	if (text.p == NULL && *days == 0)
		return scm_refuse(c, SC_EBADREQUEST, "nothing is sealed by "
		    "itself here (seal-days is 0): say how old, with older=");
	if (text.p == NULL)
		return 0;
	if (text.len < sizeof(copy))
		memcpy(copy, text.p, text.len);
	*days = strtol(copy, &end, 10);
	if (*copy < '0' || *copy > '9' || *end != '\0' || *days > 36500)
		return scm_refuse(c, SC_EBADREQUEST, "expected a number of "
		    "days from 0 to 36500");
	return 0;
}

/* One step; whoever asks comes again while there is more. */
static int
seal_run(struct sc_module *m, struct tx *tx, struct sc_command *c)
{
	bool more = false, sealed = false;
	int64_t days;
	int rc = older_than(m, c, &days);

	if (rc == 0)
		rc = seal_step(m, tx, days, &more, &sealed);
	if (rc == SC_ENOSPC)
		return scm_refuse(c, rc, "the disk is nearly full, and a "
		    "sealed period is beside the old one at first: make room");
	if (rc == 0)
		rc = scm_item(tx, c);
	if (rc == 0)
		rc = scm_item_int(tx, c, "sealed", sealed);
	return rc != 0 ? rc
	    : scm_item_text(tx, c, "more", slice_str(more ? "yes" : "no"));
}

/* ---- commands: sweep now --------------------------------------------- */

struct sweeping {
	bool begun;
	uint64_t dropped;
};

static int
sweep_run(struct sc_module *m, struct tx *tx, struct sc_command *c)
{
	struct sweeping *s = scm_command_state(c, sizeof(*s));
	struct progress p;
	bool more;
	int rc;

	if (!scm_clocks_agree(m))
		return scm_refuse(c, SC_EUNAVAILABLE, "the clocks have drifted "
		    "apart: set the time and restart the server");
	rc = progress_get(m, tx, &p);
	if (rc == 0 && !s->begun)
		memset(&p, 0, sizeof(p));
	s->begun = true;
	if (rc == 0)
		rc = sweep_step(m, tx, &p, &more, &s->dropped);
	if (rc != 0)
		return rc;
	if (more) {
		scm_more(c);
		return 0;
	}
	rc = scm_item(tx, c);
	return rc != 0 ? rc
	    : scm_item_int(tx, c, "periods", (int64_t)s->dropped);
}

/* ---- commands: what it would do -------------------------------------- */

struct listing {
	unsigned class;
	uint32_t part;
	struct chat_place place;
	struct sc_sum sum;
	uint64_t periods;	/* of the class, that are old */
	uint64_t sealed, size;	/* periods that stay and are, on the disk */
	uint64_t to_seal;	/* that will be */
	bool any;		/* the class has some */
	int64_t kept;		/* where the oldest begins that is not */
};

static int
list_item(struct sc_module *m, struct tx *tx, struct sc_command *c,
    const struct listing *l)
{
	char keep_text[SC_KEEP_TEXT];
	const char *name;
	uint32_t keep;
	int rc = keep_of(m, tx, l->class, &keep);

	if (rc == 0)
		rc = scm_item(tx, c);
	(void)scm_keep_print(keep, keep_text);
	name = l->class < KINDS ? kind_names[l->class] : keep_text;
	if (rc == 0)
		rc = scm_item_text(tx, c, "class", slice_str(name));
	if (rc == 0)
		rc = scm_item_text(tx, c, "keep", slice_str(keep_text));
	if (rc == 0)
		rc = scm_item_int(tx, c, "periods", (int64_t)l->periods);
	if (rc == 0)
		rc = scm_item_int(tx, c, "entries", (int64_t)l->sum.entries);
	if (rc == 0)
		rc = scm_item_int(tx, c, "bytes", (int64_t)l->sum.bytes);
	if (rc == 0)
		rc = scm_item_int(tx, c, "to-seal", (int64_t)l->to_seal);
	if (rc == 0)
		rc = scm_item_int(tx, c, "sealed", (int64_t)l->sealed);
	if (rc == 0)
		rc = scm_item_int(tx, c, "sealed-bytes", (int64_t)l->size);
	if (rc == 0 && l->kept != 0)
		rc = scm_item_time(tx, c, "oldest-kept", l->kept);
	return rc;
}

/* The class is done: its item, and the next one. */
static int
list_next(struct sc_module *m, struct tx *tx, struct sc_command *c,
    struct listing *l)
{
	int rc = l->class < KINDS || l->any ? list_item(m, tx, c, l) : 0;

	*l = (struct listing){.class = l->class + 1, .part = l->part};
	return rc;
}

/* Looks at a period; *STOP: that was enough for one transaction. */
static int
list_period(const struct search *s, struct listing *l, bool *stop)
{
	const struct sc_period *p = &s->period;
	int rc = 0;

	l->any = true;
	if (l->part != p->part)
		memset(&l->place, 0, sizeof(l->place));
	l->part = p->part;
	if (s->old)
		rc = scm_period_count(s->tx, p->part, ROWS_AT_ONCE, &l->place,
		    &l->sum);
	else if (s->keep == SC_KEEP_UNTIL_DELIVERED && p->entries)
		rc = scm_period_delivered(s->tx, p->part, ROWS_AT_ONCE, false,
		    &l->place, &l->sum);
	*stop = s->old || s->keep == SC_KEEP_UNTIL_DELIVERED;
	if (l->place.more)
		return rc;
	l->periods += s->old;
	if (!s->old && p->entries && l->kept == 0)
		l->kept = p->begin;
	if (!s->old && p->sealed) {
		l->sealed++;
		l->size += p->size;
	}
	l->to_seal += is_due(s->m, s->tx, p, s->keep);
	l->part++;
	return rc;
}

static int
list_run(struct sc_module *m, struct tx *tx, struct sc_command *c)
{
	struct listing *l = scm_command_state(c, sizeof(*l));
	bool stop = false;
	int rc = 0;

	while (rc == 0 && !stop && l->class < SC_CLASSES) {
		struct search s = {.m = m, .tx = tx, .from = l->part,
		    .any = true};

		rc = scm_periods(tx, search_period, &s);
		if (rc != 0)
			return rc;
		rc = s.found && s.period.class == l->class
		    ? list_period(&s, l, &stop) : list_next(m, tx, c, l);
	}
	if (rc == 0 && l->class < SC_CLASSES)
		scm_more(c);
	return rc;
}

/* ---- commands: a chat ------------------------------------------------ */

enum { CHAT_TEXT = 100 };

/* "USER:NUMBER". */
static int
chat_of_user(struct tx *tx, char *text, struct chat_id *id)
{
	char *colon = strrchr(text, ':'), *end;
	unsigned long long number;
	struct sc_user u;
	int rc;

	if (colon == NULL)
		return SC_EBADREQUEST;
	*colon = '\0';
	number = strtoull(colon + 1, &end, 10);
	if (end == colon + 1 || *end != '\0')
		return SC_EBADREQUEST;
	rc = scm_user_by_name(tx, slice_str(text), &u);
	return rc != 0 ? rc : scm_chat_by_number(tx, u.id, number, id);
}

static int
find_chat(struct tx *tx, struct sc_command *c, struct chat *chat)
{
	struct slice name = scm_argument(c, "chat");
	char text[CHAT_TEXT];
	struct chat_id id;
	int rc;

	if (name.len >= sizeof(text))
		name.len = 0;
	memcpy(text, name.p, name.len);
	text[name.len] = '\0';
	if (*text == '#')
		rc = chat_id_parse(name, &id) == 0 ? 0 : SC_EBADREQUEST;
	else
		rc = chat_of_user(tx, text, &id);
	if (rc == 0)
		rc = scm_chat_get_locked(tx, &id, chat);
	if (rc == SC_EBADREQUEST)
		return scm_refuse(c, rc, "this is no chat: expected #ID or "
		    "USER:NUMBER, as chat list shows them");
	if (rc == SC_ENOTFOUND)
		return scm_refuse(c, rc, "there is no such chat: chat list "
		    "shows those of a user");
	if (rc == 0 && chat->kind == CHAT_KIND_SYSTEM)
		return scm_refuse(c, SC_EFORBIDDEN, "this is the log of an "
		    "account: it is kept as long as the account");
	return rc;
}

/* The class of that many days, a new one if none is. */
static int
class_of_days(struct sc_module *m, struct tx *tx, struct sc_command *c,
    uint32_t days, unsigned *class)
{
	unsigned unused = 0;
	uint32_t have;
	int rc;

	for (*class = CLASS_DAYS; *class < SC_CLASSES; (*class)++) {
		rc = days_get(m, tx, *class, &have);
		if (rc == 0 && have == days)
			return 0;
		if (rc != 0 && rc != SC_ENOTFOUND)
			return rc;
		if (rc == SC_ENOTFOUND && unused == 0)
			unused = *class;
	}
	*class = unused;
	if (unused == 0)
		return scm_refuse(c, SC_ERESOURCE, "too many different numbers "
		    "of days are in use: take one that another chat has");
	return days_put(m, tx, unused, days);
}

/* What the argument `keep' says, for a chat of that kind. */
static int
class_wanted(struct sc_module *m, struct tx *tx, struct sc_command *c,
    enum chat_kind kind, unsigned *class)
{
	struct slice text = scm_argument(c, "keep");
	char copy[SC_KEEP_TEXT] = "";
	uint32_t keep;

	if (text.len < sizeof(copy))
		memcpy(copy, text.p, text.len);
	*class = 0;
	if (strcmp(copy, "default") == 0)
		return 0;
	if (!scm_keep_parse(copy, &keep) ||
	    (keep != SC_KEEP_FOREVER && keep > 36500))
		return scm_refuse(c, SC_EBADREQUEST, "expected a number of "
		    "days from 1 to 36500, forever, until-delivered or "
		    "default");
	if (keep == SC_KEEP_UNTIL_DELIVERED && kind != CHAT_KIND_DIRECT &&
	    kind != CHAT_KIND_GROUP)
		return scm_refuse(c, SC_EBADREQUEST, "only direct chats and "
		    "groups wait until everybody has an entry: expected days "
		    "or forever");
	*class = keep == SC_KEEP_FOREVER ? CLASS_FOREVER : CLASS_DELIVERED;
	return keep == SC_KEEP_FOREVER || keep == SC_KEEP_UNTIL_DELIVERED ? 0
	    : class_of_days(m, tx, c, keep, class);
}

static int
chat_run(struct sc_module *m, struct tx *tx, struct sc_command *c)
{
	char text[SC_KEEP_TEXT];
	struct chat chat;
	uint32_t keep;
	int rc = find_chat(tx, c, &chat);

	if (rc == 0 && scm_argument(c, "keep").p != NULL) {
		unsigned class;

		rc = class_wanted(m, tx, c, chat.kind, &class);
		if (rc == 0)
			rc = scm_chat_set_class(tx, &chat.id, class);
		chat.class = class;
	}
	if (rc == 0)
		rc = keep_of(m, tx, scm_chat_class(&chat), &keep);
	if (rc == 0)
		rc = scm_item(tx, c);
	if (rc == 0)
		rc = scm_item_text(tx, c, "kind",
		    slice_str(kind_names[chat.kind]));
	if (rc == 0)
		rc = scm_item_text(tx, c, "keep",
		    slice_str(scm_keep_print(keep, text)));
	return rc != 0 ? rc : scm_item_text(tx, c, "own",
	    slice_str(chat.class != 0 ? "yes" : "no"));
}

/* ---- the module ------------------------------------------------------ */

static const struct sc_conf_def retention_conf_defs[] = {
    {"direct", SC_CONF_KEEP,
	offsetof(struct retention_conf, kind[CHAT_KIND_DIRECT]), 0, 36500, 30,
	"Days for which entries of direct chats are kept."},
    {"group", SC_CONF_KEEP,
	offsetof(struct retention_conf, kind[CHAT_KIND_GROUP]), 0, 36500, 30,
	"Days for which entries of groups are kept."},
    {"channel", SC_CONF_KEEP,
	offsetof(struct retention_conf, kind[CHAT_KIND_CHANNEL]), 1, 36500, 365,
	"Days for which entries of channels are kept."},
    {"status", SC_CONF_KEEP,
	offsetof(struct retention_conf, kind[CHAT_KIND_STATUS]), 1, 36500, 1,
	"Days for which statuses are kept."},
    {"undelivered", SC_CONF_UINT,
	offsetof(struct retention_conf, undelivered), 1, 36500, 30,
	"Days for which until-delivered waits for who has not come."},
    {"seal-days", SC_CONF_UINT,
	offsetof(struct retention_conf, seal_days), 0, 36500, 0,
	"Days after which a period is sealed in a compressed file; 0: never."},
    {0},
};

static const struct sc_stat_def retention_stats[] = {
    {"retention.periods_dropped", "periods dropped because they were too old"},
    {"retention.delivered_removed", "entries removed because all had them"},
    {"retention.periods_sealed", "periods put into compressed files"},
    {0},
};

static const struct sc_table_def retention_tables[] = {
    {"retention", 0},
    {0},
};

static const struct sc_sweep_def retention_sweeps[] = {
    {"expire", SWEEP_S, retention_sweep},
    {"seal", SWEEP_S, retention_seal},
    {0},
};

static const struct sc_argument_def chat_arguments[] = {
    {"chat", true, "#ID or USER:NUMBER"},
    {"keep", false, "days, forever, until-delivered or default"},
    {0},
};

static const struct sc_argument_def seal_arguments[] = {
    {"older", false, "days; what is over for so long"},
    {0},
};

static const struct sc_command_def retention_commands[] = {
    {"list", SC_COMMAND_READ, NULL, list_run,
	"What there is of each class, and what the sweep would take away."},
    {"sweep", SC_COMMAND_WRITE, NULL, sweep_run,
	"Takes away now what is old."},
    {"seal", SC_COMMAND_WRITE, seal_arguments, seal_run,
	"Takes a step in sealing what is old; run it again while there is "
	"more."},
    {"chat", SC_COMMAND_WRITE, chat_arguments, chat_run,
	"Shows or sets how long the entries of a chat are kept."},
    {0},
};

SC_MODULE(retention) = {
	.abi = SC_MODULE_ABI,
	.name = "retention",
	.summary = "drops entries that have been kept long enough",
	.conf = retention_conf_defs,
	.conf_size = sizeof(struct retention_conf),
	.stats = retention_stats,
	.tables = retention_tables,
	.sweeps = retention_sweeps,
	.commands = retention_commands,
};
