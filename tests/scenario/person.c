/* SPDX-License-Identifier: ISC */
#include "tests/scenario/person.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "tests/scenario/hearing.h"
#include "tests/scenario/host.h"
#include "tests/scenario/stage.h"
#include "tests/scenario/wire.h"

enum { BACKOFF_MIN_MS = 20, BACKOFF_MAX_MS = 200, STATE_NAME = 160,
	READ_SIZE = 65536 };

/* ---- by name ---- */

struct person *
person_find(struct stage *s, const char *name)
{
	struct person *p = s->persons;

	while (p != NULL && strcmp(p->name, name) != 0)
		p = p->next;
	return p;
}

struct person *
person_get(struct stage *s, const char *name)
{
	const char *slash = strchr(name, '/');
	size_t n = slash == NULL ? strlen(name) : (size_t)(slash - name);
	struct person *p = person_find(s, name);

	if (p != NULL)
		return p;
	if (n == 0 || n >= sizeof(p->user) ||
	    (slash != NULL && strlen(slash) > sizeof(p->device)) ||
	    wire_find(s, name) != NULL) {
		(void)stage_fail(s, "%s cannot be the name of a client", name);
		return NULL;
	}
	p = xcalloc(1, sizeof(*p));
	p->stage = s;
	p->at = -1;
	(void)snprintf(p->name, sizeof(p->name), "%s", name);
	(void)snprintf(p->user, sizeof(p->user), "%.*s", (int)n, name);
	(void)snprintf(p->device, sizeof(p->device), "%s",
	    slash == NULL ? "laptop" : slash + 1);
	p->next = s->persons;
	s->persons = p;
	return p;
}

/* ---- life ---- */

static int
connect_driver(struct person *p, char *why, size_t whylen)
{
	char ca[PATH_MAX];
	const struct sc_driver_conf conf = {
	    .host = host_address(p->stage->host),
	    .port = host_port(p->stage->host),
	    .ca_file = stage_path(p->stage, "cert.pem", ca, sizeof(ca)),
	    .server_name = "localhost"};

	p->over = 0;
	p->port = conf.port;
	return sc_driver_create(&conf, p->client, &p->driver, why, whylen);
}

/* A file of the device's state; "" for the directory. */
static const char *
state_name(const struct person *p, const char *file, char *out, size_t size)
{
	(void)snprintf(out, size, "state-%s-%s%s", p->user, p->device, file);
	return out;
}

static int
open_state(struct person *p, struct sc_state_io *io, char *why, size_t whylen)
{
	char name[STATE_NAME], dir[PATH_MAX];

	(void)stage_path(p->stage, state_name(p, "", name, sizeof(name)), dir,
	    sizeof(dir));
	return sc_state_open(dir, false, &p->state, io, why, whylen);
}

int
person_start(struct person *p, const char *password,
    enum sc_mechanism mechanism)
{
	char usual[96], why[400] = "";
	struct sc_client_conf conf = {.user = p->user, .device = p->device,
	    .password = password == NULL ? usual : password,
	    .mechanism = mechanism,
	    .event = hearing_event, .event_arg = p,
	    .random = sc_driver_random, .backoff_min_ms = BACKOFF_MIN_MS,
	    .backoff_max_ms = BACKOFF_MAX_MS};
	int rc;

	if (p->client != NULL)
		return stage_fail(p->stage, "%s runs already", p->name);
	(void)snprintf(usual, sizeof(usual), "%s-secret", p->user);
	p->failure = 0;
	p->synced = p->frozen = p->holding = false;
	rc = open_state(p, &conf.state, why, sizeof(why));
	if (rc == 0)
		rc = sc_client_create(&conf, &p->client, why, sizeof(why));
	if (rc == 0)
		rc = connect_driver(p, why, sizeof(why));
	if (rc == 0)
		return 0;
	person_crash(p);
	return stage_fail(p->stage, "%s does not run: %s", p->name,
	    why[0] == '\0' ? sc_code_text(rc) : why);
}

void
person_crash(struct person *p)
{
	sc_driver_destroy(p->driver);
	if (p->client != NULL)
		sc_client_destroy(p->client);
	if (p->state != NULL)
		sc_state_close(p->state);
	p->driver = NULL;
	p->client = NULL;
	p->state = NULL;
	p->synced = false;
}

static int
has_left(struct stage *s, void *arg)
{
	const struct person *p = arg;

	(void)s;
	return p->over != 0 || !sc_client_online(p->client);
}

int
person_leave(struct person *p)
{
	int rc;

	if (p->client == NULL)
		return stage_fail(p->stage, "%s does not run", p->name);
	sc_client_bye(p->client);
	rc = stage_wait(p->stage, has_left, p, "%s to leave", p->name);
	person_crash(p);
	return rc;
}

static int
reconnect(struct person *p)
{
	char why[400] = "";

	sc_driver_destroy(p->driver);
	p->driver = NULL;
	if (connect_driver(p, why, sizeof(why)) == 0)
		return 0;
	return stage_fail(p->stage, "%s: %s", p->name, why);
}

int
person_cut(struct person *p)
{
	if (p->client == NULL)
		return stage_fail(p->stage, "%s does not run", p->name);
	return reconnect(p);
}

