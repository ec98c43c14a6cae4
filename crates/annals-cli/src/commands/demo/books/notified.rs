//! Notifications: each acted on once, and those of one order in its order.

use std::collections::HashMap;
use std::path::Path;

use super::{Ledger, Line};
use crate::commands::demo::notifications::{self, Acted};
use crate::exit::Failed;

pub(super) fn lines(path: &Path, ledger: &Ledger) -> Result<Vec<Line>, Failed> {
    if !path.exists() {
        let figures = format!("not audited: {} isn't there", path.display());
        return Ok(vec![Line { what: "notifications", figures, balances: true }]);
    }
    let acted = notifications::read(path)
        .map_err(|error| Failed::System(format!("{}: {error}", path.display())))?;
    Ok(compare(&acted, ledger))
}

fn compare(acted: &[Acted], ledger: &Ledger) -> Vec<Line> {
    let mut by_order: HashMap<&str, Vec<&str>> = HashMap::new();
    for notification in acted {
        by_order.entry(&notification.order).or_default().push(&notification.key);
    }
    let (mut wrong_count, mut wrong_order, mut due) = (0, 0, 0);
    for (id, order) in &ledger.orders {
        let expected: Vec<String> =
            order.notified.iter().map(|event| format!("{event}/confirm_order")).collect();
        due += expected.len();
        let got = by_order.remove(&**id).unwrap_or_default();
        if got.iter().eq(&expected) {
            continue;
        }
        let (mut sorted_got, mut sorted) = (got.clone(), expected.iter().collect::<Vec<_>>());
        sorted_got.sort_unstable();
        sorted.sort_unstable();
        if sorted_got.iter().eq(&sorted) {
            wrong_order += 1;
        } else {
            wrong_count += got.len().abs_diff(expected.len()).max(1);
        }
    }
    wrong_count += by_order.values().map(Vec::len).sum::<usize>();
    vec![
        Line::none(
            "each notification acted on once",
            wrong_count as u64,
            due as u64,
            "notifications",
        ),
        Line::none(
            "notifications of an order in its order",
            wrong_order,
            ledger.orders.len() as u64,
            "orders",
        ),
    ]
}
