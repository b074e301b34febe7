"""What makes a transcript as a whole doubtful, so that its score counts against nobody."""

from qa_service.analyze.doubts.find import find_doubts
from qa_service.analyze.doubts.rules import DoubtRules, doubt_rules
from qa_service.analyze.doubts.stage import guess_stage, stages_of_sop

__all__ = ["DoubtRules", "doubt_rules", "find_doubts", "guess_stage", "stages_of_sop"]
