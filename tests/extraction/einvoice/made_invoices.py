"""E-invoices of our own making, one builder per syntax; every company is invented.

All syntaxes tell the same invoice: 10 h at 95.00 and 4 kits at 12.50 less a discount of 5.00,
net 995.00, tax 19 % 189.05, total 1184.05, 184.05 paid, 1000.00 due.
"""

from __future__ import annotations

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
IBAN = "DE02120300000000202051"


def ubl_invoice(
    *,
    kind: str = "Invoice",
    type_code: str = "380",
    guideline: str = "urn:cen.eu:en16931:2017",
    head: str = "",
    total: str = "1184.05",
    due: str = "1000.00",
    lines: str | None = None,
    prefix: str = "",
    terms: str = "14 Tage 2 % Skonto, 30 Tage netto",
) -> str:
    """A UBL invoice or credit note as text; `prefix` puts the root into a named namespace."""
    quantity = "InvoicedQuantity" if kind == "Invoice" else "CreditedQuantity"
    due_date = "<cbc:DueDate>2026-04-01</cbc:DueDate>" if kind == "Invoice" else ""
    root = f"{prefix}:{kind}" if prefix else kind
    name = f"xmlns:{prefix}" if prefix else "xmlns"
    if lines is None:
        lines = f"""
  <cac:{kind}Line>
    <cbc:ID>1</cbc:ID>
    <cbc:{quantity} unitCode="HUR">10</cbc:{quantity}>
    <cbc:LineExtensionAmount currencyID="EUR">950.00</cbc:LineExtensionAmount>
    <cac:InvoicePeriod><cbc:StartDate>2026-02-02</cbc:StartDate></cac:InvoicePeriod>
    <cac:OrderLineReference><cbc:LineID>7</cbc:LineID></cac:OrderLineReference>
    <cac:Item>
      <cbc:Description>on site</cbc:Description>
      <cbc:Name>Machine repair</cbc:Name>
      <cac:SellersItemIdentification><cbc:ID>REP-1</cbc:ID></cac:SellersItemIdentification>
      <cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent>
      </cac:ClassifiedTaxCategory>
    </cac:Item>
    <cac:Price><cbc:PriceAmount currencyID="EUR">95.00</cbc:PriceAmount></cac:Price>
  </cac:{kind}Line>
  <cac:{kind}Line>
    <cbc:ID>2</cbc:ID>
    <cbc:{quantity} unitCode="C62">4</cbc:{quantity}>
    <cbc:LineExtensionAmount currencyID="EUR">45.00</cbc:LineExtensionAmount>
    <cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>
      <cbc:Amount currencyID="EUR">5.00</cbc:Amount></cac:AllowanceCharge>
    <cac:Item><cbc:Name>Seal kit</cbc:Name>
      <cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent>
      </cac:ClassifiedTaxCategory></cac:Item>
    <cac:Price><cbc:PriceAmount currencyID="EUR">1250.00</cbc:PriceAmount>
      <cbc:BaseQuantity unitCode="C62">100</cbc:BaseQuantity></cac:Price>
  </cac:{kind}Line>"""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{root} {name}="{UBL}{kind}-2" xmlns:cac="{UBL}CommonAggregateComponents-2"
  xmlns:cbc="{UBL}CommonBasicComponents-2">
  <cbc:CustomizationID>{guideline}</cbc:CustomizationID>
  <cbc:ID>R-2026/0815</cbc:ID>
  <cbc:IssueDate>2026-03-02</cbc:IssueDate>
  {due_date}
  <cbc:{kind}TypeCode>{type_code}</cbc:{kind}TypeCode>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cbc:BuyerReference>04011000-12345-67</cbc:BuyerReference>
  {head}
  <cac:InvoicePeriod><cbc:StartDate>2026-02-01</cbc:StartDate><cbc:EndDate>2026-02-28</cbc:EndDate>
  </cac:InvoicePeriod>
  <cac:OrderReference><cbc:ID>PO-4711</cbc:ID></cac:OrderReference>
  <cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>R-2026/0700</cbc:ID>
  </cac:InvoiceDocumentReference></cac:BillingReference>
  <cac:DespatchDocumentReference><cbc:ID>LS-99</cbc:ID></cac:DespatchDocumentReference>
  <cac:ContractDocumentReference><cbc:ID>RV-5</cbc:ID></cac:ContractDocumentReference>
  <cac:AccountingSupplierParty><cac:Party>
    <cbc:WebsiteURI>https://www.kranich.example</cbc:WebsiteURI>
    <cac:PartyName><cbc:Name>Kranich Service</cbc:Name></cac:PartyName>
    <cac:PostalAddress><cbc:StreetName>Am Fleet 3</cbc:StreetName>
      <cbc:AdditionalStreetName>Hof 2</cbc:AdditionalStreetName>
      <cbc:CityName>Hamburg</cbc:CityName><cbc:PostalZone>20457</cbc:PostalZone>
      <cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country>
    </cac:PostalAddress>
    <cac:PartyTaxScheme><cbc:CompanyID>22/815/08154</cbc:CompanyID>
      <cac:TaxScheme><cbc:ID>FC</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
    <cac:PartyTaxScheme><cbc:CompanyID>DE 136 695 976</cbc:CompanyID>
      <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
    <cac:PartyLegalEntity><cbc:RegistrationName>Kranich Maschinenbau GmbH</cbc:RegistrationName>
      <cbc:CompanyID>HRB 12345</cbc:CompanyID></cac:PartyLegalEntity>
    <cac:Contact><cbc:Telephone>+49 40 555 0</cbc:Telephone>
      <cbc:ElectronicMail>rechnung@kranich.example</cbc:ElectronicMail></cac:Contact>
  </cac:Party></cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty><cac:Party>
    <cac:PartyIdentification><cbc:ID>K-77</cbc:ID></cac:PartyIdentification>
    <cac:PostalAddress><cbc:StreetName>Ringstraße 9</cbc:StreetName>
      <cbc:CityName>Bremen</cbc:CityName><cbc:PostalZone>28195</cbc:PostalZone></cac:PostalAddress>
    <cac:PartyTaxScheme><cbc:CompanyID>DE123456788</cbc:CompanyID>
      <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
    <cac:PartyLegalEntity><cbc:RegistrationName>Weser Druck AG</cbc:RegistrationName>
    </cac:PartyLegalEntity>
  </cac:Party></cac:AccountingCustomerParty>
  <cac:PayeeParty><cac:PartyName><cbc:Name>Faktor Nord GmbH</cbc:Name></cac:PartyName></cac:PayeeParty>
  <cac:Delivery><cbc:ActualDeliveryDate>2026-02-27</cbc:ActualDeliveryDate>
    <cac:DeliveryLocation><cac:Address><cbc:StreetName>Tor 4</cbc:StreetName>
      <cbc:CityName>Bremen</cbc:CityName></cac:Address></cac:DeliveryLocation></cac:Delivery>
  <cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode>
    <cbc:PaymentID>R-2026/0815 K-77</cbc:PaymentID>
    <cac:PayeeFinancialAccount><cbc:ID>DE02 1203 0000 0000 2020 51</cbc:ID>
      <cbc:Name>Kranich Maschinenbau</cbc:Name>
      <cac:FinancialInstitutionBranch><cbc:ID>BYLADEM1001</cbc:ID></cac:FinancialInstitutionBranch>
    </cac:PayeeFinancialAccount></cac:PaymentMeans>
  <cac:PaymentTerms><cbc:Note>{terms}</cbc:Note></cac:PaymentTerms>
  <cac:TaxTotal><cbc:TaxAmount currencyID="SEK">2100.00</cbc:TaxAmount></cac:TaxTotal>
  <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">189.05</cbc:TaxAmount>
    <cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">995.00</cbc:TaxableAmount>
      <cbc:TaxAmount currencyID="EUR">189.05</cbc:TaxAmount>
      <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent></cac:TaxCategory>
    </cac:TaxSubtotal></cac:TaxTotal>
  <cac:LegalMonetaryTotal>
    <cbc:LineExtensionAmount currencyID="EUR">995.00</cbc:LineExtensionAmount>
    <cbc:TaxExclusiveAmount currencyID="EUR">995.00</cbc:TaxExclusiveAmount>
    <cbc:TaxInclusiveAmount currencyID="EUR">{total}</cbc:TaxInclusiveAmount>
    <cbc:PrepaidAmount currencyID="EUR">184.05</cbc:PrepaidAmount>
    <cbc:PayableAmount currencyID="EUR">{due}</cbc:PayableAmount>
  </cac:LegalMonetaryTotal>{lines}
