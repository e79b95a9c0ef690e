import type { ClosedPage } from '../../src/access/pages.ts'

export default { plain: {} } satisfies Record<string, ClosedPage>
