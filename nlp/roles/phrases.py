"""Phrases of agents and of customers, with their weights, and the score of a text by them.

Weights are in log-odds, positive for the agent, negative for the customer. They were set by hand
after what people say in contact centres; what they achieve is measured in
`tests/nlp/readers/test_roles.py`. Phrases are plain lower-case words, matched at word borders.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_AGENT: dict[float, str] = {
    3.0: """welcome to|happy to help|i can reproduce|i'll raise|i'll flag|i've flagged
        i've noted|i've logged|how can i help|how may i help|how can i assist
        how may i assist|thank you for calling|thanks for calling|thank you for contacting
        thank you for choosing|you've reached|is there anything else i can
        anything else i can help|anything else i can assist|what can i do for you
        how can we help|thanks for contacting|thank you for reaching out to
        i'd be happy to help|i'd be happy to assist|i'll be happy to help
        i'd be glad to assist|i'd be glad to help|i can help you with that
        i can assist you with|happy to assist|i'm here to help|i'm here to assist
        who am i speaking with|may i have your|may i know your|thank you for verifying
        thanks for verifying|for security purposes|to verify your identity
        verify your account|can i have your account|thank you for your patience
        thank you for holding|thank you for waiting|thanks for holding|on behalf of
        our records|don't hesitate to|feel free to call|feel free to reach
        feel free to contact|we appreciate your business|valued customer|is being recorded
        may be recorded|i apologize for the inconvenience|apologize for any inconvenience
        sorry for the inconvenience|place you on hold|put you on a brief hold
        put you on hold|let me transfer you|transfer you to|anything else you need
        have you tried|i've updated your|i have updated your|you will receive a
        you'll receive a|you should receive|i've sent you|i have sent you|let me pull up
        i'm pulling up|escalate this|open a ticket|create a ticket|case number is
        ticket number is|your reference number is|i've processed|i have processed
        we can offer you|i can offer you|we offer""",
    2.0: """speaking|go ahead|shall i|could you share|could you|i'm afraid|i'll need|i can send
        i'll pass|i'll add|i'll put|i'll note|i'll log|i'll book|i'll order|i'll check
        i'll look|what's happening|what happens|let's|can you|you're|you can|you have|if you
        if your|do you|have you|you might|you could|you see|tell me|click|right click|we can
        i'm glad|excellent|that's fantastic|that's helpful|that's understandable|no problem
        can you tell me|could you tell me|can you please provide|could you please provide
        could you provide|can you provide|please provide|may i ask|can you confirm
        could you confirm|could you please confirm|let me check|let me look|let me see
        let me verify|let me take a look|one moment please|one moment while|just a moment
        please hold|please bear with me|bear with me|i understand your|i understand how
        i understand that|i'm sorry to hear|sorry to hear that|i apologize
        i sincerely apologize|rest assured|i can assure you|i assure you|my pleasure
        you're very welcome|you're welcome|no problem at all|have a great day
        have a wonderful day|have a nice day|thank you for that information
        thank you for the information|thank you for confirming|thank you for providing
        thank you for sharing|thanks for confirming|thank you for checking
        thank you for trying|your account|i will update your|i'll update your
        would you like me to|would you like to|would you prefer|do you have any other
        any other questions|any further questions|our team|our technical team|our system
        our policy|we value your|we appreciate|we're sorry|we are sorry|we apologize
        our website|our app|what seems to be|what is the issue|i see that you|i can see that
        i see here|on my end|let's try|let's check|let's start|let's see|you can also
        you'll need to|you will need to|go ahead and|i recommend|i suggest|i'd recommend
        i would recommend|we recommend|please let me know|let me know if|if you have any
        we have a|we currently|i'll go ahead|i'll transfer|i'll send you|i will send you
        i'll process|i'll connect you|i'll make sure|i'll make a note|i'll create
        account number please|date of birth|security question|last four digits
        billing address|serial number|model number|has been successfully
        successfully updated|has been updated|glad i could help|glad i could assist
        glad to hear|great to hear|great choice|excellent choice|how did you hear
        are you able to|have you checked|have you noticed|did you try|please try|can you try
        could you try|could you please|can you please check|are you currently|what type of
        which model""",
    1.0: """got it|noted|right|you|your|check if|go to|select|this can|that can|can be
        sometimes|another thing|great|good|glad|try|also|then|it's possible|it sounds like
        if|see if|we|may i|could you|can you open|can you check|please|i understand
        certainly|absolutely|of course|great question|that's great to hear|you may|once you
        click on|make sure|your order|your device|your service|your phone|your plan
        your bill|your request|your concern|assist you|help you|for you|we will|we'll|our
        next step|another step|you should see|you might|sir|ma'am|mr|mrs|ms
        follow these steps|follow the|in the meantime|no worries|perfect|does that|did that
        is that correct|what is your|what's your|you mentioned|in your area""",
}
_CUSTOMER: dict[float, str] = {
    3.0: """i'm calling about|i'm calling because|i am calling because|i am calling about
        i'm calling to|i was calling|calling regarding|i'm having trouble|i'm having issues
        i'm having an issue|i'm having problems|i'm having a problem|i'm having some
        i have a problem|i have an issue|i've been having|i've been experiencing
        i'm experiencing|i have been experiencing|my account number is|my phone number is
        my email is|my e mail is|my address is|my number is|my name and address|i bought
        i purchased|i ordered|i received a|i never received|i want to cancel
        i'd like to cancel|i want a refund|i need help|i need some help|can you help me
        could you help me|i need assistance|i was wondering|i want to know|i wanted to know
        i'd like to know|i'd like to update|i need to update|i would like to change
        i'd like to change|i'd like to report|i want to report|i lost my|my phone was stolen
        doesn't work|does not work|isn't working|is not working|not working|won't turn on
        won't connect|keeps dropping|keeps crashing|stopped working|can't access
        can't log in|cannot log in|can't connect|thanks for your help
        thank you for your help|thank you for your assistance|i appreciate your help
        you've been very helpful|that's all for now|that will be all|that's all i needed
        that's everything|i've tried|i tried|i already|i've already|my bill|my internet
        my laptop|my computer|my printer|my router|my modem|i'm frustrated
        this is frustrating|it's frustrating|really frustrating|very frustrating
        i'd like to speak|speak to a manager|i wanted to provide|i have a question
        i have a few questions|quick question|i noticed|i'm interested in|i am interested in""",
    2.0: """your docs|your documentation|your app|your website|your site|your api|your guide
        your manual|your help|your instructions|your company|your page|your support|i bought
        we bought|i'll try|i'll wait|i don't|i haven't|it looks like|i have|do that|my phone
        my account|my device|my order|my service|my password|my plan|my husband|my wife
        my son|my daughter|my kids|my screen|my email|my car|my card|my bank|my house
        my home|i can't|i cannot|i couldn't|i didn't|i don't know|i don't understand|it says
        it keeps|it won't|it didn't work|it's still|it still|i'm trying to|i was trying
        i need to|i need a|i want to|i want|i'd like|i would like|how do i|how can i
        how long will|how much|how soon|what should i|should i|do i need|do i have to|can i
        could i|will i|thanks so much|that sounds good|that sounds great|that works
        that's good to know|that helps|appreciate your|i appreciate it|no that's all
        that's it|yes please|sure it's|sure my|yes it's|yes it is|yes i|no i|i did
        i have tried|i've had|i've been|i was told|i just|i think|i hope|i'm worried
        i'm not sure|i guess|you guys|you too|i'll do that|i'm waiting|why is|why can't
        when will|when can i|i see it|i don't see|okay i|ok i|hi this is|it was|unacceptable
        ridiculous|disappointed|a refund|my money|charged me|overcharged|customer service""",
    1.0: """i|but|okay|looks like|haven't|sure|just|about|really|my|i'm|i am|i've|i was|i had|me
        we've|it's been|yes|no|yeah|nope|yep|oh|great thanks|thanks|it's|mine|myself
        weeks ago|days ago|yesterday|last week|since""",
}


