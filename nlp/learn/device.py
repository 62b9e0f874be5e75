"""Where networks are trained: on a GPU where there is one, else on the processor."""

import torch


def device() -> torch.device:
    """The device of every network that is trained."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def mixed() -> torch.autocast:
    """What makes a GPU multiply in bfloat16; on the processor everything stays float32."""
    kind = device().type
    return torch.autocast(kind, dtype=torch.bfloat16, enabled=kind == "cuda")
