"""Threads of forums, built as their software builds them; what stands on them is invented."""

from html import escape

import pytest

from crawler.extract.page import read_page
from crawler.extract.visible.listing import read_listing

URL = "http://forum.example/threads/staff-for-the-pier.17/"
TITLE = "Staff for the pier"
TEXT = (
    "Hiring now for our office by the lake, ten people.\n"
    "Salary 1200 USD a month, free room and food.\n"
    "Telegram @lantern_desk, or write to us"
)
REPLY = "Is the ferry to the island still closed on Mondays? I asked at the harbour twice and nobody could tell me."
CHAT = "https://wa.me/84900000000"

LINES = escape(TEXT).replace("\n", "<br>").replace("write to us", f'<a href="{CHAT}">write to us</a>')
HEAD = "<header><a href='/'>Forum</a> <a href='/login'>Log in</a></header>"
MORE = "".join(f"<li><a href='/threads/about-boats-{n}.{n}00/'>About boats, part {n}</a></li>" for n in range(9))
FOOT = f"<section><h4>Similar threads</h4><ul>{MORE}</ul></section><footer>Lantern forum</footer>"

POSTS = {
    "phpBB": """
        <div id='p{n}' class='post'><div class='inner'><dl class='postprofile'><dt>{who}</dt><dd>Posts: 4</dd>
        <dd>Location: Lake town</dd></dl><div class='postbody'><h3><a href='#p{n}'>Re: Staff for the pier</a></h3>
        <p class='author'>by <b>{who}</b> » 12 Nov 2026</p><div class='content'>{text}</div></div></div></div>""",
    "XenForo": """
        <article class='message message--post' data-author='{who}'><div class='message-cell message-cell--user'>
        <h4 class='message-name'><a href='/members/{who}.{n}/' class='username'>{who}</a></h4><dl><dt>Messages</dt>
        <dd>9</dd></dl></div><article class='message-body'><div class='bbWrapper'>{text}</div></article></article>""",
    "vBulletin": """
        <table id='post{n}'><tr><td>12-11-2026, 09:1{n} PM</td><td>#{n}</td></tr><tr><td><a class='bigusername'
        href='/member/{n}'>{who}</a><div>Join Date: May 2026</div><div>Posts: 71</div></td><td id='td_post_{n}'>
        <div id='post_message_{n}'>{text}</div></td></tr></table>""",
    "Invision": """
        <article id='c{n}' class='ipsComment'><aside class='ipsComment_author'><h3><a href='/profile/{n}'>{who}</a>
        </h3><ul><li>Members</li><li>5 posts</li></ul></aside><div class='cPost_contentWrap'><p>{text}</p></div>
        </article>""",
    "NodeBB": """
        <li component='post'><a href='/user/{who}'><span class='avatar'>{who}</span></a>
        <div class='content' component='post/content' itemprop='text'><p>{text}</p></div></li>""",
    "Simple Machines": """
        <div class='windowbg' id='msg{n}'><div class='poster'><h4>{who}</h4><ul><li>Newbie</li></ul></div>
        <div class='postarea'><div class='post'><div class='inner' id='msg_{n}'>{text}</div></div></div></div>""",
    "MyBB": """
        <div class='post' id='post_{n}'><div class='post_author'><a href='/user-{n}.html'>{who}</a><br>Posts: 12</div>
        <div class='post_content'><div class='post_body' id='pid_{n}'>{text}</div></div></div>""",
    "bbPress": """
        <div class='reply'><div class='bbp-reply-author'><a href='/users/{who}'>{who}</a><br>Member</div>
        <div class='bbp-reply-content'><p>{text}</p></div></div>""",
    "Vanilla": """
        <li class='Item'><div class='Item-Header'><a class='Username' href='/profile/{who}'>{who}</a></div>
        <div class='Item-Body'><div class='Message userContent'>{text}</div></div></li>""",
    "Discuz": """
        <div id='post_{n}'><table><tr><td class='pls'><div class='authi'><a href='/space-{n}'>{who}</a></div></td>
        <td><table><tr><td class='t_f' id='postmessage_{n}'>{text}</td></tr></table></td></tr></table></div>""",
    "Flarum": """
        <article class='CommentPost Post'><header><h3 class='PostUser'>{who}</h3></header>
        <div class='Post-body'><p>{text}</p></div></article>""",
}


def thread(build: str, *texts: str, head: str = "") -> str:
    posts = "".join(build.format(n=n, who=f"harbour{n}", text=text) for n, text in enumerate(texts, 1))
    start = f"<!doctype html><html><head><meta charset=utf-8><title>{TITLE} | Lantern forum</title>{head}</head>"
    return f"{start}<body>{HEAD}<h1>{TITLE}</h1><div>{posts}</div>{FOOT}</body></html>"


@pytest.mark.parametrize("replies", [0, 1, 3])
@pytest.mark.parametrize("build", POSTS.values(), ids=POSTS)
def test_the_first_post_of_a_thread_is_read_by_itself(build, replies):
    (ad,) = read_page(thread(build, LINES, *[REPLY] * replies).encode(), url=URL).ads
    assert (ad.title, ad.description) == (TITLE, TEXT)
    assert ad.contact == CHAT, "what stands behind a word of the text"
    assert (ad.hiring_organization, ad.job_location) == (None, None), (
        "whoever posted it, and from where, is no employer"
    )


@pytest.mark.parametrize("build", POSTS.values(), ids=POSTS)
def test_a_thread_about_something_else_is_no_ad_and_no_list(build):
    reading = read_page(thread(build, REPLY, LINES, REPLY).encode(), url=URL)
    assert (reading.outcome, reading.ads) == ("not_an_ad", ())


