"""What no single value of a taxonomy file shows: ids taken twice, departments and ids that nobody knows."""

from collections.abc import Sequence

from qa_service.domain.codebook import Codebook
from qa_service.domain.taxonomy import Fate, Taxonomy, TaxonomyChange, TaxonomyKind
from qa_service.rulebook.fields import Section

KEYS = {TaxonomyKind.COMPLAINT: "complaint", TaxonomyKind.REFUND: "refund", TaxonomyKind.RED_LINE: "red_lines"}


def check_taxonomy(top: Section, taxonomy: Taxonomy, changes: Sequence[TaxonomyChange], book: Codebook) -> None:
    """Raise InvalidSop for the first contradiction; `changes` as they stand in the file."""
    own = taxonomy.ids()
    built_in = {
        TaxonomyKind.COMPLAINT: set(book.complaint_reasons),
        TaxonomyKind.REFUND: set(book.refund_reasons),
        TaxonomyKind.RED_LINE: set(book.red_lines),
    }
    for kind, ids in own.items():
        _refuse_taken(top, KEYS[kind], ids, built_in[kind])
    _refuse_unknown_departments(top, taxonomy, book)
    for index, change in enumerate(changes):
        mistake = _mistake(taxonomy, change, set(own[change.kind]), built_in[change.kind])
        if mistake:
            raise top.error(mistake, "changes", index)


def _refuse_taken(top: Section, key: str, ids: Sequence[str], built_in: set[str]) -> None:
    for index, name in enumerate(ids):
        if name in built_in:
            raise top.error(f"{name!r} is built in; give your own an id of its own", key, index)
        if name in ids[:index]:
            raise top.error(f"the id {name!r} stands twice in `{key}`", key, index)


def _refuse_unknown_departments(top: Section, taxonomy: Taxonomy, book: Codebook) -> None:
    known = {**book.departments, **taxonomy.departments}
    for key, reasons in (("complaint", taxonomy.complaint), ("refund", taxonomy.refund)):
        for index, reason in enumerate(reasons):
            for name in reason.departments:
                if name not in known:
                    told = f"no department {name!r}; known are {', '.join(known)}; add your own under `departments`"
                    raise top.error(told, key, index, "department")


def _mistake(taxonomy: Taxonomy, change: TaxonomyChange, own: set[str], built_in: set[str]) -> str | None:
    used = built_in | {name for name in own if (change.kind, name) not in taxonomy.retired}
    # What was renamed may have been split since.
    known = used if change.fate is Fate.SPLIT else own | built_in
    for name in (taxonomy.today(change.kind, name) for name in change.after):
        if name not in known:
            return f"nothing in use is called {name!r}; list it, or name another"
    if change.fate is Fate.SPLIT:
        return _mistake_of_split(taxonomy, change, own | built_in)
    for name in change.before:
        if name in used - built_in and name not in change.after:
            return f"{name!r} is still in use; take it out of the file, or retire it"
    return None


def _mistake_of_split(taxonomy: Taxonomy, change: TaxonomyChange, known: set[str]) -> str | None:
    whole = change.before[0]
    if whole in change.after:
        return f"give what remains of {whole!r} an id of its own"
    if taxonomy.today(change.kind, whole) not in known:
        return f"keep {whole!r} with `retired: true`: it goes on as the whole of its parts"
    return None
