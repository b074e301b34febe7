"""What a delivery says, read from the store when it is sent."""

from typing import Any

from qa_service.domain.conversation import Conversation
from qa_service.domain.delivery import Attachment, Delivery, Notice, NoticeItem, NoticeKind
from qa_service.domain.recipient import Format, Recipient, Urgent
from qa_service.domain.role import EVERYTHING, Scope
from qa_service.report import Names, render_html, render_pdf, render_xlsx
from qa_service.report.links import conversation_url
from qa_service.store import ConversationFilter, Store, UrgentThing
from qa_service.workflows.load_codebook import load_codebook
from qa_service.workflows.load_insight import load_insight
from qa_service.workflows.sops_in_force import published_sops
from qa_service.workflows.write_voice_of_customer import prepare_stored_voice

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CALLED = {Urgent.ESCALATION: "客户扬言升级投诉", Urgent.REFUND: "退费要求", Urgent.VETO: "疑似一票否决，待人工复核"}


def write_notice(store: Store, delivery: Delivery, recipient: Recipient, *, base_url: str) -> Notice | None:
    """The notice of a delivery; None where nothing is left to tell."""
    if delivery.kind is NoticeKind.WEEKLY:
        return _weekly(store, delivery, recipient, base_url)
    if delivery.kind is NoticeKind.TRIAL:
        items = (NoticeItem("收到这条消息，说明推送设置可用。"),)
        return Notice(delivery.key, delivery.kind, "质检服务：推送测试", items, delivery.at)
    return _urgent(store, delivery, base_url)


def _urgent(store: Store, delivery: Delivery, base_url: str) -> Notice | None:
    bounds = load_insight().outgoing
    with store.reading() as work:
        things = work.deliveries.things(delivery.id)
        stored = work.conversations.by_numbers([thing.conversation for thing in things])
        names = Names(load_codebook(), {sop.id: sop for sop in published_sops(work)})
    by_number = {one.number: one.conversation for one in stored}
    told = [thing for thing in things if thing.conversation in by_number]
    if not told:
        return None
    items = [_item(thing, by_number[thing.conversation], names, base_url) for thing in told[: bounds.items]]
    if len(told) > bounds.items:
        items.append(NoticeItem(f"另有 {len(told) - bounds.items} 条，请打开系统查看"))
    title = f"紧急提醒：{len(told)} 条需要立即查看"
    return Notice(delivery.key, delivery.kind, title, tuple(items), delivery.at, base_url or None)


def _item(thing: UrgentThing, conversation: Conversation, names: Names, base_url: str) -> NoticeItem:
    who = " / ".join(part for part in (conversation.agent.team, conversation.agent.name) if part)
    text = f"{_called(thing, names)}，会话 {conversation.id}" + (f"（{who}）" if who else "")
    link = conversation_url(base_url, conversation.id, thing.turn) if base_url else None
    return NoticeItem(text, _quote(conversation, thing.turn), link)


def _called(thing: UrgentThing, names: Names) -> str:
    if thing.kind is Urgent.REFUND:
        return f"退费要求，涉及 {thing.detail} 元" if thing.detail else "退费要求，金额不明"
    line = f"：{names.red_line(thing.detail)['zh']}" if thing.kind is Urgent.VETO and thing.detail else ""
    return _CALLED[thing.kind] + line


def _quote(conversation: Conversation, turn: int | None) -> str:
    """The words as stored, which are masked; the beginning of long ones."""
    if turn is None or turn >= len(conversation.turns):
        return ""
    longest, text = load_insight().outgoing.quote_characters, conversation.turns[turn].text
    return text if len(text) <= longest else text[:longest] + "…"


def _weekly(store: Store, delivery: Delivery, recipient: Recipient, base_url: str) -> Notice:
    week, org = str(delivery.about["week"]), tuple(delivery.about["org"])
    scope = Scope(org=org, whole=False) if org else EVERYTHING
    with store.reading() as work:
        sops = published_sops(work)
    document = prepare_stored_voice(store, ConversationFilter(scope=scope), week, sops=sops)
    where = f"（{' / '.join(org)}）" if org else ""
    title = f"客户声音周报 {week}{where}：{document['n_conversations']} 条会话"
    said = [line["text"]["zh"] for line in document["headlines"]]
    asked = [f"建议：{line['zh']}" for line in document["todo"]]
    items = tuple(map(NoticeItem, (*said, *asked)))
    link = base_url or None
    if recipient.format is not Format.EMAIL:
        return Notice(delivery.key, delivery.kind, title, items, delivery.at, link)
    html, files = _files(document, week, base_url)
    return Notice(delivery.key, delivery.kind, title, items, delivery.at, link, html, files)


def _files(document: dict[str, Any], week: str, base_url: str) -> tuple[str, tuple[Attachment, ...]]:
    html = render_html(document, base_url=base_url or None)
    # Programs that show mail leave out the charts of a page: the whole page goes with it as a file too.
    files = (
        Attachment(f"voc-{week}.html", "text/html", html.encode()),
        Attachment(f"voc-{week}.xlsx", XLSX, render_xlsx(document, base_url=base_url or None)),
        Attachment(f"voc-{week}.pdf", "application/pdf", render_pdf(document, base_url=base_url or None)),
    )
    return html, files
