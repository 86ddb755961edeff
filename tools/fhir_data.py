"""Writes gateway/fhir/data/*.json from the HL7 FHIR R4 4.0.1 definitions: structure, required bindings, search.

Run ``python tools/fhir_data.py FOLDER`` with a folder that holds structuredefinitions-resources.json.gz,
structuredefinitions-types.json.gz, required-bindings.json and search-parameters.json.gz (HL7 FHIR R4 4.0.1,
https://hl7.org/fhir/R4/downloads.html, CC0-1.0). What to support is in gateway/fhir/data/supported.json.
"""

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

Json = dict[str, Any]
DATA = Path(__file__).resolve().parents[1] / "gateway" / "fhir" / "data"
FHIRPATH_TYPE = "http://hl7.org/fhirpath/System."
FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
SEARCHED_AS = {
    "token": {"code", "Coding", "CodeableConcept", "Identifier", "ContactPoint", "boolean", "string", "id", "uri"},
    "reference": {"Reference", "canonical"},
    "string": {"string", "HumanName", "Address", "markdown"},
    "date": {"date", "dateTime", "instant", "Period", "Timing"},
    "uri": {"uri", "url", "canonical"},
}


def resources(path: Path) -> list[Json]:
    """The resources of a gzipped collection Bundle."""
    with gzip.open(path) as file:
        return [entry["resource"] for entry in json.load(file)["entry"]]


def element_types(element: Json) -> list[tuple[str, list[str]]]:
    """(type, reference targets) of an ElementDefinition; targets empty where any resource may stand."""
    if reference := element.get("contentReference"):
        return [(reference.removeprefix("#"), [])]
    found = []
    for each in element.get("type", []):
        code = "id" if element["base"]["path"] == "Resource.id" else each["code"]
        if code.startswith(FHIRPATH_TYPE):
            named = [e.get("valueUrl") or e.get("valueUri") for e in each.get("extension", []) if e["url"] == FHIR_TYPE]
            code = named[0] if named else "string"
        targets = sorted(profile.rsplit("/", 1)[1] for profile in each.get("targetProfile", []))
        found.append((code, [] if "Resource" in targets else targets))
    return found


def shapes(definition: Json) -> dict[str, Json]:
    """One shape for the type and for each of its backbone elements."""
    elements = definition["snapshot"]["element"]
    parents = {e["path"].rsplit(".", 1)[0] for e in elements[1:]}
    found: dict[str, Json] = {path: {"elements": {}, "required": []} for path in parents}
    for element in elements[1:]:
        add_element(found, element, element["path"] in parents)
    return found


def add_element(found: dict[str, Json], element: Json, backbone: bool) -> None:  # noqa: FBT001
    """Add one ElementDefinition to the shape of its parent, choice elements once per type."""
    parent, name = element["path"].rsplit(".", 1)
    if element["max"] == "0":
        return
    names = []
    for code, targets in [(element["path"], [])] if backbone else element_types(element):
        spelled = name.replace("[x]", code[0].upper() + code[1:]) if name.endswith("[x]") else name
        row: Json = {"type": code}
        if element["max"] == "*":
            row["many"] = True
        if targets:
            known = set(found[parent]["elements"].get(spelled, {}).get("targets", []))
            row["targets"] = sorted(known | set(targets))
        if name.endswith("[x]"):
            row["choice"] = name.removesuffix("[x]")
        names.append(spelled)
        found[parent]["elements"][spelled] = row
    if element["min"] > 0:
        found[parent]["required"].append(sorted(set(names)))


def bind(types: dict[str, Json], bindings: Json) -> Json:
    """Mark bound elements with their value set; the value sets as {system: codes}."""
    sets: Json = {}
    for path, binding in sorted(bindings.items()):
        parent, name = path.rsplit(".", 1)
        elements = types.get(parent, {}).get("elements", {})
        for spelled, row in elements.items():
            bindable = row["type"] in {"code", "Coding", "CodeableConcept", "string", "uri"}
            if bindable and (spelled == name or row.get("choice") == name.removesuffix("[x]")):
                row["values"] = binding["valueSet"].split("|")[0]
                codes = sets.setdefault(row["values"], {})
                for system, code in binding["codes"]:
                    codes.setdefault(system, [])
                    codes[system] = sorted({*codes[system], code})
    return sets


