"""The reading as one spaCy pipeline: it is saved and loaded, shows its spans, and reads what the ad reader reads."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import spacy
from spacy import displacy

from builders import make_ad
from crawler.language.cues import LANGUAGES
from model.errors import UnreadableModel
from model.reading.pipeline import COMPONENTS, DENIED, ENTITIES, INDICATORS, build_pipeline
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy

ROOT = Path(__file__).parents[3]
TAXONOMY = load_taxonomy(ROOT / "data" / "taxonomy")
LURE = "Chat work abroad, $2,000. Passports are kept in the office safe and the debt is deducted. Nobody may leave."
MIXED = (
    "Passports are kept in the office safe. The company does not hold your phone. "
    "Beware when a company keeps your passport."
)


@cache
def reader() -> AdReader:
    return AdReader.from_taxonomy(TAXONOMY)


def test_findings_are_spans_entities_and_attributes() -> None:
    doc = reader().nlp(LURE)
    assert "control.documents_kept" in {span.label_ for span in doc.spans[INDICATORS]}
    assert {span.id_ for span in doc.spans[INDICATORS]} <= set(LANGUAGES)
    assert [(span.label_, span.text) for span in doc.spans[ENTITIES]] == [("MONEY", "$2,000")]
    assert [(ent.label_, ent.text) for ent in doc.ents] == [("MONEY", "$2,000")]
    assert [sentence.text.strip() for sentence in doc.sents][-1] == "Nobody may leave."
    assert doc._.rule is not None
    assert doc._.exploitation
    assert reader().nlp("A bakery looks for a baker.")._.rule is None


def test_what_is_denied_or_said_of_others_is_told_apart() -> None:
    doc = reader().nlp(MIXED)
    reasons = {(span.label_, span.id_) for span in doc.spans[DENIED]}
    assert ("control.phone_taken", "denied") in reasons
    assert ("control.documents_kept", "attributed") in reasons
    (read,) = reader().read([make_ad(title="", description=MIXED)])
    assert len(read.denied) >= 2
    assert 1 <= read.attributed < len(read.denied)
    assert all(one.quote == MIXED[one.start : one.end] for one in read.denied)


def test_the_share_of_quoted_text_and_a_warning_are_told() -> None:
    said = (
        'My cousin read "the company keeps your passport until you have paid" in a post and asked us about it at home.'
    )
    warning = (
        "Police warn of fake job offers. Victims were lured by scammers and trafficked. Beware of recruitment fraud."
    )
    quoting, warned = reader().read([make_ad(title="", description=text) for text in (said, warning)])
    assert 0.4 < quoting.quoted < 0.8
    assert not warned.quoted
    assert warned.is_warning


def test_the_reader_finds_what_the_pipeline_finds() -> None:
    (read,) = reader().read([make_ad(title="", description=LURE, hiring_organization="Thornbury Bakery")])
    doc = reader().nlp(LURE)
    shown = {one.indicator for one in read.evidence}
    assert {one.indicator for one in doc._.evidence} == {key for key in shown if not key.startswith("structure.")}
    assert read.rule is not None
    assert doc._.rule.rule == read.rule.rule


def test_a_saved_pipeline_is_loaded_in_another_process_and_reads_the_same(tmp_path: Path) -> None:
    reader().nlp.to_disk(tmp_path / "saved")
    program = (
        "import spacy, model.reading.pipeline\n"
        f"doc = spacy.load({str(tmp_path / 'saved')!r})({LURE!r})\n"
        "print([(s.label_, s.start_char, s.end_char) for s in doc.spans['indicators']], doc._.rule.rule)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ROOT)
    doc = reader().nlp(LURE)
    spans = [(span.label_, span.start_char, span.end_char) for span in doc.spans[INDICATORS]]
    assert done.stdout.strip() == f"{spans} {doc._.rule.rule}"


def test_a_pipeline_goes_through_bytes() -> None:
    other = spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "lurewatch.words.v1"}}})
    for name in COMPONENTS:
        other.add_pipe(name)
    with pytest.raises(UnreadableModel, match="holds no taxonomy"):
        other("Passports are kept.")
    other.from_bytes(reader().nlp.to_bytes())
    ours, theirs = reader().nlp(LURE), other(LURE)
    assert [span.label_ for span in theirs.spans[INDICATORS]] == [span.label_ for span in ours.spans[INDICATORS]]


def test_displacy_shows_the_spans() -> None:
    page = displacy.render(reader().nlp(LURE), style="span", options={"spans_key": INDICATORS}, page=True)
    assert "control.documents_kept" in page


def test_a_component_of_ones_own_stands_beside_ours() -> None:
    @spacy.Language.component("test_counts_indicators")
    def count(doc):
        doc.user_data["indicators"] = len(doc.spans[INDICATORS])
        return doc

    nlp = build_pipeline(TAXONOMY)
    nlp.add_pipe("test_counts_indicators", after="lurewatch_negation")
    (doc,) = nlp.pipe([LURE])
    assert doc.user_data["indicators"] == len(doc.spans[INDICATORS]) > 0
    assert nlp.analyze_pipes()["problems"]["lurewatch_rules"] == []


def test_an_ad_that_shows_nothing_is_read_as_empty() -> None:
    (read,) = reader().read([make_ad(title="Hello", description="Lovely weather, see you at work tonight.")])
    assert (read.evidence, read.denied, read.rule, read.exploitation, read.is_warning) == ((), (), None, (), False)


def test_an_edited_taxonomy_reads_at_once(tmp_path: Path) -> None:
    for path in (ROOT / "data" / "taxonomy").glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    family = tmp_path / "hint.toml"
    text = family.read_text("utf-8")
    family.write_text(
        text.replace("[papers.languages.en]\npatterns = [", '[papers.languages.en]\npatterns = ["zorble the quux", '),
        "utf-8",
    )
    (read,) = AdReader.from_taxonomy(load_taxonomy(tmp_path)).read([make_ad(description="You zorble the quux.")])
    assert "hint.papers" in {one.indicator for one in read.evidence}
    (before,) = reader().read([make_ad(description="You zorble the quux.")])
    assert "hint.papers" not in {one.indicator for one in before.evidence}


@pytest.mark.parametrize(
    ("text", "indicator"),
    [
        ("chuc mn ngu ngon", "fraud.pyramid"),
        ("Chào mn, quán mình mới mở, ghé ủng hộ nha", "fraud.pyramid"),
        ("Chụp ảnh cầm CCCD rồi gửi để mở tài khoản.", "control.documents_kept"),
        ("Chụp ảnh cầm CCCD rồi gửi để mở tài khoản.", "hint.papers"),
        ("Foto selfie sambil pegang KTP untuk daftar.", "hint.papers"),
        ("Take a selfie while you hold your ID card.", "hint.papers"),
        ("Your OTP is 448201. Do not share it with anyone.", "recruiter.secrecy"),
        ("Chuyên viên thiết kế 2D, 3D", "protective.skill_or_language_test"),
    ],
)
def test_an_everyday_message_does_not_show_it(text: str, indicator: str) -> None:
    (read,) = reader().read([make_ad(title="", description=text)])
    assert indicator not in {one.indicator for one in read.evidence}


@pytest.mark.parametrize(
    ("text", "indicator"),
    [
        ("Công ty giữ hộ chiếu và CCCD của bạn tới khi hết hợp đồng.", "control.documents_kept"),
        ("Do not tell your family about the trip.", "recruiter.secrecy"),
    ],
)
def test_what_it_is_told_from_still_shows_it(text: str, indicator: str) -> None:
    (read,) = reader().read([make_ad(title="", description=text)])
    assert indicator in {one.indicator for one in read.evidence}
