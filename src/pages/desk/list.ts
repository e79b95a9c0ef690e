import { decisionsPage } from './decision-routes.ts'
import { namePage } from './name-routes.ts'
import { officesPage } from './office-routes.ts'
import type { DeskPage } from './desk-room.ts'

/** The pages of the desk, in the order of the home page. Each page adds itself here, and nowhere else. */
export const deskPages: readonly DeskPage[] = [namePage, decisionsPage, officesPage]
