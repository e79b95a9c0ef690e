import type { BeginPage } from '../../src/base/web/pages.ts'

const page = {
  csrf: 'csrf-of-a-sample',
  action: '/connexion',
  returnTo: '/acces',
  level: '',
  ended: undefined,
}
const at = new Date('2026-11-24T15:00:00Z')

export default {
  plain: page,
  recovered: { ...page, ended: { because: 'recovery', at } },
  'not-mine': { ...page, ended: { because: 'not-mine', at } },
  elsewhere: { ...page, ended: { because: 'elsewhere', at } },
} satisfies Record<string, BeginPage>
