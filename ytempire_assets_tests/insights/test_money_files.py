"""People's files of money: what can be read is counted once, what cannot is named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ytempire_assets.insights.books import Books, read_books
from ytempire_assets.insights.exchange import read_rates

FIRST = date(2026, 9, 1)
MAPPING = """\
columns: {id: Order, day: Date, amount: Commission, currency: Cur, status: State, video: SubID}
count: [approved, Paid]
negative: reversed
"""
HEADER = "Order,Date,Commission,Cur,State,SubID\n"
SIMPLE = "columns: {day: Date, amount: Amount, label: Link}\ncurrency: USD\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "affiliate").mkdir()
    return tmp_path


def put(folder: Path, name: str, text: str, encoding: str = "utf-8") -> None:
    (folder / "affiliate" / name).write_bytes(text.encode(encoding))


def read(folder: Path) -> Books:
    return read_books(folder, FIRST)


def problems(books: Books) -> list[str]:
    return [str(problem) for problem in books.problems]


def one_problem(books: Books, *words: str) -> None:
    [problem] = problems(books)
    for word in words:
        assert word in problem, problem


def test_nothing_there_is_nothing_earned(tmp_path: Path) -> None:
    books = read(tmp_path / "none")
    assert (books.entries, books.problems) == ((), ())


def test_an_export_by_its_mapping(folder: Path) -> None:
    put(folder, "shopnet.yaml", MAPPING)
    put(
        folder,
        "shopnet-2026-11.csv",
        HEADER
        + "1,2026-11-19,12.50,EUR,approved,yt_orbit_20261119_2\n"
        + "2,2026-11-19T23:30:00-05:00,3.00,usd,PAID,orbit\n"
        + "3,2026-11-19,4.00,USD,reversed,\n"
        + "4,2026-11-19,-1.25,USD,paid,\n"
        + "5,2026-11-19,9.00,USD,pending,\n"
        + "6,2026-08-31,9.00,USD,paid,\n\n",
    )
    books = read(folder)
    assert problems(books) == []
    found = [(one.day.day, one.amount, one.currency, one.channel) for one in books.entries]
    assert found == [
        (19, Decimal("12.5"), "EUR", ""),
        (20, Decimal(3), "USD", "orbit"),
        (19, Decimal(-4), "USD", ""),
        (19, Decimal("-1.25"), "USD", ""),
    ]
    assert books.entries[0].videos == (("yt-orbit-20261119-2", Decimal(1)),)
    assert books.entries[0].source == "shopnet-2026-11.csv, line 2"
    assert dict(books.left_out) == {"status 'pending'": 1, "before 2026-09-01, the first day": 1}


def test_the_same_export_twice_counts_once_and_a_later_one_replaces(folder: Path) -> None:
    put(folder, "shopnet.yaml", MAPPING)
    old = "1,2026-11-19,5.00,USD,pending,\n2,2026-11-19,7.00,USD,approved,\n"
    put(folder, "shopnet-a.csv", HEADER + old)
    put(folder, "shopnet-b.csv", HEADER + old)
    put(
        folder,
        "shopnet-c.csv",
        HEADER + "1,2026-11-19,5.00,USD,approved,\n2,2026-11-19,7.00,USD,pending,\n",
    )
    books = read(folder)
    assert [(one.entry_id, one.amount) for one in books.entries] == [("shopnet:1", Decimal(5))]
    put(folder, "shopnet-d.csv", HEADER + "1,2026-11-19,5.00,USD,approved,\n" * 2)
    assert read(folder).left_out["the same row again"] == 1
    put(folder, "shopnet-d.csv", HEADER + "9,2026-11-19,5,USD,paid,\n9,2026-11-19,-5,USD,paid,\n")
    one_problem(read(folder), "shopnet-d.csv, line 3", "another row has its id")


def test_rows_without_an_id_count_as_often_as_one_file_holds_them(folder: Path) -> None:
    put(folder, "shop.yaml", SIMPLE)
    put(folder, "shop-1.csv", "Date,Amount,Link\n" + "2026-11-19,5.00,Telescope\n" * 2)
    put(folder, "shop-2.csv", "Amount,Date,Link\n" + "5.00,2026-11-19,Telescope\n" * 3)
    books = read(folder)
    assert sum(one.amount for one in books.entries) == 15
    assert {one.label for one in books.entries} == {"Telescope"}


def test_refunds_with_their_sales_number(folder: Path) -> None:
    put(folder, "shopnet.yaml", MAPPING.replace("id: Order", "id: [Order, State]"))
    put(
        folder,
        "shopnet.csv",
        HEADER + "1,2026-11-19,5.00,USD,paid,\n1,2026-11-20,5.00,USD,reversed,\n",
    )
    books = read(folder)
    assert problems(books) == []
    assert [one.amount for one in books.entries] == [Decimal(5), Decimal(-5)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1,2026-11-19,12.50,EURO,paid,", "'EURO' is no currency code"),
        ("1,19.11.2026,12.50,EUR,paid,", "'19.11.2026' is no day as 'iso'"),
        ("1,0019-11-19,12.50,EUR,paid,", "0019-11-19 is not within 2005 and 2100"),
        ("1,2026-02-30,12.50,EUR,paid,", "'2026-02-30' is no day"),
        ("1,2026-11-19,,EUR,paid,", "'' is no amount"),
        ("1,2026-11-19,NaN,EUR,paid,", "'NaN' is no amount"),
        ("1,2026-11-19,1e9,EUR,paid,", "'1e9' is no amount"),
        ("1,2026-11-19,$12,EUR,paid,", None),
        ("1,2026-11-19,£12,EUR,paid,", "'£12' is not in EUR"),
        ("1,2026-11-19,0.1234567,EUR,paid,", "more than 6 decimals"),
        ("1,2026-11-19,99999999999,EUR,paid,", "is no amount below"),
        ('1,2026-11-19,"12,50",EUR,paid,', "no amount with the decimal mark '.'"),
        ('1,2026-11-19,"1.234,50",EUR,paid,', "no amount with the decimal mark '.'"),
        ('1,2026-11-19,"1,250",EUR,paid,', "no amount with the decimal mark '.'"),
        ("1,2026-11-19,(12.50),EUR,paid,", None),
        ("1,2026-11-19,\u22124.00 EUR,EUR,paid,", None),
    ],
)
def test_a_row_that_cannot_be_read_leaves_the_others_be(
    folder: Path, line: str, words: str | None
) -> None:
    put(folder, "shopnet.yaml", MAPPING)
    put(folder, "shopnet.csv", f"{HEADER}{line}\n2,2026-11-19,1.00,USD,paid,\n")
    books = read(folder)
    assert len(books.entries) == (1 if words else 2)
    if words:
        one_problem(books, "shopnet.csv, line 2", words)
    elif "$" not in line:
        assert books.entries[0].amount < 0


def test_amounts_that_could_be_thousands_are_not_guessed(folder: Path) -> None:
    put(folder, "shopnet.yaml", MAPPING)
    rows = (
        '1,2026-11-19,1.234,EUR,paid,\n2,2026-11-19,"12,50",EUR,paid,\n3,2026-11-19,5.5,EUR,paid,\n'
    )
    put(folder, "shopnet.csv", HEADER + rows)
    books = read(folder)
    assert [one.amount for one in books.entries] == [Decimal("5.5")]
    assert "could mean thousands" in problems(books)[1]
    put(
        folder,
        "shopnet.yaml",
        MAPPING + 'decimal: ","\nthousands: "."\n',
    )
    put(folder, "shopnet.csv", HEADER + '1,2026-11-19,"1.234,50",EUR,paid,\n')
    assert read(folder).entries[0].amount == Decimal("1234.50")


def test_files_that_cannot_be_read_are_named(folder: Path) -> None:
    put(folder, "shopnet.yaml", MAPPING)
    put(folder, "shopnet.csv", "Order,Date,Commission,State,SubID\n1,2026-11-19,1,paid,\n")
    one_problem(read(folder), "shopnet.csv: no column 'Cur'; its header says: Order, Date")
    put(folder, "shopnet.csv", "Cur," + HEADER)
    one_problem(read(folder), "more than one column 'Cur'")
    put(folder, "shopnet.csv", HEADER + "1,2026-11-19,1,EUR,paid,é\n", "latin-1")
    one_problem(read(folder), "shopnet.csv: it is not written in utf-8", "encoding")
    put(folder, "shopnet.yaml", MAPPING + "encoding: latin-1\n")
    assert [one.amount for one in read(folder).entries] == [Decimal(1)]
    put(folder, "shopnet.csv", "")
    one_problem(read(folder), "its header says: nothing")
    put(folder, "shopnet.csv", HEADER + "1,2026-11-19,1,EUR,paid,\x00\n")
    assert len(read(folder).problems) + len(read(folder).entries) == 1
    (folder / "affiliate" / "shopnet.csv").rename(folder / "affiliate" / "other.csv")
    one_problem(read(folder), "other.csv: no mapping reads it", "other.yaml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("columns: {day: D}\ncurrency: USD\n", "columns.amount: missing field"),
        ("columns: {day: D, amount: A}\n", "needs columns.currency"),
        ("columns: {day: D, amount: A}\ncurrency: usd\n", "currency"),
        ("columns: {day: D, amount: A}\ncurrency: USD\ndecimals: ','\n", "unknown field"),
        ("columns: {day: D, amount: A, status: S}\ncurrency: USD\n", "need each other"),
        ("columns: {day: D, amount: A}\ncurrency: USD\nthousands: '.'\n", "same mark"),
    ],
)
def test_a_mapping_that_does_not_fit_is_named_once(folder: Path, text: str, words: str) -> None:
    put(folder, "shopnet.yaml", text)
    put(folder, "shopnet.csv", "D,A\n2026-11-19,1\n")
    one_problem(read(folder), "shopnet.yaml", words)


def test_other_formats_of_days_and_files(folder: Path) -> None:
    mapping = SIMPLE.replace("Link}", "Link, video: Tag}")
    more = "date_format: '%d.%m.%Y %H:%M'\ndelimiter: ';'\nencoding: cp1252\nskip_lines: 2\n"
    put(folder, "deals.yaml", mapping + more + "stream: sponsorship\n")
    text = "Report – November\n\nDate;Amount;Link;Tag\n19.11.2026 08:00;5;Büro;orbit-20261119-1\n"
    put(folder, "deals.csv", text, "cp1252")
    [entry] = read(folder).entries
    assert (entry.stream, entry.day, entry.note) == ("sponsorship", date(2026, 11, 19), "Büro")
    assert entry.source == "deals.csv, line 4"


def test_a_hundred_thousand_rows(folder: Path) -> None:
    put(folder, "shopnet.yaml", MAPPING)
    rows = "".join(
        f"{number},2026-11-{1 + number % 28:02},1.01,USD,paid,orbit-20261119-{number % 9 + 1}\n"
        for number in range(100_000)
    )
    put(folder, "shopnet.csv", HEADER + rows)
    books = read(folder)
    assert len(books.entries) == 100_000
    assert sum(one.amount for one in books.entries) == Decimal("101000.00")


def test_entries_of_the_file_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "entries.yaml").write_text(
        """\
