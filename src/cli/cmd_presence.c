/* SPDX-License-Identifier: ISC */
/* presence: how others are shown, and oneself. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/event_json.h"

enum { TIMEOUT_S = 30, USERS_MAX = 64 };

static const char *const shows[] = {"online", "away", "offline", NULL};
static const char *const privacies[] = {"nobody", "contacts", "everyone",
    "shared", NULL};

/* The index of WORD, or -1. */
static int
word_of(const char *const *words, const char *word)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

struct presence {
	int (*begin)(struct cli *, struct presence *);
	bool begun, stays;
	uint64_t id, n;		/* requests that are awaited */
	uint64_t count, seen, timeout;
	int word, other;	/* what is set */
	struct sc_event switches;	/* what the server has said of them */
	char **users;
	int nusers;
};

/* ---- what comes ---- */

static void
print_presence(const struct cli *c, const struct sc_event *e)
{
	char when[32], who[32];
	const char *name = e->name;

	if (*name == '\0') {
		snprintf(who, sizeof(who), "~%llu",
		    (unsigned long long)e->user);
		name = who;
	}
	if (c->json) {
		json_t *j = json_pack("{s:s, s:s, s:s}", "event", "presence",
		    "user", name, "show", shows[e->show]);

		if (e->time != 0)
			json_object_set_new(j, "last-seen", json_string(
			    cli_time_iso(e->time, when, sizeof(when))));
		cli_print_json_take(j);
	} else {
		cli_print("%s: %s%s%s", name, shows[e->show],
		    e->time == 0 ? "" : ", last seen ", e->time == 0 ? "" :
		    cli_time_local(e->time, when, sizeof(when)));
	}
}

static void
take_presence(struct cli *c, struct presence *p, const struct sc_event *e)
{
	struct sc_event named = *e;

	if (p->id != 0 && e->id == p->id)
		named.name = p->users[0];
	else if (!p->stays || e->id != 0)
		return;
	print_presence(c, &named);
	if (++p->seen == p->count)
		cli_finish(c, EXIT_SUCCESS);
}

/* The switches come in parts, as modules have them. */
static void
take_privacy(struct presence *p, const struct sc_event *e)
{
	struct sc_event *all = &p->switches;

	if (e->id == 0 || e->id != p->id)
		return;
	if ((e->changed & SC_CHANGED_LAST_SEEN) != 0)
		all->last_seen = e->last_seen;
	if ((e->changed & SC_CHANGED_ONLINE) != 0)
		all->online = e->online;
	if ((e->changed & SC_CHANGED_RECEIPTS) != 0)
		all->receipts = e->receipts;
	all->changed |= e->changed;
}

static void
print_privacy(const struct cli *c, const struct sc_event *e)
{
	const struct {
		unsigned flag;
		const char *name, *value;
	} all[] = {
	    {SC_CHANGED_LAST_SEEN, "last-seen", privacies[e->last_seen]},
	    {SC_CHANGED_ONLINE, "online", privacies[e->online]},
	    {SC_CHANGED_RECEIPTS, "receipts", e->receipts ? "on" : "off"}};
	json_t *j = json_pack("{s:s}", "event", "privacy");

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if ((e->changed & all[i].flag) == 0)
			continue;
		if (c->json)
			json_object_set_new(j, all[i].name,
			    json_string(all[i].value));
		else
			cli_print("%s %s", all[i].name, all[i].value);
	}
	if (c->json)
		cli_print_json_take(j);
	else
		json_decref(j);
}

static void
take_result(struct cli *c, const struct presence *p, const struct sc_event *e)
{
	bool ours = (e->n != 0 && e->asked == p->n) ||
	    (e->id != 0 && e->id == p->id);

	if (!ours)
		return;
	if (p->switches.changed != 0)
		print_privacy(c, &p->switches);
	cli_finish(c, e->code == 0 ? EXIT_SUCCESS : cli_fail(c,
	    "the server has refused it: %s", e->why));
}

static int
presence_event(struct cli *c, const struct sc_event *e)
{
	struct presence *p = c->arg;

	switch (e->type) {
	case SC_EVENT_MESSAGE:
	case SC_EVENT_SKIP:
		return cli_is_notice(e) ? 0 : -1;	/* for `listen' */
	case SC_EVENT_SYNCED:
		if (!p->begun && p->begin(c, p) != 0)
			cli_finish(c, EXIT_FAILURE);
		p->begun = true;
		break;
	case SC_EVENT_PRESENCE:
		take_presence(c, p, e);
		break;
	case SC_EVENT_PRIVACY:
		take_privacy(p, e);
		break;
	case SC_EVENT_RESULT:
		take_result(c, p, e);
		break;
	default:
		break;
	}
	return 0;
}

/* ---- what is wanted ---- */

