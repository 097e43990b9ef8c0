//! Members of request bodies, for the OpenAPI description.

/// A member: name, type, whether it is required, what it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) text: &'static str,
}

/// JSON types used in bodies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    Code,
    Day,
    Int,
    Flag,
    Texts,
    Object,
    Objects,
}

const fn must(name: &'static str, kind: Kind, text: &'static str) -> Field {
    Field { name, kind, required: true, text }
}

const fn may(name: &'static str, kind: Kind, text: &'static str) -> Field {
    Field { name, kind, required: false, text }
}

pub(crate) const EVALUATION: &[Field] = &[
    must("subject", Kind::Object, "办事人：type 为 Person，id 为人员编号"),
    must("action", Kind::Object, "办理动作：name"),
    must("resource", Kind::Object, "事项：type、id，properties 里只有规矩允许的项有用（如 step）"),
    may("context", Kind::Object, "引用的记录：record、grant、post；explain 为 true 时带理由"),
];
pub(crate) const EVALUATIONS: &[Field] = &[
    may("subject", Kind::Object, "各项缺省的办事人"),
    may("action", Kind::Object, "各项缺省的办理动作"),
    may("resource", Kind::Object, "各项缺省的事项"),
    may("context", Kind::Object, "各项缺省的情况"),
    may("evaluations", Kind::Objects, "要判断的各项；没有或为空时同单项判断"),
    may(
        "options",
        Kind::Object,
        "evaluations_semantic：execute_all、deny_on_first_deny、permit_on_first_permit",
    ),
];
pub(crate) const SUBJECT_SEARCH: &[Field] = &[
    must("subject", Kind::Object, "要找的办事人的 type；id 不看"),
    must("action", Kind::Object, "办理动作：name"),
    must("resource", Kind::Object, "事项：type、id"),
    may("context", Kind::Object, "情况"),
    may("page", Kind::Object, "token、limit"),
];
pub(crate) const RESOURCE_SEARCH: &[Field] = &[
    must("subject", Kind::Object, "办事人：type、id"),
    must("action", Kind::Object, "办理动作：name"),
    must("resource", Kind::Object, "要找的事项的 type；id 不看"),
    may("context", Kind::Object, "情况"),
    may("page", Kind::Object, "token、limit"),
];
pub(crate) const ACTION_SEARCH: &[Field] = &[
    must("subject", Kind::Object, "办事人：type、id"),
    must("resource", Kind::Object, "事项：type、id"),
    may("context", Kind::Object, "情况"),
    may("page", Kind::Object, "token、limit"),
];
pub(crate) const ENTITIES: &[Field] =
    &[must("entities", Kind::Objects, "Cedar 的实体写法：uid、attrs、parents、tags")];
pub(crate) const PERSON: &[Field] = &[
    must("unit", Kind::Code, "所在单位的12位代码"),
    may("household", Kind::Text, "户编号"),
    may("suspended_from", Kind::Day, "停职起始日"),
    may("suspended_to", Kind::Day, "停职结束日"),
    may("posts", Kind::Objects, "岗位：role、unit、department、from、to"),
    may("personal", Kind::Object, "个人信息，存入可删除的旁库"),
];
pub(crate) const EVENTS: &[Field] = &[
    must("village", Kind::Code, "村（社区）代码"),
    must("scheme", Kind::Text, "积分办法编号"),
    must(
        "events",
        Kind::Objects,
        "事件：id、type、subject、day、quantities，可带 actor、member、channel、evidence、note",
    ),
];
pub(crate) const EVENT_STATE: &[Field] = &[
    must("state", Kind::Text, "accepted、disputed 或 reversed"),
    must("reason", Kind::Text, "原因"),
];
pub(crate) const REVIEW: &[Field] = &[
    must("village", Kind::Code, "村（社区）代码"),
    may("entries", Kind::Texts, "记分编号；不填则按办法和周期全部复核"),
    may("scheme", Kind::Text, "积分办法编号"),
    may("period", Kind::Text, "周期"),
    must("verdict", Kind::Text, "effective 或 rejected"),
];
pub(crate) const ROUND: &[Field] = &[
    must("village", Kind::Code, "村（社区）代码"),
    must("scheme", Kind::Text, "积分办法编号"),
    must("period", Kind::Text, "周期，如 2026Q3"),
    may("cents", Kind::Int, "本期分多少钱（分）；只有分资金的办法要写"),
];
pub(crate) const CONFIRMATION: &[Field] = &[
    may("except", Kind::Texts, "哪些户（人、机构）先不确认"),
    may("reason", Kind::Text, "为什么先不确认，不写姓名"),
];
pub(crate) const ORDER: &[Field] = &[
    must("subject", Kind::Text, "户或人的编号"),
    must("offer", Kind::Text, "物品编号"),
    must("quantity", Kind::Int, "件数"),
];
pub(crate) const MATTER: &[Field] = &[
    must("item", Kind::Text, "清单事项编号"),
    must("village", Kind::Code, "村（社区）代码"),
    must("title", Kind::Text, "什么事，不写姓名"),
    may("amount_cents", Kind::Int, "金额（分）"),
    may("seal_class", Kind::Text, "用印类别"),
    may("variant", Kind::Text, "按哪种办法办；不填按通常的步骤"),
    may("site", Kind::Text, "地点或者项目编号；同一地点的合并计算金额"),
    may("project", Kind::Text, "项目类别，定哪个主管部门参加联合监管"),
    may("certificate", Kind::Text, "开哪种证明：保留清单上的编号或者名称"),
    may("service", Kind::Text, "办哪项服务：服务清单上的编号"),
    may("documents", Kind::Texts, "要群众带的材料；清单上没有写的不能要"),
];
pub(crate) const STEP: &[Field] = &[
    must("step", Kind::Text, "步骤编号"),
    may("record", Kind::Text, "引用的会议记录"),
    may("grant", Kind::Text, "引用的委托"),
    may("post", Kind::Text, "以哪个岗位办理"),
    may("cents", Kind::Int, "评审价、合同价或者变更后的价（分）；只有写价的步骤填"),
];
pub(crate) const QUESTION: &[Field] = &[
    must("text", Kind::Text, "询问什么；存入可删除的旁库"),
    may("post", Kind::Text, "以哪个岗位办理"),
];
pub(crate) const OBJECTION: &[Field] = &[
    must("step", Kind::Text, "对哪一步的公示有异议"),
    must("text", Kind::Text, "什么异议；存入可删除的旁库"),
    may("post", Kind::Text, "以哪个岗位办理"),
];
pub(crate) const ANSWER: &[Field] = &[
    must("number", Kind::Int, "答复第几号询问或者异议"),
    must("text", Kind::Text, "怎样答复；存入可删除的旁库"),
    may("post", Kind::Text, "以哪个岗位办理"),
];
pub(crate) const STAGE: &[Field] =
    &[must("step", Kind::Text, "哪一步"), may("post", Kind::Text, "以哪个岗位办理")];
