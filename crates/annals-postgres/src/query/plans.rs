//! The plans of the hot statements, on a log of some size: seeks and walks along an index, and of a
//! stream its own partition only. Tests on a real server.

use std::sync::{Arc, Mutex, RwLock};

use annals_conformance::{event, row_write, stream, table};
use annals_core::{Position, Version};
use annals_runtime::ports::{
    Append, Books, CheckpointWrite, Condition, Criterion, EventStore, Expected, LogQuery,
    OutcomeWrite, RowWrite, Unit,
};
use serde_json::Value;
use tokio_postgres::{AsyncMessage, Client, NoTls, SimpleQueryMessage};
use uuid::Uuid;

use super::statement::{
    TYPES, count_types, most, rarest_tag, statement, stretch_below, version_at,
};
use super::{Sql, Way};
use crate::call::{Call, KnownTypes};
use crate::extend::{self, Extension, Known};
use crate::lists::Bound;
use crate::readers::PAGE;
use crate::session::{Role, settings};
use crate::streams::Streams;
use crate::tables::Declared;
use crate::url::Place;
use crate::{OpenOptions, PostgresStore};

#[expect(clippy::disallowed_methods, reason = "tests are told of the server in this way alone")]
pub(crate) fn url(name: &str) -> String {
    let server = std::env::var("ANNALS_TEST_POSTGRES")
        .expect("ANNALS_TEST_POSTGRES names no server; `cargo xtask services up postgres` does");
    format!("{server}?schema=plans_{name}_{}", std::process::id())
}

pub(crate) fn command(number: u64) -> Unit {
    let stream = stream(&format!("order-{}", number % 300));
    // As in a real log: many types, and few events of one correlation.
    let mut event = event(&format!("Order{}.v1", number % 40), number);
    event.metadata.correlation_id = Uuid::from_u64_pair(number / 3, 2);
    event.tags = [format!("customer:{}", number % 20).into(), "all".into()].into();
    let outcome = OutcomeWrite {
        stream: stream.clone(),
        command_id: Uuid::from_u64_pair(number, 4),
        command: "PlaceOrder".into(),
        correlation_id: event.metadata.correlation_id,
        time: event.time,
        request_hash: [7; 32],
        outcome: (*b"{}").into(),
    };
    let append = Append { stream, expected: Expected::Any, events: vec![event] };
    Unit { appends: vec![append], outcome: Some(outcome), ..Unit::default() }
}

/// How many events [`filled`] appends.
pub(super) const EVENTS: u64 = 2_000;

pub(super) async fn filled(url: &str) -> PostgresStore {
    let store = PostgresStore::open(url, OpenOptions::default()).await.unwrap();
    store.prepare("orders", vec![table("summary")]).await.unwrap();
    for block in 0..EVENTS / 250 {
        let units = (1..=250).map(|at| command(block * 250 + at)).collect();
        for verdict in store.commit(units).await.unwrap() {
            verdict.unwrap();
        }
    }
    store
}

/// A session as ours are, but as the superuser, with what the server notices.
pub(crate) async fn session(url: &str) -> (Client, Arc<Mutex<Vec<String>>>) {
    let place = Place::parse(url).unwrap();
    let (client, mut connection) = place.config.connect(NoTls).await.unwrap();
    let notices = Arc::<Mutex<Vec<String>>>::default();
    let heard = notices.clone();
    tokio::spawn(async move {
        let next = |context: &mut std::task::Context<'_>| connection.poll_message(context);
        let mut messages = futures_util::stream::poll_fn(next);
        while let Some(Ok(message)) = futures_util::StreamExt::next(&mut messages).await {
            if let AsyncMessage::Notice(notice) = message {
                heard.lock().unwrap().push(notice.message().to_owned());
            }
        }
    });
    client.batch_execute(&settings(&place, Role::Owner)).await.unwrap();
    client.batch_execute("ANALYZE event_store, annals_tags, annals_outcomes").await.unwrap();
    // As where the log is so large that many processes seem cheaper than one.
    let cheap = "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; \
                 SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0";
    client.batch_execute(cheap).await.unwrap();
    (client, notices)
}

