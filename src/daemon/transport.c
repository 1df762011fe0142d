/* SPDX-License-Identifier: ISC */
#include "src/daemon/transport.h"

#include <string.h>

#include "src/common/wipe.h"
#include "src/daemon/record.h"
#include "src/daemon/tls.h"

int
transport_io_init(struct transport_io *io)
{
	memset(io, 0, sizeof(*io));
	buf_init(&io->out, 0);
	io->tls = tls_window_create(io);
	return io->tls == NULL ? -1 : 0;
}

void
transport_io_fini(struct transport_io *io)
{
	tls_window_destroy(io->tls);
	record_ciphers_destroy(io->ciphers);
	io->tls = NULL;
	io->ciphers = NULL;
	buf_fini(&io->out);
}

void
transport_forget(struct transport_io *io, uint8_t *window, size_t n)
{
	wipe(window, n);
	wipe(io->plain, io->nplain);
	io->nplain = 0;
	io->inlen = 0;
}

void
transport_close(struct transport *t, struct transport_io *io, bool goodbye)
{
	if (t->kind == NULL)
		return;
	if (goodbye)
		t->kind->goodbye(t->state, io);
	t->kind->destroy(t->state, io);
	t->kind = NULL;
	t->state = NULL;
}

size_t
transport_binding(struct transport *t, uint8_t *out, size_t size)
{
	if (t->kind == NULL || size < TRANSPORT_BINDING ||
	    !t->kind->binding(t->state, out))
		return 0;
	return TRANSPORT_BINDING;
}

void
transport_describe(struct transport *t, const char **version,
    const char **cipher)
{
	*version = NULL;
	*cipher = NULL;
	if (t->kind != NULL)
		t->kind->describe(t->state, version, cipher);
}
