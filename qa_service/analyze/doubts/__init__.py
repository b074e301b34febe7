"""What makes a transcript as a whole doubtful, so that its score counts against nobody."""

from qa_service.analyze.doubts.bounds import DoubtBounds, doubt_bounds
from qa_service.analyze.doubts.find import find_doubts
from qa_service.analyze.doubts.stage import guess_stage, stage_told, stages_of_sop

__all__ = ["DoubtBounds", "doubt_bounds", "find_doubts", "guess_stage", "stage_told", "stages_of_sop"]
