/* SPDX-License-Identifier: ISC */
/*
 * sim [--seed N | --seeds A..B] [--steps K] [--trace] [--mutant early-ack]
 *
 * Without options: as many seeds as SC_SIM_SEEDS says, from 1.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/runner.h"

enum { SEEDS = 300 };

static const struct option options[] = {
    {"seed", required_argument, NULL, 's'},
    {"seeds", required_argument, NULL, 'r'},
    {"steps", required_argument, NULL, 'k'},
    {"trace", no_argument, NULL, 't'},
    {"mutant", required_argument, NULL, 'm'},
    {NULL, 0, NULL, 0},
};

static int
usage(const char *name)
{
	fprintf(stderr, "usage: %s [--seed N | --seeds A..B] [--steps K] "
	    "[--trace] [--mutant early-ack]\n", name);
	return 2;
}

int
main(int argc, char **argv)
{
	struct sim_options o = {0};
	const char *seeds = getenv("SC_SIM_SEEDS");
	uint64_t first = 1, last = SEEDS;
	bool one = false;
	int c;

	if (seeds != NULL && atoi(seeds) > 0)
		last = (uint64_t)atoi(seeds);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's' && sscanf(optarg, "%" SCNu64, &o.seed) == 1)
			one = true;
		else if (c == 'r' && sscanf(optarg, "%" SCNu64 "..%" SCNu64,
		    &first, &last) == 2 && first <= last)
			one = false;
		else if (c == 'k' && sscanf(optarg, "%" SCNu64, &o.steps) == 1)
			continue;
		else if (c == 't')
			o.trace = true;
		else if (c == 'm' && strcmp(optarg, "early-ack") == 0)
			o.early_ack = true;
		else
			return usage(argv[0]);
	}
	if (optind < argc)
		return usage(argv[0]);
	return one ? runner_one(&o) : runner_many(&o, first, last, argv[0]);
}
