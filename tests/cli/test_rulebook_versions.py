"""`qa-service rulebook diff`, `export` and `import`."""

import zipfile
from pathlib import Path

from tests.cli.test_analyze import SOPS
from tests.cli.test_mistakes import run_in


def revised(folder: Path, *pairs: tuple[str, str]) -> Path:
    text = SOPS[0].read_text("utf-8")
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after, 1)
    path = folder / "new.yaml"
    path.write_text(text, "utf-8")
    return path


def test_two_files_are_compared_in_words(tmp_path: Path) -> None:
    new = revised(tmp_path, ("version: 1", "version: 2"), ("pass_score: 75", "pass_score: 80"))
    ran = run_in(tmp_path, "rulebook", "diff", SOPS[0], new)
    assert (ran.returncode, ran.stdout) == (0, "及格分 75 → 80\n")
    assert run_in(tmp_path, "rulebook", "diff", SOPS[0], new, "--language", "en").stdout == "Pass score 75 → 80\n"
    assert run_in(tmp_path, "rulebook", "diff", SOPS[0], SOPS[0]).stdout == "内容没有变化\n"
    wrong = run_in(tmp_path, "rulebook", "diff", SOPS[0], new, "--language", "fr")
    assert (wrong.returncode, "zh, en" in wrong.stderr) == (2, True)


def test_a_rulebook_is_exported_and_imported_again(tmp_path: Path) -> None:
    new = revised(tmp_path, ("version: 1", "version: 2"))
    taken = run_in(tmp_path, "rulebook", "import", new, "--reason", "改版")
    assert (taken.returncode, taken.stdout.split(" version ")[1]) == (0, "2: draft\n")
    out = tmp_path / "out" / "rulebook.zip"
    assert run_in(tmp_path, "rulebook", "export", out).returncode == 0
    with zipfile.ZipFile(out) as archive:
        (name,) = [name for name in archive.namelist() if name != "index.json"]
        assert archive.read(name).decode() == new.read_text("utf-8")
    again = run_in(tmp_path, "rulebook", "import", out)
    assert again.stdout.endswith("version 2: draft, unchanged\n")


def test_a_bad_file_is_named_with_its_line_and_nothing_is_imported(tmp_path: Path) -> None:
    bad = revised(tmp_path, ("pass_score: 75", "passscore: 75"))
    ran = run_in(tmp_path, "rulebook", "import", bad)
    assert ran.returncode == 2
    assert "nothing was imported" in ran.stderr and "new.yaml:" in ran.stderr and "Traceback" not in ran.stderr
    assert run_in(tmp_path, "rulebook", "import", tmp_path / "absent.zip").returncode == 2
