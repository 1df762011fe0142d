/* SPDX-License-Identifier: ISC */
#include "src/common/wipe.h"

#include <openssl/crypto.h>

void
wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}

bool
equal_secret(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}
