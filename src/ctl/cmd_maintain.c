/* SPDX-License-Identifier: ISC */
/*
 * Commands: what is done to the database while no server runs.  stonechatd
 * does it, under the lock that a server holds; it is the one beside this
 * program.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "src/ctl/ctl.h"

enum { ARGS_MAX = 8 };

/* Becomes stonechatd; returns only if it cannot. */
static int
maintain(struct ctl *c)
{
	const char *config = ctl_option_text(c, "config");
	const char *args[ARGS_MAX + 1];
	char path[CTL_PATH];
	int n = 0, rc = ctl_find_server(path, sizeof(path));

	if (rc != 0)
		return rc;
	args[n++] = path;
	if (config != NULL) {
		args[n++] = "-c";
		args[n++] = config;
	}
	if (c->json)
		args[n++] = "--json";
	args[n++] = "--maintain";
	args[n++] = c->command->name;
	if (c->nargs > 0)
		args[n++] = c->args[0];
	args[n] = NULL;
	/* execv writes to none of them */
	execv(path, (char *const *)(uintptr_t)args);
	return ctl_fail("%s: %s", path, strerror(errno));
}

#define CONFIG                                                                \
	.options = {{"config", CTL_LOCAL_TEXT, "FILE", 0, 0}}, .run = maintain, \
	.offline = true

const struct ctl_command cmd_maintain[] = {
	{.name = "verify",
	    .what = "check a backup, or the database of a stopped server",
	    .args = "[DIR]", CONFIG},
	{.name = "restore",
	    .what = "make the database from a backup, for a stopped server",
	    .args = "DIR", CONFIG},
	{.name = "recover",
	    .what = "do what a start does after a crash, and no more",
	    .args = "", CONFIG},
	{.name = NULL},
};
