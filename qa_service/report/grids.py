"""Reports as plain tables of values: one for each table of a report, numbers as numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa_service.report.blocks import (
    Amount,
    Badge,
    Block,
    Card,
    Cards,
    Cell,
    Item,
    Lines,
    Note,
    Opens,
    Report,
    Said,
    Share,
    Table,
    Tiles,
    Words,
)
from qa_service.report.texts import Both, say

Value = str | int | float | None
SHARE = ("k", "n", "rate", "low", "high")


@dataclass(frozen=True, slots=True)
class Place:
    """A value that opens a conversation."""

    conversation_id: str
    turn: int = -1


@dataclass(frozen=True, slots=True)
class Percent:
    """A share, to be shown as a percentage."""

    value: float | None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of values under its headings; `wide` tells for each column whether it holds words."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Value | Place | Percent, ...], ...]
    wide: tuple[bool, ...] = ()


def grids_of(report: Report, language: str) -> list[Grid]:
    """The summary, each table, the conversations behind their numbers."""
    found = [_summary(report, language)]
    for section in report.sections:
        for block in section.blocks:
            found += _grid(block, language)
    behind = tuple(_behind(report, language))
    if behind:
        headings = [say(f"grid.{key}")[language] for key in ("sheet", "row", "column", "where")]
        found.append(Grid(say("sheet.conversations")[language], tuple(headings), behind, (True, True, True, True)))
    return found


def _summary(report: Report, language: str) -> Grid:
    rows: list[tuple[Value | Place | Percent, ...]] = [
        (report.title[language], f"{report.heading[language]} {report.aside}".strip()),
        ("", report.scope[language]),
    ]
    for section in report.sections:
        name = section.title[language]
        for item in section.head:
            rows.append((name, _plain(item, language)))
        for block in section.blocks:
            lines = _sentences(block)
            rows += [(name, line[language]) for line in lines]
    rows.append((say("section.method")[language], report.method[language]))
    return Grid(say("sheet.summary")[language], ("", ""), tuple(rows), (False, True))


def _sentences(block: Block) -> list[Both]:
    if isinstance(block, Lines):
        return [_marked(mark, text) for mark, text in block.lines]
    return [block.text] if isinstance(block, Note) else []


def _marked(mark: Badge | None, text: Both) -> Both:
    return {key: f"[{mark.text[key]}] {value}" if mark else value for key, value in text.items()}


def _grid(block: Block, language: str) -> list[Grid]:
    if isinstance(block, Table):
        return [_table(block.title, block.columns, block.rows, language)]
    if isinstance(block, Tiles):
        columns = (say("column.kind"), say("column.n"), say("column.change"))
        rows = [((Words(one.name),), (one.share,), (one.badge, one.before)) for one in block.tiles]
        return [_table(block.title, columns, rows, language)]
    return [_cards(block, language)] if isinstance(block, Cards) else []


def _table(title: Both, columns: Sequence[Both], rows: Sequence[tuple[Cell, ...]], language: str) -> Grid:
    headings: list[str] = []
    wide: list[bool] = []
    shapes = [_shape([row[place] for row in rows]) for place in range(len(columns))]
    for column, shape in zip(columns, shapes, strict=True):
        headings += _headings(column[language], shape, language)
        wide += [part == "words" for part in shape]
    values = tuple(
        tuple(value for cell, shape in zip(row, shapes, strict=True) for value in _values(cell, shape, language))
        for row in rows
    )
    return Grid(title[language], tuple(headings), values, tuple(wide))


def _shape(cells: Sequence[Cell]) -> tuple[str, ...]:
    """Which columns a column of cells needs: the parts of shares, of amounts, words."""
    kinds = {type(item) for cell in cells for item in cell}
    shape: tuple[str, ...] = SHARE if Share in kinds else ()
    if Amount in kinds:
        bounded = any(isinstance(item, Amount) and item.low is not None for cell in cells for item in cell)
        shape += ("amount", "amount_low", "amount_high") if bounded else ("amount",)
    return shape + (("words",) if kinds - {Share, Amount} or not shape else ())


def _headings(name: str, shape: tuple[str, ...], language: str) -> list[str]:
    if len(shape) == 1:
        return [name]
    suffixes = {"amount": "", "amount_low": say("grid.low")[language], "amount_high": say("grid.high")[language]}
    for part in (*SHARE, "words"):
        suffixes[part] = say(f"grid.{part}")[language]
    return [f"{name} · {suffixes[part]}".removesuffix(" · ") for part in shape]


def _values(cell: Cell, shape: tuple[str, ...], language: str) -> list[Value | Percent]:
    shares = [item for item in cell if isinstance(item, Share)]
    amounts = [item for item in cell if isinstance(item, Amount)]
    found: dict[str, Value | Percent] = {}
    if shares:
        one = shares[0]
        found |= {"k": one.k, "n": one.n, "rate": Percent(one.rate), "low": Percent(one.low), "high": Percent(one.high)}
    if amounts:
        number = amounts[0]
        found |= {"amount": number.value, "amount_low": number.low, "amount_high": number.high}
    words = [_plain(item, language) for item in cell if not isinstance(item, Share | Amount)]
    found["words"] = "\n".join(word for word in words if word)
    return [found.get(part) for part in shape]


def _cards(block: Cards, language: str) -> Grid:
    keys = ("examples", "where", "turn")
    headings = (block.title[language], say("grid.words")[language], *(say(f"grid.{key}")[language] for key in keys))
    rows = tuple(row for card in block.cards for row in _card(card, language))
    return Grid(block.title[language], headings, rows, (True, True, True, False, False))


def _card(card: Card, language: str) -> Iterator[tuple[Value | Place, ...]]:
    title = card.title[language] + (f" · {card.subtitle[language]}" if card.subtitle else "")
    plain = [_plain(item, language) for item in card.cell if not isinstance(item, Said)]
    yield title, "\n".join(plain), *_said([item for item in card.cell if isinstance(item, Said)][:1])
    for box in card.boxes:
        for item in box.cell:
            if isinstance(item, Said):
                yield title, box.title[language], *_said([item])
            else:
                yield title, box.title[language], _plain(item, language), "", ""


def _said(quotes: Sequence[Said]) -> tuple[Value | Place, Value | Place, Value]:
    for one in quotes:
        return one.quote, Place(one.conversation_id, one.turn), one.turn + 1 if one.turn >= 0 else None
    return "", "", None


def _plain(item: Item, language: str) -> str:
    """An item in words."""
    if isinstance(item, Share):
        bounds = item.interval
        return f"{item.percent} {item.count[language]}" + (f" {bounds[language]}" if bounds else "")
    if isinstance(item, Said):
        return f"“{item.quote}” {item.conversation_id}"
    return item.text[language]


def _behind(report: Report, language: str) -> Iterator[tuple[Value | Place, ...]]:
    """Each conversation behind a number of a table."""
    for section in report.sections:
        for block in section.blocks:
            for sheet, row, column, conversations in _opened(block):
                for one in conversations:
                    yield sheet[language], row[language], column[language], Place(one)


def _opened(block: Block) -> Iterator[tuple[Both, Both, Both, tuple[str, ...]]]:
    if isinstance(block, Tiles):
        for tile in block.tiles:
            yield block.title, tile.name, tile.name, tile.share.conversations
    if isinstance(block, Table):
        for row in block.rows:
            for column, cell in zip(block.columns, row, strict=True):
                for item in cell:
                    if isinstance(item, Share | Opens):
                        yield block.title, block.name_of(row), column, item.conversations
