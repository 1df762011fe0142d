/* SPDX-License-Identifier: ISC */
/* A login under way, for login.c (the messages) and login_job.c (the store). */
#ifndef SERVER_LOGIN_PRIV_H
#define SERVER_LOGIN_PRIV_H

#include "src/chat/device.h"
#include "src/server/job_priv.h"
#include "src/server/worker_priv.h"

enum { LOGIN_NAME_MAX = 320, LOGIN_BINDING = 32, LOGIN_TEXT_MAX = 1200 };

/*
 * With a token: one job on the scribe.  By SASL: the steps of the executor's
 * authentication, then the job.  Between the steps the login waits in
 * session->login_waits; else it is on its way, linked to the session.
 */
struct login {
	struct job job;
	struct auth_request auth;
	uint64_t came;			/* of device.h */
	bool token;
	uint32_t device;		/* token: whose it is */
	char name[LOGIN_NAME_MAX];	/* of the user */
	size_t namelen;
	char device_name[DEVICE_NAME_MAX];
	size_t device_namelen;
	uint8_t binding[LOGIN_BINDING];
	uint8_t *data;		/* the client's last */
	size_t datalen;
	/* the result */
	struct device as;
	bool late;		/* a newer session has the device */
	bool renewed;		/* there is a `next' */
	uint64_t high;
	uint8_t next[DEVICE_TOKEN_SIZE];
	char text[LOGIN_TEXT_MAX];
};

/* From the attributes of <auth>; NULL if one is too long. */
struct login *login_create(struct session *, struct slice name,
    const struct elem *auth);

/* Replaces the client's data by a copy; false if it is too long. */
bool login_take_data(struct login *, struct slice data);

/* Makes the session that of the device, by a job; consumes the login. */
void login_finish_take(struct session *, struct login *);

/* <failure> and the end. */
void login_failed(struct session *, int code, const char *text);

/* The same for a result of the store or of the authentication; TEXT may be
 * empty. */
void login_failed_by(struct session *, int rc, const char *text);

#endif
