/* SPDX-License-Identifier: ISC */
/*
 * motd: a line for everybody.  A client asks for it with <status id="1"/>; the
 * operator says it:
 *
 *	stonechatctl module run motd set text="The cake is in the kitchen."
 *	stonechatctl module run motd show
 *
 * It is an example: one verb, one table, one option, two counters, one sweep,
 * two commands.  doc/modules.md walks through it.
 */
#include <stonechat/module.h>
#include <stonechat/row.h>

struct motd_conf {
	uint32_t days;
};

/* Indexes into the tables below. */
enum { LINES };
enum { SHOWN, EXPIRED };

enum { LINE_VERSION = 1, LINE_MAX = 200 };

#define DAY_MS INT64_C(86400000)

/* The one row of the table. */
struct line {
	int64_t said;
	struct slice text;	/* lives as long as the transaction */
};

static const uint8_t key[] = "line";

static int
line_get(struct sc_module *m, struct tx *tx, struct line *l)
{
	struct slice value;
	struct row_in in;
	int rc;

	rc = scm_get(tx, m, LINES, 0, slice_of(key, sizeof(key)), &value);
	if (rc != 0)
		return rc;
	row_open(&in, value);
	l->said = row_get_int(&in);
	l->text = row_get_bytes(&in);
	return row_check(&in);
}

static int
line_put(struct sc_module *m, struct tx *tx, struct slice text)
{
	uint8_t b[LINE_MAX + 32];
	struct row_out row;

	row_begin(&row, b, sizeof(b), LINE_VERSION);
	row_int(&row, scm_now(tx));
	row_bytes(&row, text);
	return scm_put(tx, m, LINES, 0, slice_of(key, sizeof(key)),
	    row_slice(&row));
}

/* ---- what clients ask ---- */

static int
motd_status(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct elem_buf body;
	struct line l;
	int rc = line_get(m, tx, &l);

	if (rc == SC_ENOTFOUND)
		r->why = "nobody has said anything";
	if (rc != 0)
		return rc;
	scm_count(m, SHOWN, 1);
	elem_begin(&body, TAG_BODY);
	elem_set_text(&body, l.text);
	return scm_add(tx, r, &body.e);
}

/* ---- what the operator says ---- */

static int
motd_set(struct sc_module *m, struct tx *tx, struct sc_command *c)
{
	struct slice text = scm_argument(c, "text");

	if (text.len == 0 || text.len > LINE_MAX)
		return scm_refuse(c, SC_EBADREQUEST,
		    "expected a text of 1 to 200 bytes");
	scm_log(m, tx, SC_LOG_NOTICE, "motd.set", "bytes=%zu", text.len);
	return line_put(m, tx, text);
}

static int
motd_show(struct sc_module *m, struct tx *tx, struct sc_command *c)
{
	struct line l;
	int rc = line_get(m, tx, &l);

	if (rc == SC_ENOTFOUND)
		return 0;	/* no item */
	if (rc == 0)
		rc = scm_item(tx, c);
	if (rc == 0)
		rc = scm_item_text(tx, c, "text", l.text);
	if (rc == 0)
		rc = scm_item_int(tx, c, "age-s",
		    (scm_now(tx) - l.said) / 1000);
	return rc;
}

/* ---- what nobody asks ---- */

static int
motd_expire(struct sc_module *m, struct tx *tx)
{
	const struct motd_conf *conf = scm_conf(m);
	struct line l;
	int rc = line_get(m, tx, &l);

	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	if (scm_now(tx) - l.said < (int64_t)conf->days * DAY_MS)
		return 0;
	scm_count(m, EXPIRED, 1);
	return scm_del(tx, m, LINES, 0, slice_of(key, sizeof(key)));
}

/* ---- the module ---- */

static const struct sc_conf_def motd_conf_defs[] = {
    {"days", SC_CONF_UINT, offsetof(struct motd_conf, days), 1, 365, 7,
	"Days for which the line is shown."},
    {0},
};

static const struct sc_stat_def motd_stats[] = {
    {"motd.shown", "requests for the line that have got it"},
    {"motd.expired", "lines that were too old"},
    {0},
};

static const struct sc_table_def motd_tables[] = {
    {"motd-lines", 0},
    {0},
};

static const struct sc_sweep_def motd_sweeps[] = {
    {"expire", 3600, motd_expire},
    {0},
};

static const struct sc_verb_def motd_verbs[] = {
    {"status", TAG_STATUS, SC_VERB_READ, motd_status, 0},
    {0},
};

static const struct sc_argument_def set_arguments[] = {
    {"text", true, "what to say"},
    {0},
};

static const struct sc_command_def motd_commands[] = {
    {"set", SC_COMMAND_WRITE, set_arguments, motd_set, "Says a line."},
    {"show", SC_COMMAND_READ, NULL, motd_show, "Shows the line."},
    {0},
};

SC_MODULE(motd) = {
	.abi = SC_MODULE_ABI,
	.name = "motd",
	.summary = "a line for everybody",
	.conf = motd_conf_defs,
	.conf_size = sizeof(struct motd_conf),
	.stats = motd_stats,
	.tables = motd_tables,
	.sweeps = motd_sweeps,
	.verbs = motd_verbs,
	.commands = motd_commands,
};
