"""`/api/docs`: the OpenAPI document as one plain page, without script or outside asset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)
_METHODS: Final = ("get", "post", "patch", "put", "delete")


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """List every call with its parameters, body and answers."""
    document = request.app.openapi()
    body = "".join(_calls(document)) + "".join(_forms(document))
    return HTMLResponse(
        f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Etiograph API</title><link rel="stylesheet" href="page.css"></head>
<body><main><h1>Etiograph API {escape(document["info"]["version"])}</h1>
<p>{escape(document["info"].get("description", ""))}
The same as JSON: <a href="openapi.json">openapi.json</a></p>{body}</main></body></html>
"""
    )


def _calls(document: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield _call(f"{method.upper()} /api{path}", methods[method])


def _call(title: str, call: Mapping[str, Any]) -> str:
    rows = [
        (f"{p['in']}: {p['name']}", _shape(p.get("schema", {})), bool(p.get("required")))
        for p in call.get("parameters", ())
    ]
    for kind, content in call.get("requestBody", {}).get("content", {}).items():
        rows.append((f"body: {kind}", _shape(content.get("schema", {})), True))
    for status, answer in call.get("responses", {}).items():
        shapes = [_shape(c.get("schema", {})) for c in answer.get("content", {}).values()]
        rows.append((f"answer {status}", ", ".join(shapes) or answer["description"], True))
    table = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{shape if '<' in shape else escape(shape)}"
        f"{'' if needed else ' (optional)'}</td></tr>"
        for name, shape, needed in rows
    )
    about = escape(call.get("description", ""))
    return f"<h2><code>{escape(title)}</code></h2><p>{about}</p><table>{table}</table>"


def _forms(document: Mapping[str, Any]) -> Iterator[str]:
    for name, form in document.get("components", {}).get("schemas", {}).items():
        rows = "".join(
            f"<tr><td><code>{escape(key)}</code></td><td>{_shape(value)}</td></tr>"
            for key, value in form.get("properties", {}).items()
        )
        about = escape(form.get("description", ""))
        yield f'<h2 id="{escape(name)}">{escape(name)}</h2><p>{about}</p><table>{rows}</table>'


def _shape(schema: Mapping[str, Any]) -> str:
    """Write a schema in a few words, as HTML; a reference links to its form."""
    if "$ref" in schema:
        name = escape(str(schema["$ref"]).rsplit("/", 1)[-1])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_shape(option) for option in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        values = schema.get("enum") or [schema["const"]]
        return escape(" | ".join(map(str, values)))
    if schema.get("type") == "array":
        items = schema.get("items")
        return f"list of {_shape(items)}" if isinstance(items, Mapping) else "list"
    return escape(str(schema.get("format") or schema.get("type") or schema.get("title") or "any"))
