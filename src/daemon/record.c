/* SPDX-License-Identifier: ISC */
#include "src/daemon/record.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"
#include "src/common/wipe.h"

enum { SUITES = 3, OPENING = 0, SEALING = 1, LABEL = 64 };

/*
 * AES-GCM: RFC 8446, section 5.5, allows 2^24.5 full records; a power of two
 * below.  With ChaCha20-Poly1305 only the sequence number ends (2^64): a new
 * key long before, because a key that is never changed is a key whose change
 * nobody has tried.
 */
static const struct record_suite suites[SUITES] = {
	{0x1301, "TLS_AES_128_GCM_SHA256", "AES-128-GCM", "SHA2-256", 16, 32,
	    UINT64_C(1) << 24},
	{0x1302, "TLS_AES_256_GCM_SHA384", "AES-256-GCM", "SHA2-384", 32, 48,
	    UINT64_C(1) << 24},
	{0x1303, "TLS_CHACHA20_POLY1305_SHA256", "ChaCha20-Poly1305",
	    "SHA2-256", 32, 32, UINT64_C(1) << 48},
};

const struct record_suite *
record_suite_find(unsigned id)
{
	for (int i = 0; i < SUITES; i++)
		if (suites[i].id == id)
			return &suites[i];
	return NULL;
}

const char *
record_alert_name(unsigned alert)
{
	static const struct {
		unsigned alert;
		const char *name;
	} names[] = {
		{0, "close notify"}, {10, "unexpected message"},
		{20, "bad record mac"}, {22, "record overflow"},
		{40, "handshake failure"}, {42, "bad certificate"},
		{43, "unsupported certificate"}, {44, "certificate revoked"},
		{45, "certificate expired"}, {46, "certificate unknown"},
		{47, "illegal parameter"}, {48, "unknown ca"},
		{49, "access denied"}, {50, "decode error"},
		{51, "decrypt error"}, {70, "protocol version"},
		{71, "insufficient security"}, {80, "internal error"},
		{86, "inappropriate fallback"}, {90, "user canceled"},
		{109, "missing extension"}, {110, "unsupported extension"},
		{112, "unrecognized name"}, {116, "certificate required"},
		{120, "no application protocol"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].alert == alert)
			return names[i].name;
	return "an unknown alert";
}

/* ---- keys ------------------------------------------------------------ */

/*
 * HKDF-Expand-Label (RFC 8446, section 7.1) with an empty context.  What is
 * wanted here is never longer than one hash, so it is the first block of
 * HKDF-Expand, which is one HMAC.
 */
static int
expand(const struct record_keys *k, const char *label, uint8_t *out, size_t n)
{
	static const char prefix[] = "tls13 ";
	uint8_t info[LABEL], digest[EVP_MAX_MD_SIZE];
	size_t len = strlen(label), at = 0, got = 0;
	uint8_t *mac;

	info[at++] = (uint8_t)(n >> 8);
	info[at++] = (uint8_t)n;
	info[at++] = (uint8_t)(sizeof(prefix) - 1 + len);
	memcpy(info + at, prefix, sizeof(prefix) - 1);
	at += sizeof(prefix) - 1;
	memcpy(info + at, label, len);
	at += len;
	info[at++] = 0;		/* no context */
	info[at++] = 1;		/* the first block */
	mac = EVP_Q_mac(NULL, "HMAC", NULL, k->suite->hash, NULL, k->secret,
	    k->suite->secret, info, at, digest, sizeof(digest), &got);
	if (mac == NULL || got < n) {
		ERR_clear_error();
		return -1;
	}
	memcpy(out, digest, n);
	wipe(digest, sizeof(digest));
	return 0;
}

static int
derive(struct record_keys *k)
{
	return expand(k, "key", k->key, k->suite->key) == 0 &&
	    expand(k, "iv", k->iv, RECORD_IV) == 0 ? 0 : -1;
}

int
record_keys_set(struct record_keys *k, const struct record_suite *suite,
    const uint8_t *secret, uint64_t seq)
{
	memset(k, 0, sizeof(*k));
	k->suite = suite;
	k->seq = seq;
	memcpy(k->secret, secret, suite->secret);
	return derive(k);
}

