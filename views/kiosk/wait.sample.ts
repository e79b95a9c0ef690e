import type { WaitPage } from '../../src/pages/kiosk/pages.ts'

export default { usual: { nextHref: '/mes-partages' } } satisfies Record<string, WaitPage>
