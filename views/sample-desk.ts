import type { DeskFrame } from '../src/pages/desk/pages.ts'

/** The frame of every page of the desk. */
export const deskSample: DeskFrame = {
  body: 'Aide aux études (démo)',
  roles: ['counter'],
  idleAt: new Date('2026-12-03T15:12:00Z'),
  endsAt: new Date('2026-12-03T22:57:00Z'),
  csrf: 'csrf-of-a-sample',
}
