"""Ways to reach whoever placed an ad, found in its text."""

import re
from collections.abc import Iterator

import phonenumbers

from crawler.ad import Contact

__all__ = ["find_contacts"]

_LONGEST = 50_000
_MOST = 50
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.ASCII)
_SAYS = r"\s{0,3}[:：]?\s{0,3}"
_HANDLES = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("telegram", r"(?<!\w)(?:t|telegram)\.me/(?:s/|joinchat/)?(\+?[a-z0-9_-]{4,40})"),
        ("telegram", rf"\b(?:telegram|tele|tg|电报|飞机)\b\s{{0,3}}(?:id)?{_SAYS}@([a-z][a-z0-9_]{{3,31}})"),
        ("zalo", r"(?<!\w)zalo\.me/(?:g/)?([a-z0-9]{5,30})"),
        ("whatsapp", r"(?<!\w)(?:wa\.me/|whatsapp\.com/send/?\?phone=|chat\.whatsapp\.com/)(\+?[a-z0-9]{6,30})"),
        ("line", r"(?<!\w)(?:line\.me/(?:r/)?ti/p/|lin\.ee/)([@~%a-z0-9_.-]{3,40})"),
        ("line", rf"\bline\s?id{_SAYS}(@?[a-z0-9_.-]{{3,30}})"),
        ("line", rf"\bline{_SAYS}(@[a-z0-9_.-]{{3,30}})"),
        ("line", rf"ไลน์\s{{0,3}}(?:ไอดี)?{_SAYS}(@?[a-z0-9_.-]{{3,30}})"),
        (
            "wechat",
            rf"(?:微信|薇信|威信|wechat|weixin|\b[wv]x)\s{{0,3}}(?:号|號|id)?{_SAYS}([a-z][a-z0-9_-]{{5,19}}|1\d{{10}})",
        ),
        ("viber", r"viber://chat\?number=(?:%2B|\+)?(\d{6,15})"),
        ("facebook", r"(?<!\w)(?:facebook\.com|fb\.com|fb\.me|m\.me)/([a-z0-9.=?_/-]{3,80})"),
    )
)
_APP_NUMBER = re.compile(
    r"\b(zalo|whats\s?app|wa|viber|telegram|line|wechat|微信)\b[^\d\n+@]{0,20}(\+?\d[\d .()-]{6,18}\d)", re.IGNORECASE
)
_BY_NUMBER = {"zalo", "whatsapp", "viber"}
_NOT_HANDLES = {
    "share",
    "sharer",
    "sharer.php",
    "plugins",
    "tr",
    "login",
    "dialog",
    "groups",
    "pages",
    "profile.php",
    "help",
}


def find_contacts(text: str, country: str | None) -> tuple[Contact, ...]:
    """Phones, mail addresses and handles in the text, in order of kind, each once.

    Phones are read as dialled from the country, and without one only where they name their own.
    """
    text = text[:_LONGEST]
    found = dict.fromkeys(
        (*_phones(text, country), *_mails(text), *_handles(text, country), *_app_numbers(text, country))
    )
    return tuple(Contact(kind=kind, value=value) for kind, value in list(found)[:_MOST])


def _phones(text: str, country: str | None) -> Iterator[tuple[str, str]]:
    for match in phonenumbers.PhoneNumberMatcher(text, country):
        yield "phone", phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)


def _mails(text: str) -> Iterator[tuple[str, str]]:
    for match in _MAIL.finditer(text):
        yield "email", match[0].rstrip(".-").lower()


def _handles(text: str, country: str | None) -> Iterator[tuple[str, str]]:
    for kind, pattern in _HANDLES:
        for match in pattern.finditer(text):
            value = match[1].lstrip("@~").rstrip("./?-")
            if kind in _BY_NUMBER and value.isdecimal():
                value = _e164(value, country) or _e164(f"+{value}", country) or value
            if value.split("/")[0].split("?")[0].lower() not in _NOT_HANDLES and value:
                yield kind, value


def _app_numbers(text: str, country: str | None) -> Iterator[tuple[str, str]]:
    """Numbers named beside an application are that application's too."""
    for match in _APP_NUMBER.finditer(text):
        name = match[1].lower().replace(" ", "")
        kind = {"wa": "whatsapp", "微信": "wechat"}.get(name, name)
        number = _e164(match[2], country)
        if number:
            yield kind, number


def _e164(text: str, country: str | None) -> str | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
