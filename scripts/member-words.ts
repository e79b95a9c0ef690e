import { boundsOf } from '../src/base/values/retention.ts'
import type { Kind } from '../src/registry/objects/object-schemas.ts'
import type { JsonSchema } from '../src/registry/objects/json-schemas.ts'

// What the page of members says of each member beside its value. Where the schema describes a member, its English stands there, since
// editors show it, and French alone stands here.

export type Words = string | { readonly fr: string; readonly en: string }
type WordsOfKind = Readonly<Record<string, Words>>

/** Members that several kinds have. */
export const sharedWords: WordsOfKind = {
  version: 'Augmente à chaque changement du fichier.',
  wording_change:
    'Dit que cette version a d’autres mots pour la même chose, et pourquoi : ce que les gens ont autorisé continue. Sans lui, la question leur est posée de nouveau.',
  label: { fr: 'Le nom que les gens lisent.', en: 'The name that people read.' },
  name: { fr: 'Le nom que les gens lisent.', en: 'The name that people read.' },
}

const setting: WordsOfKind = {
  setting_id: { fr: 'Il y a un seul fichier.', en: 'There is one file.' },
  cooling_days: {
    fr: 'Autant de jours, une nouvelle entente sous `law_67`, `investigation_59` ou `court_order` est publique avant d’avoir effet. Sans ce fichier : un jour.',
    en: 'For so many days a new agreement under `law_67`, `investigation_59` or `court_order` is public before it takes effect. Without this file: one day.',
  },
  retention: {
    fr: 'Combien de temps est gardé ce qui ne prouve rien d’une personne, si c’est moins que d’habitude. Les pages le disent, et ce qui efface le suit.',
    en: 'How long what is no proof is kept about a person, where it is less than usual. Pages say it, and what erases follows it.',
  },
  'retention.activity': {
    fr: `Ses connexions, les changements à son accès, ses navigateurs. De ${boundsOf('activity').least} à ${boundsOf('activity').most}; sans lui, le plus long.`,
    en: `Her sign-ins, the changes to her access, her browsers. ${boundsOf('activity').least} to ${boundsOf('activity').most}; without it, the longest.`,
  },
  'retention.messages': {
    fr: `Qu’un message lui a été envoyé. De ${boundsOf('messages').least} à ${boundsOf('messages').most}; sans lui, le plus long.`,
    en: `That a message was sent to her. ${boundsOf('messages').least} to ${boundsOf('messages').most}; without it, the longest.`,
  },
}

