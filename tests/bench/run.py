"""What `make bench` shows: every figure that is to be met, measured beside its target.

    tests/bench/run.py [path of the provider]      default: target/release/terraform-provider-azurebackup

Medians of interleaved rounds; a bare process (`true`) is measured the same way, since it is what the machine itself
costs. The plan is of one resource with nothing to ask: Azure is not needed. Beside it stands the same plan with a provider
that does nothing, and one with a provider that does nothing and offers as much, examples of the plugin crate: what is
compared are the fastest of each. A client takes some milliseconds to read the schemas of a provider, whatever this does,
so that the target is about the second. What needs Azure or our own client of the
protocol is measured by tests of tests/scale, which print a line of JSON: the time of a schema call, memory in flight, a
vault with a long memory, the beginning of a thousand restores and a simulated hour. SCALE=1 adds a thousand restores in flight, which take some eight minutes. CLI=path names the client of
the plan. A figure that is missed is marked and ends the run with 1; one that could not be measured is marked only.
"""

import json
import os
import pathlib
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROUNDS = 30
PLANS = 60
# Until nothing follows from the start of a process any more, and how long it is watched then.
SETTLED, WATCHED = 7, 5
# What a client of the plugin protocol sets; the certificate is of Terraform's kind, its key was thrown away.
HANDSHAKE = {
    "TF_PLUGIN_MAGIC_COOKIE": "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
    "PLUGIN_PROTOCOL_VERSIONS": "6",
    "PLUGIN_MIN_PORT": "10000",
    "PLUGIN_MAX_PORT": "25000",
    "PLUGIN_CLIENT_CERT": (ROOT / "tests/bench/client-certificate.pem").read_text(),
}
CONFIGURATION = """
terraform {
  required_providers {
    azurebackup = { source = "azurebackup/azurebackup" }
  }
}
provider "azurebackup" {
  subscription_id = "00000000-0000-0000-0000-000000000000"
  tenant_id       = "00000000-0000-0000-0000-000000000000"
  client_id       = "00000000-0000-0000-0000-000000000000"
  client_secret   = "none"
}
resource "azurebackup_blob_restore" "example" {
  backup_instance_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.DataProtection/backupVaults/example/backupInstances/example"
  point_in_time      = "2026-01-01T00:00:00Z"
}
"""

# The same with a provider that does nothing, and with one that does nothing and offers as much.
NOTES = """
terraform {
  required_providers {
    notes = { source = "azurebackup/notes" }
  }
}
provider "notes" {
  directory = "."
}
resource "notes_note" "example" {
  name = "example"
  text = "Hello"
}
"""

LARGE = """
terraform {
  required_providers {
    large = { source = "azurebackup/large" }
  }
}
provider "large" {}
resource "large_1" "example" {
  attribute_1 = "Hello"
}
"""


def bare():
    began = time.perf_counter()
    subprocess.run(["true"], check=True)
    return time.perf_counter() - began


