/* SPDX-License-Identifier: ISC */
#include "tests/sim/prng.h"

static uint64_t
rotate(uint64_t x, unsigned k)
{
	return x << k | x >> (64 - k);
}

/* Spreads a small seed over the state (a Weyl sequence, mixed). */
void
prng_init(struct prng *r, uint64_t seed)
{
	uint64_t z;

	for (int i = 0; i < 4; i++) {
		seed += 0x9e3779b97f4a7c15;
		z = seed;
		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
		z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
		r->s[i] = z ^ (z >> 31);
	}
}

/* xoshiro256**, a published generator. */
uint64_t
prng_next(struct prng *r)
{
	uint64_t *s = r->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

uint64_t
prng_below(struct prng *r, uint64_t n)
{
	return n == 0 ? 0 : prng_next(r) % n;
}

int64_t
prng_between(struct prng *r, int64_t lo, int64_t hi)
{
	return lo + (int64_t)prng_below(r, (uint64_t)(hi - lo) + 1);
}

bool
prng_one_in(struct prng *r, unsigned n)
{
	return n != 0 && prng_below(r, n) == 0;
}

int64_t
prng_skewed(struct prng *r, int64_t lo, int64_t hi)
{
	unsigned halvings = (unsigned)prng_below(r, 8);

	return prng_between(r, lo, lo + ((hi - lo) >> halvings));
}

void
prng_fill(void *arg, void *p, size_t n)
{
	uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)prng_next(arg);
}
