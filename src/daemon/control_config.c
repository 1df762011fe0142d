/* SPDX-License-Identifier: ISC */
/* Control commands: the configuration, on the disk and in use. */
#include "src/common/err.h"
#include "src/daemon/config.h"
#include "src/daemon/config_diff.h"
#include "src/daemon/control.h"
#include "src/daemon/daemon_priv.h"
#include "src/daemon/reload.h"
#include "src/daemon/tls_context.h"

enum { WHY = 2048 };

static void
check(struct client *k, json_t *request)
{
	char why[WHY];
	struct config c;
	SSL_CTX *tls;

	(void)request;
	if (reload_try(control_daemon(k), &c, &tls, why, sizeof(why)) != 0) {
		control_end_error(k, SC_EBADREQUEST, "%s", why);
		return;
	}
	control_end_take(k, json_pack("{s:o}", "file", control_text(c.file)));
	SSL_CTX_free(tls);
	config_fini(&c);
}

static void
reloaded(void *arg, size_t changes)
{
	control_end_take(arg, json_pack("{s:I}", "changes",
	    (json_int_t)changes));
}

static void
reload_now(struct client *k, json_t *request)
{
	char why[WHY];

	(void)request;
	if (reload(control_daemon(k), reloaded, k, why, sizeof(why)) != 0)
		control_end_error(k, SC_ENOTACCEPTABLE, "%s", why);
}

static void
add_change(void *arg, const struct config_change *c)
{
	control_item_take(arg, json_pack("{s:s, s:o, s:o, s:I, s:b}",
	    "element", c->path, "running", control_text(c->now),
	    "file", control_text(c->next), "line", (json_int_t)c->line,
	    "reload", (int)c->live));
}

static void
diff(struct client *k, json_t *request)
{
	char why[WHY], now[TLS_FINGERPRINT], next[TLS_FINGERPRINT];
	struct config c;
	SSL_CTX *tls;

	(void)request;
	if (reload_try(control_daemon(k), &c, &tls, why, sizeof(why)) != 0) {
		control_end_error(k, SC_EBADREQUEST, "%s", why);
		return;
	}
	config_diff(control_daemon(k)->conf, &c, add_change, k);
	config_diff_certificate(&c,
	    tls_fingerprint(control_runtime(k)->tls, now),
	    tls_fingerprint(tls, next), add_change, k);
	SSL_CTX_free(tls);
	config_fini(&c);
	control_end_take(k, NULL);
}

const struct control_command control_config[] = {
	{.name = "config check", .run = check},
	{.name = "config reload", .run = reload_now, .changes = true},
	{.name = "config diff", .run = diff},
	{.name = NULL},
};
