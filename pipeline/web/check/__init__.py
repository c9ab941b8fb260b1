"""One ad that a person brings: checked against model, registers and store, and opened as a case."""
