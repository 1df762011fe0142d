/* SPDX-License-Identifier: ISC */
#include "src/daemon/password.h"

#include <gsasl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"
#include "src/common/wipe.h"

enum { KEY_MAX = CREDENTIAL_SHA256 };

/* ---- keys ------------------------------------------------------------ */

/* The keys of one hash.  OpenSSL's PBKDF2 is four times as fast as the one of
 * GNU SASL.  0 or SC_EINTERNAL. */
static int
derive_keys(Gsasl_hash hash, const char *prepared, const struct credential *c,
    uint8_t *stored, uint8_t *server)
{
	const EVP_MD *md = hash == GSASL_HASH_SHA1 ? EVP_sha1() : EVP_sha256();
	char salted[KEY_MAX], client[KEY_MAX];
	int rc = GSASL_CRYPTO_ERROR;

	if (PKCS5_PBKDF2_HMAC(prepared, (int)strlen(prepared), c->salt,
	    sizeof(c->salt), (int)c->iterations, md, EVP_MD_get_size(md),
	    (unsigned char *)salted) == 1)
		rc = gsasl_scram_secrets_from_salted_password(hash, salted,
		    client, (char *)server, (char *)stored);
	wipe(salted, sizeof(salted));
	wipe(client, sizeof(client));
	return rc == GSASL_OK ? 0 : SC_EINTERNAL;
}

static void
free_secret(char *s)
{
	if (s != NULL)
		wipe(s, strlen(s));
	free(s);
}

/* SASLprep leaves these as they are. */
static bool
is_plain(const char *s)
{
	while (*s >= 0x20 && *s < 0x7f)
		s++;
	return *s == '\0';
}

/* By SASLprep.  GNU SASL frees its copies as they are, so it gets nothing that
 * it would leave alone. */
static int
prepare(const char *password, Gsasl_saslprep_flags flags, char **out)
{
	if (!is_plain(password))
		return gsasl_saslprep(password, flags, out, NULL);
	*out = strdup(password);
	return *out == NULL ? GSASL_MALLOC_ERROR : GSASL_OK;
}

int
password_derive(const char *password, uint32_t iterations,
    struct credential *c)
{
	char *prepared = NULL;
	int rc;

	memset(c, 0, sizeof(*c));
	c->iterations = iterations;
	if (prepare(password, 0, &prepared) != GSASL_OK)
		return SC_EBADREQUEST;
	if (*prepared == '\0')
		rc = SC_EBADREQUEST;
	else if (RAND_bytes(c->salt, sizeof(c->salt)) != 1)
		rc = SC_EINTERNAL;
	else
		rc = derive_keys(GSASL_HASH_SHA256, prepared, c,
		    c->stored_sha256, c->server_sha256);
	if (rc == 0)
		rc = derive_keys(GSASL_HASH_SHA1, prepared, c, c->stored_sha1,
		    c->server_sha1);
	free_secret(prepared);
	return rc;
}

int
password_check(const struct credential *c, const char *password)
{
	uint8_t stored[CREDENTIAL_SHA256], server[CREDENTIAL_SHA256];
	char *prepared = NULL;
	bool valid, equal;
	int rc;

	valid = prepare(password, GSASL_ALLOW_UNASSIGNED, &prepared) ==
	    GSASL_OK && *prepared != '\0';
	rc = derive_keys(GSASL_HASH_SHA256, prepared == NULL ? "" : prepared,
	    c, stored, server);
	equal = rc == 0 &&
	    equal_secret(stored, c->stored_sha256, sizeof(stored));
	free_secret(prepared);
	wipe(stored, sizeof(stored));
	wipe(server, sizeof(server));
	if (rc == 0 && !(equal && valid))
		rc = SC_ENOTAUTHORIZED;
	return rc;
}

/* ---- who does not exist ---------------------------------------------- */

/* The first N bytes of an HMAC.  No token is made of such a text. */
static bool
fake_bytes(const uint8_t key[32], const char *what, const char *name,
    uint8_t *out, size_t n)
{
	char text[USER_NAME_MAX + 64];
	uint8_t mac[EVP_MAX_MD_SIZE];
	int len = snprintf(text, sizeof(text), "%s of no user, named: %s",
	    what, name);

	if (len < 0 || (size_t)len >= sizeof(text) ||
	    HMAC(EVP_sha256(), key, 32, (const uint8_t *)text, (size_t)len,
	    mac, NULL) == NULL)
		return false;
	memcpy(out, mac, n);
	return true;
}

int
password_fake(const uint8_t key[32], const char *name, uint32_t iterations,
    struct credential *c)
{
	memset(c, 0, sizeof(*c));
	c->iterations = iterations;
	return fake_bytes(key, "salt", name, c->salt, sizeof(c->salt)) &&
	    fake_bytes(key, "stored key", name, c->stored_sha256,
	    sizeof(c->stored_sha256)) &&
	    fake_bytes(key, "server key", name, c->server_sha256,
	    sizeof(c->server_sha256)) &&
	    fake_bytes(key, "stored key 1", name, c->stored_sha1,
	    sizeof(c->stored_sha1)) &&
	    fake_bytes(key, "server key 1", name, c->server_sha1,
	    sizeof(c->server_sha1)) ? 0 : SC_EINTERNAL;
}
