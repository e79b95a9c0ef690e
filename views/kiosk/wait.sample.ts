import type { WaitPage } from '../../src/kiosk/pages.ts'

export default { usual: { nextHref: '/mes-partages' } } satisfies Record<string, WaitPage>
