"""A language model of the host's choice that judges prompts, all of a claim in one batch.

It answers as Qwen3Guard-Gen does: `Safety: Safe`, `Unsafe` or `Controversial`, and on the next line
`Categories:` of its own, which are told in ours. Its folder's chat template holds what it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from inference.backends.networks import OtherWeights, Place, load, part
from inference.safety.check import Act, Finding, Subject

RULE = "guard"
ANSWER_TOKENS = 64
HARMLESS = "a cat"
ACTS: dict[str, Act | None] = {"safe": None, "unsafe": "block", "controversial": "flag"}
CATEGORIES = {
    "sexual content or sexual acts": "sexual",
    "suicide & self-harm": "self_harm",
    "violent": "violence",
    "unethical acts": "hate",
    "non-violent illegal acts": "illegal",
    "copyright violation": "illegal",
    "pii": "harassment",
    "personally identifiable information": "harassment",
    "jailbreak": "deception",
    "politically sensitive topics": "political",
}
"""The guard's categories as ours. Of several the first of these counts."""
UNNAMED = "other"


class Unanswered(Exception):
    """The guard said nothing that can be read: no leave to go on."""


class Guard:
    """A folder with a tokenizer, its chat template, and weights as safetensors."""

    def __init__(self, folder: Path, device: str) -> None:
        """Raises a WeightsError, also for a model that doesn't answer as a guard does."""
        self._place = Place.on(device)
        self._tokenizer = part(AutoTokenizer, folder)
        if not self._tokenizer.chat_template:
            raise OtherWeights(
                f"The guard in {folder} has no chat template, which says what it is asked; "
                "set another [policy] guard, or none."
            )
        self._tokenizer.padding_side = "left"  # so that every answer begins at the same place
        self._network = load(AutoModelForCausalLM, folder, self._place)
        marks = map(re.escape, self._tokenizer.get_added_vocab())
        self._marks = re.compile("|".join(marks) or "(?!)")
        try:
            read(*self.ask([HARMLESS]))
        except Unanswered as error:
            raise OtherWeights(
                f"The model in {folder} doesn't answer as Qwen3Guard-Gen does; "
                "set another [policy] guard, or none."
            ) from error

    def __call__(self, subjects: Sequence[Subject]) -> list[Finding | None]:
        """Judges what is to be drawn, not what was. Raises Unanswered."""
        rows = [row for row, each in enumerate(subjects) if each.stage == "upload" and each.prompt]
        findings: list[Finding | None] = [None] * len(subjects)
        answers = self.ask([subjects[row].prompt for row in rows]) if rows else []
        for row, answer in zip(rows, answers, strict=True):
            findings[row] = _finding(subjects[row], answer)
        return findings

    @torch.no_grad()
    def ask(self, prompts: Sequence[str]) -> list[str]:
        """The guard's own words about each prompt."""
        chats = [[{"role": "user", "content": self._tame(prompt)}] for prompt in prompts]
        texts = self._tokenizer.apply_chat_template(
            chats, tokenize=False, add_generation_prompt=True
        )
        given = self._tokenizer(
            texts, padding=True, add_special_tokens=False, return_tensors="pt"
        ).to(self._place.device)
        rules = GenerationConfig(
            max_new_tokens=ANSWER_TOKENS,
            do_sample=False,
            eos_token_id=self._network.generation_config.eos_token_id,
            pad_token_id=self._tokenizer.pad_token_id,
        )
        written = self._network.generate(
            input_ids=given["input_ids"],
            attention_mask=given["attention_mask"],
            generation_config=rules,
        )
        answers = written[:, given["input_ids"].shape[1] :]
        said: list[str] = self._tokenizer.batch_decode(answers, skip_special_tokens=True)
        return said

    def _tame(self, prompt: str) -> str:
        """Without the marks between speakers, by which a prompt could answer for the guard."""
        return self._marks.sub(" ", prompt)


def read(answer: str) -> tuple[Act | None, str]:
    """What is to be done about a prompt, and in which category of ours. Raises Unanswered."""
    said = re.match(r"\s*Safety:\s*(\w+)\s*(?:Categories:([^\n]*))?", answer, re.IGNORECASE)
    if said is None or said[1].lower() not in ACTS:
        raise Unanswered
    named = {name.strip().lower() for name in (said[2] or "").split(",")}
    known = [ours for theirs, ours in CATEGORIES.items() if theirs in named]
    return ACTS[said[1].lower()], known[0] if known else UNNAMED


def _finding(subject: Subject, answer: str) -> Finding | None:
    act, category = read(answer)
    chosen = subject.actions.get(category, "block")
    if act is None or chosen == "allow":
        return None
    return Finding("flag" if chosen == "flag" else act, "prompt", category, RULE)
