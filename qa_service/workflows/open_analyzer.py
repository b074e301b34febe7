"""The analyzer that a deployment asks for: its models, and, where the settings name one, a language model as judge."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from qa_service.analyze.language_judge import LanguageJudge
from qa_service.config import Settings
from qa_service.errors import InvalidInput
from qa_service.normalize.masking import mask
from qa_service.workflows.analyze_conversations import Analyzer, load_analyzer
from qa_service.workflows.load_codebook import load_codebook

# Any number will do, as long as it is always the same.
SEED = 20261008


def open_analyzer(
    settings: Settings, models_dir: Path | None = None, *, fast: bool | None = None, following: bool = False
) -> Analyzer:
    """Load the models, and set up the judge if there is one; raises ArtifactMissing, or InvalidInput.

    What is None is as the settings say. `following`: for a service, a taxonomy that changes counts at once; files are
    judged under one from the first line to the last.
    """
    labels = load_codebook(settings)
    return load_analyzer(
        models_dir or settings.models_dir,
        second=open_language_judge(settings),
        fast=settings.fast if fast is None else fast,
        labels=partial(load_codebook, settings) if following else labels,
    )


def open_language_judge(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = partial(datetime.now, UTC),
    sleep: Callable[[float], None] = time.sleep,
) -> LanguageJudge | None:
    """The judge of the settings, None when it is off; raises InvalidInput when its endpoint may not be used."""
    if not settings.judge_url:
        return None
    if not settings.judge_model:
        raise InvalidInput("QA_JUDGE_URL needs QA_JUDGE_MODEL: the name of the model at that endpoint")
    # Imported where it is needed: without a judge, nothing of the service can call out.
    from qa_service.consult import Address, Endpoint, checked_url

    try:
        url = checked_url(settings.judge_url, settings.judge_hosts)
    except InvalidInput as error:
        raise InvalidInput(f"QA_JUDGE_URL cannot be used: {error}; QA_JUDGE_HOSTS lists the allowed hosts") from None
    key = settings.judge_key.get_secret_value() if settings.judge_key else None
    address = Address(url, settings.judge_model, key, settings.judge_timeout_s)
    endpoint = Endpoint(address, seed=SEED, clock=clock, sleep=sleep)
    return LanguageJudge(endpoint, settings.judge_model, mask, every=settings.judge_items == "all")
