"""What each notebook is run on by the tests, and what it has to say then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a notebook is run.

    Attributes:
        values: of its parameters, instead of its own.
        fixture: name of a fixture that gives more of them, or None.
        says: words that stand in what it prints.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    fixture: str | None = None
    says: tuple[str, ...] = ()


PARAMETERS: Mapping[str, Run] = {
    "audit_labels": Run(
        fixture="small_corpus", says=("labels suspected", "interaction, read again", "refused: ")
    ),
    "custom_category": Run(
        # The first in the form of a finding: a category, how sure, and the customer's words.
        says=(
            "precision",
            "10 examples, 3 counterexamples",
            f"{'churn_risk':<16}",
            "AP ",
            "not found",
        )
    ),
    "drift": Run(
        values={"WEEKS": 20, "WEEKLY": 60, "SHARE": 0.4},
        fixture="small_corpus",
        says=("quiet: 0 figures moved", "share of a customer's words", "loaf", "no service asked"),
    ),
    "evaluate_and_compare": Run(
        values={"PASSAGES": 300},
        fixture="small_corpus",
        says=("macro F1 of categories", "PassageClassifier", "missed"),
    ),
    "explore_corpus": Run(says=("industries", "kappa", "leaflet", "with a product defect")),
    "mine_a_folder": Run(says=("39 interactions", "for a person", "product_defect")),
    "retrain_and_promote": Run(
        fixture="service",
        says=(
            "the gain is no chance",
            "lost elsewhere: nothing that could not be chance",
            "passed",
            "promotion_refused",
            "F1 of feature_request",
            "conduit-en-nook-1 serves, instead of conduit-en-1",
            "conduit-en-1 serves again",
        ),
    ),
    "themes": Run(says=("logging me out", "sure alone", "kept their ids", "stability")),
}
