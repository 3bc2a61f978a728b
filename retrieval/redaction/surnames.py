"""Chinese family names, what follows a name, and titles."""

from __future__ import annotations

from typing import Final

# Characters that are hardly anything but a name where a person is expected.
PLAIN: Final = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱林郭罗梁宋郑谢韩唐冯董萧曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏"
    "薛叶阎余潘杜戴夏钟汪田姜范石姚谭廖邹熊陆郝孔崔康毛邱秦江史顾侯邵孟龙段雷钱汤尹黎武贺"
    "赖龚庞樊兰殷施陶洪翟颜倪严牛温芦季俞章鲁葛伍韦毕聂焦柳邢岳梅莫庄辛祝左涂祁耿牟詹凌费"
    "纪靳盛童甄裴翁柯阮冉辜戚瞿霍阳覃褚娄窦晏郁"
)
# Also the beginning of many ordinary words: a name only where a sign or an end stands around it.
ORDINARY: Final = frozenset(
    "高何马任方金万白常易乔文安于程成齐车关单连向应时路管商习乐位房解花柏柴景游项明查穆宁"
    "米保申乌计司全水尚包华苗封强阎艾蓝池符鲍卜屈席谷伏都木戎沙权边巩盖党简饶空曲师诸喻谈"
    "储卫燕古粟冷"
)
DOUBLE: Final = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "令狐",
    "慕容",
    "宇文",
    "长孙",
    "司徒",
    "司空",
    "端木",
    "夏侯",
    "南宫",
    "西门",
    "独孤",
    "轩辕",
    "百里",
    "呼延",
    "东郭",
    "澹台",
    "公冶",
)
# What follows a name more often than it ends one.
AFTER: Final = frozenset(
    "的在说反报无不登打来联因被把和与今昨已是有从到对向给让发提请求称没未出上下进退交考看"
    "要点选需应会能可就还也都又再同或及跟这那其之为以时后前中里做用收拿带住转处查开关读写"
    "输录填问叫找昏发心头胸腹咳入急"
)
TITLES: Final = (
    "医生|医师|大夫|护士长|护士|护师|药师|技师|老师|教授|导师|主任|院长|处长|科长|校长|经"
    "理|组长|总监|先生|女士|小姐|同学|工程师|师傅|博士"
)
