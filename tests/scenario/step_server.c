/* SPDX-License-Identifier: ISC */
/* The server, its users and its operator. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "tests/scenario/host.h"
#include "tests/scenario/person.h"
#include "tests/scenario/steps.h"
#include "tests/scenario/tool.h"

/* ---- before it starts ---- */

/* configure writes the list of the modules that are in. */
static int
has_module(struct stage *s, const char *module)
{
	const char *build = getenv("top_builddir");
	char path[4096], line[256], want[128];
	bool found = false;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/src/daemon/modules_builtin.c",
	    build == NULL ? "." : build);
	(void)snprintf(want, sizeof(want), "&sc_module_%s,", module);
	f = fopen(path, "re");
	if (f == NULL)
		return stage_fail(s, "%s is not there: run the scenario in "
		    "the build directory", path);
	while (fgets(line, sizeof(line), f) != NULL)
		found |= strstr(line, want) != NULL;
	(void)fclose(f);
	return found;
}

static int
play_needs(struct call *c)
{
	for (size_t i = 0; i < c->nlist; i++) {
		int rc = has_module(c->stage, c->list[i].text);

		if (rc < 0)
			return -1;
		if (rc == 0) {
			c->stage->skipped = true;
			return stage_fail(c->stage, "this build has no "
			    "module %s", c->list[i].text);
		}
	}
	return 0;
}

/* Options have an upper limit; a larger disk cannot be made to look full. */
static int
play_needs_disk(struct call *c)
{
	uint64_t most = call_number(c, 0) << 30;
	struct statvfs fs;

	if (statvfs(c->stage->dir, &fs) != 0)
		return stage_fail(c->stage, "statvfs: %s", strerror(errno));
	if ((uint64_t)fs.f_bavail * fs.f_frsize < most)
		return 0;
	c->stage->skipped = true;
	return stage_fail(c->stage, "%s GiB or more are free on the disk",
	    c->arg[0]);
}

static int
play_with(struct call *c)
{
	if (c->nlist % 2 != 0)
		return stage_fail(c->stage, "options come in pairs, "
		    "session/heartbeat-ms 200");
	for (size_t i = 0; i < c->nlist; i += 2)
		host_set(c->stage->host, c->list[i].text, c->list[i + 1].text);
	return 0;
}

static int
play_without(struct call *c)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "modules/%s/enabled", c->arg[0]);
	host_set(c->stage->host, path, "no");
	return 0;
}

static int
play_files(struct call *c)
{
	host_files(c->stage->host, (unsigned)call_number(c, 0));
	return 0;
}

/* ---- its life ---- */

static int
play_starts(struct call *c)
{
	int rc = host_start(c->stage->host);

	return rc != 0 ? rc : persons_readdress(c->stage);
}

static int
play_stops(struct call *c)
{
	return host_stop(c->stage->host);
}

static int
play_killed(struct call *c)
{
	return host_kill(c->stage->host);
}

static int
play_reloads(struct call *c)
{
	return host_reload(c->stage->host);
}

static int
play_loses(struct call *c)
{
	return host_lose(c->stage->host);
}

static int
play_maintained(struct call *c)
{
	return host_maintain(c->stage->host, c->arg[0]);
}

static int
play_logs(struct call *c)
{
	return host_logged(c->stage->host, c->arg[0]);
}

/* ---- the operator ---- */

/* Runs the command and wants the exit status. */
static int
run(struct stage *s, const char *words, const char *input, int status,
    struct buf *out)
{
	int rc = host_need(s->host);

	if (rc == 0)
		rc = tool_control(s, words, input, out);
	if (rc < 0 || rc == status)
		return rc < 0 ? -1 : 0;
	return stage_fail(s, "stonechatctl %s: status %d instead of %d: %.*s",
	    words, rc, status, (int)out->len, out->p == NULL ? "" :
	    (const char *)out->p + out->off);
}

