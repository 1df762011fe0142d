/* SPDX-License-Identifier: ISC */
#include "src/daemon/confine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "src/daemon/config.h"
#include "src/daemon/files.h"

/* Groups are looked up in files, so they come before the jail; only root may
 * make one, so the jail comes before the user. */
static int
enter_jail(const struct config *c, uid_t uid, gid_t gid, const char *jail,
    char *why, size_t whylen)
{
	if (files_join_groups(c, gid, why, whylen) != 0)
		return -1;
	if (chdir(jail) != 0 || chroot(".") != 0) {
		snprintf(why, whylen, "%s: it cannot be made the root "
		    "directory: %s: start as root with CAP_SYS_CHROOT, or as "
		    "user %s", jail, strerror(errno), c->user);
		return -1;
	}
	return files_become(c, uid, why, whylen);
}

static int
see_that_it_holds(uid_t uid, char *why, size_t whylen)
{
	uid_t real, effective, saved;

	if (getresuid(&real, &effective, &saved) == 0 && real == uid &&
	    effective == uid && saved == uid && setuid(0) != 0 &&
	    seteuid(0) != 0 && chroot("/") != 0)
		return 0;
	snprintf(why, whylen, "root's rights are not gone: start with fewer "
	    "capabilities");
	return -1;
}

int
confine_enter(const struct config *c, uid_t uid, gid_t gid, const char *jail,
    char *why, size_t whylen)
{
	if (uid != (uid_t)-1 &&
	    (enter_jail(c, uid, gid, jail, why, whylen) != 0 ||
	    see_that_it_holds(uid, why, whylen) != 0 ||
	    /* no core with keys in it, no debugger of the same user */
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0))
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		return 0;
	snprintf(why, whylen, "the kernel does not know PR_SET_NO_NEW_PRIVS: "
	    "%s", strerror(errno));
	return -1;
}
