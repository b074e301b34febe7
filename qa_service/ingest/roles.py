"""Who speaks, from the names that files in the wild give to speakers."""

import re
import unicodedata
from collections.abc import Mapping

from qa_service.domain.conversation import Speaker

_AGENT = """
客服 坐席 座席 销售 顾问 课程顾问 学习顾问 规划师 学习规划师 学管 学管师 班主任 老师 教师 讲师 助教 助理
员工 业务员 销售员 经理 客户经理 代理 接线员 话务员 专员 招生老师 招生 商家 卖家 店家 企业 企业员工
我方 人工客服 人工坐席 客服人员 工作人员
agent sales salesperson seller advisor adviser consultant rep representative operator staff employee teacher tutor
assistant support service cs csr internal supervisor
"""
_CUSTOMER = """
客户 顾客 用户 家长 学员 学生 学员家长 买家 会员 访客 来访者 同学 妈妈 爸爸 母亲 父亲 孩子 咨询者 咨询人 来电人 来电者
联系人 患者 对方 客人 线索
customer client user buyer parent student guest visitor caller prospect lead consumer shopper member external cust
"""
_SYSTEM = """
系统 系统消息 系统提示 系统通知 机器人 智能客服 机器人客服 语音机器人 旁白 提示音 彩铃 通知
system bot robot chatbot ivr custom_bot notice notification
"""

ROLE_NAMES: Mapping[str, Speaker] = {
    name: speaker
    for names, speaker in ((_AGENT, Speaker.AGENT), (_CUSTOMER, Speaker.CUSTOMER), (_SYSTEM, Speaker.SYSTEM))
    for name in names.split()
}

_ENDINGS: tuple[tuple[tuple[str, ...], Speaker], ...] = (
    (("老师", "顾问", "客服", "坐席", "班主任"), Speaker.AGENT),
    (("妈妈", "爸爸", "家长", "奶奶", "爷爷", "同学"), Speaker.CUSTOMER),
)
_LONGEST_CALLED_NAME = 4
_BRACKETED = re.compile(r"[(\[【<].*?[)\]】>]")
_NUMBERED = re.compile(r"(?P<role>.*?\D)[\s_#-]*[0-9]{1,4}|(?P<lettered>.*[^a-z\s])\s*[a-z]")
_NAMED = re.compile(r"(?P<role>[^\s_/-]+)(?:[\s_/-]+\S.*|[小阿老]\S)")


def role_of(name: str, more: Mapping[str, str] | None = None) -> Speaker | None:
    """The speaker that a name stands for, None when it stands for nobody known; `more` is asked first."""
    stated = (more or {}).get(name.strip())
    if stated is not None:
        return Speaker(stated)
    plain = _BRACKETED.sub("", unicodedata.normalize("NFKC", name).casefold()).strip()
    return ROLE_NAMES.get(plain) or _numbered(plain) or _named(plain) or _called(plain)


def _numbered(name: str) -> Speaker | None:
    """客服1, agent_02, 客户A."""
    match = _NUMBERED.fullmatch(name)
    return ROLE_NAMES.get(((match["role"] or match["lettered"]).rstrip("_#- ")) if match else "")


def _named(name: str) -> Speaker | None:
    """客服-林晓, 坐席 88, 顾问小林."""
    match = _NAMED.fullmatch(name)
    return ROLE_NAMES.get(match["role"]) if match else None


def _called(name: str) -> Speaker | None:
    """林老师, 乐乐妈妈: a short name that ends in what the person is called."""
    for endings, speaker in _ENDINGS:
        for ending in endings:
            if name.endswith(ending) and len(name) <= len(ending) + _LONGEST_CALLED_NAME and name.isalpha():
                return speaker
    return None
