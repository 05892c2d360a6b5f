"""Ledgers of earlier and later versions, damaged ones, locked ones, ones that cannot be reached."""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from ytempire_assets.errors import StorageError, TransientError, YtempireError
from ytempire_assets.publishing.objections import check_approval
from ytempire_assets.publishing.publication import BY_RULES, STATES
from ytempire_assets.resources.ledger import Ledger, database
from ytempire_assets.resources.ledger.database import LedgerGoneError
from ytempire_assets_tests.resources.ledger_parts import NOON, Clock, a_plan, put

PASSWORD = "planted-password"

# As the first version of the tables knew them: state, when it was approved, its video.
OLD_ROWS = {
    "needs-nobody": ("planned", None, None),
    "was-approved": ("planned", NOON - timedelta(hours=2), None),
    "waits": ("awaiting_approval", None, None),
    "begun": ("session", None, None),
    "sent": ("uploaded", None, "abc"),
    "out": ("published", NOON - timedelta(hours=5), "def"),
}


def migrate(url: str, move: Callable[[Config], None]) -> None:
    """Moves a ledger between versions of its tables, as ``Ledger`` does it."""
    config = Config()
    config.set_main_option(
        "script_location", str(Path(database.__file__).parent / "migrations").replace("%", "%%")
    )
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        move(config)
    engine.dispose()


def states(url: str) -> dict[str, str]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT video_id, state FROM publications"))
        found = {str(video): str(state) for video, state in rows}
    engine.dispose()
    return found


def old_ledger(url: str) -> None:
    migrate(url, lambda config: command.upgrade(config, "0001"))
    engine = sa.create_engine(url)
    table = sa.Table("publications", sa.MetaData(), autoload_with=engine)
    with engine.begin() as connection:
        for video, (state, approved_at, remote_id) in OLD_ROWS.items():
            plan = a_plan(video)
            connection.execute(
                sa.insert(table).values(
                    video_id=video, platform="sandbox", channel="orbit", topic_id=plan.topic_id,
                    day=plan.day, content=plan.content, size_bytes=10, publish_at=NOON,
                    needs_approval=video == "was-approved", state=state, remote_id=remote_id,
                    session_url="http://s" if state == "session" else None,
                    approved_at=approved_at, version=3, created_at=NOON - timedelta(days=1),
                    updated_at=NOON,
                )
            )  # fmt: skip
    engine.dispose()


def test_a_ledger_of_the_first_version_goes_on(ledger_url: str) -> None:
    old_ledger(ledger_url)
    ledger = Ledger(ledger_url, Clock())
    found = {one.plan.video_id: one for one in ledger.publications()}
    assert {video: one.state for video, one in found.items()} == {
        "needs-nobody": "approved",
        "was-approved": "approved",
        "waits": "planned",
        "begun": "session",
        "sent": "uploaded",
        "out": "verified",
    }
    assert found["begun"].session_url == "http://s"
    assert found["sent"].remote_id == "abc"
    assert (found["out"].thumbnail, found["out"].captions, found["out"].playlist) == (
        "done", "done", "none"
    )  # fmt: skip
    assert (found["sent"].captions, found["sent"].plan.priority) == ("pending", 5)
    # Everything that asks about them works on with the old rows.
    unfinished = {one.plan.video_id for one in ledger.unfinished()}
    assert unfinished == {"needs-nobody", "was-approved", "begun", "sent"}
    waiting = {one.video_id: one.since for one in ledger.waiting("sandbox", NOON)}
    assert waiting == {
        "needs-nobody": NOON - timedelta(days=1),
        "was-approved": NOON - timedelta(hours=2),
    }
    assert found["needs-nobody"].decided_by == BY_RULES
    check_approval(found["was-approved"], asked=True)
    (decided,) = ledger.decide("waits", yes=True, by="Ada")
    assert decided.state == "approved"
    assert ledger.advance(found["begun"], "uploaded", remote_id="ghi").version == 4
    ledger.close()


def test_a_ledger_goes_back_to_the_first_version(ledger_url: str) -> None:
    ledger = Ledger(ledger_url, Clock())
    for state in (*STATES, "rejected"):
        put(ledger, a_plan(state), state)
    ledger.close()
    migrate(ledger_url, lambda config: command.downgrade(config, "0001"))
    assert states(ledger_url) == {
        "planned": "awaiting_approval",
        "rejected": "awaiting_approval",
        "approved": "planned",
        "session": "session",
        "uploading": "session",
        "uploaded": "uploaded",
        "decorated": "published",
        "scheduled": "published",
        "public": "published",
        "verified": "published",
    }
    # And forth again: whoever tried the older version loses no publication.
    again = {one.plan.video_id: one.state for one in Ledger(ledger_url, Clock()).publications()}
    assert again["approved"] == "approved"
    assert again["uploading"] == "session"
    assert again["verified"] == "verified"
    assert len(again) == len(STATES) + 1


