import type { ListedFault } from './listed-error.ts'

// The faults of a request for a sharing, or for a token of an API.

export const resourceFaults = {
  'member-unknown': {
    error: 'invalid_authorization_details',
    status: 400,
    says: [{ says: '{member}: is not a known member' }],
    cause: {
      fr: 'Un élément de authorization_details a un membre qui n’existe pas, souvent par une faute de frappe. Ce qui est inconnu est refusé (RFC 9396), car il pourrait restreindre la demande.',
      en: 'An item of authorization_details has a member that does not exist, often a misspelling. What is unknown is refused (RFC 9396), because it might restrict the request.',
    },
    example: '{"type":"…","datatype":["cat_revenu-net"]}',
    mend: {
      fr: 'Comparez avec le tableau des membres de docs/integrate.md, et retirez ce membre.',
      en: 'Compare with the table of members in docs/integrate.en.md, and remove the member.',
    },
  },
  details: {
    error: 'invalid_authorization_details',
    status: 400,
    isRest: true,
    says: [],
    cause: {
      fr: 'Ce que authorization_details demande ne s’accorde pas avec le registre; la phrase nomme le membre.',
      en: 'What authorization_details ask for does not agree with the register; the sentence names the member.',
    },
    example: 'agreement: agr_2026-001 is not in force',
    mend: {
      fr: 'Cherchez la phrase dans le tableau de docs/integrate.md. Elle nomme l’entente, la raison ou les renseignements à comparer avec le registre public.',
      en: 'Look the sentence up in the table of docs/integrate.en.md. It names the agreement, purpose or dataset to compare with the public register.',
    },
  },
  'resource-missing': {
    error: 'invalid_target',
    status: 400,
    says: [
      { says: 'resource: missing, the API that the token is for' },
      {
        says: 'resource: missing; it must be the API in locations of authorization_details',
        for: [
          'resource indicator must be provided or defaulted to when Rich Authorization Requests are used',
        ],
      },
    ],
    cause: {
      fr: 'La demande ne dit pas pour quelle API est le jeton.',
      en: 'The request does not say which API the token is for.',
    },
    example: 'authorization_details=[…] without resource',
    mend: {
      fr: 'Ajoutez resource : l’adresse dans locations pour un partage; …/access, …/disclosures ou …/me pour nos API.',
      en: 'Add resource: the address in locations for a sharing; …/access, …/disclosures or …/me for our APIs.',
    },
  },
  'resource-unknown': {
    error: 'invalid_target',
    status: 400,
    isRest: true,
    says: [
      {
        says: 'resource: is no API of the register that this service may have a token for',
        for: ['resource indicator is missing, or unknown'],
      },
      {
        says: 'resource: must be an absolute address without a fragment',
        for: [
          'resource indicator must be an absolute URI',
          'resource indicator must not contain a fragment component',
        ],
      },
    ],
    cause: {
      fr: 'Aucun service du registre n’a cette adresse comme resource_server, ou votre service ne peut avoir un jeton pour elle.',
      en: 'No service of the register has this address as its resource_server, or your service may not have a token for it.',
    },
    example: 'resource=https://agency.example/api/, resource_server: https://agency.example/api',
    mend: {
      fr: 'Copiez resource_server de la fiche du détenteur, lettre à lettre. Pour …/access il faut être partie à une entente; pour …/me, être un service de la maison.',
      en: 'Copy resource_server from the holder’s file, letter by letter. For …/access you must be a party to an agreement; for …/me, a service of the house.',
    },
  },
  'resource-alone': {
    error: 'invalid_target',
    status: 400,
    says: [{ says: 'resource: authorization_details ask for nothing of this API' }],
    cause: {
      fr: 'L’API d’un détenteur n’a de jeton que pour un partage, et aucun élément ne la nomme.',
      en: 'A holder’s API has tokens for a sharing only, and no item names it.',
    },
    example: 'resource=https://agency.example/api without authorization_details',
    mend: {
      fr: 'Demandez le partage par authorization_details, avec locations égal à resource. À /token, nommez une API que la personne a permise.',
      en: 'Ask for the sharing by authorization_details, with locations equal to resource. At /token, name an API that the person allowed.',
    },
  },
} satisfies Readonly<Record<string, ListedFault>>
