/* SPDX-License-Identifier: ISC */
#include "src/daemon/load.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/server/module.h"
#include "src/server/module_check.h"

/* Only complete names: not what an editor or an upgrade leaves for a moment. */
static int
is_module_name(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 3 && e->d_name[0] != '.' &&
	    strcmp(e->d_name + n - 3, ".so") == 0;
}

static int
check(const char *file, const struct sc_module_def *def, char *why,
    size_t whylen)
{
	char what[512];

	if (module_check(def, what, sizeof(what)) == 0)
		return 0;
	snprintf(why, whylen, "%s: %s", file, what);
	return -1;
}

/* RTLD_NOW: what is missing is missing now, not when a client asks for it. */
static int
load_file(const char *file, const struct sc_module_def **def, char *why,
    size_t whylen)
{
	void *object = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	if (object == NULL) {
		snprintf(why, whylen, "cannot be loaded as a module: %s: "
		    "build it for this server, or remove it", dlerror());
		return -1;
	}
	*def = dlsym(object, "sc_module");
	if (*def != NULL)
		return check(file, *def, why, whylen);
	snprintf(why, whylen, "%s: is no module: expected the symbol "
	    "sc_module, which SC_MODULE in stonechat/module.h makes: remove "
	    "the file", file);
	dlclose(object);
	return -1;
}

static int
load_names(const char *dir, struct dirent **names, int n, load_fn *fn,
    void *arg, char *why, size_t whylen)
{
	const struct sc_module_def *def;
	char file[PATH_MAX];
	int i, rc = 0;

	for (i = 0; i < n && rc == 0; i++) {
		snprintf(file, sizeof(file), "%s/%s", dir, names[i]->d_name);
		rc = load_file(file, &def, why, whylen);
		if (rc == 0)
			rc = fn(arg, def, file, why, whylen);
	}
	return rc;
}

int
load_directory(const char *dir, bool must, load_fn *fn, void *arg, char *why,
    size_t whylen)
{
	struct dirent **names;
	int n = scandir(dir, &names, is_module_name, alphasort);
	int i, rc;

	if (n < 0 && errno == ENOENT && !must)
		return 0;
	if (n < 0) {
		snprintf(why, whylen, "%s: %s: expected the directory of the "
		    "modules", dir, strerror(errno));
		return -1;
	}
	rc = load_names(dir, names, n, fn, arg, why, whylen);
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return rc;
}
