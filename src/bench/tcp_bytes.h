/* SPDX-License-Identifier: ISC */
/*
 * tcp_bytes: what a connection has carried, by the kernel: payload of TCP, so
 * with TLS and without TCP's own.  The only file that knows Linux's tcp_info,
 * which is longer than the C library's.
 */
#ifndef BENCH_TCP_BYTES_H
#define BENCH_TCP_BYTES_H

#include <stdint.h>

/* 0 and 0 without a connection. */
void tcp_bytes(int fd, uint64_t *out, uint64_t *in);

#endif