/* 0, or 1 and the reason has been said. */
static int
check(const struct cli *c, int rc)
{
	return rc == 0 ? 0 : cli_fail(c, "%s", sc_code_text(rc));
}

static int
begin_get(struct cli *c, struct presence *p)
{
	return check(c, sc_client_presence(c->client, p->users[0], &p->id));
}

static int
begin_set(struct cli *c, struct presence *p)
{
	/* it was said with the login */
	if (p->timeout == 0 && p->count == 0 && c->json)
		event_json_plain("synced");
	return 0;
}

static int
begin_watch(struct cli *c, struct presence *p)
{
	int rc = 0;

	for (int i = 0; i < p->nusers && rc == 0; i++)
		rc = sc_client_watch(c->client, p->users[i], true);
	return check(c, rc);
}

static int
begin_privacy(struct cli *c, struct presence *p)
{
	return check(c, sc_client_privacy(c->client,
	    (enum sc_privacy)p->word, (enum sc_privacy)p->other, &p->n));
}

static int
begin_receipts(struct cli *c, struct presence *p)
{
	return check(c, sc_client_privacy_receipts(c->client, p->word != 0,
	    &p->n));
}

static int
begin_switches(struct cli *c, struct presence *p)
{
	return check(c, sc_client_privacy_get(c->client, &p->id));
}

static int
run(struct cli *c, struct presence *p)
{
	uint64_t timeout = p->stays ? p->timeout : TIMEOUT_S;
	int status = EXIT_FAILURE;

	if (cli_open(c, presence_event, p) == 0) {
		if (p->begin == begin_set)
			(void)sc_client_show(c->client,
			    (enum sc_show)p->word);
		if (!cli_run(c, timeout))
			status = c->status;
		else if (!c->online)
			status = cli_fail_unconnected(c, timeout,
			    "check the address with -s");
		else if (p->stays && p->count == 0)
			status = EXIT_SUCCESS;
		else
			status = cli_fail(c, "no answer came within %llu s: "
			    "try again", (unsigned long long)timeout);
	}
	cli_close(c);
	return status;
}

/* ---- the commands ---- */

/* What the words say; false: nothing that makes sense. */
static bool
parse(struct presence *p, int n, char **words)
{
	p->users = words;
	p->nusers = n;
	if (n >= 2 && strcmp(words[0], "watch") == 0) {
		p->begin = begin_watch;
		p->stays = true;
		p->users++;
		p->nusers--;
		return p->nusers <= USERS_MAX;
	}
	if (n == 2 && strcmp(words[0], "set") == 0) {
		p->begin = begin_set;
		p->stays = true;
		p->word = word_of(shows, words[1]);
		return p->word >= 0 && p->count == 0;
	}
	if (n == 1 && strcmp(words[0], "privacy") == 0) {
		p->begin = begin_switches;
		return true;
	}
	if (n == 3 && strcmp(words[0], "privacy") == 0 &&
	    strcmp(words[1], "receipts") == 0) {
		p->begin = begin_receipts;
		p->word = strcmp(words[2], "on") == 0;
		return p->word != 0 || strcmp(words[2], "off") == 0;
	}
	if (n == 3 && strcmp(words[0], "privacy") == 0) {
		p->begin = begin_privacy;
		p->word = word_of(privacies, words[1]);
		p->other = word_of(privacies, words[2]);
		return p->word >= 0 && p->other >= 0;
	}
	p->begin = begin_get;
	return n == 1;
}

static int
presence_run(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"count", required_argument, NULL, 'c'},
		{"timeout", required_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	struct presence p = {0};
	bool good = true;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'c')
			good &= cli_number(optarg, 1, INT64_MAX, &p.count);
		else if (opt == 't')
			good &= cli_number(optarg, 1, 1000000, &p.timeout);
		else
			good = false;
	}
	if (!good || !parse(&p, argc - optind, argv + optind))
		return cli_usage(c);
	return run(c, &p);
}

const struct cli_command cmd_presence = {
	"presence", "[--count N] [--timeout S] USER | watch USER... | set SHOW "
	"| privacy [LAST-SEEN ONLINE | receipts on|off]",
	"who is online and was when; how one is shown, and to whom",
	presence_run,
	"  --count N    with watch: end after N lines\n"
	"  --timeout S  with watch and set: end after S seconds\n"
	"\n"
	"SHOW is online, away or offline, for as long as the command runs.\n"
	"LAST-SEEN and ONLINE are everyone, shared or nobody.  With `receipts off'\n"
	"nobody learns what you have read, and you do not learn what others have.\n"
	"`privacy' alone shows the switches.\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice presence bob\n"
	"  stonechat -u alice --json presence watch bob carol --count 5\n"
	"  stonechat -u alice presence privacy shared everyone\n",
};