def parameter(base: str, row: Json, types: dict[str, Json], sets: Json) -> Json:
    """The compact form of a SearchParameter for one base type."""
    expressions = [e.strip() for e in row["expression"].split("|")]
    own = [each for each in expressions if re.match(rf"\(?{base}\.", each)]
    paths = [path for each in own for path in extraction(base, each, row["type"], types, sets)]
    if not paths:
        raise ValueError(f"{base}.{row['code']} cannot be extracted: {row['expression']}")
    compact: Json = {"type": row["type"], "url": row["url"], "paths": paths}
    if len(row.get("target", [])) == 1:
        compact["target"] = row["target"][0]
    return compact


def extraction(base: str, expression: str, kind: str, types: dict[str, Json], sets: Json) -> list[Json]:
    """Paths of plain element names with the type found there, from the FHIRPath that search parameters use."""
    cast = re.search(r"(?: as |\.as\(|\.ofType\()(\w+)", expression)
    only = re.search(r"resolve\(\) is (\w+)", expression)
    system = re.search(r"where\(system='(\w+)'\)", expression)
    plain = re.sub(r"\.(?:as|ofType|where)\(.*\)+$| as \w+\)?$", "", expression).strip("()")
    names = plain.split(".")[1:]
    parent = base
    for name in names[:-1]:
        parent = types[parent]["elements"][name]["type"]
    found = []
    for spelled, row in types[parent]["elements"].items():
        fits = spelled == names[-1] or row.get("choice") == names[-1]
        if fits and row["type"] in SEARCHED_AS[kind] and (not cast or row["type"] == cast[1]):
            path: Json = {"path": ".".join([*names[:-1], spelled]), "type": row["type"]}
            systems = list(sets.get(row.get("values", ""), {}))
            if row["type"] == "code" and len(systems) == 1:
                path["system"] = systems[0]
            path |= {"only": only[1]} if only else {}
            path |= {"where": system[1]} if system else {}
            found.append(path)
    return found


def search_table(folder: Path, types: dict[str, Json], sets: Json) -> Json:
    """{type: {parameter: definition}} for everything in supported.json, in its order."""
    supported = json.loads((DATA / "supported.json").read_text())
    rows = {(base, r["code"]): r for r in resources(folder / "search-parameters.json.gz") for base in r["base"]}
    for extra in supported["guides"]:
        rows[extra["base"], extra["code"]] = extra
    return {
        base: {name: parameter(base, rows[base, name], types, sets) for name in names}
        for base, names in supported["parameters"].items()
    }


def write(name: str, content: Json) -> None:
    """One compact JSON file, a line for each top-level member of each section."""
    sections = []
    for key, section in content.items():
        if isinstance(section, dict):
            rows = (f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in section.items())
            sections.append(f"{json.dumps(key)}:{{\n" + ",\n".join(rows) + "\n}")
        else:
            sections.append(f"{json.dumps(key)}:{json.dumps(section)}")
    (DATA / name).write_text("{\n" + ",\n".join(sections) + "\n}\n")


def main(folder: Path) -> None:
    """Read the definitions and write both files."""
    source = "HL7 FHIR R4 4.0.1, https://hl7.org/fhir/R4/downloads.html, CC0-1.0"
    definitions = [d for n in ("resources", "types") for d in resources(folder / f"structuredefinitions-{n}.json.gz")]
    kept = [d for d in definitions if d["kind"] != "primitive-type" and d.get("derivation") != "constraint"]
    types = {path: shape for d in kept for path, shape in shapes(d).items()}
    targets = {name for row in resources(folder / "search-parameters.json.gz") for name in row.get("target", [])}
    own = {d["name"] for d in definitions if d["kind"] == "resource"}
    names = sorted((targets | own) - {"Resource", "DomainResource"})
    sets = bind(types, json.loads((folder / "required-bindings.json").read_text())["enumerated"])
    write("definitions.json", {"source": source, "resources": names, "types": types, "values": sets})
    write("parameters.json", {"source": source, "types": search_table(folder, types, sets)})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
