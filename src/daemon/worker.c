/* SPDX-License-Identifier: ISC */
#include "src/daemon/worker.h"

#include <fcntl.h>
#include <jansson.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/common/wipe.h"
#include "src/daemon/config.h"
#include "src/daemon/daemon.h"
#include "src/daemon/handover.h"
#include "src/daemon/line.h"

/* Requests on the control socket carry passwords: what held them is wiped. */
static void
free_wiped(void *p)
{
	if (p != NULL)
		wipe(p, malloc_usable_size(p));
	free(p);
}

int
worker_run(int line)
{
	struct handover h;
	struct config conf;
	struct slice text;
	char why[2048];
	int rc;

	json_set_alloc_funcs(malloc, free_wiped);
	if (fcntl(line, F_SETFD, FD_CLOEXEC) != 0 ||
	    handover_receive(line, &h) != 0)
		return EXIT_FAILURE;
	text = buf_slice(&h.texts.conf);
	/* Modules are mapped here, while their files can be seen. */
	rc = config_parse(&conf, h.texts.file, (const char *)text.p, text.len,
	    why, sizeof(why));
	if (rc != 0) {
		(void)line_say(line, LINE_FAILED, why);
	} else {
		rc = daemon_work(&conf, &h, line, why, sizeof(why));
		config_fini(&conf);
	}
	handover_fini(&h);
	return rc == -DAEMON_DATABASE ? DAEMON_DATABASE : rc < 0 ?
	    EXIT_FAILURE : rc;
}
