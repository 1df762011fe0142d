/* SPDX-License-Identifier: ISC */
#include "src/daemon/removal.h"

#include "src/chat/leaving.h"
#include "src/common/err.h"
#include "src/daemon/daemon_priv.h"
#include "src/daemon/scribe.h"
#include "src/server/account.h"
#include "src/server/job.h"
#include "src/server/server.h"

static int
run(struct tx *tx, void *arg)
{
	struct daemon *d = arg;

	return account_erase(tx, d->rt.server, 0);
}

/* What fails has the next start to go on. */
static void
done(void *arg, int rc)
{
	struct daemon *d = arg;

	runtime_point(&d->rt, "account-piece");
	if (rc == 0 && !d->stopping)
		removal_resume(d);
	else if (rc == SC_ENOTFOUND && d->removing)
		log_line(&d->log, UNIT_DAEMON, LOG_INFO, "removal.done",
		    "%s", "");
	d->removing = rc == 0;
}

void
removal_resume(struct daemon *d)
{
	struct job *j = job_create_call(server_domain(d->rt.server),
	    JOB_SCRIBE, run, done, d);

	scribe_push(d->rt.scribe, &j, 1);
}
