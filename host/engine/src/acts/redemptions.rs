//! Redemption: quoted by the township's rule, set aside, then handed over or given back.

use std::collections::BTreeMap;

use ledger::{Account, Order, Redemption, RedemptionState, Transaction, Unit};
use model::{DivisionCode, Points, Refusal, RefusalKind};
use package::{Offer, Scheme};
use rules::{Quote, QuoteInput, Receipt};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::about::About;
use crate::acts::{id, invalid, not_found};
use crate::gather::{self, Cited};
use crate::operation::{Acting, Ask, Operation, Plan, View};
use crate::record::Effect;
use crate::row::Personal;
use crate::scoring::{period_of, rule_failed, run_receipt};
use crate::state::State;

/// Days for which points, goods and money stay set aside.
const RESERVED_DAYS: i64 = 7;

/// Asks the price and sets points, goods and money aside.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReserveRedemption {
    /// Household or person whose points are spent.
    pub subject: String,
    /// Offer id.
    pub offer: String,
    /// Pieces.
    pub quantity: i64,
}

/// A price with what it rests on.
#[derive(Clone, Debug)]
pub struct Quoted {
    /// The rule's answer.
    pub quote: Quote,
    /// The order it would become.
    pub order: Order,
    /// The rule's run.
    pub receipt: Receipt,
    /// What the rule saw.
    pub input: QuoteInput,
}

impl ReserveRedemption {
    fn place(&self, view: &View<'_>) -> Result<DivisionCode, Refusal> {
        let account = gather::account(view.state, &self.subject);
        account
            .map(|(_, village)| village)
            .ok_or_else(|| not_found("account", "积分账户", &self.subject))
    }

    fn offer<'a>(
        &self,
        view: &View<'a>,
        village: DivisionCode,
    ) -> Result<(&'a Offer, &'a Scheme), Refusal> {
        let township = view.edition.township(village);
        let offer = township.and_then(|t| t.offers.get(&self.offer));
        let offer = offer
            .ok_or_else(|| not_found("offer in this township", "本镇兑换物品", &self.offer))?;
        if view.today() < offer.from || view.today() > offer.to {
            return Err(Refusal::new(
                RefusalKind::Unprocessable,
                "OFFER_NOT_OPEN",
                format!("offer `{}` is open from {} to {}", offer.id, offer.from, offer.to),
                format!("“{}”的兑换时间是{}至{}。", offer.title, offer.from, offer.to),
                "请在兑换时间内办理。",
            ));
        }
        let scheme = township.and_then(|t| t.schemes.get(&offer.rule));
        Ok((offer, scheme.ok_or_else(|| not_found("scheme", "兑换办法", &offer.rule))?))
    }

    /// Asks the township's rule for the price; moves nothing.
    ///
    /// # Errors
    /// When account, offer or rule cannot be found, or the rule gives no answer.
    pub fn quote(&self, view: &View<'_>) -> Result<Quoted, Refusal> {
        id("subject", &self.subject)?;
        if !(1..=10_000).contains(&self.quantity) {
            return Err(invalid("quantity", "1 to 10000 pieces", "数量应为1至10000。"));
        }
        let village = self.place(view)?;
        let (offer, scheme) = self.offer(view, village)?;
        let input = self.input(view, village, offer, scheme);
        let rule = view.snapshot.rule(view.today(), village, &scheme.id)?;
        let (quote, receipt) =
            rule.quote(&input).map_err(|error| rule_failed(&scheme.id, &error))?;
        let until = view.today().plus_days(RESERVED_DAYS).unwrap_or(view.today());
        let order = Order {
            id: format!("{village}-R-{}", view.seed.short()),
            subject: self.subject.clone(),
            village,
            offer: stock_id(village, &offer.id),
            fund: stock_id(village, &offer.fund),
            quantity: self.quantity,
            points: Points(quote.points),
            cents: model::Cents(quote.cents),
            requested_by: view.caller.person.clone(),
            day: view.today(),
            until,
        };
        Ok(Quoted { quote, order, receipt, input })
    }

    fn input(
        &self,
        view: &View<'_>,
        village: DivisionCode,
        offer: &Offer,
        scheme: &Scheme,
    ) -> QuoteInput {
        let stock_id = stock_id(village, &offer.id);
        let period = period_of(scheme, view.today());
        let (mut pieces, mut points) = (0_i64, 0_i64);
        for row in view.state.redemptions.iter().filter(|row| row.order.subject == self.subject) {
            if !matches!(row.state, RedemptionState::Reserved | RedemptionState::Confirmed) {
                continue;
            }
            if row.order.offer == stock_id && (offer.from..=offer.to).contains(&row.order.day) {
                pieces = pieces.saturating_add(row.order.quantity);
            }
            if period_of(scheme, row.order.day) == period {
                points = points.saturating_add(row.order.points.0);
            }
        }
        let book = &view.state.book;
        let named = |pairs: &[(&str, i64)]| -> BTreeMap<String, i64> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
        };
        QuoteInput {
            day: view.today().number(),
            settings: scheme.settings.clone(),
            offer: offer.id.clone(),
            quantity: self.quantity,
            account: named(&[
                ("spendable", book.spendable(&self.subject).0),
                ("honour", book.honour(&self.subject).0),
                ("redeemed_in_period", pieces),
                ("points_in_period", points),
            ]),
            offer_facts: named(&[
                ("price_points", offer.price_points.0),
                ("price_cents", offer.price_cents.0),
                ("stock", book.stock(&stock_id)),
                ("per_subject_max", offer.per_subject_max),
            ]),
        }
    }
}

