import type { DeviceStoppedPage } from '../../src/provider/pages.ts'

export default {
  plain: { againHref: '/device' },
} satisfies Record<string, DeviceStoppedPage>
