/* SPDX-License-Identifier: ISC */
#include "src/bench/machine.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "src/bench/report.h"

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

/* It decides how much is in the air, and so how much goes into a write. */
static void
report_congestion(struct report *to)
{
	FILE *f = fopen("/proc/sys/net/ipv4/tcp_congestion_control", "re");
	char line[64];

	if (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		report_text(to, "tcp_congestion_control", line);
	}
	if (f != NULL)
		fclose(f);
}

void
machine_report(struct report *to)
{
	report_date(to);
	report_text(to, "version", PACKAGE_VERSION);
	report_text(to, "openssl", OpenSSL_version(OPENSSL_VERSION));
	report_machine(to);
	report_processor(to);
	report_congestion(to);
}
