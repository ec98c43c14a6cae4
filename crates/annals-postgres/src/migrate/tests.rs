//! Migrations on a real server.

use tokio_postgres::{Client, NoTls};

use crate::migrate::migrate;
use crate::query::plans::url;
use crate::url::Place;

async fn connected(url: &str) -> (Client, Place) {
    let place = Place::parse(url).unwrap();
    let (client, connection) = place.config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    (client, place)
}

/// In a database of its own, where one statement of a migration takes longer than the session
/// allows: as an index of a large store does.
#[tokio::test(flavor = "multi_thread")]
async fn a_migration_takes_as_long_as_it_takes() {
    let (own, database) = (url("migrate"), format!("slow_{}", std::process::id()));
    let (client, _) = connected(&own).await;
    client.batch_execute(&format!("CREATE DATABASE {database}")).await.unwrap();
    let url = own.replace("/postgres?", &format!("/{database}?"));
    let (mut slow, place) = connected(&url).await;
    let slowly = "CREATE FUNCTION public.slow() RETURNS event_trigger LANGUAGE plpgsql AS \
                  $$ BEGIN PERFORM pg_sleep(0.7); END $$; \
                  CREATE EVENT TRIGGER slow ON ddl_command_start WHEN TAG IN ('CREATE VIEW') \
                  EXECUTE FUNCTION public.slow(); SET statement_timeout = '500ms'";
    slow.batch_execute(slowly).await.unwrap();
    migrate(&mut slow, &place).await.unwrap();
    let error = slow.batch_execute("SELECT pg_sleep(0.7)").await.unwrap_err();
    assert_eq!(error.code(), Some(&tokio_postgres::error::SqlState::QUERY_CANCELED));
    drop(slow);
    let drop = format!("DROP DATABASE {database} WITH (FORCE)");
    client.batch_execute(&drop).await.unwrap();
}
