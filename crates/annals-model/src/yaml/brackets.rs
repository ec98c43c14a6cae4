//! Brackets and quotes as an expression has them, read one character after the other.

/// The most brackets that may be open: with more it is no expression, and reading stops.
const MAX_OPEN: usize = 32;

/// What is open so far.
#[derive(Default)]
pub(super) struct Reader {
    open: Vec<char>,
    quote: Option<char>,
    escaped: bool,
    /// The character before belongs to a word, so that a `'` behind it is an apostrophe.
    in_word: bool,
}

impl Reader {
    /// Takes the next character; whether the value has ended before it.
    pub(super) fn read(&mut self, c: char) -> bool {
        let in_word = std::mem::replace(&mut self.in_word, c.is_alphanumeric());
        if let Some(quote) = self.quote {
            if c == quote && !self.escaped {
                self.quote = None;
            }
            self.escaped = c == '\\' && !self.escaped;
            return false;
        }
        match c {
            '"' | '\'' if !in_word => self.quote = Some(c),
            '(' => self.open.push(')'),
            '[' => self.open.push(']'),
            '{' => self.open.push('}'),
            ')' | ']' | '}' if self.open.last() == Some(&c) => {
                self.open.pop();
            }
            ']' | '}' => return true,
            ',' => return self.open.is_empty(),
            _ => {}
        }
        self.open.len() > MAX_OPEN
    }

    /// Whether a quote is open.
    pub(super) fn is_quoting(&self) -> bool {
        self.quote.is_some()
    }

    /// Whether a bracket or a quote is open.
    pub(super) fn is_open(&self) -> bool {
        self.quote.is_some() || !self.open.is_empty()
    }
}
