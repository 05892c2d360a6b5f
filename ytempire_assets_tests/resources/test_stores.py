"""Stores never hold half a file, and say what to do when they cannot be written."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ytempire_assets.errors import InvalidInputError, StorageError, TransientError
from ytempire_assets.publishing.publication import PublicationPlan
from ytempire_assets.resources.atomic import storage_error, write_atomically
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.lake import preview
from ytempire_assets.resources.lake_tables import LakeTables, read_parquet
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.settings import Settings
from ytempire_assets.table_schema import empty, frame
from ytempire_assets.tables import IDEAS, TABLES


def test_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def write(part: Path) -> None:
        part.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(target, write)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    def write(part: Path) -> None:
        part.write_bytes(b"x" * 10)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageError, match=r"the disk is full\. Next: free some space"):
        write_atomically(tmp_path / "a.bin", write)
    assert list(tmp_path.iterdir()) == []


def test_a_really_full_disk_is_said() -> None:
    full = Path("/dev/full")
    with pytest.raises(OSError, match="No space") as caught, full.open("wb", buffering=0) as file:
        file.write(b"x")
    assert "the disk is full" in str(storage_error(full, caught.value))


def test_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("not a folder")
    with pytest.raises(StorageError, match=r"a file stands where|YTEMPIRE_HOME"):
        BlobStore(tmp_path / "blobs").put(b"x", "txt")


def test_same_bytes_are_one_blob(tmp_path: Path, stored: Settings) -> None:
    blobs = BlobStore.of(stored)
    name = blobs.put(b"content", ".txt")
    assert blobs.put(b"content", "txt") == name
    source = tmp_path / "file.txt"
    source.write_bytes(b"content")
    assert blobs.put_file(source) == name
    assert blobs.path(name).read_bytes() == b"content"
    assert blobs.has(name)


def test_missing_blob_says_how_to_get_it_back(stored: Settings) -> None:
    assert not BlobStore.of(stored).has("ab.mp4")
    with pytest.raises(StorageError, match="materialise the stage that made it again"):
        BlobStore.of(stored).path("ab.mp4")


@pytest.mark.parametrize("name", ["../secret", "a/b", ".hidden", "a\\b"])
def test_names_cannot_leave_the_store(stored: Settings, name: str) -> None:
    with pytest.raises(StorageError, match="not a blob's name"):
        BlobStore.of(stored).path(name)


def test_damaged_table_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "ideas" / "orbit" / "2026-11-19.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1 not really")
    with pytest.raises(StorageError, match=r"2026-11-19\.parquet: not a readable table"):
        read_parquet(path)
    assert LakeTables(tmp_path).read("ideas", "orbit|2026-11-18") is None


def test_every_table_has_a_frame_and_units_in_words() -> None:
    for table in TABLES.values():
        assert empty(table).columns == [column.name for column in table.columns]
        assert table.row_is


def test_unknown_column_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="no column colour"):
        frame(IDEAS, [{"colour": "red"}])


def test_preview_shows_hostile_text_as_text() -> None:
    title = "a|b <script> [x](javascript:alert(1)) `c` *d*\n| e"
    text = preview(frame(IDEAS, [{"title": title, "accepted": True}]))
    row = text.splitlines()[2]
    assert row.count("|") - row.count("\\|") == len(text.splitlines()[0].split("|")) - 1
    assert "<script>" not in row.replace("\\<", "")
    assert "[x]" not in row
    assert "\n" not in row


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(f"sqlite:///{tmp_path / 'with space' / 'ledger.db'}")


def plan(content: str = "aa.mp4", approval: bool = False, video: str = "1") -> PublicationPlan:
    return PublicationPlan(
        video_id=f"orbit-20261119-{video}",
        platform="sandbox",
        channel="orbit",
        topic_id="gps",
        day=date(2026, 11, 19),
        content=content,
        size_bytes=10,
        publish_at=datetime(2026, 11, 19, 17, tzinfo=UTC),
        needs_approval=approval,
    )


def test_publication_is_kept_across_ledgers(ledger: Ledger) -> None:
    first = ledger.open_publication(plan())
    ledger.advance(first, "session", session_url="http://s")
    again = Ledger(ledger.url).open_publication(plan("bb.mp4"))
    assert again.state == "session"
    assert again.session_url == "http://s"
    assert again.plan.content == "aa.mp4"  # begun: it keeps the file it began with
    assert again.plan.publish_at == datetime(2026, 11, 19, 17, tzinfo=UTC)


def test_planned_publication_takes_the_new_file(ledger: Ledger) -> None:
    ledger.open_publication(plan("aa.mp4"))
    assert ledger.open_publication(plan("bb.mp4")).plan.content == "bb.mp4"


def test_two_runs_cannot_both_advance(ledger: Ledger) -> None:
    publication = ledger.open_publication(plan())
    ledger.advance(publication, "session", session_url="http://one")
    with pytest.raises(TransientError, match="changed by another run"):
        ledger.advance(publication, "session", session_url="http://two")
    assert ledger.publications()[0].session_url == "http://one"


def test_approval_frees_exactly_what_was_approved(ledger: Ledger) -> None:
    assert ledger.open_publication(plan(approval=True)).state == "planned"
    (approved,) = ledger.decide("orbit-20261119-1", yes=True, by="Ada")
    assert approved.decided_by == "Ada"
    assert ledger.open_publication(plan(approval=True)).state == "approved"
    changed = ledger.open_publication(plan("other.mp4", approval=True))
    assert changed.state == "planned"  # another file needs another yes
    with pytest.raises(InvalidInputError, match="does not wait for approval"):
        ledger.decide("orbit-20261119-9", yes=True, by="Ada")


def test_migrations_give_the_schema_that_the_code_uses(ledger: Ledger) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    from ytempire_assets.resources.ledger.schema import metadata

    ledger.publications()
    with create_engine(ledger.url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "ledger_version"})
        assert compare_metadata(context, metadata) == []


def test_ledger_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_text("this is not a database, but it is long enough to be read as a header" * 20)
    with pytest.raises(StorageError, match=r"ledger\.db"):
        Ledger(f"sqlite:///{path}").publications()


def test_parallel_first_use_migrates_once(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    open_one: Callable[[int], object] = lambda n: Ledger(url).open_publication(  # noqa: E731
        plan(video=str(n))
    )
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(open_one, range(8)))
    assert len(Ledger(url).publications()) == 8
