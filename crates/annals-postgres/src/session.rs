//! One connection: made, told what durability rests on, its statements prepared once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use annals_runtime::ports::StoreError;
use futures_util::TryStreamExt;
use futures_util::future::poll_fn;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::mpsc;
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls, Row, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::store_error;
use crate::url::Place;

/// A server that doesn't answer so long is not there.
const PATIENCE: Duration = Duration::from_secs(5);

/// As whom a session acts, once it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Whoever connects: makes and changes the schema.
    Owner,
    /// The engine: commits units of work, writes read models and books.
    Projections,
    /// Appends by the function, and reads.
    Application,
}

/// A connection and its statements. Many tasks may use it at once: calls are pipelined.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: Client,
    statements: Mutex<HashMap<String, Statement>>,
}

/// What other sessions say by NOTIFY: its payload.
pub(crate) type Notices = mpsc::UnboundedReceiver<String>;

impl Session {
    /// Connects.
    pub(crate) async fn connect(place: &Place, role: Role) -> Result<Self, StoreError> {
        Self::connect_with_notices(place, role).await.map(|(session, _)| session)
    }

    /// Connects, and hears what is notified.
    pub(crate) async fn connect_with_notices(
        place: &Place,
        role: Role,
    ) -> Result<(Self, Notices), StoreError> {
        let (send, notices) = mpsc::unbounded_channel();
        let silent = || StoreError::Unavailable(format!("{} doesn't answer", place.shown()));
        let made = async {
            let client = client(place, send).await?;
            let settings = settings(place, role);
            client.batch_execute(&settings).await.map_err(|error| store_error(&error))?;
            Ok::<_, StoreError>(client)
        };
        let client = tokio::time::timeout(PATIENCE, made).await.map_err(|_| silent())??;
        Ok((Self { client, statements: Mutex::default() }, notices))
    }

    /// The statement of a text, where it has been used.
    pub(crate) fn prepared(&self, sql: &str) -> Option<Statement> {
        self.known().get(sql).cloned()
    }

    /// The statement of a text, prepared at its first use.
    pub(crate) async fn statement(&self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = self.prepared(sql) {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        self.known().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// The rows of a statement, in a session that its caller has to itself.
    pub(crate) async fn query(
        &self,
        sql: &str,
        bound: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let statement = self.statement(sql).await?;
        self.client.query_raw(&statement, bound.iter().copied()).await?.try_collect().await
    }

    /// Whether it has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.client.is_closed()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Statement>> {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn client(
    place: &Place,
    notices: mpsc::UnboundedSender<String>,
) -> Result<Client, StoreError> {
    let failed = |error| store_error(&error);
    if place.encrypted {
        let tls = MakeRustlsConnect::new(tls(place)?);
        let (client, connection) = place.config.connect(tls).await.map_err(failed)?;
        drive(connection, notices);
        Ok(client)
    } else {
        let (client, connection) = place.config.connect(NoTls).await.map_err(failed)?;
        drive(connection, notices);
        Ok(client)
    }
}

/// What every session says of itself, whatever the server's own settings are. A session that its
/// process leaves in the middle of a transaction is ended within two seconds: nobody waits longer
/// for what it locked; one whose machine is gone, as soon as it has taken nothing for ten. Our
/// statements are seeks and walks along an index: a plan that scans and sorts is never right,
/// whatever a new store's statistics say.
pub(crate) fn settings(place: &Place, role: Role) -> String {
    let role = match role {
        Role::Owner => "",
        Role::Projections => "SET ROLE annals_projections;",
        Role::Application => "SET ROLE annals_application;",
    };
    format!(
        "SET search_path = \"{}\", pg_temp;\
         SET default_transaction_isolation = 'read committed';\
         SET default_transaction_read_only = off;\
         SET synchronous_commit = on;\
         SET plan_cache_mode = force_generic_plan;\
         SET lock_timeout = '10s';\
         SET statement_timeout = '60s';\
         SET tcp_user_timeout = '10s';\
         SET idle_in_transaction_session_timeout = '1500ms';\
         SET client_min_messages = warning;\
         SET timezone = 'UTC';\
         SET jit = off;\
         SET max_parallel_workers_per_gather = 0;\
         SET enable_seqscan = off;\
         SET enable_bitmapscan = off;\
         SET enable_hashjoin = off;\
         SET enable_mergejoin = off;{role}",
        place.schema
    )
}

/// Moves the connection on, in a task of its own, which ends with the session.
fn drive<S, T>(mut connection: Connection<S, T>, notices: mpsc::UnboundedSender<String>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        // An error ends the connection: the calls in flight hear of it.
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(notice) = message {
                // Whoever doesn't listen drops the other end.
                let _ = notices.send(notice.payload().to_owned());
            }
        }
    });
}

/// Certificates are verified, with the host's name: by the authorities of a file, or the web's.
fn tls(place: &Place) -> Result<ClientConfig, StoreError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = &place.roots {
        let unread = |error: &dyn std::fmt::Display| {
            StoreError::NotOurs(format!("sslrootcert {}: {error}", path.display()))
        };
        let certificates = CertificateDer::pem_file_iter(path).map_err(|error| unread(&error))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| unread(&error))?;
            roots.add(certificate).map_err(|error| unread(&error))?;
        }
    } else {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StoreError::NotOurs(format!("TLS: {error}")))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
