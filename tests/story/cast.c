/* SPDX-License-Identifier: ISC */
#include "tests/story/cast.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "protocol/deflate.h"
#include "src/common/alloc.h"
#include "src/common/err.h"

enum {
	PATIENCE_MS = 60000,	/* without any event */
	WORKERS_IN_A_ROW = 2	/* a parent ends with the third in a minute */
};

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
cast_init(struct cast *c, const char *ca)
{
	memset(c, 0, sizeof(*c));
	c->server.fd = -1;
	c->ca = ca;
	c->deflate = deflate_create();
	sc_assert(c->deflate != NULL);
}

void
cast_fini(struct cast *c)
{
	server_end(&c->server, SIGKILL);
	for (size_t i = 0; i < c->n; i++) {
		device_fini(c->devices[i]);
		free(c->devices[i]);
	}
	free(c->devices);
	free(c->polls);
	free(c->waits);
	deflate_destroy(c->deflate);
}

void
cast_fail(struct cast *c, const char *fmt, ...)
{
	va_list ap;

	printf("Bail out! ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	for (size_t i = 0; i < c->n; i++)
		if (c->devices[i]->client != NULL && !c->devices[i]->synced)
			printf("# %s/%s is not up to date: %s\n",
			    c->devices[i]->user, c->devices[i]->name,
			    c->devices[i]->over ? c->devices[i]->why
			    : sc_driver_why(c->devices[i]->driver));
	fflush(stdout);
	server_end(&c->server, SIGKILL);
	exit(1);
}

/* ---- who is there ---------------------------------------------------- */

struct device *
cast_add(struct cast *c, const char *user, const char *name)
{
	struct device *d = xcalloc(1, sizeof(*d));

	device_init(d, user, name, c->ca, c->deflate);
	/* some deflate what they send */
	d->plain = c->n % 4 != 0;
	c->devices = xrealloc(c->devices, c->n + 1, sizeof(struct device *));
	c->devices[c->n++] = d;
	c->polls = xrealloc(c->polls, c->n + 1, sizeof(*c->polls));
	c->waits = xrealloc(c->waits, c->n + 1, sizeof(*c->waits));
	return d;
}

struct device *
cast_device(struct cast *c, const char *user, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->devices[i]->user, user) == 0 &&
		    strcmp(c->devices[i]->name, name) == 0)
			return c->devices[i];
	cast_fail(c, "there is no %s/%s", user, name);
}

uint64_t
cast_events(const struct cast *c)
{
	uint64_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->devices[i]->events;
	return n;
}

/* ---- the server ------------------------------------------------------ */

static void
move_all(struct cast *c)
{
	for (size_t i = 0; i < c->n; i++)
		device_move(c->devices[i], c->server.port);
}

void
cast_start(struct cast *c)
{
	if (!server_start(&c->server))
		cast_fail(c, "the server does not start");
	move_all(c);
}

void
cast_stop(struct cast *c)
{
	if (server_end(&c->server, SIGTERM) != 0)
		cast_fail(c, "the server does not end well");
}

static uint64_t
chance(struct doom *d, uint64_t below)
{
	d->random ^= d->random << 13;
	d->random ^= d->random >> 7;
	d->random ^= d->random << 17;
	return d->random % below;
}

void
cast_doom(struct cast *c, unsigned kills, uint64_t share, uint64_t seed)
{
	c->doom = (struct doom){.left = kills, .share = share,
	    .random = seed * 0x9e3779b97f4a7c15u | 1};
	c->doom.at = cast_events(c) + 1 + chance(&c->doom, 2 * share);
}

/* The worker, which its parent replaces; or both, and all starts again. */
static void
kill_it(struct cast *c)
{
	struct doom *d = &c->doom;

	d->left--;
	d->at = cast_events(c) + 1 + chance(d, 2 * d->share);
	if (d->in_a_row < WORKERS_IN_A_ROW && chance(d, 3) != 0) {
		d->in_a_row++;
		d->workers++;
		kill(c->server.worker, SIGKILL);
		return;
	}
	d->in_a_row = 0;
	d->servers++;
	server_end(&c->server, SIGKILL);
	cast_start(c);
}

/* ---- the loop -------------------------------------------------------- */

static void
prepare(struct cast *c, size_t i, int *timeout)
{
	struct device *d = c->devices[i];
	struct sc_driver_wait *w = &c->waits[i];

	c->polls[i] = (struct pollfd){.fd = -1};
	*w = (struct sc_driver_wait){.fd = -1, .timeout_ms = -1};
	if (d->client == NULL || d->over)
		return;
	if (sc_driver_poll(d->driver, w) != 0) {
		d->over = true;
		return;
	}
	c->polls[i].fd = w->fd;
	c->polls[i].events = (short)((w->readable ? POLLIN : 0) |
	    (w->writable ? POLLOUT : 0));
	if (w->timeout_ms >= 0 && w->timeout_ms < *timeout)
		*timeout = w->timeout_ms;
}

static void
advance(struct cast *c, size_t i, int64_t waited)
{
	struct device *d = c->devices[i];
	const struct sc_driver_wait *w = &c->waits[i];
	short revents = c->polls[i].fd < 0 ? 0 : c->polls[i].revents;

	if (d->client == NULL || d->over ||
	    (revents == 0 && (w->timeout_ms < 0 || waited < w->timeout_ms)))
		return;
	if (sc_driver_step(d->driver, (revents & ~POLLOUT) != 0,
	    (revents & POLLOUT) != 0) != 0)
		d->over = true;
}

void
cast_turn(struct cast *c)
{
	int timeout = PATIENCE_MS;
	int64_t begin;

	for (size_t i = 0; i < c->n; i++)
		prepare(c, i, &timeout);
	c->polls[c->n] = (struct pollfd){.fd = c->server.fd,
	    .events = POLLIN};
	begin = now_ms();
	(void)poll(c->polls, c->n + 1, timeout);
	begin = now_ms() - begin;
	if (c->polls[c->n].revents != 0 && !server_read(&c->server))
		cast_fail(c, "the server has died");
	for (size_t i = 0; i < c->n; i++)
		advance(c, i, begin);
	if (c->doom.left > 0 && cast_events(c) >= c->doom.at &&
	    c->server.worker != 0)
		kill_it(c);
}

void
cast_until(struct cast *c, bool (*fn)(void *), void *arg, const char *fmt,
    ...)
{
	int64_t since = now_ms();
	uint64_t events = cast_events(c);
	char what[200];
	va_list ap;

	while (!fn(arg)) {
		cast_turn(c);
		if (cast_events(c) != events) {
			events = cast_events(c);
			since = now_ms();
		}
		if (now_ms() - since < PATIENCE_MS)
			continue;
		va_start(ap, fmt);
		vsnprintf(what, sizeof(what), fmt, ap);
		va_end(ap);
		cast_fail(c, "waited in vain: %s", what);
	}
}

static bool
is_settled(void *arg)
{
	const struct cast *c = arg;

	for (size_t i = 0; i < c->n; i++) {
		const struct device *d = c->devices[i];

		if (d->client != NULL && !d->over && (!d->synced ||
		    !sc_client_online(d->client) ||
		    sc_client_pending(d->client) > 0))
			return false;
	}
	return true;
}

void
cast_settle(struct cast *c)
{
	cast_until(c, is_settled, c, "everybody is up to date");
}

void
cast_doom_ends(struct cast *c)
{
	while (c->doom.left > 0) {
		c->doom.at = 0;
		cast_turn(c);
		cast_settle(c);
	}
	cast_settle(c);
}
