/* SPDX-License-Identifier: ISC */
/* Commands: how long entries are kept.  They are commands of the module
 * retention. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/ctl/ctl.h"
#include "src/ctl/table.h"

static const struct ctl_column list_columns[] = {
	{"class", "CLASS"},
	{"keep", "KEEP DAYS"},
	{"periods", "PERIODS"},
	{"entries", "ENTRIES"},
	{"bytes", "BYTES"},
	{"to-seal", "TO SEAL"},
	{"sealed", "SEALED"},
	{"sealed-bytes", "ON DISK"},
	{"oldest-kept", "OLDEST KEPT"},
	{NULL, NULL},
};

static const struct ctl_column chat_columns[] = {
	{"kind", "kind"},
	{"keep", "kept for (days)"},
	{"own", "set for this chat"},
	{NULL, NULL},
};

static int
send_run(struct ctl *c, const char *run, const char *arguments)
{
	return ctl_send_take(c, json_pack("{s:s, s:s, s:s, s:s}", "command",
	    "module run", "name", "retention", "run", run, "arguments",
	    arguments));
}

static void
add_row(void *arg, const json_t *item)
{
	table_add(arg, item);
}

/* Prints the answer in COLUMNS. */
static int
print_answer(struct ctl *c, const struct ctl_column *columns, bool list)
{
	struct table t;
	json_t *last;
	int rc;

	table_init(&t, columns, list);
	rc = ctl_answer(c, add_row, &t, &last);
	table_fini(&t);
	if (rc == 0)
		json_decref(last);
	return rc;
}

static void
print_dropped(void *arg, const json_t *item)
{
	json_int_t n = json_integer_value(json_object_get(item, "periods"));

	(void)arg;
	printf("%" JSON_INTEGER_FORMAT " %s dropped\n", n,
	    n == 1 ? "period is" : "periods are");
}

static int
retention(struct ctl *c)
{
	json_t *last;
	int rc = send_run(c, "list", "");

	if (rc == 0)
		rc = print_answer(c, list_columns, true);
	if (rc != 0 || ctl_option(c, "dry-run", NULL))
		return rc;
	rc = send_run(c, "sweep", "");
	if (rc == 0)
		rc = ctl_answer(c, print_dropped, NULL, &last);
	if (rc == 0)
		json_decref(last);
	return rc;
}

/* ---- sealing --------------------------------------------------------- */

enum { WAIT_MS = 100 };

struct sealing {
	json_int_t sealed;
	bool more;
};

static void
take_step(void *arg, const json_t *item)
{
	const char *more = json_string_value(json_object_get(item, "more"));
	struct sealing *s = arg;

	s->sealed += json_integer_value(json_object_get(item, "sealed"));
	s->more = more != NULL && strcmp(more, "yes") == 0;
}

/* The work is done by the server meanwhile. */
static void
wait_a_moment(void)
{
	const struct timespec t = {.tv_nsec = WAIT_MS * 1000000L};

	(void)nanosleep(&t, NULL);
}

static int
seal_all(struct ctl *c, const char *arguments, struct sealing *s)
{
	json_t *last;
	int rc;

	for (;;) {
		rc = send_run(c, "seal", arguments);
		if (rc == 0)
			rc = ctl_answer(c, take_step, s, &last);
		if (rc != 0)
			return rc;
		json_decref(last);
		if (!s->more)
			return 0;
		wait_a_moment();
	}
}

static int
seal(struct ctl *c)
{
	struct sealing s = {.sealed = 0};
	bool json = c->json;
	char arguments[32] = "";
	json_t *sum;
	int64_t days;
	int rc;

	if (ctl_option(c, "older", &days))
		snprintf(arguments, sizeof(arguments), "older=%" PRId64, days);
	c->json = false;	/* the steps are nobody's business */
	rc = seal_all(c, arguments, &s);
	c->json = json;
	if (rc != 0)
		return rc;
	if (!json) {
		printf("%" JSON_INTEGER_FORMAT " %s sealed\n", s.sealed,
		    s.sealed == 1 ? "period is" : "periods are");
		return 0;
	}
	sum = json_pack("{s:I}", "sealed", s.sealed);
	ctl_print_json(sum);
	json_decref(sum);
	return 0;
}

static int
chat(struct ctl *c)
{
	char arguments[512];
	int n = snprintf(arguments, sizeof(arguments), c->nargs == 2 ?
	    "chat=%s\nkeep=%s" : "chat=%s", c->args[0],
	    c->nargs == 2 ? c->args[1] : "");
	int rc;

	if (n < 0 || (size_t)n >= sizeof(arguments))
		return ctl_fail("expected a chat and a value of some "
		    "characters");
	rc = send_run(c, "chat", arguments);
	return rc != 0 ? rc : print_answer(c, chat_columns, false);
}

const struct ctl_command cmd_retention[] = {
	{.name = "chat retention",
	    .what = "print or set how long entries are kept",
	    .args = "CHAT [VALUE]", .run = chat},
	{.name = "retention seal",
	    .what = "compress old entries now",
	    .args = "", .options = {
	    {"older", CTL_LOCAL_NUMBER, "DAYS", 0, 36500}}, .run = seal},
	{.name = "retention",
	    .what = "drop now what has been kept long enough",
	    .args = "", .options = {
	    {"dry-run", CTL_LOCAL_FLAG, NULL, 0, 0}}, .run = retention},
	{.name = NULL},
};
