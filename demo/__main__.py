"""`make demo`: the main job from an empty home to a digest in a mailbox, on replicas, without leaving this machine.

Starts a replica of ccgp and a mail server on loopback, runs the same commands a user runs, and leaves digest, mail
and checklists where they can be opened.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from email import policy
from email.parser import BytesParser
from pathlib import Path

from demo import pages
from demo.notices import news, world
from demo.portal import ReplicaPortal
from demo.smtp import MailSink

HOME = Path("demo-home")
WHO = "王经理"
NEXT = """
That was all on loopback: portals and notices above are invented.

  Look at            {out}
  digest.html        the morning digest         checklist.*   what a complete answer needs
  *.eml              the mail as it was sent    read.html     a notice with the words each value was read from

  Go on with real portals (polite: one request every few seconds, robots.txt obeyed):

  1  {chebiao} doctor                      checks this machine and says what to fix
  2  {chebiao} person add NAME EMAIL       who gets the digest
  3  {chebiao} poll ccgp                   the first poll takes about half an hour
  4  {chebiao} digest                      what the mail would say
  5  {chebiao} serve                       polls and mails by itself until stopped, with the board beside it

  Mail needs CHEBIAO_SMTP_URL, such as smtps://user:password@smtp.example.cn:465 (docs: README.md).
"""


class Demo:
    """The commands of the demo with the environment they run in."""

    def __init__(self, home: Path, smtp_url: str) -> None:
        self.out = home / "out"
        self.environment = os.environ | {
            "CHEBIAO_HOME": str(home),
            "CHEBIAO_SMTP_URL": smtp_url,
            "CHEBIAO_MAIL_FROM": "Chebiao <chebiao@example.cn>",
            "CHEBIAO_MAIL_DOMAIN": "example.cn",
            "PYTHONUTF8": "1",
        }

    def run(self, *arguments: str, quiet: bool = False, good: Sequence[int] = (0,)) -> str:
        """Run one `chebiao` command as a user would, and stop the demo if it fails."""
        if not quiet:
            print(f"\n\033[1m$ chebiao {' '.join(arguments)}\033[0m", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", "tracker", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE if quiet else None,
            encoding="utf-8",
            check=False,
        )
        if done.returncode not in good:
            sys.exit(f"chebiao {arguments[0]} ended with code {done.returncode}")
        return done.stdout or ""


def main() -> None:
    argparse.ArgumentParser(prog="python -m demo", description=__doc__).parse_args()
    began = time.monotonic()
    if HOME.exists():
        shutil.rmtree(HOME)
    home = HOME.resolve()
    with ReplicaPortal(world()) as portal, MailSink() as sink:
        demo = Demo(home, sink.url)
        demo.out.mkdir(parents=True)
        base = ("--base-url", portal.base_url)
        print("A replica of ccgp with invented notices, and a mail server, are up on loopback.")
        demo.run("person", "add", WHO, "wang@example.cn")
        demo.run("poll", "ccgp", *base)
        police = tracked_project(demo)
        demo.run("project", "track", police, "--as", WHO)
        for sample in news():
            portal.add(sample)
        print("\nAn hour later: a correction and a new inquiry are published.")
        demo.run("poll", "ccgp", *base)
        demo.run("projects", "--vehicles", "-n", "12")
        demo.run("digest", "--format", "html", "-o", str(demo.out / "digest.html"), "--for", WHO)
        demo.run("digest", "--send")
        for form in ("html", "docx", "xlsx"):
            demo.run("checklist", police, "--format", form, "--output", str(demo.out / f"checklist.{form}"))
        notice = demo.out / "notice.html"
        sample = next(sample for sample in portal.samples if sample.slug == "police-earlier")
        notice.write_text(pages.detail(sample), encoding="utf-8")
        demo.run("read", str(notice), "--html", str(demo.out / "read.html"))
        demo.run("portals")
        save_mails(sink, demo.out)
    print(NEXT.format(out=demo.out, chebiao=Path(sys.executable).with_name("chebiao")))
    print(f"Done in {time.monotonic() - began:.0f} s.")
    board(demo)


def board(demo: Demo) -> None:
    """The board on what was polled: a link for the first login, and the board itself while somebody looks on."""
    demo.run("account", "link", WHO, "--role", "admin")
    if not sys.stdin.isatty():
        print(f"The board: CHEBIAO_HOME={demo.environment['CHEBIAO_HOME']} chebiao serve --only web")
        return
    print("The board is up; open the link above. Ctrl-C ends it.")
    with contextlib.suppress(KeyboardInterrupt):
        demo.run("serve", "--only", "web", good=(0, 130, -2))


def tracked_project(demo: Demo) -> str:
    """The id of the first vehicle purchase whose correction is about to come."""
    rows = [json.loads(line) for line in demo.run("projects", "--vehicles", "--json", quiet=True).splitlines()]
    return str(next(row["id"] for row in rows if "警用车辆" in row["name"]))


def save_mails(sink: MailSink, folder: Path) -> None:
    """The mails as they came, and a line about each."""
    for number, mail in enumerate(sink.messages, 1):
        path = folder / f"mail-{number}.eml"
        path.write_bytes(mail.raw)
        subject = BytesParser(policy=policy.default).parsebytes(mail.raw)["Subject"]
        print(f"mail to {', '.join(mail.recipients)}: {subject}")


if __name__ == "__main__":
    main()
