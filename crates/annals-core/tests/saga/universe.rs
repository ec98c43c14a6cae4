//! The law: whatever happens around it, a saga ends, and what it leaves behind is right.

use std::collections::BTreeMap;

use annals_core::SagaLogic;
use annals_core::saga::{Answered, SagaEvent, SagaStatus, Target};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::plan::{Plan, Step};
use super::world::{Broken, World};

/// What happens to one instance.
#[derive(Clone, Debug)]
pub(crate) struct Fate {
    plan: Plan,
    happenings: Vec<(u8, u8, u8)>,
    end: u8,
}

fn step() -> impl Strategy<Value = (usize, bool, bool, bool, Option<i64>)> {
    let timeout = proptest::option::of(1_i64..300);
    (0_usize..5, any::<bool>(), prop::bool::weighted(0.8), prop::bool::weighted(0.3), timeout)
}

/// A saga of one to four steps, and what happens to it.
pub(crate) fn fates() -> impl Strategy<Value = Fate> {
    let happenings = prop::collection::vec(any::<(u8, u8, u8)>(), 0..60);
    let steps = prop::collection::vec(step(), 1..=4);
    (steps, any::<(bool, bool)>(), happenings, any::<u8>()).prop_map(
        |(steps, (completes, fails), happenings, end)| {
            let names = ["one", "two", "three", "four"];
            let made =
                steps.into_iter().zip(names).map(|((fan, streamed, back, then, us), name)| {
                    let mut step = Step::new(name);
                    match fan {
                        4 if streamed => step = step.streamed(),
                        4 => {}
                        fan => step = step.for_each(&["a", "b", "c"][..fan]),
                    }
                    // A reply that may never come needs a timeout, as a reader of the file would
                    // expect.
                    let streamed = step.shape.reply == annals_core::Reply::Stream;
                    if let Some(us) = us.or(streamed.then_some(50)) {
                        step = step.timeout(us);
                    }
                    step = if then { step.then() } else { step };
                    if back { step } else { step.uncompensated() }
                });
            let plan = Plan::new(made.collect());
            let plan = if completes { plan.completes() } else { plan };
            Fate { plan: if fails { plan.fails() } else { plan }, happenings, end }
        },
    )
}

/// Lets it happen in a world, and judges the end.
pub(crate) fn lived(fate: &Fate, broken: Broken) -> Result<SagaStatus, String> {
    let mut world = World::new(fate.plan.clone(), broken);
    for (what, pick, how) in &fate.happenings {
        world.happen(*what, *pick, *how)?;
    }
    world.settle(fate.end)?;
    judge(&world)?;
    Ok(world.state.status)
}

