import type { NeedPage } from '../../src/pages/site/pages.ts'
import { needs } from '../../src/pages/site/help-topics.ts'

export default Object.fromEntries(
  Object.entries(needs).map(([need, { steps }]) => [need, { need, steps } as NeedPage]),
) satisfies Record<string, NeedPage>
