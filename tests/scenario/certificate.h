/* SPDX-License-Identifier: ISC */
/* certificate: what the server shows to its clients. */
#ifndef SCENARIO_CERTIFICATE_H
#define SCENARIO_CERTIFICATE_H

struct stage;

/* A key and a certificate for "localhost" that it signs itself, in key.pem and
 * cert.pem.  0, or -1 after stage_fail. */
int certificate_make(struct stage *);

#endif
