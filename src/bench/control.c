/* SPDX-License-Identifier: ISC */
#include "src/bench/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Passwords are hashed by several threads of the server, so several requests
 * are under way. */
enum { LINES = 8, LINE_MAX_BYTES = 65536 };

struct line {
	FILE *f;
	int fd;
	bool busy;
};

static int
line_open(struct line *l, const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	l->f = NULL;
	l->busy = false;
	if (strlen(path) >= sizeof(a.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(a.sun_path, path, strlen(path) + 1);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return -1;
	if (connect(l->fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		l->f = fdopen(l->fd, "r");
	if (l->f == NULL) {
		close(l->fd);
		return -1;
	}
	return 0;
}

static void
line_close(struct line *l)
{
	if (l->f != NULL)
		fclose(l->f);
	l->f = NULL;
}

/* Takes the reference. */
static int
ask(struct line *l, json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	int rc = -1;

	json_decref(request);
	if (text != NULL && dprintf(l->fd, "%s\n", text) > 0)
		rc = 0;
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
	l->busy = rc == 0;
	return rc;
}

/* The line that ends an answer; NULL: there is none. */
static json_t *
answer(struct line *l)
{
	char *text = malloc(LINE_MAX_BYTES);
	json_t *j = NULL;

	l->busy = false;
	while (text != NULL && fgets(text, LINE_MAX_BYTES, l->f) != NULL) {
		j = json_loads(text, 0, NULL);
		if (j == NULL || json_object_get(j, "ok") != NULL)
			break;
		json_decref(j);
		j = NULL;
	}
	free(text);
	return j;
}

json_t *
control_stats(const char *path)
{
	struct line l;
	json_t *j, *stats = NULL;

	if (line_open(&l, path) != 0)
		return NULL;
	if (ask(&l, json_pack("{s:s}", "command", "stats")) == 0 &&
	    (j = answer(&l)) != NULL) {
		stats = json_incref(json_object_get(j, "stats"));
		json_decref(j);
	}
	line_close(&l);
	return stats;
}

uint64_t
control_stat(const json_t *stats, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(stats, name));

	return n < 0 ? 0 : (uint64_t)n;
}

/* ---- users ---- */

struct adding {
	struct line lines[LINES];
	struct pollfd polls[LINES];
	const char *prefix, *password;
	uint64_t n, next, done;
	char *why;
	size_t whylen;
};

static int
add_next(struct adding *a, struct line *l)
{
	char name[128];

	if (a->next == a->n)
		return 0;
	snprintf(name, sizeof(name), "%s%llu", a->prefix,
	    (unsigned long long)a->next++);
	return ask(l, json_pack("{s:s, s:s, s:s}", "command", "user add",
	    "name", name, "password", a->password));
}

/* Whether the user is there now. */
static int
added(struct adding *a, json_t *j)
{
	const char *code, *error;
	int rc = 0;

	if (j == NULL) {
		snprintf(a->why, a->whylen, "the server does not answer on "
		    "its control socket");
		return -1;
	}
	code = json_string_value(json_object_get(j, "code"));
	error = json_string_value(json_object_get(j, "error"));
	if (!json_is_true(json_object_get(j, "ok")) &&
	    (code == NULL || strcmp(code, "conflict") != 0)) {
		snprintf(a->why, a->whylen, "%s", error != NULL ? error :
		    "a user was not added");
		rc = -1;
	}
	json_decref(j);
	a->done++;
	return rc;
}

/* One round: the answers that are there, and the next requests. */
static int
add_round(struct adding *a)
{
	int rc = 0;

	for (unsigned i = 0; i < LINES; i++)
		a->polls[i] = (struct pollfd){.fd = a->lines[i].busy ?
		    a->lines[i].fd : -1, .events = POLLIN};
	if (poll(a->polls, LINES, -1) < 0)
		return errno == EINTR ? 0 : -1;
	for (unsigned i = 0; i < LINES && rc == 0; i++) {
		if (a->polls[i].fd < 0 || a->polls[i].revents == 0)
			continue;
		rc = added(a, answer(&a->lines[i]));
		if (rc == 0)
			rc = add_next(a, &a->lines[i]);
	}
	return rc;
}

int
control_add_users(const char *path, const char *prefix, uint64_t n,
    const char *password, void (*progress)(uint64_t, uint64_t), char *why,
    size_t whylen)
{
	struct adding a = {.prefix = prefix, .password = password, .n = n,
	    .why = why, .whylen = whylen};
	int rc = 0;

	*why = '\0';
	for (unsigned i = 0; i < LINES && rc == 0; i++) {
		rc = line_open(&a.lines[i], path);
		if (rc == 0)
			rc = add_next(&a, &a.lines[i]);
	}
	while (rc == 0 && a.done < n) {
		rc = add_round(&a);
		if (progress != NULL)
			progress(a.done, n);
	}
	if (rc != 0 && *why == '\0')
		snprintf(why, whylen, "control socket %s: %s", path,
		    strerror(errno));
	for (unsigned i = 0; i < LINES; i++)
		line_close(&a.lines[i]);
	return rc;
}
