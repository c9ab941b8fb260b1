"""Placeholder."""

from flask import Blueprint

blueprint = Blueprint("mine", __name__)
