import type { DecisionsPage, NamingLine } from '../../src/pages/desk/naming-pages.ts'
import { deskSample as desk } from '../sample-desk.ts'

const line: NamingLine = {
  id: 'pro_0000000000000000000000000A',
  seen: 'ab'.repeat(32),
  number: 'E-4711',
  role: 'counter',
  until: new Date('2027-06-30T16:00:00Z'),
  keys: 'new',
  by: 'E-12',
  isOwn: false,
  expiresAt: new Date('2026-12-10T15:00:00Z'),
}
const page: DecisionsPage = {
  desk,
  action: '/guichet/decisions',
  lines: [
    line,
    { ...line, number: 'E-4712', keys: 'kept', isOwn: true },
    { ...line, number: 'E-4713', by: undefined },
  ],
  done: undefined,
  problem: undefined,
}

export default {
  plain: page,
  none: { ...page, lines: [], done: 'named' },
  refused: { ...page, done: 'refused' },
  decided: { ...page, problem: 'desk.decided' },
} satisfies Record<string, DecisionsPage>
