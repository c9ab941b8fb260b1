"""What an installation makes packages with, from its settings."""

from dataclasses import dataclass
from pathlib import Path

from crawler.settings import SOFTWARE
from model.taxonomy.loader import Taxonomy, load_taxonomy
from pipeline.exports.handling import handling_of
from pipeline.exports.kit import load_kit
from pipeline.exports.packing import Maker
from pipeline.settings import Settings

__all__ = ["ExportDesk", "desk_of", "maker_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportDesk:
    """What the desk needs to export cases."""

    maker: Maker
    contacts_permitted: bool
    """Whether the installation lets contacts leave it, with whoever may export them."""

    batches: Path
    """Where archived pages lie."""


def maker_of(settings: Settings, taxonomy: Taxonomy | None = None) -> Maker:
    """The maker of this installation; ``taxonomy`` where it was read before."""
    return Maker(
        taxonomy=taxonomy or load_taxonomy(settings.taxonomy),
        kit=load_kit(settings.exports),
        software=SOFTWARE,
        handling=lambda contacts: handling_of(settings.export, contacts=contacts),
    )


def desk_of(settings: Settings, taxonomy: Taxonomy) -> ExportDesk:
    """The same for the desk of this installation."""
    return ExportDesk(
        maker=maker_of(settings, taxonomy),
        contacts_permitted=settings.contacts.export == "values",
        batches=settings.batches,
    )
