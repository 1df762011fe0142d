/* SPDX-License-Identifier: ISC */
/*
 * devices: a user sees the devices of the account and removes one.  It is
 * the operator's as well (stonechatctl device), so it can be left out; what
 * the account log says of devices is the core's (src/server/account.h).
 */
#include <stonechat/module.h>

enum { LISTED, REVOKED };

struct listing {
	struct tx *tx;
	struct sc_request *r;
};

static int
add_device(void *arg, const struct sc_device *d)
{
	struct listing *l = arg;
	struct elem_buf e;
	int rc;

	if (d->id <= l->r->resume[0])
		return 0;	/* on an earlier page */
	elem_begin(&e, TAG_DEVICE);
	elem_add_uint(&e, ATTR_DEVICE, d->id);
	elem_add_text(&e, ATTR_NAME, slice_str(d->name));
	elem_add_time(&e, ATTR_CREATED, d->created);
	elem_add_time(&e, ATTR_TIME, d->last_login);
	rc = scm_add(l->tx, l->r, &e.e);
	if (rc == 0)
		l->r->resume[0] = d->id;
	if (rc == 1)
		l->r->more = true;
	return rc;
}

static int
check_action(struct sc_request *r, enum action wanted, const char *why)
{
	if (elem_uint(r->stanza, ATTR_ACTION, ACTION_COUNT) == wanted)
		return 0;
	r->why = why;
	return SC_ENOTACCEPTABLE;
}

static int
devices_list(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct listing l = {tx, r};
	int rc = check_action(r, ACTION_LIST,
	    "devices can be listed with an id: action=\"list\"");

	if (rc != 0)
		return rc;
	if (r->resume[0] == 0)
		scm_count(m, LISTED, 1);
	rc = scm_device_list(tx, r->user, add_device, &l);
	return rc < 0 ? rc : 0;
}

static int
devices_revoke(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	uint64_t device = elem_uint(r->stanza, ATTR_DEVICE, 0);
	int rc = check_action(r, ACTION_REVOKE,
	    "a device can be removed with a counter: action=\"revoke\"");

	if (rc != 0)
		return rc;
	rc = device == 0 || device > UINT32_MAX ? SC_ENOTFOUND
	    : scm_device_revoke(tx, r, (uint32_t)device);
	if (rc == SC_ENOTFOUND)
		r->why = "the account has no such device: list them";
	if (rc == 0)
		scm_count(m, REVOKED, 1);
	return rc;
}

static const struct sc_stat_def devices_stats[] = {
    {"devices.listed", "requests for the list of devices"},
    {"devices.revoked", "devices that their users have removed"},
    {0},
};

static const struct sc_verb_def devices_verbs[] = {
    {"device", TAG_DEVICE, SC_VERB_LIST, devices_list, 0},
    {"device", TAG_DEVICE, SC_VERB_COUNTED, devices_revoke, 0},
    {0},
};

SC_MODULE(devices) = {
	.abi = SC_MODULE_ABI,
	.name = "devices",
	.summary = "users list and remove the devices of their accounts",
	.stats = devices_stats,
	.verbs = devices_verbs,
};
