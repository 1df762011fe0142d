/* SPDX-License-Identifier: ISC */
/* xml: stanzas typed, and stanzas seen, live. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/xmltext.h"
#include "src/cli/cli.h"
#include "src/cli/term.h"
#include "src/cli/text.h"
#include "src/common/err.h"

enum { ARENA_LIMIT = 1 << 24 };

struct xml {
	struct cli *c;
	struct term *term;
	struct deflate *deflate;
	const char *until;	/* end after a stanza of this name; NULL: do
				 * not */
	bool stay;		/* after the end of the input */
	unsigned line;		/* of the input, and what it says */
	struct slice text;
	bool failed;		/* a line was no stanza, or was not sent */
};

/* ---- seeing ---- */

static void
print_stanza(struct xml *x, bool sent, struct slice xml)
{
	struct buf line;

	if (x->c->json) {
		cli_print_json_take(json_pack("{s:s, s:b, s:s%}", "event",
		    "stanza", "sent", sent, "xml", xml.p, xml.len));
		return;
	}
	buf_init(&line, 0);
	buf_put_str(&line, sent ? "> " : "< ");
	text_put(&line, xml, TEXT_XML);
	term_print(x->term, 0, buf_slice(&line));
	buf_fini(&line);
}

/* XML 1.0 has no way to write most control characters. */
static void
put_bytes(struct buf *b, struct slice body)
{
	size_t i;

	buf_put_str(b, "<!-- not for XML: ");
	for (i = 0; i < body.len; i++)
		buf_printf(b, "%02x", body.p[i]);
	buf_put_str(b, " -->");
}

static const char *
name_of(const struct elem *e)
{
	return e->tag == TAG_OTHER ? "" : tag_name(e->tag);
}

static void
on_tap(void *arg, bool sent, const void *p, size_t n, int64_t base)
{
	struct xml *x = ((struct cli *)arg)->arg;
	const struct stanza_ctx ctx = {.base_time = base};
	struct arena arena;
	struct elem e = {0};
	struct buf xml;

	arena_init(&arena, ARENA_LIMIT);
	buf_init(&xml, 0);
	if (stanza_decode(&ctx, slice_of(p, n), &arena, &e) != 0 ||
	    xmltext_print(x->deflate, &e, &xml) != 0)
		put_bytes(&xml, slice_of(p, n));
	print_stanza(x, sent, buf_slice(&xml));
	if (!sent && x->until != NULL && strcmp(name_of(&e), x->until) == 0)
		cli_finish(x->c, EXIT_SUCCESS);
	buf_fini(&xml);
	arena_fini(&arena);
}

/* ---- typing ---- */

/* What was typed has left the screen: here it is again. */
static void
show_typed(struct xml *x)
{
	struct buf line;

	if (!term_edits(x->term))
		return;
	buf_init(&line, 0);
	buf_put_str(&line, "  ");
	text_put(&line, x->text, TEXT_LINE);
	term_print(x->term, 0, buf_slice(&line));
	buf_fini(&line);
}

static void __attribute__((format(printf, 2, 3)))
complain(struct xml *x, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	show_typed(x);
	cli_fail(x->c, "%s", text);
	free(text);
	x->failed = true;
}

/*
 * The parser counts lines; newlines in front make its numbers those of the
 * file.  What is typed has only columns.
 */
static int
parse(struct xml *x, struct slice text, struct arena *arena, struct elem *e,
    char *why, size_t size)
{
	bool typed = term_edits(x->term);
	static const char first[] = "line 1, ";
	struct buf in;
	unsigned i;
	int rc;

	buf_init(&in, 0);
	for (i = 1; i < x->line && !typed; i++)
		buf_put_u8(&in, '\n');
	buf_put_slice(&in, text);
	rc = buf_failed(&in) ? SC_ENOMEM : xmltext_parse(x->deflate,
	    buf_slice(&in), arena, e, why, size);
	buf_wipe(&in);
	if (rc == SC_EBADREQUEST && typed &&
	    strncmp(why, first, strlen(first)) == 0)
		memmove(why, why + strlen(first),
		    strlen(why + strlen(first)) + 1);
	else if (rc != 0 && rc != SC_EBADREQUEST)
		snprintf(why, size, "%s", sc_strerror(rc));
	return rc;
}

static void
put(struct xml *x, const struct elem *e)
{
	const struct stanza_ctx ctx = {.base_time = sc_client_base(
	    x->c->client)};
	struct buf body;
	int rc;

	buf_init(&body, 0);
	rc = stanza_encode(&ctx, e, &body);
	if (rc != 0)
		complain(x, "not sent: %s: the dictionary has another type "
		    "for an attribute, or another content", sc_strerror(rc));
	else
		rc = sc_client_put(x->c->client, buf_slice(&body).p,
		    body.len);
	if (rc == SC_CODE_UNAVAILABLE)
		complain(x, "not sent: there is no connection");
	else if (rc < 0 && body.len > 0)
		complain(x, "not sent: %s", sc_code_text(rc));
	buf_wipe(&body);
}

