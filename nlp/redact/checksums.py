"""Check digits of cards and national numbers; each takes the bare characters and says yes or no.

Sources are named a function; where none is named the issuing authority's published algorithm is
the plain weighted sum in the line.
"""

_VERHOEFF_D = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_VERHOEFF_P = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_FISCALE_ODD = (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
)  # fmt: skip


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B: cards, Canadian SIN, Swedish personal numbers."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit)
        if position % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def verhoeff(digits: str) -> bool:
    """J. Verhoeff, Error Detecting Decimal Codes (1969): Indian Aadhaar."""
    check = 0
    for position, digit in enumerate(reversed(digits)):
        check = _VERHOEFF_D[check][_VERHOEFF_P[position % 8][int(digit)]]
    return check == 0


def weighted(digits: str, weights: tuple[int, ...]) -> int:
    """The sum of each digit times its weight."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def nhs(digits: str) -> bool:
    """United Kingdom, NHS number: modulus 11 over ten digits."""
    return (11 - weighted(digits, (10, 9, 8, 7, 6, 5, 4, 3, 2))) % 11 == int(digits[9])


def bsn(digits: str) -> bool:
    """Netherlands, burgerservicenummer: the eleven test."""
    return weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0 and int(digits) > 0


def pesel(digits: str) -> bool:
    """Poland, PESEL."""
    return weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def cpf(digits: str) -> bool:
    """Brazil, CPF: two check digits; eleven equal digits are no number."""
    if len(set(digits)) == 1:
        return False
    for length in (9, 10):
        rest = weighted(digits, tuple(range(length + 1, 1, -1))) * 10 % 11 % 10
        if rest != int(digits[length]):
            return False
    return True


def steuer_id(digits: str) -> bool:
    """Germany, Identifikationsnummer: ISO/IEC 7064 MOD 11,10."""
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return digits[0] != "0" and (11 - product) % 10 == int(digits[10])


def nir(value: str) -> bool:
    """France, numéro de sécurité sociale: 97 - number mod 97; Corsica's 2A, 2B count as 19, 18."""
    number = value[:13].upper().replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(value[13:15])


def dni(value: str) -> bool:
    """Spain, DNI and NIE: the letter is the number modulo 23."""
    number = value[:-1].upper().translate(str.maketrans("XYZ", "012"))
    return number.isdigit() and _DNI_LETTERS[int(number) % 23] == value[-1].upper()


def codice_fiscale(value: str) -> bool:
    """Italy, codice fiscale: odd places by the decree's table, even places by rank."""

    def rank(char: str) -> int:
        return int(char) if char.isdigit() else ord(char) - ord("A")

    upper = value.upper()
    total = sum(
        _FISCALE_ODD[rank(char)] if place % 2 == 0 else rank(char)
        for place, char in enumerate(upper[:15])
    )
    return chr(total % 26 + ord("A")) == upper[15]


def personnummer(digits: str) -> bool:
    """Sweden, personnummer: month and day must exist, Luhn over the last ten digits."""
    tail = digits[-10:]
    return 1 <= int(tail[2:4]) <= 12 and 1 <= int(tail[4:6]) <= 31 and luhn(tail)


def ssn(digits: str) -> bool:
    """United States, SSN and ITIN: no group of zeros, no area 666 (there is no check digit)."""
    return digits[:3] not in {"000", "666"} and digits[3:5] != "00" and digits[5:] != "0000"
