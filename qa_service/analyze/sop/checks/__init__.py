"""The rule language: one file for each thing a check can look for, `FINDERS` lists them."""
