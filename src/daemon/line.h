/* SPDX-License-Identifier: ISC */
/*
 * line: messages between the parent and its worker, with descriptors.
 *
 * A message is a head of eight bytes (length of the body, type, number of
 * descriptors, each checked before anything is allocated), the body, which is a
 * row of fields with their lengths before them, and the descriptors, which
 * travel with the head (SCM_RIGHTS).  doc/architecture.md says who asks what.
 */
#ifndef DAEMON_LINE_H
#define DAEMON_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "src/common/buf.h"

enum { LINE_FDS = 16, LINE_FIELDS = 12, LINE_BYTES = 4 << 20 };

enum line_type {
	/* from the parent */
	LINE_START = 1,		/* handover.c; descriptors */
	LINE_DONE,
	LINE_REFUSED,		/* a sentence */
	LINE_TEXTS,		/* file, configuration, certificate, key;
				 * perhaps the log */
	LINE_LOG,		/* the log */
	/* from the worker; those with a question mark are answered */
	LINE_READY,		/* ? clients are served */
	LINE_FAILED,		/* a sentence: it does not start */
	LINE_READ,		/* ? the texts as they are now */
	LINE_READ_ALL,		/* ? and the log that they name */
	LINE_ACCEPTED,		/* what was read last is in use */
	LINE_REOPEN,		/* ? the log's file again */
	LINE_SHUT,		/* ? no more clients: close the listeners */
	LINE_RESTART,		/* ? its end is to be a beginning */
	LINE_ENDING,		/* ? a clean end comes: remove the files */
	LINE_NOTIFY,		/* a state for the service manager */
	LINE_JOURNAL,		/* level, unit, event, fields */
	LINE_TYPES
};

struct line_message {
	enum line_type type;
	struct slice fields[LINE_FIELDS];	/* in `body' */
	size_t nfields;
	int fds[LINE_FDS];
	size_t nfds;
	uint8_t *body;
	size_t len;
};

/* How long one end waits for the other in the middle of something. */
enum { LINE_PATIENCE_MS = 20000 };

/* Two ends, close-on-exec, that never block.  0 or -1. */
int line_pair(int ends[2]);

/* Sends a message; what it has stays the caller's.  0, or -1: the other end is
 * gone. */
int line_send(int fd, enum line_type, const struct slice *fields,
    size_t nfields, const int *fds, size_t nfds);

/* One with a text, which may be "". */
int line_say(int fd, enum line_type, const char *text);

/*
 * Waits for the next message.  1; 0: the other end is closed; -1: it sent what
 * is no message, or was too slow.  After 1 line_drop is due.
 */
int line_receive(int fd, struct line_message *);

/* Overwrites and frees the body, and closes the descriptors that were not
 * taken. */
void line_drop(struct line_message *);

/* The descriptor I, which is the caller's now; -1: there is none. */
int line_take_fd(struct line_message *, size_t i);

/* The field I as a string, cut to SIZE.  Returns OUT. */
char *line_text(const struct line_message *, size_t i, char *out, size_t size);

#endif
