//! Resolution: the examples resolve as a reader of the files expects, every code has a fixture, and
//! all mistakes of a file are reported in one pass.

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use annals_model::{Loaded, Severity, SourceFile, fingerprint, load, topic_name};
use common::{dump, report};

const EXAMPLES: [&str; 2] = ["../../examples/orders", "../../examples/rental"];

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &Path) -> SourceFile {
    let text = std::fs::read_to_string(path).expect("the file is there");
    let path = path.file_name().expect("it has a name").to_string_lossy().into_owned();
    SourceFile { path, text }
}

fn load_text(text: &str) -> Loaded {
    load(vec![SourceFile { path: "architecture.yaml".into(), text: text.into() }])
}

fn folder(path: &str) -> Vec<SourceFile> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(root(path))
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .filter(|path| !path.to_string_lossy().ends_with(".test.yaml"))
        .collect();
    files.sort();
    files.iter().map(|path| read(path)).collect()
}

#[test]
fn the_orders_example_resolves() {
    let loaded = load(folder(EXAMPLES[0]));
    assert_eq!(report(&loaded), "");
    insta::assert_snapshot!(dump(&loaded.model.expect("no problems")));
}

#[test]
fn a_folder_resolves_as_one_system() {
    let loaded = load(folder(EXAMPLES[1]));
    assert_eq!(report(&loaded), "");
    insta::assert_snapshot!(dump(&loaded.model.expect("no problems")));
}

#[test]
fn every_fixture_reports_its_code() {
    let mut seen = BTreeSet::new();
    for path in fixtures() {
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        let loaded = load(vec![read(&path)]);
        let (code, _) = name.split_once('-').expect("CODE-slug.yaml");
        let codes: BTreeSet<&str> = loaded.diagnostics.iter().map(|d| d.code.0).collect();
        assert_eq!(codes, BTreeSet::from([code]), "{name}:\n{}", report(&loaded));
        seen.insert(code.to_owned());
        insta::assert_snapshot!(name, report(&loaded));
    }
    let known: BTreeSet<String> = annals_model::all_codes()
        .map(|(code, _, _)| code.0.to_owned())
        .filter(|code| ("A0200".."A0700").contains(&code.as_str()))
        .collect();
    let lacking: Vec<_> = known.difference(&seen).collect();
    assert!(lacking.is_empty(), "codes without a fixture: {lacking:?}");
}

fn fixtures() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(root("tests/fixtures/resolve"))
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('A')))
        .collect();
    paths.sort();
    paths
}

#[test]
fn all_mistakes_of_a_file_are_reported_in_one_pass() {
    let loaded = load(vec![read(&root("tests/fixtures/resolve/many-mistakes.yaml"))]);
    assert!(loaded.model.is_none());
    insta::assert_snapshot!(report(&loaded));
}

#[test]
fn what_a_mistake_leaves_unknown_is_reported_once() {
    let loaded = load(vec![read(&root("tests/fixtures/resolve/one-mistake.yaml"))]);
    insta::assert_snapshot!(report(&loaded));
    assert_eq!(loaded.diagnostics.len(), 1);
}

#[test]
fn what_is_unknown_in_one_aggregate_hides_no_mistake_in_another() {
    let loaded = load(vec![read(&root("tests/fixtures/resolve/same-name.yaml"))]);
    insta::assert_snapshot!(report(&loaded));
}

#[test]
fn what_a_mistake_of_syntax_hides_is_no_second_mistake() {
    let other = "reactions: { tell: { service: sales, on: Cancelled, call: POST http://a } }\n";
    let loaded = load(vec![
        read(&root("tests/fixtures/resolve/cut-short.yaml")),
        SourceFile { path: "other.yaml".into(), text: other.into() },
    ]);
    insta::assert_snapshot!(report(&loaded));
}

