"""Invented texts with names and addresses, for training: own templates, and those of a public set.

Public texts with names are tweets and encyclopaedia; how names stand in calls and mails is told by
the templates in `data/names_templates.txt`. The values are put together here: names from the
lists of `nlp.redact.gazetteer` and names that are on no list, addresses in the forms of several
countries.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from nlp.learn.names_corpora import Label, Mark, Marked, template_split
from nlp.redact import gazetteer

TEMPLATES = Path(__file__).parent / "data" / "names_templates.txt"
SILENT: frozenset[Label] = frozenset({"PRODUCT", "WORK"})


def _list(joined: str) -> list[str]:
    """The parts of a list that is written in a few lines."""
    return joined.split("|")


_SLOT = re.compile(r"\{\{?(\w+)\}?\}")
_OWN_LABELS: Mapping[str, Label] = {
    "person": "PERSON",
    "first": "PERSON",
    "last": "PERSON",
    "address": "ADDRESS",
    "city": "LOCATION",
    "country": "LOCATION",
    "org": "ORGANIZATION",
    "product": "PRODUCT",
}
_PUBLIC_LABELS: Mapping[str, Label] = {
    "PERSON": "PERSON",
    "STREET_ADDRESS": "ADDRESS",
    "ZIP_CODE": "ADDRESS",
    "GPE": "LOCATION",
    "ORGANIZATION": "ORGANIZATION",
}

_ONSETS = _list("b|br|c|ch|d|dr|f|fr|g|gr|h|j|k|kl|kr|l|m|n|p|pr|r|s|sch|sh|st|t|th|tr|v|w|y|z")
_VOWELS = ["a", "a", "e", "e", "i", "i", "o", "o", "u", "ai", "au", "ei", "ia", "ie", "oa", "ou"]
_CODAS = ["", "", "", "n", "r", "l", "s", "k", "m", "nd", "rt", "sch", "tz", "ng", "v"]
_ACCENTS = str.maketrans("aeioucn", "äéïöüçñ")
_FAMILY_ENDS = _list("||son|sen|ez|ov|ova|ski|ska|ić|oğlu|escu|dóttir")
_PARTS = ["van", "van der", "de", "de la", "von", "al", "el", "Mc", "O'", "bin", "da", "Di"]
_CITIES = _list(
    "Springfield|Riverton|Leeds|Porto|Lyon|Gdańsk|Bergen|Graz|Turku|Aarhus|Ghent|Ashford|"
    "Dover|Fairview|Salem|Bristol|Kingston|Madison|Clayton|Jena|Siena|Toledo|Cork|Utrecht|"
    "Malmö|Brno|Cluj|Plovdiv|Tartu|Izmir|Austin|Denver|Tacoma|Boise|Reno|Halifax|Regina|"
    "Geelong|Hobart|Napier"
)
_COUNTRIES = _list(
    "Germany|France|Spain|Portugal|Italy|Austria|Switzerland|Poland|Norway|Sweden|Finland|"
    "Denmark|Ireland|Belgium|Uruguay|Chile|Brazil|Mexico|Canada|Australia|New Zealand|"
    "India|Japan|Kenya|South Africa|United Kingdom|USA|Iceland|Greenland|Hungary|Slovenia|"
    "Estonia|Tunisia|Cyprus"
)
_REGIONS = _list("CA|NY|TX|WA|OR|CO|FL|GA|IL|OH|MI|PA|NJ|VA|NC|AZ|ON|QC|BC|NSW|VIC|QLD|ME|MN|WI")
_STREETS = _list(
    "Street|St.|Avenue|Ave|Road|Rd.|Lane|Drive|Court|Place|Boulevard|Blvd|Terrace|Crescent|"
    "Close|Way|Highway|Square|Parkway|Row|Gardens|Grove|Mews|Hill|Walk|Loop|Path"
)
_JOINED_STREETS = _list(
    "straße|strasse|gasse|weg|platz|allee|vej|gade|gata|gatan|vägen|veien|katu|tie|straat|"
    "laan|plein|utca|tér|kuja|polku|stræti|braut"
)
_STREET_STARTS = _list(
    "Rue de|Rue du|Avenue de|Boulevard|Via|Viale|Piazza|Calle|Avenida|Plaza|Rua|Travessa|"
    "ul.|Ulica|Strada|Quai|Chemin des|Rambla|Largo|Camino|Carrer de|Postboks|P.O. Box|"
    "PO Box"
)
_UNITS = ["Apt.", "Apt", "Suite", "Unit", "Flat", "Floor", "Building", "#"]
_KINDS_OF_ORG = "Ltd|Inc|GmbH|Group|Partners|Bank|Insurance|Telecom|Energy|& Sons|Systems|Logistics"
_PRODUCTS = "Hub|Pro|Mini|Cam|Router|Lock|Bike|Kettle|Watch|Mower|Pad|Cloud|Desk|Vac|Bulb|Scale"


class Values:
    """Invented values for slots.

    Args:
        chance: what every draw comes from.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        common, every = gazetteer.common_given_names(), gazetteer.given_names()
        self._common = sorted(common)
        self._given = sorted(name for name in every if len(name) > 2)
        self._family = sorted(name for name in gazetteer.family_names() if len(name) > 2)

    def of(self, slot: str) -> str:
        """A value for a slot of a template.

        Raises:
            KeyError: no such slot.
        """
        chance = self._chance
        makers: dict[str, Callable[[], str]] = {
            "person": self.person,
            "first": self.first,
            "last": self.last,
            "address": self.address,
            "city": lambda: chance.choice(_CITIES),
            "country": lambda: chance.choice(_COUNTRIES),
            "org": self.org,
            "product": self.product,
            "order": self._order,
            "phone": self._phone,
            "digits": lambda: str(chance.randrange(10, 10 ** chance.randint(2, 10))),
            "email": lambda: f"{self.first().lower()}.{self.last().lower()}@mail.com",
            "version": lambda: ".".join(str(chance.randrange(20)) for _ in range(3)),
            "day": lambda: chance.choice(
                ["Monday", "Tuesday", "Wednesday", "March", "June", "October"]
            ),
        }
        return makers[slot]()

    def _invented(self) -> str:
        chance = self._chance
        syllables = chance.choice((1, 2, 2, 2, 3))
        name = "".join(chance.choice(_ONSETS) + chance.choice(_VOWELS) for _ in range(syllables))
        return (name + chance.choice(_CODAS)).capitalize()

    def _foreign(self, name: str) -> str:
        """The name with an accent, sometimes."""
        if self._chance.random() > 0.12 or len(name) < 3:
            return name
        place = self._chance.randrange(1, len(name))
        return name[:place] + name[place].translate(_ACCENTS) + name[place + 1 :]

    def first(self) -> str:
        """A given name."""
        draw = self._chance.random()
        if draw < 0.35:
            name = self._chance.choice(self._common).capitalize()
        elif draw < 0.8:
            name = self._chance.choice(self._given).capitalize()
        else:
            name = self._invented()
        if self._chance.random() < 0.04:
            name += "-" + self._chance.choice(self._common).capitalize()
        return self._foreign(name)

    def last(self) -> str:
        """A family name."""
        chance = self._chance
        if chance.random() < 0.6:
            name = chance.choice(self._family).capitalize()
        else:
            name = self._invented() + chance.choice(_FAMILY_ENDS)
        draw = chance.random()
        if draw < 0.08:
            part = chance.choice(_PARTS)
            name = part + name if part in ("Mc", "O'") else f"{part} {name}"
        elif draw < 0.12:
            name += f"-{chance.choice(self._family).capitalize()}"
        return self._foreign(name)

    def person(self) -> str:
        """A full name, or one part of it."""
        chance = self._chance
        draw = chance.random()
        if draw < 0.2:
            return self.first()
        if draw < 0.26:
            return self.last()
        middle = f"{chance.choice('ABCDEFGHJKLMNPRSTVW')}. " if chance.random() < 0.1 else ""
        second = f"{self.first()} " if chance.random() < 0.05 else ""
        return f"{self.first()} {middle}{second}{self.last()}"

    def org(self) -> str:
        """A company."""
        chance = self._chance
        draw = chance.random()
        if draw < 0.3:
            return self._invented()
        if draw < 0.6:
            return f"{self._invented()} {chance.choice(_KINDS_OF_ORG.split('|'))}"
        if draw < 0.8:
            return f"{self.last()} {chance.choice(_KINDS_OF_ORG.split('|'))}"
        return f"{self.last()} and {self.last()}"

    def product(self) -> str:
        """A product with its model."""
        chance = self._chance
        number = chance.choice(["", "", f" {chance.randrange(2, 900)}", f" X{chance.randrange(9)}"])
        if chance.random() < 0.5:
            return f"{self._invented()} {chance.choice(_PRODUCTS.split('|'))}{number}"
        return f"{self._invented()}{number or ' Pro'}"

    def _street(self) -> str:
        chance = self._chance
        number = f"{chance.randrange(1, 10 ** chance.randint(1, 4))}"
        number += chance.choice(["", "", "", "a", "B", "-12", "/3"])
        name = chance.choice((self._invented, self.last))()
        kind = chance.randrange(10)
        if kind < 4:
            turn = chance.choice(["", "", "", "N ", "West ", "Old ", "New "])
            return f"{number} {turn}{name} {chance.choice(_STREETS)}"
        if kind < 6:
            return f"{name}{chance.choice(_JOINED_STREETS)} {number}"
        if kind < 8:
            start = chance.choice(_STREET_STARTS)
            if "ox" in start:
                return f"{start} {number}"
            written = f"{start} {name}"
            return f"{number} {written}" if chance.random() < 0.5 else f"{written} {number}"
        street = f"{name} {number}" if chance.random() < 0.5 else f"{name} {self.last()} {number}"
        return f"{chance.randrange(1, 9999)} {street}" if chance.random() < 0.6 else street

    def _code(self) -> str:
        chance = self._chance
        kind = chance.randrange(5)
        letters = "ABCEGHKLMNPRSTW"
        if kind < 2:
            return f"{chance.randrange(1000, 99999):05d}"
        if kind == 2:
            start = chance.choice(letters) + chance.choice(letters) + str(chance.randrange(1, 20))
            return (
                f"{start} {chance.randrange(1, 10)}{chance.choice(letters)}{chance.choice(letters)}"
            )
        if kind == 3:
            return f"{chance.randrange(1000, 9999)}"
        return f"{chance.randrange(100, 999)} {chance.randrange(10, 99)}"

    def address(self) -> str:
        """A postal address, on one line or several, or a part of one."""
        chance = self._chance
        parts = [self._street()]
        if chance.random() < 0.35:
            parts[0] += (
                f"{chance.choice([' ', ', '])}{chance.choice(_UNITS)} {chance.randrange(1, 999)}"
            )
        draw = chance.random()
        city = chance.choice(_CITIES) if chance.random() < 0.4 else self._invented()
        if draw < 0.25:
            return parts[0]
        if draw < 0.5:
            parts.append(
                f"{city}{chance.choice([', ', ' '])}{chance.choice(_REGIONS)} {self._code()}"
            )
        elif draw < 0.7:
            parts.append(f"{self._code()} {city}")
        elif draw < 0.85:
            parts += [city, self._code()]
        else:
            parts += [city, f", {chance.choice(_REGIONS)}"]
        if chance.random() < 0.5:
            country = chance.choice(_COUNTRIES)
            parts.append(f"{country} {self._code()}" if chance.random() < 0.4 else country)
        return chance.choice([", ", ", ", "\n", "\n", " ", "\n "]).join(parts)

    def _order(self) -> str:
        chance = self._chance
        start = chance.choice(["", "", "AB-", "ORD", "SN", "TK-", "#"])
        return f"{start}{chance.randrange(10**4, 10**9)}"

    def _phone(self) -> str:
        chance = self._chance
        pattern = chance.choice(
            ["(###) ###-####", "###-###-####", "+44 #### ######", "0### ## ## ##", "## ### ## ##"]
        )
        return re.sub("#", lambda _: str(chance.randrange(10)), pattern)


