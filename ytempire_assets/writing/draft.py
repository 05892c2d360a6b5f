"""From a writer's draft to a finished script: times, pictures, title, description, chapters.

Belongs here: what every writer's words go through, whoever wrote them. Whether the script is good
enough to be spoken is decided by ``gates.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from ytempire_assets.errors import PermanentError
from ytempire_assets.writing.metadata import (
    make_chapters,
    make_description,
    make_hashtags,
    make_tags,
    make_title,
)
from ytempire_assets.writing.pictures import Drawable, plan_pictures
from ytempire_assets.writing.readability import grade
from ytempire_assets.writing.script import (
    Brief,
    Draft,
    DraftScene,
    Script,
    ScriptScene,
    SpeakingTime,
    TotalTime,
)

_SAMPLE_WORDS = 60
_USUAL_SCENES = 6
_FEWEST_WORDS = 20


def assemble(draft: Draft, brief: Brief, speaking_s: SpeakingTime, total_s: TotalTime) -> Script:
    """Times and dresses a draft.

    Args:
        draft: The words.
        brief: What was asked for.
        speaking_s: Seconds that the channel's voice takes for a text.
        total_s: Seconds of a narration of such scenes.

    Raises:
        PermanentError: The draft has no scenes, or one of them says nothing.
    """
    if len(draft.scenes) < 2 or not all(scene.sentences for scene in draft.scenes):
        raise PermanentError(
            f"{brief.video_id}: the script of {draft.authorship.writer} has "
            f"{len(draft.scenes)} scenes, or one of them says nothing",
            "run again, or choose another writer in the channel's writer.kind",
        )
    *told, closing = draft.scenes
    scenes = _told(told, brief, speaking_s)
    words = narration_of(closing)
    scenes.append(
        ScriptScene(
            number=len(scenes) + 1,
            kind="closing",
            estimated_s=round(speaking_s(words), 3),
            sentences=closing.sentences,
            headline=words,
            visual_description=closing.visual_description
            or "closing card with the channel's name and its call to action",
        )
    )
    cited = {sentence.document_id for scene in scenes for sentence in scene.sentences}
    sources = tuple(document for document in brief.documents if document.document_id in cited)
    narration = " ".join(scene.narration for scene in scenes)
    hashtags = make_hashtags(brief, draft.hashtags)
    seconds = [scene.estimated_s for scene in scenes]
    chapters = make_chapters(
        [scene.headline for scene in scenes],
        [total_s(seconds[:index]) if index else 0.0 for index in range(len(seconds))],
        total_s(seconds),
    )
    facts = [
        sentence.original or sentence.text
        for scene in scenes[:3]
        for sentence in scene.sentences
        if sentence.document_id is not None
    ]
    opening = [draft.summary] if draft.summary else facts
    return Script(
        title=make_title(draft.title or brief.topic_title),
        description=make_description(
            brief, opening, sources, hashtags, chapters, draft.authorship.model
        ),
        tags=make_tags(brief, draft.tags),
        hashtags=hashtags,
        scenes=tuple(scenes),
        sources=sources,
        estimated_s=round(total_s(seconds), 3),
        word_count=len(narration.split()),
        complexity=grade(narration, brief.language),
        authorship=draft.authorship,
        hook=scenes[0].narration,
        call_to_action=words,
        chapters=chapters,
    )


def narration_of(scene: DraftScene) -> str:
    """What a scene says."""
    return " ".join(sentence.text for sentence in scene.sentences)


def _told(told: Sequence[DraftScene], brief: Brief, speaking_s: SpeakingTime) -> list[ScriptScene]:
    """Every scene but the closing one, with its picture."""
    pictures = plan_pictures([Drawable.of(scene.sentences) for scene in told], brief)
    return [
        ScriptScene(
            number=number,
            kind="hook" if number == 1 else "fact",
            estimated_s=round(speaking_s(narration_of(scene)), 3),
            sentences=scene.sentences,
            headline=picture.headline,
            visual_description=scene.visual_description or picture.description,
            emphasis=picture.emphasis,
            figure=picture.figure,
            figures=picture.figures,
            series=picture.series,
            milestones=picture.milestones,
            points=picture.points,
            source_label=picture.source_label,
        )
        for number, (scene, picture) in enumerate(zip(told, pictures, strict=True), start=1)
    ]


def wanted_words(brief: Brief, speaking_s: SpeakingTime, total_s: TotalTime) -> int:
    """How many words of the channel's voice fill the wanted seconds beside the closing line.

    Measured on the beginning of the sources: voices and languages differ by a half.
    """
    sample = " ".join(document.text for document in brief.documents).split()[:_SAMPLE_WORDS]
    if not sample:
        return 0
    words_a_second = len(sample) / max(0.1, speaking_s(" ".join(sample)))
    closing_s = speaking_s(brief.call_to_action)
    frame_s = total_s([0.0] * _USUAL_SCENES + [closing_s])
    return max(_FEWEST_WORDS, round((brief.target_s - frame_s) * words_a_second))
