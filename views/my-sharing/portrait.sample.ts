import type { BodyBlock, PortraitPage } from '../../src/pages/my-sharing/pages.ts'
import type { Language } from '../../src/base/values/languages.ts'
import { exchangesOf } from '../../src/pages/my-sharing/list.ts'
import { pictureOf } from '../../src/pages/picture/index.ts'
import { fourWays, leadSample, manyWays } from './sharings.sample.ts'

function pageOf(blocks: readonly BodyBlock[], language: Language): PortraitPage {
  const base = language === 'en' ? '/en' : ''
  return { lead: leadSample(language, blocks), picture: pictureOf(exchangesOf(blocks, base)) }
}

export default {
  four: (language: Language) => pageOf(fourWays(language), language),
  many: (language: Language) => pageOf(manyWays(language), language),
  empty: (language: Language) => pageOf([], language),
} satisfies Record<string, (language: Language) => PortraitPage>
