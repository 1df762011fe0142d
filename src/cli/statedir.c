/* SPDX-License-Identifier: ISC */
#include "src/cli/statedir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/cli/cli.h"

/* Makes the directories above PATH, which is changed for the moment. */
static void
make_parents(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash != NULL;
	    slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

int
statedir_path(const struct cli *c, char *out, size_t size)
{
	const char *base = getenv("XDG_STATE_HOME"), *below = "";
	int n;

	if (c->state_dir != NULL) {
		n = snprintf(out, size, "%s", c->state_dir);
	} else {
		if (base == NULL || *base != '/') {
			base = getenv("HOME");
			below = "/.local/state";
		}
		if (base == NULL)
			return cli_fail(c, "HOME is not set: name a directory "
			    "with --state");
		n = snprintf(out, size, "%s%s/stonechat/%s@%s", base, below,
		    c->user, c->host);
	}
	if (n < 0 || (size_t)n >= size)
		return cli_fail(c, "the name of the state directory is too "
		    "long");
	make_parents(out);
	return 0;
}
