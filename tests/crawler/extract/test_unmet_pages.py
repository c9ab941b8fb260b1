"""Pages whose boards nobody described: what is told beside a title, forms, shops, sites of employers."""

from crawler.extract.page import read_page

_TEXT = "Knead dough at night, load the oven and keep the bakery clean together with two bakers. "
_HEAD = "<html><head><title>{}</title></head><body>"


def _read(html: str, url: str = "https://board.example/jobs/7-baker/") -> tuple[str, str, str | None]:
    reading = read_page(html.encode(), url=url)
    ad = reading.ads[0] if reading.ads else None
    return reading.outcome, (ad and ad.description) or "", ad and ad.hiring_organization


def test_what_is_told_in_the_box_of_the_title_is_part_of_the_text() -> None:
    step = "<div><h3>Step {}</h3><p>We call you and speak of your wishes.</p></div>"
    steps = "".join(map(step.format, range(20)))
    page = f"""{_HEAD.format("Baker - Acme")}<main><section><h1>Baker</h1><p>Experience: 2 years</p><ul><li>{_TEXT}</li>
      <li>Salary is paid weekly to every employee.</li></ul><a href="/apply">Apply now</a></section>
      <section><h2>Our hiring steps</h2>{steps}</section></main></body></html>"""
    outcome, text, _ = _read(page)
    assert outcome == "ad"
    assert "Knead dough" in text
    assert "Step 3" in text


def test_what_a_form_asks_is_no_text_of_an_ad() -> None:
    fields = "".join(f"<p>{name} *<input name={name}></p>" for name in ("Name", "Town", "Telephone", "Mail", "Age"))
    form = f"<form><h3>Your particulars</h3>{fields}<input type=file><button>Apply</button></form>"
    described = (
        f"<div><h2>Job description</h2><p>{_TEXT * 4}</p><h2>Requirements</h2><p>Two years of experience.</p></div>"
    )
    outcome, text, _ = _read(f"{_HEAD.format('Baker')}<h1>Baker</h1>{described}{form}</body></html>")
    assert outcome == "ad"
    assert "Knead dough" in text
    assert "Telephone" not in text
    asked = f"<h1>Job application</h1><p>Join our team.</p>{form.replace(fields, fields * 6)}"
    assert _read(f"{_HEAD.format('Job application')}{asked}</body></html>")[0] != "ad"


def test_a_page_on_which_one_buys_is_no_ad() -> None:
    page = f"""{_HEAD.format("Baking course")}<main><h1>Baking course</h1><p>{_TEXT * 4}</p><p>Benefits: work,
      a job with experience, a better salary.</p><a href="/apply">Apply now</a>{{}}</main></body></html>"""
    assert _read(page.format(""), "https://school.example/baking")[0] == "ad"
    assert _read(page.format("<button>Add to cart</button>"), "https://school.example/baking")[0] == "not_an_ad"


def test_an_employers_careers_are_named_at_the_end_of_their_titles() -> None:
    page = f"""{_HEAD.format("Baker Job in Hue | Lantern Foods")}<main><h1>Baker</h1><p>{_TEXT * 4}</p>
      <a href="/apply">Apply now</a></main></body></html>"""
    assert _read(page, "https://lantern.example/careers/baker")[2] == "Lantern Foods"
    reading = read_page(page.encode(), url="https://lantern.example/careers/baker")
    assert reading.ads[0].job_location == "Hue"
    assert _read(page, "https://board.example/jobs/7-baker/")[2] is None


def test_a_section_may_open_in_a_row_or_before_a_colon() -> None:
    page = """<html><head><title>Вакансии</title></head><body>
      <h1>Вакансии</h1><p>Ведется набор пекарей на ночную смену.</p>
      <p>Требования: опыт работы пекарем, аккуратность, знание правил хранения,
      ответственность.</p>
      <p>Обязанности: замес теста, выпечка хлеба, уборка пекарни, приемка муки
      и учет готовой продукции.</p></body></html>"""
    assert _read(page, "https://pekarnya.example/vakansii.html")[0] == "ad"


def test_the_one_heading_in_a_pages_head_is_its_title_and_a_kind_of_work_no_employer() -> None:
    page = f"""{_HEAD.format("Baker - Lantern Foods")}<div class="header"><h1>Baker</h1><div class="tags">
      <span>📍 Hue</span><span>🏢 Full-time</span></div></div><main><h2>Duties</h2><p>{_TEXT * 4}</p>
      <a href="/apply">Apply now</a></main></body></html>"""
    (ad,) = read_page(page.encode(), url="https://board.example/jobs/job-1.html").ads
    assert (ad.title, ad.job_location, ad.hiring_organization) == ("Baker", "Hue", None)
