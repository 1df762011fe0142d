/* SPDX-License-Identifier: ISC */
#include "src/daemon/notify.h"

#include <stdarg.h>
#include <stdio.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "src/daemon/clock.h"
#include "src/daemon/outside.h"

enum { STATUS = 256 };

static void __attribute__((format(printf, 3, 0)))
tell(struct outside *o, const char *state, const char *status, va_list ap)
{
	char text[STATUS], all[STATUS + 32];

	vsnprintf(text, sizeof(text), status, ap);
	snprintf(all, sizeof(all), "%sSTATUS=%s", state, text);
	outside_notify(o, all);
}

void
notify_ready(struct outside *o, const char *status, ...)
{
	va_list ap;

	va_start(ap, status);
	tell(o, "READY=1\n", status, ap);
	va_end(ap);
}

void
notify_reloading(struct outside *o)
{
	char state[64];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)clock_mono() * 1000);
	outside_notify(o, state);
}

void
notify_stopping(struct outside *o)
{
	outside_notify(o, "STOPPING=1\nSTATUS=stopping");
}

void
notify_status(struct outside *o, const char *status, ...)
{
	va_list ap;

	va_start(ap, status);
	tell(o, "", status, ap);
	va_end(ap);
}

void
notify_alive(struct outside *o)
{
	outside_notify(o, "WATCHDOG=1");
}

/* ---- for who may speak to it ----------------------------------------- */

#ifdef HAVE_SYSTEMD

void
notify_send(const char *state)
{
	sd_notify(0, state);
}

int64_t
notify_alive_ms(void)
{
	uint64_t us = 0;

	return sd_watchdog_enabled(0, &us) > 0 ? (int64_t)(us / 1000) : 0;
}

#else

void
notify_send(const char *state)
{
	(void)state;
}

int64_t
notify_alive_ms(void)
{
	return 0;
}

#endif
