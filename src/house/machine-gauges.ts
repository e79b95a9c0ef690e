import type { PublishedKeys } from '../base/keys/jws.ts'
import type { Config } from '../base/settings/config.ts'
import { serversOf } from '../base/settings/database-hosts.ts'
import type { Meter } from '../base/logging/meter.ts'
import type { certificates, diskPlaces } from '../base/logging/metric-labels.ts'
import type { TlsHost } from '../base/observing/certificate-ends.ts'
import { endAtHosts, endInFile } from '../base/observing/certificate-ends.ts'
import type { LookPace } from '../base/observing/machine-look.ts'
import { ageOf, freeShare, makeLook, markAge } from '../base/observing/machine-look.ts'
import type { LevelThree } from '../webauthn/index.ts'
import { exportProgress } from '../ledger/audit-export/index.ts'

// What is not of Accord alone: disks, certificates, and what jobs of the machine leave behind. Nothing is looked at before somebody asks.

const files: LookPace = { everyMs: 10_000, patienceMs: 1000 }
// A host of ours is asked seldom, and no scrape waits for it.
const hosts: LookPace = { everyMs: 15 * 60_000, patienceMs: 0 }

type DiskPlace = (typeof diskPlaces)[number]
type Certificate = (typeof certificates)[number]

/** What there is to look at, by the configuration. */
export type WatchedMachine = {
  readonly disks: readonly (readonly [DiskPlace, string])[]
  readonly certificates: readonly (readonly [Certificate, string | readonly TlsHost[]])[]
  readonly marks: string | undefined
  readonly audit: string | undefined
}

type Watching = Pick<Config, 'issuer' | 'ledgerDir' | 'fido' | 'databaseUrl' | 'watchedPlaces'>

export function machineToWatch({
  watchedPlaces,
  ledgerDir,
  fido,
  ...config
}: Watching): WatchedMachine {
  const { audit, database, marks } = watchedPlaces
  const dirs = [
    ['ledger', ledgerDir],
    ['audit', audit],
    ['database', database],
  ] as const
  const { hosts: servers, authority } = databaseTls(config.databaseUrl?.reveal())
  const seen = [
    ['issuer', hostsOf(config.issuer)],
    ['database', servers],
    ['database-authority', authority],
    ['fido-roots', fido?.roots],
  ] as const
  return {
    disks: dirs.flatMap(([place, dir = '']) => (dir === '' ? [] : [[place, dir] as const])),
    certificates: seen.flatMap(([name, where]) =>
      where === undefined || where.length === 0 ? [] : [[name, where] as const],
    ),
    marks,
    audit,
  }
}

// What people's browsers see: the proxy in front ends TLS, and no file of ours has its certificate.
function hostsOf(issuer: string): readonly TlsHost[] {
  const url = URL.parse(issuer)
  if (url?.protocol !== 'https:') return []
  const host = url.hostname.replaceAll(/[[\]]/g, '')
  return [{ host, port: Number(url.port || 443), speaks: 'tls' }]
}

function databaseTls(url = ''): { hosts: readonly TlsHost[]; authority: string | undefined } {
  const servers = serversOf(url) ?? []
  const asked = servers[0] && new URL(servers[0].url).searchParams
  const mode = asked?.get('sslmode') ?? 'disable'
  const hosts = servers.map(({ host, port }) => ({ host, port, speaks: 'postgres' }) as const)
  return {
    hosts: mode === 'disable' ? [] : hosts,
    authority: asked?.get('sslrootcert') ?? undefined,
  }
}

type Telling = {
  readonly meter: Meter
  readonly watched: WatchedMachine
  /** By which the audit export of this house signs how far it has come. */
  readonly keys: PublishedKeys
  readonly now: () => Date
}

/** Tells at each scrape what this process sees of its machine; what it does not see is absent, and what never was is of an infinite age. */
export function tellMachine({ meter, watched, keys, now }: Telling): void {
  if (!meter.isOn) return
  const disks = watched.disks.map(
    ([place, path]) => [place, makeLook(() => freeShare(path), files)] as const,
  )
  const ends = watched.certificates.map(
    ([name, where]) =>
      [
        name,
        typeof where === 'string'
          ? makeLook(() => endInFile(where), files)
          : makeLook(() => endAtHosts(where), hosts),
      ] as const,
  )
  const { copy, restore, exported } = markLooks({ watched, keys, now })
  meter.atScrape(async (gauges) => {
    await Promise.all([
      ...disks.map(async ([place, look]) => {
        const share = await look()
        if (share !== undefined) gauges.set('diskFree', { place }, share)
      }),
      ...ends.map(async ([certificate, look]) => {
        const end = await look()
        if (end === undefined) return
        gauges.set('certificateLeft', { certificate }, (end.getTime() - now().getTime()) / 1000)
      }),
    ])
    const ages = await Promise.all([copy?.(), restore?.(), exported?.()])
    for (const [at, metric] of (['copyAge', 'restoreAge', 'exportLate'] as const).entries()) {
      const age = ages[at]
      if (age !== undefined) gauges.set(metric, {}, age)
    }
  })
}

/** Whether keys give level 3 now: the operator brings a new FIDO file each month, and nothing else notices that it has ended. */
export function tellLevelThree(meter: Meter, level: Pick<LevelThree, 'trouble'> | undefined): void {
  if (!meter.isOn || level === undefined) return
  const look = makeLook(async () => (await level.trouble()) === undefined, files)
  meter.atScrape(async (gauges) => {
    const isUsable = await look()
    if (isUsable !== undefined) gauges.set('levelThree', {}, isUsable ? 1 : 0)
  })
}

// A folder that does not answer counts as one without a mark: its alarm rings.
function markLooks({ watched: { marks, audit }, keys, now }: Omit<Telling, 'meter'>) {
  const mark = (name: string) =>
    marks === undefined ? undefined : always(() => markAge(marks, name, now()))
  return {
    copy: mark('copy'),
    restore: mark('restore'),
    exported:
      audit === undefined
        ? undefined
        : always(async () => ageOf(await exportProgress(audit, keys), now())),
  }
}

function always(look: () => Promise<number>): () => Promise<number> {
  const seen = makeLook(look, files)
  return async () => (await seen()) ?? Number.POSITIVE_INFINITY
}
