/* SPDX-License-Identifier: ISC */
#include "tests/sim/runner.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/host.h"

enum { GROUP = 50 };

/* For the signal handler: a broken assertion must name its seed too. */
static volatile uint64_t seed_running;

static void
died(int sig)
{
	char text[100];
	int n;

	n = snprintf(text, sizeof(text),
	    "\nBail out! died in seed %" PRIu64 ", run it with --seed %"
	    PRIu64 " --trace\n", seed_running, seed_running);
	if (write(STDOUT_FILENO, text, (size_t)n) < 0)
		_exit(2);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void
watch_signals(void)
{
	signal(SIGABRT, died);
	signal(SIGSEGV, died);
}

static void
run(const struct sim_options *o, struct report *r)
{
	seed_running = o->seed;
	sim_run(o, r);
}

static void
add_counts(uint64_t *to, const struct report *r)
{
	for (int i = 0; i < COUNTERS; i++)
		to[i] += r->counts[i];
}

int
runner_one(const struct sim_options *o)
{
	struct report r;

	watch_signals();
	setvbuf(stdout, NULL, _IOLBF, 0);
	run(o, &r);
	for (int i = 0; i < COUNTERS; i++)
		printf("# %7" PRIu64 " %s\n", r.counts[i],
		    counter_name((enum counter)i));
	printf("%s 1 - seed %" PRIu64 "%s%s%s%s\n1..1\n",
	    r.failed ? "not ok" : "ok", o->seed, r.failed ? ": " : "",
	    r.failed ? r.rule : "", r.failed ? ": " : "",
	    r.failed ? r.text : "");
	return r.failed ? 1 : 0;
}

static bool
run_group(struct sim_options *o, uint64_t first, uint64_t last,
    const char *how, uint64_t *counts)
{
	struct report r;
	bool good = true;

	for (o->seed = first; o->seed <= last; o->seed++) {
		run(o, &r);
		add_counts(counts, &r);
		if (!r.failed)
			continue;
		good = false;
		printf("# seed %" PRIu64 ": %s: %s\n# replay: %s --seed %"
		    PRIu64 " --trace\n", o->seed, r.rule, r.text, how,
		    o->seed);
	}
	return good;
}

enum { NEEDED_MAX = 2 };

/*
 * What happens only with these modules of the server's.  Without `offline'
 * nobody's state is taken back, as what it lacks would not come again; nor is
 * a device removed that way.
 */
static const char *const needed[COUNTERS][NEEDED_MAX] = {
	[COUNT_RECEIPTS_SEEN] = {"receipts"},
	[COUNT_HISTORIES] = {"history"},
	[COUNT_PAGE_ENTRIES] = {"history"},
	[COUNT_LISTS] = {"devices"},
	[COUNT_REVOKED] = {"devices", "offline"},
	[COUNT_PRESENCE] = {"presence"},
	[COUNT_TYPING] = {"presence"},
	[COUNT_SIGNALS_CHAT] = {"presence"},
	[COUNT_SIGNALS_DEVICE] = {"presence"},
	[COUNT_SIGNALS_BARRED] = {"presence", "groups"},
	[COUNT_LINKS] = {"devices"},
	[COUNT_LINKED] = {"devices", "offline"},
	[COUNT_LINKS_REFUSED] = {"devices", "offline"},
	[COUNT_RENAMED] = {"devices"},
	[COUNT_RENAMES_REFUSED] = {"devices"},
	[COUNT_RENAMES_SEEN] = {"devices"},
	[COUNT_READERS] = {"receipts"},
	[COUNT_CHANGES] = {"settings"},
	[COUNT_SETTINGS_SEEN] = {"settings"},
	[COUNT_TOMBSTONES] = {"messages"},
	[COUNT_REGRETS] = {"messages", "offline"},
	[COUNT_HIDES] = {"settings"},
	[COUNT_HIDDEN] = {"settings"},
	[COUNT_UNREAD] = {"settings"},
	[COUNT_GROUP_LISTS] = {"groups"},
	[COUNT_CHANNELS] = {"channels"},
	[COUNT_CHANNEL_REQUESTS] = {"channels"},
	[COUNT_CHANNEL_MESSAGES] = {"channels"},
	[COUNT_CHANNEL_ROLES] = {"channels"},
	[COUNT_CHANNEL_LISTS] = {"channels"},
	[COUNT_VIEWS] = {"channels"},
	[COUNT_PULLED] = {"channels"},
	[COUNT_GROUPS] = {"groups"},
	[COUNT_GROUP_REQUESTS] = {"groups"},
	[COUNT_GROUP_REFUSALS] = {"groups"},
	[COUNT_GROUP_RACES] = {"groups"},
	[COUNT_GROUP_MESSAGES] = {"groups"},
	[COUNT_GROUP_CHANGES] = {"groups"},
	[COUNT_GROUP_ADDED] = {"groups"},
	[COUNT_GROUP_REMOVED] = {"groups"},
	[COUNT_GROUP_LEFT] = {"groups"},
	[COUNT_GROUP_RETURNS] = {"groups"},
	[COUNT_GROUP_ROLES] = {"groups"},
	[COUNT_GROUP_HEIRS] = {"groups"},
	[COUNT_GROUP_HOLES] = {"groups"},
	[COUNT_GROUP_INVITES] = {"groups"},
	[COUNT_GROUP_JOINED] = {"groups"},
	[COUNT_GROUP_UNINVITED] = {"groups"},
	[COUNT_GROUP_LIMITED] = {"groups"},
	[COUNT_GROUP_USES] = {"groups"},
	[COUNT_GROUP_FULL] = {"groups"},
	[COUNT_CHAT_LISTS] = {"settings"},
	[COUNT_SETTING_LISTS] = {"settings"},
	[COUNT_STAR_LISTS] = {"settings"},
	[COUNT_PRIVACY] = {"presence"},
	[COUNT_HIDDEN_ONLINE] = {"presence"},
	[COUNT_HIDDEN_SEEN] = {"presence"},
	[COUNT_SECRET_READS] = {"receipts"},
	[COUNT_GLANCES] = {"presence"},
	[COUNT_REMOVED_OWNERS] = {"groups"},
	[COUNT_GROUP_WAITING] = {"groups"},
	[COUNT_GROUP_APPROVED] = {"groups"},
	[COUNT_GROUP_TURNED_AWAY] = {"groups"},
	[COUNT_ROLLBACKS] = {"offline"},
	[COUNT_WIPES] = {"offline"},
	[COUNT_TIMERS] = {"disappearing"},
	[COUNT_LEAPS] = {"retention"},
	[COUNT_KEEPS] = {"retention"},
	[COUNT_DELIVERED_GONE] = {"retention"},
	[COUNT_PRUNED] = {"retention"},
	[COUNT_PRUNED_SKIPS] = {"retention"},
	[COUNT_PRUNED_PAGES] = {"retention", "history"},
	[COUNT_TIMED] = {"disappearing"},
	[COUNT_TIMED_WITH] = {"disappearing", "messages"},
	[COUNT_EXPIRY_TOLD] = {"disappearing"},
	[COUNT_DISAPPEARED] = {"disappearing"},
	[COUNT_RENUMBERED] = {"offline"},
};

/* The first module that it needs and this build has not, or NULL. */
static const char *
missing_for(enum counter c)
{
	for (int i = 0; i < NEEDED_MAX && needed[c][i] != NULL; i++)
		if (!host_has(needed[c][i]))
			return needed[c][i];
	return NULL;
}

/* What so few seeds need not show. */
enum { RARE_SEEDS = 150 };

static const enum counter rare[] = {
    COUNT_FENCED_REQUESTS, COUNT_GROUP_RETURNS, COUNT_GROUP_ROLES,
    COUNT_GROUP_HEIRS, COUNT_GROUP_JOINED, COUNT_GROUP_UNINVITED,
    COUNT_GROUP_WAITING, COUNT_GROUP_APPROVED, COUNT_GROUP_TURNED_AWAY,
    COUNT_GROUP_REMOVED, COUNT_HIDES, COUNT_CHANNEL_ROLES, COUNT_VIEWS,
    COUNT_RENAMES_REFUSED, COUNT_LINKED, COUNT_LINKS_REFUSED,
    COUNT_SIGNALS_BARRED, COUNT_HIDDEN, COUNT_RENUMBERED, COUNT_SEALED,
    COUNT_REGRETS, COUNT_PRIVACY, COUNT_HIDDEN_ONLINE, COUNT_HIDDEN_SEEN,
    COUNT_SECRET_READS, COUNT_GLANCES, COUNT_REMOVALS, COUNT_REMOVED_OWNERS,
    COUNT_REMOVED_REFUSALS, COUNT_PULLED, COUNT_GROUP_LIMITED, COUNT_GROUP_FULL,
    COUNT_CHAT_LISTS, COUNT_SETTING_LISTS, COUNT_STAR_LISTS,
    COUNT_LATE_LOGINS, COUNT_SIGNALS_DEVICE
};

static bool
is_rare(enum counter c)
{
	for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++)
		if (rare[i] == c)
			return true;
	return (c >= COUNT_TIMERS && c <= COUNT_PRUNED_PAGES) ||
	    (c >= COUNT_GROUPS && c <= COUNT_GROUP_LISTS);
}

