import { purposes } from '../values/key-purposes.ts'
import type { Bilingual } from '../values/languages.ts'
import * as labels from './metric-labels.ts'
import type { ClosedListName, NamedList } from './metric-labels.ts'

// Every metric of this house. What a process counts itself is of that process: sum it over all. What the database tells is the same
// whichever process is asked: take the greatest.

type MetricKind = 'counter' | 'gauge' | 'histogram'
type LabelList = readonly string[] | NamedList
export type Metric = {
  readonly kind: MetricKind
  /** `accord_…`, units last: https://prometheus.io/docs/practices/naming/ */
  readonly name: string
  readonly labels: Readonly<Record<string, LabelList>>
  /** Told by the process that is asked, or by the database. */
  readonly told: 'process' | 'database'
  readonly says: Bilingual
  /** Of a histogram: the upper bounds. */
  readonly buckets?: readonly number[]
}

const { route, task, receiver, provider, witness, version, schema } = labels.lists
const none = {}
const latencies = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const sizes = [1, 2, 4, 8, 16, 32, 64, 128]

type Labels = Metric['labels']

/** What happened in this process since its start. */
function counter<const Name extends string, const L extends Labels>(
  name: Name,
  labels: L,
  says: Bilingual,
) {
  return { kind: 'counter', told: 'process', name, labels, says } as const
}

/** How it is in this process now. */
function gauge<const Name extends string, const L extends Labels>(
  name: Name,
  labels: L,
  says: Bilingual,
) {
  return { kind: 'gauge', told: 'process', name, labels, says } as const
}

/** How large, or how slow, what happened in this process was. */
function histogram<const Name extends string, const L extends Labels>(
  name: Name,
  labels: L,
  buckets: readonly number[],
  says: Bilingual,
) {
  return { kind: 'histogram', told: 'process', name, labels, buckets, says } as const
}

/** How it is now, by the database. */
function known<const Name extends string, const L extends Labels>(
  name: Name,
  labels: L,
  says: Bilingual,
) {
  return { kind: 'gauge', told: 'database', name, labels, says } as const
}

