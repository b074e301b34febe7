"""What agents say beside the SOP: habits of the best sellers, better words for its steps, words that do harm."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from qa_service.domain.effect import BAD_OUTCOMES, Effect, EffectVerdict, Grade
from qa_service.domain.habit import AgentsHabit, Habit
from qa_service.domain.insight import HabitBounds
from qa_service.domain.quote import Quote
from qa_service.domain.sop import Step
from qa_service.domain.suggestion import RevisionSuggestion, SuggestionKind
from qa_service.suggest.grounds import GOOD_OUTCOMES, Change, Grounds, share_of
from qa_service.suggest.patches import MOST_EXAMPLES, with_new_step, with_red_line, with_wording
from qa_service.suggest.wording import alike, short, stated


def suggest_new_steps(grounds: Grounds, bounds: HabitBounds) -> Iterator[RevisionSuggestion]:
    """What the best sellers say and the SOP lacks: it goes with sales within agents, or it sets the best apart."""
    found: list[tuple[float, Habit, Effect]] = []
    for habit in grounds.numbers.weighed.habits:
        spread = grounds.numbers.weighed.spread.get(habit.id)
        if habit.step is not None or habit.standard or spread is None or _bad(grounds, habit):
            continue
        effect = _helpful(grounds, habit, spread, bounds) or _apart(grounds, habit, spread, bounds)
        if effect is not None:
            found.append((effect.q_value or 0.0, habit, effect))
    # A finding within agents comes before one that only sets agents apart; then the wide habit before its close parts.
    found.sort(key=lambda one: (one[2].grade is Grade.ASSOCIATION, -one[1].n_conversations, one[0], one[1].id))
    for _, habit, effect in _unlike(found)[: grounds.bounds.added_at_most]:
        yield _new_step(grounds, habit, effect)


def suggest_rewordings(grounds: Grounds) -> Iterator[RevisionSuggestion]:
    """For each step the words, other than the SOP's, in which it goes with the best outcome."""
    best: dict[str, tuple[Habit, Effect]] = {}
    for habit in grounds.numbers.weighed.habits:
        if habit.step is None or habit.standard or len(habit.quotes) < 2:
            continue
        effect = grounds.surest(habit.target, EffectVerdict.HELPS, GOOD_OUTCOMES)
        held = best.get(habit.step)
        if effect is not None and (held is None or (effect.p_value or 0) < (held[1].p_value or 0)):
            best[habit.step] = (habit, effect)
    for step in grounds.sop.steps:
        if step.id in best:
            yield _rewording(grounds, step, *best[step.id])


def suggest_harmful_words(grounds: Grounds) -> Iterator[RevisionSuggestion]:
    """Words off script that go with refunds or complaints and that no red line covers."""
    found: list[tuple[float, Habit, Effect]] = []
    for habit in grounds.numbers.weighed.habits:
        covered = habit.crossed >= grounds.bounds.crossed_already
        if habit.step is not None or habit.standard or covered or len(habit.quotes) < 2:
            continue
        effect = grounds.surest(habit.target, EffectVerdict.HURTS, tuple(sorted(BAD_OUTCOMES)))
        if effect is not None and effect.n_exposed >= grounds.bounds.red_line_conversations:
            found.append((effect.p_value or 0.0, habit, effect))
    found.sort(key=lambda one: (not one[1].pooled, one[0], one[1].id))
    for _, habit, effect in _unlike(found)[: grounds.bounds.added_at_most]:
        yield _red_line(grounds, habit, effect)


def _helpful(grounds: Grounds, habit: Habit, spread: AgentsHabit, bounds: HabitBounds) -> Effect | None:
    """Within agents it goes with better outcomes, in each half of them, and several of the best say it."""
    effect = grounds.surest(habit.target, EffectVerdict.HELPS, GOOD_OUTCOMES)
    if effect is None or not grounds.numbers.weighed.replicated(effect) or len(habit.quotes) < 2:
        return None
    return effect if spread.several(bounds) else None


