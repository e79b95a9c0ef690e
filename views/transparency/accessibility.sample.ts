import type { TextPage } from '../../src/transparency/pages.ts'

export default { plain: {} } satisfies Record<string, TextPage>
