import type { DeviceStoppedPage } from '../../src/provider/visits/pages.ts'

export default {
  plain: { againHref: '/device' },
} satisfies Record<string, DeviceStoppedPage>
