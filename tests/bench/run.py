"""The figures that `make bench` shows: start to handshake, idle memory, size of the binary, a whole `terraform plan`.

    tests/bench/run.py [path of the provider]      default: target/release/terraform-provider-azurebackup

Medians of interleaved rounds; a bare process (`true`) is measured the same way and shown beside, since it is what the
machine itself costs. The plan is of one resource with nothing to ask: Azure is not needed.
"""

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
PLANS = 10
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


def milliseconds(seconds):
    return f"{statistics.median(seconds) * 1000:.1f} ms (fastest {min(seconds) * 1000:.1f})"


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


def plan(provider, client):
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        overrides = "".join(
            f'    "{host}/azurebackup/azurebackup" = "{provider.parent}"\n'
            for host in ("registry.terraform.io", "registry.opentofu.org")
        )
        (place / "cli.tfrc").write_text("provider_installation {\n  dev_overrides {\n" + overrides + "  }\n}\n")
        (place / "main.tf").write_text(CONFIGURATION)
        environment = {**os.environ, "TF_CLI_CONFIG_FILE": str(place / "cli.tfrc"), "CHECKPOINT_DISABLE": "1"}
        took = []
        for _ in range(PLANS):
            began = time.perf_counter()
            done = subprocess.run(
                [client, "plan", "-input=false", "-no-color"], cwd=place, env=environment, capture_output=True, text=True
            )
            took.append(time.perf_counter() - began)
            if done.returncode != 0:
                sys.exit(f"plan failed:\n{done.stdout}{done.stderr}")
        return took


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
    end(process)
    ratio = statistics.median(starts) / statistics.median(bares)
    print(f"start to handshake   {milliseconds(starts)}, {ratio:.1f} x a bare process: {milliseconds(bares)}")
    print(f"resident, idle       {memory / 1024:.1f} MiB")
    print(f"size of the binary   {provider.stat().st_size / 1e6:.2f} MB")
    client = os.environ.get("CLI") or shutil.which("terraform") or shutil.which("tofu")
    if client is None:
        print("whole plan           not measured: neither terraform nor tofu on PATH; CLI=path names one")
    else:
        print(f"whole plan           {milliseconds(plan(provider, client))}, {client}")


main()