static void
on_line(void *arg, char *line, size_t n)
{
	struct xml *x = ((struct cli *)arg)->arg;
	struct arena arena;
	struct elem e;
	char why[300];

	x->line++;
	x->text = slice_of(line, n);
	if (strspn(line, " \t") == n || *line == '#')
		return;
	arena_init(&arena, ARENA_LIMIT);
	if (parse(x, x->text, &arena, &e, why, sizeof(why)) == 0)
		put(x, &e);
	else
		complain(x, "not sent: %s", why);
	arena_fini(&arena);
}

static void
on_end(void *arg)
{
	struct cli *c = arg;
	struct xml *x = c->arg;

	if (!x->stay || term_edits(x->term))
		cli_finish(c, x->failed && !term_edits(x->term) ?
		    EXIT_FAILURE : EXIT_SUCCESS);
}

static void
on_leave(void *arg)
{
	cli_finish(arg, EXIT_SUCCESS);
}

static const char *
prompt(void *arg)
{
	const struct cli *c = arg;

	return sc_client_online(c->client) ? "xml> " : "xml (offline)> ";
}

/* ---- the loop ---- */

static void
on_input(struct cli *c)
{
	term_on_input(((struct xml *)c->arg)->term);
}

static void
on_signal(struct cli *c)
{
	term_on_signal(((struct xml *)c->arg)->term);
}

/* A script's lines wait for the login; keys do not. */
static void
on_turn(struct cli *c)
{
	struct xml *x = c->arg;
	bool may = term_edits(x->term) || sc_client_online(c->client);

	c->sources[CLI_INPUT].fd = may ? term_input(x->term) : -1;
	if (ferror(stdout) && !c->finished)
		cli_finish(c, cli_fail(c, "what comes cannot be printed"));
	term_show(x->term);
}

static void
clear(const struct cli *c)
{
	term_hide(((struct xml *)c->arg)->term);
}

static int
on_event(struct cli *c, const struct sc_event *e)
{
	/* the prompt says whether there is a connection */
	if (e->type == SC_EVENT_ONLINE)
		term_hide(((struct xml *)c->arg)->term);
	return 0;
}

static int
begin(struct xml *x)
{
	struct cli *c = x->c;
	const struct term_conf conf = {
		.plain = c->json,
		.arg = c,
		.prompt = prompt,
		.line = on_line,
		.end = on_end,
		.leave = on_leave,
	};

	x->deflate = deflate_create();
	x->term = term_create(&conf);
	if (x->deflate == NULL || x->term == NULL)
		return cli_fail(c, "out of memory");
	c->clear = clear;
	c->turn = on_turn;
	c->sources[CLI_INPUT].ready = on_input;
	c->sources[CLI_SIGNALS] = (struct cli_source){term_signals(x->term),
	    on_signal};
	return 0;
}

static int
run(struct xml *x, uint64_t timeout)
{
	struct cli *c = x->c;

	c->tap = on_tap;
	if (cli_open(c, on_event, x) != 0 || begin(x) != 0)
		return EXIT_FAILURE;
	if (!cli_run(c, timeout))
		return c->status;
	if (!c->online)
		return cli_fail_unconnected(c, timeout,
		    "check the address with -s");
	if (x->until != NULL)
		return cli_fail(c, "no %s came within %llu s", x->until,
		    (unsigned long long)timeout);
	return x->failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int
xml_run(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"no-ack", no_argument, NULL, 'n'},
		{"raw", no_argument, NULL, 'r'},
		{"timeout", required_argument, NULL, 't'},
		{"until", required_argument, NULL, 'u'},
		{NULL, 0, NULL, 0},
	};
	struct xml x = {.c = c};
	uint64_t timeout = 0;
	bool good = true;
	int opt, status;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'n')
			c->no_ack = true;
		else if (opt == 'r')
			c->raw = true;
		else if (opt == 'u')
			x.until = optarg;
		else
			good &= opt == 't' && cli_number(optarg, 1, 1000000,
			    &timeout);
	}
	if (!good || optind != argc)
		return cli_usage(c);
	x.stay = x.until != NULL || timeout != 0;
	status = run(&x, timeout);
	cli_close(c);
	c->clear = NULL;
	term_destroy(x.term);
	deflate_destroy(x.deflate);
	return status;
}

const struct cli_command cmd_xml = {
	"xml", "[--raw] [--no-ack] [--until NAME] [--timeout S]",
	"type stanzas and see stanzas, as XML, live", xml_run,
	"Each line of standard input is sent as a stanza.  Each stanza that\n"
	"comes is printed after a \"<\", each that is sent after a \">\".\n"
	"Passwords and tokens are not shown.\n"
	"\n"
	"  --raw         do nothing by itself: hello, auth and all that follows\n"
	"                are yours to type\n"
	"  --no-ack      do not acknowledge messages\n"
	"  --until NAME  end after a stanza of this name has come\n"
	"  --timeout S   end after S seconds; a failure with --until\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice xml\n"
	"  echo '<ping/>' | stonechat -u alice xml --until pong\n"
	"  stonechat -s localhost --ca cert.pem xml --raw\n",
};
