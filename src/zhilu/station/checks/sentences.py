"""What each finding, and each alarm about the station or its people, means for a person at a terminal; what
to do is in docs/operate/station.md.
"""

from zhilu.i18n import N_

SENTENCES = {
    "alarms-many": N_("So many alarms that new ones are only counted."),
    "bay-broken": N_("A bay does not work."),
    "certificate-ending": N_("The station's certificate ends soon."),
    "certificate-over": N_("The station's certificate has ended: no recorder accepts the station."),
    "clock-off": N_("The station's clock differs from the county's."),
    "county-away": N_("The county server cannot be reached: recordings wait here."),
    "disk-full": N_("The disk is full: nothing is collected."),
    "disk-low": N_("The disk is nearly full."),
    "finger-duplicate": N_("A finger to be enrolled is enrolled already, perhaps for another person."),
    "fork": N_("A recorder's logbook has forked: the recorder is in quarantine."),
    "key-missing": N_("A key of the station is missing, another one, or readable by others."),
    "not-registered": N_("The county server does not know this station: not enrolled there, or revoked."),
    "officer-locked": N_("An officer failed five checks and is locked here for 15 minutes."),
    "sensor-missing": N_("The fingerprint reader is not there."),
    "snapshot-expired": N_("There is no list of devices in force: no recorder is taken."),
    "snapshot-old": N_("The list of devices is older than a day."),
    "spool-damaged": N_("A recording's folder could not be read and was put aside."),
    "spool-full": N_("The space for waiting recordings is full: nothing is collected."),
    "spool-low": N_("The space for waiting recordings is nearly full."),
    "spool-old": N_("Recordings have waited here for more than a day."),
    "upload-refused": N_("The county refuses what this station sends."),
    "word-damaged": N_("A waiting statement is damaged: finish it on the platform."),
    "word-refused": N_("The county refused a statement for good: finish it on the platform."),
}
