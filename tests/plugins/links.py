#!/usr/bin/python3
"""links.py PROGRAM DIRECTORY: 1,000 generated messages, a third of them damaged; no link that Python's email package shows in a part
text/plain or text/html may be missing from what PROGRAM (build/message-links) finds. The seed is fixed; DIRECTORY is the
server's. links.py PROGRAM DIRECTORY SEED takes another one."""
import email
import email.errors
import email.policy
import html
import os
import random
import re
import subprocess
import sys
import tempfile
from email.message import EmailMessage, MIMEPart

MESSAGES = 1000
program, seed = sys.argv[1:3], int(sys.argv[3]) if len(sys.argv) > 3 else 5782
dice = random.Random(seed)
LINK = re.compile(r"https?://((?:[a-z0-9-]+\.)+(?:com|net|org))(?![a-z0-9.-])", re.I)
WORDS = "the offer is for you today näxt woche ends soon = % & ; -- . 100% — „wir“ 無料".split()


def link():
    host = dice.choice(["", "www.", "a.b."]) + "site%d.%s" % (dice.randrange(500), dice.choice(["com", "net", "org"]))
    host = host.upper() if dice.random() < 0.1 else host
    return dice.choice(["http", "https", "HTTP"]) + "://" + host + dice.choice(["", "/", "/path?x=%d" % dice.randrange(9), ":8080/"])


def sentence():
    return " ".join(dice.choice(WORDS) for _ in range(dice.randrange(1, 25)))


def plain():
    return "\n".join(dice.choice([sentence(), sentence() + " " + link() + " " + sentence(), link(), ""]) for _ in range(dice.randrange(1, 8))) + "\n"


def markup():
    lines = []
    for _ in range(dice.randrange(1, 6)):
        target = link()
        if dice.random() < 0.3:
            target = "".join("&#%d;" % ord(c) if dice.random() < 0.3 else c for c in target)
        lines.append('<p>%s <a href="%s">%s</a>' % (html.escape(sentence()), target, html.escape(sentence())))
    return "<html><body>" + "\n".join(lines) + "</body></html>\n"


def text_part(part):
    subtype = dice.choice(["plain", "html"])
    charset = dice.choice(["utf-8", "utf-8", "iso-8859-1", "windows-1252", "utf-16", "koi8-r", "iso-2022-jp"])
    encoding = dice.choice(["base64", "quoted-printable", "8bit"])
    text = markup() if subtype == "html" else plain()
    text = text.encode(charset, "ignore").decode(charset, "ignore")
    if charset in ("utf-16", "iso-2022-jp") and encoding == "8bit":
        encoding = "base64"
    part.set_content(text, subtype=subtype, charset=charset, cte=encoding)
    if dice.random() < 0.2:
        part.add_header("Content-Disposition", dice.choice(["attachment", "inline"]), filename="x.txt")


def multipart(part, depth):
    part.add_header("Content-Type", "multipart/" + dice.choice(["mixed", "alternative", "related", "x-odd"]))
    if dice.random() < 0.5:
        part.set_boundary(dice.choice(["b", "a b", "=_x'()+,-./:?", "--", "-" * 60 + "%d" % dice.randrange(99)]) + str(depth))
    part.set_payload([])
    for _ in range(dice.randrange(1, 4)):
        child = MIMEPart(policy=email.policy.default)
        fill(child, depth + 1)
        part.attach(child)
    if dice.random() < 0.3:
        part.preamble, part.epilogue = "Before all parts\n", "After all parts\n"


def fill(part, depth):
    chance = dice.random()
    if chance < 0.3 and depth < 8:
        multipart(part, depth)
    elif chance < 0.4:
        part.set_content(link().encode() * 3, maintype="application", subtype="octet-stream")
    elif chance < 0.45 and depth < 7:
        inner = EmailMessage()
        inner["Subject"] = "inner"
        fill(inner, depth + 2)
        part.set_content(inner)
    else:
        text_part(part)


def damaged(octets):
    lines = octets.split(b"\n")
    for _ in range(dice.randrange(1, 4)):
        at = dice.randrange(len(lines))
        kind = dice.randrange(6)
        if kind == 0:
            del lines[at:at + dice.randrange(1, 3)]
        elif kind == 1:
            lines.insert(at, lines[dice.randrange(len(lines))] if lines else b"")
        elif kind == 2:
            lines.insert(at, b"")
        elif kind == 3:
            lines[at:] = []
        elif kind == 4:
            lines = [line.replace(b"Content-Type: ", b"CONTENT-type:\t", 1) if dice.random() < 0.3 else line for line in lines]
        else:
            lines = [line.replace(b"base64", b"BASE64 ", 1) for line in lines]
        lines = lines or [b""]
    return b"\n".join(lines)


def message():
    whole = EmailMessage(policy=email.policy.default)
    whole["Subject"] = "generated"
    fill(whole, 0)
    octets = whole.as_bytes()
    if dice.random() > 0.33:
        return octets
    broken = damaged(octets)
    return octets if begins_with_fold(broken) else broken


def begins_with_fold(octets):
    """Python drops a fold that begins a header; for this server, and for who gets the message from it, the text begins there."""
    parts = email.message_from_bytes(octets, policy=email.policy.default).walk()
    return any(isinstance(defect, email.errors.FirstHeaderLineIsContinuationDefect) for part in parts for defect in part.defects)


def shown_by_python(octets):
    """The registered domains of the links in text parts."""
    found = set()
    for part in email.message_from_bytes(octets, policy=email.policy.default).walk():
        if part.get_content_type() not in ("text/plain", "text/html") or part.is_multipart():
            continue
        try:
            text = part.get_content()
        except (LookupError, ValueError):
            continue
        if part.get_content_type() == "text/html":
            text = html.unescape(text)
        found.update(".".join(host.lower().split(".")[-2:]) for host in LINK.findall(text))
    return found


with tempfile.TemporaryDirectory() as folder:
    paths, expected = [], {}
    for i in range(MESSAGES):
        octets = message()
        path = os.path.join(folder, "%04d" % i)
        with open(path, "wb") as file:
            file.write(octets)
        paths.append(path)
        expected[path] = shown_by_python(octets)
    lines = subprocess.run(program + paths, check=True, capture_output=True, text=True).stdout.splitlines()
    found = {line.split()[0]: set(line.split()[1:]) for line in lines}
    missed = 0
    for path in paths:
        missing = expected[path] - found.get(path, set())
        if missing and len(found.get(path, ())) < 50:
            missed += 1
            print("message %s of seed %d lacks %s" % (os.path.basename(path), seed, " ".join(sorted(missing))))
            if missed == 1:
                sys.stdout.write(open(path, errors="replace").read())
    total = sum(map(len, expected.values()))
    print("%d messages, %d links, %d messages with links that were missed" % (MESSAGES, total, missed))
    if missed or total < MESSAGES:
        sys.exit(1)
