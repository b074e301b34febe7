"""People judge the machine: what an override may say, what the verdict then is, what can be learnt from it."""
