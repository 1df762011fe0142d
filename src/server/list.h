/* SPDX-License-Identifier: ISC */
/*
 * list: requests whose answer is many pages.  One of a session is read at a
 * time, a page at a time, and only while its output has room: a long answer
 * to a slow reader costs one page of memory.  Several take turns.
 */
#ifndef SERVER_LIST_H
#define SERVER_LIST_H

struct request;
struct session;

/* A new request; it is answered if there are too many. */
void list_start_take(struct session *, struct request *);

/* The rest of one that has given a page. */
void list_again_take(struct session *, struct request *);

/* The one that was read is back, and answered. */
void list_done(struct session *);

/* Reads on, if there is room. */
void list_pump(struct session *);

/* The session goes. */
void list_drop(struct session *);

#endif
