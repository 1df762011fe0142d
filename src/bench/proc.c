/* SPDX-License-Identifier: ISC */
#include "src/bench/proc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static FILE *
proc_open(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	return fopen(path, "re");
}

bool
proc_cpu_us(pid_t pid, int64_t *us)
{
	unsigned long user, kernel;
	char line[1024], *p;
	FILE *f = proc_open(pid, "stat");
	bool ok = false;

	if (f == NULL)
		return false;
	/* the name, in brackets, may hold anything */
	if (fgets(line, sizeof(line), f) != NULL &&
	    (p = strrchr(line, ')')) != NULL)
		ok = sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u "
		    "%*u %lu %lu", &user, &kernel) == 2;
	fclose(f);
	if (ok)
		*us = (int64_t)(user + kernel) * 1000000 /
		    sysconf(_SC_CLK_TCK);
	return ok;
}

static uint64_t
kilobytes(const char *line, const char *name)
{
	uint64_t n = 0;
	size_t len = strlen(name);

	if (strncmp(line, name, len) == 0)
		(void)sscanf(line + len, ": %" SCNu64, &n);
	return n * 1024;
}

bool
proc_usage(pid_t pid, struct proc_usage *u)
{
	char line[256];
	FILE *f = proc_open(pid, "smaps_rollup");

	memset(u, 0, sizeof(*u));
	if (f == NULL)
		return false;
	while (fgets(line, sizeof(line), f) != NULL) {
		u->pss += kilobytes(line, "Pss");
		u->anonymous += kilobytes(line, "Anonymous");
	}
	fclose(f);
	return proc_cpu_us(pid, &u->cpu_us);
}

void
proc_status(pid_t pid, const char *name, char *out, size_t size)
{
	char line[512];
	size_t len = strlen(name);
	FILE *f = proc_open(pid, "status");

	*out = '\0';
	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(out, size, "%s", line + len + 1 +
		    strspn(line + len + 1, " \t"));
		break;
	}
	fclose(f);
}
