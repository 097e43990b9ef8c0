//! The writes: one file per group, each operation one struct that is also its wire body.

pub mod admissions;
pub mod confirm;
pub mod delegations;
pub mod events;
mod intake;
pub mod marks;
pub mod matters;
pub mod meetings;
pub mod people;
pub(crate) mod proxies;
pub mod redemptions;
pub mod reopen;
pub mod reviews;
pub mod rounds;
pub mod signs;

use model::{DivisionCode, Refusal, RefusalKind};

use crate::limits;

/// `NOT_FOUND` for a thing of a kind.
pub(crate) fn not_found(kind: &str, chinese: &str, id: &str) -> Refusal {
    let shown: String = id.chars().take(limits::ID_CHARS_MAX).collect();
    Refusal::new(
        RefusalKind::NotFound,
        "NOT_FOUND",
        format!("no {kind} `{shown}`; check the id"),
        format!("没有找到{chinese}“{shown}”。"),
        "请核对编号。",
    )
}

/// `INVALID_INPUT` for one field.
pub(crate) fn invalid(field: &str, message: &str, chinese: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Invalid,
        "INVALID_INPUT",
        format!("`{field}`: {message}"),
        format!("“{field}”填写有误：{chinese}"),
        "请改正后重新提交，原有数据不受影响。",
    )
}

/// A text that must not be empty or overlong.
pub(crate) fn title(field: &str, text: &str) -> Result<(), Refusal> {
    let length = text.chars().count();
    // blanks and signs alone say nothing
    let says = text.chars().any(char::is_alphanumeric);
    if !says || length > limits::TITLE_CHARS_MAX || text.chars().any(char::is_control) {
        return Err(invalid(
            field,
            &format!("1 to {} characters on one line are needed", limits::TITLE_CHARS_MAX),
            &format!("应为1至{}个字，不换行。", limits::TITLE_CHARS_MAX),
        ));
    }
    Ok(())
}

/// An id given by a caller: visible characters, not too long, without a slash.
pub(crate) fn id(field: &str, text: &str) -> Result<(), Refusal> {
    let length = text.chars().count();
    let plain = text.chars().all(|c| c.is_alphanumeric() || "-_.:".contains(c));
    if length == 0 || length > limits::ID_CHARS_MAX || !plain {
        return Err(invalid(
            field,
            "an id is 1 to 80 letters, digits, `-`, `_`, `.` or `:`",
            "编号应为1至80个字母、数字或连字符。",
        ));
    }
    Ok(())
}

/// An amount that must not be negative.
pub(crate) fn not_negative(field: &str, amount: i64) -> Result<(), Refusal> {
    if amount < 0 {
        return Err(invalid(field, "an amount of money is never negative", "金额不能为负数。"));
    }
    Ok(())
}

/// The year of a day, for ids.
pub(crate) fn year(day: model::CivilDay) -> i16 {
    day.ymd().0
}

/// Whether a place lies in a township's area.
pub(crate) fn same_township(a: DivisionCode, b: DivisionCode) -> bool {
    a.township() == b.township()
}
