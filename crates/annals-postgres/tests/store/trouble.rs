//! What a server may say no to, and sessions that break.

use annals_core::{Cell, Column, ColumnType, Table};
use annals_runtime::ports::{Books, EventStore, Refusal, RowWrite, Unit};

use crate::common::{beside, command, fresh_url, open, person, schema, take};

fn colours() -> Table {
    let column = |name: &str, type_| Column { name: name.into(), type_, optional: false };
    let columns = vec![column("id", ColumnType::Text), column("colour", ColumnType::Text)];
    Table { name: "colours".into(), columns, key: 0 }
}

fn coloured(number: u64, colour: &str) -> Unit {
    let key = Cell::Text(number.to_string().into());
    let row = RowWrite {
        projection: "colours".into(),
        key: key.clone(),
        row: vec![key, Cell::Text(colour.into())],
        read: None,
        position: None,
    };
    Unit { rows: vec![row], ..command("a", number) }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unforeseen_error_takes_down_only_its_own_unit() {
    let url = fresh_url();
    let store = open(&url).await;
    store.prepare("orders", vec![colours()]).await.unwrap();
    // A rule of somebody else's, of which we know nothing.
    let rule = "ALTER TABLE colours ADD CHECK (colour <> 'red')";
    person(&url).await.batch_execute(rule).await.unwrap();
    let colour = |number| if number % 7 == 3 { "red" } else { "blue" };
    let units = (1..=20).map(|number| coloured(number, colour(number))).collect();
    let verdicts = store.commit(units).await.unwrap();
    for (verdict, number) in verdicts.iter().zip(1..) {
        let refused = matches!(verdict, Err(Refusal::Unstorable(why)) if why.contains("check"));
        assert_eq!(refused, colour(number) == "red", "{number}: {verdict:?}");
    }
    assert_eq!(store.head().await.unwrap().0, 17);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_end_are_made_anew() {
    let url = fresh_url();
    let store = open(&url).await;
    take(&*store, command("a", 1)).await;
    let end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
               WHERE application_name LIKE 'annals, process %' AND pid IN \
               (SELECT writer FROM annals_commits)";
    let person = person(&url).await;
    assert_eq!(person.query(end, &[]).await.unwrap().len(), 1, "the writer's session");
    // Behind such an end may be a store that was restored, to where it had no event of this type.
    let restored = "ALTER TABLE annals_types DISABLE TRIGGER USER; DELETE FROM annals_types; \
                    ALTER TABLE annals_types ENABLE TRIGGER USER";
    person.batch_execute(restored).await.unwrap();
    // The first may still go to the session that has ended: done or not, it isn't known.
    let mut verdicts = store.commit(vec![command("a", 2)]).await;
    if verdicts.is_err() {
        verdicts = store.commit(vec![command("a", 2)]).await;
    }
    assert!(matches!(verdicts.unwrap()[..], [Ok(_) | Err(Refusal::Duplicate(_))]));
    assert_eq!(store.head().await.unwrap().0, 2);
    let listed = person.query_one("SELECT count(*) FROM annals_types", &[]).await.unwrap();
    assert_eq!(listed.get::<_, i64>(0), 1, "a type that isn't listed is found by no query");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_command_fails_no_others_where_no_further_session_can_be_made() {
    let url = fresh_url();
    drop(open(&url).await);
    let (person, login) = (person(&url).await, format!("crowded_{}", schema(&url)));
    let role = format!("CREATE ROLE {login} LOGIN; GRANT annals_application TO {login}");
    person.batch_execute(&role).await.unwrap();
    let store = beside(&url.replace("annals_test@", &format!("{login}@"))).await;
    take(&*store, command("a", 1)).await;
    // All but the one that commits are gone, and no other may come.
    person.batch_execute(&format!("ALTER ROLE {login} CONNECTION LIMIT 0")).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = $1 \
               AND pid NOT IN (SELECT writer FROM annals_commits)";
    person.query(end, &[&login]).await.unwrap();
    let verdicts = store.commit(vec![command("a", 1), command("a", 2)]).await.unwrap();
    assert!(matches!(verdicts[..], [Err(Refusal::Duplicate(_)), Ok(_)]), "{verdicts:?}");
}
