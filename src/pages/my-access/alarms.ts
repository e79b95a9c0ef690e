import type { Hold, Notice } from '../../people/accounts/index.ts'
import { holdOf, isRecovered, openNotices } from '../../people/accounts/index.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Language } from '../../base/values/languages.ts'
import type { SignedInPerson } from '../../base/web/person.ts'
import type { AccessContext } from './context.ts'
import { deviceInWords } from '../../base/web/device.ts'
import type { Alarm } from './pages.ts'
import { isOfRecovery } from './recovery.ts'

/** One deed may write several notices. What says most stands for all of them. */
const weights: readonly Notice['kind'][] = [
  'recovered',
  'factor-added',
  'address-added',
  'codes-made',
  'new-device',
  'line',
]

/**
 * What happened to an access and its person has not answered yet, the newest first: each event once, however many notices it wrote. Every
 * page that asks « Était-ce vous? » of its own accord asks this. A session of a recovery may answer nothing, so it is asked nothing.
 */
export async function alarmsOf(
  context: AccessContext,
  who: Pick<SignedInPerson, 'personId' | 'factorIds'>,
  language: Language,
): Promise<readonly Alarm[]> {
  const { foundation, vault } = context
  const now = foundation.clock()
  const hold = await holdOf(foundation.db, vault.seals, who.personId, now)
  if (hold !== undefined && isRecovered(hold, who.factorIds)) return []
  const notices = await openNotices(foundation.db, who.personId, now)
  const said = ({ device }: Pick<Notice, 'device'>) =>
    deviceInWords(context, language, device ?? '')
  // As `answerOnce` has it, which answers all notices of an event.
  const byDeed = Map.groupBy(notices, ({ at, network }) => `${at.getTime()} ${network}`)
  const events = [...byDeed.values()]
  const others = events.filter((event) => !event.some((one) => isOfHold(hold, one)))
  return [
    ...(hold === undefined ? [] : [alarmOfHold(hold, notices, said)]),
    ...others.flatMap((event) => alarmOf(event, said)),
  ]
}

type Said = (notice: Pick<Notice, 'device'>) => string | undefined

function isOfHold(hold: Hold | undefined, notice: Notice): boolean {
  return hold !== undefined && isOfRecovery(hold, notice)
}

/** A recovery that can still be undone. */
function alarmOfHold(hold: Hold, notices: readonly Notice[], said: Said): Alarm {
  const device = notices.find((one) => one.kind === 'recovered' && isOfHold(hold, one))
  return {
    what: 'held',
    at: hold.since,
    until: hold.until,
    device: device && said(device),
    action: '/acces/retablissement',
  }
}

function alarmOf(event: readonly Notice[], said: Said): readonly Alarm[] {
  const [most] = event.toSorted((a, b) => weights.indexOf(a.kind) - weights.indexOf(b.kind))
  if (most === undefined) return []
  const { noticeId, kind, factor, at } = most
  return [
    {
      what: kind === 'factor-added' ? (factor ?? 'passkey') : kind,
      at,
      until: undefined,
      device: said(most),
      action: `/acces/avis/${writeId('not', noticeId)}`,
    },
  ]
}
