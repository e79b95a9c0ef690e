import type { FormPage, NeedPage } from './pages.ts'

type Need = {
  readonly path: string
  /** Where each step is done; undefined: it is done elsewhere. */
  readonly steps: NeedPage['steps']
}

/** Help by what happened: a page a need; the words are `site.<need>.…`. */
export const needs: Readonly<Record<NeedPage['need'], Need>> = {
  'lost-device': {
    path: '/aide/appareil-perdu',
    steps: ['/acces', undefined, undefined, undefined],
  },
  surprise: {
    path: '/aide/envoi-surprenant',
    steps: ['/activite', '/mes-partages', undefined, undefined],
  },
  'unclear-question': {
    path: '/aide/demande-difficile',
    steps: [undefined, '/mes-partages', undefined, undefined],
  },
  helping: { path: '/aide/aider', steps: [undefined, undefined, undefined, undefined] },
}

/** Forms for paper, and how many squares each has. */
export const forms: Readonly<
  Record<FormPage['form'], { readonly path: string; readonly boxes: FormPage['boxes'] }>
> = {
  ask: { path: '/aide/formulaires/demander', boxes: [1, 2, 3] },
  stop: { path: '/aide/formulaires/arreter', boxes: [1, 2] },
  complain: { path: '/aide/formulaires/porter-plainte', boxes: [1, 2, 3] },
}
