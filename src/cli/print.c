/* SPDX-License-Identifier: ISC */
#include "src/cli/print.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "protocol/base64url.h"
#include "src/cli/cli.h"
#include "src/cli/text.h"

/* Writes TEXT as a line to F. */
static void
put_line(FILE *f, struct slice text, enum text_form form)
{
	struct buf line;

	buf_init(&line, 0);
	text_put(&line, text, form);
	buf_put_u8(&line, '\n');
	if (!buf_failed(&line))
		fwrite(buf_slice(&line).p, 1, line.len, f);
	buf_fini(&line);
	fflush(f);
}

static void
put_json(FILE *f, const json_t *j)
{
	char *text = j == NULL ? NULL : json_dumps(j, JSON_COMPACT);

	if (text != NULL)
		put_line(f, slice_str(text), TEXT_JSON);
	free(text);
}

static void
put_error(const struct cli *c, const char *text)
{
	struct buf line;
	json_t *j;

	if (c->clear != NULL)
		c->clear(c);
	fflush(stdout);
	buf_init(&line, 0);
	text_put(&line, slice_str(text), TEXT_LINE);
	buf_put_u8(&line, '\0');
	text = buf_failed(&line) ? "out of memory" : (const char *)line.p;
	if (c->json) {
		j = json_pack("{s:s, s:s}", "event", "error", "text", text);
		put_json(stderr, j);
		json_decref(j);
	} else {
		fprintf(stderr, "stonechat: %s\n", text);
	}
	buf_fini(&line);
}

int
cli_fail(const struct cli *c, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	put_error(c, n < 0 ? "out of memory" : text);
	if (n >= 0)
		free(text);
	return EXIT_FAILURE;
}

int
cli_usage(const struct cli *c)
{
	cli_fail(c, "usage: stonechat [OPTION...] %s%s%s (see stonechat %s "
	    "--help)", c->command->name, *c->command->usage == '\0' ? "" :
	    " ", c->command->usage, c->command->name);
	return CLI_USAGE;
}

void
cli_print_json_take(json_t *j)
{
	put_json(stdout, j);
	json_decref(j);
}

void
cli_json_bytes(json_t *j, const char *key, const void *p, size_t n)
{
	struct buf text;

	buf_init(&text, 0);
	base64url_put(&text, slice_of(p, n));
	json_object_set_new(j, key, json_stringn((const char *)text.p +
	    text.off, text.len));
	buf_fini(&text);
}

void
cli_print_slice(struct slice text)
{
	put_line(stdout, text, TEXT_BLOCK);
}

void
cli_print(const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	cli_print_slice(slice_str(text));
	free(text);
}

static void
format_local(int64_t ms, bool date, char *out, size_t size)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	size_t n = 0;

	if (localtime_r(&t, &tm) != NULL)
		n = date ? strftime(out, size, "%Y-%m-%d %H:%M:%S", &tm)
			 : strftime(out, size, "%H:%M:%S", &tm);
	if (n == 0)
		*out = '\0';
}

const char *
cli_time_of_day(int64_t ms, char *out, size_t size)
{
	format_local(ms, false, out, size);
	return out;
}

const char *
cli_time_local(int64_t ms, char *out, size_t size)
{
	format_local(ms, true, out, size);
	return out;
}

const char *
cli_time_iso(int64_t ms, char *out, size_t size)
{
	time_t t = (time_t)(ms / 1000);
	char text[32];
	struct tm tm;

	*out = '\0';
	if (gmtime_r(&t, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) != 0)
		snprintf(out, size, "%s.%03dZ", text, (int)(ms % 1000));
	return out;
}

bool
cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *n)
{
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 10);
	return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' &&
	    *n >= min && *n <= max;
}
