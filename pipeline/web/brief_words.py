"""Words of a prevention brief; they speak of offers, never of people."""

from typing import Final

from pipeline.review.brief import Topic
from pipeline.settings.messages import mark

__all__ = [
    "CONTACT_NAMES", "EXAMPLES", "INDICATOR_WORDS", "LEAD", "NOTES", "SECTOR_WORDS", "SOURCE_WORDS", "TOO_FEW",
    "TOPIC_WORDS", "VALUE_NAMES",
]  # fmt: skip

TOO_FEW: Final = mark(
    "Fewer than %(least)s cases of this month are confirmed so far, so no details are shown: they could point to one "
    "advertiser."
)

LEAD: Final = (
    mark(
        "This rests on %(confirmed)s job ads and messages that were collected in this month and that analysts "
        "judged to be likely lures. Of %(opened)s that were put before them, %(decided)s are decided."
    ),
    mark(
        "It tells what such offers say, so that people can recognise them. None of these signs alone makes an "
        "offer a lure, and an offer without any may be one."
    ),
)

NOTES: Final = (
    mark(
        "A case counts in the month in which it was put before analysts, once for all copies of its text, and only "
        "where the verdict stands: where a second opinion is asked for, both agree or a supervisor has settled it."
    ),
    mark(
        "Behind each share stands the range in which the true share lies 19 times in 20 (Wilson). Cells of fewer "
        "than %(least)s cases are hidden. A change is named only where chance would bring about any such change "
        "among all that are compared at most once in 20 months."
    ),
    mark(
        "An offer can show several signs and channels, so that their shares add up to more than the whole. "
        "Sectors, whom an offer addresses and schooling are read by words, and can be read wrongly."
    ),
    mark(
        "Ads that nobody collected are not in it: most people are recruited by someone they know, or in closed "
        "groups. The shares are those of the sources that are read, which change from month to month."
    ),
)

TOPIC_WORDS: Final[dict[Topic, str]] = {
    "verdict": mark("What the offers are likely to be"),
    "promise": mark("What they promise"),
    "work": mark("Work offered: signs"),
    "sector": mark("Work offered: sectors"),
    "country": mark("Destination"),
    "addressed": mark("Target group"),
    "schooling": mark("Schooling asked for"),
    "language": mark("Language of the ad"),
    "approach": mark("How people are approached"),
    "contact": mark("How to apply"),
    "source": mark("Where the offers were found"),
    "bind": mark("How people are kept there"),
}

VALUE_NAMES: Final = {
    "trafficking_recruitment": mark("recruitment for trafficking, likely"),
    "job_fraud": mark("job fraud, likely"),
    "women": mark("women"),
    "men": mark("men"),
    "either": mark("anyone, or not said"),
    "higher": mark("university or college"),
    "secondary": mark("secondary school"),
    "none_needed": mark("none needed"),
    "not_said": mark("not said"),
    "other": mark("other"),
}

SECTOR_WORDS: Final = {
    "agriculture_and_fishing": mark("agriculture and fishing"),
    "construction": mark("construction"),
    "domestic_and_care": mark("housework and care"),
    "entertainment": mark("entertainment and nightlife"),
    "factory_and_warehouse": mark("factories and warehouses"),
    "hospitality": mark("hotels and restaurants"),
    "it_and_office": mark("computers and offices"),
    "online_and_sales": mark("online work, customer service and sales"),
    "tasks_at_home": mark("tasks at home"),
    "security_and_driving": mark("driving, deliveries and guarding"),
}

SOURCE_WORDS: Final = {
    "archive": mark("archives of the web"),
    "ats": mark("employers’ application systems"),
    "board": mark("job boards"),
    "channel": mark("public channels of messengers"),
    "drop": mark("partners’ files"),
    "feed": mark("feeds of job boards"),
    "sitemap": mark("job boards with a list of pages"),
}

