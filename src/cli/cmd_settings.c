/* SPDX-License-Identifier: ISC */
/* mute, archive, pin, star, hide: what one sets for a chat, on all of one's devices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/cli/cli.h"
#include "src/cli/settings.h"

enum { TIMEOUT_S = 30 };

/* ---- a change -------------------------------------------------------- */

struct change {
	const char *chat;
	uint64_t seq;		/* star: of which message */
	bool on;
	int64_t until;		/* mute */
	/* asks for it; the counter in N */
	int (*make)(struct sc_client *, const struct change *, uint64_t *n);
	uint64_t n;
};

static int
make_mute(struct sc_client *client, const struct change *d, uint64_t *n)
{
	const struct sc_settings s = {.muted = &d->until};

	return sc_client_set(client, d->chat, &s, n);
}

static int
make_archive(struct sc_client *client, const struct change *d, uint64_t *n)
{
	const struct sc_settings s = {.archived = &d->on};

	return sc_client_set(client, d->chat, &s, n);
}

static int
make_pin(struct sc_client *client, const struct change *d, uint64_t *n)
{
	const struct sc_settings s = {.pinned = &d->on};

	return sc_client_set(client, d->chat, &s, n);
}

static int
make_star(struct sc_client *client, const struct change *d, uint64_t *n)
{
	return sc_client_star(client, d->chat, d->seq, d->on, n);
}

static int
make_hide(struct sc_client *client, const struct change *d, uint64_t *n)
{
	return sc_client_hide(client, d->chat, d->seq, n);
}

static void
changed(struct cli *c, const struct change *d, const struct sc_event *e)
{
	if (e->code != 0) {
		cli_finish(c, cli_fail(c, "%s %s: nothing is changed: %s",
		    c->command->name, d->chat, e->why));
		return;
	}
	if (c->json)
		cli_print_json_take(json_pack("{s:s, s:s, s:s}", "event",
		    "result", "of", c->command->name, "to", d->chat));
	cli_finish(c, EXIT_SUCCESS);
}

static int
change_event(struct cli *c, const struct sc_event *e)
{
	const struct change *d = c->arg;

	if (e->type == SC_EVENT_MESSAGE || e->type == SC_EVENT_SKIP)
		return cli_is_notice(e) ? 0 : -1;	/* for `listen' */
	if (e->type == SC_EVENT_RESULT && e->n != 0 && e->asked == d->n)
		changed(c, d, e);
	return 0;
}

static int
change_and_wait(struct cli *c, struct change *d)
{
	int rc = d->make(c->client, d, &d->n);

	if (rc != 0)
		return cli_fail(c, "%s %s: %s", c->command->name, d->chat,
		    sc_code_text(rc));
	if (!cli_run(c, TIMEOUT_S))
		return c->status;
	return cli_fail_unconnected(c, TIMEOUT_S,
	    "the request is kept and goes out with the next command");
}

static int
change_run(struct cli *c, struct change *d)
{
	int status = EXIT_FAILURE;

	if (cli_open(c, change_event, d) == 0)
		status = change_and_wait(c, d);
	cli_close(c);
	return status;
}

/* ---- the words ------------------------------------------------------- */

/* "off" as the word at AT, if it is there. */
static bool
take_off(int argc, char **argv, int at, bool *on)
{
	*on = argc == at;
	return *on || (argc == at + 1 && strcmp(argv[at], "off") == 0);
}

bool
settings_until(const char *text, int64_t now, int64_t *until)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {
	    {'m', 60000}, {'h', 3600000}, {'d', 86400000}, {'w', 604800000}};
	char number[16];
	size_t n = strlen(text), i;
	uint64_t count;

	if (strcmp(text, "off") == 0) {
		*until = 0;
		return true;
	}
	if (n < 2 || n > sizeof(number))
		return false;
	memcpy(number, text, n - 1);
	number[n - 1] = '\0';
	if (!cli_number(number, 1, 1000000, &count))
		return false;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].unit == text[n - 1]) {
			*until = now + (int64_t)count * units[i].ms;
			return true;
		}
	return false;
}

int64_t
settings_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int
mute_run(struct cli *c, int argc, char **argv)
{
	struct change d = {.make = make_mute, .until = SC_FOREVER};

	if (argc < 2 || argc > 3 || (argc == 3 &&
	    !settings_until(argv[2], settings_now(), &d.until)))
		return cli_usage(c);
	d.chat = argv[1];
	return change_run(c, &d);
}

