import type { Transaction } from '../../base/database/database.ts'
import type { Origin } from '../../base/web/request-log.ts'
import { recordActivity } from '../accounts/index.ts'
import type { HelpWay, MandateEnd } from '../mandates/index.ts'
import { helpViews } from './tables.ts'
import type { HelpView } from './tables.ts'

// The lines of her activity about a help: at once, while it lasts.

export const helpLines = ['help.opened', 'help.looked', 'help.closed'] as const
export type HelpLine = (typeof helpLines)[number]

type Said = {
  readonly personId: string
  /** `org_…` */
  readonly organisation: string
  readonly said: HelpWay | HelpView | MandateEnd
}

export function noteHelp(
  tx: Transaction,
  kind: HelpLine,
  { personId, organisation, said }: Said,
  { requestId }: Origin,
  now: Date,
): Promise<void> {
  const line = { kind, personId, result: 'done', reason: `${organisation} ${said}` } as const
  // Where an officer is, is nobody’s line.
  return recordActivity(tx, line, { requestId, network: undefined }, now)
}

/** What the reason of a line says. */
export function readHelpLine(reason: string): {
  readonly organisation: string
  readonly said: string
} {
  const [organisation = '', said = ''] = reason.split(' ')
  return { organisation, said }
}

export function isHelpView(text: string): text is HelpView {
  return helpViews.some((one) => one === text)
}
