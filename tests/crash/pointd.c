/* SPDX-License-Identifier: ISC */
/*
 * pointd CONFIG POINT TIMES: the daemon of CONFIG, which kills itself when it
 * passes POINT for the TIMES-th time.  pointd --list: all points, a line.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/daemon/config.h"
#include "src/daemon/daemon.h"

enum { LOG_BYTES = 256 << 10 };

struct death {
	const char *point;
	_Atomic(long) left;	/* times to pass it */
};

static void
reach(void *arg, const char *name)
{
	struct death *d = arg;

	if (strcmp(name, d->point) == 0 && atomic_fetch_sub(&d->left, 1) == 1)
		kill(getpid(), SIGKILL);
}

static int
list(void)
{
	const char *const *sets[] = {daemon_points, bdb_points};
	unsigned i;

	for (i = 0; i < 2; i++)
		for (; *sets[i] != NULL; sets[i]++)
			puts(*sets[i]);
	return 0;
}

int
main(int argc, char **argv)
{
	struct death death = {.point = argc == 4 ? argv[2] : ""};
	struct config conf;
	char why[2048];
	int rc;

	if (argc == 2 && strcmp(argv[1], "--list") == 0)
		return list();
	if (argc != 4 || config_load_again(&conf, NULL, argv[1], why, sizeof(why)) != 0) {
		fprintf(stderr, "pointd: %s\n", argc != 4 ? "usage" : why);
		return 2;
	}
	atomic_store(&death.left, strtol(argv[3], NULL, 10));
	conf.point = reach;
	conf.point_arg = &death;
	/* so that a batch has parts, and log files come and go */
	conf.store.log_bytes = LOG_BYTES;
	rc = daemon_run(&conf, why, sizeof(why));
	if (rc < 0)
		fprintf(stderr, "pointd: %s\n", why);
	config_fini(&conf);
	return rc < 0 ? 1 : rc;
}
