import itertools
from pathlib import Path

import pytest

from models.artifacts import load
from qa_service.workflows.adapt_models import Learner
from tests.validate.adaptation import curve, main, rows, together
from tests.workflows.own_words import SOP, bodies, labelled, write


def test_conversations_are_never_judged_by_what_was_learnt_from_them(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, set[int]]] = []
    learn, compare = Learner.learn, Learner.compare
    monkeypatch.setattr(Learner, "learn", lambda self, n: seen.append(("learnt", set(n))) or learn(self, n))
    monkeypatch.setattr(Learner, "compare", lambda self, n, a: seen.append(("tested", set(n))) or compare(self, n, a))
    found = curve(load(), SOP, labelled(bodies(12)), [0, 3, 8], repeats=2)
    assert set(found) == {0, 3, 8}
    for (what, learnt), (then, tested) in itertools.pairwise(seen):
        if (what, then) == ("learnt", "tested"):
            assert not learnt & tested
    tested = [numbers for what, numbers in seen if what == "tested"]
    assert tested[0] == tested[1] == tested[2] and len(tested[0]) == 4, "every size is tested on the same ones"


def test_more_labels_are_worth_more() -> None:
    found = curve(load(), SOP, labelled(bodies(20)), [0, 12], repeats=2)
    figures = {size: {one.name: one for one in measured} for size, measured in rows(found)}
    assert figures[0]["missed_f1"].difference == 0
    assert figures[12]["missed_f1"].difference > 0.1
    assert len(together({"a": found, "b": found})[0]) == 2 * len(found[0])


def test_the_table_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, sop = write(tmp_path, bodies(8))
    main([str(source), "--sop", str(sop), "--sizes", "0,5", "--repeats", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{load().version}, 1 draws"
    assert lines[2].startswith("| SOP | learnt from | missed_f1 |")
    assert [line.split("|")[2].strip() for line in lines[4:]] == ["0", "5"]


def test_too_few_to_test_on_is_said(tmp_path: Path) -> None:
    source, sop = write(tmp_path, bodies(5))
    with pytest.raises(SystemExit, match="too few to learn from 5"):
        main([str(source), "--sop", str(sop), "--sizes", "0,5"])
