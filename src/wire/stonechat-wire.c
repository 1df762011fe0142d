/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/xmltext.h"
#include "src/wire/convert.h"

static const char usage[] =
    "usage: stonechat-wire [--to-bytes | --to-xml | --sizes] [--raw] [--json]\n"
    "                      [--base TIME] [FILE]\n";

static const char help[] =
    "Turns stanzas into bytes and back.\n"
    "\n"
    "  --to-bytes   XML to frames, a line of hexadecimal digits each; the\n"
    "               default for input that starts with \"<\"\n"
    "  --to-xml     such lines to XML, a line each; else the default\n"
    "  --sizes      for each stanza in XML: bytes as XML, as a frame without\n"
    "               deflate, and as a frame as it is sent\n"
    "  --raw        deflate nothing\n"
    "  --json       with --sizes: one JSON object a line\n"
    "  --base TIME  what times are differences to, until the stanzas success\n"
    "               or base say otherwise; the default is 0\n"
    "  --help       this text\n"
    "\n"
    "FILE or standard input holds the stanzas one after another, maybe inside\n"
    "<stanzas>; a comment names the stanza after it.  In hexadecimal input a\n"
    "line that starts with \"#\" is a comment.\n"
    "Exit status: 0 done, 1 refused or failed, 2 usage.\n";

enum option_id {
	TO_BYTES = 256, TO_XML, SIZES, RAW, JSON, BASE, HELP
};

static const struct option options[] = {
	{"to-bytes", no_argument, NULL, TO_BYTES},
	{"to-xml", no_argument, NULL, TO_XML},
	{"sizes", no_argument, NULL, SIZES},
	{"raw", no_argument, NULL, RAW},
	{"json", no_argument, NULL, JSON},
	{"base", required_argument, NULL, BASE},
	{"help", no_argument, NULL, HELP},
	{NULL, 0, NULL, 0}
};

static int
bad_usage(const char *why)
{
	if (why != NULL)
		fprintf(stderr, "stonechat-wire: %s\n", why);
	fputs(usage, stderr);
	return 2;
}

static bool
read_all(const char *file, struct buf *text)
{
	FILE *f = file == NULL ? stdin : fopen(file, "rb");
	bool ok = f != NULL;
	uint8_t *to;
	size_t n;

	while (ok && (to = buf_room(text, 65536)) != NULL &&
	    (n = fread(to, 1, 65536, f)) > 0)
		buf_added(text, n);
	ok = ok && !ferror(f) && !buf_failed(text);
	if (!ok)
		fprintf(stderr, "stonechat-wire: %s: %s\n",
		    file == NULL ? "standard input" : file, strerror(errno));
	if (f != NULL && f != stdin)
		fclose(f);
	return ok;
}

static int
guess_mode(struct slice text)
{
	size_t i = 0;

	while (i < text.len && memchr(" \t\r\n", text.p[i], 4) != NULL)
		i++;
	return i < text.len && text.p[i] == '<' ? TO_BYTES : TO_XML;
}

static int
run(int mode, struct convert *c, const char *file)
{
	struct buf text;
	bool ok;

	c->file = file == NULL ? "standard input" : file;
	buf_init(&text, 0);
	ok = read_all(file, &text);
	if (ok) {
		if (mode == 0)
			mode = guess_mode(buf_slice(&text));
		ok = mode == TO_BYTES ? convert_to_bytes(c, buf_slice(&text))
		    : mode == TO_XML  ? convert_to_xml(c, buf_slice(&text))
				      : convert_sizes(c, buf_slice(&text));
	}
	buf_fini(&text);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("stonechat-wire");
		ok = false;
	}
	return ok ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct convert c = {0};
	int mode = 0, o, status;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (o) {
		case TO_BYTES:
		case TO_XML:
		case SIZES:
			if (mode != 0 && mode != o)
				return bad_usage("one mode at a time");
			mode = o;
			break;
		case RAW:
			c.raw = true;
			break;
		case JSON:
			c.json = true;
			break;
		case BASE:
			if (time_parse(slice_str(optarg), &c.base) != 0)
				return bad_usage("--base: expected a time");
			break;
		case HELP:
			fputs(usage, stdout);
			fputs(help, stdout);
			return 0;
		default:
			return bad_usage(NULL);
		}
	}
	if (argc - optind > 1)
		return bad_usage("expected one FILE");
	c.deflate = deflate_create();
	if (c.deflate == NULL) {
		perror("stonechat-wire");
		return 1;
	}
	status = run(mode, &c, argv[optind]);
	deflate_destroy(c.deflate);
	return status;
}
