"""``copydesk rules``: the record of each rule on real pages, and one rule alone."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from click.testing import CliRunner

from copydesk.flows.commands.cli import cli
from copydesk.flows.commands.rules import FAMILIES, all_rules, read_figures


def run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["rules", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_every_rule_has_its_record_or_was_never_met() -> None:
    figures = read_figures()
    # the learned judgement is what rules are compared with
    known = {rule.id for rule in all_rules(()) if not rule.id.startswith("learned.")}
    assert {*figures.rules, *figures.never_met} == known, "python -m benchmarks.rule_record --write"
    assert not set(figures.rules) & set(figures.never_met)
    assert all(count > 0 for count in figures.pages.values())


def test_figures_are_a_table_the_most_useful_rule_first() -> None:
    figures = read_figures()
    head, *rest = run("--figures").splitlines()
    table, (measured, never) = rest[: len(figures.rules)], rest[-2:]
    assert head.split()[:3] == ["rule", "removed", "wrongly"]
    assert {line.split()[0] for line in table} == set(figures.rules)
    gains = [float(line.split()[-1]) for line in table]
    assert gains == sorted(gains, reverse=True)
    assert str(figures.measured) in measured
    assert all(rule in never for rule in figures.never_met)
    assert max(map(len, (head, *table))) <= 120


def test_json_has_the_same() -> None:
    listed = {rule["id"]: rule["figures"] for rule in json.loads(run("--figures", "--format", "json"))}
    record = read_figures().rules["neighbours.duplicate"]
    assert record.removed is not None
    assert listed["neighbours.duplicate"]["removed"]["right"] == record.removed.right
    assert listed["learned.keep"] is None
    assert "figures" not in json.loads(run("--format", "json"))[0]


def test_one_rule_is_shown_with_its_cases_and_its_record() -> None:
    figures = read_figures()
    shown = run("neighbours.duplicate")
    assert shown.startswith("neighbours.duplicate → duplicate\n")
    assert len(shown.splitlines()) == 4
    cases = [
        json.loads(line.split("} ")[0] + "}")
        for line in run("neighbours.duplicate", "--all").splitlines()[2:-1]
    ]
    fires = sum(case["expect"] == "fires" for case in cases)
    assert f"cases: {fires} where it fires, {len(cases) - fires} where it stays silent" in shown
    record = figures.rules["neighbours.duplicate"]
    assert record.removed is not None
    right, wrong = record.removed.right, record.removed.wrong
    assert f"it removed {right} blocks ({record.removed.words_right:,} words) rightly and {wrong} (" in shown
    assert f"the text of {record.pages.better} pages is better and of {record.pages.worse} worse" in shown
    assert "structure.hidden" not in shown
    assert run(figures.never_met[0]).rstrip().endswith("never met")
    [alone] = json.loads(run("neighbours.duplicate", "--format", "json"))
    assert alone["figures"]["pages"]["better"] == record.pages.better


def test_all_rules_fit_a_screen_by_family_and_each_family_has_a_list() -> None:
    listed = json.loads(run("--json"))
    head, *table = run().splitlines()
    families = {
        line.split()[0]: int(line.split()[1]) for line in table if line and line.split()[1].isdecimal()
    }
    assert head.split()[:2] == ["family", "rules"]
    assert families == Counter(rule["id"].split(".")[0] for rule in listed)
    assert len(table) < 24
    assert max(map(len, (head, *table[:-1]))) <= 110
    assert set(families) <= set(FAMILIES)
    whole = run("--all")
    assert all(rule["id"] in whole and rule["why"] for rule in listed)
    of_wording = run("wording")
    assert all((f"  {rule['id']} " in of_wording) == rule["id"].startswith("wording.") for rule in listed)


def test_a_label_has_its_rules_the_network_among_them() -> None:
    related = [line.split()[0] for line in run("--label", "related").splitlines()]
    assert related[:2] == ["related:", "learned.drop"]
    assert {"wording.related", "worded.related", "shape.after-table"} <= {*related}
    assert {rule["label"] for rule in json.loads(run("--label", "related", "--json"))} == {"related"}
    assert run("--label", "heading").splitlines()[1].startswith("  learned.keep ")
    # the network has learned no sections of questions
    assert "learned" not in run("--label", "faq")
    assert run("wording", "--label", "nav").split()[:2] == ["nav:", "wording.nav"]
    assert run("--label", "recurring") == "\n"


def test_the_learned_judgement_is_described_in_place_of_figures() -> None:
    shown = run("learned.drop")
    assert shown.startswith("learned.drop → any label of text that is removed\n")
    assert "gives every block its first verdict" in shown
    assert "copydesk explain" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("neighbours.duplicat",), "there is no rule 'neighbours.duplicat'; did you mean neighbours.duplicate or neighbours or neighbours.box-title? copydesk rules lists all"),
        (("neighbours.duplicate", "--figures"), "--count and --figures are of all rules"),
        (("--label", "relatd"), "there is no label 'relatd'; did you mean related?"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_reported(arguments: tuple[str, ...], message: str) -> None:
    done = CliRunner().invoke(cli, ["rules", *arguments])
    assert done.exit_code == 2
    assert message in done.output
    assert "Traceback" not in done.output