static int
toggle_run(struct cli *c, int argc, char **argv,
    int (*make)(struct sc_client *, const struct change *, uint64_t *))
{
	struct change d = {.make = make};

	if (argc < 2 || !take_off(argc, argv, 2, &d.on))
		return cli_usage(c);
	d.chat = argv[1];
	return change_run(c, &d);
}

static int
archive_run(struct cli *c, int argc, char **argv)
{
	return toggle_run(c, argc, argv, make_archive);
}

static int
pin_run(struct cli *c, int argc, char **argv)
{
	return toggle_run(c, argc, argv, make_pin);
}

/* ---- stars ----------------------------------------------------------- */

static int
stars_event(struct cli *c, const struct sc_event *e)
{
	const uint64_t *id = c->arg;
	const char *name;

	if (e->type == SC_EVENT_MESSAGE || e->type == SC_EVENT_SKIP)
		return cli_is_notice(e) ? 0 : -1;	/* for `listen' */
	if (e->id == 0 || e->id != *id)
		return 0;
	if (e->type == SC_EVENT_RESULT)
		cli_finish(c, e->code == 0 ? EXIT_SUCCESS :
		    cli_fail(c, "no list of stars: %s", e->why));
	if (e->type != SC_EVENT_STAR)
		return 0;
	name = settings_name(c, e->chat);
	if (c->json)
		cli_print_json_take(json_pack("{s:s, s:I, s:s, s:I}", "event",
		    "star", "chat", (json_int_t)e->chat, "name", name, "seq",
		    (json_int_t)e->seq));
	else
		cli_print("%llu %s: %llu", (unsigned long long)e->chat, name,
		    (unsigned long long)e->seq);
	return 0;
}

static int
stars_list(struct cli *c)
{
	int rc, status = EXIT_FAILURE;
	uint64_t id = 0;

	if (cli_open(c, stars_event, &id) == 0) {
		rc = sc_client_stars(c->client, &id);
		if (rc != 0)
			status = cli_fail(c, "no list of stars: %s",
			    sc_code_text(rc));
		else if (cli_run(c, TIMEOUT_S))
			status = cli_fail_unconnected(c, TIMEOUT_S,
			    "try again");
		else
			status = c->status;
	}
	cli_close(c);
	return status;
}

static int
star_run(struct cli *c, int argc, char **argv)
{
	struct change d = {.make = make_star};

	if (argc == 1)
		return stars_list(c);
	if (argc < 3 || !cli_number(argv[2], 1, UINT64_MAX, &d.seq) ||
	    !take_off(argc, argv, 3, &d.on))
		return cli_usage(c);
	d.chat = argv[1];
	return change_run(c, &d);
}

static int
hide_run(struct cli *c, int argc, char **argv)
{
	struct change d = {.make = make_hide};

	if (argc != 3 || !cli_number(argv[2], 1, UINT64_MAX, &d.seq))
		return cli_usage(c);
	d.chat = argv[1];
	return change_run(c, &d);
}

/* ---- the commands ---------------------------------------------------- */

#define MORE                                                                  \
	"CHAT is a user (bob), a chat (#...) or the number of one.  All of\n" \
	"your devices get to know it, and nobody else.\n\n"

const struct cli_command cmd_mute = {
	"mute", "CHAT [TIME | off]",
	"mute a chat: what is unread there is not in the total", mute_run,
	MORE
	"TIME is a number and m, h, d or w: minutes, hours, days, weeks.\n"
	"Without it the chat is muted until it is switched off.\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice mute bob 8h\n"
	"  stonechat -u alice mute bob off\n",
};

const struct cli_command cmd_archive = {
	"archive", "CHAT [off]",
	"put a chat away, or take it out again", archive_run,
	MORE
	"Examples:\n"
	"  stonechat -u alice archive bob\n"
	"  stonechat -u alice archive bob off\n",
};

const struct cli_command cmd_pin = {
	"pin", "CHAT [off]",
	"keep a chat at the top of the list", pin_run,
	MORE
	"Examples:\n"
	"  stonechat -u alice pin bob\n"
	"  stonechat -u alice pin bob off\n",
};

const struct cli_command cmd_star = {
	"star", "[CHAT SEQ [off]]",
	"star a message, take the star back, or list all stars", star_run,
	MORE
	"SEQ is the message's number, as `history' prints it.\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice star bob 4711\n"
	"  stonechat -u alice star\n",
};

const struct cli_command cmd_hide = {
	"hide", "CHAT SEQ",
	"delete a message for yourself; others keep it", hide_run,
	MORE
	"SEQ is the message's number, as `history' prints it.\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice hide bob 4711\n",
};
