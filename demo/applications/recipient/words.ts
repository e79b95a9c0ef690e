import type { Locale } from '../words.ts'

const fr = {
  offer: {
    label: 'Demander une bourse',
    hint: 'Vous choisirez si l’Agence du revenu (démo) peut nous communiquer votre avis de cotisation 2025. Si vous préférez que non, il y a un autre moyen.',
    file: 'Voir ma demande',
  },
  file: {
    title: 'Votre demande',
    income: 'Revenu net 2025\u00a0:',
    receivedFrom: 'reçu de l’Agence du revenu (démo) à\u00a0',
    situation: 'Situation familiale',
    dependants: 'Personnes à charge',
    keptBack: 'Non communiqué',
    keptBackHint: 'Vous ne l’avez pas autorisé\u00a0: nous avons calculé sans.',
    aid: 'Votre bourse pour l’année',
    aidHint: 'Calcul inventé pour la démonstration.',
    again: 'Recalculer',
    againHint: 'Nous redemanderons votre avis à l’Agence.',
    stopHint: 'Vous voyez chaque envoi, et pouvez tout arrêter, dans',
    sharings: 'Mes partages',
    until: 'Autorisé jusqu’au',
    loan: 'Remboursement de votre prêt',
    loanYes: 'Selon votre revenu\u00a0: vous l’avez autorisé',
    loanNo: 'Remboursement ordinaire',
    nextYear: 'Préparer l’an prochain',
    nextYearHint:
      'Nous vous demanderons deux choses\u00a0: de prolonger ce partage, et de fixer le remboursement de votre prêt selon votre revenu. Vous répondez à chacune séparément.',
  },
  situations: {
    celibataire: 'Célibataire',
    en_couple: 'En couple',
    separe: 'Séparation',
    unknown: 'Autre',
  },
  setbacks: {
    refused: {
      title: 'Votre demande continue',
      text: 'Le partage n’est pas autorisé, et rien n’est perdu\u00a0: l’Agence du revenu (démo) ne nous communiquera rien. Il faut simplement nous fournir votre avis de cotisation autrement.',
      retry: 'Revoir la question',
    },
    stopped: {
      title: 'Ce partage est arrêté',
      text: 'L’Agence du revenu (démo) ne nous communique plus rien\u00a0: vous l’avez arrêté, ou il a pris fin. Votre demande continue\u00a0: fournissez-nous votre avis autrement, ou autorisez le partage de nouveau.',
      retry: 'Autoriser de nouveau',
    },
    denied: {
      title: 'Rien n’a été communiqué cette fois',
      text: 'L’Agence du revenu (démo) a demandé si elle pouvait nous envoyer votre avis, et la réponse est non pour le moment. Rien n’est perdu\u00a0: votre demande continue.',
      retry: 'Réessayer',
    },
    notFound: {
      title: 'L’Agence n’a pas d’avis 2025 pour vous',
      text: 'Rien ne nous a été communiqué, et rien n’est perdu. Si vous avez reçu un avis de cotisation, fournissez-le autrement.',
      retry: 'Réessayer',
    },
    unavailable: {
      title: 'L’Agence ne répond pas pour le moment',
      text: 'Rien n’est perdu\u00a0: votre demande et votre autorisation sont gardées. Réessayez dans quelques minutes.',
      retry: 'Réessayer',
    },
  },
  told: ['À\u00a0', ', Accord nous a avisés de l’arrêt.'],
  kept: 'Ce que nous avions déjà calculé reste à votre dossier\u00a0: une bourse de',
  otherWay: {
    title: 'Fournir votre avis de cotisation',
    lead: 'Sans partage, nous avons besoin d’une copie de votre avis de cotisation 2025. Le traitement prend environ 10 jours de plus.',
    upload: 'Le téléverser',
    file: 'Copie de l’avis (PDF ou photo)',
    send: 'Téléverser',
    sent: 'Démonstration\u00a0: aucun fichier n’a été envoyé ni gardé.',
    uploadHint: 'Démonstration\u00a0: aucun fichier ne quitte votre appareil.',
    post: 'L’envoyer par la poste',
    postText: 'Aide aux études (démo), 1, rue de l’Exemple, Québec. N’envoyez pas l’original.',
    counter: 'L’apporter au comptoir',
    counterText:
      'Du lundi au vendredi, de 9 h à 16 h. Quelqu’un peut vous aider à remplir votre demande.',
    link: 'Fournir mon avis autrement',
  },
}

