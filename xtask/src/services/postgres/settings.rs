//! What the server is told: its two files of settings, and its port. Texts only, but for the search
//! for a port that is free.

use std::net::{Ipv4Addr, TcpListener};

/// The superuser that tests connect as.
pub(super) const USER: &str = "annals_test";
/// The database that is there from the beginning; tests make their own.
pub(super) const DATABASE: &str = "postgres";

/// Below where systems take the ports of outgoing connections from, so that none of those is in
/// the way on the next `up`.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 10_000;

/// `postgresql.conf`. The socket's path is taken from the data folder: an absolute one may be
/// longer than the 107 bytes that a system allows.
pub(super) fn postgresql_conf(port: u16) -> String {
    format!(
        "\
# Written by every `cargo xtask services up` that starts the server.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '../socket'
unix_socket_permissions = 0700
max_connections = 200

# What the store promises rests on these.
fsync = on
full_page_writes = on
synchronous_commit = on

logging_collector = off
log_line_prefix = '%m [%p] '
log_timezone = 'UTC'
timezone = 'UTC'
# `up` reads the log when a start fails.
lc_messages = 'C'
"
    )
}

/// `pg_hba.conf`: who may reach the socket's private folder, and who is on this machine. The
/// server holds nothing but what tests put there.
pub(super) const PG_HBA_CONF: &str = "\
# TYPE  DATABASE  USER         ADDRESS       METHOD
local   all       all                        trust
host    all       all          127.0.0.1/32  trust
";

pub(super) fn url(port: u16) -> String {
    format!("postgres://{USER}@127.0.0.1:{port}/{DATABASE}")
}

/// What the port's file says.
pub(super) fn parse_port(text: &str) -> Option<u16> {
    text.strip_suffix('\n')?.parse().ok().filter(|port| *port > 0)
}

/// The first free port from a place that the seed decides, so that checkouts rarely meet.
pub(super) fn free_port(seed: u64) -> Option<u16> {
    candidates(seed).find(|port| is_free(*port))
}

pub(super) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn candidates(seed: u64) -> impl Iterator<Item = u16> {
    let start = (seed % u64::from(PORTS)) as u16;
    (0..PORTS).map(move |step| FIRST_PORT + (start + step) % PORTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_are_these() {
        let expected = "\
# Written by every `cargo xtask services up` that starts the server.
listen_addresses = '127.0.0.1'
port = 20123
unix_socket_directories = '../socket'
unix_socket_permissions = 0700
max_connections = 200

# What the store promises rests on these.
fsync = on
full_page_writes = on
synchronous_commit = on

logging_collector = off
log_line_prefix = '%m [%p] '
log_timezone = 'UTC'
timezone = 'UTC'
# `up` reads the log when a start fails.
lc_messages = 'C'
";
        assert_eq!(postgresql_conf(20123), expected);
        assert_eq!(url(20123), "postgres://annals_test@127.0.0.1:20123/postgres");
    }

    #[test]
    fn trust_ends_at_the_loopback() {
        let lines = PG_HBA_CONF.lines().filter(|line| !line.starts_with('#'));
        for words in lines.map(|line| line.split_whitespace().collect::<Vec<_>>()) {
            let is_private = words[0] == "local" || words[3] == "127.0.0.1/32";
            assert!(is_private, "{words:?}");
        }
    }

    #[test]
    fn a_port_file_is_read_whole_or_not_at_all() {
        assert_eq!(parse_port("20123\n"), Some(20123));
        for torn in ["", "\n", "2012", "0\n", "x\n", "70000\n", "20123\n\n"] {
            assert_eq!(parse_port(torn), None, "{torn:?}");
        }
    }

    #[test]
    fn a_port_that_is_taken_is_passed_over() {
        let port = free_port(7).unwrap();
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert!(!is_free(port));
        assert_ne!(free_port(7), Some(port));
        drop(taken);
        let all: std::collections::BTreeSet<u16> = candidates(u64::MAX).collect();
        assert_eq!((all.first(), all.last(), all.len()), (Some(&20_000), Some(&29_999), 10_000));
    }
}
