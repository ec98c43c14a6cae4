//! Random expressions of every type over the scope of `common`, and random values for it. Both are
//! read from a tape of bytes, so that a failure shrinks with the tape.

mod values;

pub(crate) use values::slots;

pub(crate) struct Tape<'t> {
    bytes: &'t [u8],
    names: usize,
}

impl<'t> Tape<'t> {
    pub(crate) fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, names: 0 }
    }

    /// A number below `n`; 0 where the tape is at its end, so 0 is the choice that ends soonest.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        usize::from(*first) % n
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("x{}", self.names)
    }
}

/// The types of the grammar.
#[derive(Clone, Copy, Debug, PartialEq)]
enum G {
    Bool,
    Int,
    Float,
    Text,
    Status,
    Uuid,
    Time,
    Date,
    Duration,
    Line,
    Ints,
    Floats,
    Texts,
    Durations,
    Lines,
    TextToInt,
    IntToText,
    UuidToInt,
    MaybeInt,
    MaybeText,
    MaybeTime,
}

const ORDERED: [G; 7] = [G::Int, G::Float, G::Text, G::Time, G::Date, G::Duration, G::Uuid];
const ALL: [G; 21] = [
    G::Bool,
    G::Int,
    G::Float,
    G::Text,
    G::Status,
    G::Uuid,
    G::Time,
    G::Date,
    G::Duration,
    G::Line,
    G::Ints,
    G::Floats,
    G::Texts,
    G::Durations,
    G::Lines,
    G::TextToInt,
    G::IntToText,
    G::UuidToInt,
    G::MaybeInt,
    G::MaybeText,
    G::MaybeTime,
];

/// The names of macros around, and the optionals that aren't null here.
type Names = Vec<(String, G)>;

pub(crate) fn condition_or_value(tape: &mut Tape<'_>) -> String {
    let type_ = if tape.below(3) == 0 { G::Bool } else { tape.pick(&ALL) };
    Grammar { tape, names: Vec::new() }.make(type_, 5)
}

/// Paths and literals of a type, the simplest first.
fn written(type_: G) -> &'static str {
    match type_ {
        G::Bool => "input.flag ; true ; false",
        G::Int => {
            "input.a ; input.b ; 0 ; 1 ; -1 ; 2 ; 7 ; -3 ; 9223372036854775807 ; \
             -9223372036854775808 ; 0x1F ; input.line.quantity"
        }
        G::Float => {
            "input.f ; input.g ; 0.0 ; 1.5 ; -2.0 ; 1e300 ; .25 ; 9007199254740993.0 ; -9.3e18"
        }
        G::Text => {
            "input.text ; \"\" ; \"a\" ; 'née' ; \"\\u65e5本\\n\" ; \"1\" ; r'\\n' ; \"-2.5\" ; \
             input.line.sku ; \"𝄞\" ; \"9223372036854775808\""
        }
        G::Status => "state.status",
        G::Uuid => "input.id",
        G::Time => {
            "input.at ; timestamp(\"2026-01-31T12:00:00Z\") ; \
             timestamp(\"9999-12-31T23:59:59.999999Z\") ; timestamp(\"0001-01-01T00:00:00Z\") ; \
             timestamp(\"1969-12-31T23:59:59.5+01:30\")"
        }
        G::Date => "input.day ; date(\"2026-01-31\") ; date(\"0001-01-01\")",
        G::Duration => {
            "input.wait ; duration(\"90s\") ; duration(\"-1h30m\") ; duration(\"1us\") ; \
             duration(\"2562047h\") ; duration(\"0s\") ; duration(\"1ms500us\")"
        }
        G::Line => "input.line",
        G::Ints => "state.numbers ; [1, 2, 3] ; [0] ; [-1, 9223372036854775807]",
        G::Floats => "state.rates ; [1.5, -2.0]",
        G::Texts => "state.tags ; [\"a\", 'é']",
        G::Durations => "state.waits ; [duration(\"1s\")]",
        G::Lines => "state.lines",
        G::TextToInt => "state.reserved ; {\"a\": 1, \"é\": -2}",
        G::IntToText => "state.named ; {1: \"a\", -2: \"b\"}",
        G::UuidToInt => "state.owned",
        G::MaybeInt => "state.limit",
        G::MaybeText => "state.note",
        G::MaybeTime => "state.shipped",
    }
}

