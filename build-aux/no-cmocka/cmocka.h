/* SPDX-License-Identifier: ISC */
/* Found by the tests only where configure did not find cmocka. */
#error "make check needs cmocka: install it (build-aux/install-packages test), then run configure again"