const organisation: WordsOfKind = {
  org_id: {
    fr: 'Le nom du fichier; `org_accord` est pris.',
    en: 'The file’s name; `org_accord` is taken.',
  },
  kind: { fr: 'Quelle sorte d’organisme.', en: 'What sort of body.' },
  neq: {
    fr: 'Son numéro au registre des entreprises : dix chiffres.',
    en: 'Its number in the register of enterprises: ten digits.',
  },
  short_name: { fr: 'Le nom là où la place manque.', en: 'The name where there is little room.' },
  name_in_sentence:
    'Le nom avec son article, comme une phrase l’a : « l’Agence du revenu », « the Revenue Agency ». Sans lui, le nom est seul.',
  pronoun:
    'Le mot d’une deuxième phrase pour l’organisme, qui dit aussi son nombre : « il », « elle », « ils », « elles »; « it », « they ».',
  parent_org_id: { fr: 'L’organisme dont il dépend.', en: 'The body that it belongs to.' },
  privacy_officer_title: {
    fr: 'Le titre de la personne responsable des renseignements personnels.',
    en: 'The title of the person in charge of privacy.',
  },
  privacy_officer_contact: { fr: 'Où la joindre.', en: 'Where to reach that person.' },
  contact: 'Comment une personne joint quelqu’un : exigé d’un organisme d’une entente en vigueur.',
  'contact.name': 'Quel bureau ou quel service répond.',
  'contact.telephone': 'E.164 : « + », pays, numéro; entre guillemets.',
  desk: 'Il tient un comptoir, où des personnes du comptoir en aident d’autres. Sinon, personne ne travaille pour lui ici.',
  'desk.networks':
    'D’où elles travaillent; s’il manque, ou s’il est vide, de partout. Tout le monde le lit ici.',
  'desk.papers':
    'Les papiers que ses personnes du comptoir acceptent : deux disent qui quelqu’un est. Sans cette liste, le comptoir ne vérifie l’identité de personne.',
  'desk.telephone': 'E.164 : « + », pays, numéro; entre guillemets.',
  complaint_url: { fr: 'Où se plaindre de lui.', en: 'Where to complain about it.' },
  policy_url: { fr: 'Sa politique de confidentialité.', en: 'Its privacy policy.' },
  jurisdiction: {
    fr: 'Québec, reste du Canada, ou ailleurs; `QC`, s’il manque.',
    en: 'Québec, the rest of Canada, or elsewhere; `QC`, if absent.',
  },
  status: {
    fr: 'Sinon `active` : rien ne part d’ici ni n’y arrive, et ses services sont inconnus.',
    en: 'Unless `active`, nothing leaves here or arrives here, and its services are unknown.',
  },
  status_since: { fr: 'Depuis quel jour.', en: 'Since which day.' },
  jwks_uri: {
    fr: 'Ses clés publiques. Aucune décision ne le regarde.',
    en: 'Its public keys. No decision looks at it.',
  },
  ssf_stream_ids: {
    fr: 'Ses flux. Aucune décision ne le regarde.',
    en: 'Its streams. No decision looks at it.',
  },
  valid_from: {
    fr: 'Depuis quand il existe. Aucune décision ne le regarde.',
    en: 'Since when it exists. No decision looks at it.',
  },
  valid_until: {
    fr: 'Jusqu’à quand. Aucune décision ne le regarde.',
    en: 'Until when. No decision looks at it.',
  },
}

const signer: WordsOfKind = {
  signer_id: { fr: 'Le nom du fichier.', en: 'The file’s name.' },
  office: 'La fonction, et non qui l’occupe.',
  organisation: '`org_…`, ou le nom d’un organisme qui n’est pas au registre.',
  public_key: 'Comme `accord register key FICHIER` l’imprime.',
  from: { fr: 'Le premier jour.', en: 'The first day.' },
  until: 'Le dernier jour.',
}

const category: WordsOfKind = {
  category_id: { fr: 'Le nom du fichier.', en: 'The file’s name.' },
  label: { fr: 'Ce que la personne lit, et autorise.', en: 'What the person reads, and allows.' },
  plain_description: { fr: 'Ce que c’est, en clair.', en: 'What it is, in plain words.' },
  example: {
    fr: 'Un exemple inventé; un texte le montre par `{example.cat_…}`.',
    en: 'An invented example; a text shows it by `{example.cat_…}`.',
  },
  in_sentence: {
    fr: 'Le nom comme l’a une phrase à la personne : « votre revenu net », « your net income ». C’est le titre de la question.',
    en: 'The label as a sentence to the person has it: « votre revenu net », “your net income”. It is the title of the question.',
  },
  sensitivity: 'Sensible : médical, biométrique, ou autrement intime (LAI 59).',
  dpv_pd_iri: {
    fr: 'La même chose dans le vocabulaire DPV du W3C.',
    en: 'The same thing in the W3C’s vocabulary DPV.',
  },
  parent_category_id: {
    fr: 'La catégorie dont elle fait partie.',
    en: 'The category that it is a part of.',
  },
}

