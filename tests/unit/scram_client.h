/* SPDX-License-Identifier: ISC */
/*
 * scram_client: the client's side of SCRAM (RFC 5802, RFC 7677), written from
 * the RFCs, so that the server is not only tested against the library that it
 * is made of.
 */
#ifndef UNIT_SCRAM_CLIENT_H
#define UNIT_SCRAM_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scram_client {
	bool sha1;
	const char *password;		/* as it is: no SASLprep */
	const char *header;		/* GS2: "n,," */
	const char *user;		/* as in the message */
	const char *nonce;
	const void *binding;
	size_t bindinglen;
	/* what was said */
	char first[512], final[1024];
	char signature[64];		/* base64, of the server */
	unsigned iterations;
	char salt[64];			/* base64, as it came */
};

/* The message that begins, in c->first. */
void scram_client_first(struct scram_client *);

/* The answer to the server's, in c->final; false if that is malformed. */
bool scram_client_final(struct scram_client *, const char *server_first);

/* Whether the server has proved that it knows the password, too. */
bool scram_proved(const struct scram_client *, const char *server_final);

/*
 * The server's side: takes the client's messages apart from the first on, with
 * the same password, and writes the end of the exchange to OUT (96 bytes).
 * False: the client has not proved that it knows the password.
 */
bool scram_judge(bool sha1, const char *password, const char *client_first,
    const char *server_first, const char *client_final, char *out);

/* The keys that a server keeps, of either hash. */
void scram_keys(bool sha1, const char *password, const void *salt,
    size_t saltlen, unsigned iterations, uint8_t *client, uint8_t *stored,
    uint8_t *server);

#endif
