"""The encoder in PyTorch with low-rank updates and heads, as it is trained. Serving never loads it.

The layers are BERT's (Devlin et al. 2019, arXiv:1810.04805) with the sizes of `nlp.onnx_graph`. The
embeddings stay as they are; in every layer each matrix gets a low-rank update (LoRA, Hu et al.
2021, arXiv:2106.09685) and the layer norms move.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from nlp.adapter import DOWN, PROJECTION, UP
from nlp.onnx_graph import EPSILON, HEADS, HIDDEN, LAYERS, Weights
from nlp.types import CATEGORIES

RANK = 32  # of every update
UNLIKELY = -2.0  # where the bias of a rare label starts
EMBEDDINGS = ("word_embeddings", "position_embeddings", "token_type_embeddings")
DROPOUT = 0.1  # of what every layer adds and of what the heads read, as BERT is fine-tuned


class Updated(nn.Module):
    """A linear layer that stays, and a low-rank update that is learned.

    Args:
        weight: (out, in).
        bias: (out,).
        rank: of the update.
    """

    def __init__(self, weight: Tensor, bias: Tensor, rank: int) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)
        self.down = nn.Parameter(torch.randn(rank, weight.shape[1]) / weight.shape[1] ** 0.5)
        self.up = nn.Parameter(torch.zeros(weight.shape[0], rank))

    def forward(self, x: Tensor) -> Tensor:
        """(…, in) to (…, out)."""
        kept = functional.linear(x, self.get_buffer("weight"), self.get_buffer("bias"))
        return kept + (x @ self.down.T) @ self.up.T


class Layer(nn.Module):
    """One layer of the encoder.

    Args:
        weights: of the whole encoder.
        at: the layer's place in their names.
        rank: of its updates.
    """

    def __init__(self, weights: Weights, at: str, rank: int) -> None:
        super().__init__()
        self.at = at
        parts = [f"{at}.attention.self.{part}" for part in ("query", "key", "value")]
        self.packed = Updated(
            torch.cat([_tensor(weights[f"{part}.weight"]) for part in parts]),
            torch.cat([_tensor(weights[f"{part}.bias"]) for part in parts]),
            rank,
        )
        self.projected, self.wide, self.narrow = (
            Updated(_tensor(weights[f"{name}.weight"]), _tensor(weights[f"{name}.bias"]), rank)
            for name in self._dense()
        )
        self.norms = nn.ModuleList(nn.LayerNorm(HIDDEN, eps=EPSILON) for _ in self._norms())
        for norm, name in zip(self.norms, self._norms(), strict=True):
            norm.load_state_dict(
                {part: _tensor(weights[f"{name}.{part}"]) for part in ("weight", "bias")}
            )

    def _dense(self) -> tuple[str, str, str]:
        at = self.at
        return f"{at}.attention.output.dense", f"{at}.intermediate.dense", f"{at}.output.dense"

    def _norms(self) -> tuple[str, str]:
        return f"{self.at}.attention.output.LayerNorm", f"{self.at}.output.LayerNorm"

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """(windows, tokens, width) to the same; `bias` is added to what attention looks at."""
        windows, tokens, width = x.shape
        packed = self.packed(x).view(windows, tokens, 3, HEADS, width // HEADS)
        query, key, value = packed.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        attended = self.projected(mixed.transpose(1, 2).reshape(x.shape))
        x = self.norms[0](x + functional.dropout(attended, DROPOUT, self.training))
        thought = self.narrow(functional.gelu(self.wide(x)))
        return self.norms[1](x + functional.dropout(thought, DROPOUT, self.training))

    def learned(self) -> dict[str, Tensor]:
        """The layer's part of an adapter (`nlp.adapter`)."""
        third = HIDDEN
        found: dict[str, Tensor] = {}
        for place, part in enumerate(("query", "key", "value")):
            name = f"{self.at}.attention.self.{part}.weight"
            found[name + DOWN] = self.packed.down
            found[name + UP] = self.packed.up[place * third : (place + 1) * third]
        for name, dense in zip(
            self._dense(), (self.projected, self.wide, self.narrow), strict=True
        ):
            found[f"{name}.weight{DOWN}"], found[f"{name}.weight{UP}"] = dense.down, dense.up
        for name, norm in zip(self._norms(), self.norms, strict=True):
            found |= {f"{name}.{part}": value for part, value in norm.state_dict().items()}
        return found

    def take_over(self, tensors: Mapping[str, Tensor]) -> None:
        """Takes over the layer's part of an adapter of the same rank, to learn on from there."""
        parts = [f"{self.at}.attention.self.{part}.weight" for part in ("query", "key", "value")]
        ups = torch.cat([tensors[part + UP] for part in parts])
        updates = [(self.packed, tensors[parts[0] + DOWN], ups)]
        for name, dense in zip(
            self._dense(), (self.projected, self.wide, self.narrow), strict=True
        ):
            updates.append((dense, tensors[f"{name}.weight{DOWN}"], tensors[f"{name}.weight{UP}"]))
        with torch.no_grad():
            for update, down, up in updates:
                update.down.copy_(down)
                update.up.copy_(up)
        for name, norm in zip(self._norms(), self.norms, strict=True):
            norm.load_state_dict({part: tensors[f"{name}.{part}"] for part in ("weight", "bias")})


