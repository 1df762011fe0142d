/* SPDX-License-Identifier: ISC */
#include "tests/unit/scram_client.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

enum { KEY_MAX = 32 };

static const EVP_MD *
hash_of(bool sha1)
{
	return sha1 ? EVP_sha1() : EVP_sha256();
}

static void
hmac(bool sha1, const uint8_t *key, const char *text, uint8_t *out)
{
	unsigned n;

	(void)HMAC(hash_of(sha1), key, EVP_MD_get_size(hash_of(sha1)),
	    (const uint8_t *)text, strlen(text), out, &n);
}

static void
base64(const void *p, size_t n, char *out)
{
	(void)EVP_EncodeBlock((uint8_t *)out, p, (int)n);
}

/* The bytes of TEXT (LEN characters), or -1. */
static int
unbase64(const char *text, size_t len, uint8_t *out)
{
	int n = EVP_DecodeBlock(out, (const uint8_t *)text, (int)len);

	for (; n > 0 && len > 0 && text[len - 1] == '='; len--)
		n--;
	return n;
}

void
scram_keys(bool sha1, const char *password, const void *salt, size_t saltlen,
    unsigned iterations, uint8_t *client, uint8_t *stored, uint8_t *server)
{
	int size = EVP_MD_get_size(hash_of(sha1));
	uint8_t salted[KEY_MAX];

	(void)PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt,
	    (int)saltlen, (int)iterations, hash_of(sha1), size, salted);
	hmac(sha1, salted, "Client Key", client);
	hmac(sha1, salted, "Server Key", server);
	(void)EVP_Digest(client, (size_t)size, stored, NULL, hash_of(sha1),
	    NULL);
}

void
scram_client_first(struct scram_client *c)
{
	(void)snprintf(c->first, sizeof(c->first), "%sn=%s,r=%s", c->header,
	    c->user, c->nonce);
}

/* r=NONCE,s=SALT,i=COUNT; *NONCE is not ended. */
static bool
take_apart(struct scram_client *c, const char *said, const char **nonce,
    size_t *noncelen)
{
	const char *s = strstr(said, ",s="), *i = strstr(said, ",i=");

	if (strncmp(said, "r=", 2) != 0 || s == NULL || i == NULL || i < s ||
	    (size_t)(i - s) - 3 >= sizeof(c->salt))
		return false;
	*nonce = said + 2;
	*noncelen = (size_t)(s - *nonce);
	memcpy(c->salt, s + 3, (size_t)(i - s) - 3);
	c->salt[i - s - 3] = '\0';
	return sscanf(i, ",i=%u", &c->iterations) == 1 &&
	    *noncelen > strlen(c->nonce) &&
	    strncmp(*nonce, c->nonce, strlen(c->nonce)) == 0;
}

/* c=: the header and the binding. */
static void
put_binding(const struct scram_client *c, char *out)
{
	uint8_t bytes[256];
	size_t n = strlen(c->header);

	memcpy(bytes, c->header, n);
	if (c->bindinglen > 0)
		memcpy(bytes + n, c->binding, c->bindinglen);
	base64(bytes, n + c->bindinglen, out);
}

static void
prove(struct scram_client *c, const char *message, char *proof)
{
	uint8_t client[KEY_MAX], stored[KEY_MAX], server[KEY_MAX],
	    signature[KEY_MAX], salt[64];
	size_t size = (size_t)EVP_MD_get_size(hash_of(c->sha1));
	int n = unbase64(c->salt, strlen(c->salt), salt);

	scram_keys(c->sha1, c->password, salt, n < 0 ? 0 : (size_t)n,
	    c->iterations, client, stored, server);
	hmac(c->sha1, stored, message, signature);
	for (size_t i = 0; i < size; i++)
		client[i] ^= signature[i];
	base64(client, size, proof);
	hmac(c->sha1, server, message, signature);
	base64(signature, size, c->signature);
}

bool
scram_client_final(struct scram_client *c, const char *said)
{
	char bare[800], message[2400], binding[400], proof[64];
	const char *nonce;
	size_t noncelen;

	if (!take_apart(c, said, &nonce, &noncelen))
		return false;
	put_binding(c, binding);
	(void)snprintf(bare, sizeof(bare), "c=%s,r=%.*s", binding,
	    (int)noncelen, nonce);
	(void)snprintf(message, sizeof(message), "n=%s,r=%s,%s,%s", c->user,
	    c->nonce, said, bare);
	prove(c, message, proof);
	(void)snprintf(c->final, sizeof(c->final), "%s,p=%s", bare, proof);
	return true;
}

bool
scram_proved(const struct scram_client *c, const char *said)
{
	return strncmp(said, "v=", 2) == 0 &&
	    strcmp(said + 2, c->signature) == 0;
}

bool
scram_judge(bool sha1, const char *password, const char *first,
    const char *said, const char *final, char *out)
{
	struct scram_client c = {.sha1 = sha1, .password = password,
	    .header = "", .user = "", .nonce = ""};
	const char *bare = strchr(first, ','), *nonce,
	    *p = strstr(final, ",p=");
	char message[2400], proof[64];
	size_t noncelen;

	if (bare == NULL || (bare = strchr(bare + 1, ',')) == NULL ||
	    p == NULL || !take_apart(&c, said, &nonce, &noncelen))
		return false;
	(void)snprintf(message, sizeof(message), "%s,%s,%.*s", bare + 1, said,
	    (int)(p - final), final);
	prove(&c, message, proof);
	(void)snprintf(out, 96, "v=%s", c.signature);
	return strcmp(p + 3, proof) == 0;
}
