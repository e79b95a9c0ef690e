import type { DeskKeysDonePage } from '../../src/pages/desk/keys-pages.ts'

export default { plain: { deskHref: '/guichet' } } satisfies Record<string, DeskKeysDonePage>
