from random import Random

from qa_service.aggregate.tally import Foremost


def test_the_foremost_things_are_those_with_the_smallest_keys_in_whatever_order_they_come() -> None:
    numbers = list(range(100))
    Random(1).shuffle(numbers)
    held: Foremost[str] = Foremost(3)
    for number in numbers:
        held.add(number, str(number))
    assert held.things() == ["0", "1", "2"]


def test_who_keeps_nothing_holds_nothing() -> None:
    held: Foremost[str] = Foremost(0)
    held.add(1, "one")
    assert held.things() == []
