"""Periods counted by hand from the articles and the State Council's calendar, never by the engine.

Each row: rule, start, the last day as counted, the day it may be argued to move to, and the count. The start day is
not counted; a number in brackets is the day's place in the count.
"""

from datetime import date

import pytest

from tracker.procedures.engine import period

ROWS = [
    # 公告, 文件 (87号令16, 18; 74号令29, 38, 40, 45; 条例21, 31; 磋商办法10)
    ("gp.tender.notice-period", "2026-02-12", "2026-02-26", "", "02-13 (1), 02-14 调休 (2), 02-24 (3), 25, 26 (5)"),
    ("gp.tender.documents-window", "2026-04-29", "2026-05-09", "", "04-30 (1), 05-06 (2), 7, 8, 05-09 调休 (5)"),
    ("gp.nontender.notice-period", "2026-06-17", "2026-06-23", "", "06-18 (1), 06-22 (2), 23 (3)"),
    ("gp.notice.media-posting", "2026-04-30", "2026-05-06", "", "the day after 劳动节"),
    ("gp.tender.bid-window", "2026-04-15", "2026-05-05", "2026-05-06", "15 in April, 5 in May: inside 劳动节"),
    ("gp.tender.bid-window", "2026-11-02", "2026-11-22", "2026-11-23", "a plain Sunday"),
    ("gp.consultation.response-window", "2026-09-18", "2026-09-28", "", "a Monday"),
    ("gp.consultation.response-window", "2026-09-16", "2026-09-26", "2026-09-28", "inside 中秋"),
    ("gp.negotiation.response-window", "2026-02-13", "2026-02-25", "", "02-14 调休 (1), 02-24 (2), 25 (3)"),
    ("gp.inquiry.response-window", "2025-01-24", "2025-02-05", "", "01-26 调休 (1), 27 (2), 02-05 (3)"),
    ("gp.prequal.application-window", "2024-09-12", "2024-09-20", "", "09-13, 09-14 调休 (2), 18, 19, 20 (5)"),
    ("gp.single-source.publicity", "2025-09-26", "2025-10-10", "", "09-28 调休 (1), 29, 30 (3), 10-09, 10 (5)"),
    ("gp.single-source.reargument", "2025-10-10", "2025-10-16", "", "10-11 调休 (1), 13, 14, 15, 16 (5)"),
    ("gp.intention.publish-lead", "2026-03-31", "2026-03-01", "", "30 days back, a Sunday: not moved"),
    # 澄清: backward, never moved
    ("gp.tender.clarification-lead", "2026-10-20", "2026-10-05", "", "inside 国庆: not moved"),
    ("gp.prequal.clarification-lead", "2026-03-16", "2026-03-13", "", ""),
    ("gp.consultation.clarification-lead", "2026-03-16", "2026-03-11", "", ""),
    ("gp.negotiation.clarification-lead", "2026-05-11", "2026-05-07", "", "05-09 调休 (1), 8, 7 (3)"),
    ("gp.inquiry.clarification-lead", "2026-02-26", "2026-02-14", "", "25, 24 (2), 02-14 调休 (3)"),
    ("gp.bond.plan", "2026-02-24", "2026-02-14", "", "the last working day before 春节"),
    # 保证金 (87号令29, 38; 74号令20; 条例33)
    ("gp.bond.refund-withdrawn", "2026-01-02", "2026-01-08", "", "starts on a holiday: 01-04 调休 (1), 5, 6, 7, 8 (5)"),
    ("gp.bond.refund-not-awarded", "2026-09-21", "2026-09-29", "", "22, 23, 24 (3), 28, 29 (5)"),
    ("gp.bond.refund-awarded", "2026-04-02", "2026-04-10", "", "3 (1), 7, 8, 9, 10 (5)"),
    ("gp.bond.refund-terminated", "2026-12-24", "2026-12-31", "", "25, 28, 29, 30, 31: the year is not left"),
    # 定标, 结果, 合同 (条例43, 50; 87号令68, 69; 采购法46, 47)
    ("gp.award.report-delivery", "2026-10-09", "2026-10-12", "", "10-10 调休 (1), 12 (2)"),
    ("gp.award.decision", "2026-06-18", "2026-06-26", "", "22, 23, 24, 25, 26"),
    ("gp.award.result-notice", "2026-02-27", "2026-03-02", "", "02-28 调休 (1), 03-02 (2)"),
    ("gp.award.result-notice-period", "2026-05-08", "2026-05-09", "", "a Saturday of 调休"),
    ("gp.contract.signing", "2026-09-03", "2026-10-03", "2026-10-08", "27 in September, 3 in October"),
    ("gp.contract.publication", "2026-09-30", "2026-10-09", "", "8, 9"),
    ("gp.contract.filing", "2026-09-30", "2026-10-15", "", "8, 9, 10 调休 (3), 12, 13, 14, 15 (7)"),
    # 支付 (款项支付条例9, 10)
    ("gp.payment.sme", "2026-01-31", "2026-03-02", "", "28 in February, 2 in March"),
    ("gp.payment.sme-agreed-max", "2026-03-02", "2026-05-01", "2026-05-06", "29 + 30 + 1"),
    ("ent.payment.sme", "2025-12-01", "2026-01-30", "", "30 + 30"),
    # 询问, 质疑, 投诉 (采购法52–57; 条例52, 53; 94号令)
    ("gp.remedy.question-answer", "2026-04-03", "2026-04-09", "", "7, 8, 9"),
    ("gp.remedy.challenge-documents", "2026-02-26", "2026-03-06", "", "27, 02-28 调休 (2), 03-02 … 06 (7)"),
    ("gp.remedy.challenge-result", "2026-05-09", "2026-05-19", "", "11–15 (5), 18, 19 (7)"),
    ("gp.remedy.challenge-answer", "2026-09-24", "2026-10-12", "", "28, 29, 30 (3), 8, 9, 10 调休 (6), 12 (7)"),
    ("gp.remedy.complaint", "2026-09-22", "2026-10-20", "", "23, 24, 28–30 (5), 8, 9, 10 (8), 12–16 (13), 19, 20 (15)"),
    ("gp.remedy.complaint-check", "2026-03-02", "2026-03-09", "", "3, 4, 5, 6, 9"),
    ("gp.remedy.complaint-decision", "2026-03-02", "2026-04-14", "", "21 in March, 04-01, 2, 3, 7–10 (28), 13, 14"),
    ("gp.remedy.suspension", "2026-10-12", "2026-11-11", "", "19 + 11"),
    ("gp.remedy.review", "2026-08-03", "2026-10-02", "2026-10-08", "28 + 30 + 2"),
    ("gp.remedy.lawsuit", "2025-12-31", "2026-06-30", "", "June has no 31st"),
    ("gp.remedy.lawsuit-after-review", "2026-04-20", "2026-05-05", "2026-05-06", ""),
    # 框架协议 (110号令)
    ("gp.framework.response-window", "2026-06-01", "2026-06-21", "2026-06-22", "inside 端午"),
    ("gp.framework.agreement-signing", "2026-04-06", "2026-05-06", "", ""),
    ("gp.framework.copy-filing", "2026-05-06", "2026-05-14", "", "7, 8, 05-09 调休 (3), 11, 12, 13, 14 (7)"),
    ("gp.framework.users-informed", "2026-05-06", "2026-05-09", "", "7, 8, 05-09 调休"),
    ("gp.framework.summary-notice", "2026-01-30", "2026-02-13", "", "two weeks of five days"),
    ("gp.framework.term-services", "2024-02-29", "2026-02-28", "", "no 29 February: the month's last day, 调休"),
    ("gp.framework-open.application-review", "2025-01-27", "2025-02-12", "", "02-05, 6, 7 (3), 8 调休 (4), 10, 11, 12"),
    # 招标投标 (招标投标法23, 24, 46, 47; 条例16, 17, 21, 22, 54, 57, 60, 61): calendar days
    ("tb.tender.documents-sale", "2026-12-01", "2026-12-06", "2026-12-07", "a Sunday"),
    ("tb.prequal.application-window", "2026-05-07", "2026-05-12", "", ""),
    ("tb.tender.bid-window", "2026-09-11", "2026-10-01", "2026-10-08", "19 + 1"),
    ("tb.tender.clarification-lead", "2026-12-03", "2026-11-18", "", ""),
    ("tb.objection.documents", "2026-12-03", "2026-11-23", "", ""),
    ("tb.objection.prequal-documents", "2026-12-03", "2026-12-01", "", ""),
    ("tb.award.candidates-publicity-start", "2026-11-18", "2026-11-21", "2026-11-23", "a Saturday"),
    ("tb.award.candidates-publicity", "2026-04-30", "2026-05-03", "2026-05-06", "inside 劳动节"),
    ("tb.award.report-to-supervisor", "2026-02-06", "2026-02-21", "2026-02-24", "inside 春节"),
    ("tb.contract.signing", "2026-01-16", "2026-02-15", "2026-02-24", "the first day of 春节"),
    ("tb.bond.refund-all", "2026-06-15", "2026-06-20", "2026-06-22", "inside 端午"),
    ("tb.complaint.window", "2026-11-20", "2026-11-30", "", ""),
    ("tb.complaint.acceptance", "2026-11-20", "2026-11-25", "", "working days: 23, 24, 25"),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "start", "until", "latest", "count"), ROWS)
def test_counted_by_hand(rule_id: str, start: str, until: str, latest: str, count: str) -> None:
    found = period(rule_id, date.fromisoformat(start))
    assert (found["until"], found["latest_arguable"]) == (until, latest or until), count
    assert not found["provisional"]
