"""Made-up companies, some of which stand in the list twice, and which is which: the truth that a search is held against.

What goes wrong is what goes wrong with companies: the legal form is another, written out or missing, names are typed wrong,
shortened or without umlauts, domains have another ending or are missing, numbers are written as at home. And what looks like
it and is not: namesakes of another town, shops of a chain, sisters with one domain, offices of one house.
"""

from dataclasses import dataclass, replace
from itertools import product
from random import Random

from .duplicates_people import BARE, CITIES, CORES, ENDS, ONSETS, STREETS, SURNAMES, UMLAUTS, slip

TRADES = """Bäckerei Autohaus Elektro Metallbau Tischlerei Gärtnerei Druckerei Spedition Reisebüro Apotheke Brauerei Möbelhaus
Dachdeckerei Fahrschule Schlüsseldienst Getränkemarkt Küchenstudio Hörgeräte Sägewerk Weingut""".split()
FIELDS = (
    "Systeme Technik Logistik Bau Immobilien Medien Consulting Software Energie Handel Werkzeuge Verpackungen".split()
)
LEGAL = ["GmbH", "GmbH", "GmbH", "AG", "KG", "GmbH & Co. KG", "e.K.", "UG (haftungsbeschränkt)", "OHG", "Ltd.", ""]
ANOTHER = {"GmbH": ["Gesellschaft mit beschränkter Haftung", "G.m.b.H.", "gmbh", "", "AG"], "AG": ["Aktiengesellschaft", "", "SE"],
           "GmbH & Co. KG": ["GmbH", "GmbH und Co KG", "", "KG"], "Ltd.": ["Limited", ""], "e.K.": ["", "eK", "GmbH"],
           "UG (haftungsbeschränkt)": ["UG", "GmbH"], "KG": ["Kommanditgesellschaft", "", "GmbH & Co. KG"],
           "OHG": ["", "GbR"], "": ["GmbH", "e.K."]}  # fmt: skip
ENDINGS = "de.test com.test at.test eu.test net.test".split()


@dataclass(frozen=True)
class MadeFirm:
    """One row of a list; rows of one `who` are one company. `above` is the one that it belongs to."""

    who: int
    core: str
    legal: str
    domain: str = ""
    website: str = ""
    phone: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    above: int | None = None

    @property
    def name(self) -> str:
        return f"{self.core} {self.legal}".strip()


def firms(count: int, seed: int = 11) -> list[MadeFirm]:
    """`count` rows: about an eighth stand there twice, and every fifth has somebody beside it who is somebody else."""
    random, made, taken = Random(seed), list[MadeFirm](), set[str]()
    names = SURNAMES * 4 + ["".join(parts).capitalize() for parts in product(ONSETS, CORES, ENDS)]
    who = 0
    while len(made) < count:
        who += 1
        one = unlike(some_firm(random, names, who), taken)
        made.append(one)
        if random.random() < 0.14:
            made.append(once_more(random, one))
        if random.random() < 0.2:
            who += 1
            made.append(random.choice([namesake, shop, sister, neighbour, daughter])(random, one, who))
    random.shuffle(made)
    return made[:count]


def some_firm(random: Random, names: list[str], who: int) -> MadeFirm:
    name = random.choice(names)
    core = random.choice([
        f"{random.choice(TRADES)} {name}", f"{name} {random.choice(FIELDS)}", f"{name} & Söhne", f"{name} & {random.choice(names)}",
        f"{name}{random.choice(FIELDS).lower()}", f"{random.choice(TRADES)} {random.choice(names)} {name}",
    ])  # fmt: skip
    domain = domain_of(core, random.choice(ENDINGS)) if random.random() < 0.7 else ""
    website = f"https://www.{domain}/" if domain and random.random() < 0.5 else ""
    return MadeFirm(
        who, core, random.choice(LEGAL), domain if not website or random.random() < 0.5 else "", website,
        number(random) if random.random() < 0.75 else "", f"{random.choice(STREETS)}straße {random.randint(1, 120)}",
        f"{random.randint(10000, 99999)}", random.choice(CITIES),
    )  # fmt: skip


def unlike(one: MadeFirm, taken: set[str]) -> MadeFirm:
    """A domain is one company's."""
    domain = one.domain or one.website.removeprefix("https://www.").rstrip("/")
    if domain and domain in taken:
        domain = f"{one.city.lower().translate(UMLAUTS)}-{one.who}-{domain}"
        return replace(one, domain=domain, website="")
    taken.add(domain)
    return one


def domain_of(core: str, ending: str) -> str:
    return "-".join(core.lower().translate(UMLAUTS).replace("&", " ").split()) + f".{ending}"


