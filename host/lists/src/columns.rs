//! The columns of a list: what each is called in the sheets people send, and in the ones we print.

use package::Wording;

/// A column of a list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Field {
    /// 序号；not read.
    Serial,
    /// 清单.
    Kind,
    /// 编号.
    Id,
    /// 事项名称.
    Title,
    /// 主管部门.
    Department,
    /// 配合部门.
    Support,
    /// 依据 as a whole, e.g. `《…法》第43条`.
    Basis,
    /// 依据法律.
    BasisLaw,
    /// 依据条款.
    BasisArticle,
    /// 村里做什么.
    VillagePart,
    /// 由谁监督.
    SupervisedBy,
    /// 对应服务.
    Services,
    /// 办理对象.
    Audience,
    /// 所需材料.
    Documents,
    /// 多久一次.
    Every,
    /// 最多次数.
    Quota,
    /// 次数按什么算.
    QuotaPer,
    /// 要填的数据.
    Fields,
    /// 生效日期.
    From,
    /// 截止日期.
    To,
    /// 原编号.
    Was,
    /// 备注.
    Note,
}

impl Field {
    /// Every column, in the order of the printed table.
    pub const ALL: [Self; 22] = [
        Self::Serial,
        Self::Kind,
        Self::Id,
        Self::Title,
        Self::Department,
        Self::Support,
        Self::Basis,
        Self::BasisLaw,
        Self::BasisArticle,
        Self::VillagePart,
        Self::SupervisedBy,
        Self::Services,
        Self::Audience,
        Self::Documents,
        Self::Every,
        Self::Quota,
        Self::QuotaPer,
        Self::Fields,
        Self::From,
        Self::To,
        Self::Was,
        Self::Note,
    ];

    /// The name we print.
    pub const fn title(self) -> &'static str {
        self.names().0
    }

    /// Names it is known by in sheets people send.
    const fn also(self) -> &'static [&'static str] {
        self.names().1
    }

    const fn names(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Serial => ("序号", &["序", "顺序号"]),
            Self::Kind => ("清单", &["清单类别", "清单名称", "类别", "事项类别"]),
            Self::Id => ("编号", &["事项编号", "编码", "事项编码", "代码"]),
            Self::Title => ("事项名称", &["名称", "事项", "工作事项", "职责事项", "项目名称"]),
            Self::Department => {
                ("主管部门", &["责任部门", "责任单位", "牵头部门", "牵头单位", "主管单位", "部门"])
            }
            Self::Support => ("配合部门", &["配合单位", "协办部门", "协办单位"]),
            Self::Basis => {
                ("依据", &["法律依据", "政策依据", "设定依据", "法律法规依据", "依据文件"])
            }
            Self::BasisLaw => {
                ("依据法律", &["依据法律名称", "依据名称", "法律名称", "法规名称", "依据文件名称"])
            }
            Self::BasisArticle => ("依据条款", &["条款", "依据条号", "条号"]),
            Self::VillagePart => {
                ("村里做什么", &["工作内容", "村级职责", "主要内容", "具体内容", "村（居）职责"])
            }
            Self::SupervisedBy => ("由谁监督", &["监督事项", "监督编号"]),
            Self::Services => ("对应服务", &["服务编号", "服务事项"]),
            Self::Audience => ("办理对象", &["服务对象", "对象"]),
            Self::Documents => ("所需材料", &["材料", "申请材料", "需要材料"]),
            Self::Every => ("多久一次", &["频次", "周期", "报送周期"]),
            Self::Quota => ("最多次数", &["每年最多次数", "次数上限", "年度次数", "次数"]),
            Self::QuotaPer => ("次数按什么算", &["次数周期", "计数周期"]),
            Self::Fields => ("要填的数据", &["数据项", "填报内容", "指标"]),
            Self::From => ("生效日期", &["开始日期", "起始日期", "实施日期"]),
            Self::To => ("截止日期", &["终止日期", "失效日期", "结束日期"]),
            Self::Was => ("原编号", &["原事项编号"]),
            Self::Note => ("备注", &["说明"]),
        }
    }
}

/// What columns are called: the usual names, and a district's own from `wording.toml`.
#[derive(Clone, Debug, Default)]
pub struct Names {
    own: Vec<(String, Field)>,
}

impl Names {
    /// The usual names and a district's own.
    pub fn new(wording: &Wording) -> Self {
        let own = wording.columns.iter().flat_map(|group| {
            let field = Field::ALL.into_iter().find(|field| field.title() == group.word);
            group.same.iter().filter_map(move |name| field.map(|field| (plain(name), field)))
        });
        Self { own: own.collect() }
    }

    /// The column a header names.
    pub(crate) fn field(&self, header: &str) -> Option<Field> {
        let header = plain(header);
        if header.is_empty() {
            return None;
        }
        let own = self.own.iter().find(|(name, _)| *name == header).map(|(_, field)| *field);
        own.or_else(|| {
            Field::ALL.into_iter().find(|field| {
                std::iter::once(&field.title())
                    .chain(field.also())
                    .any(|name| plain(name) == header)
            })
        })
    }
}

/// A header without spaces, marks and width.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(package::half_width).filter(|c| c.is_alphanumeric()).collect()
}
