"""The names model's figures and card, beside its tensors: `metrics.json` and `card.md`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlp.redact import names_model

METRICS = "metrics.json"
CARD = "card.md"

_CARD = """# {name}

Finds names of persons and postal addresses in English calls, chats and mails, so that redaction
takes them out before anything is stored. A token head over layers {layers} (from 0) of {encoder},
int8, with features of how each word is written (capitals, lists of names, what the rules say); the
layers above are not computed. It stands beside the rules of `nlp.redact`, and what is a number (of
a card, a phone, an account) is theirs to say.

## Figures

Of what is served, rules and model together, by `python -m benchmarks.names --record`; nothing was
trained or tuned on these texts. `recall`: every letter and digit is covered by a span of the right
kind.

| set | measure | rules alone | rules and model |
|---|---|---|---|
{rows}

## Trained on

{texts} texts: {sources}. {public}

Everything but the tweets is written to a pattern or in an encyclopaedia's voice; names that speech
recognisers wrote without capitals are found by cues and lists of names first. Products,
organisations, places and works are told apart so that they stay in the text; they were not
evaluated for any other use.
"""


def write(folder: Path, metrics: Mapping[str, Mapping[str, Any]]) -> list[Path]:
    """Writes the figures and the card of a names model.

    Args:
        folder: of the model.
        metrics: by set and measure: `rules` and `model`, each a share.
    """
    model = names_model.open_folder(folder)
    trained = model.description["trained"]
    rows = "\n".join(
        f"| {measure.replace(': ', ' | ', 1)} | {values['rules']:.3f} | {values['model']:.3f} |"
        for measure, values in metrics.items()
    )
    public = "; ".join(
        f"{name} of github.com/{one['repository']} ({one['licence']})"
        for name, one in trained["public"].items()
    )
    card = _CARD.format(
        name=model.name,
        layers=" and ".join(map(str, model.layers)),
        encoder=model.description["encoder"]["name"],
        rows=rows,
        texts=sum(trained["texts"].values()),
        sources=", ".join(f"{name} {count}" for name, count in trained["texts"].items()),
        public=f"Public sets: {public}.",
    )
    files = {METRICS: json.dumps({"of": model.description["files"], "figures": metrics}, indent=2)}
    files[CARD] = card.rstrip()
    for name, text in files.items():
        (folder / name).write_text(text + "\n", encoding="utf-8")
    return [folder / name for name in files]
