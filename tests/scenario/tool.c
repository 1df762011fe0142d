/* SPDX-License-Identifier: ISC */
#include "tests/scenario/tool.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "src/common/alloc.h"
#include "tests/scenario/process.h"
#include "tests/scenario/stage.h"

enum { ARGS_MAX = 32 };

struct tool {
	struct process process;
};

void
tool_poll(struct stage *s, struct polls *p)
{
	if (s->tool != NULL)
		process_poll(&s->tool->process, p);
}

void
tool_step(struct stage *s, const struct polls *p)
{
	if (s->tool != NULL)
		(void)process_step(&s->tool->process, p);
}

void
tool_fini(struct stage *s)
{
	if (s->tool == NULL)
		return;
	process_fini(&s->tool->process);
	free(s->tool);
	s->tool = NULL;
}

static int
has_ended(struct stage *s, void *arg)
{
	(void)arg;
	return s->tool->process.fd < 0;
}

/* WORDS is changed; they go behind the COUNT that are in ARGV. */
static int
start(struct stage *s, char **argv, size_t count, char *words,
    const char *input)
{
	char *save = NULL;

	for (char *w = strtok_r(words, " ", &save);
	    w != NULL && count < ARGS_MAX - 1; w = strtok_r(NULL, " ", &save))
		argv[count++] = w;
	argv[count] = NULL;
	s->tool = xcalloc(1, sizeof(*s->tool));
	process_init(&s->tool->process);
	if (process_start(&s->tool->process, argv, input, true, 0) != 0)
		return stage_fail(s, "%s: %s", argv[0], strerror(errno));
	return 0;
}

static void
note_output(struct stage *s, const char *words, struct slice said)
{
	while (said.len > 0 && said.p[said.len - 1] == '\n')
		said.len--;
	stage_note(s, "operator", "%s: %.*s", words, (int)said.len,
	    said.len == 0 ? "" : (const char *)said.p);
}

/* The status of the tool that has ended. */
static int
status_of(struct stage *s, const char *words, struct buf *out)
{
	const struct process *p = &s->tool->process;

	if (strcmp(words, "--json stats") != 0)
		note_output(s, words, buf_slice(&p->output));
	buf_put_slice(out, buf_slice(&p->output));
	if (WIFEXITED(p->status))
		return WEXITSTATUS(p->status);
	return stage_fail(s, "%s died of signal %d", words,
	    WTERMSIG(p->status));
}

static int
run(struct stage *s, char **argv, size_t count, const char *words,
    const char *input, struct buf *out)
{
	char *copy = xstrdup(words);
	int rc = start(s, argv, count, copy, input);

	if (rc == 0)
		rc = stage_wait(s, has_ended, NULL, "the end of %s", words);
	if (rc == 0)
		rc = status_of(s, words, out);
	free(copy);
	tool_fini(s);
	return rc;
}

static void
program_path(const char *name, char *out, size_t size)
{
	const char *build = getenv("top_builddir");

	(void)snprintf(out, size, "%s/%s", build == NULL ? "." : build, name);
}

int
tool_control(struct stage *s, const char *words, const char *input,
    struct buf *out)
{
	char path[PATH_MAX], socket[PATH_MAX];
	char *argv[ARGS_MAX] = {path, (char[]){"-S"}, socket};

	program_path("stonechatctl", path, sizeof(path));
	(void)stage_path(s, "socket", socket, sizeof(socket));
	return run(s, argv, 3, words, input, out);
}

int
tool_maintain(struct stage *s, const char *words, struct buf *out)
{
	char path[PATH_MAX], conf[PATH_MAX];
	char *argv[ARGS_MAX] = {path, (char[]){"-c"}, conf,
	    (char[]){"--maintain"}};

	program_path("stonechatd", path, sizeof(path));
	(void)stage_path(s, "stonechat.xml", conf, sizeof(conf));
	return run(s, argv, 4, words, NULL, out);
}
