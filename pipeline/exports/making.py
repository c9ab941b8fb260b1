"""What an installation makes packages with, from its settings."""

from crawler.settings import SOFTWARE
from model.taxonomy import Taxonomy, load_taxonomy
from pipeline.exports.handling import handling_of
from pipeline.exports.kit import load_kit
from pipeline.exports.packing import Maker
from pipeline.settings import Settings

__all__ = ["maker_of"]


def maker_of(settings: Settings, taxonomy: Taxonomy | None = None) -> Maker:
    """The maker of this installation; ``taxonomy`` where it was read before."""
    return Maker(
        taxonomy=taxonomy or load_taxonomy(settings.taxonomy),
        kit=load_kit(settings.exports),
        software=SOFTWARE,
        handling=lambda contacts: handling_of(settings.export, contacts=contacts),
    )