def test_what_a_forum_shows_without_scripts_is_its_page():
    build = """
        <div class='topic-body crawler-post'><span class='creator'><a href='/u/{who}'>{who}</a></span>
        <div class='post' itemprop='text'><p>{text}</p></div></div>"""
    whole = thread(build, LINES, REPLY)
    start, end = whole.index("<h1>"), whole.index("</body>")
    drawn = f"{whole[:start]}<section id='main'></section><noscript>{whole[start:end]}</noscript>{whole[end:]}"
    (ad,) = read_page(drawn.encode(), url=URL).ads
    assert (ad.title, ad.description) == (TITLE, TEXT)


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="og:type" content="article">',
        '<script type="application/ld+json">{"@type": "Article", "headline": "Staff for the pier"}</script>',
        '<script type="application/ld+json">{"@type": "BlogPosting", "headline": "Staff for the pier"}</script>',
        '<meta property="og:type" content="product">',
    ],
)
def test_an_offer_is_one_wherever_it_is_posted(head):
    body = f"<main><article><h1>{TITLE}</h1><div class='entry-content'><p>{LINES}</p></div></article></main>"
    page = (
        f"<html><head><meta charset=utf-8><title>{TITLE} - Lantern</title>{head}</head><body>{HEAD}{body}</body></html>"
    )
    (ad,) = read_page(page.encode(), url="http://lantern.example/blog/17").ads
    assert ad.title == TITLE


def test_comments_below_an_article_are_no_posts_of_a_thread():
    comment = "<li><b class='comment-author'>{who}</b><div class='comment-content'><p>{text}</p></div></li>"
    article = f"<article><h1>{TITLE}</h1><div class='entry-content'><p>{LINES}</p></div></article>"
    comments = "".join(comment.format(who=f"harbour{n}", text=REPLY) for n in range(3))
    page = f"<html><head><title>{TITLE} - Lantern</title></head><body>{HEAD}{article}<ol>{comments}</ol></body></html>"
    (ad,) = read_page(page.encode(), url="http://lantern.example/blog/17").ads
    assert ad.description.startswith("Hiring now for our office")


@pytest.mark.parametrize(("times", "outcome"), [(20, "ad"), (200, "not_an_ad")])
def test_a_text_of_a_small_book_is_no_ad(times, outcome):
    told = "<p>Our team has experience with all requirements and benefits of a position.</p>" * times
    body = f"<main><h1>{TITLE}</h1><h2>Requirements</h2>{told}<h2>Benefits</h2><p>house@lantern.example</p></main>"
    page = f"<html><head><title>{TITLE}</title></head><body>{body}</body></html>"
    assert read_page(page.encode(), url="http://lantern.example/17").outcome == outcome


NAMES = (
    "Staff for the pier",
    "Ferry on Mondays",
    "A cook is wanted",
    "Who rents boats",
    "Lost at the quay",
    "Night porter",
)
ROWS = {
    "XenForo": """
        <div class='structItem'><div class='structItem-title'><a href='/threads/{slug}.{n}/'>{name}</a></div><ul><li>
        <a href='/members/harbour.{n}/' class='username'>harbour{n}</a></li></ul>
        <a href='/threads/{slug}.{n}/page-2'>2</a><div class='structItem-cell--latest'>
        <a href='/threads/{slug}.{n}/latest'>At 9:1{d}</a><a href='/members/anna.{n}00/'>anna{n}</a></div></div>""",
    "Simple Machines": """
        <tr><td><a href='/index.php?topic={n}.0'>{name}</a><p>Started by
        <a href='/index.php?action=profile;u={n}'>harbour{n}</a></p></td><td>3 Replies</td>
        <td><a href='/index.php?topic={n}.msg9{n}'>Last post</a> by anna</td></tr>""",
    "vBulletin": """
        <tr><td><a href='/showthread.php?t={n}'>{name}</a> (<a href='/showthread.php?t={n}&page=2'>2</a>)
        <div>harbour{n}</div></td><td>12-11-2026 by <a href='/member.php?u={n}'>anna{n}</a>
        <a href='/showthread.php?p=99{n}'>Last</a></td></tr>""",
    "bbPress": """
        <ul class='topic'><li class='bbp-topic-title'><a href='/forums/topic/{slug}/'>{name}</a><p>Started by
        <a href='/forums/users/harbour{n}/'>harbour{n}</a></p></li><li class='bbp-topic-freshness'>3 months ago
        <a href='/forums/users/anna{n}/'>anna{n}</a></li></ul>""",
}
SECTIONS = {
    "XenForo": ("/forums/jobs.5/", "/threads/{slug}.{n}/"),
    "Simple Machines": ("/index.php?board=18.0", "/index.php?topic={n}.0"),
    "vBulletin": ("/forumdisplay.php?f=18", "/showthread.php?t={n}"),
    "bbPress": ("/forums/forum/jobs/", "/forums/topic/{slug}/"),
}


@pytest.mark.parametrize("software", ROWS)
def test_a_section_of_a_forum_leads_to_each_thread_once(software):
    path, address = SECTIONS[software]
    threads = [
        {"n": 4000 + at * 7, "d": at, "name": name, "slug": name.lower().replace(" ", "-")}
        for at, name in enumerate(NAMES)
    ]
    rows = "".join(ROWS[software].format(**thread) for thread in threads)
    rows = f"<table>{rows}</table>" if "<tr>" in rows else f"<div>{rows}</div>"
    page = f"<html><head><title>Jobs | Lantern forum</title></head><body>{HEAD}<h1>Jobs</h1>{rows}</body></html>"
    url = f"http://forum.example{path}"
    found = read_listing(page.encode(), url=url, home=url, select={}).links
    assert found == tuple(f"http://forum.example{address.format(**thread)}" for thread in threads)
