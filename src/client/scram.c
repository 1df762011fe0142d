/* SPDX-License-Identifier: ISC */
#include "src/client/scram.h"

#include <gsasl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"
#include "src/common/wipe.h"

/*
 * Fewer rounds than RFC 7677 allows would make the password easy to guess for
 * whoever has the proof; with very many a server could keep the client busy.
 */
enum {
	ROUNDS_MIN = 4096,
	ROUNDS_MAX = 10000000,
	KEY = 32,
	KEY_TEXT = 45,		/* base64, and its end */
	NONCE = 24,
	MESSAGE_MAX = 4096
};

struct scram {
	char *password;		/* prepared */
	struct buf bind;	/* the GS2 header, and the binding */
	size_t header;		/* bytes of the first */
	struct buf bare;	/* client-first-message-bare */
	struct buf nonce;	/* ours */
	char proof[KEY_TEXT];	/* what the server must say; "" before */
};

/* ---- text ------------------------------------------------------------ */

static void
put_base64(struct buf *out, const uint8_t *p, size_t n)
{
	uint8_t *to = buf_room(out, (n + 2) / 3 * 4 + 1);

	if (to != NULL)
		buf_added(out, (size_t)EVP_EncodeBlock(to, p, (int)n));
}

/* A name with "," and "=" in disguise. */
static void
put_name(struct buf *out, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == ',')
			buf_put_str(out, "=2C");
		else if (*name == '=')
			buf_put_str(out, "=3D");
		else
			buf_put_u8(out, (uint8_t)*name);
	}
}

/* Takes "NAME=value" and the "," after it off the front of IN. */
static bool
take_attr(struct slice *in, char name, struct slice *value)
{
	const uint8_t *end;

	if (in->len < 2 || in->p[0] != (uint8_t)name || in->p[1] != '=')
		return false;
	*value = slice_of(in->p + 2, in->len - 2);
	end = memchr(value->p, ',', value->len);
	if (end != NULL)
		value->len = (size_t)(end - value->p);
	in->p += 2 + value->len;
	in->len -= 2 + value->len;
	if (end != NULL) {
		in->p++;
		in->len--;
	}
	return value->len > 0 && memchr(value->p, '\0', value->len) == NULL;
}

static void
free_secret(char *s)
{
	if (s != NULL)
		wipe(s, strlen(s));
	gsasl_free(s);
}

/* ---- life ------------------------------------------------------------ */

/* By SASLprep; SC_EBADREQUEST if there is nothing left. */
static int
prepare(const char *text, char **out)
{
	int rc = gsasl_saslprep(text, GSASL_ALLOW_UNASSIGNED, out, NULL);

	if (rc == GSASL_MALLOC_ERROR)
		return SC_ENOMEM;
	return rc == GSASL_OK && **out != '\0' ? 0 : SC_EBADREQUEST;
}

static void
put_header(struct scram *c, enum scram_bind bind, struct slice binding)
{
	static const char *const headers[] = {"n,,", "y,,",
	    "p=tls-exporter,,"};

	buf_put_str(&c->bind, headers[bind]);
	c->header = c->bind.len;
	if (bind == SCRAM_BIND)
		buf_put_slice(&c->bind, binding);
}

static int
make_nonce(struct scram *c, const char *given)
{
	uint8_t bytes[NONCE];

	if (given != NULL) {
		buf_put_str(&c->nonce, given);
		return 0;
	}
	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return SC_EINTERNAL;
	put_base64(&c->nonce, bytes, sizeof(bytes));
	return 0;
}

static int
begin(struct scram *c, const char *user, const char *password)
{
	char *name = NULL;
	int rc = prepare(user, &name);

	if (rc == 0)
		rc = prepare(password, &c->password);
	if (rc == 0) {
		buf_put_str(&c->bare, "n=");
		put_name(&c->bare, name);
		buf_put_str(&c->bare, ",r=");
		buf_put_slice(&c->bare, buf_slice(&c->nonce));
	}
	gsasl_free(name);
	if (rc == 0 && (buf_failed(&c->bare) || buf_failed(&c->bind) ||
	    buf_failed(&c->nonce)))
		rc = SC_ENOMEM;
	return rc;
}

int
scram_create(const char *user, const char *password, enum scram_bind bind,
    struct slice binding, const char *nonce, struct scram **out)
{
	struct scram *c = calloc(1, sizeof(*c));
	int rc;

	*out = NULL;
	if (c == NULL)
		return SC_ENOMEM;
	buf_init(&c->bind, 0);
	buf_init(&c->bare, 0);
	buf_init(&c->nonce, 0);
	put_header(c, bind, binding);
	rc = make_nonce(c, nonce);
	if (rc == 0)
		rc = begin(c, user, password);
	if (rc == 0)
		*out = c;
	else
		scram_destroy(c);
	return rc;
}

void
scram_destroy(struct scram *c)
{
	if (c == NULL)
		return;
	free_secret(c->password);
	buf_wipe(&c->bind);
	buf_fini(&c->bare);
	buf_fini(&c->nonce);
	free(c);
}

