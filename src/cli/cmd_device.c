/* SPDX-License-Identifier: ISC */
/* device: the devices of the account. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/event_json.h"

enum { TIMEOUT_S = 30 };

struct device {
	uint64_t id;		/* of the request for the list */
	uint64_t n;		/* of the one to remove or rename one */
	uint32_t changed;	/* which */
	const char *name;	/* its new name; NULL: it is removed */
};

static void
print_device(const struct cli *c, const struct sc_event *e)
{
	uint32_t this_one = sc_client_device(c->client);
	char created[32], time[32];

	if (c->json) {
		event_json_device(e, this_one);
		return;
	}
	cli_print("%u %s, added %s, last login %s%s", (unsigned)e->device,
	    e->name, cli_time_local(e->created, created, sizeof(created)),
	    cli_time_local(e->time, time, sizeof(time)),
	    e->device == this_one ? " (this one)" : "");
}

static void
changed(struct cli *c, const struct device *d, const struct sc_event *e)
{
	if (e->code != 0)
		cli_finish(c, cli_fail(c, "device %u is not %s: %s",
		    (unsigned)d->changed, d->name == NULL ? "removed" :
		    "renamed", e->why));
	else if (c->json && d->name == NULL)
		cli_print_json_take(json_pack("{s:s, s:I}", "event",
		    "revoked", "device", (json_int_t)d->changed));
	else if (c->json)
		cli_print_json_take(json_pack("{s:s, s:I, s:s}", "event",
		    "renamed", "device", (json_int_t)d->changed, "name",
		    d->name));
	if (e->code == 0)
		cli_finish(c, EXIT_SUCCESS);
}

static int
device_event(struct cli *c, const struct sc_event *e)
{
	const struct device *d = c->arg;

	switch (e->type) {
	case SC_EVENT_MESSAGE:
	case SC_EVENT_SKIP:
		return cli_is_notice(e) ? 0 : -1;	/* for `listen' */
	case SC_EVENT_DEVICE:
		if (e->id != 0 && e->id == d->id)
			print_device(c, e);
		break;
	case SC_EVENT_RESULT:
		if (e->n != 0 && e->asked == d->n)
			changed(c, d, e);
		else if (e->id != 0 && e->id == d->id)
			cli_finish(c, e->code == 0 ? EXIT_SUCCESS :
			    cli_fail(c, "no list of devices: %s", e->why));
		break;
	default:
		break;
	}
	return 0;
}

static int
ask_and_wait(struct cli *c, struct device *d)
{
	int rc;

	if (d->name != NULL)
		rc = sc_client_rename(c->client, d->changed, d->name, &d->n);
	else if (d->changed != 0)
		rc = sc_client_revoke(c->client, d->changed, &d->n);
	else
		rc = sc_client_devices(c->client, &d->id);
	if (rc != 0)
		return cli_fail(c, "%s: %s", d->name != NULL ?
		    "the device is not renamed: a name has 1 to 64 bytes" :
		    d->changed != 0 ? "the device is not removed" :
		    "no list of devices", sc_code_text(rc));
	if (!cli_run(c, TIMEOUT_S))
		return c->status;
	return cli_fail_unconnected(c, TIMEOUT_S, d->changed != 0 ?
	    "the request is kept and goes out with the next command" :
	    "try again");
}

static int
device_run(struct cli *c, int argc, char **argv)
{
	struct device d = {0};
	uint64_t number = 0;
	int status = EXIT_FAILURE;
	bool good;

	good = argc == 2 && strcmp(argv[1], "list") == 0;
	if (argc == 3 && strcmp(argv[1], "revoke") == 0)
		good = cli_number(argv[2], 1, UINT32_MAX, &number);
	if (argc == 4 && strcmp(argv[1], "rename") == 0) {
		good = cli_number(argv[2], 1, UINT32_MAX, &number);
		d.name = argv[3];
	}
	if (!good)
		return cli_usage(c);
	d.changed = (uint32_t)number;
	if (cli_open(c, device_event, &d) == 0)
		status = ask_and_wait(c, &d);
	cli_close(c);
	return status;
}

const struct cli_command cmd_device = {
	"device", "list | revoke ID | rename ID NAME",
	"list the devices of the account, remove or rename one", device_run,
	"A removed device is logged out for good and makes room for another.\n"
	"ID is its number in the list; one's own logs out this device.\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice device list\n"
	"  stonechat -u alice device revoke 2\n"
	"  stonechat -u alice device rename 3 desk\n",
};
