/** What the operator's tool does, by the first word of a command. It stands apart from the rooms, so that help loads none of them. */
export const usages = {
  config: `  accord config               the effective configuration, secrets masked`,
  models: `  accord models [AAGUID]      reads FIDO_METADATA as a process would, without the database: its number, its last day, how many models
                              suffice for level 3; of one model: whether it does`,
  keys: `  accord keys list [--known]  the keys by purpose; public names and check values only; --known: those that the database knows
  accord keys create [--log] [--rsa] [--upstream] [--signals]
                              makes the keys that are missing in KEYS_DIR; --log: that of the public log too, where this machine signs;
                              --rsa: the pair for services that register RS256 or PS256 for ID tokens;
                              --signals: the pair that signs what is told to streams of bodies (Shared Signals)
  accord keys announce        notes in the database the keys of purposes of which it knows none
  accord keys announce PURPOSE [--instead]
                              notes the new keys of a purpose, beside those that it knows; --instead: in the place of all others
  accord keys rotate log      a new signing key of the log beside the one that is there: both sign, from the next start on
  accord keys retire log      drops the old one, after 30 days beside the new one; --at-once where it is known to others
  accord keys rotate PURPOSE  adds a key of another purpose that is known, and does not sign or seal yet: restart every process
  accord keys rotate PURPOSE --use [--at-once]
                              the key added last signs or seals from the next start on; a published one a day after it was added
  accord keys retire PURPOSE KEY [--at-once]
                              drops an old key by its name in « keys list », once nothing needs it; of decision and receipt, the half
                              that signs. --at-once does not wait: for a key that is known to others
    --house DIR               with announce, rotate and retire, where KEYS_DIR is the folder of a signer: the folder of the house,
                              whose key of purpose seal notes what is done`,
  seals: `  accord seals list           which tables were sealed as they stood, when, by whom and why
  accord seals first --operator NAME --reason TEXT
                              after a migration that brings seals: seals the rows that are older, as they stand, once for
                              each table. Before it, they open nothing`,
  register: `  accord register plan DIR    what the files of a register would change; applies nothing. It asks new and changed
                              identity providers for their metadata; --offline: it does not
    --out FILE --reason TEXT --reason-en TEXT
                              writes the change as a file that two sign, with its reason in French and in English,
                              and with the values that it replaces
  accord register key FILE    makes the key of somebody who signs; prints its public half for the file in signers/
  accord register sign FILE --key KEY
                              shows all of a change, and signs it, in the file, once the first six characters of its hash
                              are typed; needs no database
    --yes HASH                in the place of typing them: the whole hash, of a text that was read. Where there is neither a
                              terminal nor this, it shows the change, signs nothing, and ends with 2
  accord register apply FILE  shows a change that was signed, and applies it
  accord register apply DIR   applies the files of a register, all or nothing; in production until the register has two signers
  accord register export DIR  writes the register as files into a new folder
                              --json, with each: for machines`,
  account: `  accord account show REF     state of the access that a reference belongs to: con_… (a sharing) or dec_… (a sending)
  accord account suspend REF  sessions and tokens end for good, and nobody signs in with it; sharings go on
  accord account deceased REF the same, and nothing is sent any more (PERSON_DECEASED)
  accord account restore REF  lifts both: its person signs in again; what ended stays ended. It also seals what somebody changed
                              past the broker, so look first; then all sessions end
  accord account counter-code REF
                              a code of one use, for fifteen minutes, for somebody whose identity was verified; it is shown once
  accord account close REF --confirm
                              as its person does it: sharings and sessions end, services are told; erased after thirty days
                              --json, for machines
    --reason TEXT --reason-en TEXT
                              with each but show: why, in French and in English; the person reads it, and who ordered it
    --key FILE                orders it by the key of a signer of the register
    --out FILE                writes the order for « accord order sign »: a counter code needs two signers
    --order FILE              carries out an order that was signed within the hour, once
    --operator NAME           in the place of a key, until the register has two signers`,
  order: `  accord order sign FILE --key KEY
                              shows an order, and signs it, in the file, once the first six characters of its hash are typed;
                              needs no database. --yes HASH, without a terminal: the whole hash`,
  audit: `  accord audit person REF --from DAY --to DAY --into FILE [--to-key FILE]
                              by the order of two signers: a signed dossier of what her chain tells of a year at most, for an auditor,
                              sealed to the auditor's key, or else to be read by its owner alone. She reads that it was made
                              --reason, --out, --order … as of « account »
  accord audit key FILE       makes an auditor's key; prints its public half, for --to-key
  accord audit verify FILE [--key FILE]
                              checks a dossier without the database, and says what it tells; --key opens a sealed one
                              --keys FILE, or the address of a broker's /keys; else the keys in KEYS_DIR
                              --policy FILE, or the address of a /log/policy: which logs and witnesses you trust
  accord audit export --into DIR --reference-key FILE
                              writes what operators did and what was refused as JSON lines (ECS), a file an hour, for a SIEM; people by
                              a reference that the key makes. It goes on where it stopped. A signed digest ends each hour
    --since TIME --until TIME where a new folder begins, and where it ends (2026-11-28T14:00:00Z); --follow: until SIGTERM
  accord audit check FILE…    checks such files, or a folder of them, without the database: nothing is changed, gone or out of order
                              --keys FILE, or the address of a broker's /keys; else the keys in KEYS_DIR; --until TIME: it goes so far
  accord audit reference-key FILE
                              makes the key of references, in a file of its own`,
  'open-data': `  accord open-data correct DATASET MONTH --reason TEXT --reason-en TEXT
                              publishes a month (2026-11) of a dataset of /register/open-data again, as the database tells it now, in a new
                              file that names the old one; everybody reads why. A change of fewer than ten people is not published`,
  receipt: `  accord receipt verify FILE [PROOF]
                              checks a receipt without the database: its signature, and that its event makes its entry;
                              with a .tlog-proof, that the public log holds this entry; FILE may be the .html of a receipt,
                              which has its proof in it; or a document of the public register (.json): the log holds it
                              --keys FILE, or the address of a broker's /keys; else the keys in KEYS_DIR
                              --policy FILE, or the address of a /log/policy: which logs and witnesses you trust`,
  ledger: `  accord ledger verify        re-reads the database and LEDGER_DIR: entries, tiles, roots, signatures, people's chains,
                              and their rows against their events, both ways; names the first entry that is wrong,
                              and the first hundred rows; the days that no worker has closed yet are late (exit 3)
    --url URL                 the same of the logs of a broker, or of one log by its own address, from outside, and that every public entry
                              has its document, and each version of the register two signers, once it has two; --policy FILE (tlog-policy) says whom to trust, else what the address itself says; --since FILE: an earlier checkpoint that it must contain
                              --json, with each: for machines
  accord ledger remember      makes LEDGER_DIR/signed.json anew, where it was lost, of what witnesses cosigned: the database must
                              contain all of it; the process that signs must be stopped
    --checkpoint FILE         a checkpoint that others kept, beside the witnesses or instead of them; several times
  accord ledger restored --reason TEXT --key FILE
                              lets a database go on that is older than what was signed, once two signers of the register have said so
                              within an hour: what was stopped since is lost, and permitted again
    --out FILE, --order FILE  writes it for « accord order sign », and says what was signed
    --operator NAME           in the place of a key, until the register has two signers
  accord ledger monitor URL --state DIR
                              watches the logs of a broker, or one log, from outside: each pass compares what is served with what the passes
                              before saw (trees, keys, witnesses, public documents), which DIR holds
    --policy FILE             a tlog-policy of yours: whom to trust; else the policy that the address served first
    --max-age HOURS           a log that has not grown for longer does not hold (24)
    --watch SECONDS           a pass every so many seconds, until SIGTERM; else one pass
    --accept                  takes the keys and witnesses that are served now as known; never another past
                              --json: a line a pass, for machines`,
  signer: `  accord signer serve --keys DIR --socket PATH PURPOSE…
                              holds the keys of these purposes (id-token, id-token-rsa, upstream, signals, decision, receipt, data, log) in a
                              process of its own, and signs and unwraps for those who have SIGNER_SOCKET=PATH. Restart it after « keys rotate »
                              and « keys retire »
    --memory DIR              with log, and only then: where it notes the last tree that it signed of each log; it signs none that does not contain it
    --rate N                  how many questions it answers in a second, of all who ask together (20000)`,
  witness: `  accord witness serve --dir DIR --policy FILE --name NAME
                              a witness of the logs that FILE names (tlog-policy), with its key and state in DIR, no database
                              --host localhost --port 3005`,
} as const
