import type { Language } from '../../src/base/values/languages.ts'
import type { DeviceConfirmPage } from '../../src/provider/visits/pages.ts'

const page = (language: Language): DeviceConfirmPage => ({
  action: '/device',
  xsrf: 'xsrf-of-a-sample',
  code: 'WDJB-MJHT',
  service: { fr: 'Aide aux études (démo)', en: 'Student Aid (demo)' }[language],
  organisation: { fr: 'Aide aux études (démo)', en: 'Student Aid (demo)' }[language],
  isSignedIn: true,
  isKiosk: false,
})

export default {
  plain: page,
  'signed-out': (language: Language) => ({ ...page(language), isSignedIn: false }),
  kiosk: (language: Language) => ({ ...page(language), isSignedIn: false, isKiosk: true }),
} satisfies Record<string, (language: Language) => DeviceConfirmPage>
