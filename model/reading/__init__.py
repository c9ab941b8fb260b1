"""spaCy pipeline that reads ads: components for evidence, denials and rules."""
