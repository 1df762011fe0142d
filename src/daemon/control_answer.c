/* SPDX-License-Identifier: ISC */
/* What the commands of the control socket call to answer. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/common/err.h"
#include "src/daemon/clock.h"
#include "src/daemon/control_priv.h"
#include "src/daemon/log.h"
#include "src/daemon/runtime.h"

static void
put_line(struct client *k, json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT);

	json_decref(line);
	sc_assert(text != NULL);
	if (k->watch != NULL) {
		buf_put_str(&k->out, text);
		buf_put_u8(&k->out, '\n');
	}
	free(text);
}

const struct runtime *
control_runtime(const struct client *k)
{
	return k->control->rt;
}

struct daemon *
control_daemon(const struct client *k)
{
	return k->control->daemon;
}

struct loop *
control_loop(const struct client *k)
{
	return k->control->loop;
}

int64_t
control_uptime(const struct client *k)
{
	return clock_mono() - k->control->started;
}

bool
control_stopping(const struct client *k)
{
	return k->control->stopping;
}

size_t
control_unsent(const struct client *k)
{
	return k->out.len;
}

/* What was asked for, as two values for the log. */
struct asked {
	char command[64], arguments[512];
};

static void
print_asked(const struct client *k, struct asked *a)
{
	char fields[400];

	log_quote(a->command, sizeof(a->command), k->command->name);
	log_quote(a->arguments, sizeof(a->arguments), control_fields(
	    k->command, k->request, fields, sizeof(fields)));
}

void
control_audit(struct client *k)
{
	struct asked a;

	print_asked(k, &a);
	log_line(k->control->rt->log, UNIT_CONTROL, LOG_NOTICE,
	    "control.shown", "uid=%lu pid=%ld command=%s arguments=%s",
	    (unsigned long)k->uid, (long)k->pid, a.command, a.arguments);
}

static void
log_changed(const struct client *k, const char *result)
{
	struct asked a;

	print_asked(k, &a);
	log_line(k->control->rt->log, UNIT_CONTROL, LOG_NOTICE,
	    "control.changed", "uid=%lu pid=%ld command=%s arguments=%s "
	    "result=%s", (unsigned long)k->uid, (long)k->pid, a.command,
	    a.arguments, result);
}

void
control_item_take(struct client *k, json_t *item)
{
	put_line(k, json_pack("{s:o}", "item", item));
}

void
control_bytes(struct client *k, const void *p, size_t n)
{
	if (k->watch != NULL)
		buf_put(&k->out, p, n);
}

void
control_when_sent(struct client *k, void (*more)(void *arg, bool gone),
    void *arg)
{
	k->more = more;
	k->more_arg = arg;
}

void
control_when_gone(struct client *k, void (*gone)(void *arg), void *arg)
{
	k->gone = gone;
	k->gone_arg = arg;
}

static void
end_take(struct client *k, json_t *line)
{
	const char *code = json_string_value(json_object_get(line, "code"));

	if (k->command != NULL && k->command->changes)
		log_changed(k, code == NULL ? "ok" : code);
	put_line(k, line);
	json_decref(k->request);
	k->request = NULL;
	k->command = NULL;
	k->gone = NULL;
	k->busy = false;
	k->control->busy--;
}

void
control_end_take(struct client *k, json_t *result)
{
	if (result == NULL)
		result = json_object();
	json_object_set_new(result, "ok", json_true());
	end_take(k, result);
}

static const char *
code_word(int code)
{
	switch (code) {
	case SC_EBADREQUEST:
		return "bad-request";
	case SC_EFORBIDDEN:
		return "forbidden";
	case SC_ENOTACCEPTABLE:
		return "not-acceptable";
	case SC_ETOOLARGE:
		return "too-large";
	case SC_ENOTFOUND:
		return "not-found";
	case SC_ECONFLICT:
		return "conflict";
	case SC_ENOSPC:
	case SC_EUNAVAILABLE:
		return "unavailable";
	default:
		return "internal";
	}
}

void
control_end_error(struct client *k, int code, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	end_take(k, json_pack("{s:b, s:s, s:o}", "ok", 0, "code",
	    code_word(code), "error", control_text(text)));
}
