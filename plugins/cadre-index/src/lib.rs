//! 干部榜样指数：办事、群众评议、监督三部分按比例合成；只给履行监督职责的人看，不排名。
//!
//! A grade, so nothing of it reaches an account of points. Sheets of the cadre's own household and near relatives do
//! not count, and with too few sheets there is no result.

use xiangyue_sdk::{Graded, Grader, Population, Refused, Row, Rule, export_grader, half_up, rule};

rule! {
    /// 干部榜样指数。
    pub static RULE = "cadre-index" "干部榜样指数" "1.0.0";
    settings {
        DUTY_WEIGHT = "duty_weight" "办事占比" permille(0, 1_000);
        PEOPLE_WEIGHT = "people_weight" "群众评议占比" permille(0, 1_000);
        WATCH_WEIGHT = "watch_weight" "监督评议占比" permille(0, 1_000);
        LEAST = "least_sheets" "群众评议至少几份" count(1, 1_000);
        MODEL_FROM = "model_from" "榜样起点（含）" points(0, 10_000);
        GOOD_FROM = "good_from" "称职起点（含）" points(0, 10_000);
    }
    kinds {
        DUTY = "duty" "本期应办事项";
        PEOPLE = "people-sheet" "群众评议表";
        WATCH = "watch-sheet" "村务监督委员会评议";
    }
    quantities {
        DUE = "due" "应办件数" count(1, 10_000);
        DONE = "done" "按时办结件数" count(0, 10_000);
        MARK = "mark" "得分（满分100）" points(0, 10_000);
    }
    figures {
        WORK = "work" "办事" points;
        VOICE = "voice" "群众评议平均" points;
        WATCHED = "watched" "监督评议" points;
        SHEETS = "sheets" "有效评议表" count;
        INDEX = "index" "指数" points;
    }
    reasons {
        BLENDED = "BLENDED"
            "办事{work}（{duty_weight}）、群众评议{voice}（{people_weight}，{sheets}份）、监督{watched}（{watch_weight}），指数{index}"
            / "work {work}, villagers {voice} ({sheets} sheets), supervision {watched}, index {index}";
    }
    clauses { METHOD = "method" "村干部考核办法：榜样指数"; }
    refusals {
        NO_DUTY = "NO_DUTY" "还没有登记本期应办事项，不能计算";
        MORE_DONE = "MORE_DONE_THAN_DUE" "按时办结的比应办的还多，请先核对记录";
        FEW = "TOO_FEW_SHEETS" "有效的群众评议表只有{sheets}份（本户和近亲属的不算），至少要{least_sheets}份";
        NO_WATCH = "NO_WATCH_SHEET" "缺村务监督委员会评议，不能计算";
        WEIGHTS = "WEIGHTS" "三项占比合计不是1000‰，请改正参数";
    }
    grades {
        MODEL = "model" "榜样";
        GOOD = "good" "称职";
        TALK = "talk" "谈心帮助";
    }
}

/// The rule.
#[derive(Debug)]
pub struct CadreIndex;

impl Grader for CadreIndex {
    const RULE: &'static Rule = &RULE;

    fn grade(population: &Population, row: Row<'_>) -> Result<Graded, Refused> {
        let weights = [DUTY_WEIGHT, PEOPLE_WEIGHT, WATCH_WEIGHT]
            .map(|weight| i128::from(population.setting(weight)));
        if weights.iter().sum::<i128>() != 1_000 {
            return Err(WEIGHTS.into());
        }
        let (mut due, mut done) = (0, 0);
        for event in row.events_of(DUTY) {
            due += event.need(DUE)?;
            done += event.need(DONE)?;
        }
        if due == 0 {
            return Err(NO_DUTY.into());
        }
        if done > due {
            return Err(MORE_DONE.into());
        }
        let (mut marks, mut sheets) = (0, 0);
        for event in row.events_of(PEOPLE) {
            if event.actor().is_none_or(|actor| row.excludes(actor)) {
                continue;
            }
            marks += event.need(MARK)?;
            sheets += 1;
        }
        if sheets < population.setting(LEAST) {
            return Err(FEW.with(SHEETS, sheets));
        }
        let watched = row.events_of(WATCH).last().ok_or(NO_WATCH)?.need(MARK)?;
        let work = half_up(i128::from(done) * 10_000, i128::from(due))?;
        let voice = half_up(i128::from(marks), i128::from(sheets))?;
        let parts = [work, voice, watched].map(i128::from);
        let index = half_up(parts.iter().zip(weights).map(|(part, by)| part * by).sum(), 1_000)?;
        let grade = if index >= population.setting(MODEL_FROM) {
            MODEL
        } else if index >= population.setting(GOOD_FROM) {
            GOOD
        } else {
            TALK
        };
        let graded = Graded::new(grade, BLENDED, METHOD)
            .figure(WORK, work)
            .figure(VOICE, voice)
            .figure(SHEETS, sheets)
            .figure(WATCHED, watched)
            .figure(INDEX, index);
        Ok(row.events().fold(graded, |graded, event| graded.event(&event)))
    }
}

export_grader!(CadreIndex);
