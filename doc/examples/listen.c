/* SPDX-License-Identifier: ISC */
/*
 * listen: prints what arrives, marks it read, and goes on for ever.
 *
 *	cc -o listen listen.c $(pkg-config --cflags --libs libstonechat)
 *	PASSWORD=secret ./listen chat.example.org bob
 *
 * It may be interrupted and started again at any time: it goes on where it
 * was.  Connections that break are made again by themselves.
 *
 * In the environment, CAFILE=ca.pem names the CA of a private server, and
 * PORT=5290 a port.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stonechat.h>

struct listen {
	struct sc_client *client;
};

/*
 * An entry counts as received when this returns 0.  A real program stores it
 * first, and drops what it finds in its store already: if it dies here, the
 * same entry comes again.
 */
static int
on_message(struct listen *l, const struct sc_event *ev)
{
	if (ev->text == NULL)
		return 0;	/* of a kind that this program does not know */
	printf("%llu/%llu %s%s: %.*s\n", (unsigned long long)ev->chat,
	    (unsigned long long)ev->seq, ev->name, ev->own ? " (you)" : "",
	    (int)ev->textlen, ev->text);
	if (fflush(stdout) != 0)
		return 1;	/* nobody reads it: keep it for later */
	if (!ev->own)
		sc_client_read(l->client, ev->chat, ev->seq);
	return 0;
}

static int
on_event(void *arg, const struct sc_event *ev)
{
	switch (ev->type) {
	case SC_EVENT_MESSAGE:
		return on_message(arg, ev);
	case SC_EVENT_SKIP:
		printf("%llu/%llu-%llu is gone: %s\n",
		    (unsigned long long)ev->chat,
		    (unsigned long long)ev->first,
		    (unsigned long long)ev->last, ev->why);
		return 0;
	case SC_EVENT_CHAT:
		printf("chat %llu is with %s\n", (unsigned long long)ev->chat,
		    ev->name);
		return 0;
	case SC_EVENT_SYNCED:
		printf("(that is all so far)\n");
		return 0;
	case SC_EVENT_FAILURE:
		fprintf(stderr, "login refused: %s\n", ev->why);
		return 0;
	case SC_EVENT_BYE:
		fprintf(stderr, "the server says goodbye: %s\n", ev->why);
		return 0;
	default:
		return 0;	/* receipts and the like */
	}
}

/* Until it makes no sense to go on: sc_driver_why says why. */
static void
run(struct sc_driver *driver)
{
	char last[400] = "";

	while (sc_driver_run(driver, -1) == 0) {
		const char *why = sc_driver_why(driver);

		/* what goes wrong is tried again, but worth a line */
		if (strcmp(why, last) != 0 && why[0] != '\0')
			fprintf(stderr, "%s\n", why);
		snprintf(last, sizeof(last), "%s", why);
	}
	fprintf(stderr, "%s\n", sc_driver_why(driver));
}

int
main(int argc, char **argv)
{
	struct listen l = {NULL};
	struct sc_client_conf conf = {.event = on_event, .event_arg = &l,
	    .password = getenv("PASSWORD"), .device = "listener",
	    .random = sc_driver_random};
	struct sc_driver_conf net = {.ca_file = getenv("CAFILE")};
	const char *port = getenv("PORT");
	struct sc_state *state = NULL;
	struct sc_driver *driver = NULL;
	char dir[300], why[300] = "";

	if (argc != 3) {
		fprintf(stderr, "usage: listen HOST USER\n");
		return 2;
	}
	net.host = argv[1];
	net.port = (uint16_t)(port == NULL ? 0 : atoi(port));
	conf.user = argv[2];
	snprintf(dir, sizeof(dir), "./%.250s.state", argv[2]);
	if (sc_state_open(dir, true, &state, &conf.state, why,
	    sizeof(why)) != 0 ||
	    sc_client_create(&conf, &l.client, why, sizeof(why)) != 0 ||
	    sc_driver_create(&net, l.client, &driver, why,
	    sizeof(why)) != 0)
		fprintf(stderr, "%s\n", why);
	else
		run(driver);
	sc_driver_destroy(driver);
	sc_client_destroy(l.client);
	sc_state_close(state);
	return 1;		/* it only ends when something is wrong */
}
