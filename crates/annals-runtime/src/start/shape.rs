//! Canonical texts of shapes, such as `{sku: text max 20, at: optional time}`, read so that they
//! can be shown as an architecture file writes them. Only for messages: shapes are compared as
//! texts.

/// A type of a canonical text.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// `uuid`, or anything that isn't one of the others, as it is.
    Plain(String),
    /// `int` or `text` with limits: word and value of each.
    Limited(&'static str, Vec<(String, String)>),
    /// The members in brackets, and the initial one.
    Enum(String, Option<String>),
    List(Box<Shape>, Option<String>),
    Map(String, Box<Shape>, Option<String>),
    Record(Vec<(String, Shape)>),
    Optional(Box<Shape>),
}

/// The fields of a record; `None` where the text is none.
pub(super) fn fields(text: &str) -> Option<Vec<(String, Shape)>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let field = |field: &str| {
        let (name, type_) = field.split_once(':')?;
        Some((name.trim().to_owned(), shape(type_.trim())))
    };
    pieces(inner, ',').into_iter().filter(|piece| !piece.trim().is_empty()).map(field).collect()
}

fn shape(text: &str) -> Shape {
    if let Some(inner) = text.strip_prefix("optional ") {
        return Shape::Optional(Box::new(shape(inner)));
    }
    if let Some(rest) = text.strip_prefix("list of ") {
        let (item, max) = bounded(rest);
        return Shape::List(Box::new(shape(item)), max);
    }
    if let Some((key, rest)) = text.strip_prefix("map of ").and_then(|it| it.split_once(" to ")) {
        let (value, max) = bounded(rest);
        return Shape::Map(key.to_owned(), Box::new(shape(value)), max);
    }
    if let Some(rest) = text.strip_prefix("enum ") {
        let (members, initial) = match rest.split_once("] initial ") {
            Some((members, initial)) => (format!("{members}]"), Some(initial.to_owned())),
            None => (rest.to_owned(), None),
        };
        return Shape::Enum(members, initial);
    }
    for word in ["int", "text"] {
        if let Some(limits) = text.strip_prefix(word).and_then(|rest| rest.strip_prefix(' ')) {
            let words = pieces(limits, ' ');
            let pair = |pair: &[&str]| Some((pair.first()?.to_string(), pair.get(1)?.to_string()));
            return Shape::Limited(word, words.chunks(2).filter_map(pair).collect());
        }
    }
    fields(text).map_or_else(|| Shape::Plain(text.to_owned()), Shape::Record)
}

/// `… max n` at the end is the list's or the map's own.
fn bounded(text: &str) -> (&str, Option<String>) {
    match text.rsplit_once(" max ") {
        Some((inner, max)) if max.bytes().all(|byte| byte.is_ascii_digit()) => {
            (inner, Some(max.to_owned()))
        }
        _ => (text, None),
    }
}

/// Splits outside of braces, brackets and quotes.
fn pieces(text: &str, at: char) -> Vec<&str> {
    let (mut depth, mut quoted, mut escaped, mut start) = (0_i32, false, false, 0);
    let mut all = Vec::new();
    for (index, letter) in text.char_indices() {
        let after_backslash = std::mem::take(&mut escaped);
        match letter {
            '\\' => escaped = quoted && !after_backslash,
            '"' if !after_backslash => quoted = !quoted,
            _ if quoted => {}
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            _ if letter == at && depth == 0 => {
                all.push(&text[start..index]);
                start = index + letter.len_utf8();
            }
            _ => {}
        }
    }
    all.push(&text[start..]);
    all
}

impl Shape {
    /// As an architecture file has it.
    pub(super) fn written(&self) -> String {
        let max = |max: &Option<String>| {
            max.as_ref().map_or_else(String::new, |max| format!(", max: {max}"))
        };
        let all = |fields: &[(String, String)]| {
            let all: Vec<String> = fields.iter().map(|(a, b)| format!("{a}: {b}")).collect();
            if all.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", all.join(", ")) }
        };
        match self {
            Self::Plain(text) => text.clone(),
            Self::Limited(word, limits) => format!("{{ {word}: {} }}", all(limits)),
            Self::Enum(members, None) => format!("{{ enum: {members} }}"),
            Self::Enum(members, Some(initial)) => {
                format!("{{ enum: {members}, initial: {initial} }}")
            }
            Self::List(item, most) => format!("{{ list: {}{} }}", item.written(), max(most)),
            Self::Map(key, value, most) => {
                format!("{{ map: {{ {key}: {} }}{} }}", value.written(), max(most))
            }
            Self::Record(fields) => {
                let fields = fields.iter().map(|(name, shape)| (name.clone(), shape.written()));
                all(&fields.collect::<Vec<_>>())
            }
            Self::Optional(inner) => match &**inner {
                Self::Plain(text) => format!("optional {text}"),
                other => format!("{{ optional: {} }}", other.written()),
            },
        }
    }

    /// A value that events of the former version can be given; a word in angle brackets where
    /// people must choose.
    pub(super) fn zero(&self) -> String {
        match self {
            Self::Plain(text) => match &**text {
                "text" => "\"\"".to_owned(),
                "int" | "float" => "0".to_owned(),
                "bool" => "false".to_owned(),
                other => format!("<{other}>"),
            },
            Self::Limited(word, limits) => {
                let least = limits.iter().find(|(limit, _)| limit == "min");
                let least = least.map_or("0", |(_, least)| least);
                if *word == "int" { least.to_owned() } else { "\"\"".to_owned() }
            }
            Self::Enum(members, initial) => {
                initial.clone().unwrap_or_else(|| format!("<one of {members}>"))
            }
            Self::List(..) => "[]".to_owned(),
            Self::Map(..) => "{}".to_owned(),
            Self::Record(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, it)| format!("{name}: {}", it.zero())).collect();
                format!("{{ {} }}", fields.join(", "))
            }
            Self::Optional(_) => "null".to_owned(),
        }
    }
}
