import type { Bilingual } from '../../base/values/languages.ts'

// What is published each month, as its dictionary says it. The names of columns stay: a reader's programs rely on them.

export type OpenDatasetId =
  | 'communications-mensuelles'
  | 'consentements-mensuels'
  | 'decisions-refusees'
  | 'consultations-differees'
  | 'verifications-sans-demande'
  | 'confirmations-arret'
  | 'disponibilite'
  | 'journal-points-de-controle'

export type Column = {
  readonly name: string
  readonly title: Bilingual
  readonly says: Bilingual
  /** Of XML Schema, as CSV on the Web names it. A figure is a text: « <10 ». */
  readonly type: 'string' | 'gYearMonth' | 'date' | 'dateTime' | 'nonNegativeInteger' | 'decimal'
}

/** Two columns of one thing: people, and how often it happened to them; `times` may be missing. */
export type Measure = { readonly people: string; readonly times?: string }

export type OpenDataset = {
  readonly id: OpenDatasetId
  readonly title: Bilingual
  readonly says: Bilingual
  readonly columns: readonly Column[]
  /** The columns that protected counts stand in; none where nobody is counted. */
  readonly measures: readonly Measure[]
  /** A row is of several agreements, and adds up what is published of each of them. */
  readonly addsUp?: true
}

const month: Column = {
  name: 'mois',
  title: { fr: 'Mois', en: 'Month' },
  says: { fr: 'Le mois, au Québec.', en: 'The month, in Québec.' },
  type: 'gYearMonth',
}

const ofAgreement: readonly Column[] = [
  text('entente', 'Entente', 'Agreement', {
    fr: 'Le numéro de l’entente au registre public.',
    en: 'The number of the agreement in the public register.',
  }),
  text('organisme_source', 'Organisme qui envoie', 'Body that sends', {
    fr: 'Le numéro de l’organisme au registre public.',
    en: 'The number of the body in the public register.',
  }),
  text('organisme_destinataire', 'Organisme qui reçoit', 'Body that receives', {
    fr: 'Le numéro de l’organisme au registre public.',
    en: 'The number of the body in the public register.',
  }),
  text('fin', 'Fin', 'Purpose', {
    fr: 'Le numéro de la fin au registre public.',
    en: 'The number of the purpose in the public register.',
  }),
  text('base_legale', 'Base légale', 'Legal basis', {
    fr: 'Le code de la base légale.',
    en: 'The code of the legal basis.',
  }),
]

