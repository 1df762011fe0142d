# SPDX-License-Identifier: ISC
"""What there is: lists that come from the sources, from the programs
themselves or from a running server, never from a second list."""
import re

from tree import items


def flat(text):
    """C with its layout and comments gone, and strings joined."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r'" "', "", text)


# ---- programs

PROGRAMS = {  # where the options are, and the page
    "stonechatd": ("src/daemon/main.c", "man/stonechatd.8"),
    "stonechatctl": ("src/ctl/stonechatctl.c", "man/stonechatctl.8"),
    "stonechat": ("src/cli/stonechat.c", "man/stonechat.1"),
    "stonechat-wire": ("src/wire/stonechat-wire.c", "man/stonechat-wire.1"),
    "stonechat-bench": ("src/bench/stonechat-bench.c",
                        "man/stonechat-bench.1"),
}


def getopt(source):
    """Options of a C file: "-t" and "--json"."""
    text = flat(source)
    found = ["--" + n for n in re.findall(
        r'\{"([a-z0-9-]+)", (?:required|no|optional)_argument', text)]
    found += ["--" + n for n in re.findall(r'NUMBER\("([a-z-]+)",', text)]
    for letters in re.findall(r'getopt_long\([^;"]*"([^"]*)"', text):
        found += ["-" + c for c in letters if c.isalnum()]
    return found


def options(tree, program):
    return getopt(tree.read(PROGRAMS[program][0]))


def ctl_commands(tree):
    """{command: options} of stonechatctl, as it says itself."""
    found = {}
    for line in tree.run("stonechatctl", "--help").split("\n"):
        m = re.match(r"  ([a-z]+(?: [a-z]+)?)(.*)", line)
        if m:
            found[m.group(1)] = re.findall(r"\[(--[a-z-]+)", m.group(2))
    return found


def cli_source(tree, name):
    """The file that has the command: some have several."""
    for path in tree.files("src/cli", (".c",)):
        text = tree.read(path)
        if f"struct cli_command cmd_{name} = {{" in text:
            return text
    raise SystemExit(f"no file in src/cli has the command {name}")


def cli_commands(tree):
    """{command: options} of stonechat; an action is a part of the name."""
    found = {}
    text = tree.run("stonechat", "--help")
    names = text.split("\nCommands:\n")[-1].split("\n\n")[0]
    for name in re.findall(r"^  ([a-z]+) ", names, re.M):
        usage = tree.run("stonechat", name, "--help").split("\n")[0]
        own = getopt(cli_source(tree, name))
        actions = re.search(rf" {name} ([a-z]+(?: [A-Z]+)? \| .*)", usage)
        if actions:
            for action in actions.group(1).split("|"):
                found[f"{name} {action.split()[0]}"] = own
        else:
            found[name] = own
    return found


def talk_words(tree):
    text = flat("".join(tree.read(f"src/cli/words_{part}.c")
                        for part in ("chat", "message", "room", "account")))
    string = r'(?:"(?:[^"\\]|\\.)*" ?)+'
    return re.findall(rf'\{{"([a-z]+)", {string}, {string}, word_', text)


def bench_modes(tree):
    text = tree.run("stonechat-bench", "--help")
    block = text.split("modes:\n")[-1].split("\n\n")[0]
    return re.findall(r"^  ([a-z]+) ", block, re.M)


def bench_protocols(tree):
    return re.findall(r'const struct driver driver_\w+ = \{\s*\.name = '
                      r'"([a-z]+)"', tree.sources("src/bench"))


# ---- configuration

def elements(tree):
    """{path: (default or None, what a change needs)} of config_defs.c."""
    found = {}
    for row in re.findall(r'\{("[^{}]*)\}',
                          flat(tree.read("src/daemon/config_defs.c"))):
        m = re.match(r'"([a-z0-9/-]+)", CONF_(\w+), (\w+), ', row)
        if not m:
            continue
        before, default = row[m.end():].split('"')[:2]
        found[m.group(1)] = (None if "SC_" in before else default,
                             m.group(3))
    return found


def modules(tree):
    """{module: (options, counters, verbs)}, of all, also if left out of the
    build; an option is (name, type, min, max, default)."""
    found = {}
    for path in tree.files("modules", (".c",)):
        text = flat(tree.read(path))
        m = re.search(r"SC_MODULE\((\w+)\) = \{", text)
        if not m:
            continue
        conf = re.findall(
            r'\{"([\w.-]+)", SC_CONF_(\w+), offsetof\([^)]*\), '
            r'(\w+), (\w+), (\w+),', text)
        stats = re.search(r"struct sc_stat_def \w+\[\] = \{(.*?)\};", text)
        verbs = re.findall(r'\{"[^"]*", TAG_(\w+), (?:SC_VERB_|true|false)',
                           text)
        found[m.group(1)] = (
            conf, re.findall(r'\{"([^"]+)",', stats.group(1) if stats else ""),
            sorted({v.lower().replace("_", "-") for v in verbs}))
    return found


# ---- the protocol

def enum(tree, name):
    m = re.search(rf'<enum name="{name}">([^<]*)</enum>',
                  tree.read("protocol/dictionary.xml"))
    return m.group(1).split()


def verbs(tree):
    """What the core serves, and the modules."""
    core = re.findall(r"\{TAG_(\w+), SESSION_",
                      flat(tree.read("src/server/verb.c")))
    found = {v.lower().replace("_", "-") for v in core}
    for _, _, more in modules(tree).values():
        found.update(more)
    return sorted(found)


# ---- the control socket

def control_commands(tree):
    """{command: fields} of the tables."""
    found = {}
    for path in tree.files("src/daemon", (".c",)):
        text = flat(tree.read(path))
        for table in re.findall(
                r"const struct control_command control_\w+\[\] = \{(.*?)\};",
                text):
            # A row begins with a name and a function, a field with a type.
            parts = re.split(r'\{(?:\.name = )?"([a-z ]+)", '
                             r'(?=(?:\.run = )?[a-z_]+\b)', table)
            for name, rest in zip(parts[1::2], parts[2::2]):
                found[name] = re.findall(r'\{"([a-z-]+)", CONTROL_', rest)
    return found


def counters(tree):
    return tree.stats()


def module_counters(tree):
    return [c for _, stats, _ in modules(tree).values() for c in stats]


# ---- the library

def functions(tree):
    return re.findall(r"\b(sc_(?:client|driver|state|code)_\w+)\(",
                      re.sub(r"/\*.*?\*/", "",
                             tree.read("src/client/stonechat.h"), flags=re.S))


def exported(tree):
    """What the linker gives away; None: a build without shared libraries."""
    return tree.symbols(".libs/libstonechat.so")


def constants(tree):
    text = re.sub(r"/\*.*?\*/", "", tree.read("src/client/stonechat.h"),
                  flags=re.S)
    return re.findall(r"^\s(SC_(?:CODE|EVENT|MECHANISM)_\w+)", text, re.M)


def members(tree):
    """(struct, member) of all that the header shows."""
    text = re.sub(r"/\*.*?\*/", "", tree.read("src/client/stonechat.h"),
                  flags=re.S)
    found = []
    for name, body in re.findall(r"^struct (\w+) \{\n(.*?)^\};", text,
                                 re.M | re.S):
        for line in flat(body).split(";"):
            pointer = re.match(r"\s*[\w ]+\(\*(\w+)\)\(", line)
            if pointer:
                found.append((name, pointer.group(1)))
            elif line.strip():
                names = re.sub(r"^\s*(?:const )?(?:struct |enum )?\w+ ", "",
                               line)
                found += [(name, n.strip(" *")) for n in names.split(",")]
    return found


def module_functions(tree):
    """What modules may call: of the headers that module.h has."""
    found = []
    for path in tree.files("src/server", (".h",)):
        if path.rpartition("/")[2].startswith("module"):
            text = re.sub(r"/\*.*?\*/", "", tree.read(path), flags=re.S)
            found += re.findall(r"\b(scm_\w+)\(", text)
    return sorted(set(found))


# ---- the log, and the steps of scenarios

def events(tree):
    return sorted(set(re.findall(r"^\| ([a-z.-]+) \|",
                                 tree.read("doc/log.md"), re.M)) - {"event"})


def steps(tree):
    said = tree.run("tests/scenario/chat-run", "--steps")
    return [line for line in said.split("\n") if line]


def heads(tree, page):
    return [head for head, _ in items(tree.read(page))]
