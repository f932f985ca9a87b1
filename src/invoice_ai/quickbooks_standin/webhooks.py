"""The webhook sender: changes of a moment in one signed POST, tried again as the service does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from invoice_ai.quickbooks_standin.clock import Clock
from invoice_ai.quickbooks_standin.shelves import to_json

# After 10 s, 20 s, 30 s, 5 min, 20 min, 2 h, 4 h, 6 h, then every 6 h.
PAUSES_SECONDS = (10, 20, 30, 300, 1200, 7200, 14_400, 21_600)
_ANSWER_SECONDS = 3.0
_TOLD = frozenset({"Bill", "VendorCredit", "Purchase", "BillPayment", "Vendor", "Account"}) | {
    "Customer",
    "Employee",
    "Item",
    "Term",
    "Class",
    "Department",
}


@dataclass
class Delivery:
    body: bytes
    due: float  # seconds of the clock
    tries: int = 0
    statuses: list[int] = field(default_factory=list)  # 0: no answer


class Webhooks:
    """Sends from a thread of its own, started with the first address."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock, self._seed = clock, seed
        self._lock = threading.Lock()
        self._waiting: list[Delivery] = []
        self.delivered: list[Delivery] = []
        self._url = self._verifier = ""
        self._shape = "cloudevents"
        self._count = 0
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def aim(self, url: str, verifier: str, shape: str) -> None:
        """Where to send. Raises: ValueError for another shape than cloudevents or legacy."""
        if shape not in ("cloudevents", "legacy"):
            raise ValueError("format is cloudevents or legacy")
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("url is http or https")
        self._url, self._verifier, self._shape = url, verifier, shape
        if url and self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True, name="webhooks")
            self._thread.start()

    def tell(self, realm: str, changes: list[tuple[str, str, str]]) -> None:
        told = [change for change in changes if change[0] in _TOLD]
        if not self._url or not told:
            return
        make = self._events if self._shape == "cloudevents" else self._notification
        delivery = Delivery(to_json(make(realm, told)).encode(), self._clock.seconds())
        with self._lock:
            self._waiting.append(delivery)

    def shown(self) -> list[dict[str, Any]]:
        with self._lock:
            return [
                {"body": d.body.decode(), "tries": d.tries, "statuses": d.statuses}
                for d in [*self.delivered, *self._waiting]
            ]

    def forget(self) -> None:
        with self._lock:
            self._waiting.clear()
            self.delivered.clear()
        self._url = ""

    def close(self) -> None:
        self._stop.set()

    def signature(self, body: bytes) -> str:
        digest = hmac.new(self._verifier.encode(), body, hashlib.sha256).digest()
        return base64.b64encode(digest).decode()

    def _events(self, realm: str, changes: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
        done = {"Create": "created", "Update": "updated", "Delete": "deleted"}
        events = []
        for entity, id_, operation in changes:
            self._count += 1
            mark = hashlib.sha256(f"{self._seed}/event/{self._count}".encode()).hexdigest()
            events.append(
                {
                    "specversion": "1.0",
                    "id": f"{mark[:8]}-{mark[8:12]}-{mark[12:16]}-{mark[16:20]}-{mark[20:32]}",
                    "source": "intuit.standin",
                    "type": f"qbo.{entity.lower()}.{done[operation]}.v1",
                    "datacontenttype": "application/json",
                    "time": self._clock.now().isoformat(timespec="seconds"),
                    "intuitentityid": id_,
                    "intuitaccountid": realm,
                    "data": {},
                }
            )
        return events

    def _notification(self, realm: str, changes: list[tuple[str, str, str]]) -> dict[str, Any]:
        entities = [
            {"name": entity, "id": id_, "operation": operation, "lastUpdated": self._clock.stamp()}
            for entity, id_, operation in changes
        ]
        return {
            "eventNotifications": [{"realmId": realm, "dataChangeEvent": {"entities": entities}}]
        }

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            now = self._clock.seconds()
            with self._lock:
                due = [d for d in self._waiting if d.due <= now]
            for delivery in due:
                self._send(delivery)

    def _send(self, delivery: Delivery) -> None:
        request = urllib.request.Request(  # noqa: S310 - checked in `aim`
            self._url,
            data=delivery.body,
            headers={
                "Content-Type": "application/json",
                "intuit-signature": self.signature(delivery.body),
                "User-Agent": "intuit_notification/standin",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310
                status = int(answer.status)
        except urllib.error.HTTPError as refused:
            status = refused.code
        except OSError:
            status = 0
        with self._lock:
            delivery.statuses.append(status)
            delivery.tries += 1
            if delivery not in self._waiting:
                return
            if status == 200:
                self._waiting.remove(delivery)
                self.delivered.append(delivery)
            else:
                pause = PAUSES_SECONDS[min(delivery.tries, len(PAUSES_SECONDS)) - 1]
                delivery.due = self._clock.seconds() + pause
