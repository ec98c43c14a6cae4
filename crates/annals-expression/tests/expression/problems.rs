//! What is wrong with an expression, as its author reads it.

use crate::common::{render, scope, status};
use annals_expression::{IntLimits, Scope, Type, compile, compile_for};

fn refused(table: &str) -> String {
    let mut out = String::new();
    for text in table.lines().map(str::trim) {
        match compile(text, &scope()) {
            Ok(expression) => out += &format!("{text}\nACCEPTED as {}\n\n", expression.type_()),
            Err(problems) => out += &format!("{}\n", render(text, &problems)),
        }
    }
    out
}

fn refused_for(wanted: &Type, table: &str) -> String {
    let mut out = format!("for {wanted}\n\n");
    for text in table.lines().map(str::trim) {
        match compile_for(text, &scope(), wanted) {
            Ok(expression) => out += &format!("{text}\nfits as {}\n\n", expression.type_()),
            Err(problems) => out += &format!("{}\n", render(text, &problems)),
        }
    }
    out
}

#[test]
fn syntax() {
    insta::assert_snapshot!(refused(
        "
        state.
        state.status = \"open\"
        state.status == \"open\" and input.flag
        not input.flag
        if input.flag
        input.a +
        input.a + * 2
        (input.a + 1
        input.a + 1)
        [1, 2
        size(input.text
        input.a 7
        input.a ? 1
        input.flag ? 1 : 
        input.flag & input.flag | input.flag
        “open”
        \"open
        'it's'
        \"\\q\"
        \"\\u12\"
        \"\\ud800\"
        1u
        15m
        12abc
        0x
        9223372036854775808
        -9223372036854775809
        1e999
        b\"x\"
        \"\"\"x\"\"\"
        --input.a
        {\"a\" 1}
        Order{id: 1}
        state.?note
        state.lines[0
        size(input.text,)
        in [1]
        input.a # 7
        package.name
        (
        input.a === 1
        input.a !== 1
        a and b
        input.flag or input.flag
        ~
        ~input.flag
        input.a == 1;
        [1; 2]
        type(1) == int
        int != type(input.a)"
    ));
}

#[test]
fn several_in_one_pass() {
    insta::assert_snapshot!(refused(
        "state.sttus == \"open\" && size(inputs.text) > 1 || input.a == \"x\"
        [1 +, state.nothing, input.a / 0]
        foo(state.nothing, bar()) + 1
        state.lines.exists(l, l.skuu == \"\" && l.quantity + \"\" == nothing)"
    ));
}

/// One mistake, one problem.
#[test]
fn a_mistake_is_told_once() {
    for text in [
        "(",
        "((",
        "input.a === 1",
        "input.a !== 1",
        "a and b",
        "~",
        "~ ",
        "~input.flag",
        "input.a == 1;",
        "[1; 2]",
        "type(1) == int",
        "int != type(input.a)",
        "input.a +",
        "size(input.text",
        "{",
        "[",
    ] {
        let problems = compile(text, &scope()).expect_err(text);
        assert_eq!(problems.len(), 1, "{}", render(text, &problems));
    }
}

#[test]
fn names_and_fields() {
    insta::assert_snapshot!(refused(
        "stat.status
        status == \"open\"
        sku
        open
        state.stattus
        state.status.x
        input.line.price
        state.parent.name
        state.lines.sku
        l.sku
        state.lines.exists(l, true) && l.sku == \"\"
        state.named.one"
    ));
    insta::assert_snapshot!("no_names_at_all", {
        let problems = compile("open", &Scope::new()).expect_err("no names");
        render("open", &problems)
    });
}

#[test]
fn types() {
    insta::assert_snapshot!(refused(
        "input.a && input.flag
        !input.a
        -input.text
        input.a ? 1 : 2
        input.flag ? 1 : \"x\"
        [1, \"x\"]
        {\"a\": 1, \"b\": \"x\"}
        {\"a\": 1, 2: 1}
        {\"a\": 1, \"a\": 2}
        {input.text: 1}
        {1.5: 1}
        input.a + input.f
        input.f * input.a
        input.f % input.f
        input.text + input.a
        input.a + input.text
        input.text - input.text
        input.flag + input.flag
        input.wait * 2
        input.day + input.wait
        state.numbers + state.tags
        input.a == input.text
        input.day == input.at
        state.numbers == state.tags
        input.line == state.parent
        {1: 1} == {\"a\": 1}
        state.named == state.owned
        input.a == null
        [][0] == 1
        -input.wait
        size()
        has(input.a)
        null == input.line.sku
        input.a < input.text
        input.flag < input.flag
        state.status < \"open\"
        state.numbers < state.numbers
        1 in state.tags
        1 in state.reserved
        input.text in state.owned
        input.a in input.a
        \"a\" in input.text
        state.numbers[\"0\"]
        state.numbers[1.0]
        state.named[\"x\"]
        input.a[0]"
    ));
}

#[test]
fn members_of_enums() {
    insta::assert_snapshot!(refused(
        "state.status == \"opne\"
        \"paid\" != state.status
        state.status in [\"open\", \"payd\", \"plcaed\"]
        \"gone\" in [state.status]
        state.status == (input.flag ? \"open\" : \"shut\")
        input.id == \"x\"
        state.owned[\"018F3B4A-0000-7000-8000-000000000001\"]"
    ));
}

#[test]
fn null() {
    insta::assert_snapshot!(refused(
        "state.limit + 1
        state.limit > 5
        size(state.note)
        state.note.startsWith(\"a\")
        state.parent.name
        state.limit != null || state.limit > 5
        state.limit == null && state.limit > 5
        state.limit != null ? 1 : state.limit + 1
        !(state.limit != null) && state.limit > 5
        (state.limit != null && input.flag) || state.limit > 5
        !(state.limit == null || input.flag) || state.limit > 5
        state.limit != null && state.note + \"\" == \"\"
        (state.limit != null || input.flag) && state.limit > 1
        state.limit == state.lines[0].discount && state.limit > 1
        state.lines[0].discount != null && state.lines[0].discount > 1
        state.lines.exists(l, l.discount != null) && state.lines.exists(l, l.discount > 1)
        state.lines.map(l, l.discount != null, 1) == [] && state.lines.all(l, l.discount > 0)
        sum(state.lines.map(l, l.discount))
        state.limit in state.named
        [1, null][0] + 1"
    ));
}

#[test]
fn functions() {
    insta::assert_snapshot!(refused(
        "sizee(input.text)
        input.text.startWith(\"a\")
        contains(input.text, \"a\")
        input.text.int()
        state.numbers.sum()
        state.numbers.contains(1)
        input.text.contains(1)
        input.a.contains(\"x\")
        input.text.matches(\"a\")
        state.lines.exists_one(l, true)
        double(1)
        frobnicate(1)
        input.text.frobnicate()
        size()
        size(1)
        state.numbers.size(1)
        int(input.flag)
        int(input.at)
        float(input.flag)
        string(input.f)
        string(input.at)
        string(input.wait)
        string(state.numbers)
        date(input.day)
        date(\"2026-02-30\")
        date(input.text)
        duration(input.text)
        duration(\"7d\")
        duration(\"1.5h\")
        duration(15)
        timestamp(\"2026-01-31\")
        timestamp(\"2026-01-31T00:00:00.1234567Z\")
        sum(state.tags)
        sum(1, 2)
        sum([])
        min()
        min(1)
        min(1, 2.0)
        min(1, input.flag)
        max([true])
        has(state.note)
        has(state.status)
        has(state.named.one)
        has(state.reserved)
        has(input.text.x)
        has(state.reserved[\"ink\"])
        state.reserved.map(k, k)
        state.reserved.filter(k, true)
        sum(state.reserved.map(k, float(state.reserved[k])))
        input.a.exists(x, true)
        state.numbers.exists(x)
        state.numbers.map(x, 1, 2, 3)
        state.numbers.exists(1, true)
        state.numbers.exists(x, x)
        state.numbers.filter(x, x, x)
        state.numbers.map(x, x, x)"
    ));
}

#[test]
fn what_always_fails() {
    insta::assert_snapshot!(refused(
        "input.a + 1 / 0
        9223372036854775807 + 1
        int(\"x\")
        float(\"inf\")
        float(\"NaN\")
        float(\"1e999\")
        -(-9223372036854775808)
        duration(\"2562047h\") + duration(\"1h\")
        timestamp(\"9999-12-31T23:59:59Z\") + duration(\"1s\")"
    ));
}

#[test]
fn places_that_ask_for_a_type() {
    insta::assert_snapshot!(refused_for(
        &status(),
        "\"open\"
        \"opened\"
        input.flag ? \"open\" : \"opened\"
        state.status
        input.text
        null"
    ));
    insta::assert_snapshot!(refused_for(
        &Type::Int(IntLimits { min: Some(1), max: Some(9) }),
        "1
        9
        0
        10
        input.a
        input.f
        state.limit
        input.flag ? 0 : 1
        state.lines[0].discount"
    ));
    insta::assert_snapshot!(refused_for(
        &Type::optional(Type::text()),
        "null
        state.note
        input.id
        state.status
        input.a
        input.day"
    ));
    insta::assert_snapshot!(refused_for(
        &Type::Uuid,
        "input.id
        input.text
        \"018f3b4a-0000-7000-8000-000000000001\"
        \"x\""
    ));
    insta::assert_snapshot!(refused_for(
        &Type::list(status(), None),
        "[]
        [\"open\", \"shut\"]
        [state.status]
        state.tags"
    ));
    insta::assert_snapshot!(refused_for(
        &Type::map(Type::Uuid, Type::Float, None),
        "{}
        {\"x\": 1.0, \"018f3b4a-0000-7000-8000-000000000001\": 2}"
    ));
}

#[test]
fn too_costly() {
    let lines = Type::list(crate::common::line(), None);
    let scope = Scope::new().with("lines", lines).with("text", Type::text());
    let render = |text: &str| match compile(text, &scope) {
        Ok(expression) => format!("{text}\ncosts at most {}\n", expression.cost()),
        Err(problems) => render(text, &problems),
    };
    insta::assert_snapshot!(
        [
            "lines.exists(l, l.sku == \"a\")",
            "lines.all(l, lines.exists(m, m.sku == l.sku))",
            "lines.exists(l, text.contains(l.sku))",
        ]
        .map(render)
        .join("\n")
    );
}

#[test]
fn too_large() {
    let code = |text: &str| match compile(text, &scope()) {
        Ok(_) => "accepted".to_owned(),
        Err(problems) => {
            let said: Vec<String> =
                problems.iter().map(|p| format!("{:?}: {}", p.code, p.message)).collect();
            said.join("; ")
        }
    };
    let nested = |levels: usize| format!("{}1{}", "(".repeat(levels), ")".repeat(levels));
    let chain = |terms: usize| vec!["1"; terms].join("+");
    let long = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    insta::assert_snapshot!(
        [
            ("32 brackets", code(&nested(32))),
            ("33 brackets", code(&nested(33))),
            ("60000 brackets", code(&"(".repeat(60_000))),
            ("60000 signs", code(&"!".repeat(60_000))),
            ("33 choices", code(&format!("{}1", "true ? 1 : ".repeat(33)))),
            ("100 terms", code(&chain(100))),
            ("101 terms", code(&chain(101))),
            ("30000 terms", code(&chain(30_000))),
            ("30000 fields", code(&format!("state{}", ".a".repeat(30_000)))),
            ("10000 indexes", code(&format!("state{}", "[1]".repeat(10_000)))),
            ("64 KiB", code(&long(65_536))),
            ("64 KiB and 1", code(&long(65_537))),
        ]
        .map(|(what, said)| format!("{what}: {said}"))
        .join("\n")
    );
}