def _apart(grounds: Grounds, habit: Habit, spread: AgentsHabit, bounds: HabitBounds) -> Effect | None:
    """It sets the best sellers apart, in each half of the agents and lately: an association, no effect is shown."""
    apart = spread.ratio >= bounds.good_ratio and min(*spread.half_ratios, spread.later_ratio) >= bounds.part_ratio
    if spread.q_value > grounds.bounds.significant_q or not (apart and spread.several(bounds)) or len(habit.quotes) < 2:
        return None
    found = next((e for e in grounds.numbers.weighed.associations if e.target == habit.target), None)
    if found is None or found.effect is None or found.effect <= 0 or grounds.also(habit.target, EffectVerdict.HURTS):
        return None
    return replace(found, grade=Grade.ASSOCIATION, q_value=spread.q_value, verdict=EffectVerdict.NO_EVIDENCE)


def _bad(grounds: Grounds, habit: Habit) -> bool:
    """Whether it goes with refunds or complaints, or crosses a red line: nothing to teach."""
    if habit.crossed >= grounds.bounds.crossed_already / 2:
        return True
    bad = grounds.numbers.weighed.of(habit.target, BAD_OUTCOMES)
    return any(effect.ci_low is not None and effect.ci_low > 0 for effect in bad)


def _new_step(grounds: Grounds, habit: Habit, effect: Effect) -> RevisionSuggestion:
    spread = grounds.numbers.weighed.spread[habit.id]
    name = "add_step_apart" if effect.grade is Grade.ASSOCIATION else "add_step"
    whose = {"times": f"{spread.ratio:.1f}", "good": spread.good_agents, "users": spread.good_users}
    text = stated(grounds.statements, name, effect, words=habit.label, **whose)
    step = {
        "id": f"new_{habit.id[:6]}",
        "title": short(habit.label),
        "description": stated(grounds.statements, "new_step", words=habit.label),
        "examples": _examples(habit.quotes),
    }
    document = with_new_step(grounds.sop.document, step, _before(grounds, habit.place))
    change = Change(SuggestionKind.ADD_STEP, ("phrase", habit.id), text, document)
    share = 1 - habit.n_conversations / max(1, grounds.numbers.evidence.n)
    return grounds.suggestion(change, effect, share=max(0.05, share), examples=habit.quotes[:MOST_EXAMPLES])


def _rewording(grounds: Grounds, step: Step, habit: Habit, effect: Effect) -> RevisionSuggestion:
    text = stated(grounds.statements, "reword_step", effect, step=step.title, words=habit.label)
    better = stated(grounds.statements, "better_words", words=habit.label)
    document = with_wording(grounds.sop.document, step.id, _examples(habit.quotes), better)
    change = Change(SuggestionKind.REWORD_STEP, ("step", step.id), text, document)
    share = share_of(effect.n_unexposed, effect)
    return grounds.suggestion(change, effect, share=share, examples=habit.quotes[:MOST_EXAMPLES])


def _red_line(grounds: Grounds, habit: Habit, effect: Effect) -> RevisionSuggestion:
    title = stated(grounds.statements, "harmful_title", words=short(habit.label))
    line = {"id": f"harm_{habit.id[:6]}", "title": title, "severity": "major", "examples": _examples(habit.quotes)}
    text = stated(grounds.statements, "add_red_line", effect, title=title)
    change = Change(SuggestionKind.ADD_RED_LINE, ("phrase", habit.id), text, with_red_line(grounds.sop.document, line))
    share = share_of(effect.n_exposed, effect)
    return grounds.suggestion(change, effect, share=share, examples=habit.quotes[:MOST_EXAMPLES])


def _examples(quotes: Iterable[Quote]) -> list[str]:
    return list(dict.fromkeys(quote.text for quote in quotes))[:MOST_EXAMPLES]


def _unlike(found: list[tuple[float, Habit, Effect]]) -> list[tuple[float, Habit, Effect]]:
    """Leave out habits with a wording like that of one before them: a close one beside the wide one it is part of."""
    kept: list[tuple[float, Habit, Effect]] = []
    for one in found:
        words = {quote.text for quote in one[1].quotes}
        if not any(_overlap(words, {quote.text for quote in other[1].quotes}) for other in kept):
            kept.append(one)
    return kept


def _overlap(words: set[str], others: set[str]) -> bool:
    return any(alike(word, other) for word in words for other in others)


def _before(grounds: Grounds, place: float) -> str | None:
    """The first step of the SOP that is usually begun later than the habit is said."""
    for step in grounds.sop.steps:
        begun = grounds.numbers.evidence.place(step.id)
        if begun is not None and begun > place:
            return step.id
    return None
