import type { Language } from '../../src/base/values/languages.ts'
import type { DocsPage } from '../../src/api/openapi/pages.ts'

const evaluate = (language: Language) => ({
  name: 'evaluate',
  method: 'POST',
  path: '/access/v1/evaluation',
  says: { fr: 'Cela peut-il être communiqué maintenant?', en: 'May this be disclosed now?' }[
    language
  ],
  isRepeatable: false,
  parameters: [],
  request: [
    { name: 'subject', kind: 'object', isRequired: true },
    { name: 'subject.id', kind: 'string, 1–128', isRequired: true },
    {
      name: 'resource.properties.categories',
      kind: 'array of (string, 1–64), 1–50',
      isRequired: true,
    },
    { name: 'context.query_id', kind: 'string, 1–128', isRequired: false },
  ],
  answer: [{ name: 'decision', kind: 'true | false', isRequired: true }],
})

const showConsent = (language: Language) => ({
  name: 'showConsent',
  method: 'GET',
  path: '/me/consents/{id}',
  says: { fr: 'Un de ses partages', en: 'One of their sharings' }[language],
  isRepeatable: false,
  parameters: [{ name: 'id', kind: 'string', isRequired: true }],
  request: [],
  answer: [{ name: 'consent_id', kind: 'string', isRequired: true }],
})

export default {
  every: (language: Language) => ({
    groups: [
      { scope: 'decide', operations: [evaluate(language)] },
      { scope: 'search', operations: [{ ...evaluate(language), name: 'search' }] },
      {
        scope: 'report',
        operations: [{ ...evaluate(language), name: 'report', isRepeatable: true }],
      },
      { scope: 'me', operations: [showConsent(language)] },
      { scope: 'none', operations: [{ ...showConsent(language), name: 'alive', parameters: [] }] },
    ],
  }),
} satisfies Record<string, (language: Language) => DocsPage>
