"""The table of publications in the UI: whole reasons, nothing from outside read as markup."""

from __future__ import annotations

from ytempire_assets.assets.uploads import _overview


def test_reasons_are_whole_and_harmless() -> None:
    reason = "waits for its turn: " + "37 videos are before it and " * 8
    rows: list[dict[str, str | None]] = [
        {"video_id": "orbit-20261119-1", "state": "approved", "note": reason},
        {
            "video_id": "orbit-20261119-2",
            "state": None,
            "note": None,
            "error": "title <script>alert(1)</script> | [x](javascript:y)\nnext",
        },
    ]
    head, _rule, first, second = _overview(rows).splitlines()
    assert "it and 37 videos" in first
    assert "…" not in first
    assert second.count("|") - second.count("\\|") == head.count("|")
    assert "\\<script\\>" in second
    assert "\\[x\\](" in second