const ofProcess = {
  build: gauge(
    'accord_build_info',
    { version, schema },
    {
      fr: 'Toujours 1 : la version du programme, et la dernière migration qu’il connaît',
      en: 'Always 1: the version of the program, and the last migration that it knows',
    },
  ),
  databaseUp: gauge('accord_database_up', none, {
    fr: '1 : la base a répondu à la lecture de ces mesures; 0 : ce qu’elle dit manque',
    en: '1: the database answered the read of these metrics; 0: what it tells is absent',
  }),
  clockRight: gauge('accord_clock_right', none, {
    fr: '1 : l’horloge de cette machine est celle de la base, à 10 s près',
    en: '1: the clock of this machine is the one of the database, within 10 s',
  }),
  ledgerRestored: gauge('accord_ledger_restored', none, {
    fr: '1 : la base est plus ancienne que son journal; rien n’est permis',
    en: '1: the database is older than its log; nothing is permitted',
  }),
  headsAge: gauge('accord_log_heads_age_seconds', none, {
    fr: 'Depuis quand le fil des têtes n’apporte rien à ce processus; après 60 s, il ne permet plus rien',
    en: 'Since when the feed of heads has brought nothing to this process; after 60 s it permits nothing',
  }),
  codeUntrusted: gauge('accord_code_untrusted', none, {
    fr: '1 : la base exécute autre chose que cette version, ou personne n’a pu regarder depuis une minute; rien n’est permis',
    en: '1: the database runs other code than this version, or nobody could look for a minute; nothing is permitted',
  }),
  diskFree: gauge(
    'accord_disk_free_ratio',
    { place: labels.diskPlaces },
    {
      fr: 'Part libre d’un disque : de sa place ou de ses fichiers, la moindre; absent : aucun dossier n’y est nommé',
      en: 'Share of a disk that is free: of its room or of its files, whichever is less; absent: no folder on it is named',
    },
  ),
  certificateLeft: gauge(
    'accord_certificate_left_seconds',
    { certificate: labels.certificates },
    {
      fr: 'Dans combien de temps un certificat se termine; absent : personne ne l’a vu',
      en: 'How soon a certificate ends; absent: it was not seen',
    },
  ),
  levelThree: gauge('accord_level_three_usable', none, {
    fr: '1 : une clé peut donner le niveau 3; 0 : le fichier FIDO ne sert pas; absent : le niveau 3 n’est pas offert',
    en: '1: a key can give level 3; 0: the FIDO file cannot be used; absent: level 3 is not offered',
  }),
  brakes: gauge(
    'accord_brakes',
    { kind: labels.brakedKinds },
    {
      fr: 'Ce qui est suspendu sans attendre (`accord brake`), par sorte',
      en: 'What is suspended at once (`accord brake`), by kind',
    },
  ),
  brakeAloneLeft: gauge('accord_brake_alone_left_seconds', none, {
    fr: 'Dans combien de temps se termine ce qu’une seule personne a suspendu; absent : rien ne l’est',
    en: 'How soon ends what one person alone suspended; absent: nothing is',
  }),
  brakeConfirmedLeft: gauge('accord_brake_confirmed_left_seconds', none, {
    fr: 'Dans combien de temps se termine ce que deux ont confirmé; absent : rien ne l’est',
    en: 'How soon ends what two have confirmed; absent: nothing is',
  }),
  copyAge: gauge('accord_copy_age_seconds', none, {
    fr: 'Âge de la marque `copy` de `MARKS_DIR`; `+Inf` : il n’y en a pas',
    en: 'Age of the mark `copy` in `MARKS_DIR`; `+Inf`: there is none',
  }),
  restoreAge: gauge('accord_restore_age_seconds', none, {
    fr: 'Âge de la marque `restore` : la dernière restauration essayée; `+Inf` : il n’y en a pas',
    en: 'Age of the mark `restore`: the last restore that was tried; `+Inf`: there is none',
  }),
  exportLate: gauge('accord_audit_export_late_seconds', none, {
    fr: 'Depuis quand l’export d’audit de `AUDIT_DIR` n’avance plus; deux minutes sont normales; `+Inf` : il n’y en a pas',
    en: 'How far the audit export in `AUDIT_DIR` is behind; two minutes are usual; `+Inf`: there is none',
  }),
  connections: gauge(
    'accord_database_connections',
    { pool: labels.pools, state: labels.connectionStates },
    {
      fr: 'Connexions à la base, prises et libres',
      en: 'Connections to the database, in use and idle',
    },
  ),
  connectionsMost: gauge(
    'accord_database_connections_max',
    { pool: labels.pools },
    { fr: 'Connexions qu’un processus peut ouvrir', en: 'Connections that a process may open' },
  ),
  connectionsWaiting: gauge(
    'accord_database_connections_waiting',
    { pool: labels.pools },
    { fr: 'Demandes qui attendent une connexion', en: 'Requests that wait for a connection' },
  ),
  requests: counter(
    'accord_http_requests_total',
    { route, class: labels.statusClasses },
    {
      fr: 'Requêtes par route et par classe de réponse',
      en: 'Requests by route and class of answer',
    },
  ),
  responses: counter(
    'accord_http_responses_total',
    { method: labels.methods, status: labels.statuses },
    { fr: 'Réponses par méthode et par code de statut', en: 'Answers by method and status code' },
  ),
  requestSeconds: histogram(
    'accord_http_request_duration_seconds',
    { group: labels.routeGroups },
    latencies,
    {
      fr: 'Temps jusqu’à la réponse, par groupe de routes',
      en: 'Time until the answer, by group of routes',
    },
  ),
  refused: counter(
    'accord_http_refused_total',
    { reason: labels.refusalReasons },
    {
      fr: 'Requêtes refusées par 413, 429 ou 503, par raison',
      en: 'Requests refused by 413, 429 or 503, by reason',
    },
  ),
  overloaded: counter(
    'accord_overload_refused_total',
    { rank: labels.refusedRanks },
    {
      fr: 'Requêtes refusées parce qu’un processus en reçoit trop, par rang',
      en: 'Requests refused because a process gets too many, by rank',
    },
  ),
  decisions: counter(
    'accord_decisions_total',
    { outcome: labels.outcomes },
    { fr: 'Décisions, par réponse', en: 'Decisions, by outcome' },
  ),
  denials: counter(
    'accord_denials_total',
    { reason: [...labels.denyReasons, ...labels.callRefusals] },
    { fr: 'Décisions de refus, par raison', en: 'Decisions to deny, by reason' },
  ),
  evaluations: histogram('accord_evaluations_questions', none, sizes, {
    fr: 'Questions d’une demande de plusieurs décisions',
    en: 'Questions of a request for several decisions',
  }),
  batchItems: histogram('accord_batch_items', { batch: labels.batches }, sizes, {
    fr: 'Ce qu’une instruction de la base fait en une fois',
    en: 'How much one statement of the database does at once',
  }),
  jobRuns: counter(
    'accord_job_runs_total',
    { task, result: labels.jobResults },
    {
      fr: 'Tâches exécutées : faites, échouées (elles reviendront), abandonnées',
      en: 'Jobs run: done, failed (they come again), given up',
    },
  ),
  jobSeconds: counter(
    'accord_job_seconds_total',
    { task },
    { fr: 'Temps passé dans les tâches', en: 'Time spent in jobs' },
  ),
  messages: counter(
    'accord_messages_total',
    { channel: labels.channels, result: labels.messageResults },
    {
      fr: 'Essais d’envoi : partis, adresse refusée pour de bon, échoués (ils reviendront)',
      en: 'Tries to send: left, address refused for good, failed (they come again)',
    },
  ),
  messagesAgain: counter(
    'accord_messages_again_total',
    { channel: labels.channels },
    {
      fr: 'Messages renvoyés sans savoir si l’essai d’avant les avait livrés : un arrêt brutal, une connexion coupée. Le destinataire a peut-être le même message deux fois, sous un seul `Message-ID`',
      en: 'Messages sent again without knowing whether the try before delivered them: a kill, a connection that broke. Their receiver may have the same message twice, under one `Message-ID`',
    },
  ),
  upstreams: counter(
    'accord_upstream_requests_total',
    { provider, result: labels.upstreamResults },
    {
      fr: 'Ce qui a été demandé aux fournisseurs d’identité, par réponse',
      en: 'What providers of identities were asked, by answer',
    },
  ),
} as const satisfies Readonly<Record<string, Metric>>

