/* SPDX-License-Identifier: ISC */
#include "src/daemon/loop.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <uv.h>

#include "src/common/err.h"

struct loop {
	uv_loop_t uv;
	int wake_fd;		/* an eventfd */
	uv_poll_t wake;
	uv_prepare_t prepare;
	struct loop_hooks hooks;
};

/* Each of these is the DATA of its handle, and freed with it. */
struct watch {
	uv_poll_t uv;
	int fd;
	int events;	/* what the handle is set to */
	watch_fn *fn;
	void *arg;
};

struct alarm {
	uv_timer_t uv;
	void (*fn)(void *arg);
	void *arg;
};

struct sig {
	uv_signal_t uv;
	void (*fn)(void *arg, int signo);
	void *arg;
};

/*
 * Not uv_async_t: who is woken by that waits, in a busy loop, for the one who
 * woke it to return from uv_async_send, which he cannot while both want the
 * same core.
 */
static void
on_wake(uv_poll_t *h, int status, int events)
{
	struct loop *l = h->data;
	uint64_t times;

	(void)status;
	(void)events;
	if (read(l->wake_fd, &times, sizeof(times)) == sizeof(times))
		l->hooks.wake(l->hooks.arg);
}

static void
on_prepare(uv_prepare_t *h)
{
	struct loop *l = h->data;

	l->hooks.turn_end(l->hooks.arg);
}

struct loop *
loop_create(const struct loop_hooks *hooks)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->hooks = *hooks;
	if (uv_loop_init(&l->uv) != 0) {
		free(l);
		return NULL;
	}
	l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->wake_fd < 0 || uv_poll_init(&l->uv, &l->wake,
	    l->wake_fd) != 0) {
		if (l->wake_fd >= 0)
			close(l->wake_fd);
		uv_loop_close(&l->uv);
		free(l);
		return NULL;
	}
	l->wake.data = l;
	sc_assert(uv_poll_start(&l->wake, UV_READABLE, on_wake) == 0);
	uv_prepare_init(&l->uv, &l->prepare);
	l->prepare.data = l;
	if (hooks->turn_end != NULL)
		uv_prepare_start(&l->prepare, on_prepare);
	return l;
}

void
loop_run(struct loop *l)
{
	uv_run(&l->uv, UV_RUN_DEFAULT);
}

void
loop_stop(struct loop *l)
{
	uv_stop(&l->uv);
}

static void
free_handle(uv_handle_t *h)
{
	free(h->data);
}

static void
close_handle(uv_handle_t *h, void *arg)
{
	struct loop *l = arg;

	if (uv_is_closing(h))
		return;
	if (h == (uv_handle_t *)&l->wake || h == (uv_handle_t *)&l->prepare)
		uv_close(h, NULL);
	else if (h->type == UV_POLL)
		watch_destroy(h->data);
	else
		uv_close(h, free_handle);
}

void
loop_destroy(struct loop *l)
{
	if (l == NULL)
		return;
	uv_walk(&l->uv, close_handle, l);
	while (uv_loop_alive(&l->uv))
		uv_run(&l->uv, UV_RUN_DEFAULT);
	sc_assert(uv_loop_close(&l->uv) == 0);
	close(l->wake_fd);
	free(l);
}

void
loop_wake(struct loop *l)
{
	const uint64_t once = 1;

	/* it cannot be full */
	(void)!write(l->wake_fd, &once, sizeof(once));
}

static void
on_signal(uv_signal_t *h, int signo)
{
	struct sig *s = h->data;

	s->fn(s->arg, signo);
}

int
loop_signal(struct loop *l, int signo, void (*fn)(void *arg, int signo),
    void *arg)
{
	struct sig *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -1;
	s->fn = fn;
	s->arg = arg;
	if (uv_signal_init(&l->uv, &s->uv) != 0) {
		free(s);
		return -1;
	}
	s->uv.data = s;
	return uv_signal_start(&s->uv, on_signal, signo) == 0 ? 0 : -1;
}

static void
on_poll(uv_poll_t *h, int status, int events)
{
	struct watch *w = h->data;

	if (status < 0) {
		/* libuv stopped the handle: let watch_set start it again. */
		w->events = 0;
		w->fn(w->arg, true, true);
		return;
	}
	w->fn(w->arg, (events & (UV_READABLE | UV_DISCONNECT)) != 0,
	    (events & UV_WRITABLE) != 0);
}

struct watch *
watch_create(struct loop *l, int fd, watch_fn *fn, void *arg)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->fd = fd;
	w->fn = fn;
	w->arg = arg;
	if (uv_poll_init(&l->uv, &w->uv, fd) != 0) {
		free(w);
		return NULL;
	}
	w->uv.data = w;
	return w;
}

static void
set_events(struct watch *w, int events)
{
	if (events == w->events)
		return;
	w->events = events;
	if (events == 0)
		uv_poll_stop(&w->uv);
	else
		sc_assert(uv_poll_start(&w->uv, events, on_poll) == 0);
}

void
watch_set(struct watch *w, bool readable, bool writable)
{
	set_events(w, (readable ? UV_READABLE : 0) |
	    (writable ? UV_WRITABLE : 0));
}

void
watch_set_ending(struct watch *w, bool writable)
{
	set_events(w, UV_DISCONNECT | (writable ? UV_WRITABLE : 0));
}

void
watch_destroy(struct watch *w)
{
	if (w == NULL)
		return;
	uv_poll_stop(&w->uv);
	uv_close((uv_handle_t *)&w->uv, free_handle);
	close(w->fd);
}

static void
on_timer(uv_timer_t *h)
{
	struct alarm *a = h->data;

	a->fn(a->arg);
}

struct alarm *
alarm_create(struct loop *l, void (*fn)(void *arg), void *arg)
{
	struct alarm *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->fn = fn;
	a->arg = arg;
	uv_timer_init(&l->uv, &a->uv);
	a->uv.data = a;
	return a;
}

void
alarm_set(struct alarm *a, int64_t ms)
{
	/* libuv counts from the time at which the turn began. */
	uv_update_time(a->uv.loop);
	uv_timer_start(&a->uv, on_timer, ms < 0 ? 0 : (uint64_t)ms, 0);
}

void
alarm_stop(struct alarm *a)
{
	uv_timer_stop(&a->uv);
}

void
alarm_destroy(struct alarm *a)
{
	if (a == NULL)
		return;
	uv_timer_stop(&a->uv);
	uv_close((uv_handle_t *)&a->uv, free_handle);
}