static bool
covered(enum counter c, uint64_t count, uint64_t seeds, unsigned test)
{
	const char *module = missing_for(c);

	if (module == NULL && count == 0 && is_rare(c) &&
	    seeds < RARE_SEEDS) {
		printf("ok %u # SKIP %s: so few seeds need not show any\n",
		    test, counter_name(c));
		return true;
	}
	if (module != NULL) {
		printf("ok %u # SKIP %s: this build has no module %s\n", test,
		    counter_name(c), module);
		return true;
	}
	printf("%s %u - covered: %" PRIu64 " %s\n", count > 0 ? "ok" : "not ok",
	    test, count, counter_name(c));
	return count > 0;
}

int
runner_many(const struct sim_options *options, uint64_t first, uint64_t last,
    const char *how)
{
	struct sim_options o = *options;
	uint64_t counts[COUNTERS] = {0}, at, end;
	unsigned test = 0;
	bool good = true, group;

	watch_signals();
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (at = first; at <= last; at = end + 1) {
		end = last - at < GROUP ? last : at + GROUP - 1;
		group = run_group(&o, at, end, how, counts);
		good = good && group;
		printf("%s %u - seeds %" PRIu64 "..%" PRIu64 "\n",
		    group ? "ok" : "not ok", ++test, at, end);
	}
	for (int i = 0; i < COUNTERS; i++)
		good = covered((enum counter)i, counts[i], last - first + 1,
		    ++test) && good;
	printf("1..%u\n", test);
	return good ? 0 : 1;
}

static bool
named(const char *rules, const char *rule)
{
	size_t len = strlen(rule);
	const char *at;

	for (at = strstr(rules, rule); at != NULL; at = strstr(at + 1, rule)) {
		if ((at == rules || at[-1] == ' ') &&
		    (at[len] == ' ' || at[len] == '\0'))
			return true;
	}
	return false;
}

int
runner_expect(const struct sim_options *options, const char *module,
    uint64_t first, uint64_t last, const char *rules)
{
	struct sim_options o = *options;
	struct report r;
	bool found = false;

	if (module != NULL && !host_has(module)) {
		printf("1..0 # SKIP this build has no module %s\n", module);
		return 0;
	}
	watch_signals();
	for (o.seed = first; o.seed <= last && !found; o.seed++) {
		r = (struct report){0};
		run(&o, &r);
		if (r.failed)
			printf("# seed %" PRIu64 ": %s: %s\n", o.seed, r.rule,
			    r.text);
		found = r.failed && named(rules, r.rule);
	}
	printf("%s 1 - the deliberate bug breaks %s\n1..1\n",
	    found ? "ok" : "not ok", rules);
	return found ? 0 : 1;
}