struct Grammar<'g, 't> {
    tape: &'g mut Tape<'t>,
    names: Names,
}

impl Grammar<'_, '_> {
    fn make(&mut self, type_: G, depth: usize) -> String {
        if depth == 0 || self.tape.below(6) == 0 {
            return self.leaf(type_);
        }
        let below = depth - 1;
        match self.tape.below(9) {
            0 => self.choice(type_, below),
            1 => self.narrowed(type_, below),
            _ => self.compound(type_, below),
        }
    }

    fn leaf(&mut self, type_: G) -> String {
        let known: Vec<String> =
            self.names.iter().filter(|(_, t)| *t == type_).map(|(n, _)| n.clone()).collect();
        if !known.is_empty() && self.tape.below(3) != 0 {
            return known[self.tape.below(known.len())].clone();
        }
        let lines: Vec<String> =
            self.names.iter().filter(|(_, t)| *t == G::Line).map(|(n, _)| n.clone()).collect();
        if let Some(line) = lines.last() {
            match type_ {
                G::Int => return format!("{line}.quantity"),
                G::Text => return format!("{line}.sku"),
                G::MaybeInt => return format!("{line}.discount"),
                _ => {}
            }
        }
        let written: Vec<&str> = written(type_).split(" ; ").collect();
        self.tape.pick(&written).to_owned()
    }

    fn choice(&mut self, type_: G, depth: usize) -> String {
        let condition = self.make(G::Bool, depth);
        let (then, other) = (self.make(type_, depth), self.make(type_, depth));
        format!("(({condition}) ? {then} : {other})")
    }

    /// An optional, its type, and what it is where it isn't null.
    fn optional(&mut self) -> (String, G) {
        match self.tape.below(5) {
            0 => ("state.limit".into(), G::Int),
            1 => ("state.note".into(), G::Text),
            2 => ("state.shipped".into(), G::Time),
            _ => {
                let lines: Vec<String> = self
                    .names
                    .iter()
                    .filter(|(_, t)| *t == G::Line)
                    .map(|(n, _)| n.clone())
                    .collect();
                let line = lines.last().cloned().unwrap_or("input.line".into());
                (format!("{line}.discount"), G::Int)
            }
        }
    }

    /// An optional read where a condition said that it isn't null.
    fn narrowed(&mut self, type_: G, depth: usize) -> String {
        let (path, inner) = self.optional();
        let knowing = |grammar: &mut Self, type_: G| {
            grammar.names.push((path.clone(), inner));
            let text = grammar.make(type_, depth);
            grammar.names.pop();
            text
        };
        if type_ == G::Bool {
            let known = knowing(self, G::Bool);
            let mut other = || self.make(G::Bool, depth);
            let (a, b) = (other(), other());
            return match self.tape.below(6) {
                0 => format!("({path} != null && {known})"),
                1 => format!("({path} == null || {known})"),
                2 => format!("(!({path} == null) && {known})"),
                3 => format!("(({path} != null && {a}) && {known})"),
                4 => format!("(({a} || {path} == null) || {known})"),
                _ => format!("({a} && {path} != null && {known} || {b})"),
            };
        }
        let known = knowing(self, type_);
        let other = self.make(type_, depth);
        match self.tape.below(4) {
            0 => format!("({path} != null ? {known} : {other})"),
            1 => format!("({path} == null ? {other} : {known})"),
            2 => format!("(!({path} != null) ? {other} : {known})"),
            _ => {
                let condition = self.make(G::Bool, depth);
                format!("(({condition}) && {path} != null ? {known} : {other})")
            }
        }
    }

