"""Pages without structured data, in the manner of many boards: what is an ad and what is not. Every text is invented."""

import json

import pytest

from crawler.extract.page import read_page
from crawler.extract.raw import PageReading, RawAd

CHROME = """<header><nav><ul><li><a href="/">Home</a></li><li><a href="/jobs">Jobs in your town and around it</a></li>
<li><a href="/companies">Companies that are hiring now</a></li><li><a href="/login">Sign in</a></li></ul></nav></header>"""
FOOT = """<footer><p>About us. Terms of use. All rights reserved, whoever they may be left with.</p></footer>
<div class="cookie-consent modal"><p>We use cookies to remember what you liked. Accept all cookies or choose some.</p></div>"""


def whole(title: str, body: str, *, lang: str = "en", head: str = "") -> bytes:
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{CHROME}{body}{FOOT}</body></html>"
    ).encode()


def read(page: bytes, path: str = "/jobs/17-night-baker") -> PageReading:
    return read_page(page, url=f"http://board.test{path}")


def only(reading: PageReading) -> RawAd:
    assert reading.outcome == "ad", reading
    (ad,) = reading.ads
    assert ad.description is not None
    for chrome in ("cookies", "Sign in", "All rights reserved"):
        assert chrome not in ad.description
    return ad


RELATED = "<section><h2>Việc làm tương tự</h2>" + "".join(
    f'<div class="job-item"><a href="/viec-lam/{n}">Nhân viên kho số {n}</a><p>Công ty Kho {n} - Huế</p></div>' for n in range(8)
) + "</section>"  # fmt: skip


def test_a_vietnamese_board_with_sections_and_rows() -> None:
    body = f"""<div class="job-detail__header"><h1 class="job-detail__title">Thợ làm bánh ca đêm</h1>
      <a class="company-name" href="/cong-ty/tiem-banh-den-long">Tiệm bánh Đèn Lồng</a>
      <a class="btn">Ứng tuyển ngay</a></div>
      <div class="job-info"><div><span>Mức lương</span><span>9 - 12 triệu</span></div>
      <div><span>Địa điểm</span><span>Hội An, Quảng Nam</span></div><div><span>Kinh nghiệm</span><span>1 năm</span></div>
      <div><span>Hạn nộp hồ sơ</span><span>01/12/2026</span></div></div>
      <div class="job-description">
      <div class="job-description__item"><h3>Mô tả công việc</h3><div><p>Nhào bột và nướng bánh mỗi đêm cho khu phố cổ.</p>
        <p>Giữ bếp sạch sau ca làm.</p></div></div>
      <div class="job-description__item"><h3>Yêu cầu ứng viên</h3><div><ul><li>Khỏe, dậy được ban đêm</li><li>Thật thà</li></ul></div></div>
      <div class="job-description__item"><h3>Quyền lợi</h3><div><p>Nghỉ chủ nhật, có bảo hiểm, ăn hai bữa.</p></div></div>
      </div>{RELATED}"""
    ad = only(
        read(
            whole("Thợ làm bánh ca đêm - Tiệm bánh Đèn Lồng | ViecTot", body, lang="vi"),
            "/viec-lam/tho-lam-banh/17.html",
        )
    )
    assert (ad.title, ad.hiring_organization) == ("Thợ làm bánh ca đêm", "Tiệm bánh Đèn Lồng")
    assert ad.job_location == "Hội An, Quảng Nam"
    assert ad.base_salary is not None
    assert (ad.base_salary.raw, ad.valid_through, ad.language) == ("9 - 12 triệu", "01/12/2026", "vi")
    assert ad.description is not None
    for line in ("Mô tả công việc", "Giữ bếp sạch sau ca làm.", "Thật thà", "Nghỉ chủ nhật, có bảo hiểm, ăn hai bữa."):
        assert line in ad.description.splitlines()
    assert "Nhân viên kho" not in ad.description


