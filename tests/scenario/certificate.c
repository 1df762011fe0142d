/* SPDX-License-Identifier: ISC */
#include "tests/scenario/certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tests/scenario/stage.h"

enum { HOUR_S = 3600, DAY_S = 86400 };

static bool
name_it(X509 *x)
{
	X509_NAME *name = X509_get_subject_name(x);
	X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL,
	    NID_subject_alt_name, "DNS:localhost");
	bool good = san != NULL && X509_add_ext(x, san, -1) == 1 &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"localhost", -1, -1, 0) == 1 &&
	    X509_set_issuer_name(x, name) == 1;

	X509_EXTENSION_free(san);
	return good;
}

static bool
fill(X509 *x, EVP_PKEY *key)
{
	return X509_set_version(x, 2) == 1 &&
	    ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1 &&
	    X509_gmtime_adj(X509_getm_notBefore(x), -HOUR_S) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(x), DAY_S) != NULL &&
	    name_it(x) && X509_set_pubkey(x, key) == 1 &&
	    X509_sign(x, key, EVP_sha256()) > 0;
}

static int
write_bio(struct stage *s, const char *name, BIO *bio)
{
	char *p = NULL;
	long n = BIO_get_mem_data(bio, &p);

	return stage_file(s, name, slice_of(p, n < 0 ? 0 : (size_t)n));
}

int
certificate_make(struct stage *s)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *secret = BIO_new(BIO_s_mem()), *shown = BIO_new(BIO_s_mem());
	X509 *x = X509_new();
	int rc = -1;

	if (key != NULL && x != NULL && fill(x, key) &&
	    PEM_write_bio_PrivateKey(secret, key, NULL, NULL, 0, NULL,
	    NULL) == 1 && PEM_write_bio_X509(shown, x) == 1) {
		rc = write_bio(s, "key.pem", secret);
		if (rc == 0)
			rc = write_bio(s, "cert.pem", shown);
	}
	X509_free(x);
	EVP_PKEY_free(key);
	BIO_free(secret);
	BIO_free(shown);
	return rc == 0 ? 0 : stage_fail(s, "OpenSSL makes no certificate");
}
