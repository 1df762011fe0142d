/* SPDX-License-Identifier: ISC */
#include "src/daemon/handover.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/daemon/doors.h"
#include "src/daemon/line.h"

enum { FIELDS = 5, NUMBER = 32 };

void
handover_init(struct handover *h)
{
	memset(h, 0, sizeof(*h));
	texts_init(&h->texts);
	h->log = h->control = -1;
}

void
handover_fini(struct handover *h)
{
	texts_fini(&h->texts);
	if (h->log >= 0)
		close(h->log);
	if (h->control >= 0)
		close(h->control);
	while (h->nlisteners > 0)
		close(h->listeners[--h->nlisteners]);
	handover_init(h);
}

int
handover_send(int line, const struct handover *h)
{
	const struct texts *t = &h->texts;
	int fds[2 + CONFIG_ADDRESSES] = {h->log, h->control};
	char alive[NUMBER];

	memcpy(fds + 2, h->listeners, sizeof(int) * h->nlisteners);
	snprintf(alive, sizeof(alive), "%lld", (long long)h->alive_ms);
	return line_send(line, LINE_START, (struct slice[FIELDS]){
	    slice_str(t->file), buf_slice(&t->conf),
	    buf_slice(&t->certificate), buf_slice(&t->key),
	    slice_str(alive)}, FIELDS, fds, 2 + h->nlisteners);
}

int
handover_receive(int line, struct handover *h)
{
	struct line_message m;
	char alive[NUMBER];

	handover_init(h);
	if (line_receive(line, &m) != 1)
		return -1;
	if (m.type != LINE_START || m.nfields != FIELDS || m.nfds < 2 ||
	    m.nfds - 2 > CONFIG_ADDRESSES) {
		line_drop(&m);
		return -1;
	}
	texts_take(&h->texts, &m);
	h->alive_ms = strtoll(line_text(&m, 4, alive, sizeof(alive)), NULL,
	    10);
	h->log = line_take_fd(&m, 0);
	h->control = line_take_fd(&m, 1);
	for (; h->nlisteners < m.nfds - 2; h->nlisteners++)
		h->listeners[h->nlisteners] = line_take_fd(&m,
		    h->nlisteners + 2);
	line_drop(&m);
	return 0;
}

static int
copy(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

int
handover_copy(struct handover *h, const struct doors *d, int log)
{
	h->log = copy(log);
	h->control = copy(d->control);
	if (h->log < 0 || h->control < 0)
		return -1;
	for (; h->nlisteners < d->nlisteners; h->nlisteners++) {
		h->listeners[h->nlisteners] = copy(
		    d->listeners[h->nlisteners]);
		if (h->listeners[h->nlisteners] < 0)
			return -1;
	}
	return 0;
}
