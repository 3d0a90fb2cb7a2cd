"""What people read in place of the words of the programme, in tables and on the board (a msgid each)."""

from tracker.events import OUTCOMES as ENDS
from tracker.i18n import _
from tracker.present import POLL_STATES, VERDICTS, money, word

MARKS = {"track": "tracked", "pass": "passed", "favourite": "favourite"}
EVENTS = {
    "published": "new notice",
    "changed": "notice changed",
    "re-read": "read anew",
    "verdict": "judged anew",
    "amount-changed": "amount changed",
    "re-tendered": "tendered again",
    "withdrawn": "page gone",
    "back-again": "page back",
    "terminated": "terminated",
    "awarded": "awarded",
    "contracted": "contract signed",
    "suspended": "suspended",
    "resumed": "resumed",
    "qualification-passed": "qualified",
    "qualification-failed": "not qualified",
    "date-set": "date set",
    "date-recomputed": "date recomputed",
    "deadline-moved": "deadline moved",
    "date-dropped": "date dropped",
    "conflict": "contradiction",
    "decided-track": "tracked",
    "decided-pass": "passed",
    "decided-favourite": "favourite",
    "decided-snooze": "snoozed",
    "decided-relevance": "judged by hand",
    "decided-fact": "entered by hand",
    "decided-must-link": "merged by hand",
    "decided-cannot-link": "split by hand",
    "corrected-by-hand": "corrected by hand",
    "undone": "taken back",
    "merged": "merged",
    "split": "split off",
    "source-blind": "source blind",
    "source-back": "source back",
    "ownership-disputed": "ownership disputed",
    "reminder": "reminder",
    "task-due": "task due",
    "feedback-due": "answer due",
    "unowned": "nobody in charge",
    "deposit-overdue": "deposit not back",
    "rhythm-ahead": "purchase expected",
    "delivery-resent": "sent again",
    "mails-stopped": "mails stopped",
    "mails-resumed": "mails come again",
    "destination-added": "chat group added",
    "destination-changed": "chat group changed",
    "step-lost": "a step of the service did not end",
    "decided-acknowledge": "acknowledged",
    "attachment-changed": "attachment changed",
    "requirements-changed": "requirements changed",
    "flag_decision-added": "decided on a clause",
    "flag_decision-changed": "decided on a clause",
    "assignment-added": "assigned",
    "assignment-changed": "assignment changed",
    "note-added": "note added",
    "note-changed": "note changed",
    "task-added": "task added",
    "task-changed": "task changed",
    "bid-added": "bid opened",
    "bid-changed": "bid changed",
    "deposit-added": "deposit added",
    "deposit-changed": "deposit changed",
    "payment-added": "payment noted",
    "payment-changed": "payment changed",
    "own_milestone-added": "own date added",
    "own_milestone-changed": "own date changed",
    "team-added": "team made",
    "team-changed": "team changed",
    "bidder-locked": "bidding entity locked",
    "encrypt-again": "encrypt again",
    "checklist-opened": "new checklist",
    "checklist-changed": "checklist changed",
    "matrix-changed": "answers to check again",
    "checklist_item-added": "checklist noted",
    "checklist_item-changed": "checklist noted",
    "matrix_row-added": "requirement answered",
    "matrix_row-changed": "answer changed",
    "registration-added": "registration noted",
    "registration-changed": "registration noted",
    "duty-added": "duty noted",
    "duty-changed": "duty changed",
    "platform_account-added": "account noted",
    "platform_account-changed": "account changed",
    "credential-added": "paper on the shelf",
    "credential-changed": "paper changed",
    "entered-by-hand": "entered by hand",
}
OUTCOMES = {end: EVENTS[kind] for end, kind in ENDS.items()}
BIDS = {
    "considering": "considering",
    "registered": "registered",
    "preparing": "preparing",
    "submitted": "submitted",
    "opened": "opened",
    "won": "won",
    "lost": "lost",
    "void": "void",
    "withdrawn": "bid withdrawn",
}
MEDIA = {"mail": "mail", "wecom": "WeCom", "dingtalk": "DingTalk", "feishu": "Feishu"}
"""The ways out."""
FORMS = {
    "transfer": "transfer",
    "cheque": "cheque",
    "draft": "draft",
    "bank-guarantee": "bank guarantee",
    "insurance": "insurance",
    "other": "other",
}
DAYS = {"working": "on working days", "daily": "daily"}
DELIVERIES = {
    "due": "waits",
    "sent": "sent",
    "dead": "did not arrive",
    "cancelled": "called off",
    "daily": "digest",
    "supplement": "supplement",
}
"""States of a delivery, and the kinds of digests."""
FREQUENCIES = {"instant": "at once", "daily": "in the digest", "weekly": "once a week"}


DUE = {"today": "due today", "overdue": "overdue"}
"""How a task or an answer stands (a msgid each)."""


def event_value(kind: str, value: str | None) -> str | None:
    """A value of an event as people say it."""
    if value is None:
        return None
    match kind:
        case "verdict":
            return word(VERDICTS, value)
        case "amount-changed":
            return money(int(value)) if value.isdigit() else value
        case "source-blind" | "source-back":
            return word(POLL_STATES, value)
        case "task-due" | "feedback-due":
            return word(DUE, value)
        case "rhythm-ahead":
            return _("{days} working days ahead").format(days=value.removesuffix("d"))
    return word(OUTCOMES, value) if value in OUTCOMES else value
