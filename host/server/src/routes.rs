//! Every route, once: the router and the OpenAPI description are both built from this table.

use crate::authzen::Endpoint;
use crate::public_routes::PUBLIC;
use crate::shapes;
use crate::table::{
    Does, Entities, Method, Package, Read, Route, Write, access, create, read, route, write,
};

/// Every route: what calls for a caller, what anybody may read, and the machine's own.
pub(crate) static ROUTES: [Route; OWN.len() + PUBLIC.len()] = {
    let mut all = [OWN[0]; OWN.len() + PUBLIC.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = if at < OWN.len() { OWN[at] } else { PUBLIC[at - OWN.len()] };
        at += 1;
    }
    all
};

const OWN: &[Route] = &[
    access(
        "/access/v1/evaluation",
        Endpoint::Evaluation,
        "判断能不能办",
        "AuthZEN access evaluation",
        shapes::EVALUATION,
        &["explain"],
    ),
    access(
        "/access/v1/evaluations",
        Endpoint::Evaluations,
        "一次判断几件事",
        "AuthZEN access evaluations",
        shapes::EVALUATIONS,
        &["explain"],
    ),
    access(
        "/access/v1/search/subject",
        Endpoint::Subject,
        "查谁能办",
        "AuthZEN subject search",
        shapes::SUBJECT_SEARCH,
        &[],
    ),
    access(
        "/access/v1/search/resource",
        Endpoint::Resource,
        "查能办哪些事",
        "AuthZEN resource search",
        shapes::RESOURCE_SEARCH,
        &[],
    ),
    access(
        "/access/v1/search/action",
        Endpoint::Action,
        "查能做哪些动作",
        "AuthZEN action search",
        shapes::ACTION_SEARCH,
        &[],
    ),
    access(
        "/t/{code}/access/v1/evaluation",
        Endpoint::Evaluation,
        "在一个镇街内：判断能不能办",
        "AuthZEN access evaluation within one township",
        shapes::EVALUATION,
        &["explain"],
    ),
    access(
        "/t/{code}/access/v1/evaluations",
        Endpoint::Evaluations,
        "在一个镇街内：一次判断几件事",
        "AuthZEN access evaluations within one township",
        shapes::EVALUATIONS,
        &["explain"],
    ),
    access(
        "/t/{code}/access/v1/search/subject",
        Endpoint::Subject,
        "在一个镇街内：查谁能办",
        "AuthZEN subject search within one township",
        shapes::SUBJECT_SEARCH,
        &[],
    ),
    access(
        "/t/{code}/access/v1/search/resource",
        Endpoint::Resource,
        "在一个镇街内：查能办哪些事",
        "AuthZEN resource search within one township",
        shapes::RESOURCE_SEARCH,
        &[],
    ),
    access(
        "/t/{code}/access/v1/search/action",
        Endpoint::Action,
        "在一个镇街内：查能做哪些动作",
        "AuthZEN action search within one township",
        shapes::ACTION_SEARCH,
        &[],
    ),
    route(
        Method::Get,
        "/.well-known/authzen-configuration",
        Does::Metadata,
        "判断接口在哪里",
        "AuthZEN metadata",
    ),
    route(
        Method::Get,
        "/.well-known/authzen-configuration/{*rest}",
        Does::Metadata,
        "一个镇街的判断接口在哪里",
        "AuthZEN metadata of a township",
    ),
    Route {
        body: shapes::ENTITIES,
        ..route(
            Method::Post,
            "/v1/entities",
            Does::Entities(Entities::Load),
            "一次登记许多实体（普通 Cedar 文件夹）",
            "load many entities, all or none (plain Cedar folders)",
        )
    },
    Route {
        query: &["after", "limit"],
        ..route(
            Method::Get,
            "/v1/entities/{type}",
            Does::Entities(Entities::List),
            "列出一类实体（普通 Cedar 文件夹）",
            "stored entities of a type (plain Cedar folders)",
        )
    },
    route(
        Method::Delete,
        "/v1/entities/{type}/{id}",
        Does::Entities(Entities::Remove),
        "删除实体（普通 Cedar 文件夹）",
        "remove a stored entity (plain Cedar folders)",
    ),
    route(
        Method::Get,
        "/v1/packages",
        Does::Package(Package::Status),
        "规矩包的状态",
        "how the package in force stands, and why the last reload was refused",
    ),
    route(
        Method::Post,
        "/v1/packages/reload",
        Does::Package(Package::Reload),
        "重新读取规矩包，合格才生效",
        "read the package again; it is swapped in only when it is good",
    ),
    Route {
        query: &["lang"],
        ..route(
            Method::Get,
            "/v1/decisions/{id}",
            Does::Package(Package::Decision),
            "查一次判断的记录和理由",
            "a recorded decision with its reasons",
        )
    },
    crate::feed::ROUTE,
    Route {
        token: true,
        ..read(
            "/v1/entities/{type}/{id}",
            Read::Entity,
            "查登记",
            "a stored entity, as policies see it",
        )
    },
    Route {
        method: Method::Put,
        ..write(
            "/v1/entities/{type}/{id}",
            Write::PutPerson,
            "登记人员和岗位",
            "write a person and posts",
            shapes::PERSON,
        )
    },
    write(
        "/v1/persons/{id}/erasure",
        Write::ErasePerson,
        "删除个人信息",
        "erase a person's fields",
        &[],
    ),
    create("/v1/events", Write::SubmitEvents, "提交积分事件", "hand in events", shapes::EVENTS),
    write(
        "/v1/events/{village}/{id}/state",
        Write::AmendEvent,
        "更正积分事件",
        "dispute, reverse or accept an event",
        shapes::EVENT_STATE,
    ),
    Route {
        query: &["village"],
        token: true,
        ..read("/v1/entries", Read::Entries, "待复核的记分", "entries waiting for review")
    },
    write(
        "/v1/reviews",
        Write::ReviewEntries,
        "复核记分",
        "review proposed entries",
        shapes::REVIEW,
    ),
    create("/v1/rounds", Write::OpenRound, "开始一轮评分", "open a round", shapes::ROUND),
    write(
        "/v1/rounds/{id}/closing",
        Write::CloseRound,
        "结束一轮评分",
        "close a round and score the village",
        &[],
    ),
    write(
        "/v1/rounds/{id}/reopening",
        Write::ReopenRound,
        "重开一轮评定",
        "open a closed round again whose findings have changed",
        &[],
    ),
    write(
        "/v1/rounds/{id}/confirmation",
        Write::ConfirmRound,
        "确认一轮评定",
        "confirm what a round found",
        shapes::CONFIRMATION,
    ),
    Route {
        query: &["purpose"],
        token: true,
        ..read("/v1/rounds/{id}", Read::Round, "一轮评定的结果", "what a round found")
    },
    Route {
        query: &["purpose"],
        token: true,
        ..read(
            "/v1/accounts/{subject}/statement",
            Read::Statement,
            "积分账单",
            "statement of an account",
        )
    },
    Route {
        query: &["township"],
        ..read("/v1/offers", Read::Offers, "可兑换的物品", "offers of a township")
    },
    Route {
        token: true,
        body: shapes::ORDER,
        ..route(
            Method::Post,
            "/v1/redemptions/quote",
            Does::Read(Read::Quote),
            "兑换报价",
            "price of a redemption",
        )
    },
    create("/v1/redemptions", Write::Reserve, "预留兑换", "reserve a redemption", shapes::ORDER),
    write(
        "/v1/redemptions/{id}/confirmation",
        Write::Confirm,
        "核销兑换",
        "hand over a redemption",
        &[],
    ),
    write(
        "/v1/redemptions/{id}/cancellation",
        Write::Cancel,
        "取消兑换",
        "cancel a redemption",
        &[],
    ),
    create("/v1/matters", Write::OpenMatter, "立一件事", "open a matter", shapes::MATTER),
    Route {
        token: true,
        query: &["lang"],
        ..read(
            "/v1/matters/{id}",
            Read::Matter,
            "查一件事和下一步",
            "a matter with its next lawful steps",
        )
    },
    write("/v1/matters/{id}/steps", Write::TakeStep, "办理一步", "take a step", shapes::STEP),
    create(
        "/v1/matters/{id}/questions",
        Write::AskMatter,
        "监督委员会书面询问，先停办",
        "stop a matter with a written question",
        shapes::QUESTION,
    ),
    create(
        "/v1/matters/{id}/objections",
        Write::ObjectToMatter,
        "公示期内提出异议",
        "object to a publication while it stands",
        shapes::OBJECTION,
    ),
    write(
        "/v1/matters/{id}/answers",
        Write::AnswerMatter,
        "答复询问或者异议",
        "answer a question or an objection",
        shapes::ANSWER,
    ),
    write(
        "/v1/matters/{id}/publications",
        Write::PublishStep,
        "公开一个环节的情况",
        "publish the result of a step",
        shapes::STAGE,
    ),
    write(
        "/v1/matters/{id}/signatures",
        Write::SignStep,
        "联合监管签字",
        "sign for an organ of joint supervision",
        shapes::STAGE,
    ),
    write(
        "/v1/matters/{id}/passes",
        Write::PassHold,
        "写明理由放行",
        "let a hold pass with a reason on record",
        shapes::PASS,
    ),
    create(
        "/v1/meetings",
        Write::RecordMeeting,
        "登记会议记录",
        "enter the record of a meeting",
        shapes::MEETING,
    ),
    create(
        "/v1/delegations",
        Write::Delegate,
        "提出委托",
        "propose a delegation",
        shapes::DELEGATION,
    ),
    write(
        "/v1/delegations/{id}/approval",
        Write::ApproveDelegation,
        "批准委托",
        "approve a delegation",
        shapes::RECORD,
    ),
    write(
        "/v1/delegations/{id}/revocation",
        Write::RevokeDelegation,
        "撤销委托",
        "revoke a delegation",
        &[],
    ),
    create(
        "/v1/admissions",
        Write::ProposeTask,
        "提出任务准入",
        "propose a task for a village",
        shapes::TASK,
    ),
    write(
        "/v1/admissions/{id}/approvals",
        Write::ApproveTask,
        "批准任务准入",
        "register one of the two approvals",
        shapes::TASK_APPROVAL,
    ),
    write(
        "/v1/admissions/{id}/funds",
        Write::ReleaseFunds,
        "拨付经费",
        "record released money",
        shapes::FUNDS,
    ),
    write(
        "/v1/admissions/{id}/assignment",
        Write::AssignTask,
        "交办任务",
        "hand the task to the village",
        &[],
    ),
    Route {
        token: true,
        query: &["type", "village", "purpose"],
        ..read(
            "/v1/clues",
            Read::Clues,
            "越过清单的线索（镇纪委、市里查看）",
            "clues: attempts to go past the lists, of a village, township or district",
        )
    },
    create("/v1/signs", Write::RegisterSign, "登记牌子", "register a sign", shapes::SIGN),
    write("/v1/signs/{id}/removal", Write::RemoveSign, "登记摘牌", "record a sign's removal", &[]),
    read("/v1/clock", Read::Clock, "现在的时间", "the engine's clock"),
    Route {
        body: shapes::CLOCK,
        ..route(
            Method::Post,
            "/v1/clock",
            Does::Read(Read::MoveClock),
            "拨动手动时钟（仅本机演示）",
            "move the manual clock",
        )
    },
    read("/livez", Read::Live, "进程在运行", "the process runs"),
    read("/readyz", Read::Ready, "可以办理", "writes and decisions are possible"),
    read("/metrics", Read::Metrics, "运行指标", "Prometheus metrics"),
    read("/version", Read::Version, "版本", "versions"),
    read("/openapi.json", Read::OpenApi, "接口说明", "this description"),
    read("/", Read::Start, "首页", "start page"),
    read("/t/{code}", Read::Township, "镇街页面", "page of a township"),
];