const dataset: WordsOfKind = {
  dataset_id: { fr: 'Le nom du fichier.', en: 'The file’s name.' },
  holder_org_id: { fr: 'Qui le détient.', en: 'Who holds it.' },
  source_of_truth: {
    fr: 'Si le détenteur est la source de ces renseignements.',
    en: 'Whether the holder is the source of this information.',
  },
  official_source_decree: {
    fr: 'Le décret qui en fait une source officielle.',
    en: 'The decree that makes it an official source.',
  },
  categories: {
    fr: 'Dans cet ordre pour toujours : une catégorie garde sa place; une nouvelle va à la fin, dans une nouvelle version.',
    en: 'In this order for good: a category keeps its place; a new one goes at the end, in a new version.',
  },
  resource_server: {
    fr: 'L’API qui les envoie : le `resource_server` d’un service du détenteur.',
    en: 'The API that sends them: the `resource_server` of a service of the holder.',
  },
  paths: {
    fr: 'Où l’API les donne, sous `resource_server`. Un appel ne peut être présenté que pour une de ces adresses; sans elles, pour aucune.',
    en: 'Where the API gives them, below `resource_server`. A call may be presented for one of these addresses only; without them, for none.',
  },
  update_frequency: { fr: 'Quand il est mis à jour.', en: 'How often it is brought up to date.' },
  quality_note: {
    fr: 'Ce qu’il faut savoir de sa qualité.',
    en: 'What is to be known of its quality.',
  },
  dcat_iri: { fr: 'Sa fiche DCAT.', en: 'Its DCAT record.' },
  retention_rule: {
    fr: 'Combien de temps le détenteur le garde.',
    en: 'How long the holder keeps it.',
  },
}

const purpose: WordsOfKind = {
  purpose_id: { fr: 'Le nom du fichier.', en: 'The file’s name.' },
  why: 'La raison dans une phrase, après « pour » : « calculer votre bourse », « calculate your bursary ».',
  plain_statement: {
    fr: 'À quoi cela sert : une phrase, 25 mots au plus.',
    en: 'What it is for: one sentence of at most 25 words.',
  },
  programme: {
    fr: 'Le nom du programme. Une finalité sans programme peut servir à tous : un refus vaut alors pour tous.',
    en: 'The programme’s name. A purpose without one may serve any, and a refusal then holds for all.',
  },
  topic: {
    fr: 'De quoi il s’agit dans la vie d’une personne; elle le trouve sous ce sujet.',
    en: 'What it is about in a person’s life; she finds it under this topic.',
  },
  legal_reference: { fr: 'La loi qui le prévoit.', en: 'The law that foresees it.' },
  recipient_org_id: { fr: 'Qui reçoit.', en: 'Who receives.' },
  dpv_purpose_iri: {
    fr: 'La même chose dans le vocabulaire DPV du W3C.',
    en: 'The same thing in the W3C’s vocabulary DPV.',
  },
  necessity_by_category: {
    fr: 'De chaque catégorie, si la finalité ne va pas sans elle.',
    en: 'Of each category, whether the purpose does not work without it.',
  },
  refusal_consequence: {
    fr: 'Ce qui arrive si elle refuse.',
    en: 'What happens if she refuses.',
  },
  alternative_path: {
    fr: 'L’autre moyen qu’elle a alors.',
    en: 'The other way that she has then.',
  },
  retention: {
    fr: 'Combien de temps le destinataire garde : la page montre l’un après l’autre, « trois ans » « après la fin de vos études ».',
    en: 'How long the recipient keeps it: the page shows one after the other, “three years” “after your studies end”.',
  },
  'retention.at_most':
    'Combien de temps après un arrêt une loi peut faire garder. Sans lui, aucun rapport n’y est comparé.',
  automated_decision: {
    fr: 'Si une décision est prise sans personne.',
    en: 'Whether a decision is taken without anybody.',
  },
  outside_quebec: {
    fr: 'Si les renseignements sortent du Québec.',
    en: 'Whether the information leaves Québec.',
  },
  max_duration: {
    fr: '12 mois au plus, ou `longer_duration_reason` dit pourquoi davantage; 30 jours au plus pour une seule fois.',
    en: 'At most 12 months, or `longer_duration_reason` says why longer; at most 30 days for one time only.',
  },
  longer_duration_reason: { fr: 'Pourquoi plus de 12 mois.', en: 'Why more than 12 months.' },
  default_duration: {
    fr: 'Si la demande n’en dit pas; pas plus longue que `max_duration`.',
    en: 'Where the request says none; no longer than `max_duration`.',
  },
  frequency_limit: {
    fr: 'Combien de fois par période.',
    en: 'How many times a period.',
  },
  max_uses: '1 : une seule fois.',
  lookback: {
    fr: 'Jusqu’où les renseignements peuvent remonter. Avec lui, chaque décision nomme une période.',
    en: 'How far back the information may go. With it each decision names a period.',
  },
  status: {
    fr: 'Seule une finalité `published` est demandée.',
    en: 'Only a `published` purpose is asked for.',
  },
}