def test_old_states_survive_the_way_there_and_back(ledger_url: str) -> None:
    old_ledger(ledger_url)
    before = states(ledger_url)
    migrate(ledger_url, lambda config: command.upgrade(config, "head"))
    assert states(ledger_url) != before
    migrate(ledger_url, lambda config: command.downgrade(config, "0001"))
    assert states(ledger_url) == before
    migrate(ledger_url, lambda config: command.downgrade(config, "base"))
    assert Ledger(ledger_url, Clock()).publications() == []


def said(ledger: Ledger) -> YtempireError:
    """What opening a ledger says; one line, and without its password, nor anywhere below."""
    with pytest.raises(YtempireError) as caught:
        ledger.publications()
    text = "".join(traceback.format_exception(caught.value))
    assert PASSWORD not in text
    assert "\n" not in str(caught.value)
    assert caught.value.next_step
    return caught.value


def test_a_ledger_of_a_later_version_is_left_alone(ledger_url: str) -> None:
    Ledger(ledger_url).publications()
    engine = sa.create_engine(ledger_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE ledger_version SET version_num = '9999'"))
    error = said(Ledger(ledger_url))
    assert isinstance(error, StorageError)
    assert error.problem == (
        f"the ledger {Ledger(ledger_url).name} was written by a newer version (revision 9999)"
    )
    assert "install the newest ytempire-assets" in error.next_step
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM ledger_version")).scalar()
    engine.dispose()


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: (b"this is no database at all" + data)[: len(data)],
        lambda data: data[:100] + b"\xff" * (len(data) - 100),
        lambda data: data[:5_000],
        lambda data: b"\0" * 100 + data[100:],
    ],
    ids=["no database", "pages overwritten", "cut off", "header overwritten"],
)
def test_a_damaged_ledger_is_named(tmp_path: Path, harm: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "ledger.db"
    good = Ledger(f"sqlite:///{path}")
    good.open_publication(a_plan())
    good.close()
    path.write_bytes(harm(path.read_bytes()))
    error = said(Ledger(f"sqlite:///{path}"))
    assert isinstance(error, StorageError)
    assert error.problem.startswith(f"the ledger sqlite:///{path} is damaged (")
    assert error.next_step.startswith("put a backup of it in its place")


@pytest.mark.parametrize("opened", [False, True], ids=["first use", "in use"])
def test_a_locked_ledger_is_waited_for_only_so_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: bool
) -> None:
    monkeypatch.setattr(database, "_BUSY_S", 0.05)
    path = tmp_path / "ledger.db"
    Ledger(f"sqlite:///{path}").publications()
    ledger = Ledger(f"sqlite:///{path}")
    if opened:
        ledger.publications()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    error = said(ledger)
    assert isinstance(error, TransientError)
    assert error.problem == (
        f"the ledger sqlite:///{path} was locked for 0.05 s (database is locked)"
    )
    other.execute("ROLLBACK")
    other.close()
    assert ledger.publications() == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert str(tmp_path) in str(said(Ledger(f"sqlite:///{tmp_path / 'file' / 'ledger.db'}")))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"postgresql+psycopg2://u:{PASSWORD}@127.0.0.1:1/db", "u:***@127.0.0.1:1/db cannot be"),
        (f"postgresql+psycopg2://u:{PASSWORD}@127.0.0.1:{PASSWORD}/db", "is not one of"),
        (f"postgresql+psycopg://u:{PASSWORD}@127.0.0.1/db", "there is no driver for the ledger"),
        (f"nosuch://u:{PASSWORD}@127.0.0.1/db", "there is no driver for the ledger nosuch://u:***"),
        (f"postgresql {PASSWORD}", "the ledger's address is not one of SQLAlchemy"),
    ],
)
def test_an_address_that_leads_nowhere_is_named_without_its_password(url: str, words: str) -> None:
    error = said(Ledger(url))
    # A server that is away may come back; the other addresses never lead anywhere.
    assert isinstance(error, LedgerGoneError if ":1/db" in url else StorageError)
    assert words in error.problem


def test_the_name_of_a_ledger_hides_its_password(postgres_url: str) -> None:
    url = sa.make_url(postgres_url).set(password=PASSWORD).render_as_string(hide_password=False)
    ledger = Ledger(url)
    assert ledger.publications() == []
    assert PASSWORD not in ledger.name
    assert "***" in ledger.name
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE publications"))
    engine.dispose()
    assert "*** " in said(ledger).problem.replace("@", " ")
    ledger.close()


def test_a_server_that_was_restarted_is_used_on(postgres_url: str) -> None:
    ledger = Ledger(postgres_url)
    ledger.open_publication(a_plan())
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        ended = connection.execute(
            sa.text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).scalar()
    engine.dispose()
    assert ended
    assert len(ledger.publications()) == 1
    ledger.close()


def test_without_a_clock_of_ones_own_the_server_says_the_time(ledger_url: str) -> None:
    ledger = Ledger(ledger_url)
    first, second = ledger.now(), ledger.now()
    assert first <= second
    assert first.utcoffset() == timedelta(0)
    ledger.close()
