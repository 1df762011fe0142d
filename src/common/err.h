/* SPDX-License-Identifier: ISC */
/*
 * err: the result codes of Stonechat.  0 is success, errors are negative.
 * The first group are the codes of the wire (design: protocol/SPEC.md,
 * "Errors"); their order is that of the enum "code" in
 * protocol/dictionary.xml.  The second group never leaves a process.
 */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

enum sc_err {
	SC_OK = 0,
	/* what a peer may be told */
	SC_EBADREQUEST = -1,
	SC_ENOTAUTHORIZED = -2,
	SC_EFORBIDDEN = -3,
	SC_ENOTFOUND = -4,
	SC_ECONFLICT = -5,
	SC_ETOOLARGE = -6,
	SC_ERATELIMITED = -7,
	SC_ERESOURCE = -8,
	SC_ENOTACCEPTABLE = -9,
	SC_EUNAVAILABLE = -10,
	SC_EINTERNAL = -11,
	/* internal */
	SC_EMORE = -64,		/* more bytes are needed */
	SC_EMALFORMED = -65,	/* bytes that no writer makes */
	SC_ENOMEM = -66,
	SC_ENOSPC = -67,	/* the disk is (nearly) full */
	SC_EIO = -68,
	SC_EDAMAGED = -69,	/* stored data contradicts itself */
	SC_ERERUN = -70,	/* a concurrent transaction won: run again */
	SC_EUNKNOWN = -71	/* whether it was committed is not known */
};

/* The number of codes that the wire knows; they are -1 .. -SC_EWIRE. */
#define SC_EWIRE 11

/* A static English phrase for CODE; never NULL. */
const char *sc_strerror(int code);

/*
 * sc_assert(COND): a broken invariant is a bug: print where, then abort().
 * Always on.  Not for bad input, not for a failing environment, and never in
 * the client library.
 */
#define sc_assert(cond)                                                       \
	((cond) ? (void)0 : sc_panic(__FILE__, __LINE__, #cond))

_Noreturn void sc_panic(const char *file, int line, const char *what);

#endif
