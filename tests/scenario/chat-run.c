/* SPDX-License-Identifier: ISC */
/* chat-run: plays one .chat file, and says in TAP how it went. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenario/host.h"
#include "tests/scenario/person.h"
#include "tests/scenario/stage.h"
#include "tests/scenario/steps.h"

enum { LOG_LINES = 60, TRANSCRIPT_LINES = 200, CAME_LINES = 20 };

static int
play(struct stage *s)
{
	for (size_t i = 0; i < s->script->count; i++) {
		s->line = &s->script->lines[i];
		stage_note(s, "--", "%u: %s", s->line->number,
		    s->line->source);
		s->step_at = s->transcript.len;
		if (steps_play(s, s->line) != 0 || s->why != NULL)
			return -1;
	}
	s->line = NULL;
	s->step_at = s->transcript.len;
	if (persons_finish(s) != 0)
		return -1;
	return host_finish(s->host);
}

/* The last LINES of TEXT, each after a "#". */
static void
print_tail(struct slice text, unsigned lines)
{
	size_t from = text.len;

	while (from > 0 && (text.p[from - 1] != '\n' || from == text.len ||
	    --lines > 0))
		from--;
	while (from < text.len) {
		const uint8_t *end = memchr(text.p + from, '\n',
		    text.len - from);
		size_t n = end == NULL ? text.len - from
		    : (size_t)(end - text.p) - from;

		printf("#   %.*s\n", (int)n, (const char *)text.p + from);
		from += n + 1;
	}
}

static void
explain(const struct stage *s)
{
	struct slice all = buf_slice(&s->transcript);
	struct slice came = slice_of(NULL, 0);

	if (s->line != NULL)
		printf("# %s:%u: %s\n", s->script->name, s->line->number,
		    s->line->source);
	else
		printf("# %s: at its end\n", s->script->name);
	printf("# %s\n", s->why == NULL ? "no reason" : s->why);
	if (all.len > s->step_at)
		came = slice_of(all.p + s->step_at, all.len - s->step_at);
	puts(came.len == 0 ? "# Nothing came." : "# What came since:");
	print_tail(came, CAME_LINES);
	puts("# What happened:");
	print_tail(all, TRANSCRIPT_LINES);
	puts("# The log of the server:");
	host_print_log(s->host, "#   ", LOG_LINES);
}

/* Exit status. */
static int
run(const struct script *script, bool verbose)
{
	struct stage s;
	bool good = stage_init(&s, script) == 0 && play(&s) == 0;

	if (s.skipped) {
		printf("1..0 # SKIP %s\n", s.why);
		stage_fini(&s);
		return EXIT_SUCCESS;
	}
	printf("1..1\n%sok 1 - %s\n", good ? "" : "not ", script->title);
	if (!good && s.host != NULL)
		explain(&s);
	else if (!good)
		printf("# %s\n", s.why);
	else if (verbose)
		print_tail(buf_slice(&s.transcript), UINT32_MAX);
	stage_fini(&s);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
usage(void)
{
	fputs("usage: chat-run [-v] FILE\n       chat-run --steps\n", stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"verbose", no_argument, NULL, 'v'},
		{"steps", no_argument, NULL, 's'},
		{NULL, 0, NULL, 0},
	};
	struct script script;
	bool verbose = false;
	char why[300];
	int opt, status;

	while ((opt = getopt_long(argc, argv, "v", options, NULL)) != -1) {
		if (opt == 's') {
			steps_print();
			return EXIT_SUCCESS;
		}
		if (opt != 'v')
			return usage();
		verbose = true;
	}
	if (optind != argc - 1)
		return usage();
	(void)signal(SIGPIPE, SIG_IGN);
	if (script_load(argv[optind], &script, why, sizeof(why)) == 0) {
		status = run(&script, verbose);
	} else {
		printf("1..1\nnot ok 1 - %s\n# %s\n", script.name, why);
		status = EXIT_FAILURE;
	}
	script_fini(&script);
	return status;
}
