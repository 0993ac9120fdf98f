CREATE TABLE feed (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    collection      TEXT    NOT NULL,
    url             TEXT    NOT NULL,
    title           TEXT    NOT NULL,
    added_at        INTEGER NOT NULL,
    added_by        TEXT    NOT NULL,
    -- Articles it may load, and has loaded.
    article_limit   INTEGER NOT NULL CHECK (article_limit BETWEEN 1 AND 4294967295),
    n_loaded        INTEGER NOT NULL DEFAULT 0 CHECK (n_loaded BETWEEN 0 AND 4294967295),
    etag            TEXT,
    last_modified   TEXT,
    -- When it is due; NULL for one that is no longer looked at.
    next_at         INTEGER,
    looked_at       INTEGER,
    answered_at     INTEGER,
    n_quiet         INTEGER NOT NULL DEFAULT 0 CHECK (n_quiet BETWEEN 0 AND 4294967295),
    n_failed        INTEGER NOT NULL DEFAULT 0 CHECK (n_failed BETWEEN 0 AND 4294967295),
    fault           TEXT,
    UNIQUE (collection, url)
) STRICT;

CREATE INDEX feed_due ON feed (next_at) WHERE next_at IS NOT NULL;

-- Items met before, by a digest of their identity.
CREATE TABLE feed_item (
    feed            INTEGER NOT NULL REFERENCES feed (id) ON DELETE CASCADE,
    item            BLOB    NOT NULL,
    seen_at         INTEGER NOT NULL,
    -- Failed attempts that are to be repeated; NULL once the item is done with.
    n_failed        INTEGER CHECK (n_failed BETWEEN 1 AND 255),
    PRIMARY KEY (feed, item)
) STRICT, WITHOUT ROWID;
