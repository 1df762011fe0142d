/* SPDX-License-Identifier: ISC */
/*
 * devices: a user sees the devices of the account, renames and removes them,
 * and makes codes that let others in.  Lists and removal are the operator's as
 * well (stonechatctl device), so it can be left out; what the account log says
 * of devices is the core's (src/server/account.h).
 */
#include <stonechat/module.h>

struct devices_conf {
	uint32_t link;
};

enum { LISTED, REVOKED, RENAMED, LINKS };

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
revoke(struct sc_module *m, struct tx *tx, struct sc_request *r,
    uint64_t device)
{
	int rc = device == 0 || device > UINT32_MAX ? SC_ENOTFOUND
	    : scm_device_revoke(tx, r, (uint32_t)device);
	if (rc == SC_ENOTFOUND)
		r->why = "the account has no such device: list them";
	if (rc == 0)
		scm_count(m, REVOKED, 1);
	return rc;
}

static int
rename_device(struct sc_module *m, struct tx *tx, struct sc_request *r,
    uint64_t device)
{
	int rc = device == 0 || device > UINT32_MAX ? SC_ENOTFOUND
	    : scm_device_rename(tx, r, (uint32_t)device,
	    elem_slice(r->stanza, ATTR_NAME));

	if (rc == SC_ENOTFOUND)
		r->why = "the account has no such device: list them";
	if (rc == SC_EBADREQUEST)
		r->why = "the name of a device has 1 to 64 bytes";
	if (rc == SC_ENOTACCEPTABLE)
		r->why = "another device of the account has this name";
	if (rc == 0)
		scm_count(m, RENAMED, 1);
	return rc;
}

static int
devices_change(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	uint64_t device = elem_uint(r->stanza, ATTR_DEVICE, 0);

	switch (elem_uint(r->stanza, ATTR_ACTION, ACTION_COUNT)) {
	case ACTION_REVOKE:
		return revoke(m, tx, r, device);
	case ACTION_SET:
		return rename_device(m, tx, r, device);
	default:
		r->why = "with a counter a device can be removed, "
		    "action=\"revoke\", or renamed, action=\"set\"";
		return SC_ENOTACCEPTABLE;
	}
}

/* <link id/>: a code for another device */
static int
devices_link(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	const struct devices_conf *conf = scm_conf(m);
	int64_t expires = scm_now(tx) + (int64_t)conf->link * 1000;
	uint8_t *token = scm_alloc(tx, SC_LINK_SIZE);
	struct elem_buf e;
	int rc = token == NULL ? SC_ENOMEM
	    : scm_device_link(tx, r, expires, token);

	if (rc != 0)
		return rc;
	elem_begin(&e, TAG_LINK);
	elem_add_bytes(&e, ATTR_TOKEN, slice_of(token, SC_LINK_SIZE));
	elem_add_time(&e, ATTR_EXPIRES, expires);
	rc = scm_add(tx, r, &e.e);
	memset(token, 0, SC_LINK_SIZE);
	r->secret = true;
	if (rc == 0)
		scm_count(m, LINKS, 1);
	return rc;
}

static const struct sc_stat_def devices_stats[] = {
    {"devices.listed", "requests for the list of devices"},
    {"devices.revoked", "devices that their users have removed"},
    {"devices.renamed", "devices that their users have given another name"},
    {"devices.links", "codes made, to let another device in"},
    {0},
};

static const struct sc_conf_def devices_conf_defs[] = {
    {"link", SC_CONF_UINT, offsetof(struct devices_conf, link), 10, 86400,
	120, "Seconds for which a code lets another device in."},
    {0},
};

static const struct sc_verb_def devices_verbs[] = {
    {"device", TAG_DEVICE, SC_VERB_LIST, devices_list, 0},
    {"device", TAG_DEVICE, SC_VERB_COUNTED, devices_change, 0},
    {"link", TAG_LINK, SC_VERB_WRITE, devices_link, 0},
    {0},
};

SC_MODULE(devices) = {
	.abi = SC_MODULE_ABI,
	.name = "devices",
	.summary = "users link, list, rename and remove their devices",
	.conf = devices_conf_defs,
	.conf_size = sizeof(struct devices_conf),
	.stats = devices_stats,
	.verbs = devices_verbs,
};