entries:
  - {day: 2026-11-19, stream: course, amount: 49.90, currency: EUR, channel: orbit}
  - {day: 2026-11-19, stream: course, amount: 49.90, currency: EUR, channel: orbit}
  - {day: 2026-11-19, stream: sponsorship, amount: "1000.00", currency: USD, id: deal-7,
     videos: {orbit-20261119-1: 2, orbit-20261119-2: 1}}
  - {day: 2026-11-19, stream: sponsorship, amount: "1000.00", currency: USD, id: deal-7}
  - {day: 2026-11-19, stream: donation, amount: 1, currency: USD}
  - {day: 20261119, stream: course, amount: 1, currency: USD}
  - {day: 2026-11-19, stream: course, amount: .nan, currency: USD}
  - {day: 2026-11-19, stream: course, amount: true, currency: USD}
  - {day: 2026-11-19, stream: course, amount: 12345678901234567.89, currency: USD}
  - {day: 2026-11-19, stream: course, amount: 1, currency: USD, vidoes: [a-20261119-1]}
  - {day: 2026-11-19, stream: course, amount: 1, currency: USD, videos: {a-20261119-1: -1}}
  - sold one
""",
        encoding="utf-8",
    )
    (tmp_path / "entries-old.yaml").write_text("entries: [", encoding="utf-8")
    books = read(tmp_path)
    assert [one.amount for one in books.entries] == [Decimal("49.9"), Decimal("49.9"), 1000]
    assert len({one.entry_id for one in books.entries}) == 3
    assert books.entries[2].videos[0] == ("orbit-20261119-1", Decimal(2))
    found = problems(books)
    assert found[0].startswith("entries-old.yaml: entries-old.yaml, line 2: not valid YAML")
    for number, words in enumerate(
        (
            "the id 'deal-7' is that of entries.yaml, entry 3",
            "stream: ",
            "day: write it as yyyy-mm-dd",
            "amount: ",
            "amount: is no amount",
            "amount: write an amount so large in quotes",
            "vidoes: Extra inputs",
            "videos: a share is a number that is not negative",
            "entry: ",
        ),
        start=4,
    ):
        assert found[number - 3].startswith(f"entries.yaml, entry {number}: {words}")


def test_lines_of_rates_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(
        "day,currency,usd_per_unit\n2026-11-19,EUR,1.0843\n2026-11-19,euro,1\n"
        "2026-11-19,EUR,0\n2026-11-19,EUR,NaN\n2026-11-19,JPY\nsoon,EUR,1.1\n\n",
        encoding="utf-8",
    )
    rates, named = read_rates(path)
    assert rates.on("EUR", date(2026, 11, 20)).usd_per_unit == Decimal("1.0843")
    assert [where for where, _ in named] == [f"rates.csv, line {line}" for line in range(3, 8)]
    path.write_text("currency;rate\n", encoding="utf-8")
    assert read_rates(path)[1] == [
        ("rates.csv, line 1", "the header must be day,currency,usd_per_unit")
    ]
    path.write_bytes(b"day,currency,usd_per_unit\n2026-11-19,\xe9,1\n")
    assert "save it as CSV in UTF-8" in read_rates(path)[1][0][1]
