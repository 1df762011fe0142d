/* SPDX-License-Identifier: ISC */
/*
 * Commands: what is done to the database while no server runs.  stonechatd
 * does it, under the lock that a server holds; it is the one beside this
 * program.
 */
#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <unistd.h>

#include "src/ctl/ctl.h"

enum { PATH_SIZE = 4096, ARGS_MAX = 8 };

static int
beside(char *out, size_t size)
{
	char self[PATH_SIZE];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return ctl_fail("/proc/self/exe: %s", strerror(errno));
	self[n] = '\0';
	if (snprintf(out, size, "%s/stonechatd", dirname(self)) >= (int)size)
		return ctl_fail("%s: too long", self);
	return 0;
}

/* Becomes stonechatd; returns only if it cannot. */
static int
maintain(struct ctl *c)
{
	const char *config = ctl_option_text(c, "config");
	const char *args[ARGS_MAX + 1];
	char path[PATH_SIZE + 16];
	int n = 0, rc = beside(path, sizeof(path));

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
	{.name = "verify", .args = "[DIR]", CONFIG},
	{.name = "restore", .args = "DIR", CONFIG},
	{.name = "recover", .args = "", CONFIG},
	{.name = NULL},
};
