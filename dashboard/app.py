"""Numbers on port 8501: throughput, success and failure, recent history, errors, health.

Reads the HTTP API only. Everything that comes from documents is shown as plain text or in tables,
never as Markdown, which could load pictures from anywhere.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.api import Api, NotReachable, SignInNeeded

REFRESH_SECONDS = 10
REMEMBERED_DAYS = 92


def main() -> None:
    st.set_page_config(page_title="Invoice AI", page_icon="🧾", layout="wide")
    st.title("Invoice AI")
    if "api" not in st.session_state:
        st.session_state.api = Api()
    live = st.toggle("Live", value=True, key="live", help=f"Every {REFRESH_SECONDS} seconds")
    st.fragment(run_every=REFRESH_SECONDS if live else None)(numbers)()


def numbers() -> None:
    api: Api = st.session_state.api
    try:
        stats, status = api.get("/stats"), api.get("/status")
        results = api.get("/results", limit=50)["results"]
        errors = api.get("/errors", limit=200)["errors"]
        asked = api.get("/ai/usage", days=REMEMBERED_DAYS)["periods"]
    except SignInNeeded:
        sign_in(api)
        return
    except NotReachable as away:
        st.error(f"{away} Is it running? Start it with ./start_api.sh.")
        return
    done, failed = stats["total_processed"], stats["failed"]
    cards = st.columns(6)
    cards[0].metric("Processed", f"{done:,}")
    cards[1].metric("Successful", f"{stats['successful']:,}")
    cards[2].metric("Failed", f"{failed:,}")
    cards[3].metric("Success rate", f"{(done - failed) / done:.1%}" if done else "–")
    cards[4].metric("Mean time", f"{stats['average_processing_time']:.2f} s" if done else "–")
    cards[5].metric("Waiting", f"{stats['pending'] + stats['processing']:,}")
    if not done:
        st.info("No invoice was processed yet. Drop one into the incoming folder or the app.")
    history(results)
    failures(errors)
    model(asked)
    health(status, stats)


def history(results: list[dict[str, object]]) -> None:
    st.subheader("Recent invoices")
    if not results:
        st.text("None yet.")
        return
    columns = ["received_at", "filename", "vendor_name", "invoice_number", "total", "currency",
               "state"]  # fmt: skip
    table = pd.DataFrame(results).reindex(columns=columns)
    by_day = table.assign(day=pd.to_datetime(table["received_at"], utc=True).dt.date)
    st.bar_chart(by_day.groupby(["day", "state"]).size().unstack(fill_value=0), height=180)
    st.dataframe(table, hide_index=True, width="stretch")


def failures(errors: list[dict[str, object]]) -> None:
    st.subheader("Errors")
    if not errors:
        st.text("None.")
        return
    columns = ["at", "file_id", "step", "code", "message"]
    table = pd.DataFrame(errors).reindex(columns=columns)
    counted = table.groupby("code").size().sort_values(ascending=False)
    left, right = st.columns([1, 2])
    left.dataframe(counted.rename("times").reset_index(), hide_index=True, width="stretch")
    right.dataframe(table, hide_index=True, width="stretch")


def model(asked: list[dict[str, object]]) -> None:
    """What a model was asked, per day or month, and whether people kept what it said."""
    if not asked:
        return
    st.subheader("AI model")
    table = pd.DataFrame(asked)
    table["cost"] = pd.to_numeric(table["cost"])  # None stays empty: no price is set
    right, wrong = int(table["right"].sum()), int(table["wrong"].sum())
    cards = st.columns(5)
    cards[0].metric("Documents asked about", f"{table['asked'].sum():,}")
    cards[1].metric("Without an answer", f"{table['unanswered'].sum():,}")
    cards[2].metric("Tokens", f"{table['tokens'].sum():,}")
    priced = table["cost"].notna().any()
    cards[3].metric("Cost", f"{table['cost'].sum():.2f}" if priced else "no price set")
    cards[4].metric(
        "Right after review", f"{right / (right + wrong):.1%}" if right + wrong else "–"
    )
    by_month = st.toggle("By month", key="by_month")
    if by_month:
        table["period"] = table["period"].str[:7]
    keys = ["period", "provider", "model"]
    summed = table.groupby(keys).sum(numeric_only=True, min_count=1).reset_index()
    st.dataframe(summed.sort_values("period", ascending=False), hide_index=True, width="stretch")


def health(status: dict[str, object], stats: dict[str, object]) -> None:
    st.subheader("System")
    services = status["services"]
    assert isinstance(services, dict)
    cards = st.columns(len(services) + 3)
    for card, (name, state) in zip(cards, services.items(), strict=False):
        card.metric(name.replace("_", " ").capitalize(), str(state))
    disk = status["disk"]
    assert isinstance(disk, dict)
    cards[-3].metric("Processor", f"{status['cpu_percent']:.0f} %")
    cards[-2].metric("Memory", f"{status['memory_percent']:.0f} %")
    cards[-1].metric("Disk free", f"{disk['free_bytes'] / 2**30:.0f} GiB")
    st.caption(f"Version {status['version']}, up {stats['uptime']}")


def sign_in(api: Api) -> None:
    with st.form("sign in"):
        password = st.text_input("Password of the app", type="password")
        if st.form_submit_button("Sign in"):
            wrong = api.sign_in(password)
            if not wrong:
                st.rerun()
            st.error(wrong)


main()
