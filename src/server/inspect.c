/* SPDX-License-Identifier: ISC */
#include "src/server/inspect.h"

#include "src/server/worker_priv.h"

void
worker_sessions(const struct worker *w,
    void (*visit)(void *arg, const struct session_info *), void *arg)
{
	const struct session *s;

	for (s = w->sessions; s != NULL; s = s->next) {
		const struct session_info info = {
			.id = s->id,
			.user = s->user,
			.device = s->device,
			.conn = s->conn,
			.since = w->wall - (w->mono - s->accepted),
			.idle_ms = w->mono - s->heard,
			.unacked = s->delivery.unacked,
			.waiting = delivery_waiting(s),
			.queued = s->out.len + w->io.unsent(s->conn),
		};

		visit(arg, &info);
	}
}
