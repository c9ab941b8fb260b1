"""The same offer told otherwise: of another place or person, in another language, in disguise. A score should hold."""
