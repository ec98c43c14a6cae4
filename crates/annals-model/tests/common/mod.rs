//! What the tests of resolution print: diagnostics with the lines they point at, and the facts of a
//! resolved model that nobody wrote.

use std::fmt::Write as _;

use annals_model::{
    Action, Assignment, Change, Emit, Loaded, Model, Send, Severity, Sources, Span, fingerprint,
};

/// All diagnostics, as text.
pub(crate) fn report(loaded: &Loaded) -> String {
    let mut text = String::new();
    for d in &loaded.diagnostics {
        let severity = if d.severity == Severity::Error { "error" } else { "warning" };
        let _ = writeln!(text, "{severity}[{}]: {}", d.code.0, d.message);
        for label in &d.labels {
            let (place, line, mark) = pointed(&loaded.sources, label.span);
            let _ = writeln!(text, "  {place}\n  | {line}\n  | {mark} {}", label.text);
        }
        let _ = writeln!(text, "  why: {}\n  cure: {}\n", d.why, d.cure);
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

fn pointed(sources: &Sources, span: Span) -> (String, String, String) {
    let file = &sources.0[span.file.0 as usize];
    let (start, end) = (span.start as usize, span.end as usize);
    let from = file.text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line = file.text[from..].lines().next().unwrap_or_default();
    let number = file.text[..from].matches('\n').count() + 1;
    let column = file.text[from..start].chars().count();
    let width = file.text[start..end.min(from + line.len()).max(start)].chars().count().max(1);
    let place = format!("{}:{number}:{}", file.path, column + 1);
    (place, line.to_owned(), format!("{}{}", " ".repeat(column), "^".repeat(width)))
}

/// The facts that resolution adds: carry-overs, replies, targets, who sends what.
pub(crate) fn dump(model: &Model) -> String {
    let mut text = format!("{} (edition {})\n", model.name, model.edition);
    for service in &model.services {
        let analytics = if service.analytics { ", analytics" } else { "" };
        let _ = writeln!(text, "service {}: {}{analytics}", service.named.name, service.domain);
    }
    aggregates(&mut text, model);
    sagas(&mut text, model);
    reactions(&mut text, model);
    for p in &model.projections {
        let _ = writeln!(text, "projection {} of {} {:?}", p.named.name, p.service, p.update);
        for on in &p.on {
            let key = fingerprint::term(&on.key);
            let _ = writeln!(text, "  {} [{}: {key}] {}", on.event, p.key, fields(&on.set));
        }
    }
    for t in &model.topics {
        let (events, retention) = (t.events.join(", "), t.retention_us);
        let name = &t.named.name;
        let _ = writeln!(text, "topic {name}: [{events}] {:?} {retention:?}", t.partitions);
    }
    let d = &model.dead_letters;
    let times = (d.base_us, d.cap_us, d.retention_us);
    let _ = writeln!(text, "dead letters {} {:?} {times:?}", d.max_retries, d.backoff);
    text
}

fn aggregates(text: &mut String, model: &Model) {
    for a in &model.aggregates {
        let (name, id) = (&a.named.name, a.id_type.name());
        let _ = writeln!(text, "aggregate {name} of {} by {}: {id}", a.service, a.id_name);
        for c in &a.commands {
            let public = if c.public { "public" } else { "not public" };
            let by = c.sent_by.join(", ");
            let _ = writeln!(text, "  {} {public}, sent by [{by}]", c.named.name);
            let word = if matches!(c.emit, Emit::First(_)) { "or" } else { "and" };
            for e in c.emit.emissions() {
                let when = e.condition.as_ref().map(|c| c.expression.text().to_owned());
                let when = when.map(|when| format!(" if {when}")).unwrap_or_default();
                let _ = writeln!(text, "    {word} {}{when} {}", e.event, fields(&e.fields));
            }
        }
        for e in &a.events {
            let _ = writeln!(text, "  {}.v{}", e.named.name, e.latest().number);
            for upcast in &e.upcasts {
                let _ = writeln!(text, "    upcast {}", fields(&upcast.fields));
            }
            for change in &e.changes {
                let _ = writeln!(text, "    {}", changed(change));
            }
        }
    }
}

fn changed(change: &Change) -> String {
    match change {
        Change::Set(to) => format!("set {}", field(to)),
        Change::Append(to) => format!("append {}", field(to)),
        Change::Remove(to) => format!("remove {}", field(to)),
        Change::Put { key, value, .. } => {
            format!("put [{}] {}", fingerprint::term(key), field(value))
        }
    }
}

fn sagas(text: &mut String, model: &Model) {
    for s in &model.sagas {
        let (name, key) = (&s.named.name, fingerprint::term(&s.start_key));
        let _ = writeln!(text, "saga {name} from {} [{}: {key}]", s.start, s.key);
        for (event, key) in &s.cancel {
            let _ = writeln!(text, "  cancel {event} [{}]", fingerprint::term(key));
        }
        for step in &s.steps {
            let _ =
                writeln!(text, "  step {} {:?} {}", step.named.name, step.reply, sent(&step.send));
            for (word, other) in [("compensate", &step.compensate), ("then", &step.then)] {
                let _ = other.iter().map(|s| writeln!(text, "    {word} {}", sent(s))).count();
            }
        }
        for (word, other) in [("complete", &s.complete), ("fail", &s.fail)] {
            let _ = other.iter().map(|s| writeln!(text, "  {word} {}", sent(s))).count();
        }
    }
}

fn reactions(text: &mut String, model: &Model) {
    for r in &model.reactions {
        let waits = (r.after_us, &r.unless, r.refused);
        let _ = writeln!(text, "reaction {} of {} {waits:?}", r.named.name, r.service);
        for on in &r.on {
            let does = match &on.action {
                Action::Send(send) => sent(send),
                Action::Call(call) => format!("{:?}", call.url),
            };
            let _ = writeln!(text, "  on {} {does}", on.event);
        }
    }
}

fn sent(send: &Send) -> String {
    let to = fingerprint::term(&send.to);
    format!("{}/{to} {} {}", send.aggregate, send.command, fields(&send.with))
}

fn fields(fields: &[Assignment]) -> String {
    format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
}

fn field(to: &Assignment) -> String {
    format!("{}: {}", to.field, fingerprint::term(&to.term))
}
