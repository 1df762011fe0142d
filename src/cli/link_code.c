/* SPDX-License-Identifier: ISC */
#include "src/cli/link_code.h"

#include <stdio.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/qr.h"
#include "src/cli/text.h"

enum { URI_SIZE = 800 };

/* What a camera gets: all that the new device needs to be told. */
static void
make_uri(const struct cli *c, const char *code, char *uri, size_t size)
{
	bool address = strchr(c->host, ':') != NULL;

	snprintf(uri, size, "stonechat://%s@%s%s%s:%u/?link=%s", c->user,
	    address ? "[" : "", c->host, address ? "]" : "",
	    (unsigned)c->port, code);
}

void
link_code_json(const struct cli *c, const struct sc_event *e)
{
	char uri[URI_SIZE], when[32];

	make_uri(c, e->text, uri, sizeof(uri));
	cli_print_json_take(json_pack("{s:s, s:s, s:s, s:s}", "event", "link",
	    "code", e->text, "uri", uri, "expires", cli_time_iso(e->time,
	    when, sizeof(when))));
	explicit_bzero(uri, sizeof(uri));
}

void
link_code_put(const struct cli *c, const struct sc_event *e, bool qr,
    bool colours, struct buf *b)
{
	char uri[URI_SIZE], when[32];

	make_uri(c, e->text, uri, sizeof(uri));
	/* before the text, which would be pushed off a low window */
	if (qr)
		qr_put(uri, colours, b);
	/* the code and the address are ours, and harmless */
	buf_printf(b, "code: %s\n", e->text);
	buf_printf(b, "good until %s, once.  On the new device:\n",
	    cli_time_of_day(e->time, when, sizeof(when)));
	buf_printf(b, "  stonechat -s %s:%u -u ", c->host, (unsigned)c->port);
	text_put(b, slice_str(c->user), TEXT_LINE);
	if (c->ca_file != NULL) {
		buf_put_str(b, " --ca ");
		text_put(b, slice_str(c->ca_file), TEXT_LINE);
	}
	buf_printf(b, " login --link %s", e->text);
	explicit_bzero(uri, sizeof(uri));
}
