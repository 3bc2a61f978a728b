"""Words that stand where a name might, and name nobody."""

from __future__ import annotations

import re
from typing import Final

# Begin with a character that is also a family name.
WORDS: Final = frozenset(
    re.findall(
        r"\S+",
        """
    高峰 高烧 高热 高危 高可 高频 高风 高级 高效 高并 高于 高时 高延 高负 何时 何处 何种 何人
    何以 任务 任何 任意 任一 方案 方法 方式 方面 方向 方便 方可 金额 万一 万兆 白名 白屏 白板
    常见 常用 常规 常驻 常量 易错 易出 文件 文档 文本 文字 文中 安全 安装 安排 安静 于是 于此
    程序 程度 成功 成绩 成员 成为 成本 成后 成列 齐全 关闭 关联 关键 关于 关系 关注 单个 单独
    单点 单元 单机 单次 单台 单位 连接 连续 连通 连不 连上 连网 向上 向下 应用 应该 应当 应答
    应急 应先 时间 时候 时段 时刻 时延 时钟 路径 路由 管理 管控 管道 商品 商量 习惯 位置 位于
    房间 解决 解析 解释 解除 解锁 花费 景象 游标 项目 明显 明确 明细 明文 查看 查询 查找 查阅
    保存 保证 保留 保持 保护 申请 申报 申诉 计划 计算 计数 计费 司机 全部 全量 全局 全天 全程
    水位 尚未 包含 包括 封存 封禁 强制 强一 符合 符号 都在 都会 都有 都是 都不 边缘 简单 周期
    周末 周一 周二 周三 周四 周五 周六 周日 余额 余量 石墨 钟内 段落 段内 费用 费时 温度 康复
    严重 严格 严禁 龙头 章节 史上 武器 季度 毕业 纪录 纪要 盛况 左右 左侧 左边 夏季 夏令 秦皇
    江苏 江西 唐山 黄色 黄金 金融 林业 田间 石油 叶子 雷达 钱包 汤匙 顾客 顾问 贺卡 施工 施行
    许可 许多 曾经 曾在 谢谢 沈阳 苏州 郑州 杭州 广州 徐州 朱红 孙子 丁字 马上 马路 白天 应为
    应在 和其 和学 计信 连线 连同 单双 单向 全体 全员 解码 花屏 文凭 安检 方才 高清 高温 高低
    何故 任课 任教 任职 于今 时常 时长 时效 时限 向来 向导 应届 应试 应考 应收 管床 房号 查房
    查体 申领 计时 计分 连麦 武汉 武昌 武威 温州 温岭 常州 常德 安徽 安阳 安庆 江门 江阴 黄山 黄石
    黄冈 金华 方正 毛病 毛利 钱款 段位 石英 雷雨 雷击 江北 江南 江东 龙岩 汤原 牛津
    """,
    )
)
# Begin with a capital after a label such as `Patient`.
NOBODY: Final = frozenset(
    re.findall(
        r"\S+",
        """
    Access Account Action Alert Api App Application Apps Archive Assistant Auth Base Browser
    Cache Call Center Centre Client Cluster Code Company Config Connection Console Count
    Dashboard Data Database Desk Directory Email Engine Error Export File Form Gateway Group
    Guide Health Home Host Id Identity Image Import Index Info Information Journey Key List Load
    Lock Log Login Logs Lookup Management Manager Map Mapping Master Message Model Monitor Name
    Namespace Network Node Nodes Not Number Object Office On Ops Order Page Pages Password Path
    Phone Platform Plan Pod Policy Pool Port Portal Problem Process Profile Query Queue Record
    Records Reference Registration Registry Request Resource Room Rotation Safety Schedule
    Search Section Server Service Services Session Set Setting Settings Site Space State Station
    Status Step Storage Store Support System Systems Table Task Team Teams Test Tests The
    Timeout Token Traffic Type Unit Update Url User Users Value View Volume Web Worker Workspace
    Zone Cannot Can Is Are Has Have Should Must Will May In Of For From To And Or If When Then
    Who Which What Where That This These Those A An No Yes None All Any Each Every After Before
    During While Check Verify Restart Run See Open Close Stop Start Wait Ask Tell Call Read
    Write Delete Create Apply Kubernetes Linux Redis Mysql Postgres Oracle Kafka Nginx Docker
    Windows Grafana Prometheus Etcd Tidb Tikv Istio Envoy January February March April May June
    July August September October November December Monday Tuesday Wednesday Thursday Friday
    Saturday Sunday English Chinese Default Required Optional Unknown Missing Failed Invalid
    """,
    )
)