pub(crate) const PASS: &[Field] = &[
    must("hold", Kind::Text, "SPLIT_SUSPECTED 或 RATIFIED_LATE"),
    must("reason", Kind::Text, "放行的理由，不写姓名"),
    may("post", Kind::Text, "以哪个岗位办理"),
];
pub(crate) const MEETING: &[Field] = &[
    must("body", Kind::Text, "会议组织编号"),
    must("village", Kind::Code, "村（社区）代码；市级会议填市代码"),
    may("item", Kind::Text, "事项编号"),
    may("matter", Kind::Text, "事、任务或委托的编号"),
    must("day", Kind::Day, "开会日期"),
    must("notice_day", Kind::Day, "通知日期"),
    must("eligible", Kind::Int, "应到"),
    must("present", Kind::Int, "实到"),
    must("in_favour", Kind::Int, "赞成"),
    must("against", Kind::Int, "反对"),
    must("abstain", Kind::Int, "弃权"),
    may("counted", Kind::Text, "应到实到按什么算：people 人，households 户"),
    may("method", Kind::Text, "表决方式：hands 举手，ballot 票决，oral 口头"),
    may("roll", Kind::Texts, "点名：到会人员编号，不写姓名"),
    may("attending", Kind::Texts, "列席镇干部的人员编号"),
    may("proxies", Kind::Object, "委托投票：委托人编号 → 受托人编号"),
    may("written", Kind::Flag, "书面委托书是否收齐附卷"),
    may("candidates", Kind::Texts, "选举的候选人编号"),
    may("published", Kind::Day, "结果公开的日期"),
    may("motion", Kind::Text, "动议事由；存入可删除的旁库"),
    may("content", Kind::Text, "内容；存入可删除的旁库"),
    may("opinion", Kind::Text, "监督意见；存入可删除的旁库"),
];
pub(crate) const DELEGATION: &[Field] = &[
    must("village", Kind::Code, "村（社区）代码"),
    must("role", Kind::Text, "委托哪个岗位的权力"),
    must("items", Kind::Texts, "委托哪些事项"),
    must("delegate", Kind::Text, "受托人"),
    must("body", Kind::Text, "由哪个组织批准：TWO、REP 或 ASM"),
    must("from", Kind::Day, "起始日"),
    must("to", Kind::Day, "结束日"),
    may("under", Kind::Text, "凭哪份委托再委托（一律不准）"),
    may("post", Kind::Text, "以哪个岗位办理"),
];
pub(crate) const RECORD: &[Field] =
    &[must("record", Kind::Text, "引用的会议记录"), may("post", Kind::Text, "以哪个岗位办理")];
pub(crate) const TASK: &[Field] = &[
    must("village", Kind::Code, "村（社区）代码"),
    must("title", Kind::Text, "做什么"),
    may("item", Kind::Text, "清单内事项的编号"),
    may("basis_law", Kind::Text, "法律依据"),
    may("basis_article", Kind::Text, "条款"),
    may("fund_cents", Kind::Int, "经费（分）"),
    may("staff", Kind::Int, "人员数"),
    may("end", Kind::Day, "结束日"),
    may("fields", Kind::Texts, "要填哪些数据；不写就是清单上那张台账报表的数据"),
    may(
        "urgent",
        Kind::Object,
        "事故或者应急：kind 为 accident 或 emergency，reason 写明理由，不写姓名",
    ),
];
pub(crate) const TASK_APPROVAL: &[Field] = &[
    must("record", Kind::Text, "市委（DC）或市政府（DG）的会议记录"),
    must("to", Kind::Day, "有效到哪天"),
];
pub(crate) const FUNDS: &[Field] = &[must("cents", Kind::Int, "拨付金额（分）")];
pub(crate) const SIGN: &[Field] = &[
    must("village", Kind::Code, "村（社区）代码"),
    must("title", Kind::Text, "牌子上写的什么"),
    may("entry", Kind::Text, "挂牌清单上的编号"),
    may("approval", Kind::Text, "批准编号：经过准入、交办给本村的任务编号"),
    must("hung", Kind::Day, "哪天挂的"),
    may("photo", Kind::Text, "照片的摘要（十六进制）"),
];
pub(crate) const CLOCK: &[Field] = &[
    may("to", Kind::Day, "拨到哪一天"),
    may("days", Kind::Int, "往后几天"),
    may("minutes", Kind::Int, "往后几分钟"),
];
