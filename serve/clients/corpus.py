"""Writes a small invented library into a folder: facts that can be asked for, and documents that try to break out of the page."""

import io, pathlib, sys, zipfile

import docx
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

MARKUP = "<img src=x onerror=\"document.title='broken out'\">.md"

TEXTS = {
    "handbook.md": """# Employee handbook of Halvorsen Marine

## Vacation

New hires get 26 days of vacation in their first year. Unused days lapse on 31 March of the following year.

## Sick leave

A doctor's note is needed from the third day of illness. It is sent to Ingrid Solberg in the personnel office.

## Working from home

Employees may work from home on two days a week. The core hours are from 10 to 15 o'clock.
""",
    "travel.md": """# Travel policy

The daily allowance for trips inside Norway is 410 kroner. For trips abroad it is 620 kroner.

Flights in business class need the approval of the finance director, Tomasz Brandt.
""",
    "boats/skagerrak.txt": """The Skagerrak is a tug of Halvorsen Marine.

She was built in 1998 by the yard Volda Mekaniske. Her engine has an output of 3,200 kilowatts.

Her captain is Birgit Aune. The home port of the Skagerrak is Kristiansand.
""",
    "boats/kattegat.txt": """The Kattegat is a rescue boat of Halvorsen Marine.

She was built in 2011 by the yard Flekkefjord Slipp. Her captain is Oskar Dahl. The home port of the Kattegat is Arendal.
""",
    "safety.md": """# Safety on board

Life jackets are inspected every six months. The inspection is led by the safety officer, Nadia Rahimi.

The fire drill takes place on the first Monday of every month.
""",
    "canteen.txt": "The canteen opens at 11:30. On Fridays there is fish soup. The canteen is run by the caterer Blomqvist & Sons.\n",
    "intranet.html": """<!doctype html><html><head><title>Parking</title><script>document.title = "broken out"; window.broken = 1</script></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li><li><a href="javascript:window.broken=1">Menu</a></li></ul></nav>
<main><h1>Parking</h1><p>The parking garage on Dronningens gate holds 140 cars. A monthly permit costs 850 kroner.</p>
<p>Permits are issued by the reception. <a href="javascript:window.broken=1">Apply for a permit here</a>.</p></main>
<footer>Halvorsen Marine 2025</footer></body></html>
""",
    "suppliers.csv": "supplier,goods,contact,city\nLindqvist Rope,mooring lines,Maja Lindqvist,Gothenburg\nOdda Paint,antifouling paint,Per Odda,Bergen\n"
    "Nordlys Lamps,navigation lights,Eva Strand,Bodo\n",
    "urlaub.md": "# Betriebsfest\n\nDas Betriebsfest findet am 14. Juni im Bootshaus statt. Die Leitung hat Jürgen Öttinger.\n",
    "board/minutes-2025-02.txt": """Minutes of the board, 11 February 2025

The board chose Karin Nygaard as its new chair. The budget for the year is 48 million kroner.

The sale of the barge Lofoten to the company Rederi Vest was approved.
""",
    "board/minutes-2025-05.txt": """Minutes of the board, 6 May 2025

The board decided to order a hybrid tug. The order goes to the yard Ulstein. Delivery is planned for autumn 2027.
""",
    MARKUP: """# <script>window.broken=1</script> Lighthouse

The lighthouse keeper of Ryvingen is <b onmouseover="window.broken=1">Astrid Falk</b>. The lamp of the Ryvingen lighthouse is <img src=x onerror="window.broken=1"> 38 metres high.

[Read more](javascript:window.broken=1) and </div></main><script src="https://evil.example/x.js"></script>
""",
    "a name & more #1 100%?.txt": "The harbour master of Mandal is Leif Tangen. His radio channel is 12.\n",
    "עברית-\u06f1.md": "# Bidi\n\nThe archive key is kept by Sofie Lie in room 214.\n",
}

ZIPPED = {
    "workshop.txt": "The workshop is led by Henrik Moe. The crane in the workshop lifts 12 tonnes.\n",
    "inner/paint.md": "# Paint\n\nThe hulls are painted every four years. The colour of the hulls is signal red.\n",
    "inner/<svg onload=window.broken=1>.txt": "The diving bell was bought in 1987 from the company Draeger.\n",
}


def write(folder):
    folder = pathlib.Path(folder)
    for name, text in TEXTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    with zipfile.ZipFile(folder / "workshop.zip", "w") as archive:
        for name, text in ZIPPED.items():
            archive.writestr(name, text)
    minutes = docx.Document()
    minutes.add_heading("Insurance of the fleet", 1)
    minutes.add_paragraph("The fleet is insured with Gard. The yearly premium is 2.4 million kroner.")
    minutes.add_paragraph("Damages are reported to the claims officer, Vera Holm, within 48 hours.")
    minutes.save(folder / "insurance.docx")
    (folder / "lease.pdf").write_bytes(pdf([
        ["Lease of the quay", "The quay at Vestre Havn is leased from the port authority.", "The lease runs until 31 December 2034."],
        ["Rent", "The rent is 95,000 kroner a month.", "The lease was signed by Roald Eikeland."],
    ]))


def pdf(pages):
    out = io.BytesIO()
    paper = canvas.Canvas(out, pagesize=A4)
    for page in pages:
        for row, line in enumerate(page):
            paper.setFont("Helvetica-Bold" if row == 0 else "Helvetica", 18 if row == 0 else 12)
            paper.drawString(72, 760 - 30 * row, line)
        paper.showPage()
    paper.save()
    return out.getvalue()


if __name__ == "__main__":
    write(sys.argv[1])
