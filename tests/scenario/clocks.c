/* SPDX-License-Identifier: ISC */
/*
 * clocks: to be preloaded.  Once the file exists that SC_TEST_CLOCKS names,
 * the monotonic clock is six hours ahead of what it would be, and the wall
 * clock is not: as if somebody had set it back.  The wall clock is ahead by the
 * days of SC_TEST_DAYS all the time.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { HOURS = 6, DAY = 86400 };

int
clock_gettime(clockid_t id, struct timespec *t)
{
	int (*real)(clockid_t, struct timespec *);
	const char *file = getenv("SC_TEST_CLOCKS");
	const char *days = getenv("SC_TEST_DAYS");
	int rc;

	*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	rc = real(id, t);
	if (rc == 0 && id != CLOCK_REALTIME && file != NULL &&
	    access(file, F_OK) == 0)
		t->tv_sec += HOURS * 3600;
	if (rc == 0 && id == CLOCK_REALTIME && days != NULL)
		t->tv_sec += atol(days) * DAY;
	return rc;
}
