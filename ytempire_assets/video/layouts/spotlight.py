"""One word of the sentence as large as the frame takes, the sentence below it."""

from __future__ import annotations

from ytempire_assets.video.art import rect
from ytempire_assets.video.layouts.stage import Stage
from ytempire_assets.video.scene import Layer


def draw(stage: Stage) -> list[Layer]:
    """The key words huge in the accent colour, a rule, the headline at reading size."""
    content, look, brief = stage.content, stage.look, stage.brief
    width = content.width if not stage.fmt.is_landscape else int(content.width * 0.84)
    key = stage.set(
        key_words(brief.headline, brief.emphasis),
        stage.display,
        stage.sizes(268, 62),
        width,
        content.height * 0.5,
        max_lines=3,
    )
    sentence = stage.set(
        brief.headline,
        stage.body,
        stage.sizes(62 if stage.fmt.is_portrait else 53, 33),
        width * 0.94,
        content.height * 0.34,
        lit=brief.emphasis,
    )
    gap, rule = stage.px(56), stage.px(6)
    total = key.height + gap * 2 + sentence.height
    y = content.y + (content.height - total) * 0.5
    layers = stage.text_lines("key", key, content.x, y, look.accent, enter_s=0.1)
    y += key.height + gap
    layers += stage.layer(
        "rule",
        rect(content.x, y, content.width * 0.34, rule, stage.hairline, radius=rule / 2),
        enter_s=0.35,
        entrance="wipe",
        entrance_s=0.7,
    )
    layers += stage.text_lines(
        "sentence", sentence, content.x, y + gap, look.ink, lit=look.accent, enter_s=0.45
    )
    return layers


def key_words(headline: str, emphasis: tuple[str, ...]) -> str:
    """The shortest emphasised phrase of up to four words, else the headline's longest word."""
    phrases = [phrase for phrase in emphasis if phrase.strip() and len(phrase.split()) <= 4]
    if phrases:
        return _with_capital(min(phrases, key=len).strip(" ,.;:!?"))
    words = [word.strip(" ,.;:!?\"'()") for word in headline.split()]
    return _with_capital(max(words, key=len, default=""))


def _with_capital(words: str) -> str:
    """The first letter large, the others as they are: names and German nouns keep theirs."""
    return words[:1].upper() + words[1:]
