import type { DeviceDonePage } from '../../src/provider/visits/pages.ts'

export default {
  plain: { isKiosk: false },
  kiosk: { isKiosk: true },
} satisfies Record<string, DeviceDonePage>
