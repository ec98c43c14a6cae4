//! The name of an event's topic. The one place that knows the rule; nothing about settings.

/// `{domain}.{event}`: the event's name without the leading words that it shares with its
/// aggregate's, in kebab case. Where all words are shared the whole name stays, so that no topic is
/// nameless.
///
/// ```
/// use annals_model::topic_name;
/// assert_eq!(topic_name("orders", "Order", "OrderCreated"), "orders.created");
/// assert_eq!(topic_name("stock", "StockItem", "StockReserved"), "stock.reserved");
/// assert_eq!(topic_name("orders", "Order", "OrderItemAdded"), "orders.item-added");
/// ```
pub fn topic_name(domain: &str, aggregate: &str, event: &str) -> String {
    let (shared, all) = (words(aggregate), words(event));
    let common = shared.iter().zip(&all).take_while(|(a, b)| a == b).count();
    let rest = if common == all.len() { &all[..] } else { &all[common..] };
    format!("{domain}.{}", rest.join("-"))
}

/// The words of a name in camel or snake case, lower case: `HTTPCallMade2` is http, call, made2.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for (i, &c) in letters.iter().enumerate() {
        if c == '_' || c == '-' {
            open = false;
            continue;
        }
        let after_lower = i > 0 && !letters[i - 1].is_uppercase();
        let before_lower = letters.get(i + 1).is_some_and(|n| n.is_lowercase());
        if !open || (c.is_uppercase() && (after_lower || before_lower)) {
            words.push(String::new());
            open = true;
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words
}
