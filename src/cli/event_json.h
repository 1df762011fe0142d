/* SPDX-License-Identifier: ISC */
/* event_json: events that several commands print as objects. */
#ifndef CLI_EVENT_JSON_H
#define CLI_EVENT_JSON_H

#include "src/client/stonechat.h"

void event_json_message(const struct sc_event *);
void event_json_skip(const struct sc_event *);
/* One that has nothing but its name. */
void event_json_plain(const char *name);

#endif
