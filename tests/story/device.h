/* SPDX-License-Identifier: ISC */
/*
 * device: one device of a person: engine, connection, an application that keeps
 * a book, and what has become of all it has asked for.
 */
#ifndef STORY_DEVICE_H
#define STORY_DEVICE_H

#include "src/common/arena.h"
#include "tests/crash/memory.h"
#include "tests/story/book.h"

struct deflate;

/* What became of request N: outcomes[N]. */
struct outcome {
	bool asked, settled;
	int code;
	uint64_t chat, seq;
	char why[160];
	char token[64];		/* of an invitation */
	bool waits;		/* an admin has to decide */
	char *text;		/* of a message: its XML, as it was sent */
};

/* A question, of which there is one at a time. */
struct question {
	uint64_t id;		/* 0: none */
	bool ended;
	int code;
	unsigned items;
	void (*item)(void *arg, const struct sc_event *);
	void *arg;
};

struct shown {
	char name[32];
	enum sc_show show;
};

struct device {
	char user[32], name[32];
	const char *ca;
	struct deflate *deflate;	/* borrowed: to read payloads */
	struct arena arena;
	struct memory memory;
	struct sc_client *client;	/* NULL: it is off */
	struct sc_driver *driver;
	bool plain;			/* it deflates nothing */
	bool synced;			/* since it logged in last */
	bool over;			/* the login was refused, or a bye */
	char why[200];			/* that */
	unsigned logins;
	uint64_t given, given_by_sync;	/* entries since it logged in last */
	uint64_t events;		/* that it was told */
	struct book book;
	struct outcome *outcomes;
	size_t noutcomes;
	struct question question;
	/* who is shown how, and who typed last and where */
	struct shown *shown;
	size_t nshown;
	uint64_t typist, typed_in;
	unsigned signals;
	unsigned news;			/* SC_EVENT_REQUEST without an id */
};

void device_init(struct device *, const char *user, const char *name,
    const char *ca, struct deflate *);
void device_fini(struct device *);

/* The application starts and connects to PORT: with the CODE of another device,
 * or, NULL, with the password.  It forgets nothing. */
void device_on(struct device *, uint16_t port, const char *code);
/* It ends without a word. */
void device_off(struct device *);
/* The connection breaks; the next one is to PORT. */
void device_move(struct device *, uint16_t port);

/* The outcome of N; it is asked for from here on. */
struct outcome *device_outcome(struct device *, uint64_t n);

/* How a user is shown to this one; SC_SHOW_OFFLINE if nothing was said. */
enum sc_show device_sees(const struct device *, const char *name);

#endif
