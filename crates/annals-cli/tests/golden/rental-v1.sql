-- The store of the rental system as it was when ToolRegistered had one version: two tools, and a loan
-- that waits for its member. Made by `annals run`, then `sqlite3 rental.db .dump`.
PRAGMA application_id = 1634627180;
PRAGMA user_version = 2;
PRAGMA journal_mode = WAL;
BEGIN TRANSACTION;
CREATE TABLE annals_checkpoints (
  consumer    TEXT PRIMARY KEY,
  position    INTEGER NOT NULL,
  fingerprint TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "annals_checkpoints" VALUES('Lending',10,'7589766739073879b64df321fb82e388');
INSERT INTO "annals_checkpoints" VALUES('members',10,'a8610e1494bb7c744e47882833e37962');
INSERT INTO "annals_checkpoints" VALUES('put_back',10,'');
INSERT INTO "annals_checkpoints" VALUES('shelf',10,'4f023bfade38736a407c777590cc9b13');
CREATE TABLE annals_facts (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "annals_facts" VALUES('annals.sources','[["rental/lending.yaml","sagas:\n  Lending:\n    service: desk\n    describe: Holds the tool, then waits two days for the member to pick it up.\n    start: LoanRequested\n    key: number\n    steps:\n      hold_tool:\n        send: HoldTool\n        to: =start.tool\n        done: ToolHeld\n        failed: ToolUnavailable\n        compensate: FreeTool\n        timeout: 1m\n      offer_pickup:                         # done by a person, whenever they come: or never\n        send: OfferPickup\n        done: LoanPickedUp\n        compensate: WithdrawOffer\n        timeout: 2d\n    complete: StartLoan\n    fail:\n      CloseLoan: { reason: =saga.failure }\n\nreactions:\n  put_back:\n    service: shed\n    on: LoanReturned\n    send: FreeTool\n    to: =event.tool\n"],["rental/loans.yaml","aggregates:\n  Loan:\n    service: desk\n    id: { number: int }\n    state:\n      status: { enum: [none, requested, offered, collected, out, returned, closed], initial: none }\n      tool: text\n      member: text\n      days: Days\n    commands:\n      RequestLoan:\n        input: { tool: text, member: text, days: Days }\n        when: state.status == \"none\"\n        reject:\n          MemberBlank: size(input.member) == 0\n        emit: LoanRequested\n      OfferPickup: { when: state.status == \"requested\", emit: PickupOffered }\n      PickUp: { when: state.status == \"offered\", emit: LoanPickedUp }\n      WithdrawOffer: { ignore: state.status != \"offered\", emit: OfferWithdrawn }\n      StartLoan: { when: state.status == \"collected\", emit: LoanStarted }\n      ReturnTool:\n        when: state.status == \"out\"\n        emit:\n          LoanReturned: { tool: =state.tool, member: =state.member }\n      CloseLoan:\n        input: { reason: text }\n        ignore: state.status == \"closed\"\n        emit: LoanClosed\n    events:\n      LoanRequested:\n        versions: { 1: { tool: text, member: text, days: Days } }\n        set: { status: requested }\n      PickupOffered:  { versions: { 1: {} }, set: { status: offered } }\n      LoanPickedUp:   { versions: { 1: {} }, set: { status: collected } }\n      OfferWithdrawn: { versions: { 1: {} }, set: { status: requested } }\n      LoanStarted:    { versions: { 1: {} }, set: { status: out } }\n      LoanReturned:\n        versions: { 1: { tool: text, member: text } }\n        set: { status: returned }\n      LoanClosed: { versions: { 1: { reason: text } }, set: { status: closed } }\n\nprojections:\n  members:\n    service: desk\n    update: eventual\n    key: member\n    columns:\n      member: text\n      requested: int\n      returned: int\n      longest_days: int\n      last_requested: optional date\n      last_returned: optional time\n    on:\n      LoanRequested:\n        requested: =row.requested + 1\n        longest_days: \"=event.days > row.longest_days ? event.days : row.longest_days\"\n        last_requested: =meta.date\n      LoanReturned: { returned: =row.returned + 1, last_returned: =meta.time }\n"],["rental/system.yaml","# Tools for rent: a shed that holds tools, a desk that lends them. The system is a folder of files;\n# its sections are merged. No outside service is called, ids are text and whole numbers, and one\n# step of the saga waits for a person, so that its timeout is the usual way to end.\nannals: 1\nname: rental\n\nservices:\n  shed: { domain: tools }\n  desk: { domain: loans }\n\ntypes:\n  Cents: { int: { min: 0 } }\n  Days: { int: { min: 1, max: 30 } }\n\ndead_letters: { max_retries: 2, backoff: exponential, retention: 30d }\n"],["rental/tools.yaml","aggregates:\n  Tool:\n    service: shed\n    describe: A thing that can be lent to one member at a time.\n    id: { code: text }\n    snapshot_every: 5\n    state:\n      registered: bool\n      daily_rate_cents: Cents\n      loan: optional int\n    commands:\n      RegisterTool:\n        input: { title: text }\n        when: \"!state.registered\"\n        emit: ToolRegistered\n      HoldTool:\n        input: { number: int }\n        ignore: state.loan == input.number\n        emit:\n          - ToolUnavailable: { if: \"!state.registered || state.loan != null\" }\n          - ToolHeld\n      FreeTool:\n        input: { number: int }\n        ignore: state.loan != input.number\n        emit: ToolFreed\n    events:\n      ToolRegistered:\n        versions:\n          1: { title: text }\n        set: { registered: true }\n      ToolUnavailable: { versions: { 1: { number: int } } }\n      ToolHeld:\n        versions: { 1: { number: int } }\n        set: { loan: =event.number }\n      ToolFreed:\n        versions: { 1: { number: int } }\n        set: { loan: =null }\n\nprojections:\n  shelf:                                    # in the append itself: a reader never sees a stale shelf\n    service: shed\n    update: immediate\n    key: code\n    columns:\n      code: text\n      title: text\n      daily_rate_cents: Cents\n      available: bool\n      times_lent: int\n    on:\n      ToolRegistered: { available: true }\n      ToolHeld: { available: false, times_lent: =row.times_lent + 1 }\n      ToolFreed: { available: true }\n"]]');
INSERT INTO "annals_facts" VALUES('saga Lending','7589766739073879b64df321fb82e388');
INSERT INTO "annals_facts" VALUES('shape LoanClosed.v1','event LoanClosed.v1
  {reason: text}
');
INSERT INTO "annals_facts" VALUES('shape LoanPickedUp.v1','event LoanPickedUp.v1
  {}
');
INSERT INTO "annals_facts" VALUES('shape LoanRequested.v1','event LoanRequested.v1
  {tool: text, member: text, days: int min 1 max 30}
');
INSERT INTO "annals_facts" VALUES('shape LoanReturned.v1','event LoanReturned.v1
  {tool: text, member: text}
');
INSERT INTO "annals_facts" VALUES('shape LoanStarted.v1','event LoanStarted.v1
  {}
');
INSERT INTO "annals_facts" VALUES('shape OfferWithdrawn.v1','event OfferWithdrawn.v1
  {}
');
INSERT INTO "annals_facts" VALUES('shape PickupOffered.v1','event PickupOffered.v1
  {}
');
INSERT INTO "annals_facts" VALUES('shape ToolFreed.v1','event ToolFreed.v1
  {number: int}
');
INSERT INTO "annals_facts" VALUES('shape ToolHeld.v1','event ToolHeld.v1
  {number: int}
');
INSERT INTO "annals_facts" VALUES('shape ToolRegistered.v1','event ToolRegistered.v1
  {title: text}
');
INSERT INTO "annals_facts" VALUES('shape ToolUnavailable.v1','event ToolUnavailable.v1
  {number: int}
');
INSERT INTO "annals_facts" VALUES('system','rental');
CREATE TABLE annals_letters (
  id         INTEGER PRIMARY KEY,
  consumer   TEXT NOT NULL,
  key        TEXT NOT NULL,
  position   INTEGER NOT NULL,
  event_id   BLOB NOT NULL,
  event_type TEXT NOT NULL,
  status     TEXT NOT NULL, -- failed, blocked, redriven, discarded
  attempts   INTEGER NOT NULL,
  reason     TEXT NOT NULL,
  parked_at  TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  UNIQUE (consumer, position)
) STRICT;
CREATE TABLE annals_outcomes (
  stream       INTEGER NOT NULL,
  command_id   BLOB NOT NULL,
  request_hash BLOB NOT NULL,
  outcome      BLOB NOT NULL, command TEXT NOT NULL DEFAULT '', correlation_id BLOB, time TEXT,
  PRIMARY KEY (stream, command_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "annals_outcomes" VALUES(1,X'01A20DA4B0B071DFABD0AE6D69885000',X'D23432F9F21E51971E536763C8B8D752BF9ABA45C5FC9D4851915AA2FA1983DA',X'7B226F7574636F6D65223A226163636570746564222C2276657273696F6E223A312C226576656E7473223A317D','RegisterTool',X'01A20DA4B0B0721B9A3DE90DC772DE00','2026-11-24T13:00:26.672377Z');
INSERT INTO "annals_outcomes" VALUES(1,X'14250547AAFC59258CC7E2428824358A',X'ACEBCCBB8D11E79C7EEACF11D453DE272BAAF05A4AB5B6A8262F000FADBA2BF0',X'7B226F7574636F6D65223A226163636570746564222C2276657273696F6E223A322C226576656E7473223A317D','HoldTool',X'01A20DA4B0DA7197A8C1D9A01784AE00','2026-11-24T13:00:26.717855Z');
INSERT INTO "annals_outcomes" VALUES(2,X'01A20DA4B0C8748A8A47FF517A54C200',X'794C3D42609274217E153C2C23EA02BD3B52DF558E8AE0F8F60EB80873A9AC62',X'7B226F7574636F6D65223A226163636570746564222C2276657273696F6E223A312C226576656E7473223A317D','RegisterTool',X'01A20DA4B0C8748A8A47FF51E12039A4','2026-11-24T13:00:26.696326Z');
INSERT INTO "annals_outcomes" VALUES(3,X'01A20DA4B0DA7091A0E9C14C02BDF800',X'7F445CAFABBA37B2BD227ECD70FEA98FB8BE4E03C1A9818346D7E1977591B92C',X'7B226F7574636F6D65223A226163636570746564222C2276657273696F6E223A312C226576656E7473223A317D','RequestLoan',X'01A20DA4B0DA7197A8C1D9A01784AE00','2026-11-24T13:00:26.714714Z');
INSERT INTO "annals_outcomes" VALUES(3,X'C66A92BD7D9E54F49519A85A7BE68488',X'420C05B15F4C6E8E000D7016452690B3582B2C469AA1CDD3D53682853801E0BB',X'7B226F7574636F6D65223A226163636570746564222C2276657273696F6E223A322C226576656E7473223A317D','OfferPickup',X'01A20DA4B0DA7197A8C1D9A01784AE00','2026-11-24T13:00:26.719391Z');
CREATE TABLE annals_requests (
  request INTEGER PRIMARY KEY AUTOINCREMENT,
  kind    TEXT NOT NULL, -- redrive, discard
  letter  INTEGER NOT NULL,
  reason  TEXT,
  at_us   INTEGER -- microseconds since 1970-01-01T00:00:00Z
) STRICT;
CREATE TABLE annals_retries (
  consumer TEXT NOT NULL,
  position INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  due_us   INTEGER NOT NULL, -- microseconds since 1970-01-01T00:00:00Z
  reason   TEXT NOT NULL,
  PRIMARY KEY (consumer, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE annals_sagas (
  saga        TEXT NOT NULL,
  key         TEXT NOT NULL,
  status      TEXT NOT NULL,
  failure     TEXT NOT NULL,
  open        INTEGER NOT NULL,
  due_us      INTEGER, -- microseconds since 1970-01-01T00:00:00Z
  version     INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  started_at  TEXT NOT NULL,
  changed_at  TEXT NOT NULL,
  state       BLOB NOT NULL,
  PRIMARY KEY (saga, key)
) STRICT;
INSERT INTO "annals_sagas" VALUES('Lending','1','running','',1,1795698026718783,4,'7589766739073879b64df321fb82e388','2026-11-24T13:00:26.714714Z','2026-11-24T13:00:26.718783Z',X'6E756C6C');
CREATE TABLE annals_snapshots (
  stream      INTEGER PRIMARY KEY,
  version     INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  state       BLOB NOT NULL
) STRICT;
CREATE TABLE annals_streams (
  stream       INTEGER PRIMARY KEY,
  aggregate    TEXT NOT NULL,
  aggregate_id TEXT NOT NULL,
  UNIQUE (aggregate, aggregate_id)
) STRICT;
INSERT INTO "annals_streams" VALUES(1,'Tool','rake');
INSERT INTO "annals_streams" VALUES(2,'Tool','saw');
INSERT INTO "annals_streams" VALUES(3,'Loan','1');
INSERT INTO "annals_streams" VALUES(4,'saga-Lending','1');
CREATE TABLE annals_system (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  name TEXT NOT NULL
) STRICT;
INSERT INTO "annals_system" VALUES(1,'rental');
CREATE TABLE annals_tables (
  name        TEXT PRIMARY KEY,
  declaration TEXT NOT NULL -- {"columns": [{"name", "type", "optional"}], "key": index}
) STRICT, WITHOUT ROWID;
INSERT INTO "annals_tables" VALUES('members','{"columns":[{"name":"member","type":"text","optional":false},{"name":"requested","type":"int","optional":false},{"name":"returned","type":"int","optional":false},{"name":"longest_days","type":"int","optional":false},{"name":"last_requested","type":"date","optional":true},{"name":"last_returned","type":"time","optional":true}],"key":0}');
INSERT INTO "annals_tables" VALUES('shelf','{"columns":[{"name":"code","type":"text","optional":false},{"name":"title","type":"text","optional":false},{"name":"daily_rate_cents","type":"int","optional":false},{"name":"available","type":"bool","optional":false},{"name":"times_lent","type":"int","optional":false}],"key":0}');
CREATE TABLE annals_timers (
  consumer     TEXT NOT NULL,
  position     INTEGER NOT NULL,
  aggregate    TEXT NOT NULL,
  aggregate_id TEXT NOT NULL,
  due_us       INTEGER NOT NULL, -- microseconds since 1970-01-01T00:00:00Z
  PRIMARY KEY (consumer, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE event_store (
  position       INTEGER PRIMARY KEY,
  id             BLOB NOT NULL,
  stream         INTEGER NOT NULL,
  aggregate      TEXT NOT NULL,
  aggregate_id   TEXT NOT NULL,
  version        INTEGER NOT NULL,
  event_type     TEXT NOT NULL,
  time           TEXT NOT NULL,
  encoding       INTEGER NOT NULL, -- of data; 0: JSON
  data           BLOB NOT NULL,
  correlation_id BLOB NOT NULL,
  causation_id   BLOB,
  command_id     BLOB,
  actor          TEXT,
  traceparent    TEXT,
  UNIQUE (stream, version)
) STRICT;
INSERT INTO "event_store" VALUES(1,X'01A20DA4B0B0737789E058E119483200',1,'Tool','rake',1,'ToolRegistered.v1','2026-11-24T13:00:26.672377Z',0,X'7B227469746C65223A2252616B65227D',X'01A20DA4B0B0721B9A3DE90DC772DE00',X'01A20DA4B0B071DFABD0AE6D69885000',X'01A20DA4B0B071DFABD0AE6D69885000',NULL,NULL);
INSERT INTO "event_store" VALUES(2,X'01A20DA4B0C877CB86ECC0D753D0F000',2,'Tool','saw',1,'ToolRegistered.v1','2026-11-24T13:00:26.696326Z',0,X'7B227469746C65223A22536177227D',X'01A20DA4B0C8748A8A47FF51E12039A4',X'01A20DA4B0C8748A8A47FF517A54C200',X'01A20DA4B0C8748A8A47FF517A54C200',NULL,NULL);
INSERT INTO "event_store" VALUES(3,X'01A20DA4B0DA7197A8C1D9A02D0C0B2D',3,'Loan','1',1,'LoanRequested.v1','2026-11-24T13:00:26.714714Z',0,X'7B22746F6F6C223A2272616B65222C226D656D626572223A22616461222C2264617973223A337D',X'01A20DA4B0DA7197A8C1D9A01784AE00',X'01A20DA4B0DA7091A0E9C14C02BDF800',X'01A20DA4B0DA7091A0E9C14C02BDF800',NULL,NULL);
INSERT INTO "event_store" VALUES(4,X'01A20DA4B0DC726090C1FFCBD1009800',4,'saga-Lending','1',1,'SagaStarted.v1','2026-11-24T13:00:26.716102Z',0,X'7B226B696E64223A2273746172746564222C227374617274223A7B22706F736974696F6E223A332C2273747265616D223A7B22616767726567617465223A224C6F616E222C226964223A2231227D2C2276657273696F6E223A312C226964223A2230316132306461342D623064612D373139372D613863312D643961303264306330623264222C2274797065223A224C6F616E5265717565737465642E7631222C2274696D65223A313739353532353232363731343731342C2264617461223A7B22746F6F6C223A2272616B65222C226D656D626572223A22616461222C2264617973223A337D2C226D65746164617461223A7B22636F7272656C6174696F6E5F6964223A2230316132306461342D623064612D373139372D613863312D643961303137383461653030222C22636175736174696F6E5F6964223A2230316132306461342D623064612D373039312D613065392D633134633032626466383030222C22636F6D6D616E645F6964223A2230316132306461342D623064612D373039312D613065392D633134633032626466383030222C226163746F72223A6E756C6C2C227472616365706172656E74223A6E756C6C7D7D2C227374657073223A327D',X'01A20DA4B0DA7197A8C1D9A01784AE00',X'01A20DA4B0DA7197A8C1D9A02D0C0B2D',NULL,NULL,NULL);
INSERT INTO "event_store" VALUES(5,X'01A20DA4B0DC726090C1FFCC1877A2C0',4,'saga-Lending','1',2,'StepStarted.v1','2026-11-24T13:00:26.716102Z',0,X'7B226B696E64223A22737465705F73746172746564222C2273746570223A302C22636F6D6D616E6473223A5B7B2273747265616D223A7B22616767726567617465223A22546F6F6C222C226964223A2272616B65227D2C226E616D65223A22486F6C64546F6F6C222C22696E707574223A7B226E756D626572223A317D7D5D2C22646561646C696E65223A313739353532353238363731363130327D',X'01A20DA4B0DA7197A8C1D9A01784AE00',X'01A20DA4B0DA7197A8C1D9A02D0C0B2D',NULL,NULL,NULL);
INSERT INTO "event_store" VALUES(6,X'01A20DA4B0DD700B9C360A3D577A1200',1,'Tool','rake',2,'ToolHeld.v1','2026-11-24T13:00:26.717855Z',0,X'7B226E756D626572223A317D',X'01A20DA4B0DA7197A8C1D9A01784AE00',X'01A20DA4B0DA7197A8C1D9A02D0C0B2D',X'14250547AAFC59258CC7E2428824358A',NULL,NULL);
INSERT INTO "event_store" VALUES(7,X'01A20DA4B0DE730F871373E7A220A800',4,'saga-Lending','1',3,'CommandAnswered.v1','2026-11-24T13:00:26.718783Z',0,X'7B226B696E64223A22636F6D6D616E645F616E737765726564222C22746172676574223A7B22666F7277617264223A7B2273746570223A302C226272616E6368223A307D7D2C22616E73776572223A7B22646F6E65223A7B22706F736974696F6E223A362C2273747265616D223A7B22616767726567617465223A22546F6F6C222C226964223A2272616B65227D2C2276657273696F6E223A322C226964223A2230316132306461342D623064642D373030622D396333362D306133643537376131323030222C2274797065223A22546F6F6C48656C642E7631222C2274696D65223A313739353532353232363731373835352C2264617461223A7B226E756D626572223A317D2C226D65746164617461223A7B22636F7272656C6174696F6E5F6964223A2230316132306461342D623064612D373139372D613863312D643961303137383461653030222C22636175736174696F6E5F6964223A2230316132306461342D623064612D373139372D613863312D643961303264306330623264222C22636F6D6D616E645F6964223A2231343235303534372D616166632D353932352D386363372D653234323838323433353861222C226163746F72223A6E756C6C2C227472616365706172656E74223A6E756C6C7D7D7D7D',X'01A20DA4B0DA7197A8C1D9A01784AE00',X'01A20DA4B0DA7197A8C1D9A02D0C0B2D',NULL,NULL,NULL);
INSERT INTO "event_store" VALUES(8,X'01A20DA4B0DE730F871373E7DF2A7C98',4,'saga-Lending','1',4,'StepStarted.v1','2026-11-24T13:00:26.718783Z',0,X'7B226B696E64223A22737465705F73746172746564222C2273746570223A312C22636F6D6D616E6473223A5B7B2273747265616D223A7B22616767726567617465223A224C6F616E222C226964223A2231227D2C226E616D65223A224F666665725069636B7570222C22696E707574223A7B7D7D5D2C22646561646C696E65223A313739353639383032363731383738337D',X'01A20DA4B0DA7197A8C1D9A01784AE00',X'01A20DA4B0DA7197A8C1D9A02D0C0B2D',NULL,NULL,NULL);
INSERT INTO "event_store" VALUES(9,X'01A20DA4B0DF7539AF700040449D7200',3,'Loan','1',2,'PickupOffered.v1','2026-11-24T13:00:26.719391Z',0,X'7B7D',X'01A20DA4B0DA7197A8C1D9A01784AE00',X'01A20DA4B0DA7197A8C1D9A02D0C0B2D',X'C66A92BD7D9E54F49519A85A7BE68488',NULL,NULL);
INSERT INTO "event_store" VALUES(10,X'01A20DA4B0E072BDA35D7CA8C0D37600',4,'saga-Lending','1',5,'CommandAnswered.v1','2026-11-24T13:00:26.719995Z',0,X'7B226B696E64223A22636F6D6D616E645F616E737765726564222C22746172676574223A7B22666F7277617264223A7B2273746570223A312C226272616E6368223A307D7D2C22616E73776572223A226163636570746564227D',X'01A20DA4B0DA7197A8C1D9A01784AE00',X'01A20DA4B0DA7197A8C1D9A02D0C0B2D',NULL,NULL,NULL);
CREATE TABLE "members" (
  "member" TEXT NOT NULL PRIMARY KEY,
  "requested" INTEGER NOT NULL,
  "returned" INTEGER NOT NULL,
  "longest_days" INTEGER NOT NULL,
  "last_requested" TEXT,
  "last_returned" TEXT,
  annals_position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "members" VALUES('ada',1,0,3,'2026-11-24',NULL,3);
CREATE TABLE "shelf" (
  "code" TEXT NOT NULL PRIMARY KEY,
  "title" TEXT NOT NULL,
  "daily_rate_cents" INTEGER NOT NULL,
  "available" INTEGER NOT NULL,
  "times_lent" INTEGER NOT NULL,
  annals_position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "shelf" VALUES('rake','Rake',0,0,1,6);
INSERT INTO "shelf" VALUES('saw','Saw',0,1,0,2);
CREATE TRIGGER annals_streams_no_update BEFORE UPDATE ON annals_streams
BEGIN
  SELECT RAISE(ABORT, 'annals_streams is append-only: no update');
END;
CREATE TRIGGER annals_streams_no_delete BEFORE DELETE ON annals_streams
BEGIN
  SELECT RAISE(ABORT, 'annals_streams is append-only: no delete');
END;
CREATE INDEX event_store_by_type ON event_store (event_type);
CREATE INDEX event_store_by_correlation ON event_store (correlation_id);
CREATE TRIGGER event_store_appends BEFORE INSERT ON event_store
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM event_store)
  OR NEW.version IS NOT
     (SELECT coalesce(max(version), 0) + 1 FROM event_store WHERE stream = NEW.stream)
BEGIN
  SELECT RAISE(ABORT, 'event_store is append-only: positions and versions go 1, 2, 3 ...');
END;
CREATE TRIGGER event_store_no_update BEFORE UPDATE ON event_store
BEGIN
  SELECT RAISE(ABORT, 'event_store is append-only: no update');
END;
CREATE TRIGGER event_store_no_delete BEFORE DELETE ON event_store
BEGIN
  SELECT RAISE(ABORT, 'event_store is append-only: no delete');
END;
CREATE VIEW annals_events AS
SELECT position,
       substr(lower(hex(id)), 1, 8) || '-' ||
         substr(lower(hex(id)), 9, 4) || '-' ||
         substr(lower(hex(id)), 13, 4) || '-' ||
         substr(lower(hex(id)), 17, 4) || '-' ||
         substr(lower(hex(id)), 21, 12) AS id,
       aggregate, aggregate_id, version, event_type AS type, time,
       CASE encoding WHEN 0 THEN CAST(data AS TEXT) END AS data,
       substr(lower(hex(correlation_id)), 1, 8) || '-' ||
         substr(lower(hex(correlation_id)), 9, 4) || '-' ||
         substr(lower(hex(correlation_id)), 13, 4) || '-' ||
         substr(lower(hex(correlation_id)), 17, 4) || '-' ||
         substr(lower(hex(correlation_id)), 21, 12) AS correlation_id,
       CASE WHEN causation_id IS NOT NULL THEN
         substr(lower(hex(causation_id)), 1, 8) || '-' ||
         substr(lower(hex(causation_id)), 9, 4) || '-' ||
         substr(lower(hex(causation_id)), 13, 4) || '-' ||
         substr(lower(hex(causation_id)), 17, 4) || '-' ||
         substr(lower(hex(causation_id)), 21, 12) END AS causation_id,
       CASE WHEN command_id IS NOT NULL THEN
         substr(lower(hex(command_id)), 1, 8) || '-' ||
         substr(lower(hex(command_id)), 9, 4) || '-' ||
         substr(lower(hex(command_id)), 13, 4) || '-' ||
         substr(lower(hex(command_id)), 17, 4) || '-' ||
         substr(lower(hex(command_id)), 21, 12) END AS command_id,
       actor, traceparent
FROM event_store;
CREATE TRIGGER annals_outcomes_no_update BEFORE UPDATE ON annals_outcomes
BEGIN
  SELECT RAISE(ABORT, 'annals_outcomes is append-only: no update');
END;
CREATE TRIGGER annals_outcomes_no_delete BEFORE DELETE ON annals_outcomes
BEGIN
  SELECT RAISE(ABORT, 'annals_outcomes is append-only: no delete');
END;
CREATE INDEX annals_sagas_open ON annals_sagas (saga, key) WHERE open = 1;
CREATE INDEX annals_outcomes_by_correlation ON annals_outcomes (correlation_id);
DELETE FROM "sqlite_sequence";
COMMIT;
