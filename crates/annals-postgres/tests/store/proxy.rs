//! A network that can break between a store and its server.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::common::server;

/// Passes connections on. Its threads end with their connections.
pub(crate) struct Proxy {
    port: u16,
    ends: Arc<Mutex<Vec<(TcpStream, TcpStream)>>>,
}

impl Proxy {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, ends) = (listener.local_addr().unwrap().port(), Arc::default());
        let shared: Arc<Mutex<Vec<(TcpStream, TcpStream)>>> = Arc::clone(&ends);
        let to = server_address();
        std::thread::spawn(move || {
            for near in listener.incoming() {
                let (near, far) = (near.unwrap(), TcpStream::connect(&to).unwrap());
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    std::thread::spawn(move || io::copy(&mut from, &mut to));
                }
                shared.lock().unwrap().push((near, far));
            }
        });
        Self { port, ends }
    }

    /// The place of a URL, through this network.
    pub(crate) fn through(&self, url: &str) -> String {
        url.replace(&server_address(), &format!("127.0.0.1:{}", self.port))
    }

    /// Ends all connections for the near end; the server hears of nothing.
    pub(crate) fn cut(&self) {
        for (near, _) in self.ends.lock().unwrap().iter() {
            near.shutdown(Shutdown::Both).unwrap();
        }
    }
}

/// Host and port of the server's URL.
fn server_address() -> String {
    let server = server();
    let rest = server.split_once('@').unwrap().1;
    rest.split_once('/').unwrap().0.to_owned()
}
