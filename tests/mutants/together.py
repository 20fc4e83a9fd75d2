"""Every mutant of cargo-mutants in one build: which of them is in force is chosen when the tests start.

A mutant alone costs a build. Here each stands in the source behind a question, `crate::mutant(17)`, that the environment
answers, so that a mutant costs the run of the tests that reach it, and nothing else. What does not compile this way is
taken out again, and is told with the compiler's reason.
"""

import collections
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import time

import tree_sitter
import tree_sitter_rust

LIBRARIES = ["src/lib.rs", "crates/tfplugin/src/lib.rs"]
# Whose tests: the unit tests of each crate, and the test target that has those in process.
PROGRAMS = ["--lib", "--test", "all"]
WORKERS = os.cpu_count() or 1
# Tests of real processes and long loads are none of those that a mutant meets.
LONGEST_TEST_SECONDS = 25
# How long the tests for one mutant may take where none finds it, by the seconds that they take without it.
SECONDS_EACH = float(os.environ.get("SECONDS_EACH") or 40)
# Why a mutant that compiles by itself does not stand beside the others.
NO_PLACE = "no place was found for it"
# What does not compile among the others, and may by itself.
ALONE = "alone"
# What may not compile, or stand beside one that does not.
IN_DOUBT = "in doubt"
# The other form of a condition that binds names does not compile.
BINDS = "a condition that binds"
# What can be read twice.
PLACES = ("identifier", "self", "field_expression")
PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language()))

# Asked by every mutant. The numbers that were asked for are written to a file where one is named: what a test reaches.
QUESTION = """
#[doc(hidden)]
#[allow(warnings, clippy::all)]
pub fn mutant(number: u32) -> bool {
    use std::io::Write;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Mutex, OnceLock};
    static CHOSEN: OnceLock<u32> = OnceLock::new();
    static REACHED: OnceLock<Option<(Mutex<std::fs::File>, Vec<AtomicBool>)>> = OnceLock::new();
    let reached = REACHED.get_or_init(|| {
        let path = std::env::var_os("MUTANTS_REACHED")?;
        let file = std::fs::OpenOptions::new().append(true).create(true).open(path).ok()?;
        Some((Mutex::new(file), (0..20_000).map(|_| AtomicBool::new(false)).collect()))
    });
    if let Some((file, seen)) = reached {
        if !seen[number as usize].swap(true, Ordering::Relaxed) {
            let _ = file.lock().map(|mut file| file.write_all(format!("{number}\\n").as_bytes()));
        }
    }
    *CHOSEN.get_or_init(|| std::env::var("MUTANT").ok().and_then(|text| text.parse().ok()).unwrap_or(u32::MAX)) == number
}
"""


@dataclasses.dataclass(frozen=True)
class Test:
    program: tuple
    name: str
    seconds: float
    reached: frozenset


class Source:
    """A file, and the texts that are put into it."""

    def __init__(self, path):
        self.bytes = path.read_bytes()
        self.lines = [0]
        for line in self.bytes.split(b"\n"):
            self.lines.append(self.lines[-1] + len(line) + 1)
        self.tree = PARSER.parse(self.bytes)
        self.inserted, self.cuts, self.operators = [], [], {}
        # Numbers whose text holds other mutants, too.
        self.shared = set()

    def offset(self, place):
        start = self.lines[place["line"] - 1]
        line = self.bytes[start:self.lines[place["line"]]].decode()
        return start + len(line[:place["column"] - 1].encode())

    def text(self, start, end):
        return self.bytes[start:end].decode()

    def put(self, number, offset, text, opens, other):
        """`opens` tells that the text stands before what is at the offset; `other` is the far end of what it encloses."""
        self.inserted.append((offset, opens, other, number, text))

    def around(self, number, start, end, before, after):
        self.put(number, start, before, True, end)
        self.put(number, end, after, False, start)

    def changed(self):
        """The text with what was put in, and where each piece lies: [(start, end, number)]."""
        def order(piece):
            offset, opens, other, number, _ = piece
            # What closes comes before what opens. The widest opens first and closes last.
            return (offset, opens, -other, number if opens else -number)
        edits = [(order(piece), piece[0], piece[0], piece[3], piece[4]) for piece in self.inserted]
        # The operator itself, after what ends with its left side.
        edits += [((start, True, -(1 << 50), 0), start, end, number, " ") for number, (start, end) in self.cuts]
        out, pieces, last, length = [], [], 0, 0
        for _, offset, resume, number, text in sorted(edits):
            text = text.encode()
            out += [self.bytes[last:offset], text]
            length += offset - last
            pieces.append((length, length + len(text), number))
            length += len(text)
            last = resume
        out.append(self.bytes[last:])
        return b"".join(out), pieces


