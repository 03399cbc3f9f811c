"""Attacks that stand in spec/vectors: named here with the promise that they are aimed at.

Bytes, verdict and layer are the vector's; a row that says another code than its vector fails.
"""

from __future__ import annotations

from support.attacks import Attack

# attack | promise | code | vector
_ROWS = """
a line's signature in its other spelling            | G1 | high-s            | lines/high-s
a line signed by another device                     | G1 | foreign-kid       | lines/foreign-kid
a line signed under a name that is not its key's    | G1 | signature         | lines/signed-by-another
a signature taken from another line                 | G1 | signature         | lines/signature-of-another-line
a header that brings its own key (jwk)              | G1 | header            | lines/header-key-inside
a header that names a key by address (jku)          | G1 | header            | lines/header-key-by-address
a header with a certificate (x5c)                   | G1 | header            | lines/header-certificate-inside
a header without a signature (alg none)             | G1 | header            | lines/header-algorithm-none
a header that turns the key into a secret (HS256)   | G1 | header            | lines/header-algorithm-hs256
a journal line passed off as one of the logbook     | G1 | header            | lines/header-other-typ
a payload that says one thing twice                 | G1 | json              | lines/payload-key-twice
a float where an integer belongs                    | G1 | json              | lines/payload-float
NaN where an integer belongs                        | G1 | json              | lines/payload-nan
a byte order mark before a line                     | G1 | line-bytes        | lines/byte-order-mark
a carriage return in a line                         | G1 | line-bytes        | lines/carriage-return
a line of one byte too many                         | G1 | line-too-long     | lines/too-long
padded base64url                                    | G1 | base64            | lines/padded-signature
base64url with stray bits                           | G1 | base64            | lines/not-canonical
segment numbers that leave one out                  | G2 | segment-order     | journal/segment-left-out
a segment moved back in time                        | G1 | pts               | journal/pts-back-too-far
minutes counted otherwise than recorded             | G2 | counter           | recording/minutes-counted-otherwise
minutes of another time                             | G2 | counter           | recording/minutes-of-elsewhere
a drill that was assigned as none                   | G2 | drill             | recording/drill-claimed
a recipient added                                   | G3 | recipients        | recording/recipient-added
the text key sealed to a stranger                   | G3 | recipients        | recording/text-recipient-other
an envelope replaced by one of another share        | G3 | share-hash        | envelopes/another-share
an envelope of another recording                    | G3 | envelope          | envelopes/another-recording
a share's hash altered                              | G3 | share-hash        | envelopes/hash-altered
a thief's own key tried on the envelopes            | G3 | not-a-recipient   | envelopes/not-a-recipient
a recording key that opens to something else        | G3 | commitment        | media/commitment-another-key
a segment opened with another key                   | G3 | segment-open      | media/segment-another-key
a segment opened in another's place                 | G1 | segment-open      | media/segment-another-number
a station between station and recorder              | G4 | tls               | docking/hello-certificates-swapped
an old hello played again                           | G4 | nonce             | docking/hello-other-nonce
another officer's handover                          | G4 | officer           | docking/handover-other-officer
a handover in another bay                           | G4 | bay               | docking/handover-other-bay
an old handover played again                        | G4 | nonce             | docking/handover-nonce-too-old
a security key that was not assigned                | G4 | credential        | docking/handover-credential-not-assigned
a copied security key                               | G4 | sign-count        | docking/handover-count-not-greater
a touch without finger or PIN                       | G4 | assertion         | docking/handover-assertion-uv
a handover that leaves a recording out              | G4 | head              | docking/handover-recording-left-out
a weaker check than the policy demands              | G4 | officer-check     | docking/handover-check-below-least
an upload played again                              | G4 | nonce             | intake/nonce-seen
an upload altered on its way                        | G4 | digest            | intake/body-altered
a receipt of another kind                           | G5 | kind              | receipt/kind-other
a receipt of an old tree                            | G5 | rollback          | receipt/rollback
a receipt without the cosignature                   | G5 | quorum            | receipt/uncosigned
a receipt of another recorder                       | G5 | receipt-recorder  | receipt/another-recorder
a receipt of another recording                      | G5 | receipt-recording | receipt/recording-unknown
a receipt of a shorter recording                    | G5 | receipt-recording | receipt/length-other
a receipt of another ledger                         | G5 | origin            | receipt/origin-other
a receipt in the place of another entry             | G5 | inclusion         | receipt/index-other
an approval given on another page                   | G6 | assertion         | viewing/assertion-origin-other
an approval of another request                      | G6 | assertion         | viewing/assertion-challenge-other
a grant that the keyholder did not sign             | G6 | signature         | viewing/grant-signed-by-another
two trees under one ledger key                      | G7 | consistency       | receipt/same-size-other-root
a history written anew                              | G7 | consistency       | receipt/another-history
a checkpoint with another size under its signature  | G7 | note-signature    | receipt/note-altered
a recording stored otherwise than it is             | G7 | receipt-recording | recording/stored-other-length
a trust document with the forger's ledger           | G8 | note-signature    | recording/ledger-other
a cosigner counted twice                            | G8 | cosigners         | trust/cosigner-twice
a ledger that cosigns itself                        | G8 | note              | trust/cosigner-is-the-ledger
a key that was enrolled afterwards                  | G8 | boot-checkpoint   | recording/enrolled-after-the-recording
a key that was revoked before                       | G8 | revoked           | recording/revoked-before
the enrolment of another key                        | G8 | foreign-kid       | recording/enrolled-another-key
an evidence file that says one thing twice          | G8 | json              | recording/receipt-key-twice
an import called capture                            | G1 | origin            | import/called-camera
an import taken out of its row                      | G2 | import-chain      | import/import-chain
an import of fewer bytes than the file              | G1 | source-size       | import/source-size-less
"""  # noqa: E501

ATTACKS = [
    Attack(name, promise, code, f"{path}.vector")
    for name, promise, code, path in (
        [cell.strip() for cell in row.split("|")] for row in _ROWS.strip().splitlines()
    )
]
