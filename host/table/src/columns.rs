//! The kinds of rows a table has, and their columns: key in the text form, title in the sheet, what a cell holds.

/// What the cells of a column hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Free text of at most so many characters.
    Text(usize),
    /// An id such as `good-deed`.
    Id,
    /// Names of quantities of the event, divided by `、`; their sum counts.
    Names,
    /// Points with two decimals.
    Points,
    /// A number with its unit, e.g. `4小时`.
    Amount,
    /// An edge with its side, e.g. `≥10小时`.
    Edge,
    /// A share of the village with its side, e.g. `≤10%`.
    Share,
    /// How long is added up.
    Window,
    /// How several values become one.
    Measure,
    /// A weight in ‰.
    Weight,
    /// A day.
    Day,
    /// A small whole number.
    Count,
    /// `是` or nothing.
    Yes,
}

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident = $key:literal $title:literal [$($also:literal),*] $form:expr;)*) => {
        /// A column.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Column { $($(#[$doc])* $name,)* }

        impl Column {
            /// Every column.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The key in the text form.
            pub const fn key(self) -> &'static str { match self { $(Self::$name => $key),* } }

            /// The Chinese title in the sheet.
            pub const fn title(self) -> &'static str { match self { $(Self::$name => $title),* } }

            /// Other titles it is known by in sheets people send.
            pub const fn also(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($also),*]),* }
            }

            /// What a cell holds.
            pub const fn form(self) -> Form { match self { $(Self::$name => $form),* } }

            /// The column with a key.
            pub fn of_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$name),)* _ => None }
            }
        }
    };
}

columns! {
    /// Id of the row; the item code of its claims.
    Id = "id" "编号" ["项目编号", "编码", "代码"] Form::Id;
    /// Class, e.g. 积善; rows of [`Kind::Class`] cap it.
    Class = "class" "类别" ["分类", "项目类别", "大类", "积分类别"] Form::Text(20);
    /// What is rewarded.
    Title = "title" "项目" ["项目名称", "积分项目", "内容", "事项", "名称"] Form::Text(60);
    /// Event type of the scheme.
    Event = "event" "事件" ["事件类型", "记录类型"] Form::Id;
    /// Quantities of the event that are counted; empty counts events.
    Quantity = "quantity" "数量" ["计数项", "数量项目"] Form::Names;
    /// For how much the points are given; only whole multiples count.
    Per = "per" "计分单位" ["单位", "计量单位"] Form::Amount;
    /// Points.
    Points = "points" "分值" ["积分", "得分", "赋分", "标准分", "加分"] Form::Points;
    /// Quantity of the event that a condition is about.
    When = "when" "条件" ["条件项"] Form::Names;
    /// Lower edge.
    Low = "low" "下限" ["起点"] Form::Edge;
    /// Upper edge.
    High = "high" "上限" ["止点"] Form::Edge;
    /// What a ladder's step asks for.
    At = "at" "达到" ["累计达到"] Form::Edge;
    /// Share of the village up to which a band goes.
    UpTo = "upto" "名次至" ["名次比例"] Form::Share;
    /// Name of a band.
    Label = "label" "档次" ["等次", "等级", "星级"] Form::Text(20);
    /// How long is added up.
    Window = "window" "累计周期" ["周期", "计算周期"] Form::Window;
    /// How several values become one.
    Measure = "measure" "取值" ["取值方式"] Form::Measure;
    /// Fewest values for a valid result.
    Least = "least" "最少份数" ["最少张数"] Form::Count;
    /// Weight of a conversion.
    Weight = "weight" "权重" ["折算权重"] Form::Weight;
    /// Most points of a rate in one window, or of one conversion.
    Cap = "cap" "封顶" ["最高分"] Form::Points;
    /// Most points of one event.
    CapEvent = "cap_event" "每次封顶" ["单次封顶", "每次最多"] Form::Points;
    /// Most points of a day.
    CapDay = "cap_day" "每日封顶" ["日封顶", "每日最多", "每天封顶"] Form::Points;
    /// Most points of a month.
    CapMonth = "cap_month" "每月封顶" ["月封顶", "每月最多"] Form::Points;
    /// Most points of a quarter.
    CapQuarter = "cap_quarter" "每季封顶" ["季封顶", "每季度封顶", "每季度最多"] Form::Points;
    /// Most points of a year.
    CapYear = "cap_year" "每年封顶" ["年封顶", "年度封顶", "每年最多"] Form::Points;
    /// First day on which the row holds.
    From = "from" "起（含）" ["起始日期", "生效日期", "开始日期", "起"] Form::Day;
    /// Last day on which the row holds.
    To = "to" "止（含）" ["截止日期", "结束日期", "止"] Form::Day;
    /// What shows that it happened.
    Evidence = "evidence" "佐证" ["佐证材料", "证明材料"] Form::Text(60);
    /// Who reports it.
    Channel = "channel" "渠道" ["采集渠道", "申报渠道"] Form::Text(60);
    /// Clause of the village's rules.
    Clause = "clause" "条款" ["依据条款", "依据"] Form::Text(120);
    /// Law and kind of document that a row taking points away rests on.
    Instrument = "instrument" "法律文书" ["文书"] Form::Text(120);
    /// Marks a ladder or bands in which more may bring less.
    Falls = "falls" "允许下降" ["可下降"] Form::Yes;
    /// Remark.
    Note = "note" "备注" ["说明"] Form::Text(200);
}

