"""One invoice through the API: uploaded, read, looked at page by page."""

from __future__ import annotations

import io
import json
from pathlib import Path

import jsonschema
from PIL import Image
from reportlab.pdfgen.canvas import Canvas
from tests.api.conftest import Service

from invoice_ai import workflow

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "invoice.schema.json"


def an_invoice() -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(595, 842), invariant=True)
    for row, text in enumerate(
        (
            "Blue Harbour Supplies Ltd",
            "Invoice number: BH-2024-0117",
            "Invoice date: 15 January 2024",
            "Paper A4, 10 boxes    100.00",
            "Net 100.00",
            "VAT 20% 20.00",
            "Total EUR 120.00",
        )
    ):
        canvas.drawString(72, 760 - 24 * row, text)
    canvas.save()
    return file.getvalue()


def do_all_jobs(service: Service) -> None:
    while job := workflow.take_job(service.place, worker="test", lease_seconds=60):
        workflow.run_job(service.place, job)


def test_an_invoice_is_read_and_every_part_of_the_result_can_be_fetched(service: Service) -> None:
    with service.client() as api:
        taken = api.post("/upload", files={"file": ("bh.pdf", an_invoice())}).json()
        do_all_jobs(service)

        result = api.get(taken["url"]).json()
        jsonschema.validate(result, json.loads(SCHEMA.read_text()))
        assert result["invoice"]["fields"]["invoice_number"]["value"] == "BH-2024-0117"

        (row,) = api.get("/results").json()["results"]
        assert (row["status"], row["total"], row["filename"]) == ("successful", "120.00", "bh.pdf")
        assert api.get("/results", params={"q": "BH-2024-0117"}).json()["count"] == 1
        assert api.get("/results", params={"q": "nowhere"}).json()["count"] == 0

        words = api.get(f"{taken['url']}/pages/1/words.json").json()
        assert "Harbour" in [word["text"] for word in words["words"]]
        assert all(0 <= edge <= 1 for word in words["words"] for edge in word["box"])

        picture = api.get(f"{taken['url']}/pages/1.webp")
        assert picture.headers["content-type"] == "image/webp"
        assert picture.headers["cache-control"].startswith("private")
        assert Image.open(io.BytesIO(picture.content)).size[0] > 1600
        assert api.get(f"{taken['url']}/pages/2.webp").status_code == 404
        assert api.get(f"{taken['url']}/pages/0.webp").status_code == 400

        stats = api.get("/stats").json()
        assert (stats["total_processed"], stats["successful"], stats["failed"]) == (1, 1, 0)
        assert stats["average_processing_time"] > 0
        assert 'invoice_ai_http_requests_total{method="GET",route="/results/{file_id}"' in (
            api.get("/metrics").text
        )