def smallest(node, start, end):
    return node.descendant_for_byte_range(start, end)


def enclosing(node, kinds):
    while node is not None and node.type not in kinds:
        node = node.parent
    return node


def contains_let(node):
    return node.type in ("let_condition", "let_chain") or any(contains_let(child) for child in node.children)


# Each of these puts one mutant into its file, or tells why it can't.

def mark_body(source, mutant, number, start, end):
    source.put(number, start, f"if {asked(number)} {{ return {mutant['replacement']}; }} ", True, 1 << 40)


def mark_guard(source, mutant, number, start, end):
    if contains_let(smallest(source.tree.root_node, start, end)):
        return BINDS
    answer = f"|| {asked(number)}" if mutant["replacement"] == "true" else f"&& !{asked(number)}"
    source.around(number, start, end, "((", f") {answer})")


def mark_arm(source, mutant, number, start, end):
    """Without the arm, values go on to the arms below."""
    arm = enclosing(smallest(source.tree.root_node, start, start + 1), ("match_arm",))
    if arm is None or arm.start_byte != start:
        return NO_PLACE
    pattern = arm.child_by_field_name("pattern")
    guard = pattern.child_by_field_name("condition")
    if guard is None:
        source.put(number, pattern.end_byte, f" if !{asked(number)}", False, 0)
    elif contains_let(guard):
        return BINDS
    else:
        source.around(number, guard.start_byte, guard.end_byte, "((", f") && !{asked(number)})")


def base_of(fields):
    """What stands behind the dots."""
    bases = [child for child in fields.children if child.type == "base_field_initializer"] if fields else []
    return bases[0].named_children[0] if bases else None


def mark_field(source, mutant, number, start, end):
    """Without the field, its value is that of the struct behind the dots, which is made twice if it is made there. Of a plain
    default, whose type only the whole says, the default of the field's type stands for it."""
    # The span ends with the comma.
    field = source.text(start, end).rstrip(", \n")
    end = start + len(field.encode())
    named = re.match(r"\w+:\s*", field)
    name = re.match(r"\w+", field).group(0)
    rest = base_of(enclosing(smallest(source.tree.root_node, start, end), ("field_initializer_list",)))
    behind = rest.text.decode() if rest else "Default::default()"
    left = behind if behind == "Default::default()" else f"{behind}.{name}" if rest.type in PLACES else f"({behind}).{name}"
    choice = f"if {asked(number)} {{ {left} }} else {{ "
    if named:
        source.around(number, start + len(named.group(0).encode()), end, choice, " }")
    else:
        source.around(number, start, end, f"{field}: {choice}", " }")


def mark_unary(source, mutant, number, start, end):
    unary = enclosing(smallest(source.tree.root_node, start, end), ("unary_expression",))
    if unary is None or unary.start_byte != start or source.text(start, end) != "!" or mutant["replacement"]:
        return NO_PLACE
    source.around(number, unary.start_byte, unary.end_byte, "((", f") != {asked(number)})")


def mark_binary(source, mutant, number, start, end):
    node = smallest(source.tree.root_node, start, end)
    if node.parent.type == "let_chain":
        return BINDS
    binary = enclosing(node, ("binary_expression", "compound_assignment_expr"))
    if binary is None:
        return NO_PLACE
    left, right = binary.child_by_field_name("left"), binary.child_by_field_name("right")
    operator = source.text(start, end)
    if not left.end_byte <= start < end <= right.start_byte:
        return NO_PLACE
    if contains_let(binary):
        return BINDS
    if operator in ("==", "!="):
        source.around(number, binary.start_byte, binary.end_byte, "((", f") != {asked(number)})")
    else:
        choices = source.operators.setdefault((binary.start_byte, binary.end_byte), [])
        choices.append((number, operator, mutant["replacement"], left, right))


MARKS = {"FnValue": mark_body, "MatchArmGuard": mark_guard, "MatchArm": mark_arm, "StructField": mark_field,
         "UnaryOperator": mark_unary, "BinaryOperator": mark_binary}


def mark(source, mutant, number):
    span = mutant["span"]
    return MARKS[mutant["genre"]](source, mutant, number, source.offset(span["start"]), source.offset(span["end"]))


def asked(number):
    return f"crate::mutant({number})"


