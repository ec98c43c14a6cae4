//! Events of a model that are named as the histories of sagas name theirs: nobody takes the one for
//! the other.

use crate::common::{Running, annals, folder};

const MAIL: &str = r#"annals: 1
name: mail
services: { post: {} }
aggregates:
  Mail:
    service: post
    id: { mail_id: text }
    state: { sent: bool }
    commands:
      StartMail: { emit: MailStarted }
      WorkMail: { emit: MailWorked }
      SendMail: { emit: StepStarted }
    events:
      MailStarted: { versions: { 1: {} } }
      MailWorked: { versions: { 1: {} } }
      StepStarted: { versions: { 1: {} }, set: { sent: true } }
sagas:
  Posting:
    service: post
    start: MailStarted
    key: mail_id
    steps:
      work: { send: WorkMail, done: MailWorked, timeout: 1m }
"#;

fn projection(name: &str, update: &str) -> String {
    format!(
        "  {name}:\n    service: post\n    update: {update}\n    key: mail_id\n    \
         columns: {{ mail_id: text, steps: int }}\n    \
         on: {{ StepStarted: {{ steps: =row.steps + 1 }} }}\n"
    )
}

#[test]
fn an_event_may_be_named_like_one_of_a_sagas_history() {
    let folder = folder("names");
    let with = |projections: &str| {
        std::fs::write(folder.join("mail.yaml"), format!("{MAIL}projections:\n{projections}"))
    };
    with(&projection("eventually", "eventual")).unwrap();
    let system = Running::start(&folder, &["mail.yaml"]);
    assert_eq!(system.post("/commands/Mail/a/StartMail", "{}").0, 200);
    assert_eq!(system.post("/commands/Mail/b/SendMail", "{}").0, 200);
    drop(system);
    // One that is added later reads the whole log when it starts.
    let both = [("at_once", "immediate"), ("eventually", "eventual")];
    with(&both.map(|(name, update)| projection(name, update)).concat()).unwrap();
    let run = annals(&folder, &["run", "mail.yaml", "--listen", "127.0.0.1:0", "--until-idle"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let sagas = annals(&folder, &["sagas", "list", "--json"]).json();
    assert_eq!(sagas[0]["status"], "completed", "there is a history");
    for (name, _) in both {
        let rows = annals(&folder, &["projections", "show", name, "--json"]).json();
        assert_eq!(rows, serde_json::json!([{ "mail_id": "b", "steps": 1 }]), "{name}");
    }
    assert_eq!(annals(&folder, &["dead-letters", "list", "--json"]).json(), serde_json::json!([]));
}
