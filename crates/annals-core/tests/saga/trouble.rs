//! What a person must set right: rejections on the way back, and expressions that fail.

use insta::assert_snapshot;

use super::plan::{Plan, Step};
use super::script::Script;

fn two_steps() -> Plan {
    Plan::new(vec![Step::new("stock").for_each(&["a", "b"]), Step::new("pay")]).completes().fails()
}

fn to_the_second(plan: Plan) -> Script {
    Script::new(plan).ignored("DoStock a").ignored("DoStock b")
}

#[test]
fn a_rejected_compensation_is_stuck_and_says_what_to_do() {
    let script = to_the_second(two_steps())
        .rejected("DoPay", "NoCredit")
        .rejected("UndoStock a", "Gone")
        .rejected("UndoStock b", "Locked")
        .cancelled(None);
    assert_snapshot!(script.text());
}

#[test]
fn a_rejected_complete_is_stuck() {
    let script = to_the_second(two_steps()).ignored("DoPay").rejected("Complete", "NotAllowed");
    assert_snapshot!(script.text());
}

#[test]
fn a_rejected_fail_is_stuck() {
    let plan = Plan::new(vec![Step::new("pay")]).fails();
    let script = Script::new(plan).rejected("DoPay", "NoCredit").rejected("Fail", "NotAllowed");
    assert_snapshot!(script.text());
}

#[test]
fn a_rejected_compensation_of_what_was_done_late_is_stuck_although_it_had_ended() {
    let plan = Plan::new(vec![Step::new("pay").streamed().timeout(100)]);
    let script = Script::new(plan)
        .accepted("DoPay", &["PayAsked"])
        .at(100)
        .ignored("UndoPay")
        .comes("Pay", "PayDone")
        .rejected("UndoPay", "Gone");
    assert_snapshot!(script.text());
}

#[test]
fn what_cannot_be_evaluated_going_forward_fails_the_step() {
    let step = to_the_second(two_steps().broken("DoPay")).text();
    let then = Plan::new(vec![Step::new("pay").then()]).broken("AfterPay");
    let then = Script::new(then).ignored("DoPay").text();
    assert_snapshot!(format!("{step}\n{then}"));
}

#[test]
fn what_cannot_be_evaluated_going_back_is_stuck() {
    let back = to_the_second(two_steps().broken("UndoStock")).rejected("DoPay", "NoCredit");
    let one = || Plan::new(vec![Step::new("pay").streamed().timeout(100)]);
    let complete = Script::new(one().completes().broken("Complete")).ignored("DoPay");
    let fail = Script::new(one().fails().broken("Fail")).rejected("DoPay", "NoCredit");
    let texts = [back.text(), complete.text(), fail.text()];
    assert_snapshot!(texts.join("\n"));
}
