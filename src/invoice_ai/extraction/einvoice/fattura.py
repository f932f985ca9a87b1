"""FatturaPA 1.2, the Italian e-invoice (Agenzia delle Entrate, Allegato A).

It has no totals but the document's own (and that is optional): net and tax are the sums of
its tax summary. Several invoices may share one file; the first is read and the rest flagged.
"""

from __future__ import annotations

from decimal import Decimal

from lxml.etree import _Element

from invoice_ai.domain.invoice import (
    DocumentType,
    ExtractedField,
    ExtractedInvoice,
    LineItem,
    TaxLine,
)
from invoice_ai.extraction.einvoice.lines import kept_lines
from invoice_ai.extraction.einvoice.parse import all_at, first_at, text_at, texts_at
from invoice_ai.extraction.einvoice.values import (
    SURE,
    Values,
    amount,
    computed,
    first_of,
    present,
    total_of,
)

_CREDIT_NOTES = frozenset({"TD04", "TD08"})


def read_fattura(root: _Element) -> ExtractedInvoice:
    """Everything we know a field for."""
    values = Values()
    bodies = all_at(root, "FatturaElettronicaBody")
    if len(bodies) > 1:
        values.flags.add("several_invoices")
    body = bodies[0] if bodies else None
    seller = first_at(root, "FatturaElettronicaHeader/CedentePrestatore")
    buyer = first_at(root, "FatturaElettronicaHeader/CessionarioCommittente")
    general = first_at(body, "DatiGenerali")
    document = first_at(general, "DatiGeneraliDocumento")
    summary = all_at(body, "DatiBeniServizi/DatiRiepilogo")
    payments = all_at(body, "DatiPagamento/DettaglioPagamento")
    transfers = [p for p in payments if text_at(p, "IBAN")] or payments
    payment = transfers[0] if transfers else None
    taxes = tuple(_tax(values, tax) for tax in summary)
    net = total_of([t.base for t in taxes])
    tax_total = total_of([t.amount for t in taxes])
    rounding = values.number(text_at(document, "Arrotondamento"))
    due_days = text_at(payment, "GiorniTerminiPagamento")
    number = text_at(document, "Numero")
    said: DocumentType = (
        "credit_note"
        if (kind := text_at(document, "TipoDocumento")) in _CREDIT_NOTES
        else "invoice"
    )
    fields: dict[str, ExtractedField | None] = {
        "document_type": ExtractedField(said, kind or "", SURE, "xml"),
        "invoice_number": values.name(number),
        "invoice_date": values.day(text_at(document, "Data")),
        "due_date": first_of([values.day(text_at(p, "DataScadenzaPagamento")) for p in payments]),
        "payment_days": values.number(due_days),
        "currency": values.code(text_at(document, "Divisa")),
        "purchase_order": values.name(text_at(general, "DatiOrdineAcquisto/IdDocumento")),
        "contract_reference": values.name(text_at(general, "DatiContratto/IdDocumento")),
        "preceding_invoice": first_of(
            [values.name(t) for t in texts_at(general, "DatiFattureCollegate/IdDocumento")]
        ),
        "delivery_note": values.name(text_at(general, "DatiDDT/NumeroDDT")),
        "delivery_date": values.day(text_at(general, "DatiTrasporto/DataOraConsegna")),
        **_party(values, seller, "vendor"),
        "vendor_country": values.code(text_at(seller, "Sede/Nazione")),
        "vendor_registration": values.name(
            " ".join(
                texts_at(seller, "IscrizioneREA/Ufficio")
                + texts_at(seller, "IscrizioneREA/NumeroREA")
            )
            or None
        ),
        "vendor_email": values.name(text_at(seller, "Contatti/Email")),
        "vendor_phone": values.name(text_at(seller, "Contatti/Telefono")),
        **_party(values, buyer, "customer"),
        "payment_means": values.name(text_at(payment, "ModalitaPagamento")),
        "iban": first_of([values.account(text_at(p, "IBAN")) for p in transfers]),
        "bic": values.bank(text_at(payment, "BIC")),
        "account_name": values.name(text_at(payment, "Beneficiario")),
        # Contributions to a professional's pension fund, and expenses in the tax summary.
        "charges_total": total_of(
            [
                *map(
                    values.number,
                    texts_at(document, "DatiCassaPrevidenziale/ImportoContributoCassa"),
                ),
                *(values.number(text_at(tax, "SpeseAccessorie")) for tax in summary),
            ]
        ),
        "subtotal": net,
        "tax_total": tax_total,
        "total": values.number(text_at(document, "ImportoTotaleDocumento"))
        or _total(net, tax_total, rounding),
        "rounding": rounding,
        "amount_due": total_of([values.number(text_at(p, "ImportoPagamento")) for p in payments]),
    }
    lines = kept_lines(all_at(body, "DatiBeniServizi/DettaglioLinee"), values)
    return ExtractedInvoice(
        fields=present(fields),
        lines=tuple(_line(values, line) for line in lines),
        taxes=taxes,
        language="it",
        flags=tuple(sorted(values.flags)),
    )


