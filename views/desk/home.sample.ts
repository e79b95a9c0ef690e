import type { DeskHomePage } from '../../src/pages/desk/pages.ts'
import { deskSample as desk } from '../sample-desk.ts'

export default {
  nothing: { desk: { ...desk, roles: ['supervisor', 'namer'] }, lines: [] },
} satisfies Record<string, DeskHomePage>
