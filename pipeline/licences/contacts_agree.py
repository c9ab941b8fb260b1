"""Whether an ad's contacts are those that a register lists for an agency."""

from collections.abc import Container, Iterable

from crawler.ad import JobAd
from pipeline.registers.register import Listed
from pipeline.registers.web_host import mail_domain, web_host

__all__ = ["contacts_agree"]

_DIALLED = frozenset({"phone", "whatsapp", "zalo", "viber"})


def contacts_agree(ad: JobAd, line: Listed, free_mail: Container[str]) -> bool | None:
    """True where one contact is the agency's; False where none is, though some could be; None where nothing can be
    compared: the ad or the register has no telephone, mail or web address, or not all of the register's was read.

    A mail or web address of the agency's own domain is the agency's; one at a free mail service only as a whole.
    """
    phones = {_tail(one.value) for one in ad.contacts if one.kind in _DIALLED and _is_number(one.value)}
    listed_phones = set(map(_tail, line.phones))
    mails = {one.value.casefold() for one in ad.contacts if one.kind == "email"}
    webs = {host for one in ad.contacts if one.kind == "web" and (host := web_host(one.value))}
    listed_mails = {mail.casefold() for mail in line.emails}
    own = {domain for mail in listed_mails if (domain := mail_domain(mail)) not in free_mail} | set(line.webs)
    if phones & listed_phones or mails & listed_mails:
        return True
    if any(_is_of(host, own) for host in (*webs, *map(mail_domain, mails))):
        return True
    comparable = (phones and listed_phones) or (mails and (listed_mails or own)) or (webs and own)
    return False if comparable and not line.has_unread_contacts else None


def _tail(number: str) -> str:
    """The digits that a number ends in. A number without a code, in an ad for work abroad, may have been taken for one
    of that country: what comes before is not compared."""
    return "".join(filter(str.isdigit, number))[-8:]


def _is_number(value: str) -> bool:
    return sum(map(str.isdigit, value)) >= 8


def _is_of(host: str, domains: Iterable[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
