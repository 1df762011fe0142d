/* SPDX-License-Identifier: ISC */
#include "tests/unit/record_peer.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"
#include "src/daemon/lean.h"

int
record_peer_init(struct record_peer *p, unsigned suite, uint64_t in_seq,
    uint64_t out_seq)
{
	struct handoff h = {.in_seq = in_seq, .out_seq = out_seq};

	memset(p, 0, sizeof(*p));
	buf_init(&p->sent, 0);
	h.suite = record_suite_find(suite);
	memset(h.in, 'i', sizeof(h.in));
	memset(h.out, 'o', sizeof(h.out));
	memset(h.binding, 'b', sizeof(h.binding));
	p->ciphers = record_ciphers_create();
	if (transport_io_init(&p->io) != 0 || p->ciphers == NULL ||
	    h.suite == NULL || lean_open(&p->server, &p->io, &h) != 0 ||
	    record_keys_set(&p->out, h.suite, h.in, in_seq) != 0)
		return -1;
	return record_keys_set(&p->in, h.suite, h.out, out_seq);
}

void
record_peer_fini(struct record_peer *p)
{
	transport_close(&p->server, &p->io, false);
	transport_io_fini(&p->io);
	record_keys_end(&p->out, p->ciphers);
	record_keys_end(&p->in, p->ciphers);
	record_ciphers_destroy(p->ciphers);
	buf_fini(&p->sent);
}

void
record_peer_seal_inner(struct record_peer *p, const void *inner, size_t n)
{
	struct record_keys *k = &p->out;
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, k->suite->cipher, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t len = n + RECORD_TAG;
	uint8_t *to = buf_room(&p->sent, RECORD_HEAD + len);
	uint8_t nonce[RECORD_IV];
	int some, more;

	sc_assert(cipher != NULL && ctx != NULL && to != NULL);
	memcpy(to, "\x17\x03\x03", 3);
	to[3] = (uint8_t)(len >> 8);
	to[4] = (uint8_t)len;
	memcpy(nonce, k->iv, sizeof(nonce));
	for (int i = 0; i < 8; i++)
		nonce[11 - i] ^= (uint8_t)(k->seq >> (8 * i));
	sc_assert(EVP_EncryptInit_ex2(ctx, cipher, k->key, nonce, NULL) == 1 &&
	    EVP_EncryptUpdate(ctx, NULL, &some, to, RECORD_HEAD) == 1 &&
	    EVP_EncryptUpdate(ctx, to + RECORD_HEAD, &some, inner,
	    (int)n) == 1 &&
	    EVP_EncryptFinal_ex(ctx, to + RECORD_HEAD + some, &more) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, RECORD_TAG,
	    to + RECORD_HEAD + n) == 1);
	buf_added(&p->sent, RECORD_HEAD + len);
	k->seq++;
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}

void
record_peer_seal(struct record_peer *p, unsigned type, const void *content,
    size_t n)
{
	uint8_t *inner = malloc(n + 1);

	sc_assert(inner != NULL);
	if (n > 0)
		memcpy(inner, content, n);
	inner[n] = (uint8_t)type;
	record_peer_seal_inner(p, inner, n + 1);
	free(inner);
}

enum transport_result
record_peer_deliver(struct record_peer *p, struct slice *got)
{
	enum transport_result result;

	if (p->io.inlen == 0 && p->sent.len > 0) {
		p->io.in = p->sent.p + p->sent.off;
		p->io.inlen = p->sent.len;
	}
	result = transport_read(&p->server, &p->io, got);
	if (p->io.inlen == 0)
		buf_clear(&p->sent);
	return result;
}

int
record_peer_hear(struct record_peer *p, struct slice *content)
{
	static const uint8_t update[] = {24, 0, 0, 1};
	struct buf *b = &p->io.out;
	enum record_alert alert;
	unsigned type;
	size_t n;

	if (b->len == 0)
		return 0;
	n = record_length(b->p + b->off, b->len, &alert);
	if (n == 0 || n > b->len || record_open(p->ciphers, &p->in,
	    b->p + b->off, n, &type, content, &alert) != 0)
		return -1;
	buf_consume(b, n);	/* the content stays until the next write */
	if (type == RECORD_HANDSHAKE && (content->len != 5 ||
	    memcmp(content->p, update, sizeof(update)) != 0 ||
	    record_keys_update(&p->in) != 0))
		return -1;
	return (int)type;
}
