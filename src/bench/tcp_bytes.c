/* SPDX-License-Identifier: ISC */
#include "src/bench/tcp_bytes.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

void
tcp_bytes(int fd, uint64_t *out, uint64_t *in)
{
	struct tcp_info info;
	socklen_t n = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (fd >= 0)
		(void)getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n);
	*out = info.tcpi_bytes_sent;
	*in = info.tcpi_bytes_received;
}
