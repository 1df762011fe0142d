/* SPDX-License-Identifier: ISC */
/*
 * removal: accounts go in pieces (account_erase), each a job of the scribe, so
 * that others have their turn between them.  Main thread.
 */
#ifndef DAEMON_REMOVAL_H
#define DAEMON_REMOVAL_H

struct daemon;

/* Goes on with removals that were cut off when the server ended. */
void removal_resume(struct daemon *);

#endif
