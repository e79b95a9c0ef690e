// The drills: what a table of them says, so that `drill.ts` can run each, and all of them.

export type Counted =
  | 'pairs'
  | 'kills'
  | 'people'
  | 'tries'
  | 'runs'
  | 'faults'
  | 'restores'
  | 'requests'
  | 'consents'
  | 'days'
  | 'letters'

export type Drill = {
  readonly files: readonly string[]
  /** The unit that is counted: the name of the option and of the variable. Absent: it runs once. */
  readonly counts?: Counted
  readonly usually: number
  readonly most: number
  /** How many where all drills run. */
  readonly among: number
  /** Of another version, which `--from` names. */
  readonly from?: true
  /** It fills a folder, which `--keep` names, with so many events as `--events` says. */
  readonly fills?: true
  /** It has machines, and so runs in namespaces of its own, or is skipped. */
  readonly apart?: true
  readonly env?: Readonly<Record<string, string>>
}

const most = 100_000
const mostPeople = 1_000_000
const mostFaults = 1000
const once = { usually: 1, most: 1, among: 1 }

export const drills: Readonly<Record<string, Drill>> = {
  histories: {
    files: ['test/consent/decisions/histories.test.ts'],
    counts: 'pairs',
    usually: 10_000,
    most,
    among: 300,
  },
  races: {
    files: ['races', 'life-races'].map((name) => `test/consent/decisions/${name}.test.ts`),
    counts: 'pairs',
    usually: 1000,
    most,
    among: 300,
  },
  replaced: {
    files: ['test/consent/decisions/code.test.ts'],
    counts: 'runs',
    usually: 200,
    most,
    among: 20,
  },
  lives: {
    files: ['test/consent/record/life-model.test.ts', 'test/pages/my-sharing/one-truth.test.ts'],
    counts: 'runs',
    usually: 500,
    most,
    among: 100,
  },
  log: {
    files: ['test/ledger/transparency-log/kills.test.ts'],
    counts: 'kills',
    usually: 200,
    most,
    among: 30,
  },
  leases: {
    files: ['freezes', 'leases'].map((name) => `test/ledger/transparency-log/${name}.test.ts`),
    counts: 'runs',
    usually: 200,
    most,
    among: 10,
  },
  fold: {
    files: ['test/ledger/fold/many.test.ts'],
    counts: 'people',
    usually: 20_000,
    most: mostPeople,
    among: 2000,
  },
  heads: {
    files: ['test/ledger/heads/many-heads.test.ts'],
    counts: 'people',
    usually: 9_000_000,
    most: 10_000_000,
    among: 1_000_000,
  },
  mail: {
    files: ['test/people/notifications/many-letters.test.ts'],
    counts: 'letters',
    usually: 100_000,
    most: mostPeople,
    among: 10_000,
  },
  migrate: {
    files: ['test/base/migrating/migrate-many.test.ts'],
    counts: 'people',
    usually: 20_000,
    most: mostPeople,
    among: 2000,
  },
  'small-numbers': {
    files: ['test/pages/open-data/attack.test.ts', 'test/pages/open-data/insiders.test.ts'],
    counts: 'people',
    usually: 100_000,
    most: mostPeople,
    among: 100_000,
  },
  tamper: {
    files: ['test/ledger/tampering.test.ts'],
    counts: 'tries',
    usually: 500,
    most,
    among: 50,
  },
  kill: { ...alone('kill'), counts: 'faults', usually: 35, most: mostFaults, among: 7 },
  freeze: { ...alone('freeze'), counts: 'faults', usually: 25, most: mostFaults, among: 5 },
  combinations: { ...alone('combinations'), counts: 'tries', usually: 200, most: 1000, among: 2 },
  'disk-full': { ...alone('disk-full'), ...once },
  failover: { ...alone('failover'), ...once },
  partition: { ...alone('partition'), ...once, apart: true },
  hosts: { ...alone('hosts'), ...once, from: true, apart: true },
  growth: {
    ...alone('growth'),
    counts: 'consents',
    usually: 1_000_000,
    most: 10_000_000,
    among: 10_000,
    fills: true,
  },
  labels: {
    files: ['test/process/metrics.test.ts'],
    counts: 'requests',
    usually: 100_000,
    most: 1_000_000,
    among: 10_000,
  },
  unpushed: {
    files: ['test/provider/unpushed.test.ts'],
    counts: 'requests',
    usually: most,
    most,
    among: 2000,
  },
  calendar: { ...alone('calendar'), counts: 'days', usually: 12, most: 12, among: 1 },
  outages: {
    files: ['test/base/web/outages.test.ts'],
    ...once,
    env: { DRILL_EVERY: 'yes' },
  },
  begin: { files: ['test/deploy/begin.test.ts'], ...once, env: { DRILL_WHOLE: 'yes' } },
  image: { ...alone('image'), ...once },
  signals: { ...alone('signals'), counts: 'kills', usually: 20, most: mostFaults, among: 6 },
  restore: { ...alone('restore'), counts: 'restores', usually: 5, most: mostFaults, among: 1 },
  pitr: { ...alone('pitr'), ...once },
  upgrade: { ...alone('upgrade'), ...once, from: true },
  rotation: { ...alone('rotation'), ...once },
  conformance: { ...alone('conformance'), ...once },
  overload: { ...alone('overload'), ...once },
  rollback: { ...alone('upgrade'), ...once, from: true, env: { DRILL_BACK: 'yes' } },
}

function alone(name: string): Pick<Drill, 'files'> {
  return { files: [`test/drills/${name}.drill.ts`] }
}
