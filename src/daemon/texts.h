/* SPDX-License-Identifier: ISC */
/*
 * texts: what a server is made from: the configuration file, the certificate
 * and the key, as text, so that it can be given to a process that may not open
 * files.
 */
#ifndef DAEMON_TEXTS_H
#define DAEMON_TEXTS_H

#include <stddef.h>

#include "src/common/buf.h"

struct config;

struct texts {
	char *file;		/* the name of the configuration file */
	struct buf conf;
	struct buf certificate, key;	/* PEM */
};

void texts_init(struct texts *);

/* Overwrites and frees all of it. */
void texts_fini(struct texts *);

/* Reads FILE, the configuration.  0, or -1 with a line for the operator in WHY;
 * then there is nothing. */
int texts_read_file(struct texts *, const char *file, char *why,
    size_t whylen);

/* The certificate and the key that CONF names.  0, or -1 and WHY. */
int texts_read_named(struct texts *, const struct config *conf, char *why,
    size_t whylen);

/* Both, with the configuration in CONF, without modules (config.h).  0, or -1
 * and WHY, and there is neither. */
int texts_read(struct texts *, struct config *conf, const char *file,
    char *why, size_t whylen);

/* Those of a message whose first fields they are (line.h). */
struct line_message;
void texts_take(struct texts *, const struct line_message *);

/* A copy, in one that has nothing. */
void texts_copy(struct texts *, const struct texts *);

#endif