/// A kind of rows; each is one sheet of a workbook.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// Caps of whole classes.
    Class,
    /// Points for each event.
    Item,
    /// A cumulative total that reaches a step has the step's points, instead of the step before.
    Ladder,
    /// A cumulative total is cut into bands; each band has its own rate.
    Rate,
    /// Bands by place in the village.
    Rank,
    /// A raw score times a weight.
    Weight,
}

use Column as C;

impl Kind {
    /// Every kind, in the order of the text form and of the sheets.
    pub const ALL: [Self; 6] =
        [Self::Class, Self::Item, Self::Ladder, Self::Rate, Self::Rank, Self::Weight];

    /// The key in the text form.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Class => "classes",
            Self::Item => "items",
            Self::Ladder => "ladders",
            Self::Rate => "rates",
            Self::Rank => "ranks",
            Self::Weight => "weights",
        }
    }

    /// The name of the sheet.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Class => "类别封顶",
            Self::Item => "计分项",
            Self::Ladder => "阶梯",
            Self::Rate => "分段",
            Self::Rank => "名次",
            Self::Weight => "折算",
        }
    }

    /// The kind whose sheet has this name.
    pub fn of_title(title: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.title() == title.trim())
    }

    /// Columns of the row itself.
    pub const fn head(self) -> &'static [Column] {
        match self {
            Self::Class => &[C::Class, C::CapDay, C::CapMonth, C::CapQuarter, C::CapYear, C::Note],
            Self::Item => &[
                C::Id,
                C::Class,
                C::Title,
                C::Event,
                C::Quantity,
                C::Per,
                C::Points,
                C::When,
                C::Low,
                C::High,
                C::CapEvent,
                C::CapDay,
                C::CapMonth,
                C::CapQuarter,
                C::CapYear,
                C::From,
                C::To,
                C::Evidence,
                C::Channel,
                C::Clause,
                C::Instrument,
                C::Note,
            ],
            Self::Ladder => &[
                C::Id,
                C::Class,
                C::Title,
                C::Event,
                C::Quantity,
                C::Window,
                C::Falls,
                C::Evidence,
                C::Channel,
                C::Clause,
                C::Note,
            ],
            Self::Rate => &[
                C::Id,
                C::Class,
                C::Title,
                C::Event,
                C::Quantity,
                C::Window,
                C::Cap,
                C::Evidence,
                C::Channel,
                C::Clause,
                C::Note,
            ],
            Self::Rank => &[
                C::Id,
                C::Class,
                C::Title,
                C::Event,
                C::Quantity,
                C::Measure,
                C::Least,
                C::Falls,
                C::Evidence,
                C::Channel,
                C::Clause,
                C::Note,
            ],
            Self::Weight => &[
                C::Id,
                C::Class,
                C::Title,
                C::Event,
                C::Quantity,
                C::Measure,
                C::Least,
                C::Weight,
                C::Cap,
                C::Evidence,
                C::Channel,
                C::Clause,
                C::Note,
            ],
        }
    }

    /// Columns of each step of a row; none for rows without steps.
    pub const fn steps(self) -> &'static [Column] {
        match self {
            Self::Class | Self::Item | Self::Weight => &[],
            Self::Ladder => &[C::At, C::Points],
            Self::Rate => &[C::Low, C::High, C::Per, C::Points],
            Self::Rank => &[C::UpTo, C::Label, C::Points],
        }
    }

    /// Columns that every row or step of the kind fills.
    pub const fn needed(self) -> &'static [Column] {
        match self {
            Self::Class => &[C::Class],
            Self::Item => &[C::Id, C::Title, C::Event, C::Per, C::Points],
            Self::Ladder => &[C::Id, C::Title, C::Event, C::Window, C::At, C::Points],
            Self::Rate => &[C::Id, C::Title, C::Event, C::Window, C::Low, C::Per, C::Points],
            Self::Rank => &[C::Id, C::Title, C::Event, C::Quantity, C::Measure, C::UpTo, C::Points],
            Self::Weight => &[C::Id, C::Title, C::Event, C::Quantity, C::Measure, C::Weight],
        }
    }
}
