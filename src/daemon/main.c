/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/daemon/config.h"
#include "src/daemon/daemon.h"
#include "src/daemon/maintain.h"
#include "src/daemon/monitor.h"
#include "src/daemon/worker.h"

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

static int
fail(const char *why)
{
	fprintf(stderr, "stonechatd: %s\n", why);
	return EXIT_FAILURE;
}

static int
check(const char *file)
{
	char why[WHY];

	if (daemon_check(file, why, sizeof(why)) != 0)
		return fail(why);
	printf("%s: the configuration is good\n", file);
	return EXIT_SUCCESS;
}

/* Where the worker's program is found, also when it has been replaced. */
static const char *
find_program(const char *name, char *out, size_t size)
{
	ssize_t n;

	if (name[0] == '/')
		return name;
	n = readlink("/proc/self/exe", out, size - 1);
	out[n < 0 ? 0 : n] = '\0';
	return out;
}

static int
run(const char *name, const char *file)
{
	char why[WHY], program[PATH_MAX];
	int rc;

	rc = monitor_run(find_program(name, program, sizeof(program)), file,
	    why, sizeof(why));
	return rc < 0 ? fail(why) : rc;
}

static int
maintain(const char *file, const char *action, const char *dir, bool json)
{
	char why[WHY];
	struct config conf;
	int rc;

	if (config_load(&conf, file, why, sizeof(why)) != 0)
		return fail(why);
	rc = maintain_run(&conf, action, dir, json, why, sizeof(why));
	config_fini(&conf);
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
	bool only_check = false, json = false;
	int opt;

	/* No option: only the parent calls it so, with their line. */
	if (argc == 2 && strcmp(argv[0], WORKER_NAME) == 0)
		return worker_run(atoi(argv[1]));
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
	if (action != NULL)
		return maintain(file, action, argv[optind], json);
	return only_check ? check(file) : run(argv[0], file);
}
