/* SPDX-License-Identifier: ISC */
/*
 * A deliberate bug: nobody looks which connection of a device came later, so a
 * login that was done late ends the session of one that came after it.  Linked
 * with --wrap, so that the server calls the functions below.
 */
#include "src/chat/device.h"
#include "tests/sim/runner.h"

int __real_device_login_password(struct tx *, uint64_t user,
    struct slice name, uint64_t came, struct device *, uint8_t *token,
    const char **names);
int __wrap_device_login_password(struct tx *, uint64_t user,
    struct slice name, uint64_t came, struct device *, uint8_t *token,
    const char **names);
int __real_device_login_token(struct tx *, uint64_t user, uint32_t id,
    struct slice token, uint64_t came, struct device *);
int __wrap_device_login_token(struct tx *, uint64_t user, uint32_t id,
    struct slice token, uint64_t came, struct device *);

int
__wrap_device_login_password(struct tx *tx, uint64_t user, struct slice name,
    uint64_t came, struct device *d, uint8_t *token, const char **names)
{
	(void)came;
	return __real_device_login_password(tx, user, name, 0, d, token,
	    names);
}

int
__wrap_device_login_token(struct tx *tx, uint64_t user, uint32_t id,
    struct slice token, uint64_t came, struct device *d)
{
	(void)came;
	return __real_device_login_token(tx, user, id, token, 0, d);
}

int
main(void)
{
	const struct sim_options o = {0};

	return runner_expect(&o, NULL, 1, 200, "R9");
}