    fn compound(&mut self, type_: G, depth: usize) -> String {
        match type_ {
            G::Bool => self.bool(depth),
            G::Int => self.int(depth),
            G::Float => self.float(depth),
            G::Text => self.text(depth),
            G::Time => self.time(depth),
            G::Duration => self.duration(depth),
            G::Date => match self.tape.below(2) {
                0 => format!("date({})", self.make(G::Time, depth)),
                _ => self.extreme(G::Date, depth),
            },
            G::Line => format!("{}[{}]", self.make(G::Lines, depth), self.make(G::Int, 0)),
            G::Ints => self.list(G::Ints, G::Int, depth),
            G::Floats => self.list(G::Floats, G::Float, depth),
            G::Texts => self.list(G::Texts, G::Text, depth),
            G::Durations => self.list(G::Durations, G::Duration, depth),
            G::Lines => self.list(G::Lines, G::Line, depth),
            G::TextToInt => {
                let (one, other) = (self.make(G::Int, depth), self.make(G::Int, depth));
                format!("{{\"a\": {one}, \"\": {other}}}")
            }
            G::IntToText => format!("{{7: {}, -1: \"\"}}", self.make(G::Text, depth)),
            G::MaybeInt => {
                let (condition, value) = (self.make(G::Bool, depth), self.make(G::Int, depth));
                format!("(({condition}) ? {value} : null)")
            }
            other => self.leaf(other),
        }
    }

    fn bool(&mut self, depth: usize) -> String {
        match self.tape.below(14) {
            0 => format!("({} && {})", self.make(G::Bool, depth), self.make(G::Bool, depth)),
            1 => format!("({} || {})", self.make(G::Bool, depth), self.make(G::Bool, depth)),
            2 => format!("!({})", self.make(G::Bool, depth)),
            3 => {
                let (one, other) = self.comparable(depth);
                let op = self.tape.pick(&["==", "!="]);
                format!("({one} {op} {other})")
            }
            4 | 5 => {
                let type_ = self.tape.pick(&ORDERED);
                let number = matches!(type_, G::Int | G::Float);
                let other = if number { self.tape.pick(&[G::Int, G::Float]) } else { type_ };
                let op = self.tape.pick(&["<", "<=", ">", ">="]);
                format!("({} {op} {})", self.make(type_, depth), self.make(other, depth))
            }
            6 => {
                let (item, list) = self.tape.pick(&[
                    (G::Int, G::Ints),
                    (G::Float, G::Ints),
                    (G::Text, G::Texts),
                    (G::Line, G::Lines),
                    (G::Duration, G::Durations),
                    (G::Text, G::TextToInt),
                    (G::Int, G::IntToText),
                    (G::Uuid, G::UuidToInt),
                    (G::Uuid, G::TextToInt),
                    (G::MaybeInt, G::Ints),
                ]);
                format!("({} in {})", self.make(item, depth), self.make(list, depth))
            }
            7 => format!(
                "(state.status in [\"open\", {}])",
                self.tape.pick(&["\"none\"", "\"placed\""])
            ),
            8 => {
                let method = self.tape.pick(&["contains", "startsWith", "endsWith"]);
                format!("{}.{method}({})", self.make(G::Text, depth), self.make(G::Text, depth))
            }
            9 => self
                .tape
                .pick(&[
                    "has(state.reserved.a)",
                    "(state.status == \"open\")",
                    "(\"placed\" != state.status)",
                    "(state.limit == null)",
                    "(null != state.note)",
                    "(state.parent == null)",
                    "(state.parent != null && state.parent.size != null && state.parent.size > 1)",
                    "([] == state.numbers)",
                    "(input.id == \"018f3b4a-0000-7000-8000-000000000001\")",
                ])
                .to_owned(),
            10..=12 => {
                let (list, item) = self.iterable();
                let over = self.make(list, depth.min(2));
                let method = self.tape.pick(&["exists", "all"]);
                self.bound(item, |grammar, name| {
                    let body = grammar.make(G::Bool, depth);
                    format!("{over}.{method}({name}, {body})")
                })
            }
            _ => self.leaf(G::Bool),
        }
    }