</{root}>"""


def cii_invoice(
    *,
    version: int = 2,
    type_code: str = "380",
    guideline: str | None = None,
    context: str = "",
    lines: str | None = None,
    date: str = '<udt:DateTimeString format="102">20260302</udt:DateTimeString>',
) -> str:
    """A cross industry invoice: version 2 is CII D16B, version 1 ZUGFeRD 1.0."""
    if version == 2:
        root, namespace = (
            "CrossIndustryInvoice",
            "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
        )
        guideline = guideline or "urn:cen.eu:en16931:2017"
        outer, document, transaction = (
            "ExchangedDocumentContext",
            "ExchangedDocument",
            "SupplyChainTradeTransaction",
        )
        header, line = "ApplicableHeaderTrade", "SpecifiedLineTrade"
        sums, line_sums = (
            "SpecifiedTradeSettlementHeaderMonetarySummation",
            "SpecifiedTradeSettlementLineMonetarySummation",
        )
        identifier, percent = "IssuerAssignedID", "RateApplicablePercent"
    else:
        root, namespace = "CrossIndustryDocument", "urn:ferd:CrossIndustryDocument:invoice:1p0"
        guideline = guideline or "urn:ferd:CrossIndustryDocument:invoice:1p0:comfort"
        outer, document, transaction = (
            "SpecifiedExchangedDocumentContext",
            "HeaderExchangedDocument",
            "SpecifiedSupplyChainTradeTransaction",
        )
        header, line = "ApplicableSupplyChainTrade", "SpecifiedSupplyChainTrade"
        sums = line_sums = "SpecifiedTradeSettlementMonetarySummation"
        identifier, percent = "ID", "ApplicablePercent"

    def day(text: str) -> str:
        return f'<udt:DateTimeString format="102">{text}</udt:DateTimeString>'

    if lines is None:
        lines = f"""
    <ram:IncludedSupplyChainTradeLineItem>
      <ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID></ram:AssociatedDocumentLineDocument>
      <ram:SpecifiedTradeProduct><ram:SellerAssignedID>REP-1</ram:SellerAssignedID>
        <ram:Name>Machine repair</ram:Name><ram:Description>on site</ram:Description>
      </ram:SpecifiedTradeProduct>
      <ram:{line}Agreement>
        <ram:BuyerOrderReferencedDocument><ram:LineID>7</ram:LineID></ram:BuyerOrderReferencedDocument>
        <ram:NetPriceProductTradePrice><ram:ChargeAmount>95.00</ram:ChargeAmount>
        </ram:NetPriceProductTradePrice></ram:{line}Agreement>
      <ram:{line}Delivery><ram:BilledQuantity unitCode="HUR">10</ram:BilledQuantity></ram:{line}Delivery>
      <ram:{line}Settlement>
        <ram:ApplicableTradeTax><ram:{percent}>19</ram:{percent}></ram:ApplicableTradeTax>
        <ram:BillingSpecifiedPeriod><ram:StartDateTime>{day("20260202")}</ram:StartDateTime>
        </ram:BillingSpecifiedPeriod>
        <ram:{line_sums}><ram:LineTotalAmount>950.00</ram:LineTotalAmount></ram:{line_sums}>
      </ram:{line}Settlement>
    </ram:IncludedSupplyChainTradeLineItem>
    <ram:IncludedSupplyChainTradeLineItem>
      <ram:AssociatedDocumentLineDocument><ram:LineID>2</ram:LineID></ram:AssociatedDocumentLineDocument>
      <ram:SpecifiedTradeProduct><ram:Name>Seal kit</ram:Name></ram:SpecifiedTradeProduct>
      <ram:{line}Agreement><ram:NetPriceProductTradePrice>
        <ram:ChargeAmount>1250.00</ram:ChargeAmount>
        <ram:BasisQuantity unitCode="C62">100</ram:BasisQuantity>
        </ram:NetPriceProductTradePrice></ram:{line}Agreement>
      <ram:{line}Delivery><ram:BilledQuantity unitCode="C62">4</ram:BilledQuantity></ram:{line}Delivery>
      <ram:{line}Settlement>
        <ram:ApplicableTradeTax><ram:{percent}>19</ram:{percent}></ram:ApplicableTradeTax>
        <ram:SpecifiedTradeAllowanceCharge>
          <ram:ChargeIndicator><udt:Indicator>false</udt:Indicator></ram:ChargeIndicator>
          <ram:ActualAmount>5.00</ram:ActualAmount></ram:SpecifiedTradeAllowanceCharge>
        <ram:{line_sums}><ram:LineTotalAmount>45.00</ram:LineTotalAmount></ram:{line_sums}>
      </ram:{line}Settlement>
    </ram:IncludedSupplyChainTradeLineItem>"""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:{root} xmlns:rsm="{namespace}"
  xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
  xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
  <rsm:{outer}>{context}<ram:GuidelineSpecifiedDocumentContextParameter>
    <ram:ID>{guideline}</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter></rsm:{outer}>
  <rsm:{document}><ram:ID>R-2026/0815</ram:ID><ram:TypeCode>{type_code}</ram:TypeCode>
    <ram:IssueDateTime>{date}</ram:IssueDateTime></rsm:{document}>
  <rsm:{transaction}>
    <ram:{header}Agreement>
      <ram:BuyerReference>04011000-12345-67</ram:BuyerReference>
      <ram:SellerTradeParty><ram:Name>Kranich Maschinenbau GmbH</ram:Name>
        <ram:SpecifiedLegalOrganization><ram:ID>HRB 12345</ram:ID>
          <ram:TradingBusinessName>Kranich Service</ram:TradingBusinessName>
        </ram:SpecifiedLegalOrganization>
        <ram:DefinedTradeContact>
          <ram:TelephoneUniversalCommunication><ram:CompleteNumber>+49 40 555 0</ram:CompleteNumber>
          </ram:TelephoneUniversalCommunication>
          <ram:EmailURIUniversalCommunication><ram:URIID>rechnung@kranich.example</ram:URIID>
          </ram:EmailURIUniversalCommunication></ram:DefinedTradeContact>
        <ram:PostalTradeAddress><ram:PostcodeCode>20457</ram:PostcodeCode>
          <ram:LineOne>Am Fleet 3</ram:LineOne><ram:LineTwo>Hof 2</ram:LineTwo>
          <ram:CityName>Hamburg</ram:CityName><ram:CountryID>DE</ram:CountryID>
        </ram:PostalTradeAddress>
        <ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">22/815/08154</ram:ID>
        </ram:SpecifiedTaxRegistration>
        <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE 136 695 976</ram:ID>
        </ram:SpecifiedTaxRegistration></ram:SellerTradeParty>
      <ram:BuyerTradeParty><ram:ID>K-77</ram:ID><ram:Name>Weser Druck AG</ram:Name>
        <ram:PostalTradeAddress><ram:PostcodeCode>28195</ram:PostcodeCode>
          <ram:LineOne>Ringstraße 9</ram:LineOne><ram:CityName>Bremen</ram:CityName>
        </ram:PostalTradeAddress>
        <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE123456788</ram:ID>
        </ram:SpecifiedTaxRegistration></ram:BuyerTradeParty>
      <ram:BuyerOrderReferencedDocument><ram:{identifier}>PO-4711</ram:{identifier}>
      </ram:BuyerOrderReferencedDocument>
      <ram:ContractReferencedDocument><ram:{identifier}>RV-5</ram:{identifier}>
      </ram:ContractReferencedDocument>
    </ram:{header}Agreement>
    <ram:{header}Delivery>
      <ram:ShipToTradeParty><ram:PostalTradeAddress><ram:LineOne>Tor 4</ram:LineOne>
        <ram:CityName>Bremen</ram:CityName></ram:PostalTradeAddress></ram:ShipToTradeParty>
      <ram:ActualDeliverySupplyChainEvent><ram:OccurrenceDateTime>{day("20260227")}
      </ram:OccurrenceDateTime></ram:ActualDeliverySupplyChainEvent>
      <ram:DespatchAdviceReferencedDocument><ram:{identifier}>LS-99</ram:{identifier}>
      </ram:DespatchAdviceReferencedDocument>
    </ram:{header}Delivery>
    <ram:{header}Settlement>
      <ram:PaymentReference>R-2026/0815 K-77</ram:PaymentReference>
      <ram:TaxCurrencyCode>SEK</ram:TaxCurrencyCode>
      <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
      <ram:PayeeTradeParty><ram:Name>Faktor Nord GmbH</ram:Name></ram:PayeeTradeParty>
      <ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode>
        <ram:PayeePartyCreditorFinancialAccount><ram:IBANID>DE02 1203 0000 0000 2020 51</ram:IBANID>
          <ram:AccountName>Kranich Maschinenbau</ram:AccountName>
        </ram:PayeePartyCreditorFinancialAccount>
        <ram:PayeeSpecifiedCreditorFinancialInstitution><ram:BICID>BYLADEM1001</ram:BICID>
        </ram:PayeeSpecifiedCreditorFinancialInstitution>
      </ram:SpecifiedTradeSettlementPaymentMeans>
      <ram:ApplicableTradeTax><ram:CalculatedAmount>189.05</ram:CalculatedAmount>
        <ram:BasisAmount>995.00</ram:BasisAmount><ram:CategoryCode>S</ram:CategoryCode>
        <ram:{percent}>19</ram:{percent}></ram:ApplicableTradeTax>
      <ram:BillingSpecifiedPeriod><ram:StartDateTime>{day("20260201")}</ram:StartDateTime>
        <ram:EndDateTime>{day("20260228")}</ram:EndDateTime></ram:BillingSpecifiedPeriod>
      <ram:SpecifiedTradePaymentTerms>
        <ram:Description>14 Tage 2 % Skonto, 30 Tage netto</ram:Description>
        <ram:DueDateDateTime>{day("20260401")}</ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>
      <ram:{sums}>
        <ram:LineTotalAmount>995.00</ram:LineTotalAmount>
        <ram:TaxBasisTotalAmount>995.00</ram:TaxBasisTotalAmount>
        <ram:TaxTotalAmount currencyID="SEK">2100.00</ram:TaxTotalAmount>
        <ram:TaxTotalAmount currencyID="EUR">189.05</ram:TaxTotalAmount>
        <ram:GrandTotalAmount>1184.05</ram:GrandTotalAmount>
        <ram:TotalPrepaidAmount>184.05</ram:TotalPrepaidAmount>
        <ram:DuePayableAmount>1000.00</ram:DuePayableAmount>
      </ram:{sums}>
      <ram:InvoiceReferencedDocument><ram:{identifier}>R-2026/0700</ram:{identifier}>
      </ram:InvoiceReferencedDocument>
    </ram:{header}Settlement>{lines}
  </rsm:{transaction}>
</rsm:{root}>"""


