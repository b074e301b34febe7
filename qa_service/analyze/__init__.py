"""One conversation and one SOP in, one analysis out."""