static int
run_and_see(struct call *c, int status)
{
	struct buf out;
	int rc;

	buf_init(&out, 0);
	rc = run(c->stage, c->arg[0], NULL, status, &out);
	if (rc == 0 && c->nargs > 1 &&
	    (out.len == 0 || memmem(out.p + out.off, out.len, c->arg[1],
	    strlen(c->arg[1])) == NULL))
		rc = stage_fail(c->stage, "stonechatctl %s does not say "
		    "\"%s\"", c->arg[0], c->arg[1]);
	buf_fini(&out);
	return rc;
}

static int
play_runs(struct call *c)
{
	return run_and_see(c, 0);
}

static int
play_runs_given(struct call *c)
{
	struct buf out, input;
	int rc;

	host_secret(c->stage->host, c->arg[1]);
	buf_init(&out, 0);
	buf_init(&input, 0);
	buf_printf(&input, "%s\n", c->arg[1]);
	buf_put_u8(&input, '\0');
	rc = run(c->stage, c->arg[0], (const char *)input.p + input.off, 0,
	    &out);
	buf_fini(&input);
	buf_fini(&out);
	return rc;
}

static int
play_refused(struct call *c)
{
	return run_and_see(c, 1);
}

/* The counter in what `--json stats` has printed; false: there is none. */
static bool
find_counter(struct buf *out, const char *name, uint64_t *n)
{
	char want[96];
	const char *at;

	(void)snprintf(want, sizeof(want), "\"%s\":", name);
	buf_put_u8(out, '\0');
	at = strstr((const char *)out->p + out->off, want);
	if (at != NULL)
		*n = strtoull(at + strlen(want), NULL, 10);
	return at != NULL;
}

static int
counts(struct stage *s, const char *counter, uint64_t *n)
{
	struct buf out;
	int rc;

	buf_init(&out, 0);
	rc = run(s, "--json stats", NULL, 0, &out);
	if (rc == 0 && !find_counter(&out, counter, n))
		rc = stage_fail(s, "there is no counter %s", counter);
	buf_fini(&out);
	return rc;
}

/* Asks until it is so: what is counted may still be on its way. */
static int
play_counts(struct call *c)
{
	int64_t until = stage_now() + (int64_t)c->stage->limit_s * 1000;
	uint64_t n = 0, want = call_number(c, 0);

	do {
		if (counts(c->stage, c->arg[1], &n) != 0)
			return -1;
	} while (n != want && stage_now() < until);
	return n == want ? 0 : stage_fail(c->stage, "after %d s the server "
	    "counts %ju %s", c->stage->limit_s, (uintmax_t)n, c->arg[1]);
}

static int
add_user(struct stage *s, const char *user)
{
	char words[128], password[96];
	struct buf out;
	int rc;

	(void)snprintf(words, sizeof(words), "user add %s", user);
	(void)snprintf(password, sizeof(password), "%s-secret\n", user);
	buf_init(&out, 0);
	rc = run(s, words, password, 0, &out);
	buf_fini(&out);
	password[strlen(password) - 1] = '\0';
	host_secret(s->host, password);
	return rc;
}

static int
play_user(struct call *c)
{
	for (size_t i = 0; i < c->nlist; i++)
		if (add_user(c->stage, c->list[i].text) != 0)
			return -1;
	return 0;
}

const struct step server_steps[] = {
	{"needs less than NUMBER GiB free", play_needs_disk},
	{"needs LIST...", play_needs},
	{"server with LIST...", play_with},
	{"server without MODULE", play_without},
	{"server may open NUMBER files", play_files},
	{"server starts", play_starts},
	{"server stops", play_stops},
	{"server is killed", play_killed},
	{"server reloads", play_reloads},
	{"server loses its database", play_loses},
	{"server is maintained with TEXT", play_maintained},
	{"server logs TEXT", play_logs},
	{"server counts NUMBER COUNTER", play_counts},
	{"user LIST...", play_user},
	{"operator runs TEXT", play_runs},
	{"operator runs TEXT given TEXT", play_runs_given},
	{"operator runs TEXT and sees TEXT", play_runs},
	{"operator runs TEXT and is refused TEXT", play_refused},
	{NULL, NULL},
};
