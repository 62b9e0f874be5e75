"""Zero-shot classification by natural language inference, of BART-large's shape: for speed alone.

The weights are random, because the published ones (1.6 GB, facebook/bart-large-mnli) are in no
package: the same matrices are multiplied, so the seconds are the same, and the answers mean
nothing. The words are cut by the encoder's own tokenizer (30,522 pieces beside BART's 50,265, about
as many a sentence), one special token a pair fewer than BART's.
"""

from collections.abc import Sequence

import numpy as np
import torch
from transformers import (
    BartConfig,
    BartForSequenceClassification,
    PreTrainedTokenizerFast,
    ZeroShotClassificationPipeline,
)

from benchmarks.peers import Bools, Floats
from nlp import weights

CANDIDATES = ("product defect", "documentation error", "feature request")
START, END, PADDING = 101, 102, 0  # of the encoder's vocabulary


class ZeroShotPeer:
    """The library's pipeline as it comes: a pair of text and hypothesis a label, one by one.

    Args:
        candidates: names of the labels, as they are put into the hypothesis.
        layers: of the encoder and of the decoder; BART-large has 12.
        width: of a state; BART-large has 1024, in heads of 64.
    """

    name = "zero-shot NLI of BART-large's shape"

    def __init__(
        self, candidates: Sequence[str] = CANDIDATES, *, layers: int = 12, width: int = 1024
    ) -> None:
        torch.manual_seed(0)
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_file=str(weights.find().tokenizer),
            cls_token="[CLS]",  # noqa: S106 - no secret
            sep_token="[SEP]",  # noqa: S106
            eos_token="[SEP]",  # noqa: S106
            pad_token="[PAD]",  # noqa: S106
            unk_token="[UNK]",  # noqa: S106
            model_max_length=1024,
        )
        model = BartForSequenceClassification(bart_large_mnli(layers=layers, width=width)).eval()
        self._pipeline = ZeroShotClassificationPipeline(
            model=model, tokenizer=tokenizer, device="cpu"
        )
        self._candidates = list(candidates)

    def fit(self, texts: Sequence[str], labels: Bools) -> None:
        """Learns nothing, and checks that the labels are as many as the candidates.

        Raises:
            ValueError: they are not.
        """
        if labels.shape != (len(texts), len(self._candidates)):
            raise ValueError(
                f"labels of shape {labels.shape} for {len(texts)} texts and "
                f"{len(self._candidates)} candidates: {', '.join(self._candidates)}"
            )

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """(texts, candidates), each label judged by itself."""
        answers = self._pipeline(list(texts), self._candidates, multi_label=True)
        rows = [dict(zip(one["labels"], one["scores"], strict=True)) for one in answers]
        return np.array([[row[name] for name in self._candidates] for row in rows], np.float32)


def bart_large_mnli(*, layers: int, width: int) -> BartConfig:
    """The shape that facebook/bart-large-mnli's config.json states, with our special tokens.

    Args:
        layers: 12 in the published model.
        width: 1024 in the published model.
    """
    return BartConfig(
        vocab_size=50265,
        max_position_embeddings=1024,
        d_model=width,
        encoder_layers=layers,
        decoder_layers=layers,
        encoder_attention_heads=width // 64,
        decoder_attention_heads=width // 64,
        encoder_ffn_dim=4 * width,
        decoder_ffn_dim=4 * width,
        activation_function="gelu",
        id2label={0: "contradiction", 1: "neutral", 2: "entailment"},
        label2id={"contradiction": 0, "neutral": 1, "entailment": 2},
        pad_token_id=PADDING,
        bos_token_id=START,
        eos_token_id=END,
        decoder_start_token_id=END,
        forced_eos_token_id=END,
    )
