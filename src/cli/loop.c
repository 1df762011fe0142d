/* SPDX-License-Identifier: ISC */
/* The loop: one poll() for the connection and for what the command reads. */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "src/cli/loop.h"

int64_t
loop_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* An error that stays ends the command. */
static bool
check(struct cli *c, int rc)
{
	if (rc < 0 && !c->finished)
		cli_finish(c, *c->bye != '\0' ? cli_fail(c, "the server ended "
		    "this session: %s", c->bye) : cli_fail(c, "%s",
		    sc_driver_why(c->driver)));
	return rc >= 0;
}

static int
earlier(int a, int64_t b)
{
	if (b > INT32_MAX)
		b = INT32_MAX;
	return a < 0 || b < a ? (int)b : a;
}

/* Handles source I, if it is the one that was waited for. */
static void
ready(struct cli *c, const struct pollfd *fds, unsigned i)
{
	if (fds[i].fd >= 0 && fds[i].revents != 0 &&
	    c->sources[i].fd == fds[i].fd && !c->finished)
		c->sources[i].ready(c);
}

static bool
wait_and_step(struct cli *c, const struct sc_driver_wait *w, int64_t left)
{
	struct pollfd fds[CLI_SOURCES + 1] = {0};
	struct pollfd *net = &fds[CLI_SOURCES];
	unsigned i;

	for (i = 0; i < CLI_SOURCES; i++) {
		fds[i].fd = c->sources[i].ready == NULL ? -1 :
		    c->sources[i].fd;
		fds[i].events = POLLIN;
	}
	net->fd = w->fd;
	net->events = (short)((w->readable ? POLLIN : 0) |
	    (w->writable ? POLLOUT : 0));
	if (poll(fds, CLI_SOURCES + 1, earlier(w->timeout_ms, left)) < 0) {
		if (errno != EINTR)
			cli_finish(c, cli_fail(c, "poll failed"));
		return errno == EINTR;
	}
	/* what comes is for a window of the size that it has now */
	ready(c, fds, CLI_SIGNALS);
	if (!check(c, sc_driver_step(c->driver,
	    (net->revents & (POLLIN | POLLERR | POLLHUP)) != 0,
	    (net->revents & (POLLOUT | POLLERR | POLLHUP)) != 0)))
		return false;
	ready(c, fds, CLI_INPUT);
	return true;
}

bool
loop_turn(struct cli *c, int64_t left)
{
	struct sc_driver_wait w;

	if (!check(c, sc_driver_poll(c->driver, &w)))
		return false;
	if (c->turn != NULL && !c->finished) {
		c->turn(c);
		/* it may have asked for something */
		if (c->finished || !check(c, sc_driver_poll(c->driver, &w)))
			return false;
	}
	return wait_and_step(c, &w, left);
}

bool
cli_run(struct cli *c, uint64_t timeout_s)
{
	int64_t end = timeout_s == 0 ? INT64_MAX :
	    loop_now() + (int64_t)timeout_s * 1000;
	int64_t left;

	while (!c->finished) {
		left = end == INT64_MAX ? INT64_MAX : end - loop_now();
		if (left <= 0)
			return true;
		loop_turn(c, left);
	}
	return false;
}
