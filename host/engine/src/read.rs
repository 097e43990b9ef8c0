//! What may be read: statements, matters, offers, and the counts of the start page.

use ledger::{Entry, EntryState, RedemptionState};
use model::{DivisionCode, DivisionLevel, EntityRef, Refusal};
use serde::Serialize;
use serde_json::{Value, json};

use crate::Engine;
use crate::acts::redemptions::{ReserveRedemption, stock_id};
use crate::acts::{invalid, matters, not_found};
use crate::explanation::Language;
use crate::gather;
use crate::operation::{Caller, View, unknown_division};
use crate::row::Finding;

/// Counts of one unit, for the start page.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize)]
pub struct Counts {
    /// Village units.
    pub villages: usize,
    /// Households.
    pub households: usize,
    /// Matters opened.
    pub matters: usize,
    /// Events recorded.
    pub events: usize,
    /// Entries waiting for review.
    pub proposed: usize,
    /// Entries in effect.
    pub effective: usize,
    /// Redemptions.
    pub redemptions: usize,
}

impl Engine {
    /// A subject's statement. Who may read is decided by the policies, and the purpose is logged.
    ///
    /// # Errors
    /// `NOT_FOUND`, `DENIED`, or the log cannot be written.
    pub fn statement(
        &self,
        caller: &Caller,
        subject: &str,
        purpose: &str,
    ) -> Result<Value, Refusal> {
        self.running()?;
        if purpose.chars().count() > crate::limits::TITLE_CHARS_MAX {
            return Err(invalid("purpose", "at most 120 characters", "用途最多120字。"));
        }
        let sight = self.sight();
        let state = self.read_state();
        let (entity, place) = gather::account(&state, subject)
            .ok_or_else(|| not_found("account", "积分账户", subject))?;
        self.allow_read(&state, caller, "ReadStatement", entity, place, purpose, sight)?;
        // what only some posts may read as a whole is not read person by person either
        let own = caller.person == subject
            || state.persons.get(&caller.person).is_some_and(|row| row.household == subject);
        let open = |finding: &&Finding| {
            let round = format!("{}-{}-{}", finding.village, finding.scheme, finding.period);
            own || state.rounds.get(&round).is_some_and(|round| round.readers.is_empty())
        };
        let prefix = format!("{subject}/");
        let findings = state.findings.starting_with(&prefix).filter(open);
        let entry = |entry: &Entry| {
            json!({
                "id": entry.id, "day": entry.day, "scheme": entry.scheme, "period": entry.period, "item": entry.item,
                "points": entry.points, "state": entry.state, "state_text": entry.state.title(),
                "reason": entry.reason, "clause": entry.clause, "events": entry.events,
                "reviewer": entry.reviewer, "reviewed": entry.reviewed, "clawback": entry.clawback,
            })
        };
        let redemptions = state.redemptions.iter().filter(|r| r.order.subject == subject);
        Ok(json!({
            "subject": subject, "village": place,
            "honour": state.book.honour(subject), "spendable": state.book.spendable(subject),
            "platform": state.book.platform(subject), "paid_cents": state.book.paid(subject),
            "entries": state.entries_of_subject(subject).map(entry).collect::<Vec<_>>(),
            "findings": findings.collect::<Vec<_>>(),
            "redemptions": redemptions.collect::<Vec<_>>(),
            "objection": "对任何一笔有异议，可以口头或书面向村（社区）文书提出，由其登记，不影响本人其他权利。",
        }))
    }

