/* SPDX-License-Identifier: ISC */
#include "src/daemon/notify.h"

#ifdef HAVE_SYSTEMD

#include <stdarg.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "src/daemon/clock.h"

enum { STATUS = 256 };

static void __attribute__((format(printf, 2, 0)))
tell(const char *state, const char *status, va_list ap)
{
	char text[STATUS];

	vsnprintf(text, sizeof(text), status, ap);
	sd_notifyf(0, "%sSTATUS=%s", state, text);
}

void
notify_ready(const char *status, ...)
{
	va_list ap;

	va_start(ap, status);
	tell("READY=1\n", status, ap);
	va_end(ap);
}

void
notify_reloading(void)
{
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)clock_mono() * 1000);
}

void
notify_stopping(void)
{
	sd_notify(0, "STOPPING=1\nSTATUS=stopping");
}

void
notify_status(const char *status, ...)
{
	va_list ap;

	va_start(ap, status);
	tell("", status, ap);
	va_end(ap);
}

void
notify_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}

int64_t
notify_alive_ms(void)
{
	uint64_t us = 0;

	return sd_watchdog_enabled(0, &us) > 0 ? (int64_t)(us / 1000) : 0;
}

#else

void
notify_ready(const char *status, ...)
{
	(void)status;
}

void
notify_reloading(void)
{
}

void
notify_stopping(void)
{
}

void
notify_status(const char *status, ...)
{
	(void)status;
}

void
notify_alive(void)
{
}

int64_t
notify_alive_ms(void)
{
	return 0;
}

#endif
