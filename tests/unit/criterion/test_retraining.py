"""The choice of the generation in use: compared and swapped in one step."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from criteria import NAME, VectorsOnly, decided, generation

from curation.criterion import Criterion
from curation.decisions.log import DecisionLog
from curation.errors import CurationError, TrainingError
from curation.settings import CriterionSettings
from curation.spaces.generations import GenerationStore

Make = Callable[..., None]


def again(criterion: Criterion, log: DecisionLog) -> Criterion:
    """The criterion as a restarted server finds it."""
    return Criterion(NAME, CriterionSettings(), log, criterion.generations, VectorsOnly())


def test_a_restored_generation_is_not_replaced_by_a_run_that_just_ended(
    criterion: Criterion, make: Make
) -> None:
    """The person restores 1 while the run that started from 2 comes in: 1 stays, pinned."""
    make(1)
    make(2)
    retraining = criterion.retraining
    for number in range(3, 103):
        retraining.use(2, pinned=False)
        make(number, 2)
        gate = threading.Barrier(2)

        def restore(gate: threading.Barrier = gate) -> None:
            gate.wait()
            retraining.use(1, pinned=True)

        def ended(gate: threading.Barrier = gate, number: int = number) -> None:
            gate.wait()
            retraining.adopt_if(2, number)

        threads = [threading.Thread(target=restore), threading.Thread(target=ended)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (retraining.number, retraining.pinned) == (1, True)
        assert criterion.generations.current() is not None


def test_only_a_child_of_what_is_in_use_is_adopted(criterion: Criterion, make: Make) -> None:
    make(1)
    make(2)
    retraining = criterion.retraining
    assert retraining.adopt_if(0, 1)
    assert not retraining.adopt_if(0, 2)
    assert retraining.number == 1
    retraining.use(1, pinned=True)
    make(3, 1)
    assert not retraining.adopt_if(1, 3)
    retraining.resume()
    assert retraining.adopt_if(1, 3)
    assert not retraining.pinned


def test_what_is_in_use_outlives_a_restart(
    criterion: Criterion, log: DecisionLog, make: Make
) -> None:
    make(1)
    make(2, 1)
    criterion.retraining.use(1, pinned=True)
    restarted = again(criterion, log).retraining
    assert (restarted.number, restarted.pinned) == (1, True)
    assert [one.generation.number for one in restarted.made()] == [2, 1, 0]


def test_an_unknown_generation_is_refused(criterion: Criterion) -> None:
    with pytest.raises(TrainingError, match="No generation 7; there are 0"):
        criterion.retraining.use(7, pinned=False)
    assert criterion.retraining.number == 0


def test_an_offer_waits_for_the_person(criterion: Criterion, log: DecisionLog, make: Make) -> None:
    make(1, adopt=False)
    retraining = criterion.retraining
    retraining.offer_if(0, 1)
    assert retraining.offer == 1
    assert again(criterion, log).retraining.offer == 1
    assert not retraining.accept_offer(accept=False)
    assert (retraining.number, criterion.retraining.offer) == (0, None)
    retraining.offer_if(0, 1)
    assert retraining.accept_offer(accept=True)
    assert (retraining.number, criterion.retraining.offer) == (1, None)
    with pytest.raises(CurationError, match="no generation on offer"):
        retraining.accept_offer(accept=True)


def test_an_offer_of_an_older_parent_is_none(criterion: Criterion, make: Make) -> None:
    make(1)
    make(2, adopt=False)
    criterion.retraining.use(1, pinned=False)
    criterion.retraining.offer_if(0, 2)
    assert criterion.retraining.offer is None


def test_one_run_at_a_time(criterion: Criterion) -> None:
    """Many threads ask for a run at once: one gets it, with a number of its own."""
    retraining = criterion.retraining
    for _ in range(50):
        gate, started = threading.Barrier(4), list[object]()

        def ask(gate: threading.Barrier = gate, started: list[object] = started) -> None:
            gate.wait()
            if (run := retraining.start(3, 2)) is not None:
                started.append(run)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(started) == 1
        assert retraining.trained_at == 3
        retraining.end()
        assert retraining.run is None


def test_training_is_due_after_enough_new_answers(criterion: Criterion) -> None:
    retraining = criterion.retraining
    far = 10.0**9
    assert not retraining.due(far)
    criterion.decide([decided("a", "b", "unsure")])
    assert not retraining.due(far), "unsure teaches nothing"
    criterion.decide([decided("a", "c")])
    last = criterion.answering.pace.last_answer
    assert not retraining.due(last)
    assert retraining.due(last + criterion.settings.idle_seconds)
    criterion.decide([decided("a", f"d{number}", "different") for number in range(8)])
    assert retraining.due(criterion.answering.pace.last_answer)
    retraining.start(criterion.answering.position, 10)
    retraining.end()
    assert not retraining.due(far), "the run has seen them all"


@pytest.mark.parametrize("adopt", [True, False], ids=["in use", "declined"])
def test_training_comes_due_after_an_older_log_was_put_back(
    criterion: Criterion, log: DecisionLog, generations: GenerationStore, adopt: bool
) -> None:
    """The generation saw a log of 500 entries, of which this one lacks all but the first."""
    criterion.decide([decided("a", "b")])
    made = replace(generation(1, adopt=adopt), log_position=500)
    generations.write(made, {})
    generations.set_current(1 if adopt else 0)
    found = again(criterion, log)
    assert found.retraining.offer == (None if adopt else 1)
    if not adopt:
        found.retraining.accept_offer(accept=False)
    assert not found.retraining.due(0), "nothing is new yet"
    found.decide([decided("a", f"c{number}", "different") for number in range(10)])
    assert found.retraining.new_decisions() == 10
    assert found.retraining.due(0)
    found.retraining.use(1, pinned=True)
    found.retraining.resume()
    found.decide([decided("a", f"d{number}", "different") for number in range(10)])
    assert found.retraining.due(0)


@pytest.mark.parametrize("state", ["run", "pinned"])
def test_nothing_is_due_while_something_stands_against_it(
    state: str, criterion: Criterion, make: Make
) -> None:
    make(1, adopt=False)
    criterion.decide([decided("a", f"b{number}") for number in range(12)])
    assert criterion.retraining.due(0)
    if state == "run":
        criterion.retraining.start(0, 0)
    else:
        criterion.retraining.use(0, pinned=True)
    assert not criterion.retraining.due(0)


def test_training_goes_on_while_an_offer_waits(criterion: Criterion, make: Make) -> None:
    make(1, adopt=False)
    criterion.retraining.offer_if(0, 1)
    criterion.decide([decided("a", f"b{number}") for number in range(12)])
    assert criterion.retraining.due(0)
    make(2, adopt=False)
    criterion.retraining.offer_if(0, 2)
    with pytest.raises(CurationError, match="on offer, 2, got 1"):
        criterion.retraining.accept_offer(True, 1)
    assert criterion.retraining.offer == 2
    make(3)
    assert criterion.retraining.adopt_if(0, 3)
    assert criterion.retraining.offer is None


def test_a_trial_is_no_newest_generation(criterion: Criterion, make: Make) -> None:
    make(1)
    criterion.retraining.use(1, pinned=False)
    make(2, 0, rival=1)
    criterion.retraining.compare(2)
    newest = criterion.retraining.newest()
    assert newest is not None
    assert newest.number == 1
    assert criterion.retraining.compared == (1, 2)
    assert [one.trial for one in criterion.retraining.made()] == [True, False, False]
    criterion.retraining.use(2, pinned=False)
    newest = criterion.retraining.newest()
    assert newest is not None
    assert newest.number == 2


def test_trouble_is_told_and_taken_back(criterion: Criterion) -> None:
    before = criterion.changes.version
    criterion.retraining.tell("The disk is full.")
    assert criterion.retraining.trouble == "The disk is full."
    assert criterion.changes.version > before
    criterion.retraining.tell("")
    assert criterion.retraining.trouble == ""


def test_generation_0_is_begun_once(log: DecisionLog, generations: GenerationStore) -> None:
    (generations.folder / "current.json").unlink()
    criterion = Criterion(NAME, CriterionSettings(), log, generations, VectorsOnly())
    assert not criterion.retraining.chosen
    criterion.retraining.begin()
    assert criterion.retraining.chosen
    assert criterion.retraining.number == 0
