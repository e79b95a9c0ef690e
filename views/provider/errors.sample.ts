import type { Language } from '../../src/base/values/languages.ts'
import type { ErrorListPage } from '../../src/provider/visits/pages.ts'

const audience = (language: Language) => ({
  code: 'assertion-audience',
  anchor: 'assertion-audience',
  error: 'invalid_client',
  status: 401,
  says: ['aud: must be the issuer, as a string', 'aud: …'],
  cause: {
    fr: 'L’assertion est pour une autre adresse.',
    en: 'The assertion is for another address.',
  }[language],
  example: '"aud": "https://accord.example/token"',
  mend: {
    fr: 'Mettez dans aud le membre issuer des métadonnées.',
    en: 'Put the member issuer of the metadata into aud.',
  }[language],
})

export default {
  every: (language: Language) => ({
    faults: [
      audience(language),
      {
        ...audience(language),
        code: 'redirect-uri',
        anchor: 'redirect-uri',
        status: undefined,
        says: [],
      },
    ],
  }),
} satisfies Record<string, (language: Language) => ErrorListPage>