def _party(values: Values, party: _Element | None, role: str) -> dict[str, ExtractedField | None]:
    about = first_at(party, "DatiAnagrafici")
    person = " ".join(texts_at(about, "Anagrafica/Nome") + texts_at(about, "Anagrafica/Cognome"))
    vat = "".join(
        texts_at(about, "IdFiscaleIVA/IdPaese") + texts_at(about, "IdFiscaleIVA/IdCodice")
    )
    seat = first_at(party, "Sede")
    street = texts_at(seat, "Indirizzo") + texts_at(seat, "NumeroCivico")
    city = texts_at(seat, "CAP") + texts_at(seat, "Comune") + texts_at(seat, "Provincia")
    return {
        f"{role}_name": values.name(text_at(about, "Anagrafica/Denominazione") or person or None),
        f"{role}_address": values.address([" ".join(street), " ".join(city)]),
        f"{role}_tax_id": first_of(
            [values.tax_id(vat or None), values.tax_id(text_at(about, "CodiceFiscale"))]
        ),
    }


def _total(
    net: ExtractedField | None, tax: ExtractedField | None, rounding: ExtractedField | None
) -> ExtractedField | None:
    parts = (amount(net), amount(tax))
    if None in parts:
        return None
    return computed(sum((p for p in parts if p is not None), amount(rounding) or Decimal(0)))


def _tax(values: Values, tax: _Element) -> TaxLine:
    return TaxLine(
        base=values.number(text_at(tax, "ImponibileImporto")),
        amount=values.number(text_at(tax, "Imposta")),
        category=values.code(text_at(tax, "Natura")),
        rate=values.number(text_at(tax, "AliquotaIVA")),
    )


def _line(values: Values, line: _Element) -> LineItem:
    quantity = values.number(text_at(line, "Quantita"))
    price = values.number(text_at(line, "PrezzoUnitario"))
    total = values.number(text_at(line, "PrezzoTotale"))
    return LineItem(
        description=values.text(text_at(line, "Descrizione")),
        product_code=values.name(text_at(line, "CodiceArticolo/CodiceValore")),
        quantity=quantity,
        unit=values.name(text_at(line, "UnitaMisura")),
        unit_price=price,
        discount=_discount(quantity, price, total)
        if first_at(line, "ScontoMaggiorazione") is not None
        else None,
        tax_rate=values.number(text_at(line, "AliquotaIVA")),
        amount=total,
        service_date=values.day(text_at(line, "DataInizioPeriodo")),
    )


def _discount(
    quantity: ExtractedField | None, price: ExtractedField | None, total: ExtractedField | None
) -> ExtractedField | None:
    """Discounts are given per unit, in percent or as an amount, one upon the other; what they
    come to is the difference to the line's total."""
    unit_price, net = amount(price), amount(total)
    if unit_price is None or net is None:
        return None
    taken = (amount(quantity) or Decimal(1)) * unit_price - net
    return computed(taken.quantize(Decimal("0.01"))) if taken else None
