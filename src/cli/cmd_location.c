/* SPDX-License-Identifier: ISC */
/* location: a place, or where one is. */
#include <getopt.h>
#include <stdlib.h>
#include <time.h>

#include "src/cli/say.h"

enum { DEGREE = 10000000, MINUTES_MAX = 1000000 };

static bool
degrees(const char *text, double most, int64_t *to)
{
	char *end;
	double d = strtod(text, &end);

	if (end == text || *end != '\0' || !(d >= -most && d <= most))
		return false;
	*to = (int64_t)(d * DEGREE + (d < 0 ? -0.5 : 0.5));
	return true;
}

static int
location_run(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"live", required_argument, NULL, 'l'},
		{NULL, 0, NULL, 0},
	};
	struct say s = {.m.kind = SC_KIND_LOCATION};
	uint64_t minutes = 0;
	bool good = true;
	int opt;

	/* up to the chat: a latitude may look like an option */
	while ((opt = getopt_long(argc, argv, "+", options, NULL)) != -1)
		good = good && opt == 'l' && cli_number(optarg, 1,
		    MINUTES_MAX, &minutes);
	if (!good || argc - optind < 3 || argc - optind > 4 ||
	    !degrees(argv[optind + 1], 90, &s.m.latitude) ||
	    !degrees(argv[optind + 2], 180, &s.m.longitude))
		return cli_usage(c);
	s.to = argv[optind];
	s.m.name = argv[optind + 3];	/* NULL, if it is not there */
	if (minutes > 0)
		s.m.until = ((int64_t)time(NULL) + (int64_t)minutes * 60) *
		    1000;
	return say_run(c, &s, 0);
}

const struct cli_command cmd_location = {
	"location", "[--live MINUTES] CHAT LATITUDE LONGITUDE [NAME]",
	"send a place", location_run,
	"In degrees; north and east are positive.\n"
	"\n"
	"  --live MINUTES  it is where you are, for so long\n"
	"\n"
	"Example:\n"
	"  stonechat -u alice location bob 52.5163 13.3777 'the gate'\n",
};
