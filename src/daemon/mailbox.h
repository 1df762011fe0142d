/* SPDX-License-Identifier: ISC */
/*
 * mailbox: how a thread tells a loop something.  Mail is delivered in the
 * order in which it was posted, on the loop's thread; one wake-up carries
 * whatever has come together.
 */
#ifndef DAEMON_MAILBOX_H
#define DAEMON_MAILBOX_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct mail;

/* What the receiver does with it; OWNER is whose mailbox it is. */
typedef void mail_fn(void *owner, const struct mail *);

struct mail {
	mail_fn *fn;
	void *p;
	uint64_t n;
	int rc;
};

/* Mail that is collected to be posted at once. */
struct mail_list {
	struct mail *v;
	size_t n, cap;
};

void mail_list_add(struct mail_list *, const struct mail *);
void mail_list_fini(struct mail_list *);

struct mailbox {
	pthread_mutex_t lock;
	struct mail_list in;	/* under the lock */
	struct mail_list out;	/* the receiver's */
	struct loop *loop;
};

/* LOOP is woken when mail arrives; its wake hook calls mailbox_deliver. */
void mailbox_init(struct mailbox *, struct loop *);

/* Must be empty. */
void mailbox_fini(struct mailbox *);

/* Any thread.  Posting a list empties it and keeps its memory. */
void mailbox_post(struct mailbox *, const struct mail *);
void mailbox_post_list(struct mailbox *, struct mail_list *);

/* Calls the function of each mail that is there; how many there were. */
size_t mailbox_deliver(struct mailbox *, void *owner);

#endif
