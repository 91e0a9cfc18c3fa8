"""Made-up customers, some of whom stand in the list twice, and who is who: the truth that a search is held against.

What goes wrong is what goes wrong with people: typing, swapped and short names, initials, umlauts and other scripts, an old
number, another address. And what looks like it and is not: families with one telephone, one house, one name; namesakes.
"""

from dataclasses import dataclass, field, replace
from itertools import product
from random import Random

GIVEN = """Anna Maria Katharina Elisabeth Johanna Helena Sophie Susanne Stefanie Gabriele Monika Ursula Barbara Christina
Alexandra Veronika Magdalena Theresa Nicole Jennifer Jessica Rebecca Samantha Victoria Laura Julia Lea Emma Clara Ida Frieda
Karin Heike Silke Birgit Anke Petra Ute Sabine Martina Claudia Thomas Michael Andreas Stefan Christian Alexander Daniel Matthias
Sebastian Benjamin Maximilian Johannes Joachim Wolfgang Friedrich Wilhelm Heinrich Rudolf Robert William James Edward Charles
Anthony Lawrence Kenneth Ronald Timothy Philipp Tobias Ulrich Viktor Walter Peter Oliver Patrick Martin Marcel Pascal Lukas Felix
Jonas Leon Paul Moritz Emil Anton Jakob Ivan Dmitri Sergei Natalia Ekaterina Mehmet Fatma Ayse Emre Luis Carmen Giulia Marco
Jörg Jürgen Günther Götz Sören Björn Käthe Bärbel""".split()
ONSETS = "B Br D F Fr G H J K Kr L M N P R S Sch St T W Z Schw Gr".split()
CORES = "a e i o u au ei ie ö ü ä o a".split()
ENDS = "ller mann berg ner bach er lt hn ster ck del feld meyer hardt ske witz sen ke rt gel".split()
SURNAMES = "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Petrov Ivanov Smith Jones Yilmaz".split()
STREETS = "Berg Haupt Garten Bahnhof Linden Mozart Goethe Schul Wald See Kirch Rosen".split()
DOMAINS = "gmx.test web.test t-online.test outlook.test yahoo.test icloud.test posteo.test firma-berg.test tischlerei.test".split()
CITIES = "Berlin Hamburg München Köln Wien Zürich Leipzig Dresden Bremen Graz Basel Linz".split()
SHORT = {"Thomas": "Tom", "Michael": "Micha", "Andreas": "Andi", "Stefan": "Steffen", "Christian": "Chris", "William": "Bill",
         "Alexander": "Alex", "Katharina": "Kathrin", "Elisabeth": "Lisa", "Johannes": "Hannes", "Robert": "Bob",
         "Gabriele": "Gabi", "Susanne": "Susi", "Stefanie": "Steffi", "Wolfgang": "Wolf", "Matthias": "Mathias",
         "Benjamin": "Ben", "Magdalena": "Lena", "Maximilian": "Max", "Edward": "Ted", "Ekaterina": "Katja"}  # fmt: skip
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
BARE = str.maketrans("äöüÄÖÜ", "aouAOU")
RUSSIAN = {
    "Ivan": "Иван",
    "Dmitri": "Дмитри",
    "Sergei": "Сергей",
    "Natalia": "Наталия",
    "Petrov": "Петров",
    "Ivanov": "Иванов",
}
KEYS = {"a": "s", "e": "r", "i": "o", "o": "p", "n": "m", "r": "t", "s": "d", "t": "z", "l": "k", "h": "j"}


@dataclass(frozen=True)
class Made:
    """One row of a list; rows of one `who` are one person."""

    who: int
    given: str
    surname: str
    email: str = ""
    phone: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    kind: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        return f"{self.given} {self.surname}".strip()