/// What was bound, as SQL.
fn literal(bound: &(dyn tokio_postgres::types::ToSql + Sync + Send)) -> String {
    let shown = format!("{bound:?}").replace('"', "'");
    match shown.chars().next() {
        Some('[') => format!("ARRAY{shown}"),
        _ if Uuid::try_parse(&shown).is_ok() => format!("'{shown}'"),
        _ => shown,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_of_the_log_walk_along_indexes() {
    let url = url("queries");
    let _store = filled(&url).await;
    let (client, _) = session(&url).await;
    let all = LogQuery { limit: 100, ..LogQuery::default() };
    let (correlation_id, order) = (Uuid::from_u64_pair(1, 2), stream("order-7"));
    let of_one = LogQuery { correlation_id: Some(correlation_id), ..all.clone() };
    let (back, names) = (LogQuery { backward: true, ..all.clone() }, vec!["Order7".into()]);
    let tags = LogQuery { tags: vec!["customer:7".into(), "all".into()], ..all.clone() };
    let of_stream = LogQuery { stream: Some(order.clone()), ..all.clone() };
    let names = LogQuery { names, without_sagas: true, ..all.clone() };
    let queries = [
        ("log", all.clone(), Way::Log),
        ("log backward", back, Way::Log),
        ("log by name", names.clone(), Way::Log),
        ("by name", names.clone(), Way::Types),
        ("by aggregate", LogQuery { aggregate: Some("Order".into()), ..all.clone() }, Way::Types),
        ("by tags", tags.clone(), Way::Tag("customer:7")),
        ("by correlation", of_one, Way::Correlation(correlation_id)),
        ("by stream", of_stream.clone(), Way::Stream(&order)),
    ];
    let statements = queries.map(|(name, query, way)| (name, statement(&query, way, 7, 100)));
    let seek = LogQuery { after: Position(1_000), ..of_stream };
    let others = [
        ("log below the head", stretch_below(7, 107)),
        ("how many types", count_types(&names)),
        ("the rarest tag", rarest_tag(&tags, 7)),
        ("where a stream is", version_at(&order, &seek)),
    ];
    let statements: Vec<(&str, Sql)> = statements.into_iter().chain(others).collect();
    let mut plans = String::new();
    for (name, sql) in statements {
        let bound: Vec<String> = sql.bound.iter().map(|bound| literal(&**bound)).collect();
        let statement = format!("\"{name}\"");
        client.batch_execute(&format!("PREPARE {statement} AS {}", sql.text)).await.unwrap();
        let explain = format!("EXPLAIN (COSTS OFF) EXECUTE {statement} ({})", bound.join(", "));
        let rows = client.simple_query(&explain).await.unwrap();
        plans.push_str(&format!("{name}\n"));
        for message in rows {
            if let SimpleQueryMessage::Row(row) = message {
                plans.push_str(&format!("  {}\n", row.get(0).unwrap_or_default()));
            }
        }
    }
    assert!(!plans.contains("Seq Scan") && !plans.contains("Gather"), "{plans}");
    insta::assert_snapshot!(plans);
}

/// Rows that a plan's scans looked at, by the server's count.
pub(crate) fn looked_at(plan: &Value) -> f64 {
    let number = |key: &str| plan[key].as_f64().unwrap_or_default();
    let rows = number("Actual Rows") + number("Rows Removed by Filter");
    let own = if plan["Relation Name"].is_string() { rows * number("Actual Loops") } else { 0.0 };
    own + plan["Plans"].as_array().into_iter().flatten().map(looked_at).sum::<f64>()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_looks_at_so_many_rows_whatever_its_filters() {
    let url = url("looks");
    let store = filled(&url).await;
    let one = |number| Unit { outcome: None, ..command(number) };
    let long = |number| {
        let mut unit = one(number);
        unit.appends[0].stream = stream("long");
        unit.appends[0].events[0].metadata.correlation_id = Uuid::from_u64_pair(0, 9);
        unit
    };
    for verdict in store.commit((1..=2_000).map(long).collect()).await.unwrap() {
        verdict.unwrap();
    }
    let (client, _) = session(&url).await;
    let any = LogQuery::default;
    let tags = vec!["customer:7".into(), "all".into()];
    let never = || LogQuery { names: vec!["Never".into()], ..any() };
    let rare = LogQuery { aggregate: Some("Never".into()), tags: tags.clone(), ..never() };
    // Of as many types as are sought along their index.
    let names = (0..TYPES).map(|n| format!("Order{n}").into()).collect();
    let of_types = LogQuery { names, ..any() };
    let (long, id) = (stream("long"), Uuid::from_u64_pair(0, 9));
    let by = |tag| Way::Tag(tag);
    let (one_tag, all) = (vec!["all".into()], LogQuery { tags: tags.clone(), ..any() });
    let ways = [
        (any(), Way::Log),
        (never(), Way::Log),
        (of_types, Way::Types),
        (LogQuery { tags: one_tag, ..never() }, by("all")),
        (all, by("all")),
        (rare.clone(), by("all")),
        (rare.clone(), Way::Correlation(id)),
        (LogQuery { stream: Some(long.clone()), ..rare }, Way::Stream(&long)),
    ];
    for (query, way) in ways {
        for backward in [false, true] {
            let query = LogQuery { backward, ..query.clone() };
            let place = if backward { i64::MAX } else { 0 };
            let plan = ran(&client, &statement(&query, way, place, most(&query, way))).await;
            let looked = looked_at(&plan);
            let most = (PAGE + TYPES) as f64;
            assert!(looked <= most, "{way:?} looked at {looked} rows: {plan:#}");
            assert!(looked >= (PAGE / 3) as f64, "{way:?} looked at {looked} rows: {plan:#}");
        }
    }
    let both = LogQuery { tags, ..any() };
    let plan = ran(&client, &rarest_tag(&both, 0)).await;
    assert_eq!(looked_at(&plan), (PAGE / 2 + 200) as f64, "{plan:#}");
}

/// The plan of one of our statements.
async fn ran(client: &Client, sql: &Sql) -> Value {
    let bound: Vec<String> = sql.bound.iter().map(|bound| literal(&**bound)).collect();
    plan_of(client, &sql.text, &bound).await
}

/// The plan of a statement that was run with these literals, with what the server counted.
pub(crate) async fn plan_of(client: &Client, sql: &str, bound: &[String]) -> Value {
    let prepare = format!("DEALLOCATE ALL; PREPARE turn AS {sql}");
    client.batch_execute(&prepare).await.unwrap();
    let explain = format!("EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE turn ({})", bound.join(", "));
    let plan = client.simple_query(&explain).await.unwrap();
    let plan: String = plan.iter().find_map(text).unwrap();
    let plan: Value = serde_json::from_str(&plan).unwrap();
    plan[0]["Plan"].clone()
}

fn text(message: &SimpleQueryMessage) -> Option<String> {
    match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(ToOwned::to_owned),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_sought_by_their_keys_also_where_the_server_knows_of_one() {
    let url = url("keys");
    let store = filled(&url).await;
    let table = table("summary");
    store.prepare("orders", vec![table.clone()]).await.unwrap();
    let select = Declared::new(table).select;
    let write = |number: i64| RowWrite {
        position: Some(Position(1)),
        ..row_write(&format!("{number}"), number)
    };
    store.commit(vec![Unit { rows: vec![write(0)], ..Unit::default() }]).await.unwrap();
    let (client, _) = session(&url).await;
    client.batch_execute("ANALYZE summary").await.unwrap();
    let rows = (1..1_000).map(write).collect();
    store.commit(vec![Unit { rows, ..Unit::default() }]).await.unwrap();
    let plan = plan_of(&client, &select, &["'{7,8}'".to_owned()]).await;
    assert_eq!(looked_at(&plan), 2.0, "{plan:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_seeks_and_never_scans() {
    let url = url("append");
    let _store = filled(&url).await;
    let (client, notices) = session(&url).await;
    let explain = "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; \
                   SET auto_explain.log_nested_statements = on; SET client_min_messages = log; \
                   SET auto_explain.log_level = log";
    client.batch_execute(explain).await.unwrap();
    let criterion =
        Criterion { names: vec!["Order7".into()], tags: vec!["customer:7".into(), "all".into()] };
    let none_of = vec![criterion, Criterion { names: vec!["Other".into()], tags: vec![] }];
    let condition = Condition { none_of, after: Position(2_000) };
    let moved = |from| CheckpointWrite {
        consumer: "it".into(),
        expected: Position(from),
        position: Position(from + 1),
        fingerprint: "1".into(),
    };
    let moved = |from| Unit { checkpoint: Some(moved(from)), ..Unit::default() };
    let units: Vec<Unit> = (3000..3020)
        .map(|it| Unit { condition: Some(condition.clone()), ..command(it) })
        .chain([moved(0)])
        .collect();
    let units: Vec<&Unit> = units.iter().collect();
    let call = Call::new(&units, &Arc::new(RwLock::default()), &KnownTypes::default());
    let mut bound: Vec<Bound<'_>> = call.lists.bound();
    bound.extend(call.lists.books.bound());
    let marks: Vec<String> = (1..=bound.len()).map(|number| format!("${number}")).collect();
    let sql = format!("SELECT verdict FROM annals_commit({})", marks.join(", "));
    let rows = client.query(&sql, &bound).await.unwrap();
    assert_eq!(rows[0].get::<_, Vec<i32>>(0)[0], 0);
    // As an engine does, which has seen none of these streams. Up to the one that matches the
    // condition, the call before has extended each.
    let mut types = KnownTypes::default();
    let units = (3300..3308).map(|number| {
        let mut unit = command(number);
        let append = &mut unit.appends[0];
        append.expected = Expected::Exactly(Version(if number == 3300 { 7 } else { 8 }));
        types.extend([(append.events[0].type_.clone(), append.stream.aggregate.clone())]);
        let none_of = vec![Criterion { names: vec![], tags: vec!["Other".into()] }];
        Unit { condition: Some(Condition { none_of, after: Position(2_000) }), ..unit }
    });
    let units: Vec<Unit> = units.chain([moved(1)]).collect();
    let units: Vec<&Unit> = units.iter().collect();
    let (streams, tables) = (Streams::default(), Arc::default());
    let known = Known { streams: &streams, types: &types, tables: &tables };
    let call = Extension::of(&units, known).unwrap();
    let rows = client.query(extend::SQL, &call.bound()).await.unwrap();
    assert_eq!(rows[0].get::<_, Option<i64>>(0), Some(2_008));
    let plans = notices.lock().unwrap().join("\n");
    for of in [
        "Index Only Scan",
        "INSERT INTO event_store",
        "FROM annals_outcomes",
        "annals_tags",
        "unnest(c_stream, c_version)",
        "UPDATE annals_checkpoints",
    ] {
        assert!(plans.contains(of), "{of} isn't in the plans:\n{plans}");
    }
    assert!(!plans.contains("Seq Scan"), "{plans}");
}
