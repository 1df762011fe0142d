/* SPDX-License-Identifier: ISC */
#include "src/daemon/peer.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

void
peer_print(const struct sockaddr_storage *ss, socklen_t len, char *out,
    size_t size)
{
	char host[46], port[8];
	const char *h = host;

	if (getnameinfo((const struct sockaddr *)ss, len, host, sizeof(host),
	    port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
		snprintf(out, size, "unknown");
		return;
	}
	if (strncmp(h, "::ffff:", 7) == 0 && strchr(h, '.') != NULL)
		h += 7;
	snprintf(out, size, strchr(h, ':') != NULL ? "[%s]:%s" : "%s:%s", h,
	    port);
}