int
person_resume(struct person *p)
{
	sc_client_resume(p->client, stage_now());
	return 0;
}

/* Copies a file of the device's state to another. */
static int
copy_state(struct person *p, const char *from, const char *to)
{
	char name[STATE_NAME], path[PATH_MAX], bytes[READ_SIZE];
	struct buf all;
	size_t n;
	FILE *f;
	int rc;

	if (p->client != NULL)
		return stage_fail(p->stage, "%s is running", p->name);
	(void)stage_path(p->stage, state_name(p, from, name, sizeof(name)),
	    path, sizeof(path));
	f = fopen(path, "re");
	if (f == NULL)
		return stage_fail(p->stage, "%s: %s", path, strerror(errno));
	buf_init(&all, 0);
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_put(&all, bytes, n);
	(void)fclose(f);
	rc = stage_file(p->stage, state_name(p, to, name, sizeof(name)),
	    buf_slice(&all));
	buf_fini(&all);
	return rc;
}

int
person_save(struct person *p)
{
	return copy_state(p, "/journal", "/saved");
}

int
person_restore(struct person *p)
{
	return copy_state(p, "/saved", "/journal");
}

int
persons_readdress(struct stage *s)
{
	for (struct person *p = s->persons; p != NULL; p = p->next)
		if (p->client != NULL && p->port != host_port(s->host) &&
		    reconnect(p) != 0)
			return -1;
	return 0;
}

static void
person_free(struct person *p)
{
	person_crash(p);
	for (size_t i = 0; i < p->nreceived; i++) {
		free(p->received[i].text);
		buf_fini(&p->received[i].payload);
	}
	for (size_t i = 0; i < p->nsent; i++)
		free(p->sent[i].text);
	free(p->received);
	free(p->sent);
	free(p->marks);
	free(p->failure_why);
	free(p->bye_why);
	free(p);
}

void
persons_fini(struct stage *s)
{
	struct person *p;

	while ((p = s->persons) != NULL) {
		s->persons = p->next;
		person_free(p);
	}
}

/* ---- what was heard and said ---- */

uint64_t
person_chat(const struct person *p, const char *user)
{
	return p->client == NULL ? 0 : sc_client_chat(p->client, user);
}

struct received *
person_next(struct person *p, uint64_t chat)
{
	for (size_t i = 0; i < p->nreceived; i++)
		if (!p->received[i].taken && p->received[i].chat == chat)
			return &p->received[i];
	return NULL;
}

void
person_take(struct person *p, struct received *r)
{
	r->taken = true;
	p->newest = (size_t)(r - p->received) + 1;
}

struct sent *
person_sent(struct person *p, const char *text)
{
	for (size_t i = p->nsent; i > 0; i--)
		if (text == NULL || strcmp(p->sent[i - 1].text, text) == 0)
			return &p->sent[i - 1];
	return NULL;
}

struct mark *
person_mark(struct person *p, uint64_t chat)
{
	for (size_t i = 0; i < p->nmarks; i++)
		if (p->marks[i].chat == chat)
			return &p->marks[i];
	p->marks = xrealloc(p->marks, p->nmarks + 1, sizeof(*p->marks));
	p->marks[p->nmarks] = (struct mark){.chat = chat};
	return &p->marks[p->nmarks++];
}

void
person_remember(struct person *p, const char *text, uint64_t n)
{
	p->sent = xrealloc(p->sent, p->nsent + 1, sizeof(*p->sent));
	p->sent[p->nsent++] = (struct sent){.n = n, .text = xstrdup(text)};
	host_secret(p->stage->host, text);
}

int
persons_finish(struct stage *s)
{
	for (const struct person *p = s->persons; p != NULL; p = p->next)
		for (size_t i = 0; i < p->nreceived; i++)
			if (!p->received[i].taken)
				return stage_fail(s, "%s has been given more: "
				    "\"%.60s\"", p->name,
				    p->received[i].text);
	return 0;
}

/* ---- the loop ---- */

void
persons_poll(struct stage *s, struct polls *polls)
{
	for (struct person *p = s->persons; p != NULL; p = p->next) {
		struct sc_driver_wait wait;

		p->at = -1;
		if (p->driver == NULL || p->frozen || p->over != 0)
			continue;
		p->over = sc_driver_poll(p->driver, &wait);
		if (p->over != 0)
			continue;
		if (wait.fd >= 0)
			p->at = polls_add(polls, wait.fd,
			    (short)((wait.readable ? POLLIN : 0) |
			    (wait.writable ? POLLOUT : 0)));
		if (wait.timeout_ms >= 0 &&
		    wait.timeout_ms < polls->timeout_ms)
			polls->timeout_ms = wait.timeout_ms;
	}
}

void
persons_step(struct stage *s, const struct polls *polls)
{
	for (struct person *p = s->persons; p != NULL; p = p->next) {
		short got = polls_got(polls, p->at);

		if (p->driver == NULL || p->frozen || p->over != 0)
			continue;
		p->over = sc_driver_step(p->driver,
		    (got & (POLLIN | POLLHUP | POLLERR)) != 0,
		    (got & (POLLOUT | POLLHUP | POLLERR)) != 0);
	}
}
