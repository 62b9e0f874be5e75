"""SetFit (Tunstall et al. 2022, arXiv:2209.11055), its own release, on the pinned encoder."""

import tempfile
from collections.abc import Sequence

import numpy as np
from datasets import Dataset
from setfit import SetFitModel, Trainer, TrainingArguments

from benchmarks.peers import Bools, Floats
from nlp import weights


class SetFitPeer:
    """The encoder tuned on pairs of texts, then one logistic regression a label.

    Two texts that share a label are a positive pair, two that do not a negative one; a text without
    any label stands in negative pairs only. That is how the library draws them.

    Args:
        steps: of tuning, at most; -1 for one epoch over all pairs, as the library would by itself,
            which are too many for a corpus of thousands.
        batch: pairs a step.
        seed: of what is random.
    """

    name = "SetFit"

    def __init__(self, *, steps: int = 500, batch: int = 16, seed: int = 0) -> None:
        self._model = SetFitModel.from_pretrained(
            str(weights.find().weights.parent),
            multi_target_strategy="one-vs-rest",
            device="cpu",
            local_files_only=True,
        )
        self._steps, self._batch, self._seed = steps, batch, seed

    def fit(self, texts: Sequence[str], labels: Bools) -> None:
        """Tunes the encoder on pairs, then fits the head on its vectors."""
        rows = {"text": list(texts), "label": np.asarray(labels, dtype=np.int64).tolist()}
        with tempfile.TemporaryDirectory() as folder:
            arguments = TrainingArguments(
                output_dir=folder,
                batch_size=self._batch,
                num_epochs=1,
                max_steps=self._steps,
                seed=self._seed,
                report_to="none",
                save_strategy="no",
                show_progress_bar=False,
            )
            trainer = Trainer(
                model=self._model, args=arguments, train_dataset=Dataset.from_dict(rows)
            )
            trainer.train()

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """(texts, labels), in the library's batches of 32."""
        said = self._model.predict_proba(list(texts), as_numpy=True, show_progress_bar=False)
        return np.asarray(said, dtype=np.float32)