def mark_operators(source):
    """Operators whose mutants share their operands, which are evaluated once."""
    for (start, end), mutants in source.operators.items():
        number, operator, _, left, right = mutants[0]
        if len(mutants) > 1:
            source.shared.add(number)
        if operator in ("&&", "||"):
            # The right side is evaluated if the left is true (&&) or false (||); the mutant turns that round.
            wish = "" if operator == "&&" else "!"
            source.put(number, start, "(match (", True, end)
            source.put(number, left.end_byte, f") {{ __left => if ({wish}__left) != crate::mutant({number}) {{ ", False, start - 1)
            source.put(number, end, " } else { __left } })", False, start)
            source.cuts.append((number, (left.end_byte, right.start_byte)))
            continue
        if operator.endswith("=") and operator not in ("<=", ">="):
            other = source.text(right.start_byte, right.end_byte)
            subject = source.text(left.start_byte, left.end_byte)
            choices = "".join(f"if crate::mutant({n}) {{ {subject} {r} {other}; }} else " for n, _, r, _, _ in mutants)
            source.put(number, start, f"{{ {choices}{{ ", True, end)
            source.put(number, end, " } }", False, start)
            continue
        by = "&" if operator in ("<", ">", "<=", ">=") else ""
        choices = "".join(f"if crate::mutant({n}) {{ __left {r} __right }} else " for n, _, r, _, _ in mutants)
        source.put(number, start, f"(match ({by}(", True, end)
        source.put(number, left.end_byte, f"), {by}(", False, start - 1)
        source.put(number, end, f")) {{ (__left, __right) => {choices}{{ __left {operator} __right }} }})", False, start)
        source.cuts.append((number, (left.end_byte, right.start_byte)))


def put_in(original, tree, mutants, libraries, left_out):
    """Writes the sources with every mutant that is not left out; tells why some can't be put in, the pieces of each file, and
    the numbers whose pieces hold other mutants, too."""
    reasons, pieces, shared = {}, {}, set()
    by_file = {library: [] for library in libraries}
    for number, mutant in enumerate(mutants):
        by_file.setdefault(mutant["file"], []).append(number)
    for file, numbers in by_file.items():
        source = Source(original / file)
        for number in numbers:
            if number not in left_out:
                reason = mark(source, mutants[number], number)
                if reason:
                    reasons[number] = reason
        mark_operators(source)
        text, pieces[file] = source.changed()
        shared |= source.shared
        if file in libraries:
            text += QUESTION.encode()
        if (tree / file).read_bytes() != text:
            (tree / file).write_bytes(text)
    return reasons, pieces, shared