/* ---- messages -------------------------------------------------------- */

void
scram_first(const struct scram *c, struct buf *out)
{
	buf_put(out, c->bind.p + c->bind.off, c->header);
	buf_put_slice(out, buf_slice(&c->bare));
}

struct challenge {
	struct slice nonce;	/* both */
	char *salt;
	size_t saltlen;
	int rounds;
};

static int
take_rounds(struct slice text, int *rounds)
{
	uint64_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return SC_EMALFORMED;
		if (n <= ROUNDS_MAX)
			n = n * 10 + (uint64_t)(text.p[i] - '0');
	}
	*rounds = (int)n;
	return n >= ROUNDS_MIN && n <= ROUNDS_MAX ? 0 : SC_ENOTACCEPTABLE;
}

/* r=NONCE,s=SALT,i=ROUNDS and what we do not know. */
static int
take_challenge(const struct scram *c, struct slice in, struct challenge *ch)
{
	struct slice salt, rounds, ours = buf_slice(&c->nonce);

	if (!take_attr(&in, 'r', &ch->nonce) || !take_attr(&in, 's', &salt) ||
	    !take_attr(&in, 'i', &rounds))
		return SC_EMALFORMED;
	if (ch->nonce.len <= ours.len || !slice_has_prefix(ch->nonce, ours))
		return SC_ENOTAUTHORIZED;
	if (gsasl_base64_from((const char *)salt.p, salt.len, &ch->salt,
	    &ch->saltlen) != GSASL_OK || ch->saltlen == 0)
		return SC_EMALFORMED;
	return take_rounds(rounds, &ch->rounds);
}

/* HMAC-SHA-256 of the whole exchange. */
static bool
sign(const char key[KEY], struct slice message, uint8_t out[KEY])
{
	return HMAC(EVP_sha256(), key, KEY, message.p, message.len, out,
	    NULL) != NULL;
}

/* What shows the server that we know the password, and what must show us that
 * it does. */
static int
prove(struct scram *c, const struct challenge *ch, struct slice message,
    uint8_t proof[KEY])
{
	char salted[KEY], client[KEY], server[KEY], stored[KEY];
	uint8_t signature[KEY];
	bool ok;

	ok = PKCS5_PBKDF2_HMAC(c->password, (int)strlen(c->password),
	    (const unsigned char *)ch->salt, (int)ch->saltlen, ch->rounds,
	    EVP_sha256(), KEY, (unsigned char *)salted) == 1 &&
	    gsasl_scram_secrets_from_salted_password(GSASL_HASH_SHA256,
	    salted, client, server, stored) == GSASL_OK &&
	    sign(server, message, signature);
	if (ok)
		EVP_EncodeBlock((uint8_t *)c->proof, signature, KEY);
	ok = ok && sign(stored, message, signature);
	for (int i = 0; i < KEY; i++)
		proof[i] = (uint8_t)client[i] ^ signature[i];
	wipe(salted, sizeof(salted));
	wipe(client, sizeof(client));
	wipe(server, sizeof(server));
	wipe(stored, sizeof(stored));
	return ok ? 0 : SC_ENOMEM;
}

/* The answer without its proof, and the text that both sides sign. */
static void
put_texts(const struct scram *c, const struct challenge *ch,
    struct slice said, struct buf *out, struct buf *message)
{
	buf_put_str(out, "c=");
	put_base64(out, c->bind.p + c->bind.off, c->bind.len);
	buf_put_str(out, ",r=");
	buf_put_slice(out, ch->nonce);
	buf_put_slice(message, buf_slice(&c->bare));
	buf_put_u8(message, ',');
	buf_put_slice(message, said);
	buf_put_u8(message, ',');
	buf_put_slice(message, buf_slice(out));
}

int
scram_answer(struct scram *c, struct slice said, struct buf *out)
{
	struct challenge ch = {.salt = NULL};
	uint8_t proof[KEY] = {0};
	struct buf message;
	int rc = take_challenge(c, said, &ch);

	buf_init(&message, 2 * MESSAGE_MAX);
	if (rc == 0) {
		put_texts(c, &ch, said, out, &message);
		rc = buf_failed(&message) || buf_failed(out) ? SC_ENOMEM
		    : prove(c, &ch, buf_slice(&message), proof);
	}
	if (rc == 0) {
		buf_put_str(out, ",p=");
		put_base64(out, proof, sizeof(proof));
		rc = buf_failed(out) ? SC_ENOMEM : 0;
	}
	buf_fini(&message);
	gsasl_free(ch.salt);
	return rc;
}

int
scram_verify(const struct scram *c, struct slice final)
{
	struct slice proof;

	if (!take_attr(&final, 'v', &proof))
		return SC_EMALFORMED;
	return c->proof[0] != '\0' && proof.len == strlen(c->proof) &&
	    equal_secret(proof.p, c->proof, proof.len) ? 0
						       : SC_ENOTAUTHORIZED;
}
