#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The events of the log: doc/log.md lists those of the source, all of them,
with their unit, level and fields. Prints TAP."""
import os
import re
import sys

top = os.environ.get("top_srcdir", ".")
SESSION = ["session", "user", "device"]
REQUEST = ["n", "id"]


def arguments(text, start):
    """The arguments of a call whose opening parenthesis is at START - 1."""
    depth, quoted, args, at, i = 1, False, [], start, start
    while depth > 0:
        c = text[i]
        if quoted:
            if c == "\\":
                i += 1
            elif c == '"':
                quoted = False
        elif c == '"':
            quoted = True
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        if depth == 0 or (depth == 1 and c == "," and not quoted):
            args.append(text[at:i].strip())
            at = i + 1
        i += 1
    return args


def literal(arg):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', arg))


def fields_of(fmt, rest):
    fields = []
    if any("job_describe(" in a for a in rest):
        fields += SESSION + REQUEST
    fmt = re.sub(r'\\"(?:[^"\\]|\\[^"])*\\"', "", fmt)
    fmt = re.sub(r"%s(?=[a-z])", "", fmt)
    for key in re.findall(r"(%s|[a-z][a-z-]*)=", fmt):
        fields += REQUEST if key == "%s" else [key]
    return fields


def calls():
    """(event, unit, level, fields, where) of each call in the source."""
    for folder in ("src/daemon", "src/server"):
        for name in sorted(os.listdir(os.path.join(top, folder))):
            if not name.endswith(".c") or name == "log.c":
                continue
            path = f"{folder}/{name}"
            with open(os.path.join(top, path), encoding="utf-8") as f:
                text = f.read()
            for m in re.finditer(r"\b(log_line|session_logf)\(", text):
                if re.search(r"\n\s*$", text[: m.start()]) and \
                        text[m.start() - 1] == "\n":
                    continue  # its definition
                args = arguments(text, m.end())
                where = f"{path}:{text.count(chr(10), 0, m.start()) + 1}"
                if m.group(1) == "log_line":
                    unit, level, event, fmt, *rest = args[1:]
                    unit = unit.replace("UNIT_", "").lower()
                    fields = []
                else:
                    level, event, fmt, *rest = args[1:]
                    unit = "session"
                    fields = SESSION
                level = re.sub(r"^(LOG|LEVEL)_", "", level).lower()
                level = {"err": "error", "level": "any"}.get(level, level)
                # One of two, as in ON ? "module.on" : "module.off".
                either = re.fullmatch(r'[^"?]*\? ("[^"]*") : ("[^"]*")',
                                      event)
                if not event.startswith('"') and not either:
                    yield None, unit, level, [], where
                for name in either.groups() if either else [event]:
                    if name.startswith('"'):
                        yield (literal(name), unit, level,
                               fields + fields_of(literal(fmt), rest), where)


def table():
    rows = {}
    with open(os.path.join(top, "doc/log.md"), encoding="utf-8") as f:
        for line in f:
            cells = [c.strip() for c in line.strip().strip("|").split("|")]
            if line.startswith("| ") and len(cells) == 5 and \
                    cells[0] != "event":
                rows[cells[0]] = (cells[1], cells[2], cells[3].split(),
                                  cells[4])
    return rows


def verdict(number, title, problems):
    print(f"{'not ok' if problems else 'ok'} {number} - {title}")
    for p in problems:
        print(f"# {p}")
    return not problems


def main():
    rows = table()
    missing, differ, seen = [], [], {}
    for event, unit, level, fields, where in calls():
        if event is None:
            missing.append(f"{where}: the event is not a literal")
            continue
        seen.setdefault(event, set()).update(fields)
        if event not in rows:
            missing.append(f"{where}: {event} is not in doc/log.md")
            continue
        want_unit, want_level, want_fields, _ = rows[event]
        if (unit, level) != (want_unit, want_level):
            differ.append(f"{where}: {event} is of unit {unit}, level {level}")
        unknown = set(fields) - set(want_fields)
        # Before a login there is no user, and logins themselves say so.
        if unit == "session":
            unknown -= {"user", "device"}
        if unknown:
            differ.append(f"{where}: {event} has {sorted(unknown)} too")
    for event, (_, _, fields, meaning) in rows.items():
        if event not in seen:
            missing.append(f"doc/log.md: nothing logs {event}")
        elif set(fields) - seen[event]:
            differ.append(f"doc/log.md: {event} never has "
                          f"{sorted(set(fields) - seen[event])}")
        if not meaning:
            differ.append(f"doc/log.md: {event} says nothing")
    good = verdict(1, "the events of the source are those of doc/log.md",
                   missing)
    good &= verdict(2, "with their units, levels and fields", differ)
    good &= verdict(3, "there are some", [] if len(seen) > 10 else ["none"])
    print("1..3")
    return 0 if good else 1


sys.exit(main())