int
record_keys_update(struct record_keys *k)
{
	uint8_t next[RECORD_SECRET];

	/* until it has all of the new ones it seals and opens nothing */
	k->seq = UINT64_MAX;
	if (expand(k, "traffic upd", next, k->suite->secret) != 0)
		return -1;
	memcpy(k->secret, next, k->suite->secret);
	wipe(next, sizeof(next));
	if (derive(k) != 0)
		return -1;
	k->seq = 0;
	return 0;
}

/* ---- ciphers --------------------------------------------------------- */

struct record_ciphers {
	struct cipher {
		EVP_CIPHER_CTX *ctx;
		const struct record_keys *last;
		uint8_t key[RECORD_KEY];	/* that it is set to */
	} of[SUITES][2];
};

static int
make_cipher(struct cipher *c, const struct record_suite *suite, int sealing)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, suite->cipher, NULL);

	c->ctx = EVP_CIPHER_CTX_new();
	if (cipher == NULL || c->ctx == NULL ||
	    EVP_CipherInit_ex(c->ctx, cipher, NULL, NULL, NULL, sealing) != 1) {
		EVP_CIPHER_free(cipher);
		return -1;
	}
	EVP_CIPHER_free(cipher);	/* the context has it */
	return 0;
}

struct record_ciphers *
record_ciphers_create(void)
{
	struct record_ciphers *c = calloc(1, sizeof(*c));

	for (int i = 0; c != NULL && i < SUITES; i++)
		if (make_cipher(&c->of[i][OPENING], &suites[i], OPENING) != 0 ||
		    make_cipher(&c->of[i][SEALING], &suites[i], SEALING) !=
		    0) {
			record_ciphers_destroy(c);
			ERR_clear_error();
			return NULL;
		}
	return c;
}

void
record_ciphers_destroy(struct record_ciphers *c)
{
	if (c == NULL)
		return;
	for (int i = 0; i < SUITES; i++) {
		EVP_CIPHER_CTX_free(c->of[i][OPENING].ctx);
		EVP_CIPHER_CTX_free(c->of[i][SEALING].ctx);
	}
	wipe(c, sizeof(*c));
	free(c);
}

static struct cipher *
cipher_of(struct record_ciphers *c, const struct record_keys *k, int sealing)
{
	return &c->of[k->suite - suites][sealing];
}

/* The key of another connection stands in it until it is overwritten. */
static void
forget(struct cipher *c, const struct record_keys *k)
{
	static const uint8_t nothing[RECORD_KEY];

	if (c->last != k)
		return;
	c->last = NULL;
	wipe(c->key, sizeof(c->key));
	(void)EVP_CipherInit_ex(c->ctx, NULL, NULL, nothing, nothing, -1);
}

void
record_keys_end(struct record_keys *k, struct record_ciphers *c)
{
	if (k->suite != NULL) {
		forget(cipher_of(c, k, OPENING), k);
		forget(cipher_of(c, k, SEALING), k);
	}
	wipe(k, sizeof(*k));
}

/* Ready for the next record of K, whose head is HEAD. */
static int
begin(struct cipher *c, const struct record_keys *k, const uint8_t *head,
    int sealing)
{
	uint8_t nonce[RECORD_IV];
	bool known = c->last == k &&
	    equal_secret(c->key, k->key, sizeof(c->key));
	int n;

	memcpy(nonce, k->iv, sizeof(nonce));
	for (int i = 0; i < 8; i++)
		nonce[RECORD_IV - 1 - i] ^= (uint8_t)(k->seq >> (8 * i));
	if (!known) {
		memcpy(c->key, k->key, sizeof(c->key));
		c->last = k;
	}
	return EVP_CipherInit_ex(c->ctx, NULL, NULL, known ? NULL : k->key,
	    nonce, sealing) == 1 &&
	    EVP_CipherUpdate(c->ctx, NULL, &n, head, RECORD_HEAD) == 1 ? 0 :
	    -1;
}

/* ---- records --------------------------------------------------------- */

