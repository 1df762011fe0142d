/* SPDX-License-Identifier: ISC */
/*
 * login: hello, auth, challenge and response, up to the job that makes a
 * session live.
 */
#ifndef SERVER_LOGIN_H
#define SERVER_LOGIN_H

struct elem;
struct job;
struct session;

void login_hello(struct session *, const struct elem *);
void login_auth(struct session *, const struct elem *);
void login_response(struct session *, const struct elem *);

/* The executor has taken a step (worker_auth_done); consumes the job. */
void login_checked_take(struct job *);

#endif
