"""Weeks of needs as customers word them, with known topics; one may be new from a week on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from qa_service.domain.judged import JudgedConversation
from tests.judged_cases import Case, judged

FIRST_MONDAY = date(2026, 6, 1)
# Of each topic: what is asked about, and how it is asked.
TOPICS: Sequence[tuple[Sequence[str], Sequence[str]]] = (
    (("学费", "课程费用", "一年的学费", "全年课程"), ("{}多少钱", "{}大概是多少", "我想知道{}怎么收", "{}贵不贵")),
    (("试听课", "体验课", "免费试听"), ("{}怎么约", "我想先上一节{}", "{}什么时候能安排", "有没有{}")),
    (("周末", "周六上午", "周日下午", "晚上"), ("{}有课吗", "{}能不能上课", "我们只有{}有时间", "{}还排得上吗")),
    (("退费", "退款", "退课"), ("不想学了能{}吗", "{}怎么办理", "{}要扣多少", "{}多久到账")),
    (("老师", "授课老师", "班主任"), ("{}是什么学历", "{}有没有资质", "{}教了几年", "{}能不能换")),
    (("眼睛", "视力"), ("上网课会不会伤{}", "一直看屏幕{}受得了吗", "孩子近视，{}怎么办", "担心{}越来越差")),
    (("分期", "分期付款", "花呗分期"), ("能不能{}", "{}要利息吗", "可以{}几个月", "{}怎么弄")),
    (("回放", "录播", "课程回放"), ("错过了有{}吗", "{}能看多久", "{}在哪里看", "缺课能不能看{}")),
    (("作业", "课后作业"), ("{}多不多", "{}谁来批改", "每天都有{}吗", "{}要家长陪着做吗")),
    (("平板", "电脑", "手机"), ("上课用{}行不行", "必须买{}吗", "{}怎么下载软件", "家里只有{}可以学吗")),
    (("小班", "一对一", "大班"), ("是{}上课吗", "{}有几个学生", "想要{}的", "{}和别的有什么区别")),
    (("基础", "零基础"), ("孩子没有{}能学吗", "{}跟得上吗", "完全{}从哪里开始", "{}差要不要补")),
    (("教材", "课本", "书本"), ("{}是哪个版本", "{}要另外买吗", "{}什么时候寄", "用的是什么{}")),
    (("发票", "收据"), ("能开{}吗", "{}什么时候给", "{}抬头怎么写", "要报销，需要{}")),
    (("优惠", "活动", "折扣"), ("现在有什么{}", "老生有{}吗", "{}到什么时候", "两个孩子一起报有{}吗")),
    (("提分", "成绩", "分数"), ("多久能看到{}变化", "真的能{}吗", "怎么保证{}", "{}上不去怎么办")),
    (("证书", "结业证"), ("学完发{}吗", "{}有用吗", "{}国家承认吗", "{}怎么查")),
    (("请假", "调课"), ("临时有事能{}吗", "{}要提前多久", "{}会不会扣课时", "一个月能{}几次")),
    (("爱人", "孩子爸爸", "家里人"), ("我要和{}商量一下", "{}不太同意", "得问问{}的意见", "{}说再看看")),
    (("注意力", "专注力"), ("孩子{}不集中", "坐不住，{}差", "{}怎么训练", "上课{}总是跑掉")),
)
# Two that nobody asked before.
NEW: Sequence[tuple[Sequence[str], Sequence[str]]] = (
    (("新政策", "教育局新规定"), ("{}出来了，你们还能上课吗", "听说有{}，周末不让补课了", "{}会不会让你们停办")),
    (("人脸识别", "刷脸签到"), ("上课为什么要{}", "孩子的{}信息安全吗", "不想让孩子{}", "{}能不能关掉")),
)


@dataclass(frozen=True)
class Weeks:
    """So many statements a week; from week `new_from` on a share of them is about something new (None: never)."""

    weeks: int = 8
    statements: int = 2000
    new_from: int | None = None
    new_share: float = 0.005
    agents: int = 40
    # How much the share of each topic swings from week to week: the standard deviation of its logarithm.
    swing: float = 0.0
    seed: int = 1


def week_of(place: int) -> date:
    """The Monday of a week."""
    return FIRST_MONDAY + timedelta(weeks=place)


def told(plan: Weeks) -> Iterator[tuple[int, int, str, str, str]]:
    """Week, topic (those of NEW are negative), words, customer, agent of each statement."""
    rng = Random(f"needs/{plan.seed}")
    weights = [rng.gammavariate(1.2, 1.0) + 0.2 for _ in TOPICS]
    new = rng.randrange(len(NEW))
    for week in range(plan.weeks):
        swung = [weight * rng.lognormvariate(0, plan.swing) if plan.swing else weight for weight in weights]
        for number in range(plan.statements):
            planted = plan.new_from is not None and week >= plan.new_from and rng.random() < plan.new_share
            topic = -1 - new if planted else rng.choices(range(len(TOPICS)), swung)[0]
            things, forms = NEW[-1 - topic] if topic < 0 else TOPICS[topic]
            words = rng.choice(forms).format(rng.choice(things))
            yield week, topic, words, f"U{week}-{number}", f"A{rng.randrange(plan.agents):02d}"


def conversations(plan: Weeks) -> Iterator[JudgedConversation]:
    """The same as judged conversations, one statement each."""
    for number, (week, _, words, customer, agent) in enumerate(told(plan)):
        day = week_of(week) + timedelta(days=number % 7)
        needs = [(words, "question", None)]
        yield judged(Case(id=f"n{number:06d}", day=day, agent=agent, customer=customer, owed=(), needs=needs))
