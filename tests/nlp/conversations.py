"""Short ways to write interactions down in tests."""

from nlp.types import Channel, Interaction, Roles, Speaker, Turn


def interaction(*said: tuple[Speaker, str], channel: Channel = "call") -> Interaction:
    """An interaction of these turns."""
    return Interaction(
        id="test-1",
        source="test.txt",
        format="labelled_text",
        channel=channel,
        roles=Roles(source="file", confidence=1.0),
        turns=tuple(
            Turn(index=index, speaker=speaker, text=text)
            for index, (speaker, text) in enumerate(said)
        ),
    )