    /// A matter with its next lawful steps.
    ///
    /// # Errors
    /// `NOT_FOUND`, `DENIED`, or the log cannot be written.
    pub fn matter(&self, caller: &Caller, id: &str, language: Language) -> Result<Value, Refusal> {
        self.running()?;
        let sight = self.sight();
        let state = self.read_state();
        let snapshot = self.snapshot();
        let row = state.matters.get(id).ok_or_else(|| not_found("matter", "事项", id))?;
        let edition = snapshot.began(row)?;
        self.allow_read(
            &state,
            caller,
            "ReadMatter",
            gather::matter(row, edition, ""),
            row.village,
            "",
            sight,
        )?;
        let mut view = matters::matter_view(&state, &snapshot, row, self.today(), language)?;
        let office = |post: &crate::row::Post| {
            let today = self.today();
            post.unit.contains(row.village) && post.from <= today && today <= post.to
        };
        let in_office = state.posts_of(&caller.person).into_iter().any(office);
        let texts = row.course.queries.iter().filter(|q| in_office || q.by == caller.person);
        let told = texts.map(|query| self.query_text(query)).collect::<Result<Vec<_>, _>>()?;
        if let Some(map) = view.as_object_mut().filter(|_| !told.is_empty()) {
            map.insert("query_texts".to_owned(), json!(told));
        }
        Ok(view)
    }

    /// The texts of a question or objection, from the side store; for people in office and for who asked.
    fn query_text(&self, query: &crate::course::Query) -> Result<Value, Refusal> {
        if self.following().is_some() {
            let note = "个人填写的内容不抄到本机，请到主机上查看";
            return Ok(json!({"number": query.number, "text": null, "answer": null, "note": note}));
        }
        let text = |kept: Option<&crate::row::Personal>| -> Result<Value, Refusal> {
            let Some(kept) = kept else { return Ok(Value::Null) };
            let reference =
                journal::PersonalRef { id: kept.id.clone(), commitment: kept.commitment };
            let fields = self.personal.get(&reference);
            let fields = fields.map_err(|error| crate::refusals::internal(&error.to_string()))?;
            Ok(json!(fields.and_then(|mut fields| fields.remove("text"))))
        };
        let (asked, answer) = (text(query.text.as_ref())?, text(query.answer.as_ref())?);
        Ok(json!({"number": query.number, "text": asked, "answer": answer}))
    }

    /// What the township's rule would ask for; nothing is set aside.
    ///
    /// # Errors
    /// When account, offer or rule cannot be found, or the reader may not see the account.
    pub fn quote(&self, caller: &Caller, request: &ReserveRedemption) -> Result<Value, Refusal> {
        self.running()?;
        let now = self.now();
        let snapshot = self.snapshot();
        let sight = self.sight();
        let state = self.read_state();
        let (entity, place) = gather::account(&state, &request.subject)
            .ok_or_else(|| not_found("account", "积分账户", &request.subject))?;
        self.allow_read(&state, caller, "ReadStatement", entity, place, "兑换报价", sight)?;
        let edition = snapshot.edition(now.day(), Some(place))?;
        let seed = model::Digest::default();
        let view = View {
            state: &state,
            snapshot: &snapshot,
            personal: &self.personal,
            edition,
            now,
            caller,
            seed,
        };
        let quoted = request.quote(&view)?;
        Ok(json!({
            "subject": request.subject, "offer": request.offer, "quantity": request.quantity,
            "eligible": quoted.quote.eligible, "points": quoted.quote.points, "cents": quoted.quote.cents,
            "quantity_max": quoted.quote.quantity_max, "reason": quoted.quote.reason,
            "rule": {"digest": quoted.receipt.rule, "abi": quoted.receipt.abi, "steps": quoted.receipt.fuel_used},
        }))
    }

    /// A township's offers with what is left; open to all.
    ///
    /// # Errors
    /// `UNKNOWN_DIVISION`.
    pub fn offers(&self, township: DivisionCode) -> Result<Value, Refusal> {
        let snapshot = self.snapshot();
        let edition = snapshot.edition(self.today(), Some(township))?;
        if edition.divisions().get(township.township()).is_none() {
            return Err(unknown_division(township));
        }
        let state = self.read_state();
        let offers = edition.township(township).into_iter().flat_map(|t| t.offers.values()).map(|offer| {
            json!({
                "id": offer.id, "title": offer.title, "unit": offer.unit, "price_points": offer.price_points,
                "from": offer.from, "to": offer.to, "per_subject_max": offer.per_subject_max,
                "stock_left": state.book.stock(&stock_id(township, &offer.id)),
            })
        });
        Ok(json!({"township": township.township(), "offers": offers.collect::<Vec<_>>()}))
    }

