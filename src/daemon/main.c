/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <jansson.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/wipe.h"
#include "src/daemon/config.h"
#include "src/daemon/daemon.h"
#include "src/daemon/maintain.h"

enum { EXIT_USAGE = 2, WHY = 2048 };

static const char default_file[] = SC_SYSCONFDIR "/stonechat.xml";

static void
print_usage(FILE *to)
{
	fprintf(to, "usage: stonechatd [-c FILE] [-t] [-V]\n"
	    "       stonechatd [-c FILE] [--json] --maintain verify [DIR] | "
	    "restore DIR | recover\n");
}

static void
print_help(void)
{
	print_usage(stdout);
	printf("The Stonechat messaging server. Runs in the foreground; "
	    "SIGTERM stops it.\n\n"
	    "  -c FILE  the configuration (%s)\n"
	    "  -t       check the configuration and exit\n"
	    "  -V       print the version and exit\n"
	    "  -h       print this and exit\n"
	    "  --maintain ACTION\n"
	    "           work on the database while no server runs: verify it "
	    "(or a\n"
	    "           backup), restore a backup, recover after a crash\n",
	    default_file);
}

/* Requests on the control socket carry passwords: what held them is wiped. */
static void
free_wiped(void *p)
{
	if (p != NULL)
		wipe(p, malloc_usable_size(p));
	free(p);
}

static int
fail(const char *why)
{
	fprintf(stderr, "stonechatd: %s\n", why);
	return EXIT_FAILURE;
}

static int
check(const char *file, const struct config *conf)
{
	char why[WHY];

	if (daemon_check(conf, why, sizeof(why)) != 0)
		return fail(why);
	printf("%s: the configuration is good\n", file);
	return EXIT_SUCCESS;
}

static int
run(const struct config *conf)
{
	char why[WHY];
	int rc;

	json_set_alloc_funcs(malloc, free_wiped);
	rc = daemon_run(conf, why, sizeof(why));
	return rc < 0 ? fail(why) : rc;
}

static int
maintain(const struct config *conf, const char *action, const char *dir,
    bool json)
{
	char why[WHY];
	int rc = maintain_run(conf, action, dir, json, why, sizeof(why));

	return rc < 0 ? fail(why) : rc;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"maintain", required_argument, NULL, 'm'},
		{"json", no_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	const char *file = default_file, *action = NULL;
	char why[WHY];
	struct config conf;
	bool only_check = false, json = false;
	int opt, status;

	while ((opt = getopt_long(argc, argv, "c:thV", options, NULL)) != -1) {
		switch (opt) {
		case 'c':
			file = optarg;
			break;
		case 't':
			only_check = true;
			break;
		case 'j':
			json = true;
			break;
		case 'm':
			action = optarg;
			break;
		case 'h':
			print_help();
			return EXIT_SUCCESS;
		case 'V':
			printf("stonechatd %s\n", PACKAGE_VERSION);
			return EXIT_SUCCESS;
		default:
			print_usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (action == NULL ? optind < argc || json : only_check ||
	    argc - optind > 1 || !maintain_takes(action, argv[optind])) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (config_load(&conf, file, why, sizeof(why)) != 0)
		return fail(why);
	if (action != NULL)
		status = maintain(&conf, action, argv[optind], json);
	else
		status = only_check ? check(file, &conf) : run(&conf);
	config_fini(&conf);
	return status;
}
