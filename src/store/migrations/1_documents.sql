CREATE TABLE collection (
    name            TEXT    PRIMARY KEY,
    revision        INTEGER NOT NULL CHECK (revision >= 0),
    next_number     INTEGER NOT NULL CHECK (next_number >= 1)
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    collection      TEXT    NOT NULL REFERENCES collection (name),
    number          INTEGER NOT NULL CHECK (number BETWEEN 1 AND 4294967295),
    status          TEXT    NOT NULL DEFAULT 'current'
                            CHECK (status IN ('current', 'replaced', 'removed')),
    added_revision  INTEGER NOT NULL CHECK (added_revision >= 1),
    ended_revision  INTEGER CHECK (ended_revision >= added_revision),
    added_at        INTEGER NOT NULL,
    ended_at        INTEGER,
    title           TEXT    NOT NULL,
    outlet          TEXT,
    published       INTEGER,
    url             TEXT,
    tags            TEXT    NOT NULL,
    language        TEXT    NOT NULL,
    source_location TEXT,
    content_hash    BLOB,
    source_size     INTEGER,
    source_modified INTEGER,
    blocks          TEXT    NOT NULL,
    text            TEXT    NOT NULL,
    CHECK ((status = 'current') = (ended_revision IS NULL)),
    CHECK ((ended_revision IS NULL) = (ended_at IS NULL)),
    CHECK ((source_location IS NULL) = (content_hash IS NULL)),
    CHECK ((source_location IS NULL) = (source_size IS NULL))
) STRICT;

CREATE UNIQUE INDEX document_current ON document (collection, number)
    WHERE status = 'current';
CREATE INDEX document_added ON document (collection, added_revision)
    WHERE status = 'current';
CREATE INDEX document_ended ON document (collection, ended_revision, added_revision)
    WHERE ended_revision IS NOT NULL;
CREATE INDEX document_content ON document (content_hash)
    WHERE status = 'current' AND content_hash IS NOT NULL;