static void
put_head(uint8_t *p, size_t n)
{
	p[0] = RECORD_APPLICATION;	/* whatever is in it */
	p[1] = 3;
	p[2] = 3;
	p[3] = (uint8_t)(n >> 8);
	p[4] = (uint8_t)n;
}

static int
seal(struct cipher *c, struct record_keys *k, enum record_type type,
    const uint8_t *from, size_t n, uint8_t *to)
{
	const uint8_t last = (uint8_t)type;
	uint8_t *p = to + RECORD_HEAD;
	int got, more, end;

	put_head(to, n + 1 + RECORD_TAG);
	if (begin(c, k, to, SEALING) != 0)
		return -1;
	got = 0;
	if (n > 0 && EVP_EncryptUpdate(c->ctx, p, &got, from, (int)n) != 1)
		return -1;
	if (EVP_EncryptUpdate(c->ctx, p + got, &more, &last, 1) != 1 ||
	    EVP_EncryptFinal_ex(c->ctx, p + got + more, &end) != 1 ||
	    (size_t)got + (size_t)more + (size_t)end != n + 1 ||
	    EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_GET_TAG, RECORD_TAG,
	    p + n + 1) != 1)
		return -1;
	k->seq++;
	return 0;
}

int
record_seal(struct record_ciphers *c, struct record_keys *k,
    enum record_type type, const void *p, size_t n, struct buf *out)
{
	size_t whole = RECORD_HEAD + n + 1 + RECORD_TAG;
	uint8_t *to;

	sc_assert(n <= RECORD_PLAIN);
	to = buf_room(out, whole);
	if (to == NULL || k->seq == UINT64_MAX)
		return -1;
	if (seal(cipher_of(c, k, SEALING), k, type, p, n, to) != 0) {
		ERR_clear_error();
		return -1;
	}
	buf_added(out, whole);
	return 0;
}

size_t
record_length(const uint8_t *p, size_t n, enum record_alert *alert)
{
	size_t len;

	/* After the handshake everything looks like application data. */
	*alert = ALERT_UNEXPECTED_MESSAGE;
	if (n > 0 && p[0] != RECORD_APPLICATION)
		return SIZE_MAX;
	if (n < RECORD_HEAD)
		return 0;
	len = (size_t)p[3] << 8 | p[4];
	*alert = ALERT_RECORD_OVERFLOW;
	if (len > RECORD_SEALED)
		return SIZE_MAX;
	*alert = ALERT_BAD_RECORD_MAC;
	return len < 1 + RECORD_TAG ? SIZE_MAX : RECORD_HEAD + len;
}

/* Opens N bytes at P, which the tag follows. */
static int
unseal(struct cipher *c, struct record_keys *k, const uint8_t *head,
    uint8_t *p, size_t n)
{
	int got, end;

	if (k->seq == UINT64_MAX || begin(c, k, head, OPENING) != 0 ||
	    EVP_DecryptUpdate(c->ctx, p, &got, p, (int)n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_TAG, RECORD_TAG,
	    p + n) != 1 ||
	    EVP_DecryptFinal_ex(c->ctx, p + got, &end) != 1 ||
	    (size_t)got + (size_t)end != n)
		return -1;
	k->seq++;
	return 0;
}

int
record_open(struct record_ciphers *c, struct record_keys *k, uint8_t *p,
    size_t n, unsigned *type, struct slice *content,
    enum record_alert *alert)
{
	uint8_t *inside = p + RECORD_HEAD;
	size_t len = n - RECORD_HEAD - RECORD_TAG;

	if (unseal(cipher_of(c, k, OPENING), k, p, inside, len) != 0) {
		/* What was opened before the tag was seen to be wrong. */
		wipe(inside, len);
		ERR_clear_error();
		*alert = ALERT_BAD_RECORD_MAC;
		return -1;
	}
	*alert = ALERT_RECORD_OVERFLOW;
	if (len > RECORD_PLAIN + 1)
		return -1;
	/* Content, its type, and zeros for those who count bytes. */
	while (len > 0 && inside[len - 1] == 0)
		len--;
	*alert = ALERT_UNEXPECTED_MESSAGE;
	if (len == 0)
		return -1;
	*type = inside[len - 1];
	*content = slice_of(inside, len - 1);
	return 0;
}