CONTACT_NAMES: Final = {
    "phone": mark("telephone"),
    "email": mark("e-mail"),
    "web": mark("a web page"),
    "telegram": "Telegram", "whatsapp": "WhatsApp", "zalo": "Zalo", "line": "LINE", "wechat": "WeChat",
    "viber": "Viber", "kakao": "KakaoTalk", "facebook": "Facebook", "messenger": "Messenger",
    "instagram": "Instagram", "tiktok": "TikTok", "discord": "Discord", "signal": "Signal", "skype": "Skype",
    "qq": "QQ", "imo": "imo", "botim": "BOTIM",
}  # fmt: skip

INDICATOR_WORDS: Final = {
    "offer.high_pay_low_skill": mark("high pay for work that asks for nothing"),
    "structure.pay_above_minimum": mark("several times the minimum wage for work that asks for nothing"),
    "offer.easy_money": mark("easy work and fast money"),
    "fraud.pay_too_good_remote": mark("high pay for a few hours at home"),
    "offer.all_inclusive": mark("ticket, papers, food and housing all paid"),
    "offer.travel_paid_by_recruiter": mark("being fetched from home and brought to the place"),
    "offer.no_requirements": mark("no experience, schooling or language needed"),
    "movement.no_passport_needed": mark("work abroad without a passport or papers"),
    "movement.visitor_entry": mark("entry as a visitor, papers for work later"),
    "recruiter.handles_everything": mark("all papers and the journey arranged"),
    "recruiter.no_interview": mark("hired at once, without an interview"),
    "recruiter.direct_hire": mark("hired directly, with no one in between"),
    "recruiter.fresh_start": mark("a changed life"),
    "recruiter.safety_reassurance": mark("assurances that it is real and no scam"),
    "control.no_abuse_assurance": mark("assurances that nobody is beaten, locked up or sold"),
    "recruiter.nothing_is_checked": mark("no check of records or warrants"),
    "recruiter.targets_debtors": mark("a way out for people in debt or in trouble"),
    "recruiter.borrowed_employer": mark("a state firm or public body hires, away from its own site"),
    "recruiter.official_impersonation": mark("links to an authority or a well-known firm"),
    "debt.advance_before_work": mark("cash in advance, before the work starts"),
    "offer.foreign_or_crypto_pay": mark("wages in crypto coins"),
    "offer.any_trade_abroad": mark("any trade one likes, abroad"),
    "bait.home_income": mark("income at home or in spare time"),
    "bait.phone_only_work": mark("work that needs a phone alone"),
    "bait.daily_pay": mark("pay by the day, or settled the same day"),
    "bait.little_time": mark("minutes or an hour or two a day are enough"),
    "bait.coin_income": mark("income from trading or exchanging coins"),
    "bait.open_ages": mark("ages from school-leavers to pensioners"),
    "role.scam_work": mark("winning strangers’ trust for their money"),
    "role.online_gambling": mark("work for an online betting site"),
    "role.gaming_platform_work": mark("work for a gaming platform or a casino abroad"),
    "role.video_face_model": mark("showing one’s face in video calls, or face-swapping"),
    "role.crypto_platform_work": mark("bringing customers to a crypto or trading platform"),
    "role.chat_reply_work_abroad": mark("chat or typing work abroad, with many phones and accounts"),
    "role.sea_crew_debt": mark("fishing crew without papers, paid at the end"),
    "role.military_or_guard_contract": mark("guarding or building that turns into soldiering"),
    "role.begging_or_forced_selling": mark("begging or street selling with a quota for someone else"),
    "role.money_mule": mark("passing on money, accounts or parcels of others"),
    "sexual.minors": mark("nightlife work for which age does not matter"),
    "sexual.sexual_services_hinted": mark("meeting guests’ wishes under another job’s name"),
    "sexual.hostess_with_debt_or_housing": mark("nightlife hosting with advance, quota or house rules"),
    "sexual.photos_of_body": mark("pictures or measures of the body for work that needs none"),
    "sexual.private_travel_companion": mark("paid company for travel or parties"),
    "sexual.marriage_brokered": mark("a marriage abroad arranged for money"),
    "sexual.surrogacy_or_egg": mark("carrying a child or giving eggs for money"),
    "sexual.organ_sale": mark("giving an organ for money"),
    "fraud.tasks_for_likes": mark("likes, ratings or mock orders for pay"),
    "fraud.prepaid_orders": mark("paying for orders, to be repaid with commission"),
    "fraud.parcel_reshipping": mark("receiving parcels at home and sending them on"),
    "fraud.cheque_overpaid": mark("depositing a cheque and passing part of it on"),
    "fraud.pyramid": mark("buying a package and bringing in others"),
    "fraud.fee_to_get_job": mark("pay before you may start"),
    "fraud.paid_to_person": mark("money is to be sent to a person's own account"),
    "fraud.place_hangs_on_payment": mark("a place is kept only for whoever pays"),
    "fraud.only_their_seller": mark("only one clinic, seller or go-between counts"),
    "fraud.work_named_later": mark("the workplace is named only after paying or a course"),
    "fraud.course_on_credit": mark("a course on credit before the work"),
    "fraud.vehicle_paid_off": mark("a vehicle to be paid off with the work"),
    "fraud.own_capital": mark("shares, stock or an account are to be bought with own money"),
    "fraud.credential_lent": mark("a licence or certificate is to be lent"),
    "fraud.stand_in": mark("standing in for another in interviews, calls or accounts"),
    "fraud.post_for_sale": mark("a secure post is for sale"),
    "fraud.equipment_deposit": mark("a deposit for tools or material"),
    "fraud.data_harvest": mark("codes, bank logins or a video of the face are wanted"),
    "recruiter.papers_early": mark("passport, identity card or photos are wanted in the chat"),
    "recruiter.nobody_to_miss": mark("people whom nobody would miss are looked for"),
    "recruiter.keeps_from_asking": mark("people are kept from asking the firm or an office"),
    "movement.terms_told_there": mark("contract or pay are settled only after arrival"),
    "recruiter.secrecy": mark("it is to be kept from family or others"),
    "recruiter.private_messaging_only": mark("contact by private messenger only"),
    "recruiter.unlicensed_claim": mark("the licensed way is gone around"),
    "recruiter.referral_bounty": mark("a bounty for each person who is brought along"),
    "recruiter.seeks_daring": mark("those who dare are looked for"),
    "recruiter.domestic_licence": mark("a licence for work at home is shown for work abroad"),
    "offer.vague_duties": mark("what the work is, is told later"),
    "offer.urgent_departure": mark("departure at once"),
    "bait.chosen_unasked": mark("told that they were chosen or passed an interview"),
    "bait.partners_sought": mark("partners for a team, with free training or passive income"),
    "bait.brand_recruiter": mark("recruiting in the name of a well-known shop or platform"),
    "bait.answer_with_sign": mark("a sign, number or word is asked for as an answer"),
    "offer.limited_places": mark("few places left"),
    "offer.demands_age_or_looks": mark("asks for age or appearance"),
    "movement.irregular_crossing": mark("the border is crossed outside the checkpoints"),
    "movement.border_coaching": mark("answers for immigration are rehearsed"),
    "movement.destination_unclear": mark("the place of work is told later or changes on the way"),
    "structure.no_employer": mark("no employer is named"),
    "structure.messenger_only": mark("nothing but private messengers to answer by"),
    "structure.many_contacts": mark("dozens of contacts in one ad"),
    "structure.contact_elsewhere": mark("a telephone number of another country than the work’s"),
    "structure.free_mail": mark("a named employer with an address at a free mail service"),
    "structure.official_way": mark("an employer’s own account or an official site"),
    "structure.look_alike_domain": mark("a web address that imitates a known one"),
    "structure.shouting": mark("written in capitals or strewn with emoji"),
    "control.documents_kept": mark("identity papers are kept by someone else"),
    "control.phone_taken": mark("phones are taken, or contact with family is limited"),
    "control.confined": mark("the premises may not be left freely"),
    "control.wages_withheld": mark("wages are held back or paid to someone else"),
    "control.threats": mark("threats against those who leave or complain"),
    "control.people_for_sale": mark("people are sold or passed on"),
    "debt.family_paid": mark("the family is given money or goods for the person"),
    "debt.exit_payment": mark("leaving early must be paid for"),
    "debt.no_leaving_before_debt_paid": mark("nobody leaves before a debt is paid"),
    "debt.collateral": mark("land deeds, deposits or guarantors as security"),
    "debt.costs_become_debt": mark("costs are advanced and deducted later"),
    "offer.excessive_hours": mark("twelve hours a day or more, or no day off"),
    "offer.quota_or_fines": mark("a quota with fines or punishment"),
}
"""An indicator that is not here yet is told by its own title."""

