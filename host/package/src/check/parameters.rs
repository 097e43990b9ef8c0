//! Parameters: complete on every edition day, and only ever tighter in a township.

use std::collections::BTreeSet;

use model::CivilDay;

use crate::diagnostic::{Findings, code, words};
use crate::gather::Gathered;
use crate::{Parameter, gather};

/// Checks the district's and the townships' parameters.
pub(crate) fn parameters(all: &Gathered<'_>, findings: &mut Findings) {
    for read in all.base.parameters.values() {
        let Some(first) = all.base.editions.keys().next() else { break };
        if read.value.at(*first).is_none() {
            findings.error(
                code::PARAMETER_WITHOUT_VALUE,
                read.doc.place("/values"),
                words(
                    format!(
                        "parameter `{}` has no value on {first}, when an edition takes effect",
                        read.value.id
                    ),
                    format!("参数“{}”在 {first} 还没有数值。", read.value.description),
                    format!("补上 [values.{first}]，写明 value 和 reference。"),
                ),
            );
        }
    }
    for level in all.townships.values() {
        for own in level.parameters.values() {
            let broken = all.base.broken.contains(&own.value.id);
            township(own, all.base.parameters.get(&own.value.id), broken, findings);
        }
    }
}

fn township(
    own: &gather::Read<'_, Parameter>,
    base: Option<&gather::Read<'_, Parameter>>,
    broken: bool,
    findings: &mut Findings,
) {
    let id = &own.value.id;
    let Some(base) = base.map(|read| &read.value) else {
        if broken {
            return;
        }
        findings.error(
            code::UNKNOWN_PARAMETER,
            own.doc.place(""),
            words(
                format!("the district has no parameter `{id}`"),
                format!("市里没有“{id}”这个参数。"),
                "镇里只能把市里已有的参数定得更严；本镇自己的数写在积分办法的 settings 里。",
            ),
        );
        return;
    };
    let days: BTreeSet<CivilDay> =
        base.values.keys().chain(own.value.values.keys()).copied().collect();
    for day in days {
        let (Some(outer), Some(inner)) = (base.at(day), own.value.at(day)) else { continue };
        if base.tighter.is_some_and(|tighter| tighter.allows(outer.value, inner.value)) {
            continue;
        }
        let since = own.value.values.range(..=day).next_back().map_or(day, |(since, _)| *since);
        findings.error(
            code::LOOSENS_PARAMETER,
            own.doc.place(&format!("/values/{since}/value")),
            words(
                format!(
                    "`{id}` = {} on {day} is not tighter than the district's {}",
                    inner.value, outer.value
                ),
                format!(
                    "“{}”定成 {} 比市里的 {} 更松。",
                    base.description, inner.value, outer.value
                ),
                "镇里只能定得更严；要放宽须由市里修改。",
            ),
        );
        return;
    }
}
