/* SPDX-License-Identifier: ISC */
/*
 * send: sends one message and waits until the server has it.
 *
 *	cc -o send send.c $(pkg-config --cflags --libs libstonechat)
 *	PASSWORD=secret ./send chat.example.org alice bob "Hello, Bob"
 *
 * The first run logs in with the password and keeps a token, the counter and
 * unsent messages in ./alice.state; later runs need no password.  If it is
 * interrupted, the message is sent by the next run: once, never twice.
 *
 * In the environment, CAFILE=ca.pem names the CA of a private server, and
 * PORT=5290 a port.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stonechat.h>

struct send {
	uint64_t n;		/* the message we wait for */
	int result;		/* exit status once it is known; -1: not yet */
};

/* The engine tells what happens; pointers in EV are valid until we return. */
static int
on_event(void *arg, const struct sc_event *ev)
{
	struct send *s = arg;

	switch (ev->type) {
	case SC_EVENT_SENT:
		if (ev->asked == s->n) {
			printf("sent: chat %llu, number %llu\n",
			    (unsigned long long)ev->chat,
			    (unsigned long long)ev->seq);
			s->result = 0;
		}
		return 0;
	case SC_EVENT_REFUSED:
		if (ev->asked == s->n) {
			fprintf(stderr, "refused: %s\n", ev->why);
			s->result = 1;
		}
		return 0;
	case SC_EVENT_FAILURE:
		fprintf(stderr, "login refused: %s\n", ev->why);
		s->result = 1;
		return 0;
	case SC_EVENT_MESSAGE:
	case SC_EVENT_SKIP:
		return 1;	/* not now: listen shall get it */
	default:
		return 0;
	}
}

/* Runs the connection until RESULT is known. */
static int
run(struct sc_driver *driver, const struct send *s)
{
	char last[400] = "";

	while (s->result < 0) {
		int rc = sc_driver_run(driver, -1);
		const char *why = sc_driver_why(driver);

		/* what goes wrong is tried again, but worth a line */
		if (strcmp(why, last) != 0 && why[0] != '\0')
			fprintf(stderr, "%s\n", why);
		snprintf(last, sizeof(last), "%s", why);
		if (rc != 0)
			return 1;
	}
	return s->result;
}

/* Says goodbye, so that the server does not have to find out. */
static void
leave(struct sc_driver *driver, struct sc_client *client)
{
	sc_client_bye(client);
	while (sc_client_connect_at(client) != INT64_MAX ||
	    sc_client_online(client))
		if (sc_driver_run(driver, 1000) != 0)
			break;
}

int
main(int argc, char **argv)
{
	struct send s = {.result = -1};
	struct sc_client_conf conf = {.event = on_event, .event_arg = &s,
	    .password = getenv("PASSWORD"), .device = "example",
	    .random = sc_driver_random};
	struct sc_driver_conf net = {.ca_file = getenv("CAFILE")};
	const char *port = getenv("PORT");
	struct sc_state *state = NULL;
	struct sc_client *client = NULL;
	struct sc_driver *driver = NULL;
	char dir[300], why[300] = "";
	int status = 1;

	if (argc != 5) {
		fprintf(stderr, "usage: send HOST USER TO TEXT\n");
		return 2;
	}
	net.host = argv[1];
	net.port = (uint16_t)(port == NULL ? 0 : atoi(port));
	conf.user = argv[2];

	/* Three layers, from the bottom: what is kept, the protocol, TLS. */
	snprintf(dir, sizeof(dir), "./%.250s.state", argv[2]);
	if (sc_state_open(dir, true, &state, &conf.state, why,
	    sizeof(why)) != 0 ||
	    sc_client_create(&conf, &client, why, sizeof(why)) != 0 ||
	    sc_driver_create(&net, client, &driver, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s\n", why);
	} else if ((status = sc_client_send(client, argv[3], argv[4],
	    strlen(argv[4]), &s.n)) != 0) {
		fprintf(stderr, "%s\n", sc_code_text(status));
		status = 1;
	} else {
		/* From here on the message survives whatever happens to us. */
		status = run(driver, &s);
		if (status == 0)
			leave(driver, client);
	}
	sc_driver_destroy(driver);
	sc_client_destroy(client);
	sc_state_close(state);
	return status;
}