def test_an_australian_style_board_with_automation_names() -> None:
    body = """<div><h1 data-automation="job-detail-title">Kasir toko buku</h1><span data-automation="advertiser-name">Toko Buku
      Kertas</span><span data-automation="job-detail-location">Bandung, Jawa Barat</span>
      <span data-automation="job-detail-salary">Rp 3.500.000 – Rp 4.200.000 per month</span>
      <span data-automation="job-detail-work-type">Full time</span><a data-automation="job-detail-apply" href="/apply">Quick apply</a>
      <div data-automation="jobAdDetails"><div><p>Kami mencari kasir yang ramah dan teliti untuk toko buku kami.</p>
      <p><strong>Kualifikasi:</strong></p><ul><li>Lulusan SMA</li><li>Bisa bekerja akhir pekan bergantian</li></ul>
      <p>Gaji dibayar tiap tanggal 25, libur satu hari seminggu.</p></div></div></div>"""
    ad = only(read(whole("Kasir toko buku Job in Bandung - Board", body, lang="id"), "/id/job/7001"))
    assert (ad.title, ad.hiring_organization) == ("Kasir toko buku", "Toko Buku Kertas")
    assert ad.job_location == "Bandung, Jawa Barat"
    assert ad.base_salary is not None
    assert ad.base_salary.raw == "Rp 3.500.000 – Rp 4.200.000 per month"
    assert ad.description is not None
    assert "Lulusan SMA" in ad.description.splitlines()


def test_a_chinese_classifieds_page() -> None:
    body = """<div class="pos_base_info"><h1 class="pos_title">面包房夜班烘焙师</h1><span class="pos_salary">6000-8000元/月</span></div>
      <ul><li><span>招聘单位：</span><a href="/qiye/1">灯笼面包房</a></li><li><span>工作地点：</span><span>昆明市五华区</span></li>
      <li><span>学历要求：</span><span>不限</span></li></ul><a class="apply_btn">申请职位</a>
      <div class="item_con"><div class="subitem_con pos_description"><h3>职位描述</h3><div class="des">每天晚上为老城区烤面包，保持厨房干净整洁。<br>
      岗位职责：和面、整形、烘烤。<br>任职要求：身体健康，能上夜班，会用烤箱者优先。<br>福利待遇：包吃住，周日休息，按时发工资。</div></div></div>"""
    ad = only(read(whole("面包房夜班烘焙师_灯笼面包房招聘信息", body, lang="zh"), "/zhaopin/17.shtml"))
    assert (ad.title, ad.hiring_organization, ad.job_location) == ("面包房夜班烘焙师", "灯笼面包房", "昆明市五华区")
    assert ad.base_salary is not None
    assert ad.base_salary.raw == "6000-8000元/月"
    assert ad.description is not None
    assert "岗位职责：和面、整形、烘烤。" in ad.description.splitlines()


def test_a_thai_page_built_of_tables_in_an_old_charset() -> None:
    page = """<html><head><meta http-equiv="Content-Type" content="text/html; charset=tis-620"><title>ช่างทำขนมปัง</title></head><body>
      <form action="/"><table><tr><td><h1>ช่างทำขนมปังกะดึก</h1></td></tr>
      <tr><td><b>บริษัท</b></td><td>ร้านขนมปังโคมไฟ</td></tr><tr><td><b>สถานที่ทำงาน</b></td><td>เชียงใหม่</td></tr>
      <tr><td><b>เงินเดือน</b></td><td>15,000 - 18,000 บาท</td></tr><tr><td><b>ประสบการณ์</b></td><td>1 ปี</td></tr></table>
      <table><tr><td><b>รายละเอียดงาน</b><br>นวดแป้งและอบขนมปังทุกคืนสำหรับตลาดเช้า ดูแลครัวให้สะอาด<br>
      <b>คุณสมบัติ</b><br>ทำงานกะดึกได้ ซื่อสัตย์ หยุดวันอาทิตย์ มีประกันสังคม<br>โทร 081-000-0000</td></tr></table></form></body></html>"""
    ad = only(read_page(page.encode("cp874"), url="http://board.test/job/view.php?id=9"))
    assert (ad.title, ad.hiring_organization, ad.job_location) == ("ช่างทำขนมปังกะดึก", "ร้านขนมปังโคมไฟ", "เชียงใหม่")
    assert ad.base_salary is not None
    assert ad.base_salary.raw == "15,000 - 18,000 บาท"
    assert ad.description is not None
    assert "นวดแป้งและอบขนมปังทุกคืนสำหรับตลาดเช้า ดูแลครัวให้สะอาด" in ad.description


