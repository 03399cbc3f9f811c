"""A backup of a county's home, and a home made of a backup again (docs/operate/county.md).

    FOLDER/20261129T221500Z/     one backup: manifest.json, the home's files, the database; appears whole
    FOLDER/media/                sealed recordings of all backups: a store, to which objects are only added

`manifest` says what belongs to a backup, `making` makes one while the server runs, `taking` brings one back,
`media` carries recordings between two stores, `settled` keeps a restored home still until its ledger was
compared with the newest cosigned checkpoint.
"""