def compile_once(tree, environment):
    """The compiler's errors: [(file, start, end, code, text)]; none if it built."""
    run = subprocess.run(["cargo", "check", "--workspace", "--lib", "--message-format=json"],
                         cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    errors = []
    for line in run.stdout.splitlines():
        message = json.loads(line).get("message")
        if not isinstance(message, dict) or message.get("level") != "error" or not message["spans"]:
            continue
        code = (message.get("code") or {}).get("code")
        spans = []
        for span in message["spans"]:
            while span.get("expansion") and not span["file_name"].startswith(("src/", "crates/")):
                span = span["expansion"]["span"]
            spans.append((not span["is_primary"], span["file_name"], span["byte_start"], span["byte_end"]))
        errors.append((code, message["message"], sorted(spans)))
    return errors, run.returncode


def blamed(errors, pieces, shared, mutants):
    """The numbers of the mutants that the errors are about, each with the code of its error and the compiler's words.

    Where the error is not in the text of one mutant alone, it may be of another: what is blamed for it is in doubt.
    """
    numbers = {}
    for code, text, spans in errors:
        _, file, start, _ = spans[0]
        in_file = pieces.get(file, [])
        found = [] if code == "E0004" else named_by(spans, pieces)
        is_certain = len(found) == 1 and found[0] not in shared
        if code == "E0004":
            # A match that is no longer whole: one of its arms, so the first after it, and in the next round the next.
            arms = [(low, number) for low, _, number in in_file if low >= start and mutants[number]["genre"] == "MatchArm"]
            found = [min(arms)[1]] if arms else []
        elif not found:
            found = enclosing_pieces(spans, pieces)
        if not found and code == "E0308":
            # Where a function returns `impl …`, its body and a mutant are of two types.
            bodies = [(low, number) for low, _, number in in_file if low <= start + 200 and returns_impl(mutants[number])]
            found = [max(bodies)[1]] if bodies else []
        if not found:
            raise SystemExit(f"{file}: {code} {text}: of no mutant. The tool puts it in wrongly, or the source does not build.")
        for number in found:
            numbers.setdefault(number, (reason_of(code, mutants[number]) if is_certain else IN_DOUBT, text))
    return numbers


def compiled(original, tree, mutants, libraries, environment):
    """Puts in all that compiles. Tells why the others are left out: {number: (code, text)}."""
    left_out = {}

    def until_it_compiles(whose):
        while True:
            reasons, pieces, shared = put_in(original, tree, mutants, libraries, left_out)
            left_out.update({number: (ALONE if reason == NO_PLACE else None, reason) for number, reason in reasons.items()})
            errors, code = compile_once(tree, environment)
            if not errors:
                if code:
                    raise SystemExit("The sources with all mutants do not build, and cargo names no error.")
                return
            print(f"{len(errors)} errors of mutants that do not compile", flush=True)
            left_out.update(whose(errors, pieces, shared))

    until_it_compiles(lambda errors, pieces, shared: blamed(errors, pieces, shared, mutants))
    # Those in doubt again, one of each function at a time: an error in it is of this one then.
    waiting = collections.defaultdict(list)
    for number, (code, _) in left_out.items():
        if code == IN_DOUBT:
            waiting[function_of(mutants[number])].append(number)
    while any(waiting.values()):
        added = {function: numbers.pop() for function, numbers in waiting.items() if numbers}
        for number in added.values():
            del left_out[number]
        until_it_compiles(lambda errors, pieces, _: blamed_of(added, errors, pieces, mutants))
    return left_out


def function_of(mutant):
    """The file and the lines of the function that a mutant changes; those of the mutant itself outside functions."""
    span = (mutant.get("function") or mutant)["span"]
    return mutant["file"], span["start"]["line"], span["end"]["line"]


def blamed_of(added, errors, pieces, mutants):
    """As `blamed`, where nothing but `added` can be at fault."""
    numbers = {}
    for code, text, spans in errors:
        nearest = [(min(abs(low - start) for low, _, piece in pieces.get(file, []) if piece == number), number)
                   for number in added.values() for _, file, start, _ in spans[:1]
                   if any(piece == number for _, _, piece in pieces.get(file, []))]
        if not nearest:
            raise SystemExit(f"{spans[0][1]}: {code} {text}: of none of the mutants that were put in last.")
        number = min(nearest)[1]
        numbers.setdefault(number, (reason_of(code, mutants[number]), text))
    return numbers


def reason_of(code, mutant):
    """Two bodies of one function, one of which returns another type, may do by themselves; so may what a constant is made of."""
    return ALONE if code == "E0015" or code == "E0308" and mutant["genre"] == "FnValue" else code


def returns_impl(mutant):
    return mutant["genre"] == "FnValue" and "impl " in str((mutant.get("function") or {}).get("return_type"))


def named_by(spans, pieces):
    for _, file, start, end in spans:
        found = [number for low, high, number in pieces.get(file, [])
                 if low <= start < high or start <= low and high <= end and end - start < 400]
        if found:
            return found
    return []


def enclosing_pieces(spans, pieces):
    """The mutant whose pieces enclose the error most narrowly."""
    for _, file, start, end in spans:
        ranges = {}
        for low, high, number in pieces.get(file, []):
            lowest, highest = ranges.get(number, (low, high))
            ranges[number] = min(lowest, low), max(highest, high)
        around = [(high - low, number) for number, (low, high) in ranges.items() if low <= start and end <= high]
        if around:
            return [min(around)[1]]
    return []


def test_programs(tree, programs, environment):
    """The programs of tests, each with the folder that its tests expect to run in."""
    run = subprocess.run(["cargo", "test", "--workspace", *programs, "--no-run", "--message-format=json"],
                         cwd=tree, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    built = [json.loads(line) for line in run.stdout.splitlines()]
    return [(message["executable"], str(pathlib.Path(message["manifest_path"]).parent)) for message in built
            if message.get("executable") and message["profile"]["test"]]


class Tests:
    """The tests that start no client, with what each of them reaches."""

    def __init__(self, programs, environment, home):
        self.environment, self.home = environment, home
        # Whatever wants a real Terraform fails at once, and is no test in process.
        clients = home / "no_clients"
        clients.mkdir(exist_ok=True)
        for client in ("terraform", "tofu"):
            (clients / client).write_text("#!/bin/sh\nexit 97\n")
            (clients / client).chmod(0o755)
        self.environment["PATH"] = f"{clients}:{environment['PATH']}"
        jobs = [(program, test) for program in programs for test in self.names(program)]
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            ran = [test for test in pool.map(lambda job: self.alone(*job), jobs) if test]
        print(f"{len(ran)} of {len(jobs)} tests run in process, {sum(test.seconds for test in ran):.0f} s of them", flush=True)
        self.reaching = collections.defaultdict(list)
        for test in ran:
            for number in test.reached:
                self.reaching[number].append(test)

    def names(self, program):
        executable, folder = program
        listed = subprocess.run([executable, "--list", "--format", "terse"], cwd=folder, capture_output=True, text=True, check=True)
        return [line.removesuffix(": test") for line in listed.stdout.splitlines() if line.endswith(": test")]

    def alone(self, program, name):
        """One test in a process of its own; none if it fails without any mutant."""
        executable, folder = program
        with tempfile.NamedTemporaryFile(dir=self.home) as reached:
            start = time.monotonic()
            try:
                run = subprocess.run([executable, "--exact", name, "--test-threads", "1"], cwd=folder, capture_output=True,
                                     env={**self.environment, "MUTANTS_REACHED": reached.name}, timeout=LONGEST_TEST_SECONDS)
            except subprocess.TimeoutExpired:
                return None
            if run.returncode or b" 1 passed" not in run.stdout:
                return None
            numbers = frozenset(map(int, pathlib.Path(reached.name).read_text().split()))
            return Test(program, name, time.monotonic() - start, numbers)

    def chosen(self, number):
        """The tests for a mutant: first what reaches little else, then what is quick, until the time for one mutant is over."""
        reaching = self.reaching[number]
        narrow = within(sorted(reaching, key=lambda test: len(test.reached) * (0.2 + test.seconds)), SECONDS_EACH / 4)
        quick = within(sorted(reaching, key=lambda test: test.seconds), SECONDS_EACH)
        return list(dict.fromkeys(narrow + quick))

    def outcome(self, number):
        """What the tests say of a mutant, in the words of cargo-mutants."""
        tests, size = self.chosen(number), 6
        while tests:
            part, tests, size = tests[:size], tests[size:], min(4 * size, 100)
            for program in dict.fromkeys(test.program for test in part):
                said = self.failed(program, [test for test in part if test.program == program], number)
                if said:
                    return said
        return "MissedMutant"

    def failed(self, program, tests, number):
        executable, folder = program
        run = subprocess.Popen([executable, "--exact", "--test-threads", "1", *(test.name for test in tests)], cwd=folder,
                               env={**self.environment, "MUTANT": str(number)}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               text=True, errors="replace")
        late = threading.Event()
        timer = threading.Timer(30 + 8 * sum(test.seconds for test in tests), lambda: (late.set(), run.kill()))
        timer.start()
        failed = False
        for line in run.stdout:
            if line.rstrip().endswith("FAILED"):
                failed = True
                run.kill()
        run.wait()
        timer.cancel()
        run.stdout.close()
        if late.is_set() and not failed:
            return "Timeout"
        return "CaughtMutant" if failed or run.returncode else None


def within(tests, seconds):
    """As many as take so long together, and at least some."""
    chosen, total = [], 0.0
    for test in tests:
        total += test.seconds
        if total > seconds and len(chosen) > 3:
            break
        chosen.append(test)
    return chosen


def survey(original, home, mutants, libraries=LIBRARIES, programs=PROGRAMS):
    """What comes of each mutant: ({name: summary}, [those that must be built alone])."""
    tree = home / "together"
    environment = {**os.environ, "CARGO_TARGET_DIR": str(home / "build_together"), "PROPTEST_CASES": "32", "RUST_BACKTRACE": "0",
                   "CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_PROFILE_TEST_DEBUG": "0",
                   "RUSTFLAGS": os.environ.get("RUSTFLAGS", "") + " --cap-lints warn"}
    left_out = compiled(original, tree, mutants, libraries, environment)
    alone = [mutants[number] for number, (code, _) in left_out.items() if code == ALONE]
    print(f"{len(mutants) - len(left_out)} mutants in one build, {len(alone)} by themselves, the others do not compile", flush=True)
    tests = Tests(test_programs(tree, programs, environment), environment, home)
    tried = [number for number in range(len(mutants)) if number not in left_out]
    outcomes = {mutants[number]["name"]: "Unviable" for number in left_out if mutants[number] not in alone}
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        running = {pool.submit(tests.outcome, number): mutants[number]["name"] for number in tried}
        for done, ended in enumerate(concurrent.futures.as_completed(running), 1):
            name = running[ended]
            outcomes[name] = ended.result()
            if outcomes[name] == "MissedMutant":
                print(f"not found: {name}", flush=True)
            if done % 100 == 0:
                print(f"{done} of {len(tried)}: {dict(collections.Counter(outcomes.values()))}", flush=True)
    return outcomes, alone
