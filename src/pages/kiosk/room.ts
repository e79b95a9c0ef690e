import { room } from '../../base/web/room.ts'
import type { kioskRoutes } from './routes.ts'

export const kioskRoom = room({
  name: 'kiosk',
  async routes({ kiosk }: { readonly kiosk: Parameters<typeof kioskRoutes>[0] }) {
    if (!kiosk.foundation.config.kiosk) return {}
    return { first: [(await import('./routes.ts')).kioskRoutes(kiosk)] }
  },
})
