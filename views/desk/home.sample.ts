import type { DeskHomePage } from '../../src/pages/desk/pages.ts'
import { deskSample as desk } from '../sample-desk.ts'

export default {
  usual: { desk, lines: [{ href: '/guichet/acces', name: 'access', icon: 'person' }] },
} satisfies Record<string, DeskHomePage>
