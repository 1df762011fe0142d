/* SPDX-License-Identifier: ISC */
/* react, edit, delete, vote, top, forward: messages about others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/say.h"

enum { TIMEOUT_S = 30 };

static void
sent(struct cli *c, const struct sc_event *e)
{
	char when[32];

	if (c->json)
		cli_print_json_take(json_pack("{s:s, s:I, s:I, s:I, s:s}",
		    "event", "sent", "n", (json_int_t)e->asked, "chat",
		    (json_int_t)e->chat, "seq", (json_int_t)e->seq, "time",
		    cli_time_iso(e->time, when, sizeof(when))));
	else
		cli_print("%s sent", cli_time_of_day(e->time, when,
		    sizeof(when)));
	cli_finish(c, EXIT_SUCCESS);
}

static int
start(struct cli *c, struct say *s)
{
	int rc = sc_client_say(c->client, s->to, &s->m, &s->n);

	return rc == 0 ? 0 : cli_fail(c, "%s %s: %s", c->command->name, s->to,
	    sc_code_text(rc));
}

/* forward: what is to be sent on has come. */
static void
send_on(struct cli *c, struct say *s, const struct sc_event *e)
{
	s->m = *e->said;
	s->m.reply = 0;
	s->m.forwarded = true;
	s->m.after = NULL;
	s->found = true;
	if (start(c, s) != 0)
		cli_finish(c, EXIT_FAILURE);
}

static int
say_event(struct cli *c, const struct sc_event *e)
{
	struct say *s = c->arg;

	switch (e->type) {
	case SC_EVENT_MESSAGE:
	case SC_EVENT_SKIP:
		return cli_is_notice(e) ? 0 : -1;	/* for `listen' */
	case SC_EVENT_PAGE_MESSAGE:
		if (e->id == s->id && !s->found)
			send_on(c, s, e);
		break;
	case SC_EVENT_RESULT:
		if (e->id == s->id && s->from != NULL && !s->found)
			cli_finish(c, cli_fail(c, "forward %s: there is no "
			    "such message%s%s", s->from, e->code == 0 ? ""
			    : ": ", e->why));
		break;
	case SC_EVENT_SENT:
		if (e->asked == s->n)
			sent(c, e);
		break;
	case SC_EVENT_REFUSED:
		if (e->asked == s->n)
			cli_finish(c, cli_fail(c, "%s %s: refused: %s",
			    c->command->name, s->to, cli_refusal(e)));
		break;
	default:
		break;
	}
	return 0;
}

static int
ask(struct cli *c, struct say *s, uint64_t seq)
{
	const struct sc_history what = {.after = seq - 1, .before = seq + 1,
	    .limit = 1};
	int rc = sc_client_history(c->client, s->from, &what, &s->id);

	return rc == 0 ? 0 : cli_fail(c, "forward %s: %s", s->from,
	    sc_code_text(rc));
}

int
say_run(struct cli *c, struct say *s, uint64_t asked)
{
	int status = cli_open(c, say_event, s);

	if (status == 0)
		status = s->from != NULL ? ask(c, s, asked) : start(c, s);
	if (status == 0)
		status = cli_run(c, TIMEOUT_S) ? cli_fail_unconnected(c,
		    TIMEOUT_S, "it is kept and goes out with the next command")
		    : c->status;
	cli_close(c);
	return status;
}

static int
arguments_end(struct cli *c, int argc, char **argv, int least, int most)
{
	(void)argv;
	return argc - 1 < least || argc - 1 > most ? cli_usage(c) : 0;
}

/* CHAT SEQ [TEXT] */
static int
run_reference(struct cli *c, int argc, char **argv, enum sc_kind kind,
    int texts)
{
	struct say s = {.m.kind = kind};
	int rc = arguments_end(c, argc, argv, 2, 2 + texts);

	if (rc != 0)
		return rc;
	if (!cli_number(argv[2], 1, INT64_MAX, &s.m.seq))
		return cli_usage(c);
	s.to = argv[1];
	s.m.text = argc > 3 ? argv[3] : "";
	s.m.textlen = strlen(s.m.text);
	return say_run(c, &s, 0);
}

static int
run_react(struct cli *c, int argc, char **argv)
{
	return run_reference(c, argc, argv, SC_KIND_REACTION, 1);
}

static int
run_edit(struct cli *c, int argc, char **argv)
{
	return argc != 4 ? cli_usage(c)
	    : run_reference(c, argc, argv, SC_KIND_EDIT, 1);
}

static int
run_delete(struct cli *c, int argc, char **argv)
{
	return run_reference(c, argc, argv, SC_KIND_DELETE, 0);
}

static int
run_top(struct cli *c, int argc, char **argv)
{
	bool off = argc == 4 && strcmp(argv[3], "off") == 0;

	return argc == 4 && !off ? cli_usage(c) : run_reference(c,
	    off ? 3 : argc, argv, off ? SC_KIND_UNPIN : SC_KIND_PIN, 0);
}

static int
run_vote(struct cli *c, int argc, char **argv)
{
	struct say s = {.m.kind = SC_KIND_VOTE};

	if (argc < 3 || !cli_number(argv[2], 1, INT64_MAX, &s.m.seq))
		return cli_usage(c);
	s.to = argv[1];
	for (int i = 3; i < argc; i++) {
		uint64_t option;

		if (!cli_number(argv[i], 1, SAY_OPTIONS_MAX, &option))
			return cli_usage(c);
		s.m.choices |= UINT64_C(1) << (option - 1);
	}
	return say_run(c, &s, 0);
}

static int
run_forward(struct cli *c, int argc, char **argv)
{
	struct say s = {.m.kind = SC_KIND_NONE};
	uint64_t seq;

	if (argc != 4 || !cli_number(argv[2], 1, INT64_MAX - 1, &seq))
		return cli_usage(c);
	s.from = argv[1];
	s.to = argv[3];
	return say_run(c, &s, seq);
}

const struct cli_command cmd_react = {
	"react", "CHAT SEQ [EMOJI]", "react to a message", run_react,
	"Without EMOJI the reaction is taken back.\n"
	"\n"
	"Example:\n"
	"  stonechat -u alice react bob 7 '\xe2\x9d\xa4'\n",
};

const struct cli_command cmd_edit = {
	"edit", "CHAT SEQ TEXT", "change the text of an own message", run_edit,
	"Possible for some minutes; the operator says for how many.\n"
	"\n"
	"Example:\n"
	"  stonechat -u alice edit bob 7 'hello'\n",
};

const struct cli_command cmd_delete = {
	"delete", "CHAT SEQ", "delete an own message for everyone", run_delete,
	"Possible for some hours; admins of a group may always, and also what\n"
	"others have written.\n"
	"\n"
	"Example:\n"
	"  stonechat -u alice delete bob 7\n",
};

const struct cli_command cmd_top = {
	"top", "CHAT SEQ [off]", "show a message on top of its chat", run_top,
	"For all who are in the chat.  With `off' no longer.\n"
	"\n"
	"Example:\n"
	"  stonechat -u alice top bob 7\n",
};

const struct cli_command cmd_vote = {
	"vote", "CHAT SEQ [OPTION...]", "choose in a poll", run_vote,
	"OPTIONs are numbers, from 1; without any the vote is taken back.\n"
	"\n"
	"Example:\n"
	"  stonechat -u bob vote alice 8 2\n",
};

const struct cli_command cmd_forward = {
	"forward", "CHAT SEQ TO", "send a message on to somebody else",
	run_forward,
	"Example:\n"
	"  stonechat -u alice forward bob 7 carol\n",
};