    fn comparable(&mut self, depth: usize) -> (String, String) {
        let pairs = [
            (G::Int, G::Float),
            (G::Float, G::Int),
            (G::Text, G::Status),
            (G::Uuid, G::Text),
            (G::MaybeInt, G::Int),
            (G::Text, G::MaybeText),
            (G::MaybeTime, G::Time),
            (G::Ints, G::Floats),
            (G::MaybeInt, G::Float),
        ];
        let (one, other) = if self.tape.below(2) == 0 {
            self.tape.pick(&pairs)
        } else {
            let type_ = self.tape.pick(&ALL);
            (type_, type_)
        };
        (self.make(one, depth), self.make(other, depth))
    }

    fn int(&mut self, depth: usize) -> String {
        match self.tape.below(13) {
            0..=4 => {
                let op = self.tape.pick(&["+", "-", "*", "/", "%"]);
                format!("({} {op} {})", self.make(G::Int, depth), self.make(G::Int, depth))
            }
            5 => format!("-({})", self.make(G::Int, depth)),
            6 => {
                let type_ = self.tape.pick(&[G::Text, G::Ints, G::Lines, G::TextToInt, G::Status]);
                let of = self.make(type_, depth);
                if self.tape.below(2) == 0 { format!("size({of})") } else { format!("{of}.size()") }
            }
            7 => {
                let type_ = self.tape.pick(&[G::Float, G::Text, G::Int]);
                format!("int({})", self.make(type_, depth))
            }
            8 => format!("sum([{}] + {})", self.make(G::Int, depth), self.make(G::Ints, depth)),
            9 => self.extreme(G::Int, depth),
            10 => format!("{}[{}]", self.make(G::Ints, depth), self.make(G::Int, 0)),
            11 => match self.tape.below(4) {
                0 => "state.reserved.a".into(),
                1 => format!("state.reserved[{}]", self.make(G::Text, depth)),
                2 => format!("{}[input.id]", self.make(G::UuidToInt, depth)),
                _ => format!("{}.quantity", self.make(G::Line, depth)),
            },
            _ => self.unordered(depth),
        }
    }

    /// A map's keys, where their order can't be seen.
    fn unordered(&mut self, depth: usize) -> String {
        let (map, key) = self.tape.pick(&[(G::TextToInt, G::Text), (G::IntToText, G::Int)]);
        let over = self.leaf(map);
        let function = self.tape.pick(&["size", "min", "max"]);
        self.bound(key, |grammar, name| match grammar.tape.below(3) {
            0 => {
                let value = grammar.make(G::Int, depth);
                format!("{function}({over}.map({name}, {value}))")
            }
            1 => {
                let (guard, value) = (grammar.make(G::Bool, depth), grammar.make(G::Int, depth));
                format!("{function}({over}.map({name}, {guard}, {value}))")
            }
            _ => format!("size({over}.filter({name}, {}))", grammar.make(G::Bool, depth)),
        })
    }

