/* SPDX-License-Identifier: ISC */
/*
 * records: what a record of TLS 1.3 costs, and what the keys of a connection:
 * with the ciphers that all connections of a thread share, which are set to a
 * key for each record (src/daemon/record.h), and with contexts that each
 * connection keeps.
 *
 *	records [CONNECTIONS [RECORDS]]
 */
#include <malloc.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/common/buf.h"
#include "src/common/err.h"
#include "src/daemon/record.h"

enum { SIZES = 3 };

struct numbers {
	size_t connections, records;
};

static const size_t sizes[SIZES] = {40, 150, RECORD_PLAIN};
static const unsigned suites[] = {0x1301, 0x1302, 0x1303};
static uint8_t content[RECORD_PLAIN];

static double
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static size_t
heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* ---- contexts that are shared, or one pair for each connection ---- */

struct ends {
	struct record_keys out, in;
};

static struct ends *
make_ends(const struct numbers *n, unsigned suite, EVP_CIPHER_CTX **kept)
{
	static const uint8_t secret[RECORD_SECRET] = "a secret";
	struct ends *all = calloc(n->connections, sizeof(*all));
	const struct record_suite *s = record_suite_find(suite);
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, s->cipher, NULL);

	sc_assert(all != NULL && cipher != NULL);
	for (size_t i = 0; i < n->connections; i++) {
		sc_assert(record_keys_set(&all[i].out, s, secret, 0) == 0 &&
		    record_keys_set(&all[i].in, s, secret, 0) == 0);
		for (int k = 0; kept != NULL && k < 2; k++) {
			kept[2 * i + (size_t)k] = EVP_CIPHER_CTX_new();
			sc_assert(EVP_CipherInit_ex2(kept[2 * i + (size_t)k],
			    cipher, all[i].out.key, all[i].out.iv, k,
			    NULL) == 1);
		}
	}
	EVP_CIPHER_free(cipher);
	return all;
}

/* Seals and opens one record. */
static void
shared_round(struct record_ciphers *c, struct ends *e, struct buf *out,
    size_t size)
{
	enum record_alert alert;
	struct slice got;
	unsigned type;

	buf_clear(out);
	sc_assert(record_seal(c, &e->out, RECORD_APPLICATION, content, size,
	    out) == 0);
	sc_assert(record_open(c, &e->in, out->p + out->off, out->len, &type,
	    &got, &alert) == 0 && got.len == size);
}

static void
kept_round(EVP_CIPHER_CTX **pair, struct ends *e, struct buf *out, size_t size)
{
	uint8_t head[RECORD_HEAD] = {23, 3, 3}, nonce[RECORD_IV], *p;
	int some, more, end;

	buf_clear(out);
	p = buf_room(out, size + 1 + RECORD_TAG);
	for (int k = 1; k >= 0; k--) {
		memcpy(nonce, e->out.iv, sizeof(nonce));
		for (int i = 0; i < 8; i++)
			nonce[11 - i] ^= (uint8_t)(e->out.seq >> (8 * i));
		sc_assert(EVP_CipherInit_ex(pair[k], NULL, NULL, NULL, nonce,
		    k) == 1 && EVP_CipherUpdate(pair[k], NULL, &some, head,
		    RECORD_HEAD) == 1);
		if (k == 0)
			sc_assert(EVP_CIPHER_CTX_ctrl(pair[k],
			    EVP_CTRL_AEAD_SET_TAG, RECORD_TAG, p + size + 1) ==
			    1);
		sc_assert(EVP_CipherUpdate(pair[k], p, &some,
		    k == 1 ? content : p, (int)size) == 1 &&
		    EVP_CipherUpdate(pair[k], p + some, &more,
		    k == 1 ? content : p + some, 1) == 1 &&
		    EVP_CipherFinal_ex(pair[k], p + some + more, &end) == 1);
		if (k == 1)
			sc_assert(EVP_CIPHER_CTX_ctrl(pair[k],
			    EVP_CTRL_AEAD_GET_TAG, RECORD_TAG, p + size + 1) ==
			    1);
	}
	e->out.seq++;
}

static void
measure(const struct numbers *n, unsigned suite, bool keep)
{
	struct record_ciphers *c = record_ciphers_create();
	size_t before = heap();
	EVP_CIPHER_CTX **kept = keep ? calloc(n->connections * 2,
	    sizeof(*kept)) : NULL;
	struct ends *all = make_ends(n, suite, kept);
	size_t memory = (heap() - before) / n->connections;
	struct buf out;

	buf_init(&out, 0);
	printf("%-30s %-8s %6zu bytes", record_suite_find(suite)->name,
	    keep ? "kept" : "shared", memory);
	for (int s = 0; s < SIZES; s++) {
		double start = now_us();

		for (size_t i = 0; i < n->records; i++) {
			size_t k = i % n->connections;

			if (keep)
				kept_round(kept + 2 * k, &all[k], &out,
				    sizes[s]);
			else
				shared_round(c, &all[k], &out, sizes[s]);
		}
		printf("  %6.2f", (now_us() - start) / (double)n->records);
	}
	printf("\n");
	for (size_t i = 0; keep && i < 2 * n->connections; i++)
		EVP_CIPHER_CTX_free(kept[i]);
	free(kept);
	free(all);
	buf_fini(&out);
	record_ciphers_destroy(c);
}

int
main(int argc, char **argv)
{
	struct numbers n = {1000, 100000};

	if (argc > 1)
		n.connections = strtoull(argv[1], NULL, 10);
	if (argc > 2)
		n.records = strtoull(argv[2], NULL, 10);
	if (argc > 3 || n.connections == 0 || n.records == 0) {
		fprintf(stderr, "usage: records [CONNECTIONS [RECORDS]]\n");
		return 2;
	}
	printf("suite, ciphers, memory of a connection; us of CPU to seal and "
	    "open a record of 40, 150 and 16,384 bytes, %zu connections in "
	    "turn\n", n.connections);
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		measure(&n, suites[i], false);
		measure(&n, suites[i], true);
	}
	return 0;
}
