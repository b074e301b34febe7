"""A reviewer, an agent and a lead at work in a browser."""

from playwright.sync_api import Page, expect

from tests.api.conftest import Service

VETO = "red_line/guarantee_outcome/2"


def sign_in(page: Page, address: str, secret: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{address}/sign-in")
    page.get_by_label("密钥").fill(secret)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(f"{address}/")


def override_a_step(page: Page) -> None:
    needs = page.locator('[id="step/needs"]')
    needs.get_by_text("改判").click()
    needs.get_by_label("改为").select_option("done")
    page.locator("#turn-4 .no").click()
    expect(needs.get_by_label("证据句号")).to_have_value("4")
    needs.get_by_label("理由").fill("问了年级")
    needs.get_by_role("button", name="保存").click()
    expect(page.locator('[id="step/needs"] .said')).to_contain_text("已做到")
    expect(page.locator("#turn-4 .tag")).to_have_text("挖需求")


def file_an_appeal(page: Page) -> None:
    contested = page.locator(f'[id="{VETO}"]')
    contested.get_by_text("申诉", exact=True).click()
    contested.get_by_label("理由").fill("我是在念合同条款")
    contested.get_by_role("button", name="提交").click()
    expect(page.locator("#appeals")).to_contain_text("待一级裁定")


def accept_the_appeal(page: Page) -> None:
    page.locator("#appeals").get_by_label("理由").fill("确为合同条款")
    page.get_by_role("button", name="支持申诉").click()
    expect(page.locator("#appeals")).to_contain_text("一级已裁定")
    expect(page.locator(".scorecard .chip", has_text="一票否决")).to_have_count(0)
    expect(page.locator(f'[id="{VETO}"] .trail dd')).to_have_text(["成立", "成立", "不成立"])
    scores = page.locator(".scorecard .three dd")
    expect(scores.nth(0)).to_contain_text("0")
    expect(scores.nth(2)).not_to_have_text("0")


def test_open_override_appeal_decide(page: Page, address: str, service: Service) -> None:
    sign_in(page, address, service.secrets["qa"])
    page.get_by_role("link", name="c-own").click()
    expect(page.locator("mark.red_line")).to_have_text("保证提分")
    expect(page.get_by_text("一票否决 · 待人工确认")).to_be_visible()
    override_a_step(page)
    page.locator(f'[id="{VETO}"]').get_by_role("button", name="确认").click()
    expect(page.get_by_text("一票否决 · 已确认")).to_be_visible()

    sign_in(page, address, service.secrets["agent"])
    page.goto(f"{address}/conversations/c-own")
    file_an_appeal(page)

    sign_in(page, address, service.secrets["qa_lead"])
    page.goto(f"{address}/?view=appeals")
    page.get_by_role("link", name="c-own").click()
    accept_the_appeal(page)


def test_selected_words_fill_the_form_for_a_missed_finding(page: Page, address: str, service: Service) -> None:
    sign_in(page, address, service.secrets["qa"])
    page.goto(f"{address}/conversations/c-own")
    page.evaluate(
        """() => {
            const text = document.querySelector('#turn-2 .text');
            const node = text.lastChild;
            const range = document.createRange();
            range.setStart(node, node.textContent.indexOf('周六'));
            range.setEnd(node, node.textContent.indexOf('周六') + 2);
            getSelection().removeAllRanges();
            getSelection().addRange(range);
            text.dispatchEvent(new MouseEvent('mouseup', {bubbles: true}));
        }"""
    )
    expect(page.locator("[data-quote]")).to_have_value("周六")
    expect(page.locator("[data-quote-turn]")).to_have_value("2")
    assert page.locator("[data-quote-start]").input_value() == str("我们保证提分，周六可以试听".index("周六"))
    page.locator("#add select").select_option("red_line/false_urgency")
    page.locator("#add button").click()
    expect(page.locator("#sec-red_line")).to_contain_text("周六")
    expect(page.locator("#turn-2 mark", has_text="周六")).to_have_count(1)


def test_evidence_and_findings_lead_to_each_other(page: Page, address: str, service: Service) -> None:
    sign_in(page, address, service.secrets["qa"])
    page.goto(f"{address}/conversations/c-own")
    page.locator('[id="step/booking"] .turn-link').first.click()
    expect(page.locator("#turn-2")).to_have_class("turn agent flash")
    page.locator("mark.red_line").click()
    expect(page.locator(f'[id="{VETO}"]')).to_be_in_viewport()


def test_the_page_works_on_a_narrow_screen_and_in_english(page: Page, address: str, service: Service) -> None:
    sign_in(page, address, service.secrets["trainer"])
    page.set_viewport_size({"width": 420, "height": 800})
    page.goto(f"{address}/conversations/c-own")
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Red lines")).to_be_visible()
    expect(page.get_by_role("button", name="Settle the review")).to_have_count(0)
