"""The API described: OpenAPI, and Swagger UI to read and try it. Nothing comes from elsewhere."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse

from invoice_ai import __version__
from invoice_ai.errors import NotFound

router = APIRouter(include_in_schema=False)

ASSETS = Path(__file__).parent / "assets"
TYPES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "docs.js": "text/javascript",
}
# Swagger UI draws its icons from data: addresses in its style sheet; otherwise as everywhere.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Invoice AI: the API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
</head>
<body>
<main id="docs" data-description="openapi.json"></main>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/assets/docs.js"></script>
</body>
</html>
"""
ERROR = {"$ref": "#/components/schemas/ErrorAnswer"}
ABOUT = """Invoices come in, checked results come out.

Every path also answers below `/api` and `/api/v1`. Errors always have one shape (`ErrorAnswer`).
On the computer it runs on, Invoice AI asks for no key until ADMIN_PASSWORD is set; from elsewhere
send `Authorization: Bearer inv_…` (make one with `invoice-ai keys create NAME`).
"""


@router.get("/docs")
def docs() -> HTMLResponse:
    """The page."""
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})


@router.get("/docs/assets/{name}")
def asset(name: str) -> Response:
    """One of its files, compressed once."""
    if name not in TYPES:
        raise NotFound("There is no such file.")
    headers = {"Content-Encoding": "gzip", "Cache-Control": "private, max-age=86400"}
    return Response(_zipped(name), media_type=TYPES[name], headers=headers)


@router.get("/openapi.json")
def description(request: Request) -> JSONResponse:
    """The description programs read."""
    return JSONResponse(request.app.openapi())


def describe(app: FastAPI) -> dict[str, Any]:
    """OpenAPI of the application; the same for the same code, whatever the settings."""
    found = get_openapi(
        title="Invoice AI",
        version=__version__,
        description=ABOUT,
        routes=app.routes,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/"}, {"url": "/api"}, {"url": "/api/v1"}],
    )
    components = found["components"]
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key, inv_…"},
        "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "session": {"type": "apiKey", "in": "cookie", "name": "invoice_ai"},
    }
    # {}: on the computer it runs on nobody is asked.
    found["security"] = [{"key": []}, {"header": []}, {"session": []}, {}]
    for path in found["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)  # we answer 400 instead
            for status, answer in operation["responses"].items():
                if status >= "400":  # also for routes whose good answer is a file
                    answer["content"] = {"application/json": {"schema": ERROR}}
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    found["paths"]["/health"]["get"]["security"] = []
    return found


@cache
def _zipped(name: str) -> bytes:
    return gzip.compress((ASSETS / name).read_bytes(), 9, mtime=0)
