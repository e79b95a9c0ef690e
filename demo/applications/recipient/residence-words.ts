import type { Locale } from '../words.ts'

const fr = {
  offer: {
    label: 'Vérifier que j’habite au Québec',
    hint: 'La loi nous permet de le demander à l’Agence du revenu (démo). Accord vous en informe avant, et vous voyez chaque envoi.',
    file: 'Voir la vérification',
  },
  title: 'Votre résidence au Québec',
  answeredAt: 'À',
  answered: 'l’Agence du revenu (démo) nous a répondu.',
  endOf: 'Au 31\u00a0décembre',
  yes: 'Oui, au Québec',
  no: 'Non, ailleurs',
  law: 'La loi prévoit cet échange\u00a0: nous ne vous avons rien demandé, et l’Agence ne nous a rien dit de plus.',
  wrong: 'Une réponse est fausse? Dites-le à l’Agence, qui la corrigera.',
  again: 'Vérifier de nouveau',
  seeHint: 'Vous voyez ces envois dans',
  sharings: 'Mes partages',
  setbacks: {
    denied: {
      title: 'Rien n’a été communiqué cette fois',
      text: 'L’Agence du revenu (démo) a demandé si elle pouvait nous répondre, et la réponse est non pour le moment. Votre dossier n’a pas changé.',
    },
    unavailable: {
      title: 'L’Agence ne répond pas pour le moment',
      text: 'Votre dossier n’a pas changé. Réessayez dans quelques minutes.',
    },
  },
}

const en: typeof fr = {
  offer: {
    label: 'Check that I live in Québec',
    hint: 'The law allows us to ask the Revenue Agency (demo). Accord tells you first, and you see what is sent, each time.',
    file: 'See the check',
  },
  title: 'Your residence in Québec',
  answeredAt: 'At',
  answered: 'the Revenue Agency (demo) answered us.',
  endOf: 'On December\u00a031,',
  yes: 'Yes, in Québec',
  no: 'No, elsewhere',
  law: 'The law provides for this exchange: we asked you nothing, and the Agency told us nothing more.',
  wrong: 'Is an answer wrong? Tell the Agency, which will correct it.',
  again: 'Check again',
  seeHint: 'You see these sendings under',
  sharings: 'What I share',
  setbacks: {
    denied: {
      title: 'Nothing was sent this time',
      text: 'The Revenue Agency (demo) asked whether it may answer us, and the answer is no for now. Your file has not changed.',
    },
    unavailable: {
      title: 'The Agency does not answer right now',
      text: 'Your file has not changed. Try again in a few minutes.',
    },
  },
}

export const residenceWords: Readonly<Record<Locale, typeof fr>> = { fr, en }
