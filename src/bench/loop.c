/* SPDX-License-Identifier: ISC */
#include "src/bench/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 256, SECOND = 1000000000 };

struct loop {
	int epoll, timer;
	int64_t armed;		/* when the timer rings; INT64_MAX: never */
};

int64_t
loop_clock(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

struct loop *
loop_create(void)
{
	struct epoll_event e = {.events = EPOLLIN};
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->armed = INT64_MAX;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (l->epoll >= 0 && l->timer >= 0 &&
	    epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->timer, &e) == 0)
		return l;
	loop_destroy(l);
	return NULL;
}

void
loop_destroy(struct loop *l)
{
	if (l == NULL)
		return;
	if (l->epoll >= 0)
		close(l->epoll);
	if (l->timer >= 0)
		close(l->timer);
	free(l);
}

static int
control(struct loop *l, int op, int fd, struct epoll_event *e)
{
	return epoll_ctl(l->epoll, op, fd, e) == 0 ? 0 : errno;
}

int
loop_watch(struct loop *l, struct watch *w, int fd, bool readable,
    bool writable)
{
	struct epoll_event e = {.data.ptr = w};
	int rc;

	e.events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u);
	if (w->set && fd == w->fd && e.events == w->events)
		return 0;
	if (w->set && fd != w->fd)	/* fails if it is closed: as well */
		(void)control(l, EPOLL_CTL_DEL, w->fd, &e);
	w->set = fd >= 0;
	w->fd = fd;
	w->events = e.events;
	if (fd < 0)
		return 0;
	rc = control(l, EPOLL_CTL_MOD, fd, &e);
	if (rc == ENOENT)
		rc = control(l, EPOLL_CTL_ADD, fd, &e);
	return rc;
}

static void
arm(struct loop *l, int64_t until)
{
	struct itimerspec t = {{0}, {0}};

	if (until == l->armed)
		return;
	l->armed = until;
	if (until != INT64_MAX) {
		t.it_value.tv_sec = until / SECOND;
		t.it_value.tv_nsec = until % SECOND;
	}
	(void)timerfd_settime(l->timer, TFD_TIMER_ABSTIME, &t, NULL);
}

void
loop_turn(struct loop *l, int64_t until)
{
	struct epoll_event e[BATCH];
	bool now = until <= loop_clock();
	uint64_t rings;
	int n;

	if (!now)
		arm(l, until);
	n = epoll_wait(l->epoll, e, BATCH, now ? 0 : -1);
	for (int i = 0; i < n; i++) {
		struct watch *w = e[i].data.ptr;
		bool broken = (e[i].events & (EPOLLERR | EPOLLHUP)) != 0;

		if (w == NULL) {
			(void)!read(l->timer, &rings, sizeof(rings));
			l->armed = INT64_MAX;
			continue;
		}
		w->ready(w, broken || (e[i].events & EPOLLIN) != 0,
		    broken || (e[i].events & EPOLLOUT) != 0);
	}
}