    /// Entries of a village that wait for review, without personal data.
    ///
    /// # Errors
    /// `UNKNOWN_DIVISION`.
    pub fn proposed(&self, village: DivisionCode) -> Result<Value, Refusal> {
        let snapshot = self.snapshot();
        if snapshot.package.divisions().get(village).is_none() {
            return Err(unknown_division(village));
        }
        let state = self.read_state();
        let rows = state.proposed_in(village).map(|e| {
            json!({"id": e.id, "subject": e.subject, "scheme": e.scheme, "period": e.period, "points": e.points,
                   "reason": e.reason, "day": e.day})
        });
        Ok(json!({"village": village, "entries": rows.collect::<Vec<_>>()}))
    }

    /// Counts of the district, a township or a village.
    pub fn counts(&self, unit: DivisionCode) -> Counts {
        let snapshot = self.snapshot();
        let state = self.read_state();
        let villages =
            snapshot.package.divisions().villages().filter(|d| unit.contains(d.code)).count();
        let in_unit = |village: &DivisionCode| unit.contains(*village);
        let prefix = match unit.level() {
            DivisionLevel::County => unit.to_string().chars().take(6).collect::<String>(),
            DivisionLevel::Township => unit.to_string().chars().take(9).collect(),
            DivisionLevel::Village => unit.to_string(),
        };
        let entries = |wanted: EntryState| {
            state.entries.iter().filter(|e| e.state == wanted && in_unit(&e.village)).count()
        };
        Counts {
            villages,
            households: state.households.starting_with(&prefix).count(),
            matters: state.matters.starting_with(&prefix).count(),
            events: state.events.starting_with(&prefix).count(),
            proposed: entries(EntryState::Proposed),
            effective: entries(EntryState::Effective),
            redemptions: state
                .redemptions
                .iter()
                .filter(|r| in_unit(&r.order.village) && r.state != RedemptionState::Cancelled)
                .count(),
        }
    }

    /// A stored thing as the policies see it. Personal fields and suspensions are never shown here: a
    /// reader must not learn from a look-up what a decision would only hint at.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub fn entity(&self, reference: &EntityRef) -> Result<Value, Refusal> {
        let snapshot = self.snapshot();
        let edition = snapshot.edition(self.today(), None)?;
        let state = self.read_state();
        let id = reference.id.as_str();
        let found = match reference.kind.as_str() {
            "Person" => state.persons.get(id).map(gather::person),
            "Delegation" => state.delegations.get(id).map(gather::delegation),
            "Task" => state.tasks.get(id).map(gather::task),
            "Matter" => state.matters.get(id).and_then(|row| {
                snapshot.began(row).ok().map(|edition| gather::matter(row, edition, ""))
            }),
            "Round" => state.rounds.get(id).map(|row| gather::round(&state, row)),
            "Village" | "Township" | "District" => DivisionCode::parse(id)
                .ok()
                .and_then(|code| gather::unit(edition, code))
                .filter(|entity| entity.id.kind == reference.kind),
            _ => None,
        };
        let entity = found.ok_or_else(|| not_found("entity", "登记", &reference.to_string()))?;
        let mut answer = json!(entity);
        // Who asked or objected is nobody's to look up.
        if reference.kind == "Matter"
            && let Some(attrs) = answer.get_mut("attrs").and_then(Value::as_object_mut)
        {
            attrs.remove("askers");
        }
        if reference.kind == "Person"
            && let Some(map) = answer.as_object_mut()
        {
            map.insert("posts".to_owned(), json!(state.posts_of(id)));
            if let Some(attrs) = map.get_mut("attrs").and_then(Value::as_object_mut) {
                attrs.retain(|name, _| !name.starts_with("suspended"));
            }
        }
        Ok(answer)
    }
}
