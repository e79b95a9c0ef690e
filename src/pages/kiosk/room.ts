import { room } from '../../base/web/room.ts'
import type { KioskContext } from './routes.ts'

export const kioskRoom = room({
  name: 'kiosk',
  async routes({ kiosk }: { readonly kiosk: KioskContext }) {
    if (!kiosk.foundation.config.kiosk) return {}
    return { first: [(await import('./routes.ts')).kioskRoutes(kiosk)] }
  },
})
