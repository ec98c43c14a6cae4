//! Notifications: each acted on once, and those of one order in its order.

use std::collections::HashMap;
use std::path::Path;

use super::{Ledger, Line};
use crate::commands::demo::notifications::{self, Acted};
use crate::exit::Failed;

/// `elsewhere`: something but the demo has run on the store, and may have told another service.
pub(super) fn lines(path: &Path, ledger: &Ledger, elsewhere: bool) -> Result<Vec<Line>, Failed> {
    if !path.exists() {
        let figures = format!("not audited: {} isn't there", path.display());
        return Ok(vec![Line { what: "notifications", figures, balances: true }]);
    }
    let acted = notifications::read(path)
        .map_err(|error| Failed::System(format!("{}: {error}", path.display())))?;
    Ok(compare(&acted, ledger, elsewhere))
}

/// What is wrong with the notifications, by what it is.
#[derive(Default)]
struct Wrong {
    missing: usize,
    too_many: usize,
    disordered: u64,
}

fn compare(acted: &[Acted], ledger: &Ledger, elsewhere: bool) -> Vec<Line> {
    let mut by_order: HashMap<&str, Vec<&str>> = HashMap::new();
    for notification in acted {
        by_order.entry(&notification.order).or_default().push(&notification.key);
    }
    let (mut wrong, mut due) = (Wrong::default(), 0);
    for (id, order) in &ledger.orders {
        let expected: Vec<String> =
            order.notified.iter().map(|event| format!("{event}/confirm_order")).collect();
        due += expected.len();
        let got = by_order.remove(&**id).unwrap_or_default();
        let mut left = expected.iter().map(String::as_str).collect::<Vec<_>>();
        for key in &got {
            match left.iter().position(|due| due == key) {
                Some(at) => drop(left.remove(at)),
                None => wrong.too_many += 1,
            }
        }
        wrong.missing += left.len();
        let place = |key: &&str| expected.iter().position(|due| due == key);
        wrong.disordered += u64::from(!got.iter().filter_map(place).is_sorted());
    }
    wrong.too_many += by_order.values().map(Vec::len).sum::<usize>();
    let orders = ledger.orders.len() as u64;
    vec![
        once(&wrong, due, elsewhere),
        Line::none("notifications of an order in its order", wrong.disordered, orders, "orders"),
    ]
}

fn once(wrong: &Wrong, due: usize, elsewhere: bool) -> Line {
    let what = "each notification acted on once";
    let Wrong { missing, too_many, .. } = *wrong;
    if elsewhere && missing > 0 && too_many == 0 {
        let told = due - missing;
        let figures =
            format!("{told} of {due}; `annals run` was here, and may have told the rest elsewhere");
        return Line { what, figures, balances: true };
    }
    Line::none(what, (missing + too_many) as u64, due as u64, "notifications")
}
