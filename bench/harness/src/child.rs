//! One cell, measured in a process of its own: nothing is left of the one before it, and a shim can
//! be put under it.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::drive::{drive, fill};
use crate::{Failure, Measured, Place, Subject, Workload};

/// What a child measures; it comes as JSON in the child's only argument behind `child`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Which subject.
    pub subject: String,
    /// What it does.
    pub workload: Workload,
    /// Where its data goes.
    pub place: Place,
    /// Unmeasured, in milliseconds.
    pub warm_ms: u64,
    /// Measured, in milliseconds.
    pub run_ms: u64,
    /// Events that readers find.
    pub filled: usize,
    /// When its clients begin, in milliseconds of the Unix time; none: when it is open. For
    /// children that work at the same time.
    #[serde(default)]
    pub begin_ms: Option<u64>,
}

/// In front of why a subject can't be opened: nothing of it can be measured then.
pub const UNOPENED: &str = "can't be opened: ";

/// In front of the result on the last line of the child's output.
const MARK: &str = "measured ";

impl Order {
    /// The order in a child's arguments, where they hold one.
    pub fn of(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let named = arguments.find(|word| word == "child").is_some();
        named.then(|| arguments.next())?.and_then(|text| serde_json::from_str(&text).ok())
    }

    /// The arguments for a child.
    pub fn arguments(&self) -> [String; 2] {
        let text = serde_json::to_string(self).expect("names and numbers are JSON");
        ["child".to_owned(), text]
    }
}

/// Measures, and prints what [`read`] reads.
pub async fn measure<S: Subject>(order: Order) {
    let measured = match run::<S>(&order).await {
        Ok(measured) => measured,
        Err(error) => {
            Measured { failed: 1, failure: Some(error.to_string()), ..Measured::default() }
        }
    };
    println!("{MARK}{}", serde_json::to_string(&measured).expect("numbers are JSON"));
}

/// What a child has printed.
pub fn read(output: &str) -> Option<Measured> {
    let line = output.lines().rev().find_map(|line| line.strip_prefix(MARK))?;
    serde_json::from_str(line).ok()
}

async fn run<S: Subject>(order: &Order) -> Result<Measured, Failure> {
    let opened = S::open(&order.place).await;
    let subject = Arc::new(opened.map_err(|error| format!("{UNOPENED}{error}"))?);
    let filled = if order.workload.reads() { order.filled } else { 0 };
    let streams = Arc::new(fill(&subject, filled).await?);
    let work = (order.workload, order.place.clients);
    if let Some(begin_ms) = order.begin_ms {
        let begin = UNIX_EPOCH + Duration::from_millis(begin_ms);
        match begin.duration_since(SystemTime::now()) {
            Ok(wait) => tokio::time::sleep(wait).await,
            Err(late) => return Err(format!("it was open {:?} late", late.duration()).into()),
        }
    }
    let times = (Duration::from_millis(order.warm_ms), Duration::from_millis(order.run_ms));
    drive(subject, work, times, streams).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_goes_through_the_arguments_and_a_result_through_the_output() {
        let place = Place { folder: "f".into(), url: None, clients: 8 };
        let order = Order {
            subject: "a".to_owned(),
            workload: Workload::Append(10),
            place,
            warm_ms: 1,
            run_ms: 2,
            filled: 3,
            begin_ms: None,
        };
        let back = Order::of(order.arguments().into_iter()).unwrap();
        assert_eq!((back.workload, back.place.clients), (Workload::Append(10), 8));
        assert!(Order::of(["sqlite".to_owned()].into_iter()).is_none());
        assert_eq!(read("noise\nmeasured {}\n"), None);
        let text = serde_json::to_string(&Measured::default()).unwrap();
        assert_eq!(read(&format!("noise\n{MARK}{text}\n")), Some(Measured::default()));
    }
}