const agreement: WordsOfKind = {
  agreement_id: { fr: 'Le nom du fichier.', en: 'The file’s name.' },
  legal_basis_id: {
    fr: 'Le fondement dans la loi.',
    en: 'The basis in law.',
  },
  law: 'La loi elle-même : exigée sans consentement, et nulle part ailleurs.',
  'law.url': 'Où les gens lisent l’article.',
  holder_org_id: { fr: 'Qui envoie.', en: 'Who sends.' },
  recipient_org_id: { fr: 'Qui reçoit.', en: 'Who receives.' },
  datasets: {
    fr: 'Ce qui peut être envoyé, avec la version du jeu de données.',
    en: 'What may be sent, with the version of the dataset.',
  },
  purposes: { fr: 'À quelles fins, avec leur version.', en: 'For what, with the versions.' },
  transmission_method: { fr: 'Comment c’est transmis.', en: 'How it is transmitted.' },
  security_measures_summary: {
    fr: 'Comment c’est protégé.',
    en: 'How it is protected.',
  },
  periodicity: { fr: 'À quel rythme.', en: 'How often.' },
  duration: { fr: 'Ses jours, le dernier compris.', en: 'Its days, the last one included.' },
  pia_reference: {
    fr: 'L’évaluation des facteurs relatifs à la vie privée.',
    en: 'The privacy impact assessment.',
  },
  pia_conclusion_date: { fr: 'Le jour de sa conclusion.', en: 'The day of its conclusion.' },
  cai_sent_on: {
    fr: 'Le jour de l’envoi à la Commission d’accès à l’information.',
    en: 'The day it was sent to the Commission d’accès à l’information.',
  },
  cai_received_on: { fr: 'Le jour où elle l’a reçue.', en: 'The day the Commission received it.' },
  in_force_from: 'Sous l’article 68 : au moins 30 jours après `cai_received_on`.',
  outside_quebec: {
    fr: 'Vers où, et l’évaluation que demande l’article 70.1.',
    en: 'Where to, and the assessment that section 70.1 demands.',
  },
  shown_after_days:
    'La personne voit chaque usage autant de jours plus tard : seulement là où le fondement le permet.',
  document_sha256: {
    fr: 'L’empreinte du document signé.',
    en: 'The digest of the signed document.',
  },
  document_url: { fr: 'Où il se lit.', en: 'Where it is read.' },
  redaction_note: {
    fr: 'Ce qui en est caviardé, et pourquoi.',
    en: 'What is blacked out, and why.',
  },
  supersedes: 'L’entente que celle-ci renouvelle.',
  status: {
    fr: 'Ce qui peut suivre : [la vie d’une entente](register.md#la-vie-dune-entente).',
    en: 'What may follow: [the life of an agreement](register.en.md#the-life-of-an-agreement).',
  },
  ended_reason: { fr: 'Pourquoi elle est finie.', en: 'Why it ended.' },
}

