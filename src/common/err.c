/* SPDX-License-Identifier: ISC */
#include "src/common/err.h"

#include <stdio.h>
#include <stdlib.h>

const char *
sc_strerror(int code)
{
	switch (code) {
	case SC_OK:
		return "success";
	case SC_EBADREQUEST:
		return "the request makes no sense";
	case SC_ENOTAUTHORIZED:
		return "not logged in, or wrong credentials";
	case SC_EFORBIDDEN:
		return "not permitted";
	case SC_ENOTFOUND:
		return "not found";
	case SC_ECONFLICT:
		return "in conflict with what is there";
	case SC_ETOOLARGE:
		return "too large";
	case SC_ERATELIMITED:
		return "too many requests";
	case SC_ERESOURCE:
		return "a limit is reached";
	case SC_ENOTACCEPTABLE:
		return "not acceptable";
	case SC_EUNAVAILABLE:
		return "unavailable for now";
	case SC_EINTERNAL:
		return "internal error";
	case SC_EMORE:
		return "incomplete";
	case SC_EMALFORMED:
		return "malformed";
	case SC_ENOMEM:
		return "out of memory";
	case SC_ENOSPC:
		return "no space left on the disk";
	case SC_EIO:
		return "input or output failed";
	case SC_EDAMAGED:
		return "stored data is damaged";
	case SC_ERERUN:
		return "a concurrent transaction won";
	case SC_EUNKNOWN:
		return "the outcome is not known";
	default:
		return "unknown error";
	}
}

void
sc_panic(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, what);
	abort();
}
