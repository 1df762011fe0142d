/* SPDX-License-Identifier: ISC */
#include "src/server/pace.h"

#include "src/server/server.h"

enum { US_PER_S = 1000000, US_PER_MS = 1000 };

int64_t
pace_time(int64_t now)
{
	return now * US_PER_MS;
}

int64_t
pace_spend(struct pace *p, const struct server_conf *conf, uint64_t cost,
    int64_t now)
{
	int64_t at = now * US_PER_MS, saved, over;

	if (conf->rate == 0)
		return 0;
	saved = (int64_t)conf->burst * US_PER_S / conf->rate;
	if (p->earned_at < at)
		p->earned_at = at;
	p->earned_at += (int64_t)cost * US_PER_S / conf->rate;
	over = p->earned_at - at - saved;
	return over <= 0 ? 0 : (over + US_PER_MS - 1) / US_PER_MS;
}
