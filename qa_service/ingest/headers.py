"""The headers that tables in the wild use, in Chinese and English; the first one that a table has is taken."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

CONVERSATION_HEADERS: Mapping[str, str] = {
    "conversation_id": "会话id 会话编号 对话id 对话编号 通话id 通话编号 通话记录id 录音id 录音编号 呼叫id "
    "联络id 流水号 "
    "conversationid callid sessionid contactid dialogid dialogueid chatid tid id",
    "speaker": "角色 说话人角色 发言角色 说话人 说话者 发言人 讲话人 发送方 发送者 发送人 身份 "
    "role speakerrole participantrole speaker sender participant",
    "text": "内容 文本 消息内容 消息 说话内容 发言内容 聊天内容 话语 语句 text content message words utterance "
    "sentence",
    "transcript": "对话内容 通话内容 会话内容 通话文本 对话文本 会话文本 转写文本 转写内容 转写 录音文本 "
    "聊天记录 对话记录 "
    "通话记录 对话 会话 transcript transcription conversation dialogue dialog",
    "sent_at": "发送时间 消息时间 发言时间 说话时间 时间 sentat sendtime msgtime messagetime timestamp time datetime",
    "started_at": "会话开始时间 通话开始时间 会话时间 通话时间 呼叫时间 拨打时间 接通时间 开始时间 创建时间 "
    "通话日期 会话日期 日期 "
    "startedat starttime begintime callstarttime calltime date createdat",
    "start_ms": "开始毫秒 起始毫秒 开始时间毫秒 开始ms 开始时间ms startms beginms startoffsetms "
    "beginoffsetmillis begin",
    "end_ms": "结束毫秒 结束时间毫秒 结束ms 结束时间ms endms endoffsetms endoffsetmillis",
    "start_s": "开始秒 起始秒 starts startsec startseconds start",
    "end_s": "结束秒 ends endsec endseconds end",
    "type": "消息类型 内容类型 类型 type msgtype messagetype contenttype",
    "speaker_id": "说话人id 发送人id 发送者id speakerid senderid",
    "agent_id": "工号 坐席工号 座席工号 客服工号 坐席id 座席id 客服id 销售id 顾问id 员工号 员工id 坐席编号 "
    "agentid staffid employeeid customerserviceid operatorid",
    "agent_name": "坐席姓名 座席姓名 客服姓名 销售姓名 顾问姓名 员工姓名 坐席 座席 销售 客服 顾问 课程顾问 "
    "agentname agent customerservicename staffname",
    "team": "团队 小组 班组 组别 技能组 部门 team group skillgroupname skillgroup department",
    "customer_id": "客户id 客户编号 客户号 用户id 学员id 学员编号 会员id 外部联系人id 客户 "
    "customerid clientid userid memberid studentid uid customer client",
    "product": "产品 产品名称 课程 课程名称 商品 项目 业务线 product productname course business",
    "scenario": "场景 业务场景 scenario",
    "stage": "阶段 stage",
    "channel": "沟通方式 会话类型 沟通渠道 channel mediatype",
    "direction": "呼叫方向 呼叫类型 通话类型 方向 direction calltype",
    "duration_s": "通话时长 会话时长 时长 durations durationsec duration",
    "recording_url": "录音地址 录音链接 录音url recordingurl recording",
    "sop": "sop 流程",
    "hired_on": "入职日期 入职时间 hiredon hiredate",
    "shift": "班次 shift",
    "converted": "是否成交 是否付费 是否报名 是否成单 是否转化 成交 converted paid",
    "amount": "成交金额 实付金额 付费金额 订单金额 金额 amount",
    "trial_attended": "是否到课 是否试听 是否出席 到课 trialattended attended",
    "refunded": "是否退费 是否退款 退费 退款 refunded",
    "complained": "是否投诉 投诉 complained",
}

TAG_HEADERS: Mapping[str, str] = {
    "lead_source": "线索来源 客户来源 来源渠道 渠道来源 获客渠道 渠道 来源 leadsource lead source",
}

OUTCOME_HEADERS: Mapping[str, str] = {
    "customer_id": CONVERSATION_HEADERS["customer_id"],
    "event": "事件 事件类型 结果 结果类型 类型 event eventtype type outcome",
    "at": "时间 发生时间 事件时间 日期 at time timestamp eventtime occurredat date datetime",
    "product": CONVERSATION_HEADERS["product"],
    "amount": "金额 实付金额 付费金额 退款金额 订单金额 成交金额 amount price",
    "order_id": "订单号 订单id 订单编号 orderid order orderno",
    "reason_text": "原因 退费原因 退款原因 投诉原因 投诉内容 备注 说明 reasontext reason remark",
}

_REMARK = re.compile(r"\((?!ms|毫秒).*?\)$")
_NOISE = re.compile(r"[\s_\-./*:()]")


def match_headers(headers: Sequence[str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Field → header of this table; each header serves one field."""
    known: dict[str, str] = {}
    for header in headers:
        known.setdefault(plain_header(header), header)
    found: dict[str, str] = {}
    for field, names in wanted.items():
        fitting = [known[name] for name in names.split() if name in known]
        if fitting and fitting[0] not in found.values():
            found[field] = fitting[0]
    return found


def plain_header(header: str) -> str:
    """A header without case, width, spaces, underscores and remarks in brackets; milliseconds are no mere remark."""
    return _NOISE.sub("", _REMARK.sub("", unicodedata.normalize("NFKC", header).strip().casefold()))