EXAMPLES: Final = {
    "offer.high_pay_low_skill": mark("Earn 2,500 dollars a month, no skills needed, we teach you everything."),
    "structure.pay_above_minimum": mark("Simple packing work abroad, four times what you earn at home."),
    "offer.easy_money": mark("Light work, quick money, every day."),
    "fraud.pay_too_good_remote": mark("Two hours a day from home, 80 dollars a day, guaranteed."),
    "offer.all_inclusive": mark("Free ticket, visa, room and meals. You only bring your bag."),
    "offer.travel_paid_by_recruiter": mark("Our driver picks you up at home and brings you to the office."),
    "offer.no_requirements": mark("No experience, no diploma, no English? No problem."),
    "movement.no_passport_needed": mark("No passport? We take you across, papers come later."),
    "movement.visitor_entry": mark("You enter as a tourist; the work permit is made there."),
    "recruiter.handles_everything": mark("We arrange all papers and the whole journey for you."),
    "recruiter.no_interview": mark("No interview. Say yes today, start on Monday."),
    "recruiter.safety_reassurance": mark("This is real, one hundred percent, not a scam."),
    "recruiter.private_messaging_only": mark("Do not call. Write to us by private message only."),
    "recruiter.papers_early": mark("Send a photo of your passport and of yourself to reserve your place."),
    "recruiter.referral_bounty": mark("Bring a friend and get a bonus for each one who flies."),
    "recruiter.unlicensed_claim": mark("No agency, no government fees; we know a faster way."),
    "recruiter.targets_debtors": mark("Deep in debt? We pay it off, you work for us."),
    "debt.advance_before_work": mark("We send you money for your family before you start."),
    "debt.costs_become_debt": mark("We pay the ticket now; it is taken from your wages later."),
    "fraud.fee_to_get_job": mark("Pay a small registration fee to confirm your place."),
    "fraud.tasks_for_likes": mark("Like products on your phone and get paid for each one."),
    "fraud.prepaid_orders": mark("Pay for the order first; you get it back with commission."),
    "bait.home_income": mark("Extra income at home, in your spare time."),
    "bait.phone_only_work": mark("All you need is a phone."),
    "bait.daily_pay": mark("Paid every day, straight to your account."),
    "bait.little_time": mark("Only thirty minutes a day."),
    "bait.chosen_unasked": mark("Congratulations, you have been selected for our team."),
    "offer.urgent_departure": mark("Leaving on Friday. Last three places."),
    "offer.limited_places": mark("Only five places left, answer today."),
    "offer.vague_duties": mark("We explain the work when you arrive."),
    "offer.demands_age_or_looks": mark("Women of 18 to 25, good-looking, send full-length photos."),
    "role.crypto_platform_work": mark("Chat with clients and bring them to our trading platform."),
    "role.chat_reply_work_abroad": mark("Typing and chatting work in an office near the border."),
    "role.online_gambling": mark("Customer service for an online betting site abroad."),
    "control.documents_kept": mark("The company keeps your passport safe during the contract."),
    "debt.exit_payment": mark("If you leave early you pay back all costs."),
    "structure.messenger_only": mark("Contact by messenger only; no address, no name."),
}
"""Invented sentences, one for a sign, such as an ad may hold. None is from an ad, and none names a way to answer."""
