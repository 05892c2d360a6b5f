"""Commands about publishing: what they print, their exit codes, one clear line for every error."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from ytempire_assets.loopback import listen
from ytempire_assets.publishing.quota import Limits
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.sandbox.server import SandboxServer
from ytempire_assets.settings import Settings
from ytempire_assets_tests.publishing.studio import make_plan, make_video

VIDEO = "orbit-20261119-1"
TITLE = "How a tardigrade survives"


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "YTEMPIRE_HOME": str(settings.home),
        "YTEMPIRE_CHANNELS_DIR": str(settings.channels_dir),
        "COLUMNS": "200",
    }


@pytest.fixture
def ledger(settings: Settings) -> Ledger:
    return Ledger(settings.ledger_url)


@pytest.fixture
def waiting(ledger: Ledger, tmp_path: Path) -> str:
    file = make_video(tmp_path / "a.mp4")
    ledger.open_publication(make_plan(file, VIDEO, needs_approval=True, title=TITLE))
    return VIDEO


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ytempire_assets.cli", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def one_clear_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 1, done.stdout
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert "Next: " in done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_nothing_waits(environment: dict[str, str]) -> None:
    done = run(environment, "approve")
    assert (done.returncode, done.stdout) == (0, "Nothing waits for approval.\n")


def test_what_waits_is_listed_and_approved(
    environment: dict[str, str], ledger: Ledger, waiting: str
) -> None:
    listed = run(environment, "approve")
    assert listed.returncode == 0
    for words in (VIDEO, TITLE, "planned", "2026-11-19 17:00", "ytempire review serve"):
        assert words in listed.stdout
    done = run(environment, "approve", VIDEO, "--by", "Ada")
    assert done.returncode == 0
    assert f"{VIDEO} is approved." in done.stdout
    assert "ytempire publish --channel orbit" in done.stdout
    publication = ledger.publications(video_id=VIDEO)[0]
    assert (publication.state, publication.decided_by) == ("approved", "Ada")
    again = run(environment, "approve", VIDEO)
    one_clear_line(again, "does not wait for approval", "approved on sandbox")


def test_what_waits_is_rejected(environment: dict[str, str], ledger: Ledger, waiting: str) -> None:
    done = run(environment, "approve", VIDEO, "--reject")
    assert done.returncode == 0
    assert f"{VIDEO} is rejected: it will not be published." in done.stdout
    assert ledger.publications(video_id=VIDEO)[0].state == "rejected"
    assert run(environment, "approve").stdout == "Nothing waits for approval.\n"


def test_a_rejection_needs_a_video(environment: dict[str, str], waiting: str) -> None:
    one_clear_line(run(environment, "approve", "--reject"), "--reject needs a video")
    one_clear_line(run(environment, "approve", "nobody-20261119-1"), "does not wait for approval")


def test_a_title_is_no_command_for_the_terminal(
    environment: dict[str, str], ledger: Ledger, tmp_path: Path
) -> None:
    title = "\x1b]0;owned\x07\x1b[31m[red]Mars[/red]\u202e"
    file = make_video(tmp_path / "a.mp4")
    ledger.open_publication(make_plan(file, VIDEO, needs_approval=True, title=title))
    shown = run(environment, "approve").stdout
    assert "[red]Mars[/red]" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown


def test_publishing_what_is_left(environment: dict[str, str], ledger: Ledger, waiting: str) -> None:
    waits = run(environment, "publish")
    assert waits.returncode == 0
    assert "planned" in waits.stdout  # nothing can be done about it, and the list says why
    ledger.decide(VIDEO, yes=False, by="Ada")
    done = run(environment, "publish", "--channel", "orbit")
    assert (done.returncode, done.stdout) == (0, "Nothing is left to publish.\n")
    one_clear_line(run(environment, "publish", "--channel", "nobody"), "no channel 'nobody'")


def test_a_publication_whose_stages_are_gone_fails_with_words(
    environment: dict[str, str], ledger: Ledger, waiting: str
) -> None:
    ledger.decide(VIDEO, yes=True, by="Ada")
    done = run(environment, "publish")
    assert done.returncode == 1
    assert "failed: " in done.stderr
    assert "Next: " in done.stderr
    assert "Traceback" not in done.stderr
    assert "approved" in done.stdout


def test_the_allowance_as_a_table_and_as_json(
    environment: dict[str, str], ledger: Ledger, tmp_path: Path
) -> None:
    ledger.take("sandbox", Limits(), "orbit", VIDEO, "videos.insert")
    ledger.take("sandbox", Limits(), "orbit", VIDEO, "captions.insert")
    plan = make_plan(make_video(tmp_path / "a.mp4"), VIDEO, title=TITLE)
    held = ledger.lease(ledger.open_publication(plan), "test", 60)
    ledger.rest(held, "test", "waits for its turn", None)
    shown = run(environment, "quota")
    assert shown.returncode == 0
    for words in ("sandbox", "default", "orbit", "99 of 100", "9,600 of 10,000", "Pacific Time"):
        assert words in shown.stdout
    assert "waits for its turn" in shown.stdout
    document = json.loads(run(environment, "quota", "--json").stdout)
    assert document["limits"] == {
        "uploads": 100, "units": 10_000, "searches": 100, "stats": 10_000,
    }  # fmt: skip
    assert document["projects"]["sandbox"]["left"]["units"] == 9_600
    assert document["projects"]["default"]["left"]["units"] == 10_000
    assert {"channel": "orbit", "bucket": "units", "units": 400, "calls": 1} in (
        document["projects"]["sandbox"]["channels"]
    )
    assert document["waiting"] == {VIDEO: "waits for its turn"}
    smaller = run({**environment, "YTEMPIRE_QUOTA_UPLOADS": "5"}, "quota", "--json")
    assert json.loads(smaller.stdout)["projects"]["sandbox"]["left"]["uploads"] == 4


def test_connecting_a_channel_says_what_is_missing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    unset = run(environment, "channels", "connect", "orbit", "--no-browser")
    one_clear_line(unset, "YTEMPIRE_GOOGLE_CLIENT is not set", "Desktop app")
    one_clear_line(run(environment, "channels", "connect", "nobody"), "no channel 'nobody'")
    client = tmp_path / "client.json"
    with_client = {**environment, "YTEMPIRE_GOOGLE_CLIENT": str(client)}
    gone = run(with_client, "channels", "connect", "orbit")
    one_clear_line(gone, "client.json cannot be read")
    client.write_text(json.dumps({"installed": {}}))
    client.chmod(0o644)
    one_clear_line(run(with_client, "channels", "connect", "orbit"), "others can read", "chmod 600")
    client.chmod(0o600)
    one_clear_line(run(with_client, "channels", "connect", "orbit"), "installed.client_id")


@pytest.mark.parametrize("command", [("review", "serve"), ("sandbox", "serve")])
def test_a_port_that_is_taken(environment: dict[str, str], command: tuple[str, ...]) -> None:
    with listen(0) as listener:
        port = str(listener.getsockname()[1])
        done = run(environment, *command, "--port", port)
    one_clear_line(done, f"port {port} on 127.0.0.1 is taken", "--port")
    assert "is at http" not in done.stdout


def test_a_port_that_is_none(environment: dict[str, str]) -> None:
    assert run(environment, "review", "serve", "--port", "70000").returncode == 2
    one_clear_line(run(environment, "sandbox", "serve", "--port", "70000"), "port 70000")
    done = run({**environment, "YTEMPIRE_REVIEW_PORT": "many"}, "review", "serve")
    one_clear_line(done, "YTEMPIRE_REVIEW_PORT")


def test_the_desk_is_served_until_it_is_stopped(environment: dict[str, str], waiting: str) -> None:
    with listen(0) as listener:
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "ytempire_assets.cli", "review", "serve", "--port", str(port)],
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said == f"The review desk is at http://127.0.0.1:{port}/ (Ctrl-C ends it).\n"
        page = requests.get(f"http://127.0.0.1:{port}/", timeout=20)
        assert (page.status_code, TITLE in page.text) == (200, True)
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


def connected(settings: Settings, channel: str, channel_id: str) -> None:
    from ytempire_assets.publishing.credentials import ChannelCredentials, TokenFolder

    tokens = TokenFolder(settings.tokens_dir)
    secret = {
        "client_id": "id", "client_secret": "TOPSECRET", "refresh_token": "TOPSECRET",
        "token_uri": "https://oauth2.googleapis.com/token",
    }  # fmt: skip
    credentials = ChannelCredentials("authorized_user", channel_id, "Orbit", tokens.scopes, secret)
    tokens.save(channel, credentials)


def test_doctor_looks_at_the_consent_of_youtube_channels(
    environment: dict[str, str], settings: Settings
) -> None:
    environment = {**environment, "COLUMNS": "400"}
    assert "no channel publishes there" in run(environment, "doctor").stdout
    path = settings.channels_dir / "orbit.yaml"
    text = path.read_text(encoding="utf-8")
    channel_id = "UC" + "o" * 22
    path.write_text(
        text.replace("platform: sandbox", f"platform: youtube\n  channel_id: {channel_id}")
    )
    missing = run(environment, "doctor")
    assert missing.returncode == 1
    assert "channel 'orbit' is not connected" in missing.stdout
    assert "run: ytempire channels connect orbit" in missing.stdout
    connected(settings, "orbit", channel_id)
    there = run(environment, "doctor")
    assert there.returncode == 0
    assert f"orbit is connected to 'Orbit' ({channel_id})" in there.stdout
    assert "TOPSECRET" not in there.stdout
    connected(settings, "orbit", "UC" + "x" * 22)
    assert "but connected to UCxxx" in run(environment, "doctor").stdout
    (settings.tokens_dir / "orbit.json").chmod(0o644)
    unreadable = run(environment, "doctor")
    assert unreadable.returncode == 1
    assert "chmod 600" in unreadable.stdout


def test_doctor_looks_at_the_ports_of_the_local_pages(
    environment: dict[str, str], settings: Settings
) -> None:
    with listen(0) as one, listen(0) as two:
        taken, free = one.getsockname()[1], two.getsockname()[1]
    environment = {
        **environment,
        "COLUMNS": "300",
        "YTEMPIRE_SANDBOX_PORT": str(taken),
        "YTEMPIRE_REVIEW_PORT": str(free),
    }
    assert f"review at http://127.0.0.1:{free}/ (free)" in run(environment, "doctor").stdout
    with SandboxServer(settings.sandbox_dir, port=taken):
        assert f"127.0.0.1:{taken}/ (running)" in run(environment, "doctor").stdout
    with listen(free):
        shown = run(environment, "doctor")
    assert shown.returncode == 0  # nothing that a run needs
    assert "taken by another program" in shown.stdout
    assert "give YTEMPIRE_REVIEW_PORT another one" in shown.stdout
    same = run({**environment, "YTEMPIRE_REVIEW_PORT": str(taken)}, "doctor")
    assert same.returncode == 1
    assert f"have the same port {taken}" in same.stdout
