/* SPDX-License-Identifier: ISC */
#include "src/daemon/handoff.h"

#include <stdlib.h>
#include <string.h>

#include "src/common/wipe.h"
#include "src/daemon/tls.h"

struct secret {
	uint8_t p[RECORD_SECRET];
	size_t len;		/* 0: not known yet */
};

/* Of a handshake under way: the app data of its SSL. */
struct secrets {
	struct secret client, server;
	bool flown;	/* the server's was known before the last step */
};

/* ---- hearing of them ------------------------------------------------- */

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal digits to the end of TEXT. */
static void
read_secret(struct secret *s, const char *text)
{
	size_t len = strlen(text) / 2;

	s->len = 0;
	if (len > sizeof(s->p))
		return;
	for (size_t i = 0; i < len; i++) {
		int a = nibble(text[2 * i]), b = nibble(text[2 * i + 1]);

		if (a < 0 || b < 0)
			return;
		s->p[i] = (uint8_t)(a << 4 | b);
	}
	s->len = len;
}

/* A line of the format of NSS: LABEL RANDOM SECRET. */
static void
hear(const SSL *ssl, const char *line)
{
	static const char client[] = "CLIENT_TRAFFIC_SECRET_0 ";
	static const char server[] = "SERVER_TRAFFIC_SECRET_0 ";
	struct secrets *s = SSL_get_app_data(ssl);
	const char *last = strrchr(line, ' ');

	if (s == NULL || last == NULL)
		return;
	if (strncmp(line, client, sizeof(client) - 1) == 0)
		read_secret(&s->client, last + 1);
	else if (strncmp(line, server, sizeof(server) - 1) == 0)
		read_secret(&s->server, last + 1);
}

void
handoff_prepare(SSL_CTX *ctx)
{
	SSL_CTX_set_keylog_callback(ctx, hear);
}

int
handoff_begin(SSL *ssl)
{
	struct secrets *s;

	if (SSL_CTX_get_keylog_callback(SSL_get_SSL_CTX(ssl)) != hear)
		return 0;
	s = calloc(1, sizeof(*s));
	if (s == NULL || SSL_set_app_data(ssl, s) != 1) {
		free(s);
		return -1;
	}
	return 0;
}

void
handoff_end(SSL *ssl)
{
	struct secrets *s = SSL_get_app_data(ssl);

	if (s == NULL)
		return;
	(void)SSL_set_app_data(ssl, NULL);
	wipe(s, sizeof(*s));
	free(s);
}

void
handoff_step(SSL *ssl)
{
	struct secrets *s = SSL_get_app_data(ssl);

	if (s != NULL)
		s->flown = s->server.len > 0;
}

/* ---- taking over ----------------------------------------------------- */

/* How many records BYTES are; false: not just records, or of another type. */
static bool
count_records(struct slice bytes, uint64_t *n)
{
	enum record_alert alert;
	size_t len;

	for (*n = 0; bytes.len > 0; (*n)++) {
		len = record_length(bytes.p, bytes.len, &alert);
		if (len == 0 || len > bytes.len)
			return false;
		bytes = slice_of(bytes.p + len, bytes.len - len);
	}
	return true;
}

/* Whether nothing of the connection is known to OpenSSL alone.  A length of
 * fragments that was agreed on would bind our records, too. */
static bool
is_free(const SSL *ssl)
{
	const SSL_SESSION *session = SSL_get_session(ssl);

	return SSL_version(ssl) == TLS1_3_VERSION && !SSL_has_pending(ssl) &&
	    session != NULL && SSL_SESSION_get_max_fragment_length(session) ==
	    TLSEXT_max_fragment_length_DISABLED;
}

bool
handoff_make(SSL *ssl, struct slice last, struct handoff *h)
{
	const struct secrets *s = SSL_get_app_data(ssl);
	const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);

	if (s == NULL || cipher == NULL || !is_free(ssl))
		return false;
	memset(h, 0, sizeof(*h));
	h->suite = record_suite_find(SSL_CIPHER_get_protocol_id(cipher));
	/*
	 * The client's secret is in use from its next record on.  Ours has
	 * been since the end of our flight; if that was an earlier step, what
	 * this one has made is all there is under it: the tickets.
	 */
	if (h->suite == NULL || !s->flown ||
	    s->client.len != h->suite->secret ||
	    s->server.len != h->suite->secret ||
	    !count_records(last, &h->out_seq) ||
	    !tls_export_binding(ssl, h->binding))
		return false;
	memcpy(h->in, s->client.p, s->client.len);
	memcpy(h->out, s->server.p, s->server.len);
	return true;
}