const text: WordsOfKind = {
  text_id: { fr: 'Le nom du fichier.', en: 'The file’s name.' },
  purpose_id: { fr: 'La finalité, avec sa version.', en: 'The purpose, with its version.' },
  agreement_id: { fr: 'L’entente, avec sa version.', en: 'The agreement, with its version.' },
  blocks: {
    fr: 'Dans cet ordre, chacun une fois; `optional_items` s’il y a une catégorie facultative, `how_often` s’il y a une limite. `how_long` dit `{until}`, `how_often` `{count}` et `{period}`; du texte simple et du `**gras**`, les mêmes accolades dans les deux langues.',
    en: 'In this order, each once; `optional_items` where there is an optional category, `how_often` where there is a limit. `how_long` says `{until}`, `how_often` `{count}` and `{period}`; plain text and `**bold**`, the same braces in both languages.',
  },
  'blocks.role': {
    fr: 'Ce dont parle le bloc, dans l’ordre.',
    en: 'What the block is about, in order.',
  },
  short: 'Exigé d’un texte qui a `approved_on` : le résumé, et ce qui suit de chaque réponse.',
  'short.what': 'D’où viennent les renseignements : la page nomme le reste.',
  'short.why': 'À quoi ils servent, et rien d’autre.',
  'short.not_sent': 'Ce que le détenteur a et n’envoie pas.',
  'short.if_yes': 'Au-dessus du bouton qui autorise.',
  'short.if_no': 'Au-dessus du bouton qui refuse.',
  plain: 'La question en clair, de 60 mots au plus : sans elle, la page n’a pas ce visage.',
  'plain.picture': { fr: 'Le dessin à côté de la ligne.', en: 'The drawing beside the line.' },
  media:
    'Films en langue des signes et enregistrements : chaque fichier par son empreinte, avec ce qui y est dit.',
  'media.lsq': 'En langue des signes québécoise, pour la page en français.',
  'media.asl': 'En American Sign Language, pour la page en anglais.',
  'media.audio_fr': 'Lu à haute voix, en français.',
  'media.audio_en': 'Lu à haute voix, en anglais.',
  reading_level: { fr: 'Son niveau de lecture.', en: 'Its reading level.' },
  reviewed_by: { fr: 'Qui l’a relu.', en: 'Who reviewed it.' },
  approved_on: 'Sans lui, cette version n’est montrée à personne.',
  material_change:
    'Si le destinataire, la finalité, les catégories, les limites ou la conséquence changent, ou les mots seulement.',
  previous_version: {
    fr: 'Le texte que celui-ci remplace.',
    en: 'The text that this one replaces.',
  },
}

