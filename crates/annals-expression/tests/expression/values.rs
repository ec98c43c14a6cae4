//! What expressions come to, as tables.

use crate::common::evaluated;

#[test]
fn arithmetic_of_ints() {
    insta::assert_snapshot!(evaluated(
        "input.a + 1
        input.a - 10
        input.a * -3
        input.a / 2
        -input.a / 2
        input.a % 4
        -input.a % 4
        1 + 2 * 3 - 4 / 2
        (1 + 2) * 3
        10 - 4 - 3
        100 / 5 / 2
        -(-input.a)
        0x10 + input.b
        -9223372036854775808 + input.b
        # what doesn't fit is an error
        9223372036854775807 + input.a
        -9223372036854775808 - input.a
        9223372036854775807 * input.a
        (-9223372036854775808 + input.b) / -1
        (-9223372036854775808 + input.b) % -1
        -(-9223372036854775808 + input.b)
        input.a / input.b
        input.a % input.b"
    ));
}

#[test]
fn arithmetic_of_floats() {
    insta::assert_snapshot!(evaluated(
        "input.f + 0.25
        input.f - 2.0
        input.f * 2.0
        input.f / 4.0
        -input.f
        .5 + 1e3 + 2.5E-1
        # infinite as in CEL; a field refuses it
        input.f / input.g > 1e308
        input.g / input.g == input.g / input.g
        input.g / input.g != input.g / input.g
        input.g / input.g < 1.0
        1.0 >= input.g / input.g"
    ));
}

#[test]
fn logic_absorbs_errors() {
    insta::assert_snapshot!(evaluated(
        "input.flag && input.a == 7
        input.flag && input.a == 8
        !input.flag || input.a == 7
        !input.flag || input.a == 8
        !(input.flag && !input.flag)
        # a side that decides absorbs the other's error, on whichever side
        input.a == 8 && input.a / input.b == 1
        input.a / input.b == 1 && input.a == 8
        input.a == 7 || input.a / input.b == 1
        input.a / input.b == 1 || input.a == 7
        # and one that doesn't decide doesn't
        input.a == 7 && input.a / input.b == 1
        input.a / input.b == 1 && input.a == 7
        input.a == 8 || input.a / input.b == 1
        input.a / input.b == 1 || input.a == 8
        input.a / input.b == 1 && input.a % input.b == 1
        input.a / input.b == 1 || input.a % input.b == 1
        # a choice looks at one side only
        input.flag ? 1 : input.a / input.b
        !input.flag ? input.a / input.b : 2
        input.a / input.b == 1 ? 1 : 2
        input.a < 0 ? \"low\" : input.a < 8 ? \"middle\" : \"high\""
    ));
}

