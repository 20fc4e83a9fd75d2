#!/usr/bin/env python3
"""Takes out of the published descriptions of Azure's services (OpenAPI 2.0) the facts that the contract check needs.

    tests/contract/extract.py <folder of the descriptions>            writes tests/contract/descriptions/
    tests/contract/extract.py --check <folder of the descriptions>    tells what it would change, and changes nothing

The descriptions themselves are large and mostly sentences, and are not part of the repository. The tables hold
operations, their api-version, parameters and shapes of bodies and answers, in OpenAPI's keywords: names, types and
allowed words. One line per operation and per member, in the order of the alphabet, so that a difference can be read.
"""

import json
import pathlib
import sys

# Each table, and the description below the folder that it is made of.
TABLES = {
    "data_protection": "azure-dataprotection/openapi.json",
    "recovery_services": "azure-recoveryservices/openapi.json",
    "sql": "azure-sql/openapi.json",
}
# Operations that the service publishes and a description here leaves out, by its namespace's table. They are read only, and
# of their answers nothing is checked.
BESIDE = {
    # https://learn.microsoft.com/en-us/rest/api/sql/managed-instances/get
    "sql": [
        "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Sql"
        "/managedInstances/{managedInstanceName}"
    ],
}
HERE = pathlib.Path(__file__).resolve().parent / "descriptions"
METHODS = ("delete", "get", "head", "patch", "post", "put")
# Formats that the check can tell from others.
FORMATS = ("date-time", "uuid")
LIMITS = ("maxLength", "minLength", "pattern")


def schema(of):
    """A shape without its sentences; references by the definition's name alone."""
    if "$ref" in of:
        # A neighbour of a reference says more of the member: whether a client may send it.
        told = {"$ref": of["$ref"].rsplit("/", 1)[-1]}
        return told | ({"readOnly": True} if of.get("readOnly") else {})
    told = {key: of[key] for key in ("discriminator", "type", "x-ms-discriminator-value") if key in of}
    if of.get("format") in FORMATS:
        told["format"] = of["format"]
    if "enum" in of:
        told["enum"] = of["enum"]
        if of.get("x-ms-enum", {}).get("modelAsString"):
            told["open"] = True
    if of.get("readOnly"):
        told["readOnly"] = True
    if "required" in of:
        told["required"] = sorted(of["required"])
    if "items" in of:
        told["items"] = schema(of["items"])
    if "allOf" in of:
        told["allOf"] = [schema(parent) for parent in of["allOf"]]
    if "additionalProperties" in of:
        more = of["additionalProperties"]
        told["additionalProperties"] = schema(more) if isinstance(more, dict) else more
    if "properties" in of:
        told["properties"] = {name: schema(member) for name, member in of["properties"].items()}
    return told


def operation(of, document):
    """What the check asks of one operation, references to shared parameters followed."""
    own = of.get("parameters", [])
    resolved = [document["parameters"][p["$ref"].rsplit("/", 1)[-1]] if "$ref" in p else p for p in own]
    by_place = {place: [p for p in resolved if p["in"] == place] for place in ("path", "query", "header", "body")}
    version = next(p for p in by_place["query"] if p["name"] == "api-version")
    told = {"api-version": version.get("enum", [document["info"]["version"]])[0]}
    told["query"] = sorted(p["name"] for p in by_place["query"])
    path = {p["name"]: {key: p[key] for key in LIMITS if key in p} for p in by_place["path"]}
    for p in by_place["path"]:
        if p.get("format") in FORMATS:
            path[p["name"]]["format"] = p["format"]
    told["path"] = {name: limits for name, limits in path.items() if limits}
    told["headers"] = sorted(p["name"] for p in by_place["header"])
    for body in by_place["body"]:
        told["body"] = {"required": body.get("required", False), "schema": schema(body["schema"])}
    if "x-ms-pageable" in of:
        told["list"] = True
    answers = of.get("responses", {}).items()
    told["answers"] = {status: schema(answer["schema"]) for status, answer in answers if "schema" in answer}
    return {key: value for key, value in told.items() if value not in ({}, [])}


def observed(document):
    """URLs that Azure gives out for following an operation, where traffic shows them and the description has no word."""
    endpoints = document.get("x-observed-polling-endpoints", {})
    told = {"api-version": document["info"]["version"], "query": ["api-version"]}
    paths = [of["path"] for of in endpoints.values() if isinstance(of, dict) and "path" in of]
    return {f"GET {path}": told for path in paths}


def beside(name, document):
    """The operations of [`BESIDE`]."""
    told = {"api-version": document["info"]["version"], "query": ["api-version"]}
    told["path"] = {"resourceGroupName": {"maxLength": 90, "minLength": 1}, "subscriptionId": {"format": "uuid"}}
    return {f"GET {path}": told for path in BESIDE.get(name, [])}


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def lines(name, entries, line):
    """A member of the table whose own members stand on a line each."""
    rows = [line(key, entries[key]) for key in sorted(entries)]
    return f'"{name}":{{\n' + ",\n".join(rows) + "\n}"


def definition(name, told):
    members = told.pop("properties", None)
    if members is None:
        return f"{compact(name)}:{compact(told)}"
    head = compact(told)[1:-1]
    rows = ",\n".join(f"  {compact(member)}:{compact(members[member])}" for member in sorted(members))
    return f'{compact(name)}:{{{head}{"," if head else ""}"properties":{{\n{rows}\n}}}}'


def table(name, document):
    """The table of one description, as text."""
    operations = {
        f"{method.upper()} {path}": operation(told[method], document)
        for path, told in document["paths"].items()
        for method in METHODS
        if method in told
    } | observed(document) | beside(name, document)
    definitions = {name: schema(told) for name, told in document["definitions"].items()}
    parts = [
        lines("operations", operations, lambda key, told: f"{compact(key)}:{compact(told)}"),
        lines("definitions", definitions, definition),
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main(arguments):
    check = arguments[:1] == ["--check"]
    if len(arguments) != 1 + check:
        print(__doc__, file=sys.stderr)
        return 2
    source = pathlib.Path(arguments[-1])
    differing = []
    for name, description in TABLES.items():
        made = table(name, json.loads((source / description).read_text(encoding="utf-8")))
        path = HERE / f"{name}.json"
        kept = path.read_text(encoding="utf-8") if path.exists() else ""
        if kept == made:
            continue
        differing.append(f"{path.name} is not what {description} says")
        if not check:
            path.write_text(made, encoding="utf-8")
    print("\n".join(differing), end="\n" if differing else "")
    return 1 if check and differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
