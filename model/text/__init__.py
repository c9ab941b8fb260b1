"""Folding, disguises and masked tokens, with offsets back into the original text."""