def fattura(*, kind: str = "TD01", bodies: int = 1, total: str = "1184.05") -> str:
    """A FatturaPA of the same story with two rates of tax."""
    stated = f"<ImportoTotaleDocumento>{total}</ImportoTotaleDocumento>" if total else ""
    body = f"""
  <FatturaElettronicaBody>
    <DatiGenerali>
      <DatiGeneraliDocumento><TipoDocumento>{kind}</TipoDocumento><Divisa>EUR</Divisa>
        <Data>2026-03-02</Data><Numero>R-2026/0815</Numero>{stated}</DatiGeneraliDocumento>
      <DatiOrdineAcquisto><IdDocumento>PO-4711</IdDocumento></DatiOrdineAcquisto>
      <DatiDDT><NumeroDDT>LS-99</NumeroDDT></DatiDDT>
    </DatiGenerali>
    <DatiBeniServizi>
      <DettaglioLinee><NumeroLinea>1</NumeroLinea><Descrizione>Riparazione</Descrizione>
        <Quantita>10.00</Quantita><UnitaMisura>ore</UnitaMisura>
        <PrezzoUnitario>95.00</PrezzoUnitario><PrezzoTotale>950.00</PrezzoTotale>
        <AliquotaIVA>19.00</AliquotaIVA></DettaglioLinee>
      <DettaglioLinee><NumeroLinea>2</NumeroLinea><Descrizione>Guarnizioni</Descrizione>
        <Quantita>4.00</Quantita><PrezzoUnitario>12.50</PrezzoUnitario>
        <ScontoMaggiorazione><Tipo>SC</Tipo><Percentuale>10.00</Percentuale></ScontoMaggiorazione>
        <PrezzoTotale>45.00</PrezzoTotale><AliquotaIVA>19.00</AliquotaIVA></DettaglioLinee>
      <DatiRiepilogo><AliquotaIVA>19.00</AliquotaIVA><ImponibileImporto>950.00</ImponibileImporto>
        <Imposta>180.50</Imposta></DatiRiepilogo>
      <DatiRiepilogo><AliquotaIVA>19.00</AliquotaIVA><ImponibileImporto>45.00</ImponibileImporto>
        <Imposta>8.55</Imposta></DatiRiepilogo>
    </DatiBeniServizi>
    <DatiPagamento><CondizioniPagamento>TP02</CondizioniPagamento>
      <DettaglioPagamento><ModalitaPagamento>MP05</ModalitaPagamento>
        <DataScadenzaPagamento>2026-04-01</DataScadenzaPagamento>
        <ImportoPagamento>1184.05</ImportoPagamento><IBAN>IT60X0542811101000000123456</IBAN>
      </DettaglioPagamento></DatiPagamento>
  </FatturaElettronicaBody>"""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<p:FatturaElettronica versione="FPR12"
  xmlns:p="http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2">
  <FatturaElettronicaHeader>
    <CedentePrestatore>
      <DatiAnagrafici><IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>00743110157</IdCodice>
        </IdFiscaleIVA><Anagrafica><Denominazione>Gru Meccanica SRL</Denominazione></Anagrafica>
      </DatiAnagrafici>
      <Sede><Indirizzo>Via del Porto</Indirizzo><NumeroCivico>3</NumeroCivico><CAP>16121</CAP>
        <Comune>Genova</Comune><Provincia>GE</Provincia><Nazione>IT</Nazione></Sede>
    </CedentePrestatore>
    <CessionarioCommittente>
      <DatiAnagrafici><Anagrafica><Nome>Ada</Nome><Cognome>Bruni</Cognome></Anagrafica>
      </DatiAnagrafici>
    </CessionarioCommittente>
  </FatturaElettronicaHeader>{body * bodies}
</p:FatturaElettronica>"""
