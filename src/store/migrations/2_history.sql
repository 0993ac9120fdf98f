-- The table is made anew because a column that is added stands behind `text`, and reading it would
-- mean reading over the text.
CREATE TABLE document_with_history (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    collection      TEXT    NOT NULL REFERENCES collection (name),
    number          INTEGER NOT NULL CHECK (number BETWEEN 1 AND 4294967295),
    version         INTEGER NOT NULL CHECK (version BETWEEN 1 AND 4294967295),
    status          TEXT    NOT NULL DEFAULT 'current'
                            CHECK (status IN ('current', 'replaced', 'removed')),
    added_revision  INTEGER NOT NULL CHECK (added_revision >= 1),
    ended_revision  INTEGER CHECK (ended_revision >= added_revision),
    added_at        INTEGER NOT NULL,
    ended_at        INTEGER,
    added_by        TEXT    NOT NULL,
    ended_by        TEXT,
    restores        INTEGER CHECK (restores >= 1),
    copy_of         INTEGER CHECK (copy_of >= 1),
    signature       BLOB,
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
    CHECK ((ended_revision IS NULL) = (ended_by IS NULL)),
    CHECK ((source_location IS NULL) = (content_hash IS NULL)),
    CHECK ((source_location IS NULL) = (source_size IS NULL))
) STRICT;

INSERT INTO document_with_history
SELECT id, collection, number,
       row_number() OVER (PARTITION BY collection, number ORDER BY id),
       status, added_revision, ended_revision, added_at, ended_at,
       'unknown', CASE WHEN ended_at IS NOT NULL THEN 'unknown' END, NULL, NULL, NULL,
       title, outlet, published, url, tags, language,
       source_location, content_hash, source_size, source_modified, blocks, text
FROM document
ORDER BY id;

DROP TABLE document;
ALTER TABLE document_with_history RENAME TO document;

CREATE UNIQUE INDEX document_current ON document (collection, number)
    WHERE status = 'current';
CREATE INDEX document_added ON document (collection, added_revision)
    WHERE status = 'current';
CREATE INDEX document_ended ON document (collection, ended_revision, added_revision)
    WHERE ended_revision IS NOT NULL;
CREATE INDEX document_content ON document (content_hash)
    WHERE status = 'current' AND content_hash IS NOT NULL;
-- Only what has more than one version is in it, and what has ended.
CREATE UNIQUE INDEX document_version ON document (collection, number, version)
    WHERE status <> 'current';

-- Up to this revision, versions that ended may be gone for good.
ALTER TABLE collection ADD COLUMN pruned_revision INTEGER NOT NULL DEFAULT 0
    CHECK (pruned_revision >= 0);

-- By what a current document is looked up besides its number; see `keys.rs`. Derived: what is in it
-- follows from `document`.
CREATE TABLE document_key (
    key             INTEGER NOT NULL,
    document        INTEGER NOT NULL,
    PRIMARY KEY (key, document)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id              INTEGER PRIMARY KEY,
    at              INTEGER NOT NULL,
    actor           TEXT    NOT NULL,
    collection      TEXT    NOT NULL,
    action          TEXT    NOT NULL,
    number          INTEGER,
    version         INTEGER,
    detail          TEXT
) STRICT;

CREATE INDEX audit_collection ON audit (collection, id);
