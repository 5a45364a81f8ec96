"""What the unCLIP models of other makers share: CLIP and a prior, and operations on embeddings.

Numbers of sections are those of Ramesh et al. 2022. Here x_T always is noise of the seed, which
§3.2 names beside inversion: these decoders add fresh noise in each step, so nothing leads back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import torch
from diffusers import PriorTransformer, UnCLIPScheduler
from PIL import Image
from torch import Tensor
from transformers import (
    CLIPImageProcessorPil,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionModelWithProjection,
)

from inference.backends import steps
from inference.backends.backend import Card, Repainting
from inference.backends.networks import Place, load, part, quicken
from inference.draft import Draft, Watch, generators
from inference.pipeline import BASELINE, filled, moved
from inference.registry import Effort
from inference.sampling import slerp
from inference.transfers import onto

REMEMBERED = 256  # prompts whose encoding is kept


@dataclass(frozen=True)
class Text:
    """Encoded prompts: embeddings [batch, dim], states [batch, length, width], their mask."""

    embeds: Tensor
    states: Tensor
    mask: Tensor

    def __add__(self, other: Text) -> Text:
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Text(*(torch.cat(pair) for pair in pairs))


@dataclass(frozen=True)
class Encoders:
    """CLIP and the prior, as both folders of such models name them."""

    tokenizer: CLIPTokenizer
    text_encoder: CLIPTextModelWithProjection
    image_processor: CLIPImageProcessorPil
    image_encoder: CLIPVisionModelWithProjection
    prior: PriorTransformer
    schedule: UnCLIPScheduler


def load_encoders(
    text: Path, image_processor: Path, image_encoder: Path, schedule: Path, place: Place
) -> Encoders:
    """`text` holds the folders tokenizer, text_encoder and prior. Raises a WeightsError."""
    return Encoders(
        part(CLIPTokenizer, text / "tokenizer"),
        load(CLIPTextModelWithProjection, text / "text_encoder", place),
        part(CLIPImageProcessorPil, image_processor),
        load(CLIPVisionModelWithProjection, image_encoder, place),
        quicken(load(PriorTransformer, text / "prior", place), place),
        part(UnCLIPScheduler, schedule),
    )


class Unclip(Repainting):
    """A backend short of its decoder, `_decode`."""

    def __init__(self, card: Card, encoders: Encoders, sampling: Effort, place: Place) -> None:
        self.card = card
        self.sampling = sampling
        self.place = place
        self._encoders = encoders
        self._text = lru_cache(REMEMBERED)(self._encode_text)

    def text_to_image(self, prompt: str, seed: int) -> Draft:
        """The prior, then the decoder."""
        return Draft(prompt, seed)

    def variation(
        self, source: Image.Image, seed: int, eta: float = 0.6, prompt: str = ""
    ) -> Draft:
        """Another picture with the source's z_i (§3.1); `eta` has nothing to act on."""
        return Draft(prompt, seed, self.image_embed(source))

    def outpaint(
        self, source: Image.Image, sides: Sequence[str], amount: float, prompt: str, seed: int
    ) -> Draft:
        """Without a prompt z_i is the source's own. Raises NotServed or UnusableMask."""
        draft = super().outpaint(source, sides, amount, prompt, seed)
        return draft if prompt else replace(draft, image_embed=self.image_embed(source))

    def interpolate(self, one: Image.Image, other: Image.Image, t: float, seed: int) -> Draft:
        """z = slerp(z_1, z_2, t) (§3.2)."""
        return Draft("", seed, slerp(self.image_embed(one), self.image_embed(other), t))

    def text_diff(self, source: Image.Image, from_: str, to: str, theta: float, seed: int) -> Draft:
        """See `pipeline.moved`."""
        before, after = (self._text(words).embeds[0] for words in (from_ or BASELINE, to))
        return Draft(to, seed, moved(self.image_embed(source), before, after, theta))

    def misread(self, *prompts: str) -> dict[str, list[str]]:
        """It knows any word, but reads only so many."""
        tokenizer = self._encoders.tokenizer
        left: list[str] = []
        for ids in tokenizer(list(prompts), add_special_tokens=False)["input_ids"]:
            left += tokenizer.decode(ids[tokenizer.model_max_length - 2 :]).split()
        return {"unknown_words": [], "unread_words": left}

    @torch.inference_mode()
    def draw(self, drafts: Sequence[Draft], watch: Watch | None = None) -> list[Image.Image]:
        """Each as large as the card says, or as its canvas."""
        noises = generators([draft.seed for draft in drafts])
        text = self._texts([draft.prompt for draft in drafts])
        embeds = self._embeds(drafts, text, noises)
        pictures = self._decode(drafts, embeds, text, noises, watch)
        return filled(drafts, pictures)

    def rehearse(self, size: int) -> None:
        """Draws, and repaints where it can."""
        full, grey = self.sampling, Image.new("RGB", (self.card.size, self.card.size), "grey")
        drafts = [self.text_to_image("", 0)]
        if "inpaint" in self.card.operations:
            drafts.append(self.inpaint(grey, Image.new("L", grey.size, 255), "", 0))
        self.sampling = replace(full, prior_steps=2, decoder_steps=2)
        try:
            for draft in drafts:
                self.draw([draft] * size)
        finally:
            self.sampling = full

    @torch.inference_mode()
    def image_embed(self, picture: Image.Image) -> Tensor:
        """CLIP's embedding z_i [dim] of a picture."""
        pixels = self._encoders.image_processor(picture, return_tensors="pt").pixel_values
        pixels = onto(pixels.to(self.place.dtype), self.place.device)
        return self._encoders.image_encoder(pixels).image_embeds[0]

    def _decode(
        self, drafts: Sequence[Draft], embeds: Tensor, text: Text,
        noises: Sequence[torch.Generator], watch: Watch | None,
    ) -> list[Image.Image]:  # fmt: skip
        """Square pictures of embeddings [batch, dim]."""
        raise NotImplementedError

    def _texts(self, prompts: Sequence[str]) -> Text:
        first, *others = (self._text(prompt) for prompt in prompts)
        return sum(others, first)

    @torch.inference_mode()
    def _encode_text(self, prompt: str) -> Text:
        given = self._encoders.tokenizer(
            prompt, padding="max_length", truncation=True, return_tensors="pt"
        ).to(self.place.device)
        coded = self._encoders.text_encoder(given["input_ids"])
        return Text(coded.text_embeds, coded.last_hidden_state, given["attention_mask"].bool())

    def _embeds(
        self, drafts: Sequence[Draft], text: Text, noises: Sequence[torch.Generator]
    ) -> Tensor:
        """Image embeddings [batch, dim]: the draft's own, or what the prior draws."""
        open_ = [row for row, draft in enumerate(drafts) if draft.image_embed is None]
        drawn = {}
        if open_:
            rows = Text(text.embeds[open_], text.states[open_], text.mask[open_])
            drawn = dict(zip(open_, self._prior(rows, [noises[row] for row in open_]), strict=True))
        own = (draft.image_embed for draft in drafts)
        return torch.stack([drawn.get(row, embed) for row, embed in enumerate(own)])

    def _prior(self, text: Text, noises: Sequence[torch.Generator]) -> Tensor:
        prior, schedule = self._encoders.prior, self._encoders.schedule
        scale = self.sampling.prior_guidance
        told = self._texts([""] * len(noises)) + text if scale > 1 else text

        def predict(x: Tensor, t: Tensor) -> Tensor:
            doubled = torch.cat((x, x)) if scale > 1 else x
            clean = prior(
                doubled, t, proj_embedding=told.embeds, encoder_hidden_states=told.states,
                attention_mask=told.mask, return_dict=False,
            )[0]  # fmt: skip
            return steps.guide(clean, scale) if scale > 1 else clean

        noise = steps.start((prior.config.embedding_dim,), noises, text.embeds, schedule)
        drawn = steps.denoise(schedule, predict, noise, self.sampling.prior_steps, noises)
        return prior.post_process_latents(drawn)
