//! As much of Postgres' protocol as a question takes: a start-up packet and simple queries. Tests
//! of stores have a driver; here is none.
//! <https://www.postgresql.org/docs/current/protocol-message-formats.html>

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::settings::{DATABASE, USER};

/// Of one answer; a server that takes longer is as good as silent.
const PATIENCE: Duration = Duration::from_secs(5);
/// Of one message, so that a stranger on the port can't make us allocate what it likes.
const MOST_BYTES: usize = 1 << 20;
const PROTOCOL_3: i32 = 3 << 16;

/// A connection that the server accepted.
#[derive(Debug)]
pub(super) struct Session {
    stream: TcpStream,
    /// What the server says of itself, such as `15.4`.
    pub(super) version: String,
}

impl Session {
    /// Logs in to the server on this port of the loopback.
    ///
    /// # Errors
    /// Nobody is there, or the server's own words: `the database system is starting up`.
    pub(super) fn open(port: u16) -> io::Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut session = Self { stream, version: String::new() };
        let words = format!("user\0{USER}\0database\0{DATABASE}\0\0");
        session.send(&[], &[&PROTOCOL_3.to_be_bytes(), words.as_bytes()].concat())?;
        session.until_ready()?;
        Ok(session)
    }

    /// The first value of the answer's last row, if there is any.
    ///
    /// # Errors
    /// The server's own words, or what is wrong with the connection.
    pub(super) fn ask(&mut self, query: &str) -> io::Result<Option<String>> {
        self.send(b"Q", format!("{query}\0").as_bytes())?;
        self.until_ready()
    }

    fn send(&mut self, kind: &[u8], body: &[u8]) -> io::Result<()> {
        let length = i32::try_from(body.len() + 4).map_err(io::Error::other)?;
        self.stream.write_all(&[kind, &length.to_be_bytes(), body].concat())
    }

    fn until_ready(&mut self) -> io::Result<Option<String>> {
        let (mut value, mut problem) = (None, None);
        loop {
            let (kind, body) = self.receive()?;
            match kind {
                b'Z' => return problem.map_or(Ok(value), |words| Err(io::Error::other(words))),
                b'E' => problem = Some(words_of(&body)),
                b'D' => value = first_value(&body),
                b'S' => {
                    let mut texts = body.split(|byte| *byte == 0);
                    if let (Some(b"server_version"), Some(text)) = (texts.next(), texts.next()) {
                        self.version = first_word(text);
                    }
                }
                b'R' if body != 0_i32.to_be_bytes() => {
                    return Err(io::Error::other("the server asks for a password: it isn't ours"));
                }
                _ => {}
            }
            // Before a session is ready, an error is the server's last word.
            if let Some(words) = problem.take_if(|_| self.version.is_empty()) {
                return Err(io::Error::other(words));
            }
        }
    }

    fn receive(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head)?;
        let [kind, length @ ..] = head;
        let length = usize::try_from(i32::from_be_bytes(length)).unwrap_or(0);
        if !(4..=MOST_BYTES).contains(&length) {
            return Err(io::Error::other("no Postgres answers on that port"));
        }
        let mut body = vec![0; length - 4];
        self.stream.read_exact(&mut body)?;
        Ok((kind, body))
    }
}

/// `15.4 (Debian 15.4-1)` is 15.4.
fn first_word(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.split_whitespace().next().unwrap_or_default().to_owned()
}

/// The field `M` of an error: one letter and a text each.
fn words_of(body: &[u8]) -> String {
    let fields = body.split(|byte| *byte == 0);
    let message = fields.filter_map(|field| field.strip_prefix(b"M")).next().unwrap_or_default();
    String::from_utf8_lossy(message).into_owned()
}

/// Of a row: how many values in two bytes, then each with its length in four.
fn first_value(body: &[u8]) -> Option<String> {
    let (length, rest) = body.get(2..)?.split_first_chunk()?;
    // -1 is null.
    let length = usize::try_from(i32::from_be_bytes(*length)).ok()?;
    Some(String::from_utf8_lossy(rest.get(..length)?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read() {
        assert_eq!(words_of(b"SFATAL\0C57P03\0Mit is starting up\0\0"), "it is starting up");
        assert_eq!(first_value(b"\0\x02\0\0\0\x02on\0\0\0\x01x"), Some("on".to_owned()));
        assert_eq!(first_value(b"\0\x01\xff\xff\xff\xff"), None);
        assert_eq!(first_value(b"\0\0"), None);
        assert_eq!(first_value(b"\0\x01\0\0\0\x09on"), None);
        assert_eq!(first_word(b"15.4 (Debian 15.4-1)"), "15.4");
    }

    #[test]
    fn a_stranger_on_the_port_is_no_postgres() {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let stranger = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        });
        let error = Session::open(port).unwrap_err().to_string();
        stranger.join().unwrap();
        assert!(error.contains("no Postgres answers"), "{error}");
    }
}