const service: WordsOfKind = {
  client_id: {
    fr: 'Le nom du fichier; `accord` est pris.',
    en: 'The file’s name; `accord` is taken.',
  },
  description: 'Ce qu’il fait pour les gens, en une phrase.',
  organisation: {
    fr: 'Décide du `sub` de chaque personne, pour toujours.',
    en: 'Decides the `sub` of each person, for ever.',
  },
  status: {
    fr: 'Sinon `active`, ou si son organisme ne l’est pas, le service est inconnu.',
    en: 'Unless `active`, or where its organisation is not, the service is unknown.',
  },
  redirect_uris: {
    fr: 'En https, toutes sur un hôte. Elles sont comparées lettre à lettre.',
    en: 'In https, all on one host. They are compared letter by letter.',
  },
  post_logout_redirect_uris: {
    fr: 'Où une personne revient après s’être déconnectée; en https.',
    en: 'Where a person comes back to after signing out; in https.',
  },
  backchannel_logout_uri: {
    fr: 'Où vont les jetons de déconnexion; en https.',
    en: 'Where logout tokens go; in https.',
  },
  backchannel_logout_session_required: {
    fr: '`true` : le jeton d’identité a `sid`. Le jeton de déconnexion l’a de toute façon.',
    en: '`true`: the ID token has `sid`. The logout token has it in any case.',
  },
  jwks: {
    fr: 'Ses clés publiques, ou `jwks_uri` : l’un des deux, pour `private_key_jwt`. Prenez l’empreinte (RFC 7638) comme `kid`.',
    en: 'Its public keys, or `jwks_uri`: one of them, for `private_key_jwt`. Use thumbprints (RFC 7638) as `kid`.',
  },
  jwks_uri: {
    fr: 'L’adresse de ses clés publiques : [quand elle est lue](profiles.md#vos-clés-à-jwks_uri).',
    en: 'The address of its public keys: [when it is read](profiles.en.md#your-keys-at-jwks_uri).',
  },
  token_endpoint_auth_method: {
    fr: '`private_key_jwt` par défaut; `none`, un client public, sans clé; sous `legacy`, un secret.',
    en: '`private_key_jwt` by default; `none`, a public client, without a key; under `legacy` a secret.',
  },
  token_endpoint_auth_signing_alg: {
    fr: 'ES256 par défaut; ou PS256; sous `baseline`, aussi RS256. C’est le seul qu’il peut employer.',
    en: 'ES256 by default; or PS256; under `baseline` also RS256. It is the only one that it may use.',
  },
  id_token_signed_response_alg: {
    fr: 'ES256; sous `baseline` et `legacy`, aussi RS256 ou PS256.',
    en: 'ES256; under `baseline` and `legacy` also RS256 or PS256.',
  },
  grant_types: {
    fr: '`authorization_code` par défaut; destinataire : avec `refresh_token`; détenteur : avec `client_credentials`; [appareil](device.md), [sans navigateur](ciba.md) : leurs propres.',
    en: '`authorization_code` by default; a recipient: with `refresh_token`; a holder: with `client_credentials`; a [device](device.en.md), [without a browser](ciba.en.md): their own.',
  },
  response_types: {
    fr: '`code` par défaut; `[]` s’il n’a que des appareils.',
    en: '`code` by default; `[]` where it has devices alone.',
  },
  authorization_details_types: {
    fr: 'Destinataire : `[<ISSUER>/rar/communication/v1]`.',
    en: 'A recipient: `[<ISSUER>/rar/communication/v1]`.',
  },
  resource_server: {
    fr: 'Détenteur : l’identifiant de son API, qu’aucun autre organisme ne peut avoir; les jetons de partage sont pour cette API.',
    en: 'A holder: the identifier of its API, which no other body may have; tokens of a sharing are for this API.',
  },
  first_party: {
    fr: '`true` : il peut [agir pour une personne](person.md). À réserver aux organismes qui exploitent une partie d’Accord.',
    en: '`true`: it may [act for a person](person.en.md). Only for bodies that run a part of Accord.',
  },
  profile: {
    fr: 'Ce qui en est exigé : `fapi`, s’il manque; `baseline`, pour la connexion seule; `native`, pour la connexion dans une application sur l’appareil d’une personne; `legacy`, une exception datée. Voir les [profils](profiles.md).',
    en: 'What is demanded of it: `fapi`, if absent; `baseline`, for sign-in alone; `native`, for sign-in in an application on a person’s device; `legacy`, a dated exception. See the [profiles](profiles.en.md).',
  },
  request_object_signing_alg:
    'Par quoi il signe ses demandes en entier (RFC 9101) : profils `fapi` et `baseline`. S’il manque, il n’en signe pas.',
  require_signed_request_object: 'Si une demande qui n’est pas signée en entier est refusée.',
  response_modes:
    'Par quoi il reçoit ses réponses : `query`, s’il manque. `jwt`, `query.jwt` et `form_post.jwt` sont signées (JARM). Une erreur qui ne va à aucun part par le premier.',
  authorization_signed_response_alg:
    'Par quoi ses réponses sont signées (JARM) : comme ses jetons d’identité, s’il manque.',
  backchannel_token_delivery_mode:
    'Comment il apprend la réponse à une demande de connexion (CIBA Core 1.0) : il demande, ou il en est averti d’abord.',
  backchannel_client_notification_endpoint: 'Où il en est averti : `ping`.',
  prompt_create: 'S’il peut mener une personne à la page qui fait un accès (`prompt=create`).',
  max_age:
    'Pourquoi il doit savoir depuis quand une personne est connectée; c’est public. Sans ce membre, aucun `auth_time` n’est dit, et `max_age` est refusé.',
  userinfo_signed_response_alg:
    'Par quoi les réponses de `/userinfo` sont signées : pas du tout, s’il manque.',
  introspection_signed_response_alg:
    'Par quoi l’introspection est signée, là où c’est demandé (RFC 9701) : profil `fapi`.',
  id_token_encrypted_response_alg:
    'Par quoi ses jetons d’identité sont chiffrés, pour une clé à lui de `use: enc` : profils `fapi` et `baseline`.',
  id_token_encrypted_response_enc: 'A256GCM, s’il manque.',
  userinfo_encrypted_response_alg:
    'Par quoi les réponses de `/userinfo` sont chiffrées, qui doivent être signées : profils `fapi` et `baseline`.',
  userinfo_encrypted_response_enc: 'A256GCM, s’il manque.',
  assertion_audience: {
    fr: 'Quel destinataire ses assertions nomment : l’émetteur, s’il manque; ou l’adresse de `/token`, ou les deux en liste. `baseline` seulement.',
    en: 'What its assertions name as audience: the issuer, if absent; or the token endpoint, or both in a list. `baseline` only.',
  },
  claims: {
    fr: 'Ce qu’il demande aux gens à leur connexion : chacun le voit la première fois, et le laisse ou non. Voir [ce qu’il reçoit](claims.md).',
    en: 'What it asks people for at their sign-in: each sees it the first time, and lets it have it or not. See [what it gets](claims.en.md).',
  },
  'claims.given_name': 'Son prénom, si un fournisseur d’identité en répond.',
  'claims.family_name': 'Son nom de famille, si un fournisseur d’identité en répond.',
  'claims.birthdate': 'Sa date de naissance, si un fournisseur d’identité en répond.',
  'claims.email': 'Son courriel confirmé.',
  matching: {
    fr: 'Il peut demander [si un dossier à lui est celui de la personne connectée](matching.md), et pourquoi. `fapi` seulement.',
    en: 'It may ask [whether a file of its own is of the person who is signed in there](matching.en.md), and why. `fapi` only.',
  },
  until: 'Le dernier jour d’une exception : à deux ans au plus.',
  reason: 'Pourquoi l’exception est faite; c’est public.',
  client_uri: {
    fr: 'En https : où une personne commence chez vous. Une page qui ne continue pas y mène; sans elle, la première de `post_logout_redirect_uris`, sinon l’origine de `redirect_uris`.',
    en: 'In https: where a person begins at your service. A page that goes no further leads there; without it the first of `post_logout_redirect_uris`, else the origin of `redirect_uris`.',
  },
  initiate_login_uri: {
    fr: 'En https : où commence une connexion chez vous (OpenID Connect Core, section 4). Qui répond plus tard à votre question y est mené, sinon à `client_uri`.',
    en: 'In https: where a sign-in begins at your service (OpenID Connect Core, section 4). Who answers your question later is led there, else to `client_uri`.',
  },
  require_pushed_authorization_requests: {
    fr: '`true`, quoi que dise le fichier; sous `baseline` et `legacy`, comme il le dit.',
    en: '`true`, whatever the file says; under `baseline` and `legacy` as it says.',
  },
  dpop_bound_access_tokens: {
    fr: '`true`, quoi que dise le fichier; sous `baseline` et `legacy`, comme il le dit.',
    en: '`true`, whatever the file says; under `baseline` and `legacy` as it says.',
  },
  subject_type: {
    fr: '`pairwise`, quoi que dise le fichier.',
    en: '`pairwise`, whatever the file says.',
  },
  policy_uri: { fr: 'Accepté (RFC 7591).', en: 'Accepted (RFC 7591).' },
  tos_uri: { fr: 'Accepté (RFC 7591).', en: 'Accepted (RFC 7591).' },
  contacts: { fr: 'Accepté (RFC 7591).', en: 'Accepted (RFC 7591).' },
  application_type: {
    fr: '`web`; sous `native`, `native`.',
    en: '`web`; under `native`, `native`.',
  },
  scope: { fr: 'Accepté (RFC 7591).', en: 'Accepted (RFC 7591).' },
  default_acr_values: { fr: 'Accepté (RFC 7591).', en: 'Accepted (RFC 7591).' },
}

