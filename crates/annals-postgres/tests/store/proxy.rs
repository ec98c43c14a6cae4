//! A network that can break between a store and its server.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::common::server;

/// Passes connections on. Its threads end with their connections.
pub(crate) struct Proxy {
    port: u16,
    ends: Arc<Mutex<Vec<(TcpStream, TcpStream)>>>,
    stops: Arc<AtomicBool>,
}

/// The last message of whoever wants an answer.
const SYNC: &[u8] = b"S\0\0\0\x04";

impl Proxy {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, ends) = (listener.local_addr().unwrap().port(), Arc::default());
        let shared: Arc<Mutex<Vec<(TcpStream, TcpStream)>>> = Arc::clone(&ends);
        let stops = Arc::new(AtomicBool::new(false));
        let (to, stop) = (server_address(), Arc::clone(&stops));
        std::thread::spawn(move || {
            for near in listener.incoming() {
                let (near, far) = (near.unwrap(), TcpStream::connect(&to).unwrap());
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let stop = Arc::clone(&stop);
                    std::thread::spawn(move || copy(&mut from, &mut to, &stop));
                }
                shared.lock().unwrap().push((near, far));
            }
        });
        Self { port, ends, stops }
    }

    /// The place of a URL, through this network.
    pub(crate) fn through(&self, url: &str) -> String {
        url.replace(&server_address(), &format!("127.0.0.1:{}", self.port))
    }

    /// Passes no `Sync` on any more: a process that stops between the last bytes that it sends.
    pub(crate) fn stop_before_sync(&self) {
        self.stops.store(true, Ordering::SeqCst);
    }

    /// Ends all connections for the near end; the server hears of nothing.
    pub(crate) fn cut(&self) {
        for (near, _) in self.ends.lock().unwrap().iter() {
            near.shutdown(Shutdown::Both).unwrap();
        }
    }
}

/// Passes bytes on, up to a `Sync` where it has to stop.
fn copy(from: &mut TcpStream, to: &mut TcpStream, stops: &AtomicBool) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let stops = stops.load(Ordering::SeqCst) && buffer[..read].ends_with(SYNC);
        let passed = if stops { read - SYNC.len() } else { read };
        if to.write_all(&buffer[..passed]).is_err() || stops {
            return;
        }
    }
}

/// Host and port of the server's URL.
fn server_address() -> String {
    let server = server();
    let rest = server.split_once('@').unwrap().1;
    rest.split_once('/').unwrap().0.to_owned()
}
