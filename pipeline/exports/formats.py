"""The formats that a package is written in, by name: each as the bytes of one file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pipeline.exports.kit import ExportKit
from pipeline.exports.referral import Package
from pipeline.messages import ENGLISH, Tongue

__all__ = ["FORMATS", "Format", "FormatName", "Reader", "write_as"]

FormatName = Literal["csv", "json", "misp", "stix", "html"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whoever a page for people is written for."""

    tongue: Tongue = ENGLISH
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One way to write a package."""

    file_name: str
    mimetype: str
    dump: Callable[[Package, ExportKit, Reader], str]


def write_as(name: FormatName, package: Package, kit: ExportKit, reader: Reader | None = None) -> bytes:
    """The package in one format. Half a character, which a hostile page can hold and UTF-8 cannot, becomes a question
    mark where the format has no way to write it."""
    return FORMATS[name].dump(package, kit, reader or Reader()).encode("utf-8", "replace")


# Each writer is loaded when it is asked for: the STIX library alone takes half a second.


def _csv(package: Package, _kit: ExportKit, _reader: Reader) -> str:
    from pipeline.exports.csv_package import dumps_csv

    return dumps_csv(package)


def _json(package: Package, _kit: ExportKit, _reader: Reader) -> str:
    from pipeline.exports.json_package import dumps_json

    return dumps_json(package)


def _misp(package: Package, kit: ExportKit, _reader: Reader) -> str:
    from pipeline.exports.misp_event import dumps_misp

    return dumps_misp(package, kit.template)


def _stix(package: Package, _kit: ExportKit, _reader: Reader) -> str:
    from pipeline.exports.stix_bundle import dumps_stix

    return dumps_stix(package)


def _html(package: Package, _kit: ExportKit, reader: Reader) -> str:
    from pipeline.exports.print_page import render_page

    return render_page(package, reader.tongue, reader.language)


FORMATS: Final[Mapping[FormatName, Format]] = {
    "csv": Format(file_name="cases.csv", mimetype="text/csv", dump=_csv),
    "json": Format(file_name="referral-package.json", mimetype="application/json", dump=_json),
    "misp": Format(file_name="misp-event.json", mimetype="application/json", dump=_misp),
    "stix": Format(file_name="stix-bundle.json", mimetype="application/stix+json", dump=_stix),
    "html": Format(file_name="referral-package.html", mimetype="text/html", dump=_html),
}
