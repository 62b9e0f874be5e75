"""The words that announce a name, by how much they promise.

`SURE`: a name follows, known or not. `LIKELY`: a name follows if it is one that people bear, or if
the clause ends after it. `MAYBE`: only a name that is nothing else.
"""

import re

from nlp.redact import lexicon

SURE = "sure"
LIKELY = "likely"
MAYBE = "maybe"

_CUES = {
    SURE: (
        r"(?<!file )(?<!product )(?<!app )(?<!model )(?<!device )(?<!network )(?<!brand"
        r" )(?<!company )"
        r"(?<!domain )(?<!host )(?<!business )(?<!channel )(?<!wifi )(?<!game )(?<!user"
        r" )(?<!store )(?<!item )"
        r"\b(?:names?(?: on (?:the|my) (?:account|card|order))? (?:is|was)|name's|name:"
        r"|names? are)\s+(?:actually |also )?"
        r"|\b(?:mr|mrs|ms|dr|prof)\b\.?\s+(?:and mrs\.? )?|\b(?:mister|miss|misses|missus"
        r"|professor|sir|madam|señora?|monsieur|madame|herr|frau)\s+"
        r"|\b(?:speaking (?:with|to)|you've reached|you reached)\s+"
        r"|\b(?:attn|attention|c/o|contact(?: person)?|signed|from|customer|caller|account holder"
        r"|cardholder|recipient|patient|employee)\s?:\s{0,2}"
        r"|\b(?:correct|change) it to\s+|\bin the name of\s+|\b(?:partner's|husband's|wife's|my"
        r"|his|her|their) name,\s+"
        r"|\bname is spelled\s+|\bdear\s+|\bgo by\s+|\beveryone calls me\s+|\bpeople call me\s+"
    ),
    LIKELY: (
        r"(?<!\w)(?:hi|hello|hey|good morning|good afternoon|good evening|morning"
        r"|welcome)(?: there| again)?,?\s+"
        r"|\b(?:i'm|i am|i’m|im|this is|it's|it’s|its|that's|that’s|here is|named|him|her"
        r"|call me)\s+"
        r"|\b(?:husband|wife|partner|son|daughter|mother|father|mom|mum|dad|brother|sister|uncle"
        r"|aunt|cousin|friend|neighbou?r"
        r"|colleague|boss|manager|supervisor|technician|representative|rep|agent|advisor|adviser"
        r"|engineer|landlord|nurse|kid|child"
        r"|assistant|roommate|fianc[ée]e?|grandson|granddaughter)(?: is| was|'s name is)?,?\s+"
        r"|\b(?:spoke|speak|spoken|talk|talked|talking|speaking) (?:to|with)\s+(?:a |an "
        r"|the )?(?:guy|lady|woman|man|someone)? ?(?:named |called )?"
        r"|\b(?:transfer(?:red)? me(?: over)? to|connect(?:ed)? me (?:to|with)|put me through to"
        r"|asked? for|reply to|cc|on behalf of|under"
        r"|account is under|helped by|assisted by|chat(?:ted|ting)? with|email(?:ed)? from"
        r"|a call from|with ms\.|follow up with|register(?:ed)? to)\s+"
    ),
    MAYBE: (
        r"\b(?:thanks|thank you|okay|ok|alright|all right|sorry|sure|great|perfect|yes|no|well|so"
        r"|right|bye|goodbye|please|and|from|to|by|for|with"
        r"|told|said|says|asked|met|name|today|again|got it|understood|absolutely"
        r"|of course)[,.]?\s+"
    ),
}
CUE = {strength: re.compile(pattern) for strength, pattern in _CUES.items()}

CLOSING = (
    r"(?:(?:kind|best|warm|warmest|many|with best|with kind)? ?(?:regards|wishes|thanks)|regards"
    r"|best|cheers|thanks(?: again| so much| a lot)?"
    r"|thank you(?: very much| so much)?|sincerely(?: yours)?|yours (?:sincerely|faithfully"
    r"|truly)|respectfully|cordially|rgds|br|love"
    r"|take care|mit freundlichen grüßen|viele grüße|cordialement|saludos|cheers)"
)
SIGNATURE = re.compile(
    rf"(?:^|\n|[.!?] +){CLOSING}[,.!]?[ \t]*(?P<gap>\n\s{{0,6}}|(?<=,) )", re.IGNORECASE
)
ONLY_CLOSING = re.compile(rf"\W*{CLOSING}\W*", re.IGNORECASE)

STOP = lexicon.words("never in a name")
ORG_WORDS = lexicon.words("organisations and things")
PARTICLES = lexicon.words("name particles")