def test_a_blog_that_reposts_one_vacancy() -> None:
    body = """<article class="post"><h1 class="entry-title">Lowongan Kerja Penjahit di Konveksi Benang Biru</h1>
      <div class="entry-content"><p>Konveksi Benang Biru membuka lowongan untuk penjahit di Solo.</p>
      <p><strong>Kualifikasi:</strong></p><ul><li>Bisa menjahit kemeja</li><li>Usia bebas</li></ul>
      <p><strong>Fasilitas:</strong></p><ul><li>Gaji pokok dan lembur</li><li>Makan siang</li></ul>
      <p>Lokasi: Solo, Jawa Tengah</p><p>Kirim lamaran ke kerja@benangbiru.example atau datang langsung.</p></div></article>"""
    head = '<meta property="og:type" content="article">'
    page = whole("Lowongan Kerja Penjahit di Konveksi Benang Biru - Info Loker", body, lang="id", head=head)
    ad = only(read(page, "/2026/10/lowongan-penjahit/"))
    assert ad.title == "Lowongan Kerja Penjahit di Konveksi Benang Biru"
    assert ad.job_location == "Solo, Jawa Tengah"


def test_an_ad_that_only_the_page_s_script_state_holds() -> None:
    state = {
        "props": {
            "pageProps": {
                "job": {
                    "title": "Barista",
                    "company": {"name": "Kopi Senja", "description": "<p>Coffee</p>", "url": "/companies/kopi-senja"},
                    "location": {"city": "Cebu City", "country": "Philippines"},
                    "descriptionHtml": "<p>"
                    + "Serve coffee and keep the bar clean. " * 5
                    + "</p><ul><li>Weekends off</li></ul>",
                    "salary": {"min": 18000, "max": 20000, "currency": "PHP", "period": "month"},
                    "employmentType": "FULL_TIME",
                },
                "similarJobs": [
                    {"title": f"Waiter {n}", "company": "X", "location": "Y", "description": "Carry plates. " * 30}
                    for n in range(9)
                ],
            }
        }
    }
    script = f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(state)}</script>'
    ad = only(read(whole("Barista at Kopi Senja | Board", '<div id="__next"></div>' + script)))
    assert (ad.reader, ad.title, ad.hiring_organization) == ("api", "Barista", "Kopi Senja")
    assert ad.job_location == "Cebu City, Philippines"
    assert ad.description is not None
    assert ad.description.endswith("Weekends off")
    assert ad.base_salary is not None
    assert ad.base_salary.raw == "18000 - 20000 PHP month"


def test_an_ad_that_is_over_is_still_an_ad_and_says_so() -> None:
    body = """<h1>Night baker</h1><p>No longer accepting applications</p><div class="job-description"><h3>Responsibilities</h3>
      <p>Bake bread each night for the old town and its two markets, and leave the kitchen as you found it.</p><h3>Benefits</h3>
      <p>Sundays off, insurance, two meals, a bicycle for the way home before dawn.</p></div>"""
    reading = read(whole("Night baker | Board", body))
    assert only(reading).title == "Night baker"
    assert "the page says that the ad is closed" in reading.problems


# What is no ad

CARDS = "".join(
    f"""<div class="job-card"><h3><a href="/jobs/{n}-seller">Seller for shop {n}</a></h3><span>Shop {n} Ltd</span>
    <span>Hue</span><span>Salary 8 - 10 million</span><p>Mornings and some Saturdays.</p><a href="/apply/{n}">Apply now</a></div>"""
    for n in range(12)
)


