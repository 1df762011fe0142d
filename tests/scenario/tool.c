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

static int
start(struct stage *s, char *words, const char *input)
{
	const char *build = getenv("top_builddir");
	char path[PATH_MAX], socket[PATH_MAX], *save = NULL;
	char *argv[ARGS_MAX] = {path, (char[]){"-S"}, socket};
	size_t n = 3;

	(void)snprintf(path, sizeof(path), "%s/stonechatctl",
	    build == NULL ? "." : build);
	(void)stage_path(s, "socket", socket, sizeof(socket));
	for (char *w = strtok_r(words, " ", &save);
	    w != NULL && n < ARGS_MAX - 1; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	s->tool = xcalloc(1, sizeof(*s->tool));
	process_init(&s->tool->process);
	if (process_start(&s->tool->process, argv, input, true, 0) != 0)
		return stage_fail(s, "%s: %s", path, strerror(errno));
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

int
tool_run(struct stage *s, const char *words, const char *input,
    struct buf *out)
{
	char *copy = xstrdup(words);
	int rc = start(s, copy, input);

	if (rc == 0)
		rc = stage_wait(s, has_ended, NULL,
		    "the end of stonechatctl %s", words);
	if (rc == 0) {
		const struct process *p = &s->tool->process;

		if (strcmp(words, "--json stats") != 0)
			note_output(s, words, buf_slice(&p->output));
		buf_put_slice(out, buf_slice(&p->output));
		rc = WIFEXITED(p->status) ? WEXITSTATUS(p->status) :
		    stage_fail(s, "stonechatctl %s died of signal %d", words,
		    WTERMSIG(p->status));
	}
	free(copy);
	tool_fini(s);
	return rc;
}
