import type { TextPage } from '../../src/pages/site/pages.ts'

export default { plain: {} } satisfies Record<string, TextPage>