class Network(nn.Module):
    """The encoder and the heads on it.

    Args:
        weights: of the encoder.
        sizes: number of outputs of every head on passages.
        token_labels: number of outputs of the head on tokens.
        rank: of the updates.
        seed: of their first values.
    """

    def __init__(
        self,
        weights: Weights,
        sizes: Mapping[str, int],
        *,
        token_labels: int = len(CATEGORIES),
        rank: int = RANK,
        seed: int = 0,
    ) -> None:
        super().__init__()
        torch.manual_seed(seed)
        for name in EMBEDDINGS:
            self.register_buffer(name, _tensor(weights[f"embeddings.{name}.weight"]))
        for name in ("weight", "bias"):
            self.register_buffer(f"norm_{name}", _tensor(weights[f"embeddings.LayerNorm.{name}"]))
        self.layers = nn.ModuleList(
            Layer(weights, f"encoder.layer.{number}", rank) for number in range(LAYERS)
        )
        self.heads = nn.ModuleDict({name: nn.Linear(2 * HIDDEN, n) for name, n in sizes.items()})
        self.tokens = nn.Linear(HIDDEN, token_labels)
        # Themes and search compare vectors, and what the heads teach is no measure of likeness: a
        # way back to what the encoder as it was would say is kept open while they learn. The one
        # that is served is fitted afterwards (`nlp.learn.vectors`).
        self.projection = nn.Linear(HIDDEN, HIDDEN, bias=False)
        nn.init.eye_(self.projection.weight)
        for head in (*self.heads.values(), self.tokens):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.constant_(head.bias, UNLIKELY)

    def forward(self, ids: Tensor, bias: Tensor) -> Tensor:
        """(windows, tokens) ids to the states of all tokens, (windows, tokens, width)."""
        words, places, kinds = (self.get_buffer(name) for name in EMBEDDINGS)
        x = words[ids] + places[: ids.shape[1]] + kinds[0]
        weight, bias_of_norm = self.get_buffer("norm_weight"), self.get_buffer("norm_bias")
        x = functional.layer_norm(x, (HIDDEN,), weight, bias_of_norm, EPSILON)
        for layer in self.layers:
            x = layer(x, bias)
        return x

    def learned(self) -> dict[str, NDArray[np.float16]]:
        """The adapter, for `nlp.adapter`."""
        found: dict[str, Tensor] = {}
        for layer in self.layers:
            found |= layer.learned()
        return {
            name: value.detach().cpu().numpy().astype(np.float16) for name, value in found.items()
        }

    def take_over(
        self, adapter: Mapping[str, NDArray[Any]], heads: Mapping[str, tuple[Any, Any]]
    ) -> None:
        """Takes over what a model of this shape has learned, to learn on from there.

        Args:
            adapter: as `learned` gave it, with the projection that serves.
            heads: weights and bias of the heads on passages that are known, and of `tokens`.
        """
        tensors = {name: _tensor(value) for name, value in adapter.items()}
        for layer in self.layers:
            layer.take_over(tensors)
        layers = {**self.heads, "tokens": self.tokens}
        for name, (weight, bias) in heads.items():
            layers[name].load_state_dict({"weight": _tensor(weight), "bias": _tensor(bias)})
        self.projection.load_state_dict({"weight": tensors[PROJECTION]})

    @property
    def device(self) -> torch.device:
        """Where it is computed."""
        return self.tokens.weight.device


def attention_bias(lengths: Sequence[int]) -> Tensor:
    """(windows, 1, 1, tokens): 0 where a window has a token, very low where it is padded."""
    longest = max(lengths)
    padded = torch.arange(longest)[None, :] >= torch.tensor(lengths)[:, None]
    return torch.zeros(padded.shape).masked_fill(padded, -1e9)[:, None, None, :]


def _tensor(value: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.array(value, dtype=np.float32))
