/* SPDX-License-Identifier: ISC */
/* login: hello, auth, and the jobs that make a session live. */
#ifndef SERVER_LOGIN_H
#define SERVER_LOGIN_H

#include <stdint.h>

struct elem;
struct job;
struct session;

void login_hello(struct session *, const struct elem *);
void login_auth(struct session *, const struct elem *);

/* The executor has checked a password (worker_auth_done). */
void login_checked(struct job *, int rc, uint64_t user);

#endif
