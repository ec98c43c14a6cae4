//! What a turn looks at, by the server's own count. Tests on a real server.

use crate::books::{Letters, page_of_letters, page_of_sagas};
use crate::outcomes::{alone, by_events};
use crate::query::plans::{looked_at, plan_of, session, url};
use crate::readers::PAGE;
use crate::{OpenOptions, PostgresStore};

/// 3,000 of everything, the outcomes of one correlation.
const FILL: &str = "
    INSERT INTO annals_letters
      SELECT n, 'r', 'a', n, gen_random_uuid(), 'Paid.v1', 'failed', 1, 'no', NULL, now(), now()
      FROM generate_series(1, 3000) n;
    INSERT INTO annals_sagas
      SELECT 'Fulfilment', lpad(n::text, 5, '0'), 'running', '', n % 2 = 0, NULL, 1, 'f1', now(),
        now(), '{}' FROM generate_series(1, 3000) n;
    INSERT INTO annals_retries SELECT 'r', n, 1, 0, 'no' FROM generate_series(1, 3000) n;
    INSERT INTO annals_requests (kind, letter)
      SELECT 'later', n FROM generate_series(1, 3000) n;
    INSERT INTO annals_outcomes
      SELECT lpad(n::text, 32, '0')::uuid, lpad('7', 32, '0')::uuid, now(), 'Order', 'o1', 'Pay',
        decode(repeat('07', 32), 'hex'), '{}', n > 3000 FROM generate_series(1, 6000) n;
    INSERT INTO event_store (position, version, time, id, correlation_id, command_id, encoding,
        aggregate, aggregate_id, event_type, data)
      SELECT n, n, now(), gen_random_uuid(), lpad('7', 32, '0')::uuid,
        lpad((3000 + n)::text, 32, '0')::uuid, 0, 'Order', 'o1', 'Paid.v1', '{}'
      FROM generate_series(1, 3000) n;
    ANALYZE annals_letters, annals_sagas, annals_retries, annals_requests, annals_outcomes";

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_looks_at_a_page_whatever_is_wanted() {
    let url = url("turns");
    drop(PostgresStore::open(&url, OpenOptions::default()).await.unwrap());
    let (client, _) = session(&url).await;
    client.batch_execute(FILL).await.unwrap();
    let (of_retries, of_requests) = ("consumer = $4 AND ", ("", "request"));
    let retries = super::page(("reason", "annals_retries"), (of_retries, "position"), "true");
    let requests = super::page(("kind", "annals_requests"), of_requests, "kind = 'redrive'");
    let (zero, id) = ("'00000000-0000-0000-0000-000000000000'", "lpad('7', 32, '0')::uuid");
    let all_letters = ["0", "1000", "'never'", "NULL", "'{failed}'"].as_slice();
    let all_sagas = ["'00100'", "1000", "'Fulfilment'", "'never'"].as_slice();
    let cases = [
        ("letters", page_of_letters(Letters::All), all_letters),
        (
            "a consumer's letters",
            page_of_letters(Letters::Consumer),
            &["100", "1000", "'r'", "'never'", "'{failed}'", "7"],
        ),
        ("sagas", page_of_sagas(false, false), all_sagas),
        ("open sagas", page_of_sagas(false, true), &["''", "1000", "'Fulfilment'", "'never'"]),
        ("retries", retries, &["100", "1000", "'r'"]),
        ("requests", requests, &["100", "1000"]),
        ("outcomes without events", alone(), &[zero, "1000", id]),
        ("outcomes by events", by_events(), &["100", "500", id]),
    ];
    for (name, sql, bound) in cases {
        let mut bound: Vec<String> = bound.iter().map(|&it| it.to_owned()).collect();
        // As many to be given.
        bound.insert(2, "1000".to_owned());
        let plan = plan_of(&client, &sql.replace("{beyond}", ">="), &bound).await;
        // One more tells that a command id has no further stream.
        let looked = looked_at(&plan) - PAGE as f64;
        assert!((0.0..=1.0).contains(&looked), "{name}: {looked} more: {plan:#}");
        assert!(!plan.to_string().contains("Seq Scan"), "{name}: {plan:#}");
    }
    let one = ["0", "1", "1", "NULL", "NULL", "'{}'", "7"].map(str::to_owned);
    let sql = page_of_letters(Letters::One).replace("{beyond}", ">");
    let plan = plan_of(&client, &sql, &one).await;
    assert_eq!(looked_at(&plan), 1.0, "{plan:#}");
    let one = ["''", "1000", "1", "'Fulfilment'", "NULL", "'00007'"].map(str::to_owned);
    let plan = plan_of(&client, &page_of_sagas(true, false).replace("{beyond}", ">="), &one).await;
    assert_eq!(looked_at(&plan), 1.0, "{plan:#}");
}
