//! Going forward, and turning round.

use insta::assert_snapshot;

use super::plan::{Plan, Step};
use super::script::Script;

fn stock_and_pay() -> Plan {
    let steps = vec![Step::new("stock").for_each(&["a", "b"]), Step::new("pay").then()];
    Plan::new(steps).completes().fails()
}

#[test]
fn steps_follow_one_another_and_branches_run_side_by_side() {
    let script = Script::new(stock_and_pay())
        .accepted("DoStock b", &["StockDone"])
        .accepted("DoStock a", &["Counted", "StockDone"])
        .accepted("DoPay", &["PayDone"])
        .accepted("AfterPay", &["OrderPaid"])
        .accepted("Complete", &["OrderCompleted"]);
    assert_snapshot!(script.text());
}

#[test]
fn what_finished_a_step_is_known_to_the_later_ones() {
    let plan = Plan::new(vec![Step::new("pay"), Step::new("ship"), Step::new("tell")]);
    let script = Script::new(plan).accepted("DoPay", &["PayDone"]).ignored("DoShip");
    assert_snapshot!(script.text());
}

#[test]
fn a_saga_without_commands_at_its_ends_completes_and_fails_without() {
    let plan = Plan::new(vec![Step::new("pay")]);
    let done = Script::new(plan.clone()).accepted("DoPay", &["PayDone"]).text();
    let failed = Script::new(plan).accepted("DoPay", &["PayFailed"]).text();
    assert_snapshot!(format!("{done}\n{failed}"));
}

#[test]
fn an_empty_list_is_done_and_what_follows_it_is_sent() {
    let plan = Plan::new(vec![
        Step::new("stock").for_each(&[]),
        Step::new("pack").for_each(&[]).then(),
        Step::new("pay"),
    ]);
    assert_snapshot!(Script::new(plan).ignored("AfterPack").text());
}

#[test]
fn an_ignored_command_is_done() {
    let script = Script::new(stock_and_pay())
        .ignored("DoStock a")
        .ignored("DoStock b")
        .ignored("DoPay")
        .ignored("AfterPay")
        .ignored("Complete");
    assert_snapshot!(script.text());
}

#[test]
fn the_branches_in_flight_are_awaited_then_the_done_ones_are_compensated() {
    let plan = Plan::new(vec![Step::new("stock").for_each(&["a", "b", "c"])]).fails();
    let script = Script::new(plan)
        .accepted("DoStock b", &["StockFailed"])
        .rejected("DoStock a", "Closed")
        .accepted("DoStock c", &["StockDone"])
        .accepted("UndoStock", &["StockBack"])
        .ignored("Fail");
    assert_snapshot!(script.text());
}

#[test]
fn steps_are_compensated_in_reverse_and_each_is_awaited() {
    let steps = vec![
        Step::new("one").for_each(&["a", "b"]),
        Step::new("two").uncompensated(),
        Step::new("three"),
        Step::new("four"),
    ];
    let script = Script::new(Plan::new(steps).fails())
        .accepted("DoOne a", &["OneDone"])
        .accepted("DoOne b", &["OneDone"])
        .accepted("DoTwo", &["TwoDone"])
        .accepted("DoThree", &["ThreeDone"])
        .rejected("DoFour", "NotAllowed")
        .ignored("UndoThree")
        .ignored("UndoOne b")
        .ignored("UndoOne a")
        .ignored("Fail");
    assert_snapshot!(script.text());
}

#[test]
fn a_rejected_then_fails_the_step_which_is_compensated_too() {
    let script = Script::new(stock_and_pay())
        .ignored("DoStock a")
        .ignored("DoStock b")
        .accepted("DoPay", &["PayDone"])
        .rejected("AfterPay", "NotAllowed")
        .ignored("UndoPay");
    assert_eq!(&*script.state.failure, "pay: NotAllowed");
    assert_snapshot!(script.text());
}

#[test]
fn an_event_that_cancels_turns_it_round() {
    let script = Script::new(stock_and_pay())
        .ignored("DoStock a")
        .cancelled(None)
        .cancelled(None)
        .accepted("DoStock b", &["StockDone"])
        .ignored("UndoStock a")
        .ignored("UndoStock b")
        .ignored("Fail")
        .cancelled(None);
    assert_snapshot!(script.text());
}

#[test]
fn what_it_causes_itself_does_not_cancel_it() {
    let script = Script::new(stock_and_pay())
        .ignored("DoStock a")
        .cancelled(Some("DoStock a"))
        .rejected("DoStock b", "Closed")
        .ignored("UndoStock a")
        .cancelled(Some("Fail"))
        .ignored("Fail")
        .cancelled(Some("Fail"));
    assert_snapshot!(script.text());
}

#[test]
fn it_cannot_be_cancelled_any_more_once_what_completes_it_is_sent() {
    let script = Script::new(Plan::new(vec![Step::new("pay")]).completes())
        .ignored("DoPay")
        .cancelled(None)
        .ignored("Complete");
    assert_snapshot!(script.text());
}

#[test]
fn answers_that_come_twice_or_to_nobody_change_nothing() {
    let script = Script::new(stock_and_pay())
        .accepted("DoStock a", &["StockDone"])
        .accepted("DoStock a", &["StockFailed"])
        .rejected("DoStock a", "Closed")
        .rejected("DoStock b", "Closed")
        .accepted("DoStock b", &["StockDone"])
        .ignored("UndoStock a")
        .rejected("UndoStock a", "Closed")
        .ignored("Fail")
        .rejected("Fail", "Closed")
        .at(1_000_000);
    assert_snapshot!(script.text());
}
