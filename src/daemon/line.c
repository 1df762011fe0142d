/* SPDX-License-Identifier: ISC */
#include "src/daemon/line.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/common/wipe.h"

enum { HEAD = 8 };

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * LINE_FDS)];
};

int
line_pair(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	    ends);
}

/* Whether to try again after a failure; waits until that makes sense. */
static bool
may_retry(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		return false;
	errno = 0;
	return poll(&p, 1, LINE_PATIENCE_MS) > 0 || errno == EINTR;
}

/* ---- sending --------------------------------------------------------- */

/* The head, with which the descriptors go. */
static int
send_head(int fd, uint8_t *head, const int *fds, size_t nfds)
{
	struct iovec iov = {.iov_base = head, .iov_len = HEAD};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	union control control = {.bytes = {0}};
	struct cmsghdr *c;
	ssize_t n;

	if (nfds > 0) {
		m.msg_control = control.bytes;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * nfds);
	}
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (n < 0 && may_retry(fd, POLLOUT));
	return n == HEAD ? 0 : -1;
}

static int
send_all(int fd, const uint8_t *p, size_t len)
{
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = send(fd, p, len, MSG_NOSIGNAL);
		if (n < 0 && may_retry(fd, POLLOUT))
			n = 0;
		else if (n < 0)
			return -1;
	}
	return 0;
}

int
line_send(int fd, enum line_type type, const struct slice *fields,
    size_t nfields, const int *fds, size_t nfds)
{
	uint8_t head[HEAD];
	struct buf body;
	size_t i, len = 0;
	int rc = -1;

	if (nfields > LINE_FIELDS || nfds > LINE_FDS)
		return -1;
	buf_init(&body, LINE_BYTES);
	for (i = 0; i < nfields; i++)
		len += 4 + fields[i].len;
	/* Room at once: what grows leaves pieces of a key behind. */
	(void)buf_room(&body, len);
	for (i = 0; i < nfields; i++) {
		buf_put_be32(&body, (uint32_t)fields[i].len);
		buf_put_slice(&body, fields[i]);
	}
	if (!buf_failed(&body)) {
		head[0] = (uint8_t)(body.len >> 24);
		head[1] = (uint8_t)(body.len >> 16);
		head[2] = (uint8_t)(body.len >> 8);
		head[3] = (uint8_t)body.len;
		head[4] = (uint8_t)type;
		head[5] = (uint8_t)nfds;
		head[6] = head[7] = 0;
		rc = send_head(fd, head, fds, nfds);
	}
	if (rc == 0)
		rc = send_all(fd, buf_slice(&body).p, body.len);
	buf_wipe(&body);
	return rc;
}

int
line_say(int fd, enum line_type type, const char *text)
{
	struct slice field = slice_str(text);

	return line_send(fd, type, &field, 1, NULL, 0);
}

/* ---- receiving ------------------------------------------------------- */

/* Takes what came with the head, also if it is too much. */
static void
take_fds(struct line_message *m, struct msghdr *h)
{
	struct cmsghdr *c;
	size_t i, n;
	int fd;

	for (c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int),
			    sizeof(int));
			if (m->nfds < LINE_FDS)
				m->fds[m->nfds++] = fd;
			else
				close(fd);
		}
	}
}

static int
receive_all(int fd, uint8_t *p, size_t len)
{
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = recv(fd, p, len, 0);
		if (n < 0 && may_retry(fd, POLLIN))
			n = 0;
		else if (n <= 0)
			return -1;
	}
	return 0;
}

/* As line_receive. */
static int
receive_head(int fd, uint8_t *head, struct line_message *m)
{
	struct iovec iov = {.iov_base = head, .iov_len = HEAD};
	union control control;
	struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};
	ssize_t n;

	do
		n = recvmsg(fd, &h, MSG_CMSG_CLOEXEC);
	while (n < 0 && may_retry(fd, POLLIN));
	if (n < 0 && errno == ECONNRESET)
		return 0;
	if (n <= 0)
		return n == 0 ? 0 : -1;
	take_fds(m, &h);
	if ((h.msg_flags & MSG_CTRUNC) != 0)
		return -1;
	return receive_all(fd, head + n, HEAD - (size_t)n) == 0 ? 1 : -1;
}

static int
split(struct line_message *m)
{
	const uint8_t *p = m->body;
	size_t left = m->len, n;

	while (left > 0) {
		if (left < 4 || m->nfields == LINE_FIELDS)
			return -1;
		n = (size_t)p[0] << 24 | (size_t)p[1] << 16 |
		    (size_t)p[2] << 8 | p[3];
		p += 4;
		left -= 4;
		if (n > left)
			return -1;
		m->fields[m->nfields++] = slice_of(p, n);
		p += n;
		left -= n;
	}
	return 0;
}

static int
receive_body(int fd, const uint8_t *head, struct line_message *m)
{
	size_t len = (size_t)head[0] << 24 | (size_t)head[1] << 16 |
	    (size_t)head[2] << 8 | head[3];

	if (len > LINE_BYTES || head[4] == 0 || head[4] >= LINE_TYPES ||
	    head[5] != m->nfds || head[6] != 0 || head[7] != 0)
		return -1;
	m->type = (enum line_type)head[4];
	m->body = malloc(len + 1);
	if (m->body == NULL)
		return -1;
	m->len = len;
	return receive_all(fd, m->body, len) == 0 ? split(m) : -1;
}

int
line_receive(int fd, struct line_message *m)
{
	uint8_t head[HEAD];
	int rc;

	memset(m, 0, sizeof(*m));
	rc = receive_head(fd, head, m);
	if (rc == 1 && receive_body(fd, head, m) != 0)
		rc = -1;
	if (rc != 1)
		line_drop(m);
	return rc;
}

void
line_drop(struct line_message *m)
{
	size_t i;

	for (i = 0; i < m->nfds; i++)
		if (m->fds[i] >= 0)
			close(m->fds[i]);
	if (m->body != NULL)
		wipe(m->body, m->len);
	free(m->body);
	memset(m, 0, sizeof(*m));
}

int
line_take_fd(struct line_message *m, size_t i)
{
	int fd;

	if (i >= m->nfds)
		return -1;
	fd = m->fds[i];
	m->fds[i] = -1;
	return fd;
}

char *
line_text(const struct line_message *m, size_t i, char *out, size_t size)
{
	size_t n = i < m->nfields ? m->fields[i].len : 0;

	if (n >= size)
		n = size - 1;
	if (n > 0)
		memcpy(out, m->fields[i].p, n);
	out[n] = '\0';
	return out;
}
