"""A model of the real classes, small and untrained: it draws noise, but all of the way."""

import pytest
import torch

from inference.clip import Clip, ClipConfig
from inference.decoder import Decoder, DecoderConfig
from inference.model import Model
from inference.prior import Prior, PriorConfig
from inference.upsampler import Upsampler, UpsamplerConfig
from inference.vocabulary import Vocabulary


@pytest.fixture(scope="session")
def model() -> Model:
    torch.manual_seed(0)
    words = Vocabulary(("a", "above", "ball", "blue", "cube", "red"))
    size = words.size
    networks = (
        Clip(ClipConfig(size, dim=32, text_width=32, text_layers=1, image_width=8)),
        Prior(PriorConfig(size, dim=32, width=32, layers=1)),
        Decoder(DecoderConfig(size, dim=32, widths=(16, 24, 32), condition=32, head=8)),
        Upsampler(UpsamplerConfig(width=16, condition=16, blocks=1, head=8)),
    )
    for network in networks:
        network.requires_grad_(False).eval()
        for parameter in network.parameters():
            if not parameter.any():  # what starts at zero would hide its inputs
                parameter.normal_(std=0.05)
    return Model("mini", words, ("a red cube",), *networks)
