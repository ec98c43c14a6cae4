//! The HTTP client behind the [`Caller`] port, and what each answer means. Retrying is not done
//! here.

use std::io::Read;
use std::time::Duration;

use annals_runtime::ports::{BoxFuture, CallResult, Caller, OutsideCall};
use ureq::Agent;

/// The longest that one attempt may take, connecting included.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// How much of a refusal's body is shown to people.
const SHOWN_BYTES: u64 = 300;

/// Calls outside over HTTP/1.1, TLS by rustls with the Mozilla roots. Connections are kept and
/// shared.
#[derive(Clone, Debug)]
pub struct HttpCaller {
    agent: Agent,
}

impl Default for HttpCaller {
    fn default() -> Self {
        Self::new(ATTEMPT_TIMEOUT)
    }
}

impl HttpCaller {
    /// A caller whose attempts end after `timeout`.
    pub fn new(timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(None)
            .max_idle_connections_per_host(16)
            .user_agent("annals")
            .build();
        Self { agent: config.into() }
    }

    fn attempt(&self, call: &OutsideCall) -> CallResult {
        let mut request = self.agent.post(&*call.plan.url);
        for (name, value) in &call.headers {
            request = request.header(*name, &**value);
        }
        match request.send(&call.plan.data[..]) {
            Ok(mut response) => {
                let status = response.status().as_u16();
                let retry_after = response
                    .headers()
                    .get("retry-after")
                    .and_then(|value| value.to_str().ok())
                    .and_then(|text| text.trim().parse::<u32>().ok());
                let body = response.body_mut();
                let shown =
                    if (200..300).contains(&status) { String::new() } else { excerpt(body) };
                judge(status, retry_after, &shown)
            }
            Err(error) if is_unusable(&error) => {
                CallResult::Permanent { reason: format!("{}: {error}", call.plan.url) }
            }
            Err(error) => CallResult::Transient {
                reason: format!("{}: {error}", call.plan.url),
                retry_after_us: None,
            },
        }
    }
}

impl Caller for HttpCaller {
    fn call(&self, call: OutsideCall) -> BoxFuture<'_, CallResult> {
        let caller = self.clone();
        Box::pin(async move {
            let attempt = tokio::task::spawn_blocking(move || caller.attempt(&call));
            attempt.await.unwrap_or_else(|stopped| CallResult::Transient {
                reason: format!("the call was cut short: {stopped}"),
                retry_after_us: None,
            })
        })
    }
}

/// A request that can't be made, however often it is tried.
fn is_unusable(error: &ureq::Error) -> bool {
    matches!(
        error,
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::RequireHttpsOnly(_)
    )
}

/// The first bytes of a refusal, for people.
fn excerpt(body: &mut ureq::Body) -> String {
    let mut bytes = Vec::new();
    // A body that breaks off is shown as far as it came: it only decorates the reason.
    let _ = body.as_reader().take(SHOWN_BYTES).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a status means: 2xx is done; 408, 425, 429 and 5xx are transient; all else is permanent.
fn judge(status: u16, retry_after_s: Option<u32>, shown: &str) -> CallResult {
    let reason =
        if shown.is_empty() { format!("HTTP {status}") } else { format!("HTTP {status}: {shown}") };
    match status {
        200..=299 => CallResult::Done,
        408 | 425 | 429 | 500..=599 => CallResult::Transient {
            reason,
            retry_after_us: retry_after_s.map(|seconds| i64::from(seconds) * 1_000_000),
        },
        _ => CallResult::Permanent { reason },
    }
}
