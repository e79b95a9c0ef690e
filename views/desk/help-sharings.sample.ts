import type { Language } from '../../src/base/values/languages.ts'
import type { HelpSharingsPage } from '../../src/pages/desk/help-pages.ts'
import sharings from '../my-sharing/sharings.sample.ts'
import { deskSample as desk, helpSample as help } from '../sample-desk.ts'

function page(language: Language): HelpSharingsPage {
  const { lead, blocks, ended } = sharings.four(language)
  return { desk, help, seen: { lead, blocks, ended, answered: [] } }
}

const answered = {
  fr: [{ recipient: 'Aide aux études (démo)', purpose: 'Calculer l’aide aux études' }],
  en: [{ recipient: 'Student aid (demo)', purpose: 'Work out student aid' }],
}

export default {
  plain: page,
  answered: (language) => {
    const { blocks, ended } = page(language).seen
    const others = blocks.slice(1).map((block) => ({ ...block, senders: [], several: [] }))
    const seen = { lead: undefined, blocks: others, ended, answered: answered[language] }
    return { desk, help, seen }
  },
  nothing: () => {
    return { desk, help, seen: { lead: undefined, blocks: [], ended: [], answered: [] } }
  },
} satisfies Record<string, (language: Language) => HelpSharingsPage>
