"""What one process serves: lists with a schedule of their own, and what is left. A changed one is reported."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import SettingsError
from copydesk.flows.run.planning import checked_plan
from copydesk.flows.run.serving.deployments import Served, Stated, served_by
from copydesk.flows.run.serving.serve import ChangedSchedules

SOURCE = '[[source]]\nname = "{0}"\nkind = "feed"\naddress = "https://{0}.example/feed.xml"\n'
MORNING = '[schedule]\ncron = "0 6 * * *"\ntimezone = "Europe/Paris"\n'
CHANGED = "{}: its schedule has changed; restart serve to apply it"
HOURLY = '[schedule]\nevery = "1h"\n'


@pytest.fixture(autouse=True)
def lists(empty_folder: Path) -> Path:
    """Three lists in a folder of pages, and one beside it."""
    (empty_folder / "seeds").mkdir()
    for name, schedule in (("a", MORNING), ("b", ""), ("c", HOURLY)):
        (empty_folder / "seeds" / f"{name}.toml").write_text(schedule + SOURCE.format(name))
    (empty_folder / "seeds" / "page.html").write_text("<p>a page</p>")
    (empty_folder / "d.toml").write_text(SOURCE.format("d") + "\n" + MORNING)
    return empty_folder


def served(
    *sources: str, name: str | None = None, without: tuple[str, ...] = (), **when: str
) -> tuple[Served, ...]:
    return served_by(IngestOptions(sources=sources, without=without), Stated(**when), name)


def listed(found: tuple[Served, ...]) -> list[tuple[tuple[str, ...], tuple[str, ...], str]]:
    return [(one.options.sources, one.options.without, one.when.shown) for one in found]


def read(one: Served) -> list[str]:
    """The names of all that a run of it reads."""
    plan = checked_plan(one.options)
    return [*map(str, plan.local), *(source.name for source in plan.web)]


def test_each_list_that_states_a_schedule_is_a_deployment_and_the_rest_is_one() -> None:
    found = served("seeds", "d.toml", every="30m")
    assert listed(found) == [
        (("seeds",), ("seeds/a.toml", "seeds/c.toml"), "every 30m"),
        (("seeds/a.toml",), (), "cron 0 6 * * * (Europe/Paris)"),
        (("seeds/c.toml",), (), "every 1h"),
        (("d.toml",), (), "cron 0 6 * * * (Europe/Paris)"),
    ]
    # nothing is read by two, and nothing by none
    assert [read(one) for one in found] == [["seeds", "b"], ["a"], ["c"], ["d"]]
    assert len({one.name for one in found}) == 4
    assert [one.name.rsplit("-", 2)[1] for one in found[1:]] == ["a", "c", "d"]


def test_lists_that_all_have_a_schedule_need_no_other() -> None:
    schedules = [deployment.when.shown for deployment in served("seeds/a.toml", "seeds/c.toml")]
    assert schedules == ["cron 0 6 * * * (Europe/Paris)", "every 1h"]
    (one,) = served("d.toml", name="evening")
    assert one.name == "evening"
    assert [one.name for one in served("d.toml", "seeds/c.toml", name="paper")] == ["paper-d", "paper-c"]


def test_a_folder_of_nothing_but_such_lists_and_notes_is_no_rest(lists: Path) -> None:
    for name in ("b.toml", "page.html"):
        (lists / "seeds" / name).unlink()
    (lists / "seeds" / "README.md").write_text("our lists")
    assert [deployment.options.sources for deployment in served("seeds")] == [
        ("seeds/a.toml",),
        ("seeds/c.toml",),
    ]


def test_a_list_named_twice_is_served_once_and_one_that_is_left_out_not_at_all() -> None:
    found = served("seeds/a.toml", "./seeds/a.toml", "seeds", every="1h", without=("seeds/c.toml",))
    assert listed(found) == [
        (("seeds",), ("seeds/c.toml", "seeds/a.toml"), "every 1h"),
        (("seeds/a.toml",), (), "cron 0 6 * * * (Europe/Paris)"),
    ]


@pytest.mark.parametrize(
    ("sources", "stated", "problem"),
    [
        (["seeds/b.toml"], {}, "give either --every or --cron, or write"),
        (["seeds/a.toml", "seeds/b.toml"], {}, "seeds/b.toml: states no schedule; give --every or --cron, or, of a list"),
        (["seeds"], {}, "seeds: states no schedule"),
        (["seeds/b.toml"], {"every": "1h", "cron": "0 6 * * *"}, "give either --every or --cron"),
        (["seeds/b.toml"], {"every": "1h", "timezone": "Europe/Paris"}, "--timezone: is that of --cron"),
        (["seeds/b.toml"], {"cron": "0 6 * * *", "timezone": "Paris"}, "--timezone 'Paris': .*did you mean Europe/Paris"),
        (["missing.toml"], {"every": "1h"}, "missing.toml: no such file"),
    ],
)  # fmt: skip
def test_missing_and_wrong_schedules(sources: list[str], stated: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as caught:
        served(*sources, **stated)
    assert "\n" not in str(caught.value)


def test_two_lists_of_one_name_are_not_served_under_a_given_one(lists: Path) -> None:
    (lists / "other").mkdir()
    (lists / "other" / "d.toml").write_text(MORNING + SOURCE.format("e"))
    with pytest.raises(SettingsError, match="--name: 2 lists would be called paper-d"):
        served("d.toml", "other/d.toml", name="paper")
    assert len({deployment.name for deployment in served("d.toml", "other/d.toml")}) == 2


def rewrite(name: str, schedule: str, *sources: str) -> None:
    """A list, of another moment than any before."""
    table = f"[schedule]\n{schedule}\n" if schedule else ""
    path = Path(name)
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(table + "".join(map(SOURCE.format, sources)), "utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_a_changed_schedule_is_reported_once(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rewrite("seeds/a.toml", 'every = "1h"', "a")
    rewrite("b.toml", "", "b")
    rewrite("seeds/left.toml", "", "left")
    changed = ChangedSchedules(
        IngestOptions(sources=("seeds", "b.toml", "https://courier.example/"), without=("seeds/left.toml",))
    )
    # whoever serves goes elsewhere
    monkeypatch.chdir("/")
    here = str(empty_folder)
    assert changed.lines() == []
    rewrite(f"{here}/seeds/a.toml", 'every = "1h"', "a", "another")
    rewrite(f"{here}/seeds/left.toml", 'every = "1h"', "left")
    assert changed.lines() == []
    rewrite(f"{here}/seeds/a.toml", 'every = "2h"', "a")
    rewrite(f"{here}/b.toml", 'cron = "0 6 * * *"', "b")
    rewrite(f"{here}/seeds/new.toml", 'every = "5m"', "new")
    lines = [CHANGED.format(name) for name in ("seeds/a.toml", "seeds/new.toml", "b.toml")]
    assert changed.lines() == lines
    assert changed.lines() == []
    # while it is being written, and once it is as it was
    Path(f"{here}/seeds/a.toml").write_text("[schedule")
    assert changed.lines() == []
    rewrite(f"{here}/seeds/a.toml", 'every = "1h"', "a")
    assert changed.lines() == []
    rewrite(f"{here}/seeds/a.toml", "", "a")
    assert changed.lines() == lines[:1]
