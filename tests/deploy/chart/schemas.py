"""JSON Schemas for kubeconform, made of Kubernetes' OpenAPI documents and of the operators' definitions.

Strict: a field that is not named in a schema is refused, as the API server drops it or refuses it.
"""

import json
from pathlib import Path
from typing import Any

from tests.deploy.chart.crds import definitions
from tests.deploy.chart.programs import CACHE, KUBERNETES, kubernetes_source

Schema = dict[str, Any]
NAMES = "{{ .Group }}_{{ .ResourceAPIVersion }}_{{ .ResourceKind }}.json"
"""How kubeconform finds a kind's schema in the folder."""


def folder() -> Path:
    """The schemas of all kinds. Those of Kubernetes are made once a machine."""
    made = CACHE / f"schemas-{KUBERNETES}"
    if not (made / "complete").exists():
        made.mkdir(parents=True, exist_ok=True)
        for document in sorted((kubernetes_source() / "api" / "openapi-spec" / "v3").glob("*_openapi.json")):
            _write_kinds(json.loads(document.read_text()), made)
        (made / "complete").touch()
    for definition in definitions().values():
        _write_versions(definition["spec"], made)
    return made


def _write_kinds(document: Schema, made: Path) -> None:
    schemas: dict[str, Schema] = document.get("components", {}).get("schemas", {})
    kinds = {
        name: found for name, schema in schemas.items() if (found := schema.get("x-kubernetes-group-version-kind"))
    }
    strict = {name: refuse_unknown(schema) for name, schema in schemas.items()}
    for name, (kind, *_) in kinds.items():
        whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": strict}}
        _write(made, kind["group"], kind["version"], kind["kind"], whole)


def _write_versions(spec: Schema, made: Path) -> None:
    for version in spec["versions"]:
        schema = refuse_unknown(version["schema"]["openAPIV3Schema"])
        for always in ("apiVersion", "kind", "metadata"):
            schema["properties"].setdefault(always, {})
        _write(made, spec["group"], version["name"], spec["names"]["kind"], schema)


def _write(made: Path, group: str, version: str, kind: str, schema: Schema) -> None:
    # The core group has no name: kubeconform calls it by its version.
    (made / f"{group or version}_{version}_{kind.lower()}.json").write_text(json.dumps(schema))


def refuse_unknown(schema: Any) -> Any:
    """The schema, and all in it, with unknown fields refused wherever fields are named."""
    if isinstance(schema, list):
        return [refuse_unknown(each) for each in schema]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(schema, dict):
        return schema
    strict: Schema = {str(key): refuse_unknown(value) for key, value in schema.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    names_fields = isinstance(strict.get("properties"), dict) and "type" in strict
    if names_fields and not strict.get("x-kubernetes-preserve-unknown-fields"):
        strict.setdefault("additionalProperties", False)
    return strict
