"""The forms of streets, boxes and postcodes, country by country: patterns only, no judgement.

Every repetition is bounded and every alternative starts with something rare (a digit, a word for a
street), so that reading stays linear in the length of the text.
"""

import re

from nlp.redact.spoken import NUMBER_WORD

CAP = r"(?:[^\W\d_a-zß-öø-ÿ][\w.'’-]{0,30})"
_PARTICLE = (
    r"(?:de la|de los|de las|de|del|della|delle|dei|degli|di|da|do|dos|das|du|des|la|le|les"
    r"|van der|van|von|der|den|of|the|y|ten)"
)
_NAME = rf"(?:{CAP}(?: {_PARTICLE})?)"
_NUMBER = r"\d{1,6}(?:[A-Za-z]\b|[-/]\d{1,5}[A-Za-z]?)?"
_EN_TYPE = (
    r"(?i:street|str|st|avenue|ave|av|road|rd|boulevard|blvd|drive|dr|lane|ln|court|ct|place|pl"
    r"|terrace"
    r"|ter|crescent|cres|close|way|highway|hwy|parkway|pkwy|square|sq|circle|cir|trail|trl|row"
    r"|gardens"
    r"|grove|mews|quay|alley|esplanade|pike|turnpike|parade)"
)
EN_TYPES = frozenset(_EN_TYPE.removeprefix("(?i:").removesuffix(")").split("|"))
EN_STREET = re.compile(
    rf"(?<![\w.,$€£-]){_NUMBER},? (?:(?:[NSEW]|NE|NW|SE|SW)\.? )?"
    rf"(?:(?:{CAP}|\d{{1,3}}(?:st|nd|rd|th)) ){{1,4}}?{_EN_TYPE}\b\.?(?: (?:[NSEW]|NE|NW|SE"
    rf"|SW)\b\.?)?"
)

_SUFFIXES = (
    r"stra(?:ß|ss)e|str\.|gasse|weg|platz|allee|damm|ufer|gatan|gata|gade|stræti|braut|vegur"
    r"|vägen|vegen|veien|vejen|vej"
    r"|katu|tie|kuja|polku|straat|laan|plein|gracht|kade|dijk|steeg|tänav|utca|gatve|stræde|torv"
)
_OWN_WORD = r"u\.|út|útja|utca|tér|trg|cesta|ulice|väg|náměstí|tee|tn|iela|gate|gata|mnt"
SUFFIXES = tuple(_SUFFIXES.replace("stra(?:ß|ss)e", "straße|strasse").replace("\\.", "").split("|"))
OWN_WORDS = frozenset(_OWN_WORD.replace("\\.", "").split("|"))
# A word and the number after it; whether the word is one for a street is asked of the word.
WORD_AND_NUMBER = re.compile(rf" (?=\d)(?<=[^\W\d_] |\. ){_NUMBER}(?!\w)\.?")
NAMES_BEFORE = re.compile(rf"(?<![\w.])(?:{_NAME} ){{1,3}}$")
_PREFIXES = (
    r"rue|avenue|av|boulevard|bd|chemin|place|quai|impasse|all[ée]e|route|cours|via|viale|piazza"
    r"|corso"
    r"|vicolo|largo|calle|c/|avda|avenida|plaza|paseo|carrera|camino|rua|travessa|pra[çc]a|estrada"
    r"|quadra|ul|ulica|al|aleja|os|plac|strada|bulevardul|calea|strada"
)
PREFIXED_STREET = re.compile(
    rf"(?<![\w.])(?i:{_PREFIXES})(?:\.|(?<=/)|(?= )) ?(?:(?i:{_PARTICLE}) |(?i:de l'|dell'|d'))?"
    rf"(?:{_NAME} ?){{1,5}}?,? ?{_NUMBER}(?!\w)"
)
FR_STREET = re.compile(
    rf"(?<![\w.]){_NUMBER},? (?:bis |ter )?(?:"
    rf"(?i:rue|avenue|boulevard|chemin|quai|impasse|all[ée]e) (?:(?i:{_PARTICLE}) |(?i:de l'|d'))?"
    rf"|(?i:place|route|av|bd)\.? (?:(?i:{_PARTICLE}) |(?i:de l'|d')))"
    rf"{_NAME}(?: {_NAME}){{0,4}}"
)
BOX = re.compile(
    r"\b(?:p\.? ?o\.? ?box|post office box|postfach|bo[îi]te postale|apartado"
    r"|casella postale)[ #]{1,2}\d{1,7}"
    r"|\b(?:PSC|Unit|CMR) \d{1,5},? Box \d{1,5}|\bUS(?:NS|NV|CGC|S) [A-Z][\w'-]{1,30}(?=\n"
    r"| [FAD]PO)",
    re.IGNORECASE,
)
UK_POSTCODE = re.compile(r"[A-Z](?<![\w-].)[A-Z]?\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}(?!\w)")
UK_POSTCODE_LOOSE = re.compile(UK_POSTCODE.pattern, re.IGNORECASE)
_STATE = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI"
    r"|S[CD]"
    r"|T[NX]|UT|V[AT]|W[AIVY]|A[AEP]|ON|QC|BC|AB|MB|SK|NS|NB|NL|PE|NSW|VIC|QLD|TAS|ACT)"
)
STATE_ZIP = re.compile(
    rf"(?:\b{CAP}(?: {CAP}){{0,2}},? )?\b{_STATE},? (?:\d{{5}}(?:-\d{{4}})?"
    rf"|[A-Z]\d[A-Z] ?\d[A-Z]\d)(?!\w)"
)

