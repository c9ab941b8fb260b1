"""The spaCy pipeline that reads ads: components that find, deny and combine, and the evidence they give."""
