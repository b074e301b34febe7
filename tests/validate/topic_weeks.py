"""Made-up weeks of what customers say: needs that stay, a long tail that fits nowhere, and a need that is new."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa_service.domain.topic import Statement

# Each need with ways to state it; what stands between bars is chosen by chance.
STANDING: Mapping[str, tuple[str, ...]] = {
    "price": (
        "多少钱|一节课多少钱|一年多少钱",
        "学费怎么收|费用怎么算",
        "什么价格|价格是多少",
        "一共要交多少钱|总共多少费用",
    ),
    "expensive": (
        "太贵了|有点贵",
        "超出我们预算了|预算没那么多",
        "便宜点行不行|能不能便宜一点",
        "这个价格接受不了|价格太高了",
    ),
    "discount": (
        "有优惠吗|现在有什么优惠",
        "能打折吗|打几折",
        "有没有活动|最近搞活动吗",
        "老学员有优惠不|两个人一起报有优惠吗",
    ),
    "instalment": (
        "能分期吗|可以分期付款吗",
        "分期有利息吗|分期要手续费吗",
        "可以用花呗吗|花呗能分几期",
        "能不能分两次交|学费分开交行吗",
    ),
    "refund_rules": (
        "不想学了能退吗|中途不学能退吗",
        "退费怎么规定的|退费政策是什么",
        "退的话扣多少|退费要扣手续费吗",
        "多久之内可以退|几天内能全额退",
    ),
    "refund_request": (
        "我要退费|我要退款",
        "帮我把课退了|把课给我退掉",
        "把钱退给我|钱退回来",
        "我不学了给我办退款|办一下退费",
    ),
    "refund_progress": (
        "退款什么时候到账|退的钱啥时候到",
        "退费申请到哪一步了|退款审核好了没",
        "怎么还没退给我|都一周了还没退",
        "说好三天退款呢|退款怎么这么慢",
    ),
    "lesson_time": (
        "几点上课|周六几点上课",
        "周末有课吗|礼拜天有课没",
        "晚上能上课吗|晚上有班吗",
        "上课时间怎么安排|一般什么时候上课",
    ),
    "change_time": (
        "能换个时间上吗|想换个上课时间",
        "这周课能改到下周吗|帮我调一下课",
        "时间冲突了怎么办|跟学校时间撞了",
        "可以调班吗|能转到周日班吗",
    ),
    "no_time": (
        "没时间学|最近没空上课",
        "平时要上班抽不出时间|工作太忙了",
        "孩子作业都写不完|孩子课排满了",
        "哪有时间天天上|时间安排不过来",
    ),
    "replay": (
        "有回放吗|课程有没有回放",
        "能看录播吗|上完能重看吗",
        "错过了能看回放不|没赶上直播怎么看",
        "回放能看多久|回放会不会过期",
    ),
    "trial": (
        "能试听吗|可以先试听一节吗",
        "有体验课吗|体验课怎么约",
        "试听要钱吗|试听课免费吗",
        "先上一节试试行不行|能不能先体验一下",
    ),
    "content": (
        "都学什么内容|课上教什么",
        "有课程大纲吗|大纲发我看看",
        "主要讲哪些|讲哪些知识点",
        "教材用的什么|用什么教材上课",
    ),
    "teacher": (
        "老师是谁|哪个老师教",
        "老师什么学历|老师哪个学校毕业的",
        "老师教了几年了|老师有经验吗",
        "是外教还是中教|有外教吗",
    ),
    "change_teacher": (
        "能换老师吗|想换个老师",
        "老师怎么又换了|换了三个老师了",
        "不喜欢现在这个老师|孩子不喜欢这个老师",
        "换回原来的老师行吗|还要张老师教",
    ),
    "effect": (
        "有效果吗|学了有用吗",
        "多久能看到效果|几个月能见效",
        "能提多少分|成绩能提高多少",
        "学了半年没进步|一点效果都没有",
    ),
    "level": (
        "零基础能学吗|没基础可以学吗",
        "基础差跟得上吗|跟不上怎么办",
        "英语不好能学吗|底子薄行不行",
        "会不会太难|怕听不懂",
    ),
    "age": (
        "几岁可以学|多大能学",
        "五岁能上吗|孩子才四岁行吗",
        "年龄太小了吧|是不是太小了",
        "四十岁还能学吗|年纪大了能报吗",
    ),
    "class_size": (
        "一个班多少人|一班几个孩子",
        "是一对一吗|一对一还是班课",
        "小班还是大班|小班课有几个人",
        "班里人多吗|人数有限制吗",
    ),
    "campus": (
        "校区在哪里|你们地址在哪",
        "离地铁近吗|怎么过去方便",
        "我家附近有校区吗|城东有没有校区",
        "太远了|离我们家太远",
    ),
    "invoice": (
        "能开发票吗|发票怎么开",
        "发票什么时候给|发票还没收到",
        "可以开公司抬头吗|要开专票",
        "电子发票发哪里|发票发我邮箱",
    ),
    "contract": (
        "合同在哪看|合同发我一份",
        "要签合同吗|什么时候签合同",
        "合同里怎么写的|协议条款是什么",
        "合同有效期多久|合同到什么时候",
    ),
    "device": (
        "用手机能上吗|手机可以上课不",
        "要用电脑吗|平板行不行",
        "软件登录不上|账号登不进去",
        "上课一直卡|画面总是卡住",
    ),
    "homework": (
        "有作业吗|每天作业多吗",
        "作业谁批改|作业老师改吗",
        "作业不会做怎么办|作业能问老师吗",
        "作业太多了|作业写到半夜",
    ),
    "eyes": (
        "对眼睛不好吧|伤眼睛吗",
        "孩子近视了|近视能上吗",
        "看屏幕时间太长|盯着屏幕受不了",
        "眼睛会不会坏|怕他近视加深",
    ),
    "unwilling": (
        "孩子不想学|他自己不愿意学",
        "孩子没兴趣|对这个不感兴趣",
        "孩子说不喜欢上课|一上课就哭",
        "逼他也不学|怎么劝都不上",
    ),
    "family": (
        "要跟家里商量|我跟爱人商量一下",
        "老公不同意|孩子爸爸不同意",
        "我回去问问家里人|得问问他爸",
        "我妈说没必要|家里人反对",
    ),
    "trust": (
        "不会是骗人的吧|怕被骗",
        "你们正规吗|有办学许可吗",
        "网上评价不好|看到有人投诉你们",
        "万一你们跑路呢|机构倒闭怎么办",
    ),
    "exam": (
        "什么时候考试|考试时间定了吗",
        "怎么报名考试|报名入口在哪",
        "报考条件是什么|我符合报考条件吗",
        "考试难不难|好考吗",
    ),
    "pass_rate": (
        "通过率多少|过的人多吗",
        "能保证过吗|包过吗",
        "考不过怎么办|没过能重学吗",
        "一次能过吗|一把过的多不多",
    ),
    "certificate": (
        "证书有用吗|这个证有什么用",
        "国家承认吗|证书认可吗",
        "证书什么时候发|多久拿证",
        "证在哪里查|证书网上能查到吗",
    ),
    "job": (
        "包就业吗|能推荐工作吗",
        "学完好找工作吗|学完能干什么",
        "工资能拿多少|一个月能挣多少",
        "有合作企业吗|推荐去哪里上班",
    ),
    "harassment": (
        "别再打电话了|不要再给我打电话",
        "天天打烦不烦|一天打三个",
        "把我号码删了|不要再联系我",
        "说了不需要还打|都说不要了",
    ),
    "no_contact": (
        "没人联系我|报名后没人管",
        "打电话没人接|客服电话打不通",
        "发消息不回|微信上不理人",
        "老师几天没消息了|班主任找不到人",
    ),
    "broken_promise": (
        "跟当初说的不一样|和销售说的不符",
        "说好送的课呢|答应的赠课没有",
        "当时承诺的没兑现|承诺的都没做到",
        "宣传的名师根本没来|说是名师结果不是",
    ),
}
# What nobody said before.
NEW: Mapping[str, tuple[str, ...]] = {
    "dormitory": (
        "宿舍有空调吗|宿舍里有没有空调",
        "住宿条件怎么样|宿舍几个人一间",
        "宿舍能洗澡吗|宿舍有热水没",
        "宿舍几点关门|晚上宿舍有人管吗",
    ),
    "watch": (
        "手表能连上吗|电话手表可以上课吗",
        "儿童手表怎么绑定|手表绑定不了",
        "手表收不到打卡提醒|手表上没提醒",
        "换了手表怎么登|新手表还能用吗",
    ),
    "robot": (
        "是机器人在教吗|是不是人工智能讲课",
        "机器人批改准吗|智能批改总判错",
        "机器人讲错题了|智能老师讲错了",
        "人工智能老师靠谱吗|这个智能老师行不行",
    ),
    "meal": (
        "中午管饭吗|午饭怎么解决",
        "有没有食堂|食堂饭菜怎么样",
        "早饭有得吃吗|管早饭不",
        "孩子对花生过敏能单独做吗|饭能不能不放辣",
    ),
}
OPENINGS = ("", "", "", "那个", "我想问下", "老师", "就是", "你好", "对了", "还有", "嗯", "我就想知道")
ENDINGS = ("", "", "", "啊", "呢", "呀", "老师", "麻烦说一下", "你给我说说", "哦")
# A tail statement puts together what nobody puts together twice.
THINGS = tuple(
    f"{a}{b}" for a in "金木水火土山石田云风雷电江河湖海松柏桃李" for b in "华清平安宁远达利兴盛荣昌泰和顺康福禄祥瑞"
)
DOINGS = (
    "丢了",
    "想换",
    "能带吗",
    "下个月要用",
    "怎么办",
    "跟这个有关系吗",
    "上次说过的",
    "还在吗",
    "借一下",
    "找不到",
)


@dataclass(frozen=True)
class Weeks:
    """Weeks of so many statements; from week `since` on, `share` of them are of a need that is new."""

    seed: int
    count: int = 2000
    new: str | None = None
    since: int = 0
    share: float = 0.005
    tail: float = 0.15

    def week(self, number: int) -> list[tuple[Statement, str]]:
        """The statements of a week with the need that each is of; the tail is of none ("")."""
        draw = random.Random(f"{self.seed}/{number}")
        return [
            (_statement(f"w{number}-{n:05d}", text, draw), need)
            for n, (text, need) in enumerate(self._said(number, draw))
        ]

    def held_out(self, count: int) -> list[Statement]:
        """Statements of standing needs, of no week."""
        draw = random.Random(f"{self.seed}/held-out")
        needs = sorted(STANDING)
        return [_statement(f"held-{n}", said(STANDING[draw.choice(needs)], draw), draw) for n in range(count)]

    def _said(self, number: int, draw: random.Random) -> Iterator[tuple[str, str]]:
        planted = round(self.count * self.share) if self.new and number >= self.since else 0
        for _ in range(planted):
            yield said(NEW[str(self.new)], draw), str(self.new)
        needs = sorted(STANDING)
        random.Random(self.seed).shuffle(needs)
        weights = [1 / (rank + 3) for rank in range(len(needs))]
        for _ in range(self.count - planted):
            if draw.random() < self.tail:
                yield tail(draw), ""
            else:
                need = draw.choices(needs, weights)[0]
                yield said(STANDING[need], draw), need


def said(ways: Sequence[str], draw: random.Random) -> str:
    """One way to state a need."""
    return draw.choice(OPENINGS) + draw.choice(draw.choice(ways).split("|")) + draw.choice(ENDINGS)


def tail(draw: random.Random) -> str:
    """A statement of a need that hardly recurs."""
    return (
        f"{draw.choice(OPENINGS)}{draw.choice(THINGS)}{draw.choice(THINGS)}{draw.choice(DOINGS)}{draw.choice(ENDINGS)}"
    )


def _statement(conversation_id: str, text: str, draw: random.Random) -> Statement:
    agent, customer = f"A{draw.randrange(40):02d}", f"U{draw.randrange(100_000)}"
    return Statement(conversation_id, 1, text, "question", agent_id=agent, customer_key=customer)