def _table() -> dict[str, float]:
    table: dict[str, float] = {}
    for sign, groups in ((1.0, _AGENT), (-1.0, _CUSTOMER)):
        for weight, phrases in groups.items():
            for phrase in re.split(r"[|\n]", phrases):
                if phrase.strip():
                    table.setdefault(phrase.strip(), sign * weight)
    return table


_PHRASES = _table()


@dataclass(slots=True)
class _Step:
    """A word of one phrase or more: what may follow it, and the weight if a phrase ends here."""

    weight: float = 0.0
    following: dict[str, "_Step"] = field(default_factory=dict)


def _tree() -> dict[str, _Step]:
    """The phrases by their words, so that a text is scanned once however many there are."""
    root = _Step()
    for phrase, weight in _PHRASES.items():
        step = root
        for word in phrase.split():
            step = step.following.setdefault(word, _Step())
        step.weight = weight
    return root.following


_TREE = _tree()
_WORDS = re.compile(r"[a-z0-9']+")
# Weak phrases ("my", "please") are said many times in a long turn: together they count this much.
_MOST_OF_WEAK = 2.0
_AGENTS_ONLY = 3.0


def score(text: str) -> float:
    """How much a text sounds like an agent: log-odds, positive for the agent.

    At each word the longest phrase that starts there counts, and its words are not read again.
    """
    return judge(text)[0]


def judge(text: str) -> tuple[float, bool]:
    """The score of a text, and whether it holds what hardly anybody but an agent says."""
    strong = weak = 0.0
    only_agents = False
    for weight in _weights(text):
        if abs(weight) > 1:
            strong += weight
            only_agents = only_agents or weight >= _AGENTS_ONLY
        else:
            weak += weight
    return strong + max(-_MOST_OF_WEAK, min(_MOST_OF_WEAK, weak)), only_agents


def _weights(text: str) -> Iterator[float]:
    """The weights of the phrases in a text, in their order."""
    words = _WORDS.findall(text.lower().replace("\u2019", "'"))
    resume, count = 0, len(words)
    for place, word in enumerate(words):
        if place < resume or (step := _TREE.get(word)) is None:
            continue
        weight, at = step.weight, place + 1
        if weight:
            resume = at
        while at < count and (step := step.following.get(words[at])) is not None:
            at += 1
            if step.weight:
                weight, resume = step.weight, at
        if weight:
            yield weight
