#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""That the gate can fail: rows are taken from the pages and the tests, and put
into the sources and what the programs say, one at a time and on paper only;
the gate must name exactly that row. Prints TAP."""
import os
import sys

sys.dont_write_bytecode = True
import lists  # noqa: E402
from server import stats_of_a_server  # noqa: E402
from surface import verdicts  # noqa: E402
from tree import Tap, Tree  # noqa: E402

# (title, where, pattern, replacement, what the gate must name)
MUTANTS = [
    ("an option that the page does not have", "man/stonechatd.8",
     r"^\.It Fl t\n", ".It\n", "-t is not in man/stonechatd.8"),
    ("an option that there is not", "man/stonechat-wire.1",
     r"^\.It Fl -raw\n", ".It Fl -raw\n.Pp\n.It Fl -cooked\n",
     "--cooked is in man/stonechat-wire.1 and nowhere else"),
    ("a new option without page and test", "src/cli/stonechat.c",
     r'(\{"json", no_argument)', r'{"colour", no_argument, NULL, 7}, \1',
     "--colour is not in man/stonechat.1"),
    ("a new command of stonechatctl", "stonechatctl",
     r"^(  stop)$", r"  dance [--slow]\n\1",
     "dance --slow is not in man/stonechatctl.8"),
    ("an option of a command that no test gives", "tests/",
     r"--no-ack\b", "--acknowledge-not",
     "listen --no-ack is in no test"),
    ("a word of the conversation", "src/cli/words_chat.c",
     r'(\{"quit", )', r'{"leave", "", "leave", word_quit, WORD_NONE, '
     r'false, NULL, NULL}, \1',
     "leave is not in man/stonechat.1"),
    ("an element without a page", "src/daemon/config_defs.c",
     r'(\{"limits/text", )', r'{"limits/words", CONF_UINT32, LIVE, '
     r'AT(words), 1, 9, "5", NULL, "words"}, \1',
     "limits/words is not in man/stonechat.xml.5"),
    ("an element that is not in the sample", "doc/stonechat.xml.in",
     r"<burst>100000</burst>", "",
     "limits/burst is not in doc/stonechat.xml.in as "
     "<burst>100000</burst>"),
    ("a default that has changed", "src/daemon/config_defs.c",
     r'"100000",(\s+NULL, "units a session)', r'"200000",\1',
     "limits/burst: man/stonechat.xml.5 does not say that its default is "
     "200000"),
    ("an element that a reload no longer takes",
     "src/daemon/config_defs.c", r'("limits/text", CONF_UINT32, )LIVE',
     r"\1RESTART", "limits/text: man/stonechat.xml.5 does not say: "
     "A change needs a restart."),
    ("an option of a module", "man/stonechat.xml.5",
     r"^From 1 to 36500\.\nThe default is\n\.Ql 30 \.$",
     "From 1 to 365.", "retention/undelivered: man/stonechat.xml.5 does not have its "
     "range or default"),
    ("a module without a page", "man/stonechat.xml.5",
     r"^\.It Sy receipts$", ".It Sy recipes",
     "receipts is not in man/stonechat.xml.5"),
    ("a verb", "src/server/verb.c", r"(\{TAG_PING, )",
     r"{TAG_ONCE, SESSION_LIVE, 1, handle_once}, \1",
     "once is not in protocol/SPEC.md and man/stonechat-protocol.7"),
    ("a code of errors", "protocol/dictionary.xml",
     r"(resource-constraint not-acceptable)", r"teapot \1",
     "teapot is not in man/stonechat-protocol.7"),
    ("a reason of bye that nothing says", "protocol/dictionary.xml",
     r"(overload revoked)", r"boredom \1",
     "the server never says bye with boredom"),
    ("a command of the control socket", "doc/control.md",
     r"^### trace$", "### traces", "trace is not in doc/control.md"),
    ("a field of one", "src/daemon/control_user.c",
     r'(\{"prefix", CONTROL_STRING)', r'{"suffix", CONTROL_STRING, false, '
     r'0, 0}, \1', "user list: suffix is not in doc/control.md"),
    ("a counter of a running server", "stats",
     r'"uptime":', r'"downtime":0,"uptime":',
     "downtime is not in man/stonechatctl.8"),
    ("a counter that no test looks at", "tests/",
     r"\bstore-syncs\b", "store-sinks", "store-syncs is in no test"),
    ("a function of the library", "src/client/stonechat.h",
     r"^(SC_API void sc_client_bye)",
     r"SC_API void sc_client_wave(struct sc_client *);\n\1",
     "sc_client_wave is not in man/libstonechat.3"),
    ("a function of modules", "man/stonechat-module.3",
     r"^\.Fn scm_count .*\n", "", "scm_count is not in "
     "man/stonechat-module.3"),
    ("an event of the library", "man/libstonechat.3",
     r"^\.It Dv SC_EVENT_EPOCH$", ".It",
     "SC_EVENT_EPOCH is not in man/libstonechat.3"),
    ("a member of a structure", "src/client/stonechat.h",
     r"^(\tbool gone;)", r"\tbool departed;\n\1",
     "departed of struct sc_event is not in man/libstonechat.3"),
    ("an event of the log that no test waits for", "tests/",
     r"\bsweeps\.stopped\b", "sweeps.halted",
     "sweeps.stopped is in no test"),
    ("a page that is no mdoc", "man/stonechat.1", r"^\.El$", ".Elephant",
     "man/stonechat.1:"),
    ("a reference to nowhere", "man/stonechat.1",
     r"^\.Xr stonechatd 8$", ".Xr stonechatx 8",
     "man/stonechat.1 names stonechatx(8), which there is not"),
    ("a step of scenarios", "tests/scenario/README.md",
     r"^\| `WHO thaws` \|.*\n", "",
     "WHO thaws is not in tests/scenario/README.md"),
]


def problems(tree):
    return {f"{title}: {p}" for title, found in verdicts(tree)
            for p in found}


def sanitized(build):
    """Whether this is a build under a sanitizer."""
    with open(os.path.join(build, "Makefile")) as f:
        return any(line.startswith("SAN_CFLAGS") and "-fsanitize" in line
                   for line in f)


def main():
    build = os.environ.get("top_builddir", ".")
    if sanitized(build):
        print("1..0 # SKIP it reads the sources, which are the same in a "
              "build without sanitizers")
        return 0
    tree = Tree(os.environ.get("top_srcdir", "."), build)
    tree.server = stats_of_a_server(build)
    tap = Tap()
    before = problems(tree)
    for title, where, pattern, replacement, want in MUTANTS:
        new = problems(tree.like((where, pattern, replacement))) - before
        wrong = [] if any(want in p for p in new) else \
            [f"expected: {want}", *sorted(new)]
        tap.verdict(f"the gate sees {title}", wrong)
    exported = lists.exported(tree)
    if exported is not None:
        new = problems(tree.like((".libs/libstonechat.so", r"\Z",
                                  "0 T sc_secret@@X\n"))) - before
        tap.verdict("the gate sees a symbol that is not in the header",
                    [] if any("sc_secret is exported" in p for p in new)
                    else sorted(new) or ["it does not"])
    return tap.finish()


sys.exit(main())