/// There is a model, or an error; and each diagnostic says why and what to do.
fn judge(files: Vec<SourceFile>, what: &dyn std::fmt::Display) {
    let loaded = load(files);
    let failed = loaded.diagnostics.iter().any(|d| d.severity == Severity::Error);
    assert_eq!(loaded.model.is_none(), failed, "{what}");
    for d in &loaded.diagnostics {
        assert!(!d.why.is_empty() && !d.cure.is_empty(), "{what}: {d:?}");
    }
}

/// The example with the text of one of its files replaced.
fn replaced(files: &[SourceFile], at: usize, text: String) -> Vec<SourceFile> {
    let mut files = files.to_vec();
    files[at].text = text;
    files
}

#[test]
fn a_bracket_that_ends_the_file_is_one_mistake() {
    for section in ["services: [", "services: {", "aggregates: { Order: [", "sagas: {\n"] {
        let loaded = load_text(&format!("annals: 1\nname: shop\n{section}"));
        let codes: Vec<_> = loaded.diagnostics.iter().map(|d| d.code.0).collect();
        assert_eq!(codes, ["A0001"], "{section}:\n{}", report(&loaded));
    }
}

#[test]
fn whatever_line_is_taken_out_there_is_a_model_or_an_error() {
    for example in EXAMPLES {
        let files = folder(example);
        for (i, file) in files.iter().enumerate() {
            let lines: Vec<&str> = file.text.lines().collect();
            for at in 0..lines.len() {
                let rest = [&lines[..at], &lines[at + 1..]].concat().join("\n");
                judge(replaced(&files, i, rest), &format_args!("without {}", lines[at]));
            }
        }
    }
}

/// As a file is while somebody writes it: a key without its value, an open bracket, half a word.
#[test]
fn wherever_a_file_ends_there_is_a_model_or_an_error() {
    for example in EXAMPLES {
        let files = folder(example);
        for (i, file) in files.iter().enumerate() {
            let ends = (0..file.text.len()).step_by(7).filter(|at| file.text.is_char_boundary(*at));
            for end in ends {
                let text = file.text[..end].to_owned();
                judge(replaced(&files, i, text), &format_args!("{} to byte {end}", file.path));
            }
        }
    }
}

/// Pieces of `whole.yaml`, and a mistake in each.
const MISTAKES: [(&str, &str); 34] = [
    ("annals: 1", "anals: 1"),
    ("name: shop", "nmae: shop"),
    ("service: sales # of the aggregate", "servise: sales"),
    ("id: { order_id: uuid }", "ids: { order_id: uuid }"),
    ("aggregates:", "agregates:"),
    ("aggregates:", "aggregates: !t"),
    ("state: {", "sate: {"),
    ("events:", "evnts:"),
    ("emit: Placed", "emits: Placed"),
    ("input: { line: Line", "inptu: { line: Line"),
    ("versions: { 1: { line: Line }", "versoin: { 1: { line: Line }"),
    ("upcast: {", "upcasts: {"),
    ("upcast: {", "upcast: &a {"),
    ("1 to 2", "1 to 3"),
    ("value: =event.line", "val: =event.line"),
    ("start: Placed", "strat: Placed"),
    ("key: order_id # of the saga", "kye: order_id"),
    ("key: order_id # of the saga", "key: [order_id, line]"),
    ("steps:", "stpes:"),
    ("for_each: { line: =start.lines }", "foreach: { line: =start.lines }"),
    ("for_each: { each:", "foreach: { each:"),
    ("done: Added", "dnoe: Added"),
    ("with: { line: =line", "wiht: { line: =line"),
    ("send: Add # of the step", "sends: Add"),
    ("send: Add # of the step", "wait: 5m"),
    ("send: Close # of the reaction", "sned: Close"),
    ("send: Close # of the reaction", "every: 5m"),
    ("on: Added # of the reaction", "om: Added"),
    ("on: Added # of the reaction", "at: \"02:00 Europe/Paris\""),
    ("columns: {", "columms: {"),
    ("on: { Placed: {", "no: { Placed: {"),
    ("steps:\n", "steps: &a\n"),
    ("{ sku: text, quantity: int }", "{ sku: txt, quantity: int }"),
    ("key: order_id # of the projection", "keys: [order_id, total]"),
];