#[test]
fn comparison() {
    insta::assert_snapshot!(evaluated(
        "input.a == 7
        input.a != 7
        input.a < 7
        input.a <= 7
        input.a > 7
        input.a >= 7
        input.a < 8
        input.a > 6
        # an int and a float compare as floats
        input.a == 7.0
        7.0 == input.a
        input.a != 7.5
        input.a < 7.5
        7.5 > input.a
        7.5 <= input.a
        9007199254740993 + input.b == 9007199254740992.0
        input.g == -0.0
        # text by code points
        input.text == \"größe\"
        input.text < \"größf\"
        input.text >= \"größe\"
        \"Z\" < \"a\" && \"z\" < \"é\"
        input.id == \"018f3b4a-0000-7000-8000-000000000001\"
        state.status == \"open\"
        state.status != \"placed\"
        input.flag == true
        # null equals null alone
        state.note == null
        state.limit != null
        state.limit == 10
        state.note == \"x\"
        null == null
        # lists, maps and records
        state.numbers == [3, 1, 2]
        state.numbers == [3.0, 1.0, 2.0]
        state.numbers == [3, 1]
        state.numbers != [3, 1, 3]
        state.numbers == []
        state.reserved == {\"pen\": 0, \"ink\": 2}
        state.reserved == {\"pen\": 0, \"ink\": 3}
        state.reserved == {\"pen\": 0, \"inc\": 2}
        state.reserved == {\"pen\": 0}
        state.named == {1: \"one\", -2: \"x\"}
        state.named == {}
        {} != state.reserved
        state.lines[0] == state.lines[0]
        state.lines[0] == state.lines[1]
        state.lines[0] == input.line"
    ));
}

#[test]
fn text() {
    insta::assert_snapshot!(evaluated(
        r#"input.text + "!"
        "a" + "b" + 'c'
        state.status + "/" + input.id
        size(input.text)
        input.text.size()
        size("")
        size("𝄞é")
        input.text.contains("öß")
        input.text.contains("os")
        input.text.contains("")
        input.text.startsWith("gr")
        input.text.startsWith("r")
        input.text.endsWith("ße")
        input.text.endsWith("ß")
        "\u00e9\U0001D11E\n\t\r\\\"\'\`\?"
        r"a\n" + r'\'
        "it's" + 'say "x"'"#
    ));
}

#[test]
fn lists_and_maps() {
    insta::assert_snapshot!(evaluated(
        "state.numbers[0]
        state.numbers[2]
        state.numbers[3]
        state.numbers[-1]
        state.lines[1].sku
        [state.lines[0], input.line][1].quantity
        state.reserved[\"ink\"]
        state.reserved[\"nib\"]
        state.reserved.ink
        state.reserved.nib
        state.named[-2]
        state.named[2]
        state.owned[input.id]
        has(state.reserved.ink)
        has(state.reserved.nib)
        \"ink\" in state.reserved
        \"nib\" in state.reserved
        1 in state.named
        2 in state.named
        input.id in state.owned
        2 in state.numbers
        4 in state.numbers
        2.0 in state.numbers
        state.status in [\"open\", \"placed\"]
        state.status in [\"none\", \"placed\"]
        state.note in [\"a\", null]
        input.line in state.lines
        1 in []
        \"a\" in {}
        size(state.numbers) + state.tags.size() + size(state.reserved)
        state.numbers + [4, 5]
        [] + state.numbers
        [1, 2] + []
        []
        {}
        {\"a\": [1], \"b\": []}
        {1: 1.5, -2: 2.5,}
        [1, null, 3]
        [[1], [2, 3],][1][0]"
    ));
}

#[test]
fn macros() {
    insta::assert_snapshot!(evaluated(
        "state.lines.exists(l, l.sku == \"pen\")
        state.lines.exists(l, l.sku == \"nib\")
        state.lines.all(l, l.quantity > 1)
        state.lines.all(l, l.quantity > 2)
        state.lines.map(l, l.quantity * 2)
        state.lines.map(l, l.quantity > 2, l.sku)
        state.lines.filter(l, l.quantity > 2)
        state.numbers.filter(n, n != 1).map(n, n * n)
        state.numbers.filter(n, n > 5)
        [].exists(x, true)
        [].all(x, false)
        # an outcome that decides absorbs errors before and behind it
        state.numbers.exists(n, 6 / (n - 3) == -3)
        [1, 2].exists(n, 6 / (n - 1) == 6)
        [1, 2].exists(n, 6 / (n - 1) == 5)
        [2, 1].exists(n, 6 / (n - 1) == 5)
        [1, 2].all(n, 6 / (n - 1) == 5)
        [2, 1].all(n, 6 / (n - 1) == 5)
        [1, 2].all(n, 6 / (n - 1) == 6)
        [1, 2].all(n, n == 1 ? 1 / (n - 1) == 1 : 1 % (n - 2) == 0)
        [1, 2].map(n, 6 / (n - 1))
        [1, 2].filter(n, 6 / (n - 1) == 6)
        [1, 2].map(n, 6 / (n - 1) == 6, n)
        # names of the macros around
        state.lines.map(l, state.numbers.filter(n, n == l.quantity))
        state.lines.exists(l, state.numbers.exists(n, [2].exists(t, n > l.quantity && t == n - 1)))
        state.numbers.map(x, state.tags.map(x, x + \"!\"))
        # the keys of a map, where their order can't be seen
        state.reserved.exists(k, state.reserved[k] == 0)
        state.reserved.all(k, k.size() == 3)
        state.named.exists(k, k < 0)
        sum(state.reserved.map(k, state.reserved[k]))
        size(state.reserved.filter(k, k != \"pen\"))
        max(state.named.map(k, k))
        \"pen\" in state.reserved.filter(k, true)"
    ));
}

#[test]
fn sums_and_extremes() {
    insta::assert_snapshot!(evaluated(
        "sum(state.numbers)
        sum(state.rates)
        sum(state.waits)
        sum(state.numbers.filter(n, n > 5))
        sum(state.rates.filter(n, n > 5.0))
        sum(state.waits.filter(n, n > duration(\"1h\")))
        sum([9223372036854775807, input.a, -7])
        sum([9223372036854775807, input.a])
        sum([-9223372036854775808, -input.a])
        sum([duration(\"2562047h\"), duration(\"48m\"), input.wait])
        min(state.numbers)
        max(state.numbers)
        min(3, input.a, 5)
        max(3, input.a, 5)
        min(input.f, 0.5)
        max(input.text, \"a\")
        min(state.tags)
        max(input.at, timestamp(\"2020-01-01T00:00:00Z\"))
        min(input.day, date(\"2020-01-01\"))
        max(state.waits)
        min(state.numbers.filter(n, n > 5))
        max(input.g / input.g, 1.0)
        max([input.g / input.g]) == 1.0"
    ));
}

#[test]
fn conversions() {
    insta::assert_snapshot!(evaluated(
        "int(input.f)
        int(-input.f)
        int(input.a)
        int(\"-42\")
        int(input.text)
        int(\"9223372036854775807\")
        int(input.text + \"\")
        int(9223372036854774784.0 + input.g)
        int(9223372036854775807.0 + input.g)
        int(-9223372036854774784.0 + input.g)
        int(-9223372036854775808.0 + input.g)
        int(input.g / input.g)
        float(input.a)
        float(\"2.5e1\") + float(input.f)
        float(input.text)
        float(\"-\" + string(input.a)) 
        float(\"1e30\" + string(input.a))
        float(\"1e30\" + string(input.b))
        string(input.a)
        string(input.flag)
        string(input.day)
        string(input.text)
        string(input.id)"
    ));
}

#[test]
fn time() {
    insta::assert_snapshot!(evaluated(
        "input.at
        input.at + input.wait
        input.wait + input.at
        input.at - duration(\"1h30m\")
        input.at - timestamp(\"2026-01-31T00:00:00Z\")
        timestamp(\"2026-01-31T00:00:00Z\") - input.at
        input.wait + duration(\"500ms\")
        input.wait - duration(\"2m\")
        duration(\"-1h30m\")
        duration(\"1us\")
        input.at > timestamp(\"2026-01-31T12:00:00+01:00\")
        input.wait >= duration(\"90s\")
        input.wait < duration(\"90s\")
        date(input.at)
        date(timestamp(\"1969-12-31T23:59:59.999999Z\"))
        date(input.at) == date(\"2026-01-31\")
        input.day < date(\"2026-02-01\")
        input.day <= date(\"2026-01-30\")
        # beyond the calendar
        timestamp(\"9999-12-31T23:59:59.999999Z\") + input.wait
        timestamp(\"0001-01-01T00:00:00Z\") - input.wait
        input.at - timestamp(\"0001-01-01T00:00:00Z\")
        duration(\"2562047h\") + duration(\"47m\") + input.wait
        duration(\"-2562047h\") - duration(\"47m\") - input.wait"
    ));
}

#[test]
fn optionals() {
    insta::assert_snapshot!(evaluated(
        "state.limit
        state.limit != null ? state.limit + 1 : 0
        state.note != null ? state.note + \"!\" : \"none\"
        state.note == null ? \"none\" : state.note
        state.limit != null && state.limit > 5
        state.limit == null || state.limit > 50
        !(state.limit == null) && state.limit > 5
        state.limit != null && state.note == null && state.limit > 5
        state.limit == 10 && state.limit + 1 == 11
        state.note == null || state.limit == null || size(state.note) == state.limit
        state.parent != null && state.parent.size != null && state.parent.size > 1
        state.lines.exists(l, l.discount != null && l.discount > 0)
        state.lines.map(l, l.discount != null, l.discount + 1)
        (state.limit != null || input.flag) ? state.limit : null
        (state.note == null || state.limit == null) ? 0 : size(state.note) + state.limit
        (state.note != null && state.limit != null) ? size(state.note) : 1"
    ));
}
