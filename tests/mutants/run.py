"""What `make mutants` runs: cargo-mutants on what decides a restore, compared with the survivors that have a reason.

    tests/mutants/run.py

FILES="glob …" narrows to files, SHARD=k/n to a part (the first is 0/n), SINCE=revision to the lines that changed since it
branched off. Every mutant that compiles among the others is in one build (together.py) and meets the unit tests and the tests
in process that reach it, for SECONDS_EACH (40) at most where none finds it. The few that must be built alone meet the unit tests
of their crate, and what these do not find the tests in process. The sources are copied to target/mutants and changed there,
so that one can go on working; builds are kept beside them.

A survivor that is not on the list (tests/mutants/survivors.txt) ends the run with 1. An entry of the list whose mutant is
found by now is told, and so is one of code that is gone. An entry is three lines:

    src/restore/extent.rs: replace == with != in overlap
      at: _ => one == other,
      why: ...
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections import Counter

import together

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOME = ROOT / "target/mutants"
TREE = HOME / "tree"
LIST = ROOT / "tests/mutants/survivors.txt"
SCOPE = [
    "src/restore/**/*.rs",
    "src/resources/**/*.rs",
    "crates/tfplugin/src/plan/*.rs",
    "crates/tfplugin/src/canonical.rs",
    "crates/tfplugin/src/nulls.rs",
]
# `--lib` as an argument of every cargo command: else each mutant would build all tests, and run some of them only.
# The arrows of the architecture lead to `azure` and never back: its tests cannot notice a mutant of what is tested here.
UNIT_TESTS = ["--cargo-arg=--lib", "--", "--", "--skip", "azure::"]
# Those of the test target that start no process and take less than a minute together.
IN_PROCESS_TESTS = ["--cargo-arg=--test=all", "--", "--", "--skip", "a_generated_configuration",
                    *(f"restores::{name}::" for name in ("in_process", "scope", "arguments", "imports", "file_share", "virtual_machine")),
                    # What a page says of words and defaults.
                    "documentation::the_pages_are"]


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def copy_sources(tree):
    """Makes a copy equal to the working tree; files that are equal keep their times, so that little is built anew."""
    wanted = set(filter(None, git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")))
    wanted = {name for name in wanted if (ROOT / name).is_file()}
    for name in wanted:
        source, copy = ROOT / name, tree / name
        if not copy.is_file() or source.read_bytes() != copy.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
    for copy in [path for path in tree.rglob("*") if path.is_file()]:
        if str(copy.relative_to(tree)) not in wanted:
            copy.unlink()


def narrowed():
    """Arguments that choose the mutants."""
    arguments = ["--workspace"]
    for glob in os.environ.get("FILES", "").split() or SCOPE:
        arguments += ["--file", glob]
    if os.environ.get("SHARD"):
        arguments += ["--shard", os.environ["SHARD"], "--sharding", "round-robin"]
    if os.environ.get("SINCE"):
        difference = HOME / "since.diff"
        difference.write_text(git("diff", "--merge-base", os.environ["SINCE"], "--", "*.rs"))
        arguments += ["--in-diff", str(difference)]
    return arguments


def cargo_mutants(*arguments, **options):
    environment = {**os.environ, "CARGO_TARGET_DIR": str(HOME / "build"), "CARGO_TERM_COLOR": "never"}
    return subprocess.run(["cargo", "mutants", "--dir", str(TREE), *arguments], env=environment, **options)


def mutants_of(*arguments):
    return json.loads(cargo_mutants("--list", "--json", *arguments, check=True, capture_output=True, text=True).stdout or "[]")


def lines_of(mutants):
    """A difference of the lines of these mutants: names alone choose every mutant that leaves out a field, too."""
    difference = HOME / "alone.diff"
    numbers = {}
    for mutant in mutants:
        numbers.setdefault(mutant["file"], set()).add(mutant["span"]["start"]["line"])
    with difference.open("w") as out:
        for file, lines in sorted(numbers.items()):
            text = (TREE / file).read_text().splitlines()
            print(f"--- a/{file}\n+++ b/{file}", file=out)
            for before, line in enumerate(sorted(lines)):
                print(f"@@ -{line - before - 1},0 +{line},1 @@\n+{text[line - 1]}", file=out)
    return difference


def key(mutant):
    """How the list names a mutant: lines of a file move, what they say does not."""
    what = mutant["name"].split(": ", 1)[1]
    line = (TREE / mutant["file"]).read_text().splitlines()[mutant["span"]["start"]["line"] - 1].strip()
    return f"{mutant['file']}: {what}", line


def listed():
    """The entries of the list, with their reasons."""
    entries, faults = {}, []
    for block in LIST.read_text().split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if not lines:
            continue
        if len(lines) != 3 or not lines[1].startswith("  at: ") or not lines[2].startswith("  why: "):
            faults.append(f"{LIST.relative_to(ROOT)}: not an entry of three lines: {lines[0]}")
            continue
        entries.setdefault((lines[0], lines[1].removeprefix("  at: ")), []).append(lines[2].removeprefix("  why: "))
    return entries, faults


def tell(title, keys):
    if keys:
        print(f"\n{title}")
        for name, line in sorted(keys):
            print(f"{name}\n  at: {line}")


class Survey:
    """The mutants that one run of cargo-mutants has tried, each with what came of it."""

    def __init__(self, name, tests, *arguments):
        self.ended = 0
        home = HOME / name
        # Where no mutant is chosen, cargo-mutants writes nothing, and what an earlier run wrote must not be taken for it.
        written = home / "mutants.out/outcomes.json"
        written.unlink(missing_ok=True)
        home.mkdir(parents=True, exist_ok=True)
        done = cargo_mutants("--in-place", "--output", str(home), "--timeout", "300", "--build-timeout", "900", "--colors", "never",
                             "--no-shuffle", *arguments, *tests)
        # 2: some survived, 3: some took too long. Anything else but 0 is a run that told nothing.
        if done.returncode not in (0, 2, 3):
            self.ended = done.returncode
        outcomes = json.loads(written.read_text())["outcomes"] if written.is_file() else []
        self.outcomes = {outcome["scenario"]["Mutant"]["name"]: (outcome["scenario"]["Mutant"], outcome["summary"])
                         for outcome in outcomes if outcome["scenario"] != "Baseline"}

    def survivors(self, entries):
        """Those that no test found and that have no entry of the list."""
        left = Counter({entry: len(reasons) for entry, reasons in entries.items()})
        new = []
        for mutant, summary in self.outcomes.values():
            if summary == "MissedMutant":
                left[key(mutant)] -= 1
                if left[key(mutant)] < 0:
                    new.append(mutant)
        return new


def main():
    HOME.mkdir(parents=True, exist_ok=True)
    copy_sources(TREE)
    copy_sources(HOME / "together")
    entries, faults = listed()
    # Tests of hundreds of random values are not run at their full length for each mutant.
    os.environ.setdefault("PROPTEST_CASES", "32")
    chosen = mutants_of(*narrowed())
    by_name = {mutant["name"]: mutant for mutant in chosen}
    summaries, alone = together.survey(TREE, HOME, chosen) if chosen else ({}, [])
    outcomes = {name: (by_name[name], summary) for name, summary in summaries.items()}
    for name, tests in (("unit", UNIT_TESTS), ("in_process", IN_PROCESS_TESTS)):
        if not alone:
            break
        print(f"\n{len(alone)} by themselves meet the tests ({name}).", flush=True)
        survey = Survey(name, tests, "--workspace", f"--in-diff={lines_of(alone)}",
                        *(f"--re=^{re.escape(mutant['name'])}$" for mutant in alone))
        if survey.ended:
            return survey.ended
        outcomes.update(survey.outcomes)
        untried = [mutant["name"] for mutant in alone if mutant["name"] not in survey.outcomes]
        faults += [f"cargo-mutants says nothing of {name}" for name in untried]
        alone = survey.survivors(entries)
    tried = Counter(key(mutant) for mutant, _ in outcomes.values())
    survived = Counter(key(mutant) for mutant, summary in outcomes.values() if summary == "MissedMutant")
    new = [entry for entry, count in survived.items() if count > len(entries.get(entry, []))]
    found = [entry for entry in entries if tried[entry] and survived[entry] < len(entries[entry])]
    every = mutants_of("--workspace", *(f"--file={glob}" for glob in SCOPE))
    known = {key(mutant) for mutant in every}
    tell("On the list, and found by now (take them off):", found)
    tell("On the list, and gone from the source (take them off):", [entry for entry in entries if entry not in known])
    tell("Survived without a reason on the list:", new)
    for fault in faults:
        print(f"\n{fault}")
    count = Counter(summary for _, summary in outcomes.values())
    print(f"\n{len(outcomes)} of {len(every)} mutants: " + ", ".join(f"{number} {summary}" for summary, number in sorted(count.items())))
    return 1 if new or faults else 0


if __name__ == "__main__":
    sys.exit(main())