@pytest.mark.parametrize(
    "title", ["Jobs in Hue", "12 jobs for sellers", "Việc làm tại Huế", "Sellers wanted", "招聘信息"]
)
def test_a_page_of_cards_is_a_listing(title: str) -> None:
    body = f"<h1>{title}</h1><p>Showing 1 to 12 of 340</p><div class='results'>{CARDS}</div><a href='?page=2'>Next page</a>"
    reading = read(whole(f"{title} | Board", body), "/jobs")
    assert (reading.outcome, reading.ads) == ("listing", ())


def test_an_ad_s_address_that_now_shows_the_list_is_a_listing() -> None:
    body = f"<h1>This job is no longer available</h1><p>Have a look at these instead.</p><div class='results'>{CARDS}</div>"
    reading = read(whole("Jobs | Board", body))
    assert (reading.outcome, reading.ads) == ("listing", ())


def test_a_list_without_results_is_still_a_listing() -> None:
    page = whole("Search results | Board", "<h1>Search results</h1><p>Nothing was found for welder in Hue.</p>")
    assert read(page, "/search?q=welder").outcome == "listing"


NOT_ADS = {
    "an error": whole("Page not found | Board", "<h1>Page not found</h1><p>The job you look for has moved or never was.</p>"),
    "a server error": b"<h1>500 Internal Server Error</h1><p>Something went wrong, please try again later.</p>",
    "a cookie wall": whole(
        "Before you continue",
        "<h1>Before you continue</h1><p>" + "We and our partners store cookies to show you fitting jobs and salaries. " * 6 + "</p>",
    ),
    "a robot check": whole("Just a moment...", "<h1>Checking your browser</h1><p>Please wait while we verify you.</p>"),
    "a sign-in page": whole(
        "Sign in | Board",
        "<h1>Sign in</h1><form><label>E-mail</label><input><label>Password</label><input><button>Sign in</button></form>"
        "<p>Sign in to apply for jobs, save vacancies and upload your resume so that recruiters can find you at once.</p>",
    ),
    "a company's page": whole(
        "Lantern Bakery | Board",
        "<h1>Lantern Bakery</h1><div class='company-description'><p>" + "We have baked for the old town since 1988. " * 6
        + "</p></div><dl><dt>Industry</dt><dd>Food</dd><dt>Address</dt><dd>12 Canal Street</dd><dt>Phone</dt><dd>0200 000 000</dd></dl>",
    ),
    "an article on finding work": whole(
        "How to write a resume | Board",
        "<article><h1>How to write a resume</h1><p>" + "A good resume is short and says what you can do for the job. " * 9 + "</p></article>",
        head='<meta property="og:type" content="article">',
    ),
    "a news story": whole(
        "Two held over job scam",
        "<h1>Two held over job scam</h1><p>" + "Police said on Monday that job seekers were promised a high salary abroad. " * 6 + "</p>",
        head='<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Two held over job scam"}</script>',
    ),
    "an ad whose text a script loads": whole(
        "Position detail", "<div id='app'></div>", head='<meta property="og:title" content="Night baker">'
    ),
    "a bare fragment": b"<p>We bake bread for the old town and we are looking for a baker.</p><p>Salary by agreement, apply soon.</p>",
    "nothing": b"",
    "JSON": b'{"title": "Baker"}',
    "a PDF": b"%PDF-1.7 \x00\x01\x02",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
}  # fmt: skip


@pytest.mark.parametrize("page", NOT_ADS.values(), ids=NOT_ADS)
def test_what_is_no_ad_gives_none(page: bytes) -> None:
    for path in ("/jobs/17-night-baker", "/page", "/company/lantern-bakery"):
        assert read(page, path).ads == ()


def test_the_address_says_that_a_company_s_page_is_none() -> None:
    assert read(NOT_ADS["a company's page"], "/company/lantern-bakery/1").outcome == "not_an_ad"


def test_a_page_with_a_title_and_no_text_says_that_a_script_may_load_it() -> None:
    assert any("script" in problem for problem in read(NOT_ADS["an ad whose text a script loads"]).problems)
