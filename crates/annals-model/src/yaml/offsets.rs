//! From characters, which the parser counts, to bytes, which everything else wants.

/// Converts character indices to byte offsets. Asked mostly in growing order, it walks on from the
/// last answer, so that a file is walked once in all.
pub(super) struct Offsets<'t> {
    text: &'t str,
    ascii: bool,
    at: (usize, usize),
}

impl<'t> Offsets<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, ascii: text.is_ascii(), at: (0, 0) }
    }

    /// The byte offset of character `index`; the end of the text where there are fewer.
    pub(super) fn byte(&mut self, index: usize) -> usize {
        if self.ascii {
            return index.min(self.text.len());
        }
        let (mut chars, mut bytes) = self.at;
        if index < chars {
            // Back a little: spans of blocks end before the token that ended them.
            while chars > index {
                bytes -= self.text[..bytes].chars().next_back().map_or(0, char::len_utf8);
                chars -= 1;
            }
        } else {
            for c in self.text[bytes..].chars().take(index - chars) {
                bytes += c.len_utf8();
                chars += 1;
            }
        }
        self.at = (chars, bytes);
        bytes
    }
}
