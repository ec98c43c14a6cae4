//! The listener: loopback only, `Host` checked, every connection bounded in number, size and time,
//! and drained at the end.

mod host;
mod patient;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::api::Api;
use crate::problem::Problem;
use crate::routes;
use patient::Patient;

/// Connections at once that are told that there are too many; more wait unanswered.
const TURNED_AWAY: usize = 64;

/// How long one of those may take to send the head of its request.
const TURNED_AWAY_TIMEOUT: Duration = Duration::from_secs(2);

/// The bounds of the listener.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; more are answered 503.
    pub connections: usize,
    /// How long a client may take to send its headers, and how long an idle connection is kept.
    pub header_timeout: Duration,
    /// How long a client may take to send a body.
    pub body_timeout: Duration,
    /// How long a request may take, its body included.
    pub request_timeout: Duration,
    /// How long a client may take nothing of its answer.
    pub write_timeout: Duration,
    /// How long requests under way may take once the end has come.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            header_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(15),
            request_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(10),
            drain_timeout: Duration::from_secs(10),
        }
    }
}

/// Serves until `end` is there, then lets the requests under way finish.
///
/// # Errors
/// `PermissionDenied` where the listener isn't on a loopback address: there is no authentication
/// yet.
pub async fn serve(
    listener: TcpListener,
    api: Api,
    limits: Limits,
    end: impl Future<Output = ()>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("{address} is not a loopback address, and there is no authentication yet"),
        ));
    }
    let house = House {
        router: guarded(routes::router(api), limits),
        places: Arc::new(Semaphore::new(limits.connections)),
        turned_away: Arc::new(Semaphore::new(TURNED_AWAY)),
        limits,
    };
    let graceful = GracefulShutdown::new();
    tokio::pin!(end);
    loop {
        let guest = tokio::select! {
            () = &mut end => break,
            guest = house.let_in(&listener) => guest,
        };
        // A connection that can't be accepted (it is gone, or descriptors ran out) is the client's
        // loss alone; the pause keeps a lasting failure from spinning.
        let Ok(Guest { stream, place, router, header_timeout }) = guest else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(header_timeout);
        let stream = TokioIo::new(Patient::new(stream, limits.write_timeout));
        let service = TowerToHyperService::new(router);
        let connection = graceful.watch(builder.serve_connection(stream, service));
        tokio::spawn(async move {
            // An error here is a client that broke its connection off.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(limits.drain_timeout, graceful.shutdown()).await;
    Ok(())
}

/// What connections share.
struct House {
    router: Router,
    places: Arc<Semaphore>,
    turned_away: Arc<Semaphore>,
    limits: Limits,
}

/// A connection, and what it gets.
struct Guest {
    stream: TcpStream,
    place: OwnedSemaphorePermit,
    router: Router,
    header_timeout: Duration,
}

impl House {
    async fn let_in(&self, listener: &TcpListener) -> io::Result<Guest> {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let header_timeout = self.limits.header_timeout;
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Ok(Guest { stream, place, router: self.router.clone(), header_timeout });
        }
        let place = self.turned_away.clone().acquire_owned().await.map_err(io::Error::other)?;
        let header_timeout = header_timeout.min(TURNED_AWAY_TIMEOUT);
        Ok(Guest { stream, place, router: full(self.limits.connections), header_timeout })
    }
}

/// What is served to those who find no place.
fn full(connections: usize) -> Router {
    Router::new().fallback(async move || {
        let detail = format!("{connections} connections are open already; try again");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_connections", detail).closing()
    })
}

/// The router behind its guards: the `Host` header, then the time limit.
fn guarded(router: Router, limits: Limits) -> Router {
    let guard = from_fn(move |request: Request, next: Next| async move {
        if let Err(problem) = host::check(&request) {
            return problem.into_response();
        }
        let answer: Result<Response, _> =
            tokio::time::timeout(limits.request_timeout, next.run(request)).await;
        answer.unwrap_or_else(|_| {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", "the request took too long")
                .into_response()
        })
    });
    router.layer(Extension(limits)).layer(guard)
}
