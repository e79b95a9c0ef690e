import type { DeskCodePage } from '../../src/pages/desk/keys-pages.ts'

const page: DeskCodePage = {
  csrf: 'csrf-of-a-sample',
  action: '/cles-du-comptoir',
  problem: undefined,
  values: undefined,
}

export default {
  plain: page,
  refused: { ...page, problem: 'desk.code-refused' },
} satisfies Record<string, DeskCodePage>
