#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The gate: whatever can be asked for, configured, counted or answered is in
the page where people look for it, and in a test. What is missing is named,
with where it must go. Prints TAP."""
import os
import re
import sys

sys.dont_write_bytecode = True
import lists  # noqa: E402
from server import stats_of_a_server  # noqa: E402
from tree import Tap, Tree, items, section  # noqa: E402

CODE = (".c", ".h")
TALK = (".sh", ".py", ".chat")


class Subject:
    """Things of one kind. All get the tree.
    there    names of what there is
    told     names that the pages have
    tested   whether a test has a name; None: it is enough that it is there
    page, test   where what is missing must go
    """

    def __init__(self, title, there, told, tested, page, test=""):
        self.title, self.there, self.told = title, there, told
        self.tested, self.page, self.test = tested, page, test

    def verdicts(self, tree):
        """(title, problems) of each."""
        there, told = list(self.there(tree)), set(self.told(tree))
        yield (f"{self.title}: documented",
               [f"{n} is not in {self.page}" for n in there
                if n not in told] or ([] if there else ["there are none"]))
        yield (f"{self.title}: nothing else is",
               [f"{n} is in {self.page} and nowhere else"
                for n in sorted(told - set(there))])
        if self.tested:
            yield (f"{self.title}: tested",
                   [f"{n} is in no test: it belongs in {self.test}"
                    for n in there if not self.tested(tree, n)])


# ---- options and commands

def word(name):
    return rf"(?<![\w-]){re.escape(name)}(?![\w-])"


MACROS = {"Ar", "Cm", "Ic", "It", "Ns", "Oc", "Oo", "Op", "Pq", "Xc", "Xo",
          "|", ":"}


def flags(head):
    """Options that a line of a page names, as in Fl s , Fl -server Ar host."""
    found, flag = [], False
    for w in head.split():
        if w == "Fl":
            flag = True
        elif w in MACROS or w.startswith("."):
            flag = False
        elif flag and w != ",":
            found.append("-" + w)
    return found


def own_options(tree, page):
    """Options of the program, not of its commands."""
    return [f for head in lists.heads(tree, page)
            if head.startswith(".It Fl") for f in flags(head)]


# How tests call the programs.
CALLS = {
    "stonechatd": r"stonechatd\b|\bmaintain\b",
    "stonechatctl": r"stonechatctl\b|\bcontrol \w|operator runs",
    "stonechat": r'/stonechat"|\bas \S|\bstonechat\b|on_terminal|\btalk\b',
    "stonechat-wire": r"stonechat-wire|\bwire\b",
    "stonechat-bench": r"stonechat-bench|\b(?:bench|made)\b|--",
}


def program(name):
    def tested(tree, option):
        return tree.named(word(option), TALK + CODE, CALLS[name])
    page = lists.PROGRAMS[name][1]
    return Subject(f"options of {name}",
                   lambda tree: lists.options(tree, name),
                   lambda tree: own_options(tree, page), tested, page,
                   "tests/bench" if "bench" in name else
                   "tests/vectors" if "wire" in name else "tests/scenario")


def with_options(commands):
    return [c for c in commands] + [f"{c} {o}" for c, own in commands.items()
                                    for o in own]


def told_commands(tree, page, known, part=None):
    """Commands, and "command --option", of the heads of a page."""
    text = section(tree.read(page), part) if part else tree.read(page)
    for head, _ in items(text):
        m = re.match(r"\.It (?:Xo +)?Ic ([a-z]+(?: [a-z]+)?)", head)
        if not m or m.group(1).startswith("/"):
            continue
        name = m.group(1)
        if name not in known:
            name = name.split()[0] if name.split()[0] in known else name
        yield name
        for option in flags(head):
            yield f"{name} {option}"


def command_line(prefix, name):
    """A pattern for a call of a command, with an option perhaps."""
    words = [w for w in name.split() if not w.startswith("--")]
    option = [w for w in name.split() if w.startswith("--")]
    pattern = rf'(?:{prefix}).*\b{r"[ ,]+".join(words)}\b'
    return pattern + (rf".*{word(option[0])}" if option else "")


def ctl_tested(tree, name):
    return tree.named(command_line(CALLS["stonechatctl"],
                                   name), TALK)


def cli_tested(tree, name):
    return tree.named(command_line(CALLS["stonechat"], name), TALK)


def ctl_page(tree):
    return told_commands(tree, "man/stonechatctl.8",
                         lists.ctl_commands(tree))


def cli_page(tree):
    return told_commands(tree, "man/stonechat.1", lists.cli_commands(tree),
                         "DESCRIPTION")


def talk_page(tree):
    return re.findall(r"^\.It Ic /([a-z]+)",
                      tree.read("man/stonechat.1"), re.M) + [
        m for m in re.findall(r"^\.Ic /([a-z]+)\nis the same",
                              tree.read("man/stonechat.1"), re.M)]


def bench_protocol_page(tree):
    for head, body in items(tree.read("man/stonechat-bench.1")):
        if head.startswith(".It Fl -protocol"):
            return re.findall(r"^\.Cm (\w+)", body, re.M)
    return []


# ---- the configuration

def element_page(tree):
    """Paths: an element below .Ss SECTION."""
    found, where = {}, ""
    block = section(tree.read("man/stonechat.xml.5"), "ELEMENTS")
    for part in re.split(r"^(?=\.Ss )", block, flags=re.M):
        m = re.match(r"\.Ss (\S+)", part)
        where = m.group(1) + "/" if m else ""
        for head, body in items(part):
            m = re.match(r"\.It Ic ([a-z0-9-]+) Pq", head)
            if m:
                found[where + m.group(1)] = body
    return found


def element_tested(tree, path):
    place, _, leaf = path.rpartition("/")
    if path in ("log/unit", "modules/module"):
        return tree.named(rf"<{leaf} name=")
    return tree.named(rf"\b{path}\b" if place else rf"<{leaf}>") or \
        tree.named(rf"<{place}>.*<{leaf}>") or \
        tree.named(rf"<{leaf}>(?!.*<{leaf}>.*<)", TALK) and \
        sum(p.endswith("/" + leaf) for p in lists.elements(tree)) == 1


def sample_problems(tree):
    """The sample has each element with its default."""
    sample = tree.read("doc/stonechat.xml.in")
    for path, (default, _) in lists.elements(tree).items():
        name = path.rpartition("/")[2]
        want = f"<{name} name=" if path in ("log/unit", "modules/module") \
            else f"<{name}>@" if default is None \
            else f"<{name}>{default}</{name}>"
        if want not in sample:
            yield f"{path} is not in doc/stonechat.xml.in as {want}"


CHANGES = {"LIVE": "", "RESTART": "A change needs a restart.",
           "PARENT": "A change needs a stop and a start."}


def restart_problems(tree):
    """The manual says what a reload does not take, and of nothing else."""
    told = element_page(tree)
    for path, (_, change) in lists.elements(tree).items():
        body = told.get(path, "").split("\n.Bl")[0]
        for word_, sentence in CHANGES.items():
            if path == "modules/module" or not sentence:
                continue
            if (sentence in body) != (word_ == change):
                yield f"{path}: man/stonechat.xml.5 " + (
                    "does not say: " if word_ == change else "says: ") + \
                    sentence


def default_problems(tree):
    told = element_page(tree)
    for path, (default, _) in lists.elements(tree).items():
        if path in ("log/unit", "modules/module") or default is None:
            continue
        want = rf"\.Ql {re.escape(default)} \." if default else \
            r"The default is empty\."
        if path in told and not re.search(want, told[path]):
            yield f"{path}: man/stonechat.xml.5 does not say that its " \
                f"default is {default or 'empty'}"


def module_names(tree):
    for name, (options, _, _) in lists.modules(tree).items():
        yield name
        for option in options:
            yield f"{name}/{option[0]}"


def module_page(tree):
    """Modules and their attributes below .It Sy MODULE."""
    name, page = None, section(tree.read("man/stonechat.xml.5"), "ELEMENTS")
    for head, _ in items(page):
        m = re.match(r"\.It (Sy|Cm) (\S+)", head)
        if m and m.group(1) == "Sy":
            name = m.group(2)
            yield name
        elif m and name:
            yield f"{name}/{m.group(2)}"


def module_tested(tree, path):
    name, _, option = path.partition("/")
    if not option:
        return tree.named(rf'module name="{name}"') or \
            tree.named(rf"server without {name}\b|needs .*\b{name}\b")
    return tree.named(rf"modules/{name}/{option}\b") or \
        tree.named(rf'name="{name}".*\b{option}=')


def option_problems(tree):
    """Range and default of each option of each module."""
    page = section(tree.read("man/stonechat.xml.5"), "ELEMENTS")
    sample = tree.read("doc/stonechat.xml.in")
    for name, (options, _, _) in lists.modules(tree).items():
        line = re.search(rf'<module name="{name}" enabled="yes".*/>', sample)
        if not line:
            yield f"{name} is not in doc/stonechat.xml.in"
            continue
        block = re.split(r"^\.It Sy ", page, flags=re.M)
        block = [b for b in block if b.split("\n")[0] == name]
        said = {head.split()[2]: body for head, body in
                items(block[0] if block else "")
                if head.startswith(".It Cm ")}
        for option, kind, low, high, default in options:
            if kind == "BOOL":
                default = "no" if default in ("0", "false") else "yes"
                want = rf"\.Ql {default} \."
            elif kind == "KEEP":
                delivered = "" if low != "0" else \
                    r"\.Ql until-delivered ,\n"
                want = rf"From 1 to {high},\n{delivered}or\n" \
                    r"\.Ql forever \.\nThe default is\n" \
                    rf"\.Ql {default} \."
            else:
                want = rf"From {low} to {high}\.\nThe default is\n" \
                    rf"\.Ql {default} \."
            if not re.search(want, said.get(option, "")):
                yield f"{name}/{option}: man/stonechat.xml.5 does not " \
                    "have its range or default"
            if f' {option}="{default}"' not in line.group(0):
                yield f"{name}/{option} is not in doc/stonechat.xml.in " \
                    f'as {option}="{default}"'


# ---- the protocol

def protocol(part):
    """Names of a section of stonechat-protocol(7)."""
    page = "man/stonechat-protocol.7"
    return lambda tree: [head.split()[2] for head, _ in items(section(
        tree.read(page), part).split("\n.Ss ")[0])]


def verb_page(tree):
    spec = tree.read("protocol/SPEC.md")
    page = tree.read("man/stonechat-protocol.7")
    known = lists.verbs(tree)
    return [v for v in known if re.search(rf"<{v}[ />]", spec) and
            re.search(rf"\bIc {v}\b", page)]


def upper(name):
    return name.upper().replace("-", "_")


def verb_tested(tree, name):
    return tree.named(rf"<{name}[ />]", TALK) or \
        tree.named(rf"\bTAG_{upper(name)}\b", CODE)


SPELT = {"bad-request": "BADREQUEST", "not-authorized": "NOTAUTHORIZED",
         "not-found": "NOTFOUND", "too-large": "TOOLARGE",
         "rate-limited": "RATELIMITED", "resource-constraint": "RESOURCE",
         "not-acceptable": "NOTACCEPTABLE"}


def spelt(name):
    return "SC_E" + SPELT.get(name, upper(name))


def code_tested(tree, name):
    return tree.named(rf'code="{name}"|(because|refused|away) {name}\b', TALK)\
        or tree.named(rf"\b(CODE_{upper(name)}|{spelt(name)})\b", CODE)


def bye_tested(tree, name):
    return tree.named(rf'why=\\?"{name}|is told {name}\b') or \
        tree.named(rf"\bBYE_REASON_{upper(name)}\b", CODE)


def unserved(tree):
    """Codes and reasons that the server never says, or knows and never
    needs."""
    text = tree.sources("src/server", "src/chat", "src/daemon", "modules")
    for name in lists.enum(tree, "code"):
        if not re.search(rf"\b{spelt(name)}\b", text):
            yield f"the server never answers {name}"
    for name in lists.enum(tree, "bye-reason"):
        if f"BYE_REASON_{upper(name)}" not in text:
            yield f"the server never says bye with {name}"


# ---- the control socket

def control_names(tree):
    for name, fields in lists.control_commands(tree).items():
        yield name
        for field in fields:
            yield f"{name}: {field}"


def control_page(tree):
    page = tree.read("doc/control.md").split("\n## Commands\n")[-1]
    for block in re.split(r"^### ", page, flags=re.M)[1:]:
        head, _, body = block.partition("\n")
        name = head.replace(" (changes)", "").strip()
        yield name
        for field in re.findall(r"`([a-z-]+)`\*? (?:string|number|flag)",
                                body):
            yield f"{name}: {field}"


def control_tested(tree, name):
    command = name.partition(":")[0]
    return tree.named(rf'"command": ?\\?"{command}\\?"') or \
        ctl_tested(tree, command)


def counter_page(tree):
    return [head.split()[2] for head, _ in items(section(
        tree.read("man/stonechatctl.8"), "Counters"))]


def counters_there(tree):
    return sorted(set(lists.counters(tree)) |
                  set(lists.module_counters(tree)))


def counter_tested(tree, name):
    return tree.named(word(name), TALK,
                      r"counts|stats|field|counter|count ") or \
        tree.named(rf'"{re.escape(name)}"', CODE)


# ---- the library

def function_page(tree):
    return re.findall(r"^\.Fn (sc_\w+) \"", tree.read("man/libstonechat.3"),
                      re.M)


def functions_there(tree):
    known = [f for f in lists.functions(tree)]
    return known + re.findall(r"^typedef \w+ (sc_\w+_fn)\(",
                              tree.read("src/client/stonechat.h"), re.M)


def function_tested(tree, name):
    return name.endswith("_fn") or tree.named(rf"\b{name}\(", CODE)


def module_function_tested(tree, name):
    """By a test, or in a module, which has its own."""
    return tree.named(rf"\b{name}\(", CODE) or \
        re.search(rf"\b{name}\(", tree.sources("modules", "doc/examples"))


def export_problems(tree):
    said = lists.exported(tree)
    header = set(lists.functions(tree))
    if said is not None:
        for name in sorted(set(said) - header - {"STONECHAT_0"}):
            yield f"{name} is exported and not in src/client/stonechat.h"
        for name in sorted(header - set(said)):
            yield f"{name} is not exported: src/client/libstonechat.map"


def constant_page(tree):
    return re.findall(r"^\.It Dv (SC_\w+)", tree.read("man/libstonechat.3"),
                      re.M)


def constant_tested(tree, name):
    if name.startswith("SC_CODE_"):
        # a code may be tested by the name of the core
        return code_tested(tree, name[8:].lower().replace("_", "-")) or \
            tree.named(rf"\b{name}\b", CODE)
    return tree.named(rf"\b{name}\b", CODE)


def member_problems(tree):
    page = tree.read("man/libstonechat.3")
    words = set(re.findall(r"\b[a-z_]+\b", " ".join(
        re.findall(r"^\.(?:It |Pq )?Va (.*)", page, re.M) +
        re.findall(r"\bPq Va (.*)", page))))
    for struct, name in lists.members(tree):
        if name not in words:
            yield f"{name} of struct {struct} is not in man/libstonechat.3"


# ---- the pages themselves

def pages(tree):
    return [p for p in tree.files("man", tuple(".%d" % n
                                               for n in range(1, 9)))]


def lint_problems(tree):
    for page in pages(tree):
        yield from tree.lint(page)


def reference_problems(tree):
    """Pages of ours that are named are there, and under SEE ALSO."""
    ours = {p[4:] for p in pages(tree)}
    for page in pages(tree):
        text = tree.read(page)
        also = section(text, "SEE ALSO")
        for name, number in sorted(set(re.findall(
                r"^\.Xr ((?:lib)?stonechat\S*) (\d)", text, re.M))):
            if f"{name}.{number}" not in ours:
                yield f"{page} names {name}({number}), which there is not"
            elif f".Xr {name} {number}" not in also and \
                    page != f"man/{name}.{number}":
                yield f"{page} does not have {name}({number}) in SEE ALSO"


# ---- the rest

def event_tested(tree, name):
    escaped = re.escape(name)
    return tree.named(rf"\bevent={escaped}(?![\w.-])|[\"' ]{escaped}[\"' ]")


def event_problems(tree):
    for name in lists.events(tree):
        if not event_tested(tree, name):
            yield f"{name} is in no test: it belongs in tests/scenario"


def step_page(tree):
    return re.findall(r"^\| `([^`$]*)` \|",
                      tree.read("tests/scenario/README.md"), re.M)


SUBJECTS = [
    *(program(name) for name in lists.PROGRAMS),
    Subject("commands of stonechatctl",
            lambda tree: with_options(lists.ctl_commands(tree)),
            ctl_page, ctl_tested, "man/stonechatctl.8", "tests/scenario"),
    Subject("commands of stonechat",
            lambda tree: with_options(lists.cli_commands(tree)),
            cli_page, cli_tested, "man/stonechat.1", "tests/scenario"),
    Subject("commands of a conversation", lists.talk_words, talk_page,
            lambda tree, name: tree.named(rf"(?<!\w)/{name}\b", TALK),
            "man/stonechat.1", "tests/scenario/talk.sh"),
    Subject("modes of stonechat-bench", lists.bench_modes,
            lambda tree: [head.split()[2] for head, _ in items(section(
                tree.read("man/stonechat-bench.1"), "DESCRIPTION"))
                          if head.startswith(".It Cm ")],
            lambda tree, name: tree.named(rf"\b(bench|made) {name}\b",
                                             TALK),
            "man/stonechat-bench.1", "tests/bench/modes.sh"),
    Subject("protocols of stonechat-bench", lists.bench_protocols,
            bench_protocol_page,
            lambda tree, name: tree.named(rf"\bprotocol\b.*\b{name}\b") or
            name == "stonechat", "man/stonechat-bench.1",
            "tests/bench/modes.sh"),
    Subject("elements of the configuration", lists.elements, element_page,
            element_tested, "man/stonechat.xml.5",
            "tests/scenario or tests/unit/test_config.c"),
    Subject("modules and their options", module_names, module_page,
            module_tested, "man/stonechat.xml.5", "tests/scenario"),
    Subject("verbs that are served", lists.verbs, verb_page, verb_tested,
            "protocol/SPEC.md and man/stonechat-protocol.7",
            "tests/scenario or tests/unit"),
    Subject("codes of errors", lambda tree: lists.enum(tree, "code"),
            protocol("ANSWERS THAT SAY NO"), code_tested,
            "man/stonechat-protocol.7", "tests/scenario or tests/unit"),
    Subject("reasons of bye", lambda tree: lists.enum(tree, "bye-reason"),
            protocol("Goodbyes"), bye_tested, "man/stonechat-protocol.7",
            "tests/scenario or tests/unit"),
    Subject("reasons of skip", lambda tree: lists.enum(tree, "skip-reason"),
            protocol("Catching up"), None, "man/stonechat-protocol.7"),
    Subject("commands of the control socket", control_names, control_page,
            control_tested, "doc/control.md", "tests/scenario"),
    Subject("counters", counters_there, counter_page, counter_tested,
            "man/stonechatctl.8", "tests/scenario or tests/crash"),
    Subject("functions of libstonechat", functions_there, function_page,
            function_tested, "man/libstonechat.3", "tests/unit"),
    Subject("constants of libstonechat", lists.constants, constant_page,
            constant_tested, "man/libstonechat.3", "tests/unit"),
    Subject("functions of modules", lists.module_functions,
            lambda tree: re.findall(r'^\.Fn (scm_\w+) "',
                                    tree.read("man/stonechat-module.3"),
                                    re.M),
            module_function_tested, "man/stonechat-module.3",
            "a module, or tests/unit"),
    Subject("steps of scenarios", lists.steps, step_page, None,
            "tests/scenario/README.md"),
]

CHECKS = [
    ("the sample configuration has each element with its default",
     sample_problems),
    ("the manual says which elements need a restart", restart_problems),
    ("and the default of each", default_problems),
    ("options of modules have range and default", option_problems),
    ("the server has a use for each code and reason", unserved),
    ("what stonechat.h declares is exported, and nothing else",
     export_problems),
    ("members of the structures of stonechat.h: documented",
     member_problems),
    ("events of the log: tested", event_problems),
    ("mandoc finds nothing wrong with the pages", lint_problems),
    ("pages of ours that a page names are under SEE ALSO",
     reference_problems),
]


def verdicts(tree):
    for subject in SUBJECTS:
        yield from subject.verdicts(tree)
    for title, problems in CHECKS:
        yield title, list(problems(tree))


def main():
    source = os.environ.get("top_srcdir", ".")
    tree = Tree(source, os.environ.get("top_builddir", "."))
    tree.server = stats_of_a_server(tree.build)
    tap = Tap()
    for title, problems in verdicts(tree):
        tap.verdict(title, problems)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
