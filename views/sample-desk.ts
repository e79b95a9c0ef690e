import type { HelpFrame } from '../src/pages/desk/help-pages.ts'
import type { DeskFrame } from '../src/pages/desk/pages.ts'

/** The frame of every page of the desk. */
export const deskSample: DeskFrame = {
  body: 'Aide aux études (démo)',
  roles: ['counter'],
  idleAt: new Date('2026-12-03T15:12:00Z'),
  endsAt: new Date('2026-12-03T22:57:00Z'),
  csrf: 'csrf-of-a-sample',
}

/** What every page of a help has. */
export const helpSample: HelpFrame = {
  since: new Date('2026-12-03T14:42:00Z'),
  until: new Date('2026-12-03T15:12:00Z'),
  path: '/guichet/aide/man_06f9zj5b2x8m4q7t1n3v5w9ykd',
}
