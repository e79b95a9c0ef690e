import type { DeskKeysDonePage } from '../../src/pages/desk/keys-pages.ts'

export default { plain: { signInHref: '/acces' } } satisfies Record<string, DeskKeysDonePage>
