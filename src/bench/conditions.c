/* SPDX-License-Identifier: ISC */
#include "src/bench/conditions.h"

#include <stdio.h>
#include <unistd.h>

#include "src/bench/control.h"
#include "src/bench/machine.h"
#include "src/bench/report.h"
#include "src/bench/run.h"

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
	machine_report(to);
	report_server(r, to);
	report_options(r->conf, to);
}