fn require(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn judge(world: &World) -> Result<(), String> {
    let state = &world.state;
    require(!state.open(), || format!("{:?} and open", state.status))?;
    never_overtakes(world)?;
    reverse(world)?;
    let refused = world.acts.iter().any(|act| {
        act.rejected && !matches!(act.target, Target::Forward { .. } | Target::Then { .. })
    });
    require(refused == (state.status == SagaStatus::Stuck), || {
        format!("{:?}, although something back was rejected: {refused}", state.status)
    })?;
    let ending = |target| world.acts.iter().filter(|act| act.target == target).count();
    let (completes, fails) = (ending(Target::Complete), ending(Target::Fail));
    let definition = world.logic.definition();
    match state.status {
        SagaStatus::Completed => {
            require((completes, fails) == (usize::from(definition.completes), 0), || {
                format!("completed, with {completes} complete and {fails} fail")
            })?;
            let undone = |act: &super::world::Act| matches!(act.target, Target::Back { .. });
            require(!world.acts.iter().any(undone), || "completed, and compensated".into())?;
            require(state.failure.is_empty(), || "completed, with a failure".into())
        }
        SagaStatus::Failed => {
            require((completes, fails) == (0, usize::from(definition.fails)), || {
                format!("failed, with {completes} complete and {fails} fail")
            })?;
            compensated_once(world)?;
            nothing_left(world)?;
            says_why(world)
        }
        SagaStatus::Stuck => {
            let alarm = state.alarm.as_deref().unwrap_or_default();
            require(alarm.contains("Gone") && alarm.contains("by hand"), || {
                format!("the alarm doesn't say what to do: {alarm}")
            })
        }
        SagaStatus::Running | SagaStatus::Compensating => Err("it didn't end".into()),
    }
}

/// A compensation is carried out after its step's command, on the same target.
fn never_overtakes(world: &World) -> Result<(), String> {
    let mut forward = Vec::new();
    for act in &world.acts {
        match act.target {
            Target::Forward { step, branch } => forward.push((step, branch, &act.command.stream)),
            Target::Back { step, branch } | Target::Late { step, branch } => {
                require(forward.contains(&(step, branch, &act.command.stream)), || {
                    format!("{:?} overtook its step", act.target)
                })?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The later steps are compensated first.
fn reverse(world: &World) -> Result<(), String> {
    let backs: Vec<usize> = world
        .acts
        .iter()
        .filter_map(|act| match act.target {
            Target::Back { step, .. } => Some(step),
            _ => None,
        })
        .collect();
    require(backs.is_sorted_by(|one, next| one >= next), || {
        format!("compensated in the order {backs:?}")
    })
}

/// What was done or unknown when it turned is compensated exactly once, and nothing else is.
fn compensated_once(world: &World) -> Result<(), String> {
    let mut expected: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for event in &world.history {
        match event {
            SagaEvent::StepStarted { step, commands, .. }
                if world.logic.definition().steps[*step].compensates =>
            {
                expected.extend((0..commands.len()).map(|branch| ((*step, branch), 1)));
            }
            SagaEvent::CommandAnswered { target: Target::Forward { step, branch }, answer }
            | SagaEvent::BranchReplied { step, branch, answer } => {
                if matches!(answer, Answered::Failed(_) | Answered::Rejected(_)) {
                    expected.remove(&(*step, *branch));
                }
            }
            SagaEvent::Turned { .. } => break,
            _ => {}
        }
    }
    let mut got = BTreeMap::new();
    for act in &world.acts {
        if let Target::Back { step, branch } = act.target {
            *got.entry((step, branch)).or_default() += 1;
        }
    }
    require(got == expected, || format!("compensated {got:?} instead of {expected:?}"))
}

/// Whatever took effect was undone after it, as often as it was told late.
fn nothing_left(world: &World) -> Result<(), String> {
    for (at, act) in world.acts.iter().enumerate() {
        let Target::Forward { step, branch } = act.target else { continue };
        if !act.effect || !world.logic.definition().steps[step].compensates {
            continue;
        }
        let undone = world.acts[at..].iter().any(|later| match later.target {
            Target::Back { step: s, branch: b } | Target::Late { step: s, branch: b } => {
                (s, b) == (step, branch) && later.effect
            }
            _ => false,
        });
        require(undone, || format!("{:?} took effect and was never undone", act.target))?;
    }
    Ok(())
}

/// The failure names the step that was running, and an event, a rejection or a timeout.
fn says_why(world: &World) -> Result<(), String> {
    let failure = &*world.state.failure;
    let (step, why) = failure.split_once(": ").ok_or_else(|| format!("failure: {failure}"))?;
    let steps = &world.logic.definition().steps;
    let at = steps.iter().position(|one| &*one.name == step);
    let at = at.ok_or_else(|| format!("no step: {failure}"))?;
    let started = |event: &SagaEvent| match event {
        SagaEvent::StepStarted { step, .. } => Some(*step),
        _ => None,
    };
    let last = world.history.iter().filter_map(started).max();
    require(last == Some(at), || format!("not the step that ran: {failure}"))?;
    let known = ["timeout", "OrderCancelled", "NotAllowed", "Gone", "Other"];
    let known = known.contains(&why) || steps[at].failed.iter().any(|name| &**name == why);
    require(known, || format!("no reason: {failure}"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_saga_ends_and_leaves_nothing_behind(fate in fates()) {
        if let Err(wrong) = lived(&fate, Broken::No) {
            return Err(TestCaseError::fail(wrong));
        }
    }
}

#[test]
fn every_end_is_among_them() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..200 {
        let fate = fates().new_tree(&mut runner).expect("a fate").current();
        let end = lived(&fate, Broken::No).expect("it ends well");
        *ends.entry(end.name()).or_default() += 1;
    }
    assert_eq!(ends.len(), 3, "{ends:?}");
    assert!(ends.values().all(|count| *count >= 10), "{ends:?}");
}