def handshake(provider):
    """Seconds until the handshake line is read, and the resident memory in KiB half a second of idling later, if asked."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [provider],
        env={**os.environ, **HANDSHAKE},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    ready, _, _ = select.select([process.stdout], [], [], 10)
    line = process.stdout.readline() if ready else b""
    took = time.perf_counter() - began
    if not line.startswith(b"1|6|"):
        process.kill()
        sys.exit(f"no handshake but {line!r}")
    return took, process


def resident(process):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def end(process):
    process.kill()
    process.wait()
    process.stdout.close()


def wakeups(process):
    """How often the system has woken one of its threads."""
    statuses = pathlib.Path(f"/proc/{process.pid}/task").glob("*/status")
    lines = [line for status in statuses for line in status.read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches:"))


class Plan:
    """A configuration of one resource, and the time that planning it takes."""

    def __init__(self, client, name, program, configuration):
        self.took = []
        self.client = client
        self.folder = tempfile.TemporaryDirectory()
        place = pathlib.Path(self.folder.name)
        (place / f"terraform-provider-{name}").symlink_to(program)
        overrides = "".join(
            f'    "{host}/azurebackup/{name}" = "{place}"\n'
            for host in ("registry.terraform.io", "registry.opentofu.org")
        )
        (place / "cli.tfrc").write_text("provider_installation {\n  dev_overrides {\n" + overrides + "  }\n}\n")
        (place / "main.tf").write_text(configuration)
        self.environment = {**os.environ, "TF_CLI_CONFIG_FILE": str(place / "cli.tfrc"), "CHECKPOINT_DISABLE": "1"}

    def ask(self, *command):
        done = subprocess.run([self.client, *command], cwd=self.folder.name, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def run(self):
        began = time.perf_counter()
        self.ask("plan", "-input=false", "-no-color")
        self.took.append((time.perf_counter() - began) * 1000)


def described(schema):
    """The descriptions of everything in a schema as the client shows it."""
    if isinstance(schema, dict):
        own = [schema["description"]] if isinstance(schema.get("description"), str) else []
        return own + [each for value in schema.values() for each in described(value)]
    return []


def plans(provider, client):
    """Of our resource, and of the two providers that do nothing; side by side, so that all meet the same machine."""
    examples = ["--example", "notes", "--example", "large"]
    build = ["cargo", "build", "--quiet", "--release", "--locked", "--package", "tfplugin", *examples]
    subprocess.run(build, cwd=ROOT, check=True)
    ours = Plan(client, "azurebackup", provider, CONFIGURATION)
    nothing = Plan(client, "notes", ROOT / "target/release/examples/notes", NOTES)
    large = Plan(client, "large", ROOT / "target/release/examples/large", LARGE)
    offered = json.loads(ours.ask("providers", "schema", "-json"))["provider_schemas"].popitem()[1]
    kinds = len(offered["resource_schemas"]) + len(offered["data_source_schemas"])
    texts = described(offered)
    large.environment["LARGE"] = f"{kinds} {len(texts) // kinds} {sum(map(len, texts)) // len(texts)}"
    for _ in range(PLANS):
        for each in (ours, nothing, large):
            each.run()
    return ours.took, nothing.took, large.took


def scale(provider, test, marker="FIGURES "):
    """The figures that a test of tests/scale prints, or none if it cannot be run here."""
    command = ["cargo", "test", "--quiet", "--locked", "--test", "all", "--"]
    done = subprocess.run(
        [*command, "--include-ignored", "--nocapture", "--exact", f"scale::{test}"],
        cwd=ROOT,
        env={**os.environ, "AZUREBACKUP_SCALE_PROVIDER": str(provider)},
        capture_output=True,
        text=True,
    )
    lines = [line[line.index(marker) + len(marker) :] for line in (done.stdout + done.stderr).splitlines() if marker in line]
    if done.returncode != 0 or not lines:
        print(f"scale::{test} did not succeed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}", file=sys.stderr)
        return {}
    return json.loads(lines[-1])


class Table:
    """A row per figure: what, how much, the target, and whether it is met."""

    def __init__(self):
        self.missed = False

    def row(self, what, value, unit, target, more=""):
        if value is None:
            shown, verdict = "-", "NOT MEASURED"
        else:
            met = value <= target
            self.missed |= not met
            shown, verdict = f"{value:.1f} {unit}", "met" if met else "MISSED"
        print(f"{what:<58} {shown:>12}   {f'{target:g} {unit}':>10}   {verdict:<12} {more}".rstrip(), flush=True)


def main():
    given = sys.argv[1] if len(sys.argv) > 1 else "target/release/terraform-provider-azurebackup"
    provider = pathlib.Path(given).resolve()
    if not provider.exists():
        sys.exit(f"{provider} is not there: run `make build` first")
    starts, bares = [], []
    for _ in range(ROUNDS):
        bares.append(bare())
        took, process = handshake(provider)
        starts.append(took)
        end(process)
    _, process = handshake(provider)
    time.sleep(0.5)
    memory = resident(process)
    time.sleep(SETTLED)
    before = wakeups(process)
    time.sleep(WATCHED)
    woken = wakeups(process) - before
    end(process)
    start, alone = statistics.median(starts) * 1000, statistics.median(bares) * 1000
    client = os.environ.get("CLI") or shutil.which("terraform") or shutil.which("tofu")
    ours, nothing, large = plans(provider, client) if client else (None, None, None)
    table = Table()
    print(f"{'':<58} {'measured':>12}   {'to meet':>10}")
    table.row("process start to handshake line", start, "ms", 5, f"fastest {min(starts) * 1000:.1f}")
    table.row("the same, in bare processes", start / alone, "x", 4, f"one takes {alone:.1f} ms")
    figures = scale(provider, "figures")
    table.row("GetProviderSchema over the socket, warm", figures.get("schema_ms"), "ms", 1)
    why = client or "neither terraform nor tofu on PATH; CLI=path names one"
    table.row("terraform plan of one resource, whole command", ours and statistics.median(ours), "ms", 100, why)
    more = ours and f"{min(ours):.1f} and {min(large):.1f} ms; {min(nothing):.1f} with one that offers one resource"
    table.row("more than with one that does nothing and offers as much", ours and min(ours) - min(large), "ms", 5, more or why)
    table.row(f"wake-ups of an idle process in {WATCHED} s", woken, "", 0)
    table.row("resident memory, idle", memory / 1024, "MiB", 10)
    in_flight = figures.get("in_flight_kib")
    table.row("resident memory, 100 restores in flight", in_flight and in_flight / 1024, "MiB", 20)
    table.row("release binary", provider.stat().st_size / 1e6, "MB", 12)
    history = scale(provider, "history")
    most, began = history.get("most_kib"), history.get("begun_within_s")
    more = f"begun within {began} s" if history else ""
    table.row("resident memory, a vault that remembers 200,000 jobs", most and most / 1024, "MiB", 40, more)
    begun = scale(provider, "load::a_thousand_begin")
    table.row("reads of a restore until 1,000 have begun", begun.get("reads"), "", 7.3, begun.get("of", ""))
    writes = begun.get("writes_take_s", 0)
    more = f"the writes alone take {writes} s"
    table.row("until 1,000 restores have begun, simulated", begun.get("within_s"), "s", writes + 30, more)
    hour = scale(provider, "hour::a_restore_of_an_hour_costs_fewer_than_a_hundred_requests")
    interval = hour.get("interval_s", 60)
    table.row("from the job's end to apply's return, job of an hour, mean", hour.get("late_s"), "s", interval,
              f"latest {hour['latest_s']:.0f} s" if hour else "")
    table.row("requests per restore that lasts one hour", hour.get("requests"), "", 110)
    thousand = {}
    if os.environ.get("SCALE"):
        thousand = scale(provider, "a_thousand_restores_in_one_vault_cost_no_more_each_than_ten_and_are_never_throttled")
    more = "" if os.environ.get("SCALE") else "SCALE=1 measures it"
    target = thousand.get("of_ten", 0)
    table.row("requests per restore, 1,000 in flight (target: of 10)", thousand.get("of_thousand"), "", target, more)
    table.row("429 caused by us, 1,000 in flight", thousand.get("throttled"), "", 1, more)
    table.row("requests a minute while 1,000 are in flight", thousand.get("per_minute"), "", 120, more)
    sys.exit(1 if table.missed else 0)


main()
