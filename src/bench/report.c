/* SPDX-License-Identifier: ISC */
#include "src/bench/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/bench/hist.h"

enum { LABEL = 30 };

struct report {
	json_t *root, *part;	/* NULL: lines */
	bool any, times;	/* a part before; a heading of times */
};

static const struct {
	const char *name, *key;
	double percent;
} columns[] = {
	{"p50", "p50_us", 50},
	{"p90", "p90_us", 90},
	{"p99", "p99_us", 99},
	{"p99.9", "p99_9_us", 99.9},
	{"max", "max_us", 100},
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

struct report *
report_create(bool json)
{
	struct report *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	if (json)
		r->root = r->part = json_object();
	return r;
}

void
report_part(struct report *r, const char *name)
{
	r->times = false;
	if (r->root != NULL) {
		r->part = json_object();
		json_object_set_new(r->root, name, r->part);
		return;
	}
	printf("%s%s\n", r->any ? "\n" : "", name);
	r->any = true;
}

/* "server_cpu_ms" is "server cpu ms" to people. */
static void
label(const char *name)
{
	char text[64];

	snprintf(text, sizeof(text), "%s", name);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '_')
			*p = ' ';
	printf("  %-*s ", LABEL, text);
}

void
report_text(struct report *r, const char *name, const char *value)
{
	if (r->root != NULL) {
		json_object_set_new(r->part, name, json_string(value));
		return;
	}
	label(name);
	printf("%s\n", value);
}

/* 1234567 as 1,234,567. */
static void
print_grouped(double value, int decimals)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%.*f", decimals, value);
	const char *dot = strchr(text, '.');
	int whole = dot == NULL ? n : (int)(dot - text);

	for (int i = 0; i < n; i++) {
		putchar(text[i]);
		if (i + 1 < whole && (whole - i - 1) % 3 == 0 &&
		    text[i] != '-')
			putchar(',');
	}
}

void
report_number(struct report *r, const char *name, double value, int decimals,
    const char *unit)
{
	if (r->root != NULL) {
		json_object_set_new(r->part, name, decimals == 0 ?
		    json_integer((json_int_t)(value + 0.5)) :
		    json_real(value));
		return;
	}
	label(name);
	print_grouped(value, decimals);
	printf("%s%s\n", *unit == '\0' ? "" : " ", unit);
}

void
report_count(struct report *r, const char *name, uint64_t n)
{
	report_number(r, name, (double)n, 0, "");
}

static void
times_json(struct report *r, const char *name, const struct hist *h)
{
	json_t *j = json_object();

	json_object_set_new(j, "count", json_integer((json_int_t)h->count));
	json_object_set_new(j, "mean_us", json_real(hist_mean(h) / 1000));
	for (unsigned i = 0; i < COLUMNS; i++)
		json_object_set_new(j, columns[i].key, json_real(
		    (double)hist_at(h, columns[i].percent) / 1000));
	json_object_set_new(r->part, name, j);
}

void
report_times(struct report *r, const char *name, const struct hist *h)
{
	if (r->root != NULL) {
		times_json(r, name, h);
		return;
	}
	if (!r->times) {
		label("latency, ms");
		for (unsigned i = 0; i < COLUMNS; i++)
			printf("%10s", columns[i].name);
		putchar('\n');
	}
	r->times = true;
	label(name);
	for (unsigned i = 0; i < COLUMNS; i++)
		printf("%10.3f", (double)hist_at(h, columns[i].percent) / 1e6);
	putchar('\n');
}

void
report_finish(struct report *r)
{
	if (r->root != NULL) {
		json_dumpf(r->root, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(r->root);
	}
	fflush(stdout);
	free(r);
}
