/* SPDX-License-Identifier: ISC */
/* link: codes by which a device lets another one in, and their text. */
#ifndef CLIENT_LINK_H
#define CLIENT_LINK_H

#include <stdint.h>

enum { LINK_SIZE = 20, LINK_TEXT = LINK_SIZE * 2 };

/* SC_CODE_BAD_REQUEST: it is no code. */
int link_parse(const char *text, uint8_t code[LINK_SIZE]);

/* With its final NUL it takes exactly LINK_TEXT bytes. */
void link_print(const uint8_t code[LINK_SIZE], char text[LINK_TEXT]);

#endif
