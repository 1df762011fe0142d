/* SPDX-License-Identifier: ISC */
/*
 * trace: shows an operator what the sessions of a user say and are told, as
 * XML.  Secrets are never shown, what people write only if that is asked for:
 * in place of an attribute `data' or of a payload stands how many bytes it
 * has, as data-bytes.uint or payload-bytes.uint.
 *
 * Costs one test per stanza while nobody traces.
 */
#ifndef SERVER_TRACE_H
#define SERVER_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "src/common/slice.h"

struct buf;
struct deflate;
struct elem;
struct session;
struct worker;

/* What io.trace gets; borrowed. */
struct trace_event {
	void *trace;		/* of worker_trace */
	uint64_t session;
	uint32_t device;
	bool out;		/* from the server to the client */
	struct slice xml;
};

/* Begins to call io.trace for the stanzas of USER's sessions; TRACE names this
 * one among several. */
void worker_trace(struct worker *, void *trace, uint64_t user, bool bodies);

/* Ends it: io.trace is not called with TRACE any more. */
void worker_trace_end(struct worker *, void *trace);

/* ---- inside src/server ---- */

/* S is logged in: is somebody looking? */
void trace_session(struct session *);

/* S->traced is set. */
void trace_stanza(struct session *, const struct elem *, bool out);

/* Ends all. */
void trace_fini(struct worker *);

/* Appends E as XML without its secrets, and, unless BODIES, without what
 * people have written.  What cannot be printed is shown by its name only. */
void trace_print(struct deflate *, const struct elem *e, bool bodies,
    struct buf *out);

#endif
