"""The tables of the lake: every column with its unit and meaning.

Belongs here: one ``Table`` a stage. How rows become a frame is ``table_schema.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from ytempire_assets.discovery_schema import RESEARCH, TREND_SIGNALS, TRENDS, VIRAL_MODEL
from ytempire_assets.money_schema import COSTS, REVENUE, STATEMENT
from ytempire_assets.table_parts import GATE, OUTCOME, PICTURE, SCENE, SOURCE, THUMBNAIL
from ytempire_assets.table_schema import ListOf, Struct, Table, columns

IDEAS = Table(
    "ideas",
    "one candidate video, ranked, accepted or rejected and why",
    columns(
        ("video_id", "text", "<channel>-<yyyymmdd>-<n>; null when rejected"),
        ("topic_id", "text", "Topic"),
        ("title", "text", "Working title"),
        ("niche", "text", "Niche"),
        ("kind", "text", "trending, scheduled or evergreen"),
        ("priority", "int", "1 (last) to 10 (first)"),
        ("score", "float", "0-100: expected value: viral score x learned weight x fit x novelty"),
        ("pattern_weight", "float", "Weight learned for this niche; 1 is neutral"),
        ("novelty", "float", "0.5 (like something made before) to 1 (new)"),
        ("niche_fit", "float", "How well the topic fits the niche, 0-1"),
        ("rank", "int", "Place in the queue, 1 first"),
        ("accepted", "bool", "Will be made"),
        ("reason", "text", "Why accepted or rejected"),
        ("trend_fingerprint", "text", "The trend it rests on"),
        ("fingerprint", "text", "Hash of the trend and the decision's inputs"),
    ),
)

SCRIPTS = Table(
    "scripts",
    "one video's words",
    (
        *columns(
            ("video_id", "text", "Video"),
            ("topic_id", "text", "Topic"),
            ("title", "text", "Title, at most 100 characters"),
            ("description", "text", "Description with sources and disclosure, at most 5,000 bytes"),
            ("tags", ListOf("text"), "At most 500 characters in all"),
            ("hashtags", ListOf("text"), "With the sign"),
            ("style", "text", "educational, entertainment, news or tutorial"),
            ("language", "text", "BCP 47"),
            ("target_s", "float", "Wanted seconds when spoken"),
            ("estimated_s", "float", "Seconds when spoken, as the voice estimates"),
            ("word_count", "int", "Spoken words"),
            ("complexity", "float", "School grade that the narration asks for"),
            ("hook", "text", "What is said first"),
            ("call_to_action", "text", "What is said last"),
            (
                "chapters",
                ListOf(
                    Struct(
                        columns(
                            ("start_s", "float", "Start in the narration"),
                            ("title", "text", "Name"),
                        )
                    )
                ),
                "Parts of a long video; empty for a short one",
            ),
            ("scenes", ListOf(SCENE), "Scenes in order"),
            ("sources", ListOf(SOURCE), "Documents that the narration cites"),
            ("writer", "text", "Which writer"),
            ("model", "text", "Language model, as its service names it; empty without one"),
            ("prompt_version", "text", "Version of the prompt; empty without one"),
            ("tokens_in", "int", "Tokens that the model read for it, all attempts together"),
            ("tokens_out", "int", "Tokens that the model wrote for it"),
            ("answers_reused", "int", "Answers that were taken from the cache and cost nothing"),
            ("writing_usd", "float", "What the model's service charged"),
            ("rewritten", "bool", "The first attempt failed a gate"),
            ("gates", ListOf(GATE), "What the script was examined for; all passed"),
        ),
        *OUTCOME,
    ),
)

VOICEOVERS = Table(
    "voiceovers",
    "one narration",
    (
        *columns(
            ("video_id", "text", "Video"),
            ("engine", "text", "Which synthesiser"),
            ("voice", "text", "Which voice"),
            ("audio", "text", "Blob: WAV, 48 kHz, mono, 16 bit"),
            ("duration_s", "float", "Length of the audio"),
            ("sample_rate_hz", "int", "Sample rate"),
            ("loudness_lufs", "float", "Integrated loudness, EBU R 128"),
            ("true_peak_dbtp", "float", "Highest true peak"),
            (
                "words",
                ListOf(
                    Struct(
                        columns(
                            ("text", "text", "Word as written, with its punctuation"),
                            ("start_s", "float", "Start in the audio"),
                            ("end_s", "float", "End in the audio"),
                            ("scene", "int", "Scene number"),
                        )
                    )
                ),
                "When each word is spoken",
            ),
            (
                "scenes",
                ListOf(
                    Struct(
                        columns(
                            ("number", "int", "Scene number"),
                            ("start_s", "float", "Start in the audio"),
                            ("end_s", "float", "End in the audio"),
                        )
                    )
                ),
                "When each scene is spoken",
            ),
            ("waveform", "text", "Blob: PNG of the waveform"),
        ),
        *OUTCOME,
    ),
)

VISUALS = Table(
    "visuals",
    "the pictures of one video in one format, scene by scene",
    (
        *columns(
            ("video_id", "text", "Video"),
            ("format", "text", "Format they are drawn for"),
            ("origin", "text", "card (drawn by this project), photo or generated, joined by +"),
            ("licence", "text", "Licences of the pictures"),
            ("attributions", ListOf("text"), "Lines to show for pictures of others"),
            (
                "scenes",
                ListOf(
                    Struct(
                        columns(
                            ("number", "int", "Scene number"),
                            ("layout", "text", "Layout of the card"),
                            ("description", "text", "What is shown"),
                            ("picture", PICTURE, "Picture from outside; null for a card"),
                            (
                                "layers",
                                ListOf(
                                    Struct(
                                        columns(
                                            ("name", "text", "What the layer is"),
                                            ("media", "text", "png or mov"),
                                            ("blob", "text", "Blob of the layer"),
                                            ("x", "int", "Left edge at rest, pixels"),
                                            ("y", "int", "Top edge at rest, pixels"),
                                            ("width", "int", "Pixels"),
                                            ("height", "int", "Pixels"),
                                            ("enter_s", "float", "Enters at, from scene start"),
                                            ("entrance", "text", "How it enters"),
                                            ("entrance_s", "float", "How long that takes"),
                                            ("motion", "text", "How it moves afterwards"),
                                            ("path", ListOf("float"), "Numbers of the motion"),
                                        )
                                    )
                                ),
                                "Back to front",
                            ),
                        )
                    )
                ),
                "Scenes in order",
            ),
        ),
        *OUTCOME,
    ),
)

RENDERS = Table(
    "renders",
    "one finished file: video x format",
    (
        *columns(
            ("video_id", "text", "Video"),
            ("format", "text", "Format"),
            ("video", "text", "Blob: MP4, H.264 and AAC"),
            ("path", "text", "The same file under a name for people, relative to the home folder"),
            ("timeline", "text", "Blob: JSON, what happens when, the same for every format"),
            ("captions_srt", "text", "Blob: SRT"),
            ("captions_vtt", "text", "Blob: WebVTT"),
            ("thumbnail", "text", "Blob: JPEG, the one to publish"),
            ("thumbnails", ListOf(THUMBNAIL), "All variants, the one to publish first"),
            ("strip", "text", "Blob: JPEG of frames across the video"),
            ("attributions", ListOf("text"), "Lines to show for pictures of others"),
            ("gates", ListOf(GATE), "What the finished file was examined for; all passed"),
            ("width", "int", "Pixels"),
            ("height", "int", "Pixels"),
            ("fps", "float", "Frames per second"),
            ("frames", "int", "Frames in the file"),
            ("duration_s", "float", "Length of the video stream"),
            ("size_bytes", "int", "Size of the file"),
            ("video_codec", "text", "Codec"),
            ("audio_codec", "text", "Codec"),
            ("encoder", "text", "Encoder that was used, with its settings"),
            ("peak_rss_mb", "float", "Most memory that the render's process held"),
            ("loudness_lufs", "float", "Integrated loudness of the finished file"),
            ("true_peak_dbtp", "float", "Highest true peak of the finished file"),
        ),
        *OUTCOME,
    ),
)

DELIVERY = Table(
    "delivery",
    "one stream for players: video x format",
    (
        *columns(
            ("video_id", "text", "Video"),
            ("format", "text", "Format"),
            ("playlist", "text", "Master playlist, relative to the home folder"),
            (
                "files",
                ListOf(
                    Struct(
                        columns(
                            ("name", "text", "Path below the stream's folder"),
                            ("blob", "text", "Blob of the file"),
                        )
                    )
                ),
                "Every file of the stream",
            ),
            (
                "renditions",
                ListOf(
                    Struct(
                        columns(
                            ("name", "text", "Folder of the rendition, after its short side"),
                            ("width", "int", "Pixels"),
                            ("height", "int", "Pixels"),
                            ("bandwidth", "int", "Bits per second at the busiest, with audio"),
                            ("average_bandwidth", "int", "Bits per second overall, with audio"),
                            ("codecs", "text", "Video and audio codec, RFC 6381"),
                        )
                    )
                ),
                "Smallest first",
            ),
            ("duration_s", "float", "Length of the video"),
            ("size_bytes", "int", "Size of all files together"),
        ),
        *OUTCOME,
    ),
)

PACKAGES = Table(
    "packages",
    "one folder to post by hand: video x platform",
    (
        *columns(
            ("video_id", "text", "Video"),
            ("target", "text", "Platform: tiktok, instagram_reels or facebook_reels"),
            ("format", "text", "Format of the file that was taken"),
            ("folder", "text", "Folder with everything, relative to the home folder"),
            ("files", ListOf("text"), "Names of its files"),
            ("size_bytes", "int", "Size of all files together"),
            ("post_at", "time", "When it does best"),
            (
                "problems",
                ListOf("text"),
                "Why the platform would refuse it; empty if not",
            ),
            ("notes", ListOf("text"), "What the person who posts it should mind"),
        ),
        *OUTCOME,
    ),
)

UPLOADS = Table(
    "uploads",
    "one publication: video x platform",
    (
        *columns(
            ("video_id", "text", "Video"),
            ("platform", "text", "Where"),
            ("remote_id", "text", "Id that the platform gave"),
            ("address", "text", "Where people watch it"),
            ("state", "text", "planned, approved, session, ... verified, or rejected"),
            ("captions", "text", "none, pending, trying, done or skipped"),
            ("next_try_at", "time", "It rests until then; null when it does not"),
            ("publish_at", "time", "When it becomes public"),
            ("sent_bytes", "int", "Bytes sent in this run"),
            ("simulated", "bool", "True on the sandbox: nobody sees it"),
            ("video", "text", "Blob that was published"),
            ("note", "text", "What a person should know about it; null when nothing is special"),
        ),
        *OUTCOME,
    ),
)

ANALYTICS = Table(
    "analytics",
    "one video's numbers as known at the end of the day",
    columns(
        ("video_id", "text", "Video"),
        ("platform", "text", "Where"),
        ("remote_id", "text", "Id that the platform gave"),
        ("topic_id", "text", "Topic"),
        ("niche", "text", "Niche"),
        ("day", "date", "Numbers count up to the end of this day"),
        ("views", "int", "Views since publication"),
        ("watch_time_s", "float", "Seconds watched since publication"),
        ("average_view_s", "float", "Seconds watched per view"),
        ("average_view_percent", "float", "Share of the video watched per view, 0-100"),
        ("likes", "int", "Likes"),
        ("comments", "int", "Comments"),
        ("shares", "int", "Shares"),
        ("impressions", "int", "Thumbnails shown"),
        ("click_through_rate", "float", "Views per impression, 0-1"),
        ("origin", "text", "simulated (sandbox audience) or platform"),
        ("upload_fingerprint", "text", "The upload these numbers belong to"),
        ("revenue_usd", "money", "Advertising since publication; null where nobody says it"),
    ),
)

PATTERNS = Table(
    "patterns",
    "one content pattern: weight and evidence",
    columns(
        ("pattern", "text", "kind:value, for example niche:space"),
        ("weight", "float", "What the next day's ideas are multiplied by; 1 is neutral"),
        ("videos", "int", "Videos behind the weight"),
        ("mean_views", "float", "Mean views of those videos"),
        ("channel_mean_views", "float", "Mean views of all the channel's videos"),
        ("evidence", "text", "The weight in words"),
        ("state", "text", "winner, loser, weighed, archived or not enough yet"),
        ("chance_above", "float", "Chance that it is better than others of its kind, 0-1"),
        ("origin", "text", "simulated, platform or none"),
    ),
)

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        TREND_SIGNALS,
        VIRAL_MODEL,
        TRENDS,
        RESEARCH,
        IDEAS,
        SCRIPTS,
        VOICEOVERS,
        VISUALS,
        RENDERS,
        DELIVERY,
        PACKAGES,
        UPLOADS,
        ANALYTICS,
        PATTERNS,
        REVENUE,
        COSTS,
        STATEMENT,
    )
}
