/* SPDX-License-Identifier: ISC */
/* poll: a question with options. */
#include <getopt.h>

#include "src/cli/say.h"

static int
poll_run(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"most", required_argument, NULL, 'm'},
		{NULL, 0, NULL, 0},
	};
	const char *choices[SAY_OPTIONS_MAX];
	struct say s = {.m = {.kind = SC_KIND_POLL, .options = choices}};
	bool good = true;
	int opt;

	while ((opt = getopt_long(argc, argv, "+", options, NULL)) != -1)
		good = good && opt == 'm' && cli_number(optarg, 1,
		    SAY_OPTIONS_MAX, &s.m.most);
	if (!good || argc - optind < 4 ||
	    argc - optind - 2 > SAY_OPTIONS_MAX)
		return cli_usage(c);
	s.to = argv[optind];
	s.m.name = argv[optind + 1];
	for (int i = optind + 2; i < argc; i++)
		choices[s.m.noptions++] = argv[i];
	return say_run(c, &s, 0);
}

const struct cli_command cmd_poll = {
	"poll", "[--most N] CHAT QUESTION OPTION OPTION...",
	"ask, and let choose", poll_run,
	"  --most N  up to N options may be chosen; the default is one\n"
	"\n"
	"Example:\n"
	"  stonechat -u alice poll bob 'When?' Monday Tuesday\n",
};