const en: typeof fr = {
  offer: {
    label: 'Ask for a bursary',
    hint: 'You will choose whether the Revenue Agency (demo) may send us your 2025 notice of assessment. If you would rather not, there is another way.',
    file: 'See my application',
  },
  file: {
    title: 'Your application',
    income: '2025 net income:',
    receivedFrom: 'received from the Revenue Agency (demo) at\u00a0',
    situation: 'Family situation',
    dependants: 'Dependants',
    keptBack: 'Not sent',
    keptBackHint: 'You did not allow it: we calculated without it.',
    aid: 'Your bursary for the year',
    aidHint: 'A calculation invented for the demonstration.',
    again: 'Calculate again',
    againHint: 'We will ask the Agency for your notice again.',
    stopHint: 'You see what is sent, each time, and can stop all of it, under',
    sharings: 'What I share',
    until: 'Allowed until',
    loan: 'Repayment of your loan',
    loanYes: 'According to your income: you allowed it',
    loanNo: 'Ordinary repayment',
    nextYear: 'Prepare next year',
    nextYearHint:
      'We will ask you two things: to extend this sharing, and to set the repayment of your loan according to your income. You answer each separately.',
  },
  situations: {
    celibataire: 'Single',
    en_couple: 'In a couple',
    separe: 'Separated',
    unknown: 'Other',
  },
  setbacks: {
    refused: {
      title: 'Your application continues',
      text: 'The sharing is not allowed, and nothing is lost: the Revenue Agency (demo) will send us nothing. You simply need to give us your notice of assessment another way.',
      retry: 'See the question again',
    },
    stopped: {
      title: 'This sharing has stopped',
      text: 'The Revenue Agency (demo) sends us nothing any more: you stopped it, or it has ended. Your application continues: give us your notice another way, or allow the sharing again.',
      retry: 'Allow it again',
    },
    denied: {
      title: 'Nothing was sent this time',
      text: 'The Revenue Agency (demo) asked whether it may send us your notice, and the answer is no for now. Nothing is lost: your application continues.',
      retry: 'Try again',
    },
    notFound: {
      title: 'The Agency has no 2025 notice for you',
      text: 'Nothing was sent to us, and nothing is lost. If you received a notice of assessment, give it to us another way.',
      retry: 'Try again',
    },
    unavailable: {
      title: 'The Agency does not answer right now',
      text: 'Nothing is lost: your application and your permission are kept. Try again in a few minutes.',
      retry: 'Try again',
    },
  },
  told: ['At\u00a0', ', Accord told us of the stop.'],
  kept: 'What we had already calculated stays on your file: a bursary of',
  otherWay: {
    title: 'Give us your notice of assessment',
    lead: 'Without the sharing, we need a copy of your 2025 notice of assessment. Processing takes about 10 days more.',
    upload: 'Upload it',
    file: 'Copy of the notice (PDF or photo)',
    send: 'Upload',
    sent: 'Demonstration: no file was sent or kept.',
    uploadHint: 'Demonstration: no file leaves your device.',
    post: 'Send it by post',
    postText: 'Student Aid (demo), 1 Example Street, Québec. Do not send the original.',
    counter: 'Bring it to a counter',
    counterText: 'Monday to Friday, 9 a.m. to 4 p.m. Somebody can help you with your application.',
    link: 'Give my notice another way',
  },
}

export const bursaryWords: Readonly<Record<Locale, typeof fr>> = { fr, en }