def number(random: Random) -> str:
    return f"+49{random.choice(['30', '40', '89', '221', '341'])}{random.randint(1_000_000, 9_999_999)}"


def namesake(random: Random, one: MadeFirm, who: int) -> MadeFirm:
    """Called the same, in another town."""
    town = random.choice([city for city in CITIES if city != one.city])
    domain = domain_of(f"{one.core} {town}", "de.test") if one.domain else ""
    return MadeFirm(who, one.core, one.legal, domain, "", number(random), f"{random.choice(STREETS)}weg {random.randint(1, 99)}",
                    f"{random.randint(10000, 99999)}", town)  # fmt: skip


def shop(random: Random, one: MadeFirm, who: int) -> MadeFirm:
    """One of a chain: the same domain, a number of its own."""
    street, phone = f"{random.choice(STREETS)}platz {random.randint(1, 99)}", number(random)
    return replace(one, who=who, core=f"{one.core} Filiale {random.randint(2, 40)}", phone=phone, street=street)


def sister(random: Random, one: MadeFirm, who: int) -> MadeFirm:
    """Another business of the same family: one domain, one house, another name."""
    fields = [field for field in FIELDS if field not in one.core]
    return replace(one, who=who, core=f"{one.core.split()[-1]} {random.choice(fields)}", phone=number(random))


def neighbour(random: Random, one: MadeFirm, who: int) -> MadeFirm:
    """Behind the same door, with the same switchboard."""
    core = f"{random.choice(ONSETS)}{random.choice(CORES)}{random.choice(ENDS)} {random.choice(FIELDS)}"
    return replace(one, who=who, core=core, legal=random.choice(LEGAL), domain="", website="")


def daughter(random: Random, one: MadeFirm, who: int) -> MadeFirm:
    """Named as belonging to the other one."""
    return replace(one, who=who, core=f"{one.core} {random.choice(['Service', 'Vertrieb', 'Holding'])}", above=one.who)


def once_more(random: Random, one: MadeFirm) -> MadeFirm:
    """The same company a second time, as somebody else entered it."""
    changes = [other_form, other_form, mistyped, without_umlauts, shortened, other_domain, other_notation, other_phone,
               other_address]  # fmt: skip
    there = one
    for change in random.sample(changes, k=random.randint(1, 4)):
        there = change(random, there)
    if not (there.domain or there.website or there.phone or there.street):
        return replace(there, street=one.street, postal_code=one.postal_code)
    return there


def other_form(random: Random, one: MadeFirm) -> MadeFirm:
    return replace(one, legal=random.choice(ANOTHER.get(one.legal, [""])))


def mistyped(random: Random, one: MadeFirm) -> MadeFirm:
    words = one.core.split()
    at = max(range(len(words)), key=lambda place: len(words[place]))
    words[at] = slip(random, words[at])
    return replace(one, core=" ".join(words))


def without_umlauts(random: Random, one: MadeFirm) -> MadeFirm:
    core = one.core.translate(random.choice([UMLAUTS, BARE]))
    return replace(one, core=core.replace("&", random.choice(["und", "u.", "+"])))


def shortened(random: Random, one: MadeFirm) -> MadeFirm:
    """Without its trade, or all in capitals."""
    words = [word for word in one.core.split() if word not in TRADES]
    return replace(one, core=" ".join(words) if random.random() < 0.5 else one.core.upper())


def other_domain(random: Random, one: MadeFirm) -> MadeFirm:
    label = (one.domain or one.website.removeprefix("https://www.").rstrip("/")).partition(".")[0]
    if not label:
        return replace(one, domain=domain_of(one.core, random.choice(ENDINGS)))
    ways = {"domain": f"{label}.{random.choice(ENDINGS)}", "website": ""}, {"domain": "", "website": ""}, {
        "domain": "", "website": f"http://{label}.{random.choice(ENDINGS)}/kontakt"}  # fmt: skip
    return replace(one, **random.choice(ways))


def other_notation(random: Random, one: MadeFirm) -> MadeFirm:
    """As people write numbers at home; a form makes one notation of them, what another program sends need not be."""
    home = "0" + one.phone.removeprefix("+49")
    return replace(
        one, phone=random.choice([home, f"{home[:-7]}/{home[-7:]}", f"0049 {home[1:]}"]) if one.phone else ""
    )


def other_phone(random: Random, one: MadeFirm) -> MadeFirm:
    return replace(one, phone=random.choice(["", number(random)]))


def other_address(random: Random, one: MadeFirm) -> MadeFirm:
    if random.random() < 0.3:
        return replace(one, street="", postal_code="")
    return replace(one, street=one.street.replace("straße", random.choice(["str.", "strasse", " Straße"])))
