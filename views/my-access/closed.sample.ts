import type { ClosedPage } from '../../src/pages/my-access/pages.ts'

export default { plain: {} } satisfies Record<string, ClosedPage>