    fn float(&mut self, depth: usize) -> String {
        match self.tape.below(9) {
            0..=3 => {
                let op = self.tape.pick(&["+", "-", "*", "/"]);
                format!("({} {op} {})", self.make(G::Float, depth), self.make(G::Float, depth))
            }
            4 => format!("-({})", self.make(G::Float, depth)),
            5 => {
                let type_ = self.tape.pick(&[G::Float, G::Text, G::Int]);
                format!("float({})", self.make(type_, depth))
            }
            6 => format!("sum([{}] + {})", self.make(G::Float, depth), self.make(G::Floats, depth)),
            7 => self.extreme(G::Float, depth),
            _ => format!("{}[{}]", self.make(G::Floats, depth), self.make(G::Int, 0)),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match self.tape.below(7) {
            0 | 1 => {
                let type_ = self.tape.pick(&[G::Text, G::Uuid, G::Status]);
                format!("({} + {})", self.make(type_, depth), self.make(G::Text, depth))
            }
            2 => {
                let type_ =
                    self.tape.pick(&[G::Int, G::Bool, G::Date, G::Text, G::Uuid, G::Status]);
                format!("string({})", self.make(type_, depth))
            }
            3 => self.extreme(G::Text, depth),
            4 => format!("{}[{}]", self.make(G::Texts, depth), self.make(G::Int, 0)),
            5 => format!("{}[{}]", self.make(G::IntToText, depth), self.make(G::Int, depth)),
            _ => format!("{}.sku", self.make(G::Line, depth)),
        }
    }

    fn time(&mut self, depth: usize) -> String {
        let (time, by) = (self.make(G::Time, depth), self.make(G::Duration, depth));
        match self.tape.below(4) {
            0 => format!("({time} + {by})"),
            1 => format!("({by} + {time})"),
            2 => format!("({time} - {by})"),
            _ => self.extreme(G::Time, depth),
        }
    }

    fn duration(&mut self, depth: usize) -> String {
        match self.tape.below(5) {
            0 => format!("({} - {})", self.make(G::Time, depth), self.make(G::Time, depth)),
            1 => format!("({} + {})", self.make(G::Duration, depth), self.make(G::Duration, depth)),
            2 => format!("({} - {})", self.make(G::Duration, depth), self.make(G::Duration, depth)),
            3 => format!("sum([input.wait] + {})", self.make(G::Durations, depth)),
            _ => self.extreme(G::Duration, depth),
        }
    }

    fn extreme(&mut self, type_: G, depth: usize) -> String {
        let function = self.tape.pick(&["min", "max"]);
        let list = match type_ {
            G::Int => G::Ints,
            G::Float => G::Floats,
            G::Text => G::Texts,
            G::Duration => G::Durations,
            _ => type_,
        };
        if list != type_ && self.tape.below(2) == 0 {
            return format!("{function}({})", self.make(list, depth));
        }
        let count = 2 + self.tape.below(2);
        let values: Vec<String> = (0..count).map(|_| self.make(type_, depth)).collect();
        format!("{function}({})", values.join(", "))
    }

    fn iterable(&mut self) -> (G, G) {
        self.tape.pick(&[
            (G::Lines, G::Line),
            (G::Ints, G::Int),
            (G::Texts, G::Text),
            (G::Floats, G::Float),
            (G::Durations, G::Duration),
            (G::TextToInt, G::Text),
            (G::IntToText, G::Int),
            (G::UuidToInt, G::Uuid),
        ])
    }

    /// Does `work` with a new name for an item.
    fn bound(&mut self, item: G, work: impl FnOnce(&mut Self, &str) -> String) -> String {
        let name = self.tape.name();
        self.names.push((name.clone(), item));
        let text = work(self, &name);
        self.names.pop();
        text
    }

    fn list(&mut self, type_: G, item: G, depth: usize) -> String {
        match self.tape.below(6) {
            0 => {
                let items: Vec<String> =
                    (0..self.tape.below(4)).map(|_| self.make(item, depth)).collect();
                // An empty list is written as one of its type, which `[]` alone isn't.
                if items.is_empty() { self.leaf(type_) } else { format!("[{}]", items.join(", ")) }
            }
            1 => format!("({} + {})", self.make(type_, depth), self.make(type_, depth)),
            2 => format!("([] + {})", self.make(type_, depth)),
            3 => {
                let over = self.make(type_, depth);
                self.bound(item, |grammar, name| {
                    format!("{over}.filter({name}, {})", grammar.make(G::Bool, depth))
                })
            }
            _ => {
                let (list, of) = self.tape.pick(&[
                    (G::Lines, G::Line),
                    (G::Ints, G::Int),
                    (G::Texts, G::Text),
                    (G::Floats, G::Float),
                    (G::Durations, G::Duration),
                ]);
                let over = self.make(list, depth.min(2));
                let guard = self.tape.below(2) == 0;
                self.bound(of, |grammar, name| {
                    let guard = if guard {
                        format!("{}, ", grammar.make(G::Bool, depth))
                    } else {
                        String::new()
                    };
                    format!("{over}.map({name}, {guard}{})", grammar.make(item, depth))
                })
            }
        }
    }
}