def own(count: int, seed: int) -> Iterator[Marked]:
    """Texts of the project's own templates, one or two sentences each.

    Args:
        count: how many.
        seed: the same seed, the same texts.
    """
    chance = random.Random(seed)  # noqa: S311 - texts, not keys
    values = Values(chance)
    lines = [
        line
        for line in TEMPLATES.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    for _ in range(count):
        many = chance.choice((1, 1, 2, 3))
        template = " ".join(chance.choice(lines).replace("\\n", "\n") for _ in range(many))
        text, marks = filled(template, values.of, _OWN_LABELS)
        yield Marked(
            text=text, marks=marks, silent=frozenset({"WORK"}), source="own", split="train"
        )


def filled(
    template: str, value: Callable[[str], str], labels: Mapping[str, Label]
) -> tuple[str, tuple[Mark, ...]]:
    """A template with its slots filled, and where the values stand.

    Args:
        template: with slots such as `{person}` or `{{PERSON}}`.
        value: of a slot.
        labels: of the slots that are marked.
    """
    text, marks, place = "", [], 0
    for match in _SLOT.finditer(template):
        text += template[place : match.start()]
        written = value(match[1])
        if match[1] in labels:
            marks.append((len(text), len(text) + len(written), labels[match[1]]))
        text += written
        place = match.end()
    return text + template[place:], tuple(marks)


def refilled(path: Path, count: int, seed: int) -> Iterator[Marked]:
    """The training templates of presidio-research with other values, theirs and our own.

    Args:
        path: `synth_dataset_v2.json`.
        count: how many.
        seed: the same seed, the same texts.
    """
    chance = random.Random(seed)  # noqa: S311 - texts, not keys
    rows = [
        row
        for row in json.loads(path.read_text(encoding="utf-8"))
        if template_split(row["template_id"]) == "train"
    ]
    pool: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for span in row["spans"]:
            pool[span["entity_type"]].append(span["entity_value"])
    values = Values(chance)
    templates: Sequence[str] = sorted({row["masked"] for row in rows})

    def value(slot: str) -> str:
        if chance.random() < 0.7:
            if slot == "PERSON":
                return values.person()
            if slot == "STREET_ADDRESS":
                return values.address()
        return chance.choice(pool[slot])

    for _ in range(count):
        text, marks = filled(chance.choice(templates), value, _PUBLIC_LABELS)
        yield Marked(
            text=text, marks=marks, silent=SILENT, source="pii_presidio_research", split="train"
        )
