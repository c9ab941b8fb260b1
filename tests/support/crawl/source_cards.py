"""Cards of loopback sources, written into a home."""


def write_card(home, name, start, **more):
    folder = home / "data" / "sources"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f'name = "{name}"', f'title = "{name}"', 'kind = "sitemap"', f'start = ["{start}"]', "local = true"]
    lines += [f'every = "{more["every"]}"'] if "every" in more else []
    lines += ["render = true"] if more.get("render") else []
    lines += ["[politeness]", f"delay = {more.get('delay', 0)}", "[expect]", f"ads = {more.get('expect', [1, 100])}"]
    (folder / f"{name}.toml").write_text("\n".join(lines))
