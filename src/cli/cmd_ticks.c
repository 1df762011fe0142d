/* SPDX-License-Identifier: ISC */
/* ticks: how far one's own messages have come. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"

struct ticks {
	const char *chat;
	uint64_t seq;		/* 0: all */
	bool offline;
	uint64_t id;		/* of the question whose answer ends the wait */
	uint64_t receipts;	/* ... of that for one message */
	unsigned printed;
};

/* ---- output ---- */

static void
add_time(json_t *j, const char *name, int64_t time, bool estimated)
{
	char when[32], key[32];

	if (time == 0)
		return;
	json_object_set_new(j, name, json_string(cli_time_iso(time, when,
	    sizeof(when))));
	if (!estimated)
		return;
	snprintf(key, sizeof(key), "%s-estimated", name);
	json_object_set_new(j, key, json_true());
}

static void
print_json(const struct sc_tick *t)
{
	json_t *j = json_pack("{s:s, s:I, s:I}", "event", "ticks", "chat",
	    (json_int_t)t->chat, "seq", (json_int_t)t->seq);

	if (t->user != 0) {
		json_object_set_new(j, "user",
		    json_integer((json_int_t)t->user));
		json_object_set_new(j, "name", json_string(t->name));
	}
	add_time(j, "sent", t->sent, false);
	add_time(j, "delivered", t->delivered, t->delivered_estimated);
	add_time(j, "read", t->read, t->read_estimated);
	cli_print_json_take(j);
}

/* When the message was sent, if this device knows it. */
static int
note_sent(void *arg, const struct sc_tick *t)
{
	*(int64_t *)arg = t->sent;
	return 1;
}

/* Puts what happened, and when, behind what LINE says already. */
static void
add_since(char *line, size_t size, const char *what, int64_t time,
    bool estimated)
{
	size_t n = strlen(line);
	char when[32];

	if (time == 0)
		return;
	snprintf(line + n, size - n, "%s%s %s%s", n == 0 ? "" : ", ", what,
	    estimated ? "before " : "",
	    cli_time_local(time, when, sizeof(when)));
}

static int
print_tick(void *arg, const struct sc_tick *t)
{
	struct cli *c = arg;
	char name[128], line[192] = "";

	((struct ticks *)c->arg)->printed++;
	if (c->json) {
		print_json(t);
		return 0;
	}
	if (*t->name == '\0' && t->user != 0)
		snprintf(name, sizeof(name), "~%llu: ",
		    (unsigned long long)t->user);
	else
		snprintf(name, sizeof(name), "%s%s", t->name,
		    *t->name == '\0' ? "" : ": ");
	add_since(line, sizeof(line), "sent", t->sent, false);
	add_since(line, sizeof(line), "delivered", t->delivered,
	    t->delivered_estimated);
	add_since(line, sizeof(line), "read", t->read, t->read_estimated);
	cli_print("%llu %s%s", (unsigned long long)t->seq, name, line);
	return 0;
}

static int
print_all(struct cli *c, const struct ticks *t)
{
	uint64_t chat = sc_client_chat(c->client, t->chat);

	if (chat == 0)
		return cli_fail(c, "there is no chat with %s yet: send a "
		    "message first", t->chat);
	(void)sc_client_ticks(c->client, chat, t->seq == 0 ? 1 : t->seq,
	    t->seq == 0 ? UINT64_MAX : t->seq, print_tick, c);
	if (t->seq != 0 && t->printed == 0)
		return cli_fail(c, "%llu is not among your last messages: "
		    "leave the number out to see them",
		    (unsigned long long)t->seq);
	return EXIT_SUCCESS;
}

/* ---- one message, of which the server knows all ---- */

/* What the server says of a member, with what is known here. */
static void
print_reader(struct cli *c, const struct sc_event *e)
{
	struct sc_tick tick = {.chat = e->chat, .seq = e->seq,
	    .user = e->user, .name = e->name,
	    .delivered = e->delivered_at, .read = e->read_at,
	    .delivered_estimated = e->estimated,
	    .read_estimated = e->estimated};

	(void)sc_client_ticks(c->client, e->chat, e->seq, e->seq, note_sent,
	    &tick.sent);
	(void)print_tick(c, &tick);
}

static int
ask_receipts(struct cli *c, struct ticks *t)
{
	int rc = sc_client_receipts(c->client, t->chat, t->seq, &t->receipts);

	return rc == 0 ? 0 : cli_fail(c, "ticks %s: %s", t->chat,
	    sc_code_text(rc));
}

/* ---- waiting ---- */

/*
 * What has moved is told before the first message that waits.  Messages are
 * left for `listen', so the sync may not end: then the answer to a question
 * shows that everything before it is here.
 */
static int
ticks_event(struct cli *c, const struct sc_event *e)
{
	struct ticks *t = c->arg;

	switch (e->type) {
	case SC_EVENT_MESSAGE:
	case SC_EVENT_SKIP:
		if (cli_is_notice(e))
			return 0;
		if (t->id == 0 && t->seq == 0)
			(void)sc_client_devices(c->client, &t->id);
		return -1;
	case SC_EVENT_SYNCED:
		if (t->seq == 0)
			cli_finish(c, EXIT_SUCCESS);
		break;
	case SC_EVENT_READER:
		if (e->id == t->receipts)
			print_reader(c, e);
		break;
	case SC_EVENT_RESULT:
		if (e->id == 0 || (e->id != t->id && e->id != t->receipts))
			break;
		cli_finish(c, e->code == 0 ? EXIT_SUCCESS : cli_fail(c,
		    "ticks %s %llu: %s", t->chat, (unsigned long long)t->seq,
		    e->why));
		break;
	default:
		break;
	}
	return 0;
}

static int
wait_and_print(struct cli *c, struct ticks *t, uint64_t timeout)
{
	if (t->seq != 0 && !t->offline && ask_receipts(c, t) != 0)
		return EXIT_FAILURE;
	if (!t->offline && cli_run(c, timeout))
		return cli_fail_unconnected(c, timeout,
		    "--offline shows what is known here");
	if (c->status != EXIT_SUCCESS || t->receipts != 0)
		return c->status;
	return print_all(c, t);
}

static int
ticks_run(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"offline", no_argument, NULL, 'o'},
		{"timeout", required_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	struct ticks t = {0};
	uint64_t timeout = 30;
	bool good = true;
	int opt, status = EXIT_FAILURE;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'o')
			t.offline = true;
		else
			good &= opt == 't' && cli_number(optarg, 1, 1000000,
			    &timeout);
	}
	if (argc - optind == 2)
		good &= cli_number(argv[optind + 1], 1, INT64_MAX, &t.seq);
	if (!good || argc - optind < 1 || argc - optind > 2)
		return cli_usage(c);
	t.chat = argv[optind];
	if (cli_open(c, ticks_event, &t) == 0)
		status = wait_and_print(c, &t, timeout);
	cli_close(c);
	return status;
}

const struct cli_command cmd_ticks = {
	"ticks", "CHAT [SEQ] [--offline] [--timeout S]",
	"when your messages were sent, delivered and read", ticks_run,
	"CHAT is a user (bob), a chat (#...) or the number of one; SEQ the number\n"
	"of a message, for which the server says who has got and read it; without\n"
	"it, all that are remembered (the last 256).\n"
	"\n"
	"  --offline    as far as it is known here, without the server\n"
	"  --timeout S  wait for so many seconds; the default is 30\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice ticks bob\n"
	"  stonechat -u alice ticks bob 4711\n",
};
