//! Time, and replies that come on a stream.

use annals_core::saga::SagaEvent;
use insta::assert_snapshot;

use super::plan::{Plan, Step};
use super::script::Script;

fn pay_on_a_stream() -> Plan {
    let steps = vec![Step::new("stock"), Step::new("pay").streamed().then().timeout(100)];
    Plan::new(steps).fails()
}

#[test]
fn a_timeout_means_unknown_and_unknown_is_compensated() {
    let plan = Plan::new(vec![Step::new("stock").for_each(&["a", "b", "c"]).timeout(100)]);
    let script = Script::new(plan)
        .accepted("DoStock a", &["StockDone"])
        .at(99)
        .at(100)
        .accepted("DoStock b", &["StockDone"])
        .rejected("DoStock c", "Closed")
        .ignored("UndoStock a")
        .ignored("UndoStock b")
        .ignored("UndoStock c")
        .at(200);
    assert_snapshot!(script.text());
}

#[test]
fn the_timeout_begins_with_the_step_and_ends_with_its_reply() {
    let script = Script::new(pay_on_a_stream())
        .at(70)
        .ignored("DoStock")
        .at(169)
        .accepted("DoPay", &["PayAsked"])
        .comes("Pay", "PayDone")
        .at(170)
        .rejected("AfterPay", "NotAllowed")
        .ignored("UndoPay");
    assert_snapshot!(script.text());
}

#[test]
fn a_failure_before_the_timeout_is_the_failure() {
    let plan = Plan::new(vec![Step::new("stock").for_each(&["a", "b"]).timeout(100)]);
    let script = Script::new(plan).accepted("DoStock a", &["StockFailed"]).at(100);
    assert_eq!(&*script.state.failure, "stock: StockFailed");
    assert_snapshot!(script.text());
}

#[test]
fn a_reply_comes_on_the_stream_before_or_after_the_answer() {
    let asked = &["PayAsked"];
    let before = Script::new(pay_on_a_stream())
        .ignored("DoStock")
        .comes("Pay", "PayDone")
        .accepted("DoPay", asked)
        .ignored("AfterPay");
    let after = Script::new(pay_on_a_stream())
        .ignored("DoStock")
        .accepted("DoPay", asked)
        .comes("Other", "PayDone")
        .comes("Pay", "PayOther")
        .comes("Pay", "PayFailed");
    assert_snapshot!(format!("{}\n{}", before.text(), after.text()));
}

#[test]
fn a_reply_does_not_let_the_compensation_overtake_a_command_that_is_under_way() {
    let script =
        Script::new(pay_on_a_stream()).ignored("DoStock").comes("Pay", "PayDone").cancelled(None);
    let names: Vec<_> =
        script.state.unanswered().iter().map(|(_, sent)| sent.command.name.clone()).collect();
    assert_eq!(names, ["DoPay".into(), "AfterPay".into(), std::sync::Arc::from("UndoPay")]);
}

#[test]
fn a_done_that_comes_later_is_compensated_when_it_comes() {
    let script = Script::new(pay_on_a_stream())
        .ignored("DoStock")
        .accepted("DoPay", &["PayAsked"])
        .at(100)
        .ignored("UndoPay")
        .ignored("UndoStock")
        .ignored("Fail")
        .comes("Pay", "PayDone")
        .comes("Pay", "PayDone")
        .ignored("UndoPay")
        .comes("Pay", "PayDone");
    assert_snapshot!(script.text());
}

#[test]
fn a_done_that_comes_before_its_compensation_can_be_sent_is_compensated_once() {
    let script = Script::new(pay_on_a_stream())
        .ignored("DoStock")
        .at(100)
        .comes("Pay", "PayDone")
        .accepted("DoPay", &["PayAsked"])
        .ignored("UndoPay");
    assert_snapshot!(script.text());
}

#[test]
fn only_the_first_such_event_is_a_reply() {
    let script = Script::new(pay_on_a_stream())
        .ignored("DoStock")
        .accepted("DoPay", &["PayAsked"])
        .at(100)
        .comes("Pay", "PayFailed")
        .comes("Pay", "PayFailed")
        .comes("Pay", "PayDone")
        .ignored("UndoPay");
    assert_snapshot!(script.text());
}

#[test]
fn an_event_before_its_step_is_no_reply() {
    let script = Script::new(pay_on_a_stream()).comes("Pay", "PayDone").ignored("DoStock");
    assert_snapshot!(script.text());
}

#[test]
fn without_a_name_for_done_an_accepted_command_is_done_unless_it_failed() {
    let mut step = Step::new("pay");
    step.shape.done.clear();
    let plan = Plan::new(vec![step]);
    let done = Script::new(plan.clone()).accepted("DoPay", &["PayTaken"]).text();
    let failed = Script::new(plan).accepted("DoPay", &["PayTaken", "PayFailed"]).text();
    assert_snapshot!(format!("{done}\n{failed}"));
}

#[test]
fn an_answer_that_says_neither_done_nor_failed_is_unknown() {
    let plan = Plan::new(vec![Step::new("stock").for_each(&["a", "b"])]);
    let script = Script::new(plan)
        .accepted("DoStock a", &["StockHeld", "StockCounted"])
        .accepted("DoStock b", &["StockFailed"])
        .ignored("UndoStock a");
    assert_snapshot!(script.text());
}

#[test]
fn a_state_of_no_history_is_none() {
    let plan = pay_on_a_stream();
    let definition = annals_core::SagaLogic::definition(&plan);
    assert_eq!(annals_core::saga::started(definition, "k", &SagaEvent::Completed), None);
}

/// The names under which a history is stored: they never change.
#[test]
fn history_is_stored_under_these_names() {
    let streamed = Script::new(pay_on_a_stream())
        .ignored("DoStock")
        .accepted("DoPay", &["PayAsked"])
        .at(100)
        .ignored("UndoPay")
        .comes("Pay", "PayDone")
        .ignored("UndoPay")
        .rejected("UndoStock", "Gone");
    let failed = Script::new(pay_on_a_stream()).rejected("DoStock", "Gone").ignored("Fail");
    let done = Script::new(Plan::new(vec![Step::new("pay")])).ignored("DoPay");
    let names: Vec<_> = [streamed, failed, done].iter().map(Script::names).collect();
    assert_snapshot!(names.join("\n"));
}

#[test]
fn without_the_definition_steps_are_numbered() {
    let script = Script::new(pay_on_a_stream()).accepted("DoStock", &["StockDone"]).at(100);
    assert_snapshot!(script.undefined());
}

#[test]
fn an_event_is_kept_as_it_was_recorded() {
    let mut event = super::script::placed();
    event.event.metadata.correlation_id = uuid::Uuid::from_u128(9);
    let kept = annals_core::saga::KeptEvent::from(&event);
    assert_eq!((kept.id(), kept.metadata()), (event.event.id, &event.event.metadata));
    assert_eq!(kept.recorded(), event);
}

#[test]
fn who_only_waits_for_a_reply_is_open() {
    let script = Script::new(pay_on_a_stream()).ignored("DoStock").accepted("DoPay", &["PayAsked"]);
    assert!(script.state.open() && script.state.unanswered().is_empty());
}
