import type { OfficerSession } from '../../base/web/officer.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Language } from '../../base/values/languages.ts'
import type { IncidentReason, OpenProposal } from '../../people/offices/index.ts'
import {
  incidentReasons,
  liftReasons,
  stopReasons,
  waitingProposals,
} from '../../people/offices/index.ts'
import type { Brake, Register } from '../../registry/index.ts'
import { standingBrakes } from '../../registry/index.ts'
import { registerEpoch } from '../../consent/record/index.ts'
import { brakedName } from '../status/index.ts'
import type { DeskRoom } from './desk-room.ts'
import type { BrakeProposalRow, DeskBrake, IncidentsPage, IncidentThing } from './incident-pages.ts'

/** What the desk of a body may stop, what is stopped of it, and what waits for a second officer. */
export async function incidentsOf(
  { foundation: { db, clock }, live, vault }: DeskRoom,
  { officerId, organisation }: OfficerSession,
  language: Language,
): Promise<Omit<IncidentsPage, 'desk'>> {
  const register = await live.at(await registerEpoch(db))
  const now = clock()
  const nameOf = (of: Pick<Brake, 'kind' | 'id'>) => brakedName(of, register)[language]
  const choice = (value: IncidentReason) => ({ value, label: incidentReasons[value][language] })
  const things = thingsOf(register, organisation)
  const standing = standingBrakes(register.brakes, now)
  const isOn = (thing: Pick<Brake, 'kind' | 'id'>) =>
    standing.find(({ kind, id }) => kind === thing.kind && id === thing.id)
  const waiting = await waitingProposals(db, vault, organisation, now)
  return {
    things: things
      .filter((thing) => isOn(thing) === undefined)
      .map((thing) => ({ ...thing, name: nameOf(thing) })),
    brakes: things.flatMap((thing): DeskBrake[] => {
      const brake = isOn(thing)
      if (brake === undefined) return []
      const { until, isConfirmed, desk } = brake
      const common = { ...thing, name: nameOf(thing), until, isConfirmed }
      return [{ ...common, reason: brake.reason[language], isOurs: desk === organisation }]
    }),
    proposals: waiting
      .filter((one) => isOfBrake(one))
      .map((one): BrakeProposalRow => {
        const { proposalId, deed, content, expiresAt, madeBy, seen } = one
        const about = {
          of: { kind: content.kind, id: content.id },
          name: nameOf(content),
          reason: incidentReasons[content.reason][language],
          until: expiresAt,
        }
        const isOwn = madeBy === officerId
        return { id: writeId('pro', proposalId), deed, ...about, isOwn, seen: seen.toString('hex') }
      }),
    stopReasons: stopReasons.map(choice),
    liftReasons: liftReasons.map(choice),
  }
}

type OfBrake = Extract<OpenProposal, { readonly deed: `incident.${string}` }>

function isOfBrake(one: OpenProposal): one is OfBrake {
  return one.deed === 'incident.hold' || one.deed === 'incident.lift'
}

/** The services of a body, and the agreements of which it is one side. */
function thingsOf(register: Register, organisation: string): Omit<IncidentThing, 'name'>[] {
  const ids = (kind: 'service' | 'agreement') => [
    ...new Set(register.versions.filter((one) => one.kind === kind).map(({ id }) => id)),
  ]
  const services = ids('service').filter((id) => register.anyService(id)?.orgId === organisation)
  const agreements = ids('agreement').filter((id) => {
    const found = register.agreement(id)
    return [found?.holder, found?.recipient].includes(organisation)
  })
  return [
    ...services.map((id) => ({ kind: 'service' as const, id })),
    ...agreements.map((id) => ({ kind: 'agreement' as const, id })),
  ]
}
