//! As much of curl as the project's own pages paste (`-s -H -d --next URL`), for the tests of those
//! pages on a machine that has none. Where there is a curl, they use that.

use std::io::{Read, Write};
use std::net::TcpStream;

#[derive(Default)]
struct Request {
    url: String,
    headers: Vec<String>,
    body: Option<String>,
}

fn main() {
    let mut requests = vec![Request::default()];
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let request = requests.last_mut().expect("there is one");
        let mut value = || words.next().expect("a value follows");
        match &*word {
            "-s" => {}
            "-H" => request.headers.push(value()),
            "-d" => request.body = Some(value()),
            "--next" => requests.push(Request::default()),
            option if option.starts_with('-') => panic!("no page uses curl {option}"),
            url => request.url = url.to_owned(),
        }
    }
    for request in requests {
        print!("{}", answer(&request));
    }
}

/// The body of the answer, whatever its status, as curl prints it.
fn answer(request: &Request) -> String {
    let rest = request.url.strip_prefix("http://").expect("pages name http:// addresses");
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    let method = if request.body.is_some() { "POST" } else { "GET" };
    let body = request.body.as_deref().unwrap_or_default();
    let mut text = format!("{method} /{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for header in &request.headers {
        text += &format!("{header}\r\n");
    }
    text += &format!("content-length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect(address).expect("somebody listens");
    stream.write_all(text.as_bytes()).expect("it is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (_, body) = answer.split_once("\r\n\r\n").expect("it is HTTP");
    body.to_owned()
}