#[test]
fn a_mistake_in_one_place_is_one_error() {
    let text = read(&root("tests/fixtures/resolve/whole.yaml")).text;
    assert_eq!(report(&load_text(&text)), "");
    let mut wrong = String::new();
    for (written, mistake) in MISTAKES {
        assert!(text.contains(written), "{written}");
        let loaded = load_text(&text.replacen(written, mistake, 1));
        if loaded.diagnostics.len() != 1 {
            wrong += &format!("{mistake}:\n{}\n\n", report(&loaded));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_name_in_two_files_shows_both_places() {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
    let loaded = load(vec![
        file("a.yaml", "annals: 1\nname: shop\nservices: { sales: {} }\ntypes: { Cents: int }\n"),
        file("b.yaml", "annals: 1\nname: store\nservices: { sales: {} }\ntypes: { Euro: int }\n"),
    ]);
    insta::assert_snapshot!(report(&loaded));
}

#[test]
fn a_file_of_an_environment_is_not_read_yet() {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
    let system = "annals: 1\nname: shop\nservices: { sales: {} }\n";
    let loaded = load(vec![
        file("shop/system.yaml", system),
        file("shop/environments/prod.yaml", "dead_letters: { retention: 30d }\n"),
    ]);
    insta::assert_snapshot!(report(&loaded));
    // A system may be in a folder of that name.
    assert_eq!(report(&load(vec![file("environments/system.yaml", system)])), "");
}

#[test]
fn literals_are_read_by_the_type_of_their_place() {
    let loaded = load(vec![read(&root("tests/fixtures/resolve/literals.yaml"))]);
    assert_eq!(report(&loaded), "");
    insta::assert_snapshot!(dump(&loaded.model.expect("no problems")));
}

#[test]
fn topics_are_named_by_what_the_event_adds_to_its_aggregate() {
    for (aggregate, event, name) in [
        ("Order", "OrderCreated", "d.created"),
        ("StockItem", "StockReserved", "d.reserved"),
        ("StockItem", "StockItemReserved", "d.reserved"),
        ("Order", "OrderItemAdded", "d.item-added"),
        ("Order", "Ordered", "d.ordered"),
        ("Order", "Order", "d.order"),
        ("Call", "HTTPCallMade", "d.http-call-made"),
        ("Tool", "ToolV2Held", "d.v2-held"),
    ] {
        assert_eq!(topic_name("d", aggregate, event), name);
    }
}

/// `to: =start.order_id` is the saga's key as much as `saga.key` is.
#[test]
fn a_reply_on_the_stream_is_the_keys_however_the_target_is_written() {
    let text = read(&root("tests/fixtures/resolve/A0504-reply-stream.yaml")).text;
    for (to, good) in [("=saga.key", true), ("=(start.order_id)", true), ("=start.other", false)] {
        let loaded = load_text(&text.replace("=start.other", to));
        assert_eq!(loaded.model.is_some(), good, "{to}: {}", report(&loaded));
    }
}

#[test]
fn a_type_without_limits_may_be_described() {
    let types = "{ Id: { uuid: {}, describe: hi }, Day: { date: , owner: me }, Text: { text: }, \
                 Int: { int: } }";
    let loaded = load_text(&format!("annals: 1\nname: t\nservices: {{}}\ntypes: {types}\n"));
    let model = loaded.model.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    let named = |t: &annals_model::NamedType| format!("{}: {}", t.named.name, t.type_.name());
    let types: Vec<String> = model.types.iter().map(named).collect();
    assert_eq!(types, ["Id: uuid", "Day: date", "Text: text", "Int: int"]);
    assert_eq!(model.types[0].named.describe.as_deref(), Some("hi"));
}

#[test]
fn a_url_is_judged_as_far_as_it_is_known() {
    let text = read(&root("tests/fixtures/resolve/A0514-call-url.yaml")).text;
    let (system, _) = text.split_once("reactions:").expect("it has reactions");
    let known = |url: &str| {
        let reaction = format!("{{ service: sales, on: Placed, call: \"POST {url}\" }}");
        load_text(&format!("{system}reactions:\n  tell: {reaction}\n")).model.is_some()
    };
    for url in [
        "http://a",
        "https://a.b:8080/c?d=e#f",
        "http://[::1]:80/",
        "http://127.0.0.1/",
        "${A}/b",
        "${A}",
        "http://${HOST}/a",
        "http://${HOST}:${PORT}/a",
        "http://a:${PORT}/",
        "${A:-http://a:9}/b",
        "http://${HOST:-localhost:9}/a",
        "http://a/${B}",
        "${A:-http://a}:${PORT:-80}/",
    ] {
        assert!(known(url), "{url}");
    }
    for url in [
        "ftp://a",
        "a",
        "http://",
        "http:///a",
        "http://:80/",
        "http://a:/",
        "http://a:abc/",
        "http://a:0/",
        "http://a:99999/",
        "http://[::1]:x/",
        "${A:-ftp://x}",
        "${A:-localhost:9}",
        "${A:-http://}/b",
        "http://a:${PORT:-x}/",
        "http://a:x/${B}",
        "${A:-http://a b}/c",
        "ftp${A}",
    ] {
        assert!(!known(url), "{url}");
    }
}

#[test]
fn a_service_without_a_domain_gives_topics_its_name_in_kebab_case() {
    let loaded = load_text("annals: 1\nname: shop\nservices: { order_mgmt: {} }\n");
    assert_eq!(&*loaded.model.expect("no problems").services[0].domain, "order-mgmt");
}

/// What the cure of A0624 says, written into the file, is a cure.
#[test]
fn events_whose_topics_have_one_name_are_parted_or_put_together() {
    let text = read(&root("tests/fixtures/resolve/A0624-shared-topic.yaml")).text;
    for topics in [
        "{ shop.cart-created: { events: [CartCreated] } }",
        "{ shop.created: {}, shop.cart-created: { events: [CartCreated] } }",
        "{ shop.created: { events: [OrderCreated, CartCreated] } }",
    ] {
        assert_eq!(report(&load_text(&format!("{text}topics: {topics}\n"))), "", "{topics}");
    }
}

#[test]
fn a_fingerprint_sees_changes_of_meaning_and_nothing_else() {
    let text = read(&root("../../examples/orders/architecture.yaml")).text;
    let of = |text: &str| {
        let loaded = load_text(text);
        let model = loaded.model.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
        let projection = model.projection("orders_summary").expect("it is there");
        let saga = model.saga("OrderFulfillment").expect("it is there");
        let order = model.aggregate("Order").expect("it is there");
        [
            fingerprint::aggregate(&model, order),
            fingerprint::projection(&model, projection),
            fingerprint::saga(&model, saga),
            fingerprint::event_version(order.event("OrderCreated").expect("it is there"), 2),
        ]
    };
    let before = of(&text);
    insta::assert_snapshot!(before.join("\n"));
    assert_eq!(of(&format!("# a comment\n{text}")), before);
    let changed = |from: &str, to: &str| {
        let after = of(&text.replace(from, to));
        [0, 1, 2, 3].map(|i| after[i] != before[i])
    };
    assert_eq!(changed("timeout: 30s", "timeout: 31s"), [false, false, true, false]);
    assert_eq!(
        changed("status: placed, placed_at", "status: paid, placed_at"),
        [false, true, false, false]
    );
    assert_eq!(
        changed("event.quantity * event.unit", "2 * event.unit"),
        [true, false, false, false]
    );
}
