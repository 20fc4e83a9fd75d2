"""Does together.py put mutants in so that they do what cargo-mutants says? Tried on sample/, before every survey.

    tests/mutants/sample.py

Without a mutant the tests of the sample pass; with one they fail, but for those of the function that no test asks.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import together

# Of what cargo-mutants makes, this compiles in no form.
NOT_RUST = ("Box::leak", "chain", "replace - with / in before")
SAMPLE = pathlib.Path(__file__).resolve().parent / "sample"


def faults():
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        for copy in ("original", "together"):
            shutil.copytree(SAMPLE, home / copy)
        listed = subprocess.run(["cargo", "mutants", "--list", "--json", "--dir", str(home / "original")], capture_output=True,
                                text=True, check=True)
        mutants = json.loads(listed.stdout)
        outcomes, alone = together.survey(home / "original", home, mutants, ["src/lib.rs"], ["--lib"])
        for mutant in mutants:
            name = mutant["name"]
            missed = "unwatched" in name
            if mutant in alone:
                if "impl Iterator" not in name:
                    yield f"does not stand beside the others: {name}"
            elif outcomes[name] == "Unviable" and not any(part in name for part in NOT_RUST):
                yield f"does not compile beside the others: {name}"
            elif outcomes[name] != "Unviable" and (outcomes[name] == "MissedMutant") != missed:
                yield f"{outcomes[name]}: {name}"
        genres = {mutant["genre"] for mutant in mutants}
        if genres != set(together.MARKS):
            yield f"the sample has not one mutant of each kind: {genres}"


if __name__ == "__main__":
    found = list(faults())
    print("\n".join(found) or "Every mutant of the sample does what it should.")
    sys.exit(bool(found))
