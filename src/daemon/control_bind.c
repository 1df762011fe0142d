/* SPDX-License-Identifier: ISC */
#include "src/daemon/control_bind.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 16 };

/* Whether somebody answers on the socket. */
static bool
answers(const struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes;

	if (fd < 0)
		return false;
	yes = connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0;
	close(fd);
	return yes;
}

static int
bind_path(const struct sockaddr_un *sa, int backlog)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	mode_t mask;
	int rc;

	if (fd < 0)
		return -1;
	mask = umask(0117);
	rc = bind(fd, (const struct sockaddr *)sa, sizeof(*sa));
	umask(mask);
	if (rc == 0 && listen(fd, backlog) == 0)
		return fd;
	rc = errno;
	close(fd);
	errno = rc;
	return -1;
}

int
control_bind(const char *path, char *why, size_t whylen)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct stat st;
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path)) {
		snprintf(why, whylen, "%s: too long for a socket: choose a "
		    "<control><socket> of at most %zu bytes", path,
		    sizeof(sa.sun_path) - 1);
		return -1;
	}
	memcpy(sa.sun_path, path, strlen(path) + 1);
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
		if (answers(&sa)) {
			snprintf(why, whylen, "%s: another server answers "
			    "there: stop it (stonechatctl -S %s stop), or "
			    "choose another <control><socket>", path, path);
			return -1;
		}
		unlink(path);
	}
	fd = bind_path(&sa, BACKLOG);
	if (fd < 0)
		snprintf(why, whylen, "%s: %s: choose another "
		    "<control><socket>, or make its directory writable", path,
		    strerror(errno));
	return fd;
}
