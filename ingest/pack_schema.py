"""The published JSON Schema of `pack/v1`: one definition per file of a pack and of the library."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, JsonValue
from pydantic.json_schema import models_json_schema

from ingest.action_files import ActionsFile
from ingest.library_shapes import AlertTypesFile, ChecksFile, FamilyFile, KindsFile, ModesFile
from ingest.pack_files import CasesFile, FlowsFile, PackFile, TopologyFile
from ingest.policy_files import PoliciesFile
from ingest.sops import FrontMatter

FILES: Final[dict[str, type[BaseModel]]] = {
    "pack.yaml": PackFile,
    "topology.yaml": TopologyFile,
    "flows.yaml": FlowsFile,
    "incidents.yaml": CasesFile,
    "actions.yaml": ActionsFile,
    "policies.yaml": PoliciesFile,
    "sops/ID.LANG.md": FrontMatter,
    "library/kinds.yaml": KindsFile,
    "library/alert_types.yaml": AlertTypesFile,
    "library/modes.yaml": ModesFile,
    "library/checks.yaml": ChecksFile,
    "library/families/NAME.yaml": FamilyFile,
}


def pack_schema() -> dict[str, JsonValue]:
    """Build the schema; its properties are the files, as parsed from YAML.

    api/json_schemas/pack.v1.json holds it, and a test keeps the two equal.
    """
    inputs = [(shape, "validation") for shape in FILES.values()]
    references, definitions = models_json_schema(inputs, by_alias=True)  # type: ignore[arg-type]
    files: dict[str, JsonValue] = {
        name: references[shape, "validation"] for name, shape in FILES.items()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:etiograph:pack:v1",
        "title": "pack/v1",
        "description": "The files of a pack and of the fault library, as parsed from YAML.",
        "type": "object",
        "properties": files,
        "$defs": definitions["$defs"],
    }