/// Stock and fund accounts carry the township, since ids are only unique within it.
pub fn stock_id(place: DivisionCode, offer: &str) -> String {
    format!("{}-{offer}", place.township())
}

impl Operation for ReserveRedemption {
    const NAME: &'static str = "reserve-redemption";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::thing(state, "Account", &self.subject)
    }

    fn chain(&self, view: &View<'_>) -> Result<Option<DivisionCode>, Refusal> {
        Ok(Some(self.place(view)?.township()))
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let quoted = self.quote(view)?;
        let place = quoted.order.village;
        let row = Redemption::quote(quoted.order).map_err(|r| r.refusal())?;
        Ok(Ask {
            action: "ReserveRedemption",
            resource: gather::redemption(&row),
            place,
            cited: Cited::default(),
            context: model::Record::new(),
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let Quoted { quote, order, receipt, input } = self.quote(view)?;
        if !quote.eligible {
            return Err(Refusal::new(
                RefusalKind::Unprocessable,
                "NOT_ELIGIBLE",
                format!(
                    "the exchange rule says no: `{}`; at most {} pieces now",
                    quote.reason, quote.quantity_max
                ),
                format!("暂不能兑换：{}", quote.reason),
                format!("本户（人）现在最多可兑{}件。", quote.quantity_max),
            ));
        }
        let quoted = Redemption::quote(order).map_err(|r| r.refusal())?;
        let (row, transaction) = quoted.reserve(view.today()).map_err(|r| r.refusal())?;
        let mut plan = moved(view, row, transaction)?;
        plan.runs.push(run_receipt(&receipt, &input, &crate::outcome::of_quote(&quote))?);
        Ok(plan)
    }
}

/// Hands over what was set aside.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRedemption {
    /// Redemption id; from the path over HTTP.
    #[serde(default)]
    pub redemption: String,
}

impl Operation for ConfirmRedemption {
    const NAME: &'static str = "confirm-redemption";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::thing(state, "Redemption", &self.redemption)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        ask_on("ConfirmRedemption", view, &self.redemption)
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = find(view, &self.redemption)?;
        let (row, transaction) =
            row.confirm(&view.caller.person, view.today()).map_err(|r| r.refusal())?;
        moved(view, row, transaction)
    }
}

/// Gives back what was set aside.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelRedemption {
    /// Redemption id; from the path over HTTP.
    #[serde(default)]
    pub redemption: String,
}

impl Operation for CancelRedemption {
    const NAME: &'static str = "cancel-redemption";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::thing(state, "Redemption", &self.redemption)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        ask_on("CancelRedemption", view, &self.redemption)
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = find(view, &self.redemption)?;
        let (row, transaction) =
            row.cancel(&view.caller.person, view.today()).map_err(|r| r.refusal())?;
        moved(view, row, transaction)
    }
}

fn find<'a>(view: &View<'a>, id: &str) -> Result<&'a Redemption, Refusal> {
    view.state.redemptions.get(id).ok_or_else(|| not_found("redemption", "兑换单", id))
}

fn ask_on(action: &'static str, view: &View<'_>, id: &str) -> Result<Ask, Refusal> {
    let row = find(view, id)?;
    Ok(Ask {
        action,
        resource: gather::redemption(row),
        place: row.order.village,
        cited: Cited::default(),
        context: model::Record::new(),
    })
}

/// Checks the movement against the book before anything is recorded, and says what is left.
fn moved(view: &View<'_>, row: Redemption, transaction: Transaction) -> Result<Plan, Refusal> {
    let book = view.state.book.rehearse([&transaction]).map_err(|r| r.refusal())?;
    let stock = book.balance(&Account::Stock(row.order.offer.clone()), Unit::Pieces);
    let reply = json!({
        "id": row.order.id, "state": row.state, "subject": row.order.subject, "offer": row.order.offer,
        "quantity": row.order.quantity, "points": row.order.points, "cents": row.order.cents,
        "until": row.order.until, "spendable_left": book.spendable(&row.order.subject), "stock_left": stock,
    });
    Ok(Plan {
        effects: vec![Effect::Redemption(row), Effect::Move(transaction)],
        reply,
        ..Plan::default()
    })
}
