/* SPDX-License-Identifier: ISC */
#include "tests/scenario/stage.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "tests/scenario/host.h"
#include "tests/scenario/person.h"
#include "tests/scenario/tool.h"
#include "tests/scenario/wire.h"

enum { LIMIT_S = 60, NOTE_MAX = 400 };

int
stage_init(struct stage *s, const struct script *script)
{
	const char *limit = getenv("SC_SCENARIO_LIMIT");
	const char *tmp = getenv("TMPDIR");

	*s = (struct stage){.script = script, .seed = 1};
	s->limit_s = limit == NULL ? LIMIT_S : atoi(limit);
	if (s->limit_s <= 0)
		s->limit_s = LIMIT_S;
	buf_init(&s->transcript, 0);
	s->deflate = deflate_create();
	(void)snprintf(s->dir, sizeof(s->dir), "%s/stonechat-XXXXXX",
	    tmp == NULL || strlen(tmp) > 30 ? "/tmp" : tmp);
	if (s->deflate == NULL || mkdtemp(s->dir) == NULL) {
		s->dir[0] = '\0';
		return stage_fail(s, "no private directory: %s",
		    strerror(errno));
	}
	variable_set(&s->variables, "dir", s->dir);
	s->host = host_create(s);
	return s->host == NULL ? -1 : 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
stage_fini(struct stage *s)
{
	persons_fini(s);
	wires_fini(s);
	tool_fini(s);
	host_destroy(s->host);
	if (s->dir[0] != '\0')
		(void)nftw(s->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	deflate_destroy(s->deflate);
	variables_fini(&s->variables);
	buf_fini(&s->transcript);
	free(s->why);
}

/* ---- words about it ---- */

static char *__attribute__((format(printf, 1, 0)))
format(const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	return text;
}

int
stage_fail(struct stage *s, const char *fmt, ...)
{
	va_list ap;

	if (s->why != NULL)
		return -1;	/* the first reason is the reason */
	va_start(ap, fmt);
	s->why = format(fmt, ap);
	va_end(ap);
	return -1;
}

void
stage_note(struct stage *s, const char *who, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	buf_printf(&s->transcript, "%12s  %.*s%s\n", who, NOTE_MAX, text,
	    strlen(text) > NOTE_MAX ? " ..." : "");
	free(text);
}

/* ---- the loop ---- */

int
polls_add(struct polls *p, int fd, short events)
{
	if (p->count == POLLS_MAX)
		return -1;
	p->fds[p->count] = (struct pollfd){.fd = fd, .events = events};
	return (int)p->count++;
}

short
polls_got(const struct polls *p, int at)
{
	return at < 0 ? 0 : p->fds[at].revents;
}

int64_t
stage_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
turn(struct stage *s, int64_t left)
{
	struct polls p = {.timeout_ms = left > 1000 ? 1000 : (int)left};

	host_poll(s->host, &p);
	tool_poll(s, &p);
	persons_poll(s, &p);
	wires_poll(s, &p);
	if (poll(p.fds, p.count, p.timeout_ms) < 0)
		for (nfds_t i = 0; i < p.count; i++)
			p.fds[i].revents = 0;
	host_step(s->host, &p);
	tool_step(s, &p);
	persons_step(s, &p);
	wires_step(s, &p);
}

int
stage_wait(struct stage *s, int (*done)(struct stage *, void *), void *arg,
    const char *fmt, ...)
{
	int64_t until = stage_now() + (int64_t)s->limit_s * 1000;
	char *what;
	va_list ap;
	int rc;

	while ((rc = done(s, arg)) == 0) {
		int64_t left = until - stage_now();

		if (left <= 0)
			break;
		turn(s, left);
	}
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	va_start(ap, fmt);
	what = format(fmt, ap);
	va_end(ap);
	rc = stage_fail(s, "waited %d s for %s", s->limit_s, what);
	free(what);
	return rc;
}

/* ---- files and texts ---- */

const char *
stage_path(const struct stage *s, const char *name, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/%s", s->dir, name);
	return out;
}

int
stage_file(struct stage *s, const char *name, struct slice bytes)
{
	char path[PATH_MAX];
	FILE *f = fopen(stage_path(s, name, path, sizeof(path)), "we");
	bool good = f != NULL && fwrite(bytes.p, 1, bytes.len, f) == bytes.len;

	if (f != NULL && fclose(f) != 0)
		good = false;
	return good ? 0 : stage_fail(s, "%s: %s", path, strerror(errno));
}

char *
stage_expand(struct stage *s, const char *text)
{
	char why[200], *copy = NULL;
	struct buf b;

	buf_init(&b, 0);
	if (script_expand(s->variables, text, &b, why, sizeof(why)) == 0) {
		buf_put_u8(&b, '\0');
		copy = xstrdup((const char *)b.p + b.off);
	} else {
		(void)stage_fail(s, "%s", why);
	}
	buf_fini(&b);
	return copy;
}
