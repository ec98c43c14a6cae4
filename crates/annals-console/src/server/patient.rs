//! A connection whose patience ends: writes that its client doesn't take fail after a while, and
//! what the client still sends when all is said is read and dropped, not held against it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// How long a client may go on sending after its answer. Closing at once would reset the
/// connection, and a client that is still sending its body might never see why it was refused.
const LINGER: Duration = Duration::from_secs(1);
/// How long it may take until the first of that comes: a client that is sending may be slower than
/// we read.
const QUIET: Duration = Duration::from_millis(250);

/// A connection.
pub(super) struct Patient {
    stream: TcpStream,
    write_timeout: Duration,
    /// Runs while a write waits for the client.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Runs while what comes after the end is read.
    lingering: Option<Pin<Box<Sleep>>>,
    /// Whether anything came after the end.
    heard: bool,
}

impl Patient {
    pub(super) fn new(stream: TcpStream, write_timeout: Duration) -> Self {
        Self { stream, write_timeout, stalled: None, lingering: None, heard: false }
    }

    fn stream(&mut self) -> Pin<&mut TcpStream> {
        Pin::new(&mut self.stream)
    }

    /// What a write came to, unless it has waited too long.
    fn bounded<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let timeout = self.write_timeout;
        ready!(self.stalled.get_or_insert_with(|| Box::pin(sleep(timeout))).as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream().poll_read(cx, into)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream().poll_write(cx, bytes);
        self.bounded(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream().poll_write_vectored(cx, slices);
        self.bounded(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.stream().poll_flush(cx);
        self.bounded(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let over = self.lingering.as_mut().map(|timer| timer.as_mut().poll(cx).is_ready());
        match over {
            None => ready!(self.stream().poll_shutdown(cx))?,
            // Asked before anything is read: a client that never stops sending would win for ever.
            Some(true) => return Poll::Ready(Ok(())),
            Some(false) => {}
        }
        let mut dropped = [0; 8 << 10];
        loop {
            let mut into = ReadBuf::new(&mut dropped);
            match self.stream().poll_read(cx, &mut into) {
                Poll::Ready(Ok(())) if !into.filled().is_empty() => {}
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => {
                    let timer = self.lingering.get_or_insert_with(|| Box::pin(sleep(QUIET)));
                    return timer.as_mut().poll(cx).map(Ok);
                }
            }
            if !self.heard {
                self.heard = true;
                self.lingering = Some(Box::pin(sleep(LINGER)));
            }
        }
    }
}
