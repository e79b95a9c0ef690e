import type { LeavingPage } from '../../src/pages/my-access/pages.ts'

export default { plain: {} } satisfies Record<string, LeavingPage>
