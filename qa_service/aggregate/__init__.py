"""Many analyses to numbers: adherence, reasons, needs topics, the voice of a week, an agent beside colleagues."""