const ofDatabase = {
  jobsWaiting: known(
    'accord_jobs_waiting',
    { task },
    { fr: 'Tâches dont l’heure est venue et qui attendent', en: 'Jobs that are due and wait' },
  ),
  jobsOldest: known(
    'accord_jobs_oldest_seconds',
    { task },
    {
      fr: 'Depuis combien de temps la plus ancienne attend; 0 : aucune n’attend',
      en: 'How long the oldest of these waits; 0: none waits',
    },
  ),
  jobsGivenUp: known(
    'accord_jobs_given_up',
    { task },
    {
      fr: 'Tâches abandonnées aujourd’hui et hier, à l’heure du Québec',
      en: 'Jobs that were given up today and yesterday, by the time of Québec',
    },
  ),
  workers: known('accord_workers_alive', none, {
    fr: 'Processus qui travaillent et donnent signe de vie',
    en: 'Processes that work and give signs of life',
  }),
  signalsWaiting: known(
    'accord_signals_waiting',
    { receiver },
    {
      fr: 'Événements qui attendent dans les flux d’un organisme',
      en: 'Events that wait in the streams of a body',
    },
  ),
  signalsOldest: known(
    'accord_signals_oldest_seconds',
    { receiver },
    {
      fr: 'Depuis combien de temps le plus ancien attend',
      en: 'How long the oldest of these waits',
    },
  ),
  streams: known(
    'accord_signals_streams',
    { state: labels.streamStates },
    { fr: 'Flux des organismes, par état', en: 'Streams of bodies, by state' },
  ),
  stopsWaiting: known(
    'accord_stops_waiting',
    { receiver },
    {
      fr: 'Arrêts qu’un organisme n’a pas encore confirmés, jusqu’à 10 000',
      en: 'Stops that a body has not confirmed yet, up to 10,000',
    },
  ),
  stopsOldest: known(
    'accord_stops_oldest_seconds',
    { receiver },
    {
      fr: 'Depuis combien de temps le plus ancien attend',
      en: 'How long the oldest of these waits',
    },
  ),
  logWaiting: known('accord_log_waiting', none, {
    fr: 'Entrées qui attendent leur place dans le journal public, jusqu’à 100 000',
    en: 'Entries that wait for their place in the public log, up to 100,000',
  }),
  logOldest: known('accord_log_oldest_seconds', none, {
    fr: 'Depuis combien de temps la plus ancienne attend',
    en: 'How long the oldest of these waits',
  }),
  logBehind: known('accord_log_unsigned_entries', none, {
    fr: 'Entrées de l’arbre que le dernier point de contrôle signé n’a pas',
    en: 'Entries of the tree that the last signed checkpoint does not have',
  }),
  checkpointAge: known('accord_log_checkpoint_age_seconds', none, {
    fr: 'Âge du dernier point de contrôle signé',
    en: 'Age of the last signed checkpoint',
  }),
  quorumAge: known('accord_log_quorum_age_seconds', none, {
    fr: 'Âge du dernier point de contrôle qu’assez de témoins ont cosigné; absent : aucun témoin n’est nommé',
    en: 'Age of the last checkpoint that enough witnesses cosigned; absent: no witness is named',
  }),
  cosignatureAge: known(
    'accord_log_cosignature_age_seconds',
    { witness },
    {
      fr: 'Âge du dernier point de contrôle qu’un témoin a cosigné',
      en: 'Age of the last checkpoint that a witness cosigned',
    },
  ),
  foldAge: known('accord_fold_age_seconds', none, {
    fr: 'Depuis combien de temps la dernière comparaison des lignes et des événements est finie',
    en: 'How long ago the last comparison of rows with events ended',
  }),
  foldDifferences: known('accord_fold_differences', none, {
    fr: 'Différences que la dernière comparaison a trouvées',
    en: 'Differences that the last comparison found',
  }),
  daysNotClosed: known(
    'accord_days_not_closed',
    { closing: labels.dayClosings },
    {
      fr: 'Jours finis que personne n’a encore fermés, le lendemain non plus',
      en: 'Days that are over and that nobody has closed, on the day after neither',
    },
  ),
  inquiries: known(
    'accord_inquiries',
    { holder: receiver },
    {
      fr: 'Vérifications d’un partage par son détenteur, le dernier jour fermé',
      en: 'Introspections of a sharing by its holder, on the last day that is closed',
    },
  ),
  inquiriesUndecided: known(
    'accord_inquiries_undecided',
    { holder: receiver },
    {
      fr: 'Celles qu’aucune demande de décision n’a suivies, sans raison dite',
      en: 'Those that no question for a decision followed, and no reason was said',
    },
  ),
  foldPeople: known('accord_fold_people', none, {
    fr: 'Personnes que la dernière comparaison a lues',
    en: 'People whom the last comparison read',
  }),
  foldSeconds: known('accord_fold_duration_seconds', none, {
    fr: 'Durée de la dernière comparaison',
    en: 'How long the last comparison took',
  }),
  messagesWaiting: known(
    'accord_messages_waiting',
    { channel: labels.channels },
    {
      fr: 'Messages des dernières 24 heures qui ne sont pas partis, jusqu’à 100 000',
      en: 'Messages of the last 24 hours that have not left, up to 100,000',
    },
  ),
  messagesOldest: known(
    'accord_messages_oldest_seconds',
    { channel: labels.channels },
    {
      fr: 'Depuis combien de temps le plus ancien attend',
      en: 'How long the oldest of these waits',
    },
  ),
  mailFailing: known('accord_mail_failing_seconds', none, {
    fr: 'Depuis combien de temps le relais de courriel ne prend rien; 0 : il prend',
    en: 'How long the relay of e-mail has taken nothing; 0: it does',
  }),
  archiveFailing: known('accord_archive_failing_seconds', none, {
    fr: 'Depuis quand PostgreSQL ne peut plus archiver son journal des écritures; 0 : il peut; absent : il n’archive pas',
    en: 'Since when PostgreSQL has failed to archive its log of writes; 0: it does; absent: it archives nothing',
  }),
  keyAge: known(
    'accord_key_age_seconds',
    { purpose: purposes },
    {
      fr: 'Depuis combien de temps la clé d’un usage sert; absent : il n’y en a pas',
      en: 'How long the key of a purpose has been used; absent: there is none',
    },
  ),
  keyAnnounced: known(
    'accord_key_announced_age_seconds',
    { purpose: purposes },
    {
      fr: 'Depuis combien de temps une clé attend de servir; absent : aucune n’attend',
      en: 'How long a key has waited to be used; absent: none waits',
    },
  ),
} as const satisfies Readonly<Record<string, Metric>>

export const metrics = { ...ofProcess, ...ofDatabase } as const

type Metrics = typeof metrics
export type MetricId = keyof Metrics
export type IdOf<Kind extends MetricKind> = {
  [Id in MetricId]: Metrics[Id]['kind'] extends Kind ? Id : never
}[MetricId]

declare const ofList: unique symbol
/** A name that is in a list, or `other`. Only `Meter.listed` makes one, so that no other text becomes a label. */
export type InList<Name extends ClosedListName> = string & { readonly [ofList]: Name }

type ValueOf<List> = List extends readonly (infer Value)[]
  ? Value
  : List extends NamedList<infer Name extends ClosedListName>
    ? InList<Name>
    : never
export type LabelsOf<Id extends MetricId> = {
  readonly [Label in keyof Metrics[Id]['labels']]: ValueOf<Metrics[Id]['labels'][Label]>
}
