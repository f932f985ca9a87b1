"""The words of invoice tables: what columns are called, and what ends a table.

Words are compared without case, accents and punctuation ("Art.-Nr." is "artnr"), so the lists
are written that way. Languages: en de fr es it nl pt pl, and the basics of cs da sv nb fi hr et hu.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

Role = Literal[
    "description", "code", "position", "quantity", "unit", "price", "discount", "tax", "tax_amount",
    "amount", "net", "gross", "credit", "balance", "date", "other", "never",
]  # fmt: skip

# What a column is for, by the words above it. "never" marks tables that hold no items: tax
# breakdowns by label, instalments, payments.
_COLUMNS: dict[Role, str] = {
    "description": """
        description|descriptions|item description|product description|item desc|desc|item|items|item name
        item name or type of service|name of goods or services|product|products|service|services|details|particulars
        service description|description of goods|description of services|article|charge name|trans|transaction|memo
        description memo|product service|activity|work performed|goods|plan|title
        beschreibung|bezeichnung|artikelbezeichnung|artikelbeschreibung|leistung|leistungen|leistungsbeschreibung
        bezeichnung der leistung|artikel|produkt|produktbeschreibung|text|buchungstext|ware|gegenstand|positionstext
        leistungsart|dienstleistung|pos artikelbeschreibung|beschreibung der leistung
        designation|description memo|libelle|prestation|prestations|article|produit|intitule|detail
        descripcion|concepto|producto|articulo|detalle|servicio|denominacion
        descrizione|prodotto|articolo|servizio|descrizione articolo|descrizione prodotto|natura e qualita
        omschrijving|artikelomschrijving|product|dienst|artikel
        descricao|produto|servico|artigo|designacao|descricao do produto
        opis|nazwa|nazwa towaru|nazwa uslugi|nazwa towaru lub uslugi|nazwa towaru uslugi|towar|usluga
        popis|polozka|oznaceni polozky|nazev|beskrivelse|beskrivning|benamning|tuote|kuvaus|selite|opis usluge|usluga
        naziv|kirjeldus|nimetus|megnevezes|varebeskrivelse|vare|benaemning|descriere|denumire
        item service|items services|product or service|goods and services|goods or services|goods services|item details|scope
        leistung artikel|artikel leistung|produkt leistung|bezeichnung artikel|warenbezeichnung|spezifikation|specification|article designation
        denomination|nature|objet|description des prestations|designation des articles|produit service|producto o servicio|producto servicio
        descripcion del producto|especificacion|descripcion articulo|prestazione|prestazioni|dettaglio|descrizione dei beni|descrizione servizio
        prodotto servizio|descrizione beni e servizi|oggetto|causale|specificatie|specificaties|dienst product|product dienst|dienst artikel
        artikel omschrijving|werkzaamheden|beschrijving|artikelbeschrijving|detalhe|servico artigo|artigo servico|produto servico|designacao do artigo|especificacao
        towar usluga|usluga towar|wyszczegolnienie|nazwa artykulu|tresc|specyfikacja|nazev polozky|predmet plneni|oznaceni dodavky|oznaceni
        nazev zbozi|zbozi|sluzba|nazev produktu|specifikace|predmet|artikl|naziv robe ili usluge|naziv artikla|naziv robe|roba|naziv usluge
        specifikation|specifikation av leverans|vara|tjanst|produktnamn|artikelbenamning|varubenamning|varebetegnelse|tekst|ydelse|produktnavn
        varetekst|spesifikasjon|tjeneste
        postavka|opis blaga|vrsta blaga|termek|termek megnevezese|szolgaltatas|termek szolgaltatas|mal hizmet|aciklama|urun|urun adi|malzeme|denumirea produselor sau a serviciilor|denumirea produselor|denumire produs|produs|perigrafi|nazov|nazov polozky|popis polozky
        descrizione beneservizio|descrizione bene servizio|descricao do produto servico|descricao do produtoservico
        descricao dos produtos servicos|descripcion del producto servicio|nazwa rodzaj towaru lub uslugi|περιγραφη
        περιγραφη ειδουσ|ειδοσ|наименование|описание|название|товар|услуга|наименування|опис|наименование на стоката
        наименование на стоките и услугите""",
    "code": """
        code|item code|product code|product id|sku|item no|item number|item|part no|part number|hsn|sac|hsnsac|hsn code
        article no|article number|stock code|ref|reference|model|cat no|catalogue no|ean|upc|itemid|item id|catalog no
        artnr|artikelnr|artikelnummer|art nr|artikel nr|produktnummer|produktnr|bestellnr|bestnr|materialnummer
        material|sachnummer|wkn|artnrkunde|artnrlief|teilenummer|teilenr|isbn
        reference|ref|code article|code produit|refart|referencia|codigo|cod|ref articulo|codice|codice articolo
        codart|cod art|cod articolo|artikelcode|productcode|artnummer|art nummer|indeks|kod|symbol|pkwiu
        kod towaru|cislo|katalog|varenr|varenummer|artikelnr|tuotenumero|tuotekoodi|sifra|kood|cikkszam
        obj cislo|objednaci cislo|katalogove cislo|cislo zbozi|kod zbozi|kat br|kataloski broj|rif|refer|codigo artigo|cod artigo
        vare nr|artcode|nr kat|refa|nr katalogowy|indeks towaru|artikelkod|stock no|code art|codigo articulo|cod produto
        urun kodu|stok kodu|malzeme kodu|cod produs
        cod articulo|clave prodserv|clave producto|clave del producto yo servicio|codigo produto|cod prod|κωδικοσ|κωδ|код|артикул""",
    "position": """
        pos|position|no|nr|n|c|line|line no|line item|sl no|sno|srno|sr no|s no|item no|lfd nr|lfdnr|posnr|pos nr|lp|poz
        num|ligne|linea|riga|regel|regelnr|rb|rbr|rad|rivi|#|sl|posten
        radek|pol|linje|linea no|linha|riadek|br|redni broj|position nr|item #
        sira no|sira|nr crt|zap st|st|ssz|sorszam|c p
        nr linea|α α|αα|номер""",
    "quantity": """
        quantity|qty|qnty|quant|quantities|units|hours|hrs|pcs|nights|days|no of units|qty ordered|qty shipped|shipped
        ordered|ord|shp|qty ord|qty shp|qty ship|ord qty|ship qty|billed qty|count|usage|qty hrs|hrs qty|quantity hours|volume
        menge|anzahl|stk|stck|stuck|stunden|std|anz|mg|tage|liefermenge|verbrauch|nachte|personen
        quantite|qte|nombre|nb|qtes|nbre|heures|quantite livree|jours
        cantidad|cant|unidades|uds|ud|horas|ctd|noches
        quantita|qta|qt|q|pezzi|ore|nr pezzi|aantal|hoeveelheid|uren|stuks
        quantidade|qtd|qtde|quant|qte|ilosc|il|szt|liczba
        mnozstvi|pocet|antal|maara|maarä|kolicina|kol|kogus|mennyiseg|cantitate|tage dana|dana|cant
        mge|liefermg|ks|kusu|kusy|mn|aant|ant|stuk|stycken|maengde|hodiny|hodin|sati|godziny|timer|timmar|tim
        kolic|qtt|quantites|ctdad|qty units|no of|mnoz|hours qty|qty hours|kpl
        menny|mennyis|db|miktar|adet|cantitatea|mnozstvo|kol za|posotita
        ποσοτητα|ποσ|количество|кол во|колво|кількість|к сть|к во|kво|jumlah unit|kuantiti|bil""",
    "unit": """
        unit|um|uom|unit of measure|measure|units of measure|einheit|einh|me|mengeneinheit|unite|unites|u|unidad
        unita|um|unita di misura|eenheid|unidade|un|jm|j m|jednostka|jedn miary|jednotka|mj|enhed|enhet|yksikko|jmj|eh
        per|enh|eenh|jedn|jed mj|jedinica mjere|jedinica|mjera|mern a jednotka|merna jednotka|medida|unid|u medida|unite de mesure
        un medida|j miary|m j|mengeneinh|u m|yks
        em|enota mere|me egyseg|mee|birim|u m|mj
        miara|clave unidad|clave de unidad|μ μ|μμ|ед|мярка|од|ед изм|одиниця""",
    "price": """
        unit price|price|rate|price each|unit cost|cost|unit net price|net price|price unit|unit rate|hourly rate|each
        per unit|list price|rate hr|unit price excl|price per unit|unit price net|unit|selling price|item price|price item
        einzelpreis|preis|ep|e preis|epreis|stuckpreis|einheitspreis|preis einheit|preiseinh|preis einh|nettopreis|vkpreis
        vk preis|ekpreis|ek preis|preis pro einheit|preis pro stuck|preis je einheit|einzel|stundensatz|satz|einzelpreis netto
        einzelpreis brutto|ep netto|ep brutto|listenpreis|preisme|einzelbetrag|grundpreis|bruttopreis|epreis netto|netto ep
        prix|prix unitaire|pu|pu ht|prix unit|prix unitaire ht|prix ht unitaire|prix u|prix unit ht|pu ttc|p u ht|tarif
        precio|precio unitario|precio ud|precio unidad|pvp|precio unit|p unit|tarifa|precio neto|importe unitario
        prezzo|prezzo unitario|prezzo unit|prezzo un|pr unitario|costo unitario|importo unitario|prezzo netto
        prijs|prijs per stuk|stukprijs|eenheidsprijs|prijs per eenheid|tarief|stuksprijs|prijs excl|uurtarief
        preco|preco unitario|preco unit|preco un|valor unitario|pr unitario|p unitario
        cena|cena jednostkowa|cena netto|cena jedn|cena j|cena jedn netto|cena jednostkowa netto|cena brutto
        cena za jednotku|jednotkova cena|cena za mj|enhedspris|enhetspris|stykpris|stk pris|a pris|apris|pris|yksikkohinta|ahinta
        cijena|jedinicna cijena|hind|uhiku hind|egysegar|pret unitar
        styckpris|stuckpr|pris enhet|pris per enhet|pris st|pris stk|pris pr enhed|pris pr stk|pris pr enhet|prisenh|listpris|nettopris
        prijs pe|prijs eenheid|prijs stuk|prijs eenh|eenheidspr|tariffa|tariffa oraria|prezzo u|costo|p unit|prezzo un netto|prezzo unitario netto
        j cena|jedn cena|cena ks|cena za kus|cena jednotky|cena bez dph za mj|cena mj|cena za jednostke|cena sprzedazy|jed cijena
        cijena bez pdva|cijena jm|cijena po jedinici|precio u|p u|coste|coste unitario|valor unit|p unitario eur|preco por unidade
        prix unite|prix unitaire net|cout unitaire|pu net|taux horaire|prix de vente|einzelpr|stundenlohn|stuckpreis netto|einheitspr|unit amount
        cost each|cost per unit|price ea|ea|unit value
        birim fiyat|birim fiyati|fiyat|cena em|cena enote|cena na enoto|egyseg ar|netto egysegar|nettoegysegar|pret unitar|pretul unitar|jedn cena|cena za mj|timi
        valore unitario|u price|uprice|up|s price|sprice|unit price rm|price rm|harga|harga seunit|harga unit|v unitario|v unit
        vl unit|vlr unit|vr unitario|cena jednostkowa netto pln|τιμη|τιμη μοναδασ|τιμη μον|ед цена|единична цена|цена|ціна
        цена за единица""",
    "discount": """
        discount|disc|disc%|desc%|dto%|rab%|rabatt%|rem%|sc%|adjustment|adjustments|disc %|discount %|rebate|less|rabatt|nachlass|rab|rabatt %|rab %
        remise|rem|remise %|reduction|descuento|dto|desc %|dto %|dcto|sconto|sc|sc %|sconti|korting|desconto|rabat|upust
        sleva|rabat %|alennus|ale|popust|+ %|allahindlus|kedvezmeny|zuabschlag
        krt|krt %|rabais|skonto|popust|popust %|slevy|sleva %|upust %|remises|descuento %|sconto %|korting %|desconto %
        iskonto|iskonto orani|indirim|kedv|zlava|popust
        εκπτωση|εκπτ|отстъпка|скидка|знижка|diskaun""",
    "tax": """
        tax|taxes|vat|vat %|vat rate|tax %|tax rate|gst|sales tax|igst|cgst|sgst|gst %|hst|taxable|vat code|tax code|gst rate|vat r
        mwst|ust|umsatzsteuersatz in %|umsatzsteuersatz in prozent|ust %|mwst %|mwstsatz|ustsatz|ust satz|mwst satz|steuer|steuersatz|% steuer|%steuer|st|stsatz|mwst8|steuer %
        mehrwertsteuer|umsatzsteuer|umsatzsteuersatz|ust s|mws
        tva|taux tva|tva %|% tva|taux|taxe|taux de tva|code tva
        iva|% iva|iva %|tipo iva|impuesto|impuestos|aliquota|aliq|aliq iva|al iva|cod iva|itbis
        btw|btw %|% btw|btwtarief|btw tarief|taxa|taxa iva|imposto|icms|ipi
        stawka|stawka vat|vat stawka|stawka %|dph|sazba|sazba dph|% dph|moms|moms %|mva|mva %|alv|alv %|pdv|pdv %|km|kmkm|afa
        stopa pdva|stopa|sazba %|aliquota iva|tasso|tasa|taux %|satz %|ptu|stawka podatku|momssats|btw code|btw tarief %|iva tasa|sst|taxa de iva
        kdv|kdv orani|kdv %|ddv|ddv %|stopnja ddv|afa %|afa kulcs|afakulcs|cota tva|fpa
        φπα|φπα %|ддс|ддс %|ндс|пдв|cukai|kdv %""",
    "tax_amount": """
        tax amount|tax value|vat amount|vat value|gst amount|tax amt|vat amt|mwst betrag|ust betrag|steuerbetrag|mwstbetrag|ustbetrag
        montant tva|cuota|cuota iva|imposta|importo iva|btw bedrag|btwbedrag|valor iva|kwota vat|wartosc vat|momsbelob
        kdv tutari|afa ertek|afa osszeg|afa osszege|valoarea tva|valoare tva|vrednost ddv|znesek ddv|ddv znesek
        αξια φπα|ποσο φπα|сума ддс|стоиност ддс|сумма ндс|сума пдв|kwota podatku|valor icms|v icms""",
    "amount": """
        amount|total|line total|item total|extended price|ext price|extended|total price|total amount|amt|sum|charge|charges
        guest charges|debit|debits|value|line amount|ext amount|net value|item amount|total cost|subtotal|sub total|extension
        total inr|total rs|amount due|total charge|your price|price total|line value
        betrag|gesamt|gesamtpreis|summe|gesamtbetrag|gpreis|g preis|gp|wert|belastung|entgelt|soll|positionsbetrag|gesamt preis|total
        gesamtpr|zeilensumme|betrag euro|eurobetrag|zwischensumme|endpreis|gesamtsumme|warenwert|gesamtwert
        montant|prix total|total ligne|debit|debits|montant total|somme|importe|total linea|cargo|cargos|importe total|precio total
        importo|totale|prezzo totale|importo totale|addebito|bedrag|totaal|totaalbedrag|totaalprijs|totaalprijs|regeltotaal|debet
        valor|valor total|preco total|total linha|wartosc|kwota|suma|razem|celkem|castka|belob|beloeb|belopp|summa|summ|yhteensa
        hinta|iznos|ukupno|kokku|osszesen|osszeg|ertek|valoare|sum nok|prijs|i alt|alt
        ext price|line amount total|radsumma|radbelopp|totalt|pris totalt|pris i alt|linjebelob|linjetotal|belob i alt|samlet pris
        linjebelop|regelbedrag|totaal prijs|importancia|montante|total artigo|totale riga|totale importo|vrijednost|cijena ukupno|ukupna cijena
        cena celkem|celkova cena|castka celkem|wartosc pozycji|cena razem|zeilenbetrag|zeilenpreis|positionswert|positionspreis|total de linea
        total du ligne|montant ligne|line sum
        mal hizmet tutari|tutar|tutari|toplam tutar|znesek|vrednost|skupaj|valoarea|suma|spolu|axia
        valore totale|samount|s amount|amount rm|amt rm|total rm|nett|nett amount|nett amt|jumlah|jumlah rm|amaun|v total
        vl total|vlr total|vr total|αξια|συνολο|стоиност|сума|сумма|стоимость|вартість|обща стоиност""",
    "net": """
        net amount|net|excl|excl vat|net total|amount excl|amount net|total excl|total excl vat|amount ex vat|total net|net gbp|net eur
        taxable amount|taxable value|ex vat|excl tax|net price total|total ex vat|preis ohne steuer|netto
        nettobetrag|gesamt netto|netto betrag|summe netto|betrag netto|gesamtpreis netto|nettowert|netto gesamt|nettosumme|gesamtnetto
        montant ht|total ht|prix ht|ht|prix total ht|mt ht|total hors taxe|montant hors taxe|importe neto|base|base imponible|neto
        imponibile|importo netto|totale netto|bedrag excl|totaal excl|netto bedrag|bedrag excl btw|totaal excl btw
        total sem iva|valor liquido|liquido|wartosc netto|kwota netto|cena celkem bez dph|bez dph|neto iznos
        gp netto|celkem bez dph|cena bez dph|castka bez dph|zaklad|total liquido|valor sem iva|preco sem iva|iznos bez pdva|ukupno bez pdva
        vrijednost bez pdva|belopp exkl moms|summa exkl moms|exkl moms|belob ekskl moms|ekskl moms|i alt ekskl|bedrag exclusief|netto bedrag excl
        importe sin iva|total sin iva|totale imponibile|importo imponibile|total net ht|prix net ht|razem netto|netto wert
        netto ertek|netto osszeg|nettoertek|znesek brez ddv|vrednost brez ddv|valoare fara tva|valoarea fara tva|spolu bez dph
        wartosc sprzedazy netto|καθαρη αξια|καθαρο ποσο|стоиност без ддс|сума без ддс|сума без пдв""",
    "gross": """
        gross|gross amount|gross value|incl|incl vat|total incl|amount incl|total incl vat|amount inc vat|gross total|inc vat|total gross
        total inc vat|brutto|bruttobetrag|gesamt brutto|betrag brutto|brutto betrag|gesamtpreis brutto|summe brutto|bruttosumme
        montant ttc|total ttc|prix ttc|ttc|importo lordo|totale ivato|prijs incl|prijs incl btw|bedrag incl|totaal incl|bedrag incl btw
        totaal incl btw|total com iva|wartosc brutto|kwota brutto|celkem s dph|s dph|total con iva
        amount incl tax|total incl tax|gross price|gesamt inkl mwst|gesamt inkl|betrag inkl mwst|total ttc ligne|prix total ttc|importe con iva
        total con iva|importe bruto|importo ivato|totale iva inclusa|prezzo ivato|lordo|totale lordo|bruto bedrag|bruto|valor c iva|valor com iva|total c iva
        valor iliquido|cena s dph|castka s dph|iznos s pdvom|ukupno s pdvom|vrijednost s pdvom|belopp inkl moms|belopp inkl|summa inkl|summa inkl moms
        belob inkl moms|belob inkl|inkl moms|i alt inkl|i alt inkl moms|razem brutto|kwota z vat
        brutto ertek|brutto osszeg|bruttoertek|znesek z ddv|vrednost z ddv|valoare cu tva|spolu s dph
        wartosc sprzedazy brutto|τελικη αξια|συνολικη αξια|стоиност с ддс|сума с ддс|сума з пдв""",
    "credit": """
        credit|credits|payment|payments|entlastung|haben|zahlung|zahlungen|betrag erhalten|gutschrift|bezahlt
        abono|abonos|avere|accrediti|paiement|credits credits|betaling|credito""",
    "balance": "balance|saldo|solde|running balance|kontostand",
    "date": """
        date|service date|date of service|datum|tag|leistungsdatum|fecha|data|dato|paivays|kuupaev|jour|training date|order date
        delivery date|lieferdatum|zeitraum|period|service period|leistungszeitraum|periode|periodo|uhrzeit|time|zeit|date time""",
    "other": """
        cashier id|ref no|refno|room|comment|comments|ref supplement|supplement|wg|warengruppe|serial|serial no|seriennummer|lager
        weight|gewicht|poids|peso|brand|marke|colour|color|size|notes|remarks|reason|location|batch|charge nr|lot|order no|bestellung
        vendor|technician|voucher|hotel|gast|guest|name|cur|curr|currency|wahrung|check|zimmer|zimmer nr|user|staff
        ncm|ncmsh|ncm sh|cst|ocst|csosn|cfop|bc icms|b calc icms|bcalc icms|aliq icms|aliq ipi|valor ipi|v ipi|pkwiu|cn pkwiu|gtu
        gtin|unikalny numer wiersza""",
    "never": """
        due date|falligkeit|teilzahlung|faelligkeit|payment method|method type|payment type|payment mode|zahlungsart|card|kartennummer
        echeance|vencimiento|scadenza|vervaldatum|applied amount|transaction number|payment amount|autorisierung|steuerbasisbetrag
        tax summary|vat breakdown|tax category|tax base|taxable base|bemessungsgrundlage|steuerbasis|base ht|umsatzsteuer detail|mwst detail
        vat registration|salesperson|shipped via|terms|fob point|requisitioner|account number|invoice number|check in|check out
        reason code|taxable amount code""",
}  # fmt: skip

# A phrase that stands in two lists keeps the first role; ties are settled by the table (header.py).
COLUMN_WORDS: dict[str, Role] = {}
for _role, _phrases in _COLUMNS.items():
    for _phrase in re.split(r"[|\n]", _phrases):
        if _phrase.strip():
            COLUMN_WORDS.setdefault(_phrase.strip(), _role)
# By a phrase's first word: how many words the longest such phrase has.
LONGEST_FROM: dict[str, int] = {}
for _phrase in COLUMN_WORDS:
    _first, *_more = _phrase.split()
    LONGEST_FROM[_first] = max(LONGEST_FROM.get(_first, 0), 1 + len(_more))
SINGLE_WORDS: list[str] = [p for p in COLUMN_WORDS if " " not in p and len(p) >= 5]

# A line that opens with one of these closes the table.
_TOTALS = frozenset(
    [
        "total",
        "totals",
        "totale",
        "totaal",
        "totaux",
        "totales",
        "totais",
        "subtotal",
        "subtotals",
        "soustotal",
        "sub",
        "sous",
        "grandtotal",
        "nettotal",
        "invoicetotal",
        "summe",
        "zwischensumme",
        "gesamt",
        "gesamtbetrag",
        "gesamtsumme",
        "endbetrag",
        "endsumme",
        "rechnungsbetrag",
        "rechnungssumme",
        "rechnungsendbetrag",
        "nettobetrag",
        "bruttobetrag",
        "nettosumme",
        "bruttosumme",
        "warenwert",
        "zahlbetrag",
        "zahlungsbetrag",
        "nettowert",
        "nettogesamt",
        "netto",
        "brutto",
        "gesamtnetto",
        "gesamtbrutto",
        "rechnungsendsumme",
        "summen",
        "positionssumme",
        "nettowarenwert",
        "warensumme",
        "bruttowert",
        "zuzuglich",
        "zuzugl",
        "zzgl",
        "abzuglich",
        "abzgl",
        "hiervon",
        "davon",
        "enthaltene",
        "enthalt",
        "mwst",
        "ust",
        "mehrwertsteuer",
        "umsatzsteuer",
        "steuer",
        "steuerbetrag",
        "vat",
        "gst",
        "tva",
        "iva",
        "btw",
        "moms",
        "mva",
        "alv",
        "dph",
        "pdv",
        "igst",
        "cgst",
        "sgst",
        "salestax",
        "montant",
        "soustot",
        "imponibile",
        "imposta",
        "totalefattura",
        "subtotale",
        "subtotaal",
        "sumatoria",
        "suma",
        "razem",
        "podsumowanie",
        "ogolem",
        "base",
        "baseimponible",
        "impuesto",
        "impuestos",
        "celkem",
        "ukupno",
        "iznosukupno",
        "kokku",
        "summa",
        "yhteensa",
        "osszesen",
        "vsego",
        "ialt",
        "sammanlagt",
        "balance",
        "saldo",
        "solde",
        "amountdue",
        "due",
        "paid",
        "zahlung",
        "zahlungen",
        "payment",
        "payments",
        "paiement",
        "reglement",
        "bezahlt",
        "anzahlung",
        "rechnungsnetto",
        "exclusief",
        "inclusief",
        "tax",
        "taxes",
        "taxe",
        "belasting",
        "zwischentotal",
        "gesamttotal",
        "gesamtpreis",
        "endpreis",
        "zahlbar",
        "zahlungsbedingungen",
        "zahlungsbedingung",
        "bankverbindung",
        "notes",
        "note",
        "sum",
        "sveukupno",
        "totalt",
        "totalbelopp",
        "fakturabelopp",
        "fakturatotal",
        "nettobelob",
        "delsumma",
        "varuvarde",
        "summering",
        "eindtotaal",
        "factuurbedrag",
        "nettobedrag",
        "soucet",
        "mezisoucet",
        "osnovica",
        "meduzbroj",
        "zbroj",
        "soma",
        "incidencia",
        "subtotaux",
        "sousmontant",
        "terms",
        "remarks",
        "bemerkungen",
        "tot",
        "sttl",
        "stl",
        "subttl",
        "jumlah",
        "skupaj",
        "znesek",
        "ddv",
        "fizetendo",
        "vegosszeg",
        "odenecek",
        "toplam",
        "hesaplanan",
        "vergiler",
        "spolu",
        "celkom",
        "συνολο",
        "φπα",
        "общо",
        "ддс",
        "итого",
        "ндс",
        "разом",
        "пдв",
    ]
)
# These open a line of sums, but stand within names of things sold too ("Lunch inclusief wijn").
_INCLUDING = frozenset(["inclusief", "exclusief"])
_NAMING_TOTALS = _TOTALS - _INCLUDING
_TOTAL_PHRASES = re.compile(
    r"^(?:sales tax|net (?:total|amount|value|invoice)|invoice (?:total|amount|balance)|amount (?:due|paid|payable|now)"
    r"|sub total|sous total|grand total|tax summary|vat summary|please pay|to pay|a payer|te betalen|da pagare"
    r"|a pagar|att betala|i alt|at betale|k uhrade|do zaplaty|zu zahlen|net a payer|total pcs|offener? (?:betrag|saldo)|valor (?:total|liquido)|thank you"
    r"|vielen dank|payment (?:terms|received|details)|bank details|positionen (?:netto|ust)|versandkosten (?:netto|ust)"
    r"|base imponible|totale? (?:imponibile|fattura|documento)|warenwert|account name|in words|rounding|round adj|oresavrundning|oresutjamning|arrondi\b|arrotondamento|afronding|rundung|redondeo|cash\b|change\b"
    r"|trade receivable|summary|tax invoice total|including|incl (?:vat|tax|mwst)|inkl (?:mwst|ust)|rabatt in"
    r"|goods total|som van de|suma (?:pozycji|de lineas)|importe (?:bruto|neto)|valor tributavel|cena polozek|zaklad dane"
    r"|(?:celkova )?castka celkem|wartosc (?:pozycji|netto|brutto)|kwota (?:netto|brutto|vat)|belob (?:ekskl|inkl)|varer i alt"
    r"|samlet belob|e[xk][ks]?kl moms|vrijednost stavki|iznos (?:bez|s) pdvom|positionen gesamt"
    r"|previous (?:unpaid )?balance|dont tva|of which|za placilo|mal hizmet toplam)"
)
_CARRIED = re.compile(
    r"\b(?:ubertrag|uebertrag|vortrag|carried (?:forward|over)|brought (?:forward|over)|carry forward|carry over"
    r"|a reporter|report page|suma y sigue|suma anterior|a riportare|riporto|transportado|overbrengen|overgebracht"
    r"|over te brengen|prenos(?: z)?|k prenosu|prijenos (?:na|s)|za prijenos|overfort|overfores|att overfora|a transportar"
    r"|transporteren|do przeniesienia|z przeniesienia|zwischensumme seite|page total|seitensumme|continued|fortsetzung"
    r"|sub ?total [bc] ?f|(?:sub ?total|total|sum) (?:on|of|from) page|(?:previous|next) page|vorseite|folgeseite"
    r"|page (?:suivante|precedente)|pagina (?:siguiente|anterior|successiva|precedente|seguinte)|(?:volgende|vorige) pagina"
    r"|(?:dalsi|predchozi) stran[auy]|(?:nasta|foregaende) sida|(?:naeste|forrige) side|(?:nastepna|poprzedniej) stron[aey])\b"
    # These are goods and services too: "Transport" alone, or to and from a page.
    r"|^(?:transport[eo]?|transporta|report|prijenos)(?: (?:till?|fra|fran|para|da|van|naar|page|eur|usd|gbp|chf))?$"
)
_PAYMENT = re.compile(
    r"\b(?:master ?card|eurocard|maestro|visa|amex|american express|diners|girocard|ec karte|kreditkarte|credit card"
    r"|debit card|bar|bargeld|cash|payment|paid|zahlung|bezahlt|gezahlt|advance deposit|advanced? deposit|deposit"
    r"|vorauszahlung|anzahlung|paypal|kartenzahlung|carte bancaire|especes|tarjeta|efectivo|contanti|pinbetaling|ideal"
    r"|pagamento|resto|kontant|tunai|baki|tillbaka|karta platnicza|gotowka|reszta|sipay|uberweisung|bank transfer|gift ?card|change|ruckgeld|wechselgeld|rembours|refund|tendered|approved)\b|^(?:mc|vi)\b"
)


# Letters that are no other letter with an accent.
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ı": "i",
        "ł": "l",
        "Ł": "L",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "æ": "ae",
        "Æ": "Ae",
    }
)


@lru_cache(maxsize=8192)
def plain(word: str) -> str:
    """One word without case, accents, brackets and punctuation; "%" and "#" stay."""
    if "(" in word:
        word = re.sub(r"\((?!s\))[^)]*\)?", "", word)
    if not word.isascii():
        word = word.translate(_LETTERS)
        word = "".join(
            c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)
        )
    return "".join(c for c in word.casefold() if c.isalnum() or c in "%#")


def plain_text(words: list[str]) -> str:
    """The words in plain form; those with digits are left out."""
    found = (plain(part) for w in words for part in (w.split("/") if "/" in w else (w,)))
    return " ".join(w for w in found if w and w not in "%#" and not any(c.isdigit() for c in w))


def opens_totals(text: str) -> bool:
    """Whether a line of this plain text belongs to the sums, not to the items."""
    first = text.split(" ", 1)[0]
    return text == "net" or first in _TOTALS or bool(_TOTAL_PHRASES.match(text))


def is_only_total(text: str) -> bool:
    """Whether a line without an amount heads the sums: "Total", "Zwischensumme", or several such."""
    words = text.split(" ")
    known = sum(w in _TOTALS for w in words)
    return known == len(words) <= 3 or known >= 3


def names_total(text: str) -> bool:
    """Whether any word of the plain text is one of the sums' words."""
    return any(w in _NAMING_TOTALS for w in text.split(" ")) or bool(_TOTAL_PHRASES.search(text))


def is_carried(text: str) -> bool:
    """Whether the line carries a sum over to the next page."""
    return bool(_CARRIED.search(text))


def is_payment(text: str) -> bool:
    """Whether the line tells of money received, not of something sold."""
    return bool(_PAYMENT.search(text))
