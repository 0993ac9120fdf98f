CREATE TABLE guild (
    id              INTEGER PRIMARY KEY,
    library         INTEGER NOT NULL CHECK (library IN (0, 1)),
    private         INTEGER NOT NULL CHECK (private IN (0, 1)),
    editor_role     INTEGER,
    log_channel     INTEGER,
    channels        TEXT    NOT NULL,
    retention_days  INTEGER NOT NULL CHECK (retention_days >= 1),
    changed_at      INTEGER NOT NULL
) STRICT;

CREATE TABLE answer (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    asked_at        INTEGER NOT NULL,
    guild           INTEGER,
    channel         INTEGER NOT NULL,
    message         INTEGER,
    asker           INTEGER NOT NULL,
    private         INTEGER NOT NULL CHECK (private IN (0, 1)),
    question        TEXT    NOT NULL,
    asked_as        TEXT    NOT NULL,
    outcome         INTEGER NOT NULL CHECK (outcome IN (0, 1, 2)),
    confidence      REAL    NOT NULL,
    scope           TEXT    NOT NULL,
    quotes          TEXT    NOT NULL
) STRICT;

CREATE INDEX answer_guild ON answer (guild, asked_at);
CREATE INDEX answer_asker ON answer (asker);
CREATE INDEX answer_message ON answer (message) WHERE message IS NOT NULL;

CREATE TABLE vote (
    answer          INTEGER NOT NULL REFERENCES answer (id) ON DELETE CASCADE,
    user            INTEGER NOT NULL,
    helpful         INTEGER NOT NULL CHECK (helpful IN (0, 1)),
    voted_at        INTEGER NOT NULL,
    PRIMARY KEY (answer, user)
) STRICT, WITHOUT ROWID;

CREATE INDEX vote_user ON vote (user);

CREATE INDEX document_title ON document (collection, number, title)
    WHERE status = 'current';

CREATE TABLE preview (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    guild           INTEGER NOT NULL,
    user            INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    replaces        INTEGER
) STRICT;

CREATE INDEX preview_user ON preview (user);

CREATE TABLE preview_file (
    preview         INTEGER NOT NULL REFERENCES preview (id) ON DELETE CASCADE,
    position        INTEGER NOT NULL,
    location        TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    content_type    TEXT,
    stated          TEXT    NOT NULL,
    content         BLOB    NOT NULL,
    PRIMARY KEY (preview, position)
) STRICT;
