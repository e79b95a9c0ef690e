import type { HelpStartPage } from '../../src/pages/desk/help-pages.ts'
import { deskSample as desk, helpSample as help } from '../sample-desk.ts'

export default { plain: { desk, help } } satisfies Record<string, HelpStartPage>
