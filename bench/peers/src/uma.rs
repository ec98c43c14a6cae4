//! UmaDB: its own server program in another process with the options it has by default, and a gRPC
//! connection for every client, as its own benchmarks connect.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use annals_bench_harness::{Failure, Place, Spot, Subject, data};
use umadb_client::{AsyncUmaDbClient, UmaDbClient};
use umadb_dcb::{DcbAppendCondition, DcbEvent, DcbEventStoreAsync, DcbQuery, DcbQueryItem};
use uuid::Uuid;

/// The word that makes this program the server.
const SERVER: &str = "umadb-server";

/// Runs the server, where the arguments say so.
pub fn serve(arguments: &[String]) -> bool {
    let Some(at) = arguments.iter().position(|word| word == SERVER) else { return false };
    let done =
        umadb::parse_cli_options(&arguments[at..]).and_then(umadb::start_server_with_cli_options);
    if let Err(error) = done {
        eprintln!("{error}");
        std::process::exit(1);
    }
    true
}

/// The server and its clients.
pub struct Uma {
    clients: Vec<AsyncUmaDbClient>,
    server: Child,
}

impl Drop for Uma {
    fn drop(&mut self) {
        // What it has is thrown away.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn event(spot: &Spot, number: u64) -> DcbEvent {
    DcbEvent::new()
        .event_type("OrderPlaced")
        .tags([format!("order:{}", spot.stream)])
        .data(data(spot.version + number).into_bytes())
}

fn query(spot: &Spot) -> DcbQuery {
    DcbQuery::with_items([DcbQueryItem::new().tags([format!("order:{}", spot.stream)])])
}

impl Uma {
    fn client(&self, spot: &Spot) -> &AsyncUmaDbClient {
        &self.clients[spot.client % self.clients.len()]
    }
}

impl Subject for Uma {
    async fn open(place: &Place) -> Result<Self, Failure> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let server = Command::new(std::env::current_exe()?)
            .args([SERVER, "--listen", &address, "--db-path"])
            .arg(place.folder.join("uma.db"))
            .stdout(Stdio::null())
            .spawn()?;
        let mut uma = Self { clients: Vec::new(), server };
        let url = format!("http://{address}");
        let mut attempts = 0;
        let first = loop {
            match UmaDbClient::new(url.clone()).connect_async().await {
                Ok(client) => break client,
                Err(error) if attempts > 100 => return Err(error.into()),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
            attempts += 1;
        };
        uma.clients.push(first);
        while uma.clients.len() < place.clients.max(8) {
            uma.clients.push(UmaDbClient::new(url.clone()).connect_async().await?);
        }
        Ok(uma)
    }

    async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
        let events = (0..events as u64).map(|number| event(spot, number)).collect();
        self.client(spot).append(events, None, None).await?;
        Ok(())
    }

    async fn handle(&self, spot: &Spot) -> Result<(), Failure> {
        let client = self.client(spot);
        let (events, head) = client.read_with_head(Some(query(spot)), None, false, None).await?;
        if events.len() as u64 != spot.version {
            return Err(format!("{} events instead of {}", events.len(), spot.version).into());
        }
        let condition = DcbAppendCondition { fail_if_events_match: query(spot), after: head };
        client.append(vec![event(spot, 0)], Some(condition), None).await?;
        Ok(())
    }

    async fn read_log(&self) -> Result<u64, Failure> {
        let mut response = self.clients[0].read(None, None, false, None).await?;
        let mut count = 0;
        loop {
            let batch = response.next_batch().await?;
            if batch.is_empty() {
                return Ok(count);
            }
            count += batch.len() as u64;
        }
    }

    async fn read_stream(&self, spot: &Spot) -> Result<u64, Failure> {
        let read = self.client(spot).read_with_head(Some(query(spot)), None, false, None);
        Ok(read.await?.0.len() as u64)
    }
}

/// The same server, asked for what the others do of themselves: each event has an id, and an append
/// is refused where its stream isn't as the client believes.
pub struct Judged {
    uma: Uma,
    /// The last position of each client's stream.
    last: Vec<AtomicU64>,
}

impl Subject for Judged {
    async fn open(place: &Place) -> Result<Self, Failure> {
        let uma = Uma::open(place).await?;
        let last = uma.clients.iter().map(|_| AtomicU64::new(0)).collect();
        Ok(Self { uma, last })
    }

    async fn append(&self, spot: &Spot, events: usize) -> Result<(), Failure> {
        let last = &self.last[spot.client % self.last.len()];
        let after = (spot.version > 0).then(|| last.load(Ordering::Relaxed));
        let events = (0..events as u64).map(|number| event(spot, number).uuid(Uuid::now_v7()));
        let condition = DcbAppendCondition::new(query(spot)).after(after);
        let client = self.uma.client(spot);
        let position = client.append(events.collect(), Some(condition), None).await?;
        last.store(position, Ordering::Relaxed);
        Ok(())
    }

    async fn handle(&self, spot: &Spot) -> Result<(), Failure> {
        self.uma.handle(spot).await
    }

    async fn read_log(&self) -> Result<u64, Failure> {
        self.uma.read_log().await
    }

    async fn read_stream(&self, spot: &Spot) -> Result<u64, Failure> {
        self.uma.read_stream(spot).await
    }
}