def people(count: int, seed: int = 7) -> list[Made]:
    """`count` rows: about a tenth stand there twice, and every sixth lives in a family that shares what it has."""
    random, made, taken = Random(seed), [], set()
    surnames = SURNAMES + ["".join(parts) for parts in product(ONSETS, CORES, ENDS)]
    who = 0
    while len(made) < count:
        who += 1
        one = somebody(random, surnames, who)
        if one.email and one.email in taken:
            one = replace(one, email=f"{who}.{one.email}")
        taken.add(one.email)
        made.append(one)
        if random.random() < 0.1:
            made.append(again(random, one))
        if random.random() < 0.08:
            for _ in range(random.randint(1, 2)):
                who += 1
                made.append(relative(random, one, who))
    random.shuffle(made)
    return made[:count]


def somebody(random: Random, surnames: list[str], who: int) -> Made:
    surname = random.choice(SURNAMES) if random.random() < 0.08 else random.choice(surnames)
    given = random.choice(GIVEN)
    local = f"{given}.{surname}{random.choice(['', '', who % 100])}".lower().translate(UMLAUTS)
    email = f"{local}@{random.choice(DOMAINS)}"
    return Made(
        who, given, surname, email if random.random() < 0.75 else "", number(random) if random.random() < 0.7 else "",
        f"{random.choice(STREETS)}straße {random.randint(1, 120)}", f"{random.randint(10000, 99999)}", random.choice(CITIES),
    )  # fmt: skip


def number(random: Random) -> str:
    return f"+49{random.randint(151, 179)}{random.randint(1000000, 9999999)}"


def relative(random: Random, one: Made, who: int) -> Made:
    """Another person of the house, called otherwise than the others: the same telephone, street and name.

    Some have one mail address, too."""
    given = random.choice([name for name in GIVEN if name[:2] != one.given[:2] and ord(name[1]) % 3 == who % 3])
    email = one.email if random.random() < 0.15 else ""
    return replace(one, who=who, given=given, email=email, kind="family")


def again(random: Random, one: Made) -> Made:
    """The same person a second time, as they came another day by another way."""
    there = replace(one, kind="again")
    for change in random.sample(
        [typo, swapped, short, spelt, old_phone, other_mail, moved, foreign], k=random.randint(1, 3)
    ):
        there = change(random, there)
    if random.random() < 0.3:
        there = replace(there, street="", postal_code="")
    if not there.email and not there.phone and not there.street:
        return replace(there, street=one.street, postal_code=one.postal_code)
    return there


def typo(random: Random, one: Made) -> Made:
    return (
        replace(one, surname=slip(random, one.surname))
        if random.random() < 0.6
        else replace(one, given=slip(random, one.given))
    )


def slip(random: Random, word: str) -> str:
    """Two letters swapped, one left out, doubled, or the neighbour's key."""
    at = random.randrange(1, max(2, len(word) - 1))
    return random.choice([
        word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :], word[:at] + word[at + 1 :],
        word[: at + 1] + word[at:], word[:at] + KEYS.get(word[at : at + 1], "e") + word[at + 1 :],
    ])  # fmt: skip


def swapped(random: Random, one: Made) -> Made:
    return replace(one, given=one.surname, surname=one.given)


def short(random: Random, one: Made) -> Made:
    return replace(one, given=SHORT.get(one.given, one.given[0] + "."))


def spelt(random: Random, one: Made) -> Made:
    ways = random.choice([UMLAUTS, BARE])
    return replace(one, given=one.given.translate(ways), surname=one.surname.translate(ways))


def foreign(random: Random, one: Made) -> Made:
    return replace(one, given=RUSSIAN.get(one.given, one.given), surname=RUSSIAN.get(one.surname, one.surname.upper()))


def old_phone(random: Random, one: Made) -> Made:
    return replace(one, phone=number(random) if one.phone else "")


def other_mail(random: Random, one: Made) -> Made:
    if not one.email:
        return one
    local, _, domain = one.email.partition("@")
    return replace(
        one,
        email=random.choice(
            [f"{local}@gmail.test", f"{slip(random, local)}@{domain}", f"{local}{random.randint(1, 99)}@{domain}", ""]
        ),
    )


def moved(random: Random, one: Made) -> Made:
    return replace(one, street=one.street.replace("straße", random.choice(["str.", "strasse", " Straße"])))
