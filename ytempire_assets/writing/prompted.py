"""The writer that asks a language model, near or far.

Belongs here: asking, one more chance for an answer that cannot be used, and what all of that took.
What the model is told is ``prompt_text.py``, what it may answer ``draft_schema.py``; whether a
script is true and good is decided by the gates, as for every writer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal

from ytempire_assets.errors import PermanentError, YtempireError
from ytempire_assets.writing.draft_schema import (
    SCHEMA_NAME,
    UnusableTextError,
    WrittenScript,
    answer_schema,
    read_script,
)
from ytempire_assets.writing.language_model import (
    ChatAnswer,
    ChatMessage,
    ChatRequest,
    LanguageModel,
)
from ytempire_assets.writing.prompt_text import (
    PROMPT_VERSION,
    opening_messages,
    repair_messages,
    source_labels,
)
from ytempire_assets.writing.script import Authorship, Brief, Draft, DraftScene, SourcedSentence

VERSION = "1"
ATTEMPTS = 2
"""The answer and one repair: what fails twice fails again, and each time is paid for."""

_ABSURD = 4
"""An answer with so many times the wanted words has lost its way."""

_SPENT = "spent_usd"


class UnusableDraftError(PermanentError):
    """The model's answers are no script, also after it was told what is wrong."""


@dataclass(slots=True)
class _Spending:
    """What the attempts took so far."""

    answers: list[ChatAnswer] = field(default_factory=list)

    def usd(self) -> Decimal:
        return sum((answer.cost_usd for answer in self.answers), Decimal(0))

    def authorship(self, writer: str) -> Authorship:
        return Authorship(
            writer=writer,
            model=self.answers[-1].model,
            prompt_version=PROMPT_VERSION,
            tokens_in=sum(answer.tokens_in for answer in self.answers),
            tokens_out=sum(answer.tokens_out for answer in self.answers),
            answers_reused=sum(answer.reused for answer in self.answers),
            cost_usd=self.usd(),
        )


class PromptedWriter:
    """Has a language model write; the channel's own closing line ends every script.

    Args:
        model: Whom to ask.
        kind: What the channel calls this kind of writer.
        temperature: 0 to 2; the higher, the less expected.
    """

    def __init__(self, model: LanguageModel, kind: str, temperature: float = 0.7) -> None:
        self._model = model
        self._kind = kind
        self._temperature = temperature

    def draft(self, brief: Brief, wanted_words: int) -> Draft:
        """Writes one script.

        Args:
            brief: What is asked for.
            wanted_words: How many words of the channel's voice fill the wanted seconds, without the
                closing line.

        Raises:
            UnusableDraftError: The model answered twice with something that is no script.
            TransientError: The model cannot be asked now.
            PermanentError: It will not answer. All of them carry ``spent_usd``.
        """
        labels = source_labels(brief)
        documents = dict(
            zip(labels, (document.document_id for document in brief.documents), strict=True)
        )
        messages = opening_messages(brief, wanted_words)
        spending, problem = _Spending(), ""
        for _ in range(ATTEMPTS):
            answer = self._answer(messages, labels, brief, wanted_words, spending)
            try:
                written = read_script(answer.text, documents, _ABSURD * max(wanted_words, 40))
                return self._draft(written, brief, spending)
            except UnusableTextError as error:
                problem = str(error)
                messages = (*messages, *repair_messages(answer.text, problem))
        raise _with_spending(
            UnusableDraftError(
                f"{brief.video_id}: {spending.answers[-1].model} wrote no usable script in "
                f"{ATTEMPTS} answers ({problem})",
                "choose a larger model in the channel's writer.model, or writer.kind: extractive",
            ),
            spending.usd(),
        )

    def _answer(
        self,
        messages: tuple[ChatMessage, ...],
        labels: list[str],
        brief: Brief,
        wanted_words: int,
        spending: _Spending,
    ) -> ChatAnswer:
        request = ChatRequest(
            messages=messages,
            schema=answer_schema(labels),
            schema_name=SCHEMA_NAME,
            # Two tokens a word, pictures and labels as much again, and the frame around them.
            max_tokens=1_000 + 8 * wanted_words,
            temperature=self._temperature,
            seed=_seed(brief),
        )
        try:
            answer = self._model.answer(request)
        except YtempireError as error:
            _with_spending(error, spending.usd() + spent_usd(error))
            raise
        spending.answers.append(answer)
        return answer

    def _draft(self, written: WrittenScript, brief: Brief, spending: _Spending) -> Draft:
        closing = DraftScene("closing", (SourcedSentence(brief.call_to_action, None),))
        return Draft(
            title=written.title,
            scenes=(*written.scenes, closing),
            authorship=spending.authorship(f"{self._kind}/{VERSION}"),
            summary=written.summary,
            tags=written.tags,
            hashtags=written.hashtags,
        )


def spent_usd(error: BaseException) -> Decimal:
    """What was paid for a script that failed with this error."""
    value = getattr(error, _SPENT, Decimal(0))
    return value if isinstance(value, Decimal) else Decimal(0)


def _with_spending(error: YtempireError, usd: Decimal) -> YtempireError:
    setattr(error, _SPENT, usd)
    return error


def _seed(brief: Brief) -> int:
    """A number of 31 bits: the same brief asks the same, a rewrite asks anew."""
    name = f"{brief.video_id}/{len(brief.objections)}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") >> 1
