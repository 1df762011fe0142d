/* SPDX-License-Identifier: ISC */
#include "src/daemon/doors.h"

#include <stdlib.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/daemon/activation.h"
#include "src/daemon/control_bind.h"
#include "src/daemon/listener_bind.h"

void
doors_init(struct doors *d)
{
	*d = (struct doors){.control = -1, .pid_file.fd = -1,
		.port_file.fd = -1};
}

static int
open_sockets(struct doors *d, const struct config *c, char *why,
    size_t whylen)
{
	if (activation_take(d->listeners, &d->nlisteners, &d->control, why,
	    whylen) != 0)
		return -1;
	if (d->control < 0) {
		d->control = control_bind(c->control, why, whylen);
		if (d->control < 0)
			return -1;
		d->control_path = xstrdup(c->control);
	}
	return d->nlisteners > 0 ? 0 : listener_bind(c, d->listeners,
	    &d->nlisteners, why, whylen);
}

int
doors_open(struct doors *d, const struct config *c, char *why, size_t whylen)
{
	doors_init(d);
	if (open_sockets(d, c, why, whylen) != 0 ||
	    number_file_open(&d->pid_file, c->pid_file,
	    "<process><pid-file>", why, whylen) != 0)
		return -1;
	return number_file_open(&d->port_file, c->port_file,
	    "<listen><port-file>", why, whylen);
}

int
doors_announce(struct doors *d, char *why, size_t whylen)
{
	if (number_file_write(&d->pid_file, (unsigned long)getpid(), why,
	    whylen) != 0)
		return -1;
	return number_file_write(&d->port_file, d->nlisteners == 0 ? 0 :
	    listener_bound_port(d->listeners[0]), why, whylen);
}

void
doors_shut(struct doors *d)
{
	while (d->nlisteners > 0)
		close(d->listeners[--d->nlisteners]);
}

void
doors_close(struct doors *d)
{
	doors_shut(d);
	number_file_close(&d->pid_file);
	number_file_close(&d->port_file);
	if (d->control_path != NULL)
		unlink(d->control_path);
	free(d->control_path);
	if (d->control >= 0)
		close(d->control);
	doors_init(d);
}
