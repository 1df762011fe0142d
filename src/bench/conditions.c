/* SPDX-License-Identifier: ISC */
#include "src/bench/conditions.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "src/bench/control.h"
#include "src/bench/report.h"
#include "src/bench/run.h"

static void
report_date(struct report *to)
{
	time_t now = time(NULL);
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	report_text(to, "date", text);
}

static void
report_machine(struct report *to)
{
	struct utsname u;
	char text[sizeof(u.sysname) + sizeof(u.release) + sizeof(u.machine)];
	double load = 0;

	if (uname(&u) == 0) {
		snprintf(text, sizeof(text), "%s %s %s", u.sysname, u.release,
		    u.machine);
		report_text(to, "kernel", text);
	}
	report_number(to, "cores", (double)sysconf(_SC_NPROCESSORS_ONLN), 0,
	    "");
	if (getloadavg(&load, 1) == 1)
		report_number(to, "load_average", load, 2, "");
}

static void
report_processor(struct report *to)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[256];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || colon == NULL)
			continue;
		line[strcspn(line, "\n")] = '\0';
		report_text(to, "processor", colon + 1 +
		    strspn(colon + 1, " "));
		break;
	}
	if (f != NULL)
		fclose(f);
}

static void
report_server(const struct run *r, struct report *to)
{
	const struct conf *c = r->conf;
	const json_t *stats = r->sights[r->stages].stats;
	char text[320];

	snprintf(text, sizeof(text), "%s port %u", c->link.host,
	    (unsigned)c->link.port);
	report_text(to, "server", text);
	if (c->server != 0) {
		proc_status(c->server, "Cpus_allowed_list", text,
		    sizeof(text));
		report_text(to, "server_cores", text);
		proc_status(c->server, "Threads", text, sizeof(text));
		report_text(to, "server_threads", text);
	}
	if (stats == NULL)
		return;
	report_count(to, "server_workers", control_stat(stats, "workers"));
	report_text(to, "server_synced_the_disk", control_stat(stats,
	    "store-syncs") > 0 ? "yes" : "no");
}

static void
report_options(const struct conf *c, struct report *to)
{
	char text[64];

	report_text(to, "mode", c->mode->name);
	report_text(to, "protocol", c->driver->name);
	report_count(to, "users", c->mode->users(c));
	report_count(to, "window", c->window);
	report_count(to, "body_bytes", c->size);
	report_text(to, "bodies_compressed", c->link.compress ? "yes" : "no");
	report_count(to, "generators", c->processes);
	proc_status(getpid(), "Cpus_allowed_list", text, sizeof(text));
	report_text(to, "generator_cores", text);
}

void
conditions_report(const struct run *r, struct report *to)
{
	report_date(to);
	report_text(to, "version", PACKAGE_VERSION);
	report_text(to, "openssl", OpenSSL_version(OPENSSL_VERSION));
	report_machine(to);
	report_processor(to);
	report_server(r, to);
	report_options(r->conf, to);
}
