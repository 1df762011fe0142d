/* SPDX-License-Identifier: ISC */
/* send: one message, and if asked its ticks. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"

enum wait_for { WAIT_SENT, WAIT_DELIVERED, WAIT_READ };

static const char *const wait_names[] = {"sent", "delivered", "read"};

/* The marks of others in a chat.  After a reconnect they may come before it is
 * known which chat and entry the message has become. */
struct marks {
	uint64_t chat, delivered, read;
	int64_t delivered_at, read_at;
};

struct send {
	const char *to;
	enum wait_for wait;
	uint64_t reply;		/* it answers this entry; 0: none */
	uint64_t n;
	bool sent;
	uint64_t chat, seq;
	enum wait_for shown;	/* the last tick that was printed */
	struct marks *marks;
	size_t nmarks;
};

static void
print_tick(const struct cli *c, const struct send *s, int64_t time)
{
	char when[32];
	const char *name = wait_names[s->shown];

	if (c->json) {
		cli_print_json_take(json_pack("{s:s, s:I, s:I, s:I, s:s}",
		    "event", name, "n", (json_int_t)s->n, "chat",
		    (json_int_t)s->chat, "seq", (json_int_t)s->seq, "time",
		    cli_time_iso(time, when, sizeof(when))));
		return;
	}
	cli_print("%s %s", cli_time_of_day(time, when, sizeof(when)), name);
}

static struct marks *
marks_of(struct send *s, uint64_t chat)
{
	struct marks *m;
	size_t i;

	for (i = 0; i < s->nmarks; i++)
		if (s->marks[i].chat == chat)
			return &s->marks[i];
	m = realloc(s->marks, (s->nmarks + 1) * sizeof(*m));
	if (m == NULL)
		return NULL;
	s->marks = m;
	m += s->nmarks++;
	memset(m, 0, sizeof(*m));
	m->chat = chat;
	return m;
}

/* Shows the ticks that are known now. */
static void
advance(struct cli *c, struct send *s)
{
	const struct marks *m = s->sent ? marks_of(s, s->chat) : NULL;

	if (m == NULL)
		return;
	if (s->shown < WAIT_DELIVERED && s->wait >= WAIT_DELIVERED &&
	    m->delivered >= s->seq) {
		s->shown = WAIT_DELIVERED;
		print_tick(c, s, m->delivered_at);
	}
	if (s->shown < WAIT_READ && s->wait >= WAIT_READ &&
	    m->read >= s->seq) {
		s->shown = WAIT_READ;
		print_tick(c, s, m->read_at);
	}
	if (s->shown >= s->wait)
		cli_finish(c, EXIT_SUCCESS);
}

static void
take_receipt(struct cli *c, struct send *s, const struct sc_event *e)
{
	struct marks *m = marks_of(s, e->chat);

	if (m == NULL)
		return;
	/* Who has read a message has got it. */
	if (e->delivered > m->delivered || e->read > m->delivered) {
		m->delivered = e->delivered > e->read ? e->delivered : e->read;
		m->delivered_at = e->time;
	}
	if (e->read > m->read) {
		m->read = e->read;
		m->read_at = e->time;
	}
	advance(c, s);
}

static int
send_event(struct cli *c, const struct sc_event *e)
{
	struct send *s = c->arg;

	switch (e->type) {
	case SC_EVENT_MESSAGE:
	case SC_EVENT_SKIP:
		return cli_is_notice(e) ? 0 : -1;	/* for `listen' */
	case SC_EVENT_SENT:
		/* the counter is another one if the state was old */
		if (e->asked != s->n || s->sent)
			break;
		s->sent = true;
		s->chat = e->chat;
		s->seq = e->seq;
		print_tick(c, s, e->time);
		advance(c, s);
		break;
	case SC_EVENT_REFUSED:
		if (e->asked == s->n)
			cli_finish(c, cli_fail(c, "%s refused the message to "
			    "%s: %s", c->host, s->to, cli_refusal(e)));
		break;
	case SC_EVENT_RECEIPT:
		take_receipt(c, s, e);
		break;
	default:
		break;
	}
	return 0;
}

static int
timed_out(const struct cli *c, const struct send *s, uint64_t timeout)
{
	if (!s->sent)
		return cli_fail_unconnected(c, timeout,
		    "the message is kept and goes out with the next command");
	return cli_fail(c, "sent, but not %s by %s within %llu s",
	    wait_names[s->wait], s->to, (unsigned long long)timeout);
}

static int
send_and_wait(struct cli *c, struct send *s, const char *text,
    uint64_t timeout)
{
	const struct sc_message m = {.kind = SC_KIND_TEXT, .text = text,
	    .textlen = strlen(text), .reply = s->reply};
	int rc;

	rc = sc_client_say(c->client, s->to, &m, &s->n);
	if (rc == SC_CODE_CONFLICT)
		return cli_fail(c, "--id %llu is neither the next number nor "
		    "that of the same message: leave it out",
		    (unsigned long long)s->n);
	if (rc != 0)
		return cli_fail(c, "cannot send to %s: %s", s->to,
		    cli_untaken(rc));
	return cli_run(c, timeout) ? timed_out(c, s, timeout) : c->status;
}

static bool
parse_wait(const char *text, enum wait_for *wait)
{
	unsigned i;

	for (i = 0; i < sizeof(wait_names) / sizeof(wait_names[0]); i++) {
		if (strcmp(text, wait_names[i]) == 0) {
			*wait = (enum wait_for)i;
			return true;
		}
	}
	return false;
}

static int
send_run(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"id", required_argument, NULL, 'i'},
		{"reply", required_argument, NULL, 'r'},
		{"wait", required_argument, NULL, 'w'},
		{"timeout", required_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	struct send s = {.wait = WAIT_SENT};
	uint64_t timeout = 30;
	bool good = true;
	int opt, status = EXIT_FAILURE;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'i')
			good &= cli_number(optarg, 1, INT64_MAX, &s.n);
		else if (opt == 'r')
			good &= cli_number(optarg, 1, INT64_MAX, &s.reply);
		else if (opt == 'w')
			good &= parse_wait(optarg, &s.wait);
		else
			good &= opt == 't' && cli_number(optarg, 1, 1000000,
			    &timeout);
	}
	if (!good || argc - optind != 2)
		return cli_usage(c);
	s.to = argv[optind];
	if (cli_open(c, send_event, &s) == 0)
		status = send_and_wait(c, &s, argv[optind + 1], timeout);
	cli_close(c);
	free(s.marks);
	return status;
}

const struct cli_command cmd_send = {
	"send", "TO TEXT [--reply SEQ] [--id N] [--wait sent|delivered|read] "
	"[--timeout S]", "send a message", send_run,
	"TO is a user (bob, bob@example.org), a chat (#...) or the number of\n"
	"one.  Each tick is printed as it comes.\n"
	"\n"
	"  --wait WHAT  wait until it is sent (on the server's disk), the\n"
	"               default, or delivered, or read\n"
	"  --timeout S  for so many seconds; the default is 30\n"
	"  --reply SEQ  it answers that message of the chat\n"
	"  --id N       its number: a repeat with the same number is sent once\n"
	"  --           what follows is no option, even if it looks like one\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice send bob 'hello'\n"
	"  stonechat -u alice send bob 'are you there?' --wait read\n"
	"  stonechat -u alice send --id 7 bob -- '--help is a nice word'\n",
};