SEPARATOR = re.compile(r"[ \t]{0,3}(?:[,\n][ \t]{0,3}){0,3}")
UNIT = re.compile(
    r"(?i:apt|apartment|suite|ste|unit|flat|floor|room|building|bldg|app|appt"
    r"|wohnung)\b\.? ?#? ?\w{1,6}\b|#\d{1,5}\b"
)
CODE = re.compile(
    r"(?:\d{3} \d{2}|\d{4} ?[A-Z]{2}|\d{4,5}(?:-\d{3,4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
    r"|[A-Z]\d[A-Z] ?\d[A-Z]\d)(?!\w|[ ]?[.,]?\d)"
)
TOWN_WORD = re.compile(
    rf"{CAP}(?:\([^)\n]{{1,20}}\))?|nan\b|\([A-Z]\w{{1,20}}\)|(?:{_PARTICLE}|am|an|im"
    rf"|o')(?= {CAP})|[a-z]{{2,20}}, [a-z]{{2}}(?= \d{{5}}\b)"
)
HOUSE_BEFORE = re.compile(r"(?<![\w.,:/-])(?:(?:the )?corner of )?\d{1,6}[, ]{1,2}$")
BLOCK_ABOVE = re.compile(
    rf"(?<!\w)\d{{1,5}}[A-Za-z]? (?:{CAP} ){{1,3}}?{CAP}[,\n] ?(?:{CAP} ?){{1,3}}[,\n ]{{1,2}}$"
    rf"|(?:{CAP}[ ,]{{1,2}}){{1,2}}$"
)
SAID_STREET = re.compile(
    rf"(?<![\w.-])(?:{NUMBER_WORD}|\d{{1,6}})\b(?:[ -](?:{NUMBER_WORD}|\d{{1,6}})\b)*+ "
    r"(?P<name>(?:[a-z']{2,20} ){1,3}?)"
    r"(?P<type>street|avenue|road|lane|boulevard|terrace|crescent|drive|court|place|close|parkway"
    r"|highway|way|circle|square)\b"
    rf"(?: (?:apartment|unit|suite|flat|number) (?:{NUMBER_WORD}|\d{{1,5}}"
    rf"|[a-z])\b(?:[ -](?:{NUMBER_WORD}|\d{{1,5}})\b)*+)?"
)
UNIT_STREET = re.compile(
    rf"(?<![\w.,-])(?:\d{{1,6}} )?(?:{_NAME} ){{1,4}}?\d{{1,6}}\.?(?=[ ,\n]{{1,3}}(?:Apt|Suite"
    rf"|Ste|Apartment)\b)"
    r"|(?<![\w.,-])\d{1,6} (?:[^\W\d_][\w'’.-]{0,30} ){1,4}?\d{1,6}\.?(?=[ ,\n]{1,3}(?:apt|suite"
    r"|apartment)\b)"
)
CORNER = re.compile(
    rf"\b(?:the )?corner of [\w .'’/-]{{3,40}}? and (?:\d{{1,6}} )?(?:{CAP} ?){{1,4}}"
)
ANNOUNCED_CODE = re.compile(
    r"\b(?:zip|post|postal|plz)(?: ?codes?)?(?: number)?(?:\s?:| is| was|,)? {0,2}(?:it's |um "
    r"|uh )?"
    rf"(?P<code>{CODE.pattern})",
    re.IGNORECASE,
)
