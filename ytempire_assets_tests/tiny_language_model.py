"""A language model with thousands instead of billions of weights, as a folder on disk.

Belongs here: making it. Its weights are random: what it says is nonsense, but it is loaded and
asked like any other.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SPECIAL = ("<|end|>", "<|system|>", "<|user|>", "<|assistant|>")


def library(name: str) -> Any:
    """A library by name: a type checker would read for a minute in ones of this size."""
    return importlib.import_module(name)


def save_language_model(
    folder: Path, *, template: str | None = TEMPLATE, longest: int = 2_048, seed: int = 0
) -> Path:
    """A Llama-like model of two layers over single bytes and a few words.

    Args:
        folder: Where it is saved.
        template: Its chat template.
        longest: Tokens of question and answer together.
        seed: Draws the weights.
    """
    tokenizers, transformers, torch = (
        library(name) for name in ("tokenizers", "transformers", "torch")
    )
    model = tokenizers.Tokenizer(tokenizers.models.BPE())
    model.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    model.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=list(SPECIAL),
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    model.train_from_iterator(['{"said":"the whale sings"}', "a song of the sea"], trainer)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=model, eos_token="<|end|>", chat_template=template
    )
    torch.manual_seed(seed)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer) + 20,  # more logits than words, as many models have
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=longest,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
    )
    network = transformers.LlamaForCausalLM(config)
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
