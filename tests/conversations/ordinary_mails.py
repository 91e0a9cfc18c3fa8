"""Answers as the usual programs write them, in several languages: each with what is new in it and what is quoted."""

ANSWERS = {
    "Gmail, English": (
        "Yes, please send it again.\n\nThanks,\nCarla\n\nOn Fri, Nov 20, 2026 at 10:00 AM Acme Support <support@acme.test>\n"
        "wrote:\n\n> Shall we send it again?\n>\n> Anna\n",
        "Yes, please send it again.\n\nThanks,\nCarla",
    ),
    "Gmail, German": (
        "Ja, bitte noch einmal schicken.\n\nAm Fr., 20. Nov. 2026 um 10:00 Uhr schrieb Acme Support <\nsupport@acme.test>:\n\n"
        "> Sollen wir es noch einmal schicken?\n",
        "Ja, bitte noch einmal schicken.",
    ),
    "Outlook, English": (
        "Yes, please.\n\nFrom: Acme Support <support@acme.test>\nSent: Friday, 20 November 2026 10:00\n"
        "To: Carla Meyer <carla@customer.test>\nSubject: Re: Where is my parcel?\n\nShall we send it again?\n",
        "Yes, please.",
    ),
    "Outlook, German": (
        "Ja, bitte.\n\nVon: Acme Support <support@acme.test>\nGesendet: Freitag, 20. November 2026 10:00\n"
        "An: Carla Meyer <carla@customer.test>\nBetreff: AW: Wo ist mein Paket?\n\nSollen wir es schicken?\n",
        "Ja, bitte.",
    ),
    "Outlook with a line": (
        "Yes, please.\n\n________________________________\nFrom: Acme Support <support@acme.test>\n"
        "Sent: Friday, 20 November 2026 10:00\nTo: Carla\nSubject: Re: parcel\n\nShall we?\n",
        "Yes, please.",
    ),
    "Apple Mail, English": (
        "Yes, please.\n\nSent from my iPhone\n\n> On 20 Nov 2026, at 10:00, Acme Support <support@acme.test> wrote:\n> \n"
        "> \ufeffShall we send it again?\n",
        "Yes, please.\n\nSent from my iPhone",
    ),
    "Apple Mail, German": (
        "Ja, bitte.\n\n> Am 20.11.2026 um 10:00 schrieb Acme Support <support@acme.test>:\n> \n> Sollen wir?\n",
        "Ja, bitte.",
    ),
    "Thunderbird, English, below": (
        "On 20/11/2026 10:00, Acme Support wrote:\n> Shall we send it again?\n\nYes, please.\n",
        "Yes, please.",
    ),
    "Thunderbird, German, below": (
        "Am 20.11.26 um 10:00 schrieb Acme Support:\n> Sollen wir es noch einmal schicken?\n\nJa, bitte.\n",
        "Ja, bitte.",
    ),
    "French": (
        "Oui, merci.\n\nLe ven. 20 nov. 2026 à 10:00, Acme Support <support@acme.test> a écrit :\n\n> Encore une fois ?\n",
        "Oui, merci.",
    ),
    "Spanish": (
        "Sí, por favor.\n\nEl vie, 20 nov 2026 a las 10:00, Acme Support (<support@acme.test>) escribió:\n\n> ¿Otra vez?\n",
        "Sí, por favor.",
    ),
    "Italian": (
        "Sì, grazie.\n\nIl giorno ven 20 nov 2026 alle ore 10:00 Acme Support <support@acme.test> ha scritto:\n\n> Ancora?\n",
        "Sì, grazie.",
    ),
    "Dutch": (
        "Ja, graag.\n\nOp vr 20 nov 2026 om 10:00 schreef Acme Support <support@acme.test>:\n\n> Nog een keer?\n",
        "Ja, graag.",
    ),
    "Finnish, which nobody taught us": (
        "Kyllä, kiitos.\n\npe 20. marrask. 2026 klo 10.00 Acme Support (support@acme.test) kirjoitti:\n\n> Uudelleen?\n",
        "Kyllä, kiitos.",
    ),
    "no introduction": ("Yes, please.\n\n> Shall we send it again?\n", "Yes, please."),
    "an answer, and a word below the quotation": (
        "Yes.\n\nOn Fri, 20 Nov 2026, Acme wrote:\n> Again?\n\n-- \nCarla Meyer\n",
        "Yes.\n\n-- \nCarla Meyer",
    ),
}

KEPT_WHOLE = {
    "between the lines": (
        "On Fri, 20 Nov 2026, Acme wrote:\n> Which colour?\nThe red one, as I said on the telephone.\n> Which size?\nMedium.\n"
    ),
    "forwarded, Gmail": (
        "Look at this.\n\n---------- Forwarded message ---------\nFrom: Shop <a@shop.test>\nDate: Fri, Nov 20\n"
        "Subject: Invoice\nTo: <carla@customer.test>\n\nYou owe us 12 euros.\n"
    ),
    "forwarded, Apple, German": (
        "Schauen Sie.\n\nAnfang der weitergeleiteten Nachricht:\n\nVon: Shop <a@shop.test>\nBetreff: Rechnung\n"
        "Datum: 20. November\nAn: carla@customer.test\n\nSie schulden uns 12 Euro.\n"
    ),
    "forwarded, Thunderbird, German": (
        "-------- Weitergeleitete Nachricht --------\nBetreff: Rechnung\nDatum: Fri, 20 Nov\nVon: Shop <a@shop.test>\n"
        "An: carla@customer.test\n\nSie schulden uns 12 Euro.\n"
    ),
    "forwarded, French": "Voici.\n\nDébut du message transféré :\n\n> De : Shop <a@shop.test>\n> Objet : Facture\n>\n> 12 euros.\n",
    "forwarded, Spanish": "---------- Mensaje reenviado ---------\nDe: Shop <a@shop.test>\nAsunto: Factura\n\nDebe 12 euros.\n",
    "forwarded, Dutch": "Begin doorgestuurd bericht:\n\n> Van: Shop <a@shop.test>\n> Onderwerp: Factuur\n>\n> 12 euro.\n",
    "only a quotation": "> Shall we send it again?\n",
    "no quotation": "Hello,\n\nOn Monday I wrote to you:\nnobody answered.\n\n- one\n  - two\n",
}

GMAIL_PAGE = (
    '<div dir="ltr"><div>Yes, please.</div><div><br></div><div>Carla</div></div><br><div class="gmail_quote">'
    '<div dir="ltr" class="gmail_attr">On Fri, Nov 20, 2026 at 10:00 AM Acme &lt;<a href="mailto:support@acme.test">'
    "support@acme.test</a>&gt; wrote:<br></div><blockquote><div>Shall we send it again?</div></blockquote></div>"
)
OUTLOOK_PAGE = (
    '<html xmlns:o="urn:x"><head><style>p{margin:0}</style></head><body><div class=WordSection1><p class=MsoNormal>Ja, bitte.'
    "<o:p></o:p></p><div><p class=MsoNormal><b>Von:</b> Acme &lt;support@acme.test&gt; <br><b>Gesendet:</b> Freitag, 20. November"
    " 2026 10:00<br><b>An:</b> Carla<br><b>Betreff:</b> AW: Paket</p></div><p class=MsoNormal>Sollen wir?</p></div></body></html>"
)
