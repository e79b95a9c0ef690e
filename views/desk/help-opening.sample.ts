import type { HelpOpeningPage } from '../../src/pages/desk/help-pages.ts'
import { deskSample as desk } from '../sample-desk.ts'

const page: HelpOpeningPage = {
  desk,
  openHref: undefined,
  mayAsk: false,
  asked: undefined,
  problem: undefined,
  values: {},
}
const telephone: HelpOpeningPage = { ...page, mayAsk: true }

export default {
  plain: page,
  wrong: { ...page, problem: 'help.code-refused' },
  malformed: { ...page, problem: 'help.malformed' },
  telephone,
  'no reference': { ...telephone, problem: 'desk.reference' },
  asked: {
    ...telephone,
    asked: { words: { fr: 'rivière tambour', en: 'river drum' } },
  },
  'asked nobody': { ...telephone, asked: { answer: 'none' } },
  another: { ...page, problem: 'help.another' },
  'under way': { ...page, openHref: '/guichet/aide/man_06f9zj5b2x8m4q7t1n3v5w9ykd' },
} satisfies Record<string, HelpOpeningPage>
