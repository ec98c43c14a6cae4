//! The event that everyone appends: JSON of 250 bytes, another one each time.

/// Bytes of one event's data.
pub const DATA_BYTES: usize = 250;

/// The data of an event. Numbers of it differ, its length doesn't.
pub fn data(number: u64) -> String {
    let mut text = format!(
        "{{\"customer\":\"3c3f7b0e-5f2c-4b77-8a53-0c9b8a1f1f10\",\"total_cents\":{number},\
         \"lines\":[{{\"sku\":\"A-1001\",\"quantity\":2}},{{\"sku\":\"B-2002\",\"quantity\":1}}],\
         \"currency\":\"EUR\",\"note\":\""
    );
    let padding = (DATA_BYTES - 2).saturating_sub(text.len());
    text.extend(std::iter::repeat_n('n', padding));
    text.push_str("\"}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_its_length_and_is_json() {
        for number in [0, 7, 1_000_000, 999_999_999_999] {
            let text = data(number);
            assert_eq!(text.len(), DATA_BYTES);
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value["total_cents"], number);
        }
    }
}
