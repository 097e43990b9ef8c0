//! The usual mistakes: code, line, column and the words that a township reads.

use rules::{Law, Limits, LoadCode, RuleHost};

use crate::guests::{named, one_row};

fn host() -> RuleHost {
    RuleHost::new(Limits { instances: 1, ..Limits::default() }).unwrap()
}

#[test]
fn what_cannot_be_read_is_explained_where_it_stands() {
    // the body begins on line 2, column 1
    let cases: [(&str, u32, u32, &str, &str); 26] = [
        ("let a = max（1, 2);", 2, 12, "全角的“（”不能用在代码里", "改成 ( "),
        ("let a = [1， 2];", 2, 11, "全角的“，”不能用在代码里", "改成 , "),
        ("let a = 1；", 2, 10, "全角的“；”不能用在代码里", "改成 ; "),
        ("let a = #{ b： 1 };", 2, 13, "全角的“：”不能用在代码里", "改成 : "),
        ("let a = “text”;", 2, 9, "全角的““”不能用在代码里", "改成 \" "),
        ("let a ＝ 1;", 2, 7, "全角的“＝”不能用在代码里", "改成 = "),
        ("let a = １２;", 2, 9, "全角的“１”不能用在代码里", "改成 1 "),
        ("if row.day ≥ 1 { return []; }", 2, 12, "全角的“≥”不能用在代码里", "改成 >= "),
        ("if row.day = 1 { return []; }", 2, 12, "条件里写了“=”，那是赋值", "=="),
        ("while row.day = 1 { }", 2, 15, "条件里写了“=”，那是赋值", "=="),
        ("let a = 1.5;", 2, 9, "不允许小数，请用整数（1.00分写成100）", "150"),
        ("let a = 1;\nlet b = a * 0.3;", 3, 13, "不允许小数，请用整数（1.00分写成100）", "mul_div"),
        ("let a = 1\nlet b = 2;", 2, 10, "这一句末尾少了“;”", "英文分号"),
        ("if row.day > 1 and row.day < 9 { return []; }", 2, 16, "不认识“and”", "&&"),
        ("if row.day > 1 or row.day < 9 { return []; }", 2, 16, "不认识“or”", "||"),
        ("if not true { return []; }", 2, 4, "不认识“not”", "!"),
        ("if row.day > 1 且 row.day < 9 { return []; }", 2, 16, "代码里不能写“且”", "&&"),
        ("if row.day > 1 或者 row.day < 9 { return []; }", 2, 16, "代码里不能写“或者”", "||"),
        ("let 积分 = 1;", 2, 5, "“积分”不能直接写在代码里", "英文字母"),
        ("let points = 1; poinst + 1", 2, 17, "没有名为“poinst”的变量", "points"),
        ("let a = setting.rate;", 2, 9, "没有名为“setting”的变量", "settings"),
        ("let a = \"abc;", 2, 9, "引号没有配对", ""),
        ("if row.day > 1 { return [];", 1, 25, "这里的“{”没有配对", "}"),
        ("let a = [1, 2;", 2, 9, "这里的“[”没有配对", "]"),
        ("print(1);", 2, 1, "规则里不能用“print”", ""),
        ("let day = 1; let day = 2;", 2, 18, "变量“day”已经定义过", ""),
    ];
    for (body, line, column, text, help) in cases {
        let source = format!("fn score(row, settings) {{\n{body}\n[]\n}}");
        let error = host().load_script(&source, Law::Score).unwrap_err();
        assert_eq!(error.code, LoadCode::Syntax, "{body}");
        assert!(error.text == text && error.help.contains(help), "{body}: {error:?}");
        assert_eq!((error.line, error.column), (line, column), "{body}: {error:?}");
        assert!(!error.help.is_empty(), "{body}");
        assert!(error.message.starts_with(&format!("line {line}, column {column}: ")), "{error}");
    }
}

#[test]
fn text_and_comments_may_hold_anything() {
    let body = "// 全角（，）；“”＝１，1.5 且 and\nlet a = \"（，）１.５ 1.5 且\"; /* ； */ []";
    let source = format!("fn score(row, settings) {{\n{body}\n}}");
    assert!(host().load_script(&source, Law::Score).is_ok());
}

#[test]
fn what_fails_while_running_is_explained_where_it_stands() {
    let cases: [(&str, u32, u32, &str); 11] = [
        ("row.evnts", 2, 5, "没有名为“evnts”的数据项，是不是想写“events”？"),
        ("settings.wieght", 2, 10, "没有名为“wieght”的数据项，是不是想写“weight”？"),
        ("row.events[0].quantities.tims", 2, 26, "没有名为“tims”的数据项，是不是想写“times”？"),
        ("row.nothing_like_it", 2, 5, "没有名为“nothing_like_it”的数据项；请检查拼写"),
        ("let n = 0;\n1 / n", 3, 3, "算不出来：除数为零"),
        ("let n = 0;\n7 % n", 3, 3, "算不出来：除数为零"),
        ("half_up(1, 0)", 2, 1, "算不出来：除数为零"),
        ("half_up(-1, 2)", 2, 1, "算不出来：half_up"),
        ("let n = 9223372036854775807;\nn + 1", 3, 3, "算不出来：结果超出整数范围"),
        ("let n = 9223372036854775807;\nmul_div(n, n, 1)", 3, 1, "算不出来：结果超出整数范围"),
        ("row.events[9]", 2, 12, "数组里没有这个位置"),
    ];
    for (body, line, column, text) in cases {
        let source = format!("fn score(row, settings) {{\n{body}\n}}");
        let rule = host().load_script(&source, Law::Score).unwrap();
        let mut asked = one_row(0);
        asked.settings = named(&[("weight", 1)]);
        let (scores, _) = rule.score(&asked).unwrap();
        let refusal = scores[0].clone().unwrap_err();
        assert_eq!(refusal.code, "RULE_SCRIPT_FAILED", "{body}");
        let want = format!("第{line}行第{column}列：{text}");
        assert!(refusal.text.starts_with(&want), "{body}: {} / {want}", refusal.text);
    }
}