const identityProvider: WordsOfKind = {
  provider_id: { fr: 'Le nom du fichier.', en: 'The file’s name.' },
  name: 'Le nom sur le bouton : « Continuer avec … ».',
  issuer:
    'Exactement comme ses jetons d’identité le disent. Ses métadonnées se lisent sous cette adresse.',
  client_id: 'Le nom qu’il a donné à ce courtier.',
  secret: 'Seulement pour un fournisseur qui ne connaît pas `private_key_jwt`.',
  'secret.env': 'La variable d’environnement qui porte le secret. Le registre ne le porte jamais.',
  'secret.token_endpoint':
    'La seule adresse qui reçoit le secret. Une autre adresse veut une autre variable, et un autre secret.',
  scopes: {
    fr: 'Ce qui lui est demandé; avec `openid`.',
    en: 'What it is asked for; with `openid`.',
  },
  levels:
    'Ce que ses `acr` valent ici. Celui qui n’est pas dans ce tableau, ou qui manque, est le niveau le plus bas.',
  'levels.level': { fr: 'Le niveau d’ici.', en: 'The level here.' },
  ceiling: 'Le plus haut niveau qu’une connexion chez lui atteint ici.',
  vouches_for:
    'Ce qu’on croit de ce qu’il dit d’une personne; rien d’autre n’est lu. Un fournisseur suspendu n’est pas cru.',
  claims_from: 'Où il le dit. `userinfo` coûte un appel de plus à chaque connexion.',
  status: 'Suspendu ou fermé : plus personne ne se connecte par lui, dès la requête suivante.',
}

