//! The one table of which crate may depend on which, and of which crates are pure. No logic.

/// What a crate may depend on.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// No clock, randomness, environment, network, files or tasks.
    pub(crate) pure: bool,
    /// The only crates of this workspace that it may name, dev-dependencies aside.
    pub(crate) may_use: &'static [&'static str],
}

/// What tests may use in any crate, whatever its row says.
pub(crate) const FREE_IN_TESTS: &[&str] = &["annals-conformance", "annals-faults", "annals-sqlite"];

const fn pure(name: &'static str, may_use: &'static [&'static str]) -> Row {
    Row { name, pure: true, may_use }
}

const fn free(name: &'static str, may_use: &'static [&'static str]) -> Row {
    Row { name, pure: false, may_use }
}

const CORE: &str = "annals-core";
const DESIGN: &str = "annals-design";
const EXPRESSION: &str = "annals-expression";
const GENERATE: &str = "annals-generate";
const INTERPRETER: &str = "annals-interpreter";
const MODEL: &str = "annals-model";
const POSTGRES: &str = "annals-postgres";
const RUNTIME: &str = "annals-runtime";
const SQLITE: &str = "annals-sqlite";
const WAL: &str = "annals-wal";

/// The house, from its foundation up.
pub(crate) const HOUSE: &[Row] = &[
    // Pure.
    pure(EXPRESSION, &[]),
    pure(CORE, &[]),
    pure(MODEL, &[EXPRESSION]),
    pure("annals-check", &[MODEL, EXPRESSION]),
    pure(DESIGN, &[MODEL]),
    pure(INTERPRETER, &[CORE, MODEL, EXPRESSION]),
    pure("annals-verify", &[INTERPRETER, CORE, MODEL]),
    pure("annals-simulate", &[MODEL]),
    pure(GENERATE, &[MODEL, DESIGN]),
    // Ports and engines.
    free(RUNTIME, &[CORE]),
    // Adapters, which never import one another.
    free(WAL, &[]),
    free(SQLITE, &[RUNTIME, CORE, WAL]),
    free(POSTGRES, &[RUNTIME, CORE]),
    free("annals-kafka", &[RUNTIME, CORE, MODEL]),
    free("annals-rabbitmq", &[RUNTIME, CORE, MODEL]),
    free("annals-redis", &[RUNTIME, CORE, MODEL]),
    free("annals-http", &[RUNTIME, CORE]),
    // Faces.
    free("annals", &[RUNTIME, CORE, SQLITE, POSTGRES]),
    free("annals-build", &[GENERATE, MODEL]),
    free("annals-console", &[RUNTIME, CORE, INTERPRETER, MODEL, GENERATE]),
    free(
        "annals-cli",
        &[
            EXPRESSION,
            CORE,
            MODEL,
            "annals-check",
            DESIGN,
            INTERPRETER,
            "annals-verify",
            "annals-simulate",
            GENERATE,
            RUNTIME,
            SQLITE,
            POSTGRES,
            "annals-kafka",
            "annals-rabbitmq",
            "annals-redis",
            "annals-http",
            "annals",
            "annals-console",
        ],
    ),
    // Proof, which nobody's users build.
    free("annals-conformance", &[RUNTIME, CORE]),
    free("annals-faults", &[RUNTIME, CORE, SQLITE, POSTGRES, "annals-conformance"]),
];

/// The row of a crate.
pub(crate) fn row(name: &str) -> Option<&'static Row> {
    HOUSE.iter().find(|row| row.name == name)
}
