//! Where a store is, as a URL: `postgres://user:password@host:port/database?schema=annals`. What is
//! ours in it (`schema`, `sslrootcert`) is taken out, the rest is the driver's to read.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use annals_runtime::ports::StoreError;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// The schema of a store whose URL names none.
const SCHEMA: &str = "annals";

/// How long the other end of a session may be silent when it ought to say something.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server, a database in it, and a schema in that.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) config: Config,
    pub(crate) schema: String,
    /// PEM file of the authorities to trust in place of the web's.
    pub(crate) roots: Option<PathBuf>,
    /// Never without encryption, but on this machine.
    pub(crate) encrypted: bool,
}

impl Place {
    /// Reads a URL. What it says is never in an error, since it may hold a password.
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        let (bare, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut schema, mut roots, mut others) = (SCHEMA.to_owned(), None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("schema", name)) => schema = name.to_owned(),
                Some(("sslrootcert", path)) => roots = Some(PathBuf::from(path)),
                // We always verify: the stricter modes are what `require` is here.
                Some(("sslmode", "verify-full" | "verify-ca")) => others.push("sslmode=require"),
                _ => others.push(pair),
            }
        }
        if !is_plain(&schema) {
            return Err(StoreError::NotOurs(format!(
                "'{schema}' can't be a schema here: lower case letters, digits and _, at most 63, \
                 from a letter"
            )));
        }
        let rest = if others.is_empty() { String::new() } else { format!("?{}", others.join("&")) };
        let mut config = Config::from_str(&format!("{bare}{rest}")).map_err(|error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            StoreError::NotOurs(format!(
                "its URL can't be read ({error}{}); postgres://user@host:5432/database is one",
                cause.unwrap_or_default()
            ))
        })?;
        let local = config.get_hosts().iter().all(is_local);
        let asked = config.get_ssl_mode();
        if asked == SslMode::Disable && !local {
            return Err(StoreError::NotOurs(
                "sslmode=disable would send the log in plain sight to another machine; \
                 leave it out"
                    .to_owned(),
            ));
        }
        let encrypted = asked == SslMode::Require || !local;
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        notice_dead_peers(&mut config);
        config.application_name(format!("annals, process {}", std::process::id()));
        Ok(Self { config, schema, roots, encrypted })
    }

    /// For people: without the user and the password.
    pub(crate) fn shown(&self) -> String {
        let host =
            self.config.get_hosts().first().map_or("localhost".to_owned(), |host| match host {
                Host::Tcp(name) => name.clone(),
                Host::Unix(path) => path.display().to_string(),
            });
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        let database = self.config.get_dbname().unwrap_or_default();
        format!("postgres://{host}:{port}/{database}, schema {}", self.schema)
    }
}

/// A machine that is gone, or behind a cable that was pulled, says nothing: the system tells us
/// once it has acknowledged nothing for so long, or answered no probe. A URL may have its own.
fn notice_dead_peers(config: &mut Config) {
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(PATIENCE);
    }
    if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
        config.keepalives_idle(PATIENCE / 2);
    }
}

fn is_plain(name: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= 63
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.starts_with("pg_")
        && name.bytes().all(rest)
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost"
                || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_server_database_and_schema() {
        let place = Place::parse("postgres://ann:secret@127.0.0.1:5433/shop").unwrap();
        assert_eq!(place.shown(), "postgres://127.0.0.1:5433/shop, schema annals");
        assert!(!place.encrypted);
        let place = Place::parse("postgres://db.example/shop?schema=orders&sslmode=verify-full");
        let place = place.unwrap();
        assert_eq!((place.schema.as_str(), place.encrypted), ("orders", true));
    }

    #[test]
    fn another_machine_is_never_spoken_to_in_plain() {
        assert!(Place::parse("postgres://db.example/shop").unwrap().encrypted);
        assert!(Place::parse("postgres://db.example/shop?sslmode=prefer").unwrap().encrypted);
        let refused = Place::parse("postgres://db.example/shop?sslmode=disable").unwrap_err();
        assert!(refused.to_string().contains("plain sight"), "{refused}");
        assert!(!Place::parse("postgres:///shop?host=/run/postgresql").unwrap().encrypted);
    }

    #[test]
    fn a_server_that_says_nothing_is_given_up_unless_the_url_has_its_own_patience() {
        let seconds = |url: &str| {
            let config = Place::parse(url).unwrap().config;
            let user = config.get_tcp_user_timeout().map_or(0, Duration::as_secs);
            (user, config.get_keepalives_idle().as_secs())
        };
        assert_eq!(seconds("postgres://localhost/shop"), (10, 5));
        let own = "postgres://localhost/shop?tcp_user_timeout=90&keepalives_idle=60";
        assert_eq!(seconds(own), (90, 60));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for wrong in [
            "postgres://ann:secret@host:port/shop",
            "postgres://ann:secret@localhost/shop?schema=Orders",
            "postgres://ann:secret@localhost/shop?schema=pg_x",
            "postgres://ann:secret@localhost/shop?colour=red",
        ] {
            let error = Place::parse(wrong).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
