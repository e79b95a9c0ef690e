import { decisionsPage } from './decision-routes.ts'
import { namePage } from './name-routes.ts'
import { officesPage } from './office-routes.ts'
import { workAccessPage } from './work-access-routes.ts'
import type { DeskPage } from './desk-room.ts'
import { helpPage } from './help-routes.ts'
import { incidentPage } from './incident-routes.ts'
import { arrearsPage } from './arrears-routes.ts'
import { dossierPage } from './dossier-routes.ts'
import { searchCountsPage, searchPage } from './search-routes.ts'
import { suspensionPage } from './suspension-routes.ts'

/** The pages of the desk, in the order of the home page. Each page adds itself here, and nowhere else. */
export const deskPages: readonly DeskPage[] = [
  helpPage,
  searchPage,
  suspensionPage,
  namePage,
  decisionsPage,
  officesPage,
  searchCountsPage,
  arrearsPage,
  dossierPage,
  workAccessPage,
  incidentPage,
]
