"""Names, addresses and numbers with what people write differently taken away, so that alike is equal."""

import re
import unicodedata
from functools import lru_cache

CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
        "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch - y - e yu ya i i e g".split(),
        strict=True,
    )
)
LETTERS = str.maketrans(
    {
        **{sign: spelt.replace("-", "") for sign, spelt in CYRILLIC.items()},
        "ß": "ss",
        "æ": "ae",
        "ø": "o",
        "ł": "l",
        "đ": "d",
    }
)
# Ways of writing one sound: umlauts in two letters, and what is heard alike.
SOUNDS = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("ph", "f"), ("th", "t"), ("dt", "t"), ("ck", "k"), ("tz", "z"),
          ("sch", "s"), ("sh", "s"), ("ch", "k"), ("ie", "i"), ("ey", "ei"), ("ay", "ei"), ("ai", "ei"), ("y", "i"),
          ("c", "k"), ("w", "v"), ("q", "k"), ("x", "ks"))  # fmt: skip
TITLES = frozenset("dr prof mr mrs ms herr frau von van de der den di da la le el dipl ing med phil jr sr".split())
GROUPS = """alexander alex sasha xander|alexandra alex sandra sasha|andreas andi andy|andrew andy drew|anna anni anne ann|
anthony tony|barbara babs barb|benjamin ben benny|bernhard bernd|catherine cathy kate katie kathy|charles charlie chuck|
christian chris|christina chris tina|christoph chris christopher|daniel dan danny|david dave|deborah debbie|dieter didi|
edward ed eddie ted|elisabeth elizabeth lisa liz beth betty sissi lisbeth elli|eva evi|franz francis frank|friedrich fritz fred|
gabriele gabi|gerhard gerd|gregor greg gregory|hans johannes johann john hannes jonny|heinrich heinz henry harry|helena helen lena|
herbert herb|ines agnes|jakob jacob jack|james jim jimmy jamie|jennifer jenny jen|jessica jess jessie|joachim achim jochen|
johanna hanna hannah jo|jonathan jon john|josef joseph joe sepp joey|juergen jurgen jorg georg george|karl carl charles|
katharina kathrin katrin kati kathi kate|kenneth ken kenny|klaus nikolaus nicholas nick niklas|konstantin kosta|lawrence larry|
leonard leo lenny|leonie leo|magdalena magda lena|margarete grete gretel greta margaret maggie peggy rita|maria mary marie mia mitzi|
martin marty|matthias matthew matt mathias|maximilian max maxi|michael mike micha michi mick michel mikhail misha|monika moni monica|
natalia natalie natasha|nicole nicky niki|oliver olli ollie|patricia pat patty trish|patrick pat paddy|peter pete petra|
philipp phil philip|rainer reiner|rebecca becky|regina gina|reinhard reini|richard rick ricky dick rich|robert rob bob bobby bert|
roland rolf|ronald ron ronny|rudolf rudi|samuel sam sammy|samantha sam|sebastian basti bastian|siegfried sigi|simone moni simona|
sophia sofia sophie|stefan steffen stephan steven steve stephen|stefanie steffi stephanie|susanne susi susan sue suzanne|
sven swen|theodor theo ted|theresa resi terry tess|thomas tom tommy tomas|timothy tim timmy timo|tobias tobi toby|
ulrich uli ulli|ulrike uli ulla rike|ursula uschi ulla|valentin valentina vali|veronika vroni vera veronica|victoria vicky vic|
viktor vic victor|walter walt wally|werner wern|wilhelm willi will william bill billy willy liam|wolfgang wolf|
ivan iwan vanja|dmitri dima dmitry|ekaterina katja katya|evgeni evgeny zhenya|sergei sergey serge|yuri juri|aleksandr alexander sasha"""


@lru_cache(100_000)
def folded(text: str) -> str:
    """In small Latin letters, digits and spaces alone: Müller, Mueller and Мюллер are near each other, Muller and Müller equal."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).lower().translate(LETTERS))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign)).translate(LETTERS)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain).split())


@lru_cache(100_000)
def sound(word: str) -> str:
    """A word as it is heard, each sound once: for finding, not for deciding."""
    for written, heard in SOUNDS:
        word = word.replace(written, heard)
    return re.sub(r"(.)\1+", r"\1", word[:1] + word[1:].replace("h", ""))


@lru_cache(100_000)
def name_words(name: str) -> tuple[str, ...]:
    """The words of a name without titles; without any left, all of them."""
    words = folded(name).split()
    return tuple(word for word in words if word not in TITLES) or tuple(words)


def nicknames() -> dict[str, frozenset[int]]:
    """{given name as it is heard: the groups of names for one and the same}."""
    found: dict[str, set[int]] = {}
    for number, group in enumerate(GROUPS.replace("\n", "").split("|")):
        for name in group.split():
            found.setdefault(sound(name), set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


NICKNAMES = nicknames()


def same_given(one: str, other: str) -> bool:
    """Whether two given names, as they are heard, may be one person's: Tom and Thomas, K. and Karin."""
    if one == other or ((len(one) == 1 or len(other) == 1) and one[:1] == other[:1]):
        return True
    return bool(NICKNAMES.get(one, frozenset()) & NICKNAMES.get(other, frozenset()))


STREET = re.compile(r"str(asse|eet|)\b|\b(st|rd|road|ave|avenue|weg|platz|pl)\b")


@lru_cache(100_000)
def street_words(street: str) -> str:
    """Bergstraße 5, Bergstr. 5 and Berg Strasse 5 are one."""
    return STREET.sub("", folded(street)).replace(" ", "")


def last_digits(phone: str) -> str:
    """What stays of a number however its country and city are written."""
    return "".join(sign for sign in phone if sign.isdecimal())[-9:]