export const memberWords: Readonly<Record<Exclude<Kind, 'change'>, WordsOfKind>> = {
  setting,
  organisation,
  signer,
  category,
  dataset,
  purpose,
  agreement,
  text,
  service,
  'identity-provider': identityProvider,
}

const uri: JsonSchema = { type: 'string', format: 'uri' }
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items })
const anyText: JsonSchema = { type: 'string' }
const yesOrNo: JsonSchema = { type: 'boolean' }

/** The values of a service's members that the provider reads by itself, without a schema of the register. */
export const metadataValues: Readonly<Record<string, JsonSchema>> = {
  post_logout_redirect_uris: listOf(uri),
  backchannel_logout_uri: uri,
  backchannel_logout_session_required: yesOrNo,
  token_endpoint_auth_method: anyText,
  token_endpoint_auth_signing_alg: anyText,
  dpop_bound_access_tokens: yesOrNo,
  require_pushed_authorization_requests: yesOrNo,
  id_token_signed_response_alg: anyText,
  grant_types: listOf(anyText),
  response_types: listOf(anyText),
  subject_type: anyText,
  application_type: anyText,
  client_uri: uri,
  initiate_login_uri: uri,
  policy_uri: uri,
  tos_uri: uri,
  contacts: listOf(anyText),
  default_acr_values: listOf(anyText),
  scope: anyText,
}
