//! Routes of the public collections: anybody reads them, without a token.

use crate::table::{Read, Route, read};

/// The public collections.
pub(crate) const PUBLIC: &[Route] = &[
    Route {
        query: &["village"],
        ..read(
            "/public/signs",
            Read::Signs,
            "一个村、镇或者全市的牌子，哪些要摘下",
            "the signs of a village, township or district, and which have to go",
        )
    },
    Route {
        query: &["village", "year"],
        ..read(
            "/public/figures/certificates",
            Read::Certificates,
            "开了多少证明：按种类、月份和村，村均保留一位小数",
            "certificates issued, by type, month and village",
        )
    },
    Route {
        query: &["village", "quarter"],
        ..read(
            "/public/figures/supervision",
            Read::Supervision,
            "一个季度里监督委员会做了什么：会议、签字、询问、放行；什么都没有做的算没有有效运行",
            "what supervision committees did in a quarter (`2026-Q4`), and which did nothing",
        )
    },
    Route {
        query: &["village"],
        ..read(
            "/public/figures/duties",
            Read::Duties,
            "定期要做的事到了日子没有做的：哪一件、哪个单位、哪天到期、迟了几天、依据；各条到期规则的次数",
            "periodic duties that are overdue, with office, due day and basis; counts for each row of the due table",
        )
    },
    Route {
        query: &["type", "township"],
        ..read(
            "/public/lists",
            Read::Lists,
            "职责事项一览：各类清单、小微权力和特色清单",
            "everything listed: the lists, the petty powers and townships' own items",
        )
    },
    read(
        "/public/lists/{id}",
        Read::Listed,
        "清单里的一件事和它的依据",
        "one listed item with its bases",
    ),
    Route {
        query: &["township", "lang"],
        ..read(
            "/public/items",
            Read::Items,
            "小微权力事项：市里的和各镇特色清单的",
            "the petty-power items, the district's and townships' own",
        )
    },
    Route {
        query: &["township", "lang"],
        ..read(
            "/public/items/{id}",
            Read::Item,
            "一个事项和它的步骤；编号后面加 .svg 就是流程图",
            "one item with its steps; its flow chart with `.svg` behind the id or `Accept: image/svg+xml`",
        )
    },
    Route {
        query: &["lang"],
        ..read(
            "/public/villages/{code}/{collection}",
            Read::PublicMatters,
            "一个村公开的事：projects 工程项目、results 办事结果、assets 资产资源",
            "a village's published matters: `projects`, `results`, `assets` and what else the edition names",
        )
    },
    Route {
        query: &["lang"],
        ..read(
            "/public/villages/{code}/{collection}/{id}",
            Read::PublicMatter,
            "公开的一件事的各个环节；没有公开的查不到",
            "one published matter with all its stages; one that is not public is not found",
        )
    },
];
