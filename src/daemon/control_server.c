/* SPDX-License-Identifier: ISC */
/* Control commands: the server as a whole. */
#include <stdio.h>

#include "src/common/err.h"
#include "src/daemon/control.h"
#include "src/daemon/daemon_priv.h"
#include "src/daemon/drain.h"
#include "src/daemon/stop.h"

enum { WHY = 2048 };

/* ---- drain ----------------------------------------------------------- */

static void
add_progress(struct client *k, const struct drain_progress *p)
{
	control_item_take(k, json_pack("{s:I, s:I, s:I}",
	    "sessions", (json_int_t)p->sessions,
	    "connections", (json_int_t)p->connections,
	    "requests", (json_int_t)p->jobs));
}

static void
watch(void *arg, const struct drain_progress *p)
{
	struct client *k = arg;

	if (p->done)
		control_end_take(k, NULL);
	else
		add_progress(k, p);
}

static void
watch_and_stop(void *arg, const struct drain_progress *p)
{
	struct client *k = arg;
	struct daemon *d = control_daemon(k);

	watch(k, p);
	if (p->done)
		stop_begin(d);
}

static void
drain(struct client *k, json_t *request)
{
	struct daemon *d = control_daemon(k);
	bool stop = control_flag(request, "stop");

	drain_begin(d);
	drain_watch(d, stop ? watch_and_stop : watch, k);
}

/* ---- stop ------------------------------------------------------------ */

static void
stop(struct client *k, json_t *request)
{
	(void)request;
	control_end_take(k, NULL);
	stop_begin(control_daemon(k));
}

/* ---- restart --------------------------------------------------------- */

static int
may_restart(struct daemon *d, char *why, size_t whylen)
{
	if (d->stopping || d->drain.state != DRAIN_OFF) {
		snprintf(why, whylen, "the server is stopping or drained: "
		    "stop it and start it again");
		return -1;
	}
	return outside_restart(&d->outside, why, whylen);
}

static void
restart(struct client *k, json_t *request)
{
	struct daemon *d = control_daemon(k);
	char why[WHY];

	(void)request;
	if (may_restart(d, why, sizeof(why)) != 0) {
		control_end_error(k, SC_ENOTACCEPTABLE, "%s", why);
		return;
	}
	d->restarting = true;
	log_line(&d->log, UNIT_DAEMON, LOG_NOTICE, "restarting", "%s", "");
	drain_begin(d);
	drain_watch(d, watch_and_stop, k);
}

const struct control_command control_server[] = {
	{.name = "drain", .run = drain, .changes = true,
	    .fields = {{"stop", CONTROL_FLAG, false, 0, 0}}},
	{.name = "restart", .run = restart, .changes = true},
	{.name = "stop", .run = stop, .changes = true},
	{.name = NULL},
};