export const datasets: readonly OpenDataset[] = [
  {
    id: 'communications-mensuelles',
    title: {
      fr: 'Communications de renseignements entre organismes, par mois',
      en: 'Exchanges of information between public bodies, by month',
    },
    says: {
      fr: 'Les envois permis, par entente et par fin. Les envois montrés plus tard n’y sont pas.',
      en: 'The disclosures that were allowed, by agreement and purpose. Those shown later are not in it.',
    },
    columns: [
      month,
      ...ofAgreement,
      count('communications', 'Communications', 'Exchanges', {
        fr: 'Le nombre d’envois permis.',
        en: 'How many disclosures were allowed.',
      }),
      count('personnes', 'Personnes', 'People', {
        fr: 'Le nombre de personnes concernées.',
        en: 'How many people they were about.',
      }),
    ],
    measures: [{ people: 'personnes', times: 'communications' }],
  },
  {
    id: 'consentements-mensuels',
    title: { fr: 'Réponses des personnes, par mois', en: 'Answers of people, by month' },
    says: {
      fr: 'Combien de personnes ont accepté, refusé ou arrêté un partage, ou l’ont vu prendre fin.',
      en: 'How many people allowed, refused or stopped a sharing, or saw it end.',
    },
    columns: [
      month,
      ...ofAgreement,
      count('personnes_accord', 'Ont accepté', 'Allowed', {
        fr: 'Les personnes qui ont accepté.',
        en: 'People who said yes.',
      }),
      count('personnes_refus', 'Ont refusé', 'Refused', {
        fr: 'Les personnes qui ont refusé.',
        en: 'People who said no.',
      }),
      count('personnes_arret', 'Ont arrêté', 'Stopped', {
        fr: 'Les personnes qui ont arrêté un partage.',
        en: 'People who stopped a sharing.',
      }),
      count('personnes_echeance', 'Arrivé à sa fin', 'Ended', {
        fr: 'Les personnes dont un partage a pris fin de lui-même.',
        en: 'People of whom a sharing ended by itself.',
      }),
    ],
    measures: [
      { people: 'personnes_accord' },
      { people: 'personnes_refus' },
      { people: 'personnes_arret' },
      { people: 'personnes_echeance' },
    ],
  },
  {
    id: 'decisions-refusees',
    title: { fr: 'Envois refusés, par raison', en: 'Refused disclosures, by reason' },
    says: {
      fr: 'Ce qu’un organisme a demandé et qui n’a pas été permis. Un nombre est une somme de nombres publiables : il est un minimum.',
      en: 'What a body asked for and was not allowed. A number is a sum of numbers that may be published: it is the least that there was.',
    },
    columns: [
      month,
      text('raison', 'Raison', 'Reason', {
        fr: 'Le code de la raison.',
        en: 'The code of the reason.',
      }),
      count('refus', 'Refus', 'Refusals', {
        fr: 'Le nombre de refus.',
        en: 'How many refusals.',
      }),
      count('personnes', 'Personnes', 'People', {
        fr: 'Le nombre de personnes concernées.',
        en: 'How many people they were about.',
      }),
    ],
    measures: [{ people: 'personnes', times: 'refus' }],
    addsUp: true,
  },
  {
    id: 'consultations-differees',
    title: { fr: 'Envois montrés plus tard', en: 'Disclosures shown later' },
    says: {
      fr: 'Les envois que la loi permet de montrer plus tard à la personne, tous ensemble : au moins autant.',
      en: 'The disclosures that the law allows to be shown to the person later, all together: at least so many.',
    },
    columns: [
      month,
      count('communications', 'Communications', 'Exchanges', {
        fr: 'Le nombre d’envois.',
        en: 'How many disclosures.',
      }),
      count('personnes', 'Personnes', 'People', {
        fr: 'Le nombre de personnes concernées.',
        en: 'How many people they were about.',
      }),
    ],
    measures: [{ people: 'personnes', times: 'communications' }],
    addsUp: true,
  },
  {
    id: 'verifications-sans-demande',
    title: {
      fr: 'Vérifications qu’aucune demande d’envoi n’a suivies, par organisme',
      en: 'Checks that no request to send followed, by body',
    },
    says: {
      fr: 'Un organisme a vérifié qu’un partage était permis, puis n’a pas demandé la permission d’envoyer. On ne sait pas si quelque chose a été envoyé. Les nombres sont des minimums.',
      en: 'A body checked that a sharing was allowed, and did not then ask for permission to send. Whether anything was sent is not known. The numbers are the least that there were.',
    },
    columns: [
      month,
      text('organisme_source', 'Organisme qui détient', 'Body that holds', {
        fr: 'Le numéro de l’organisme au registre public.',
        en: 'The number of the body in the public register.',
      }),
      count('verifications', 'Vérifications', 'Checks', {
        fr: 'Le nombre de vérifications sans demande et sans raison donnée.',
        en: 'How many checks without a request and without a reason.',
      }),
      count('personnes', 'Personnes', 'People', {
        fr: 'Le nombre de personnes concernées.',
        en: 'How many people they were about.',
      }),
      count('verifications_raison', 'Avec une raison', 'With a reason', {
        fr: 'Le nombre de vérifications sans demande dont l’organisme a dit la raison. C’est sa parole.',
        en: 'How many checks without a request of which the body said the reason. It is its word.',
      }),
      count('personnes_raison', 'Personnes, avec une raison', 'People, with a reason', {
        fr: 'Le nombre de personnes concernées par celles-ci.',
        en: 'How many people these were about.',
      }),
    ],
    measures: [
      { people: 'personnes', times: 'verifications' },
      { people: 'personnes_raison', times: 'verifications_raison' },
    ],
    addsUp: true,
  },
  {
    id: 'confirmations-arret',
    title: { fr: 'Délai pour confirmer un arrêt', en: 'Time to confirm a stop' },
    says: {
      fr: 'Le nombre d’heures entre un arrêt et sa confirmation par les deux organismes.',
      en: 'The hours between a stop and its confirmation by both bodies.',
    },
    columns: [
      month,
      {
        name: 'heures_mediane',
        title: { fr: 'Médiane, en heures', en: 'Median, in hours' },
        says: {
          fr: 'Le temps de la moitié des arrêts, pour chaque entente d’au moins dix personnes; puis le milieu de ces temps. Vide s’il n’y en a pas.',
          en: 'The time of half of the stops, for each agreement with ten people or more; then the middle of these times. Empty if there is none.',
        },
        type: 'nonNegativeInteger',
      },
    ],
    measures: [],
  },
  {
    id: 'disponibilite',
    title: { fr: 'Disponibilité du service', en: 'Availability of the service' },
    says: {
      fr: 'Les minutes du mois pendant lesquelles le service a répondu.',
      en: 'The minutes of the month in which the service answered.',
    },
    columns: [
      month,
      whole('minutes', 'Minutes du mois', 'Minutes of the month', {
        fr: 'Les minutes du mois qui ont été observées.',
        en: 'The minutes of the month that were observed.',
      }),
      whole('minutes_disponibles', 'Minutes disponibles', 'Available minutes', {
        fr: 'Celles pendant lesquelles le service a répondu.',
        en: 'Those in which the service answered.',
      }),
    ],
    measures: [],
  },
  {
    id: 'journal-points-de-controle',
    title: { fr: 'Points de contrôle du journal public', en: 'Checkpoints of the public log' },
    says: {
      fr: 'Le dernier point de contrôle signé de chaque jour, pour chaque journal.',
      en: 'The last signed checkpoint of each day, of each log.',
    },
    columns: [
      month,
      {
        ...text('jour', 'Jour', 'Day', { fr: 'Le jour, au Québec.', en: 'The day, in Québec.' }),
        type: 'date',
      },
      text('journal', 'Journal', 'Log', {
        fr: 'L’origine du journal (C2SP).',
        en: 'The origin of the log (C2SP).',
      }),
      whole('taille', 'Taille', 'Size', {
        fr: 'Le nombre d’inscriptions.',
        en: 'How many entries.',
      }),
      text('racine', 'Racine', 'Root', {
        fr: 'La racine de l’arbre, en base64.',
        en: 'The root of the tree, in base64.',
      }),
      {
        ...text('signe_le', 'Signé le', 'Signed at', {
          fr: 'L’heure de la signature.',
          en: 'The time of its signature.',
        }),
        type: 'dateTime',
      },
      text('signatures', 'Signatures', 'Signatures', {
        fr: 'Les noms de ceux qui ont signé, témoins compris.',
        en: 'The names of those who signed, witnesses among them.',
      }),
    ],
    measures: [],
  },
]

export function datasetOf(id: string): OpenDataset | undefined {
  return datasets.find((dataset) => dataset.id === id)
}

function text(name: string, fr: string, en: string, says: Bilingual): Column {
  return { name, title: { fr, en }, says, type: 'string' }
}

function whole(name: string, fr: string, en: string, says: Bilingual): Column {
  return { ...text(name, fr, en, says), type: 'nonNegativeInteger' }
}

// A figure may be « <10 », or empty.
function count(name: string, fr: string, en: string, says: Bilingual): Column {
  return text(name, fr, en, says)
}
