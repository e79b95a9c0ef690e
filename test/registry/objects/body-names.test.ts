import { expect, test } from 'vitest'
import { fromBody, sentenceFaults, toBody } from '../../../src/registry/objects/localized-names.ts'

// Names of public bodies in a sentence: the article stands in the register, the prepositions follow from it.

test.each([
  // said in the register: to, from
  ['l’Agence du revenu', 'à l’Agence du revenu', 'de l’Agence du revenu'],
  ['l’Aide aux études', 'à l’Aide aux études', 'de l’Aide aux études'],
  ['l’Office de la langue', 'à l’Office de la langue', 'de l’Office de la langue'],
  [
    'l’Institut de la statistique',
    'à l’Institut de la statistique',
    'de l’Institut de la statistique',
  ],
  ['l’Autorité des marchés', 'à l’Autorité des marchés', 'de l’Autorité des marchés'],
  ['l’Hôpital de la Rive', 'à l’Hôpital de la Rive', 'de l’Hôpital de la Rive'],
  ['l’Université du Nord', 'à l’Université du Nord', 'de l’Université du Nord'],
  ['l’École nationale', 'à l’École nationale', 'de l’École nationale'],
  ['l’Ordre des infirmières', 'à l’Ordre des infirmières', 'de l’Ordre des infirmières'],
  ["l'Assemblée", "à l'Assemblée", "de l'Assemblée"],
  ['le Registre des adresses', 'au Registre des adresses', 'du Registre des adresses'],
  ['le Directeur de l’état civil', 'au Directeur de l’état civil', 'du Directeur de l’état civil'],
  ['le Ministère de la Famille', 'au Ministère de la Famille', 'du Ministère de la Famille'],
  ['le Curateur public', 'au Curateur public', 'du Curateur public'],
  ['le Tribunal du logement', 'au Tribunal du logement', 'du Tribunal du logement'],
  ['le Protecteur du citoyen', 'au Protecteur du citoyen', 'du Protecteur du citoyen'],
  ['le Centre de services', 'au Centre de services', 'du Centre de services'],
  ['le Conseil du statut', 'au Conseil du statut', 'du Conseil du statut'],
  ['le Haut-Commissariat', 'au Haut-Commissariat', 'du Haut-Commissariat'],
  ['le Service du transport', 'au Service du transport', 'du Service du transport'],
  ['la Régie du logement', 'à la Régie du logement', 'de la Régie du logement'],
  ['la Commission d’accès', 'à la Commission d’accès', 'de la Commission d’accès'],
  ['la Société de l’assurance', 'à la Société de l’assurance', 'de la Société de l’assurance'],
  ['la Ville de Val-Exemple', 'à la Ville de Val-Exemple', 'de la Ville de Val-Exemple'],
  ['la Sûreté', 'à la Sûreté', 'de la Sûreté'],
  ['la Bibliothèque nationale', 'à la Bibliothèque nationale', 'de la Bibliothèque nationale'],
  [
    'la Municipalité de Saint-Exemple',
    'à la Municipalité de Saint-Exemple',
    'de la Municipalité de Saint-Exemple',
  ],
  ['la Hauteur', 'à la Hauteur', 'de la Hauteur'],
  ['les Services sociaux', 'aux Services sociaux', 'des Services sociaux'],
  ['les Archives', 'aux Archives', 'des Archives'],
  ['les Finances', 'aux Finances', 'des Finances'],
  ['les Affaires municipales', 'aux Affaires municipales', 'des Affaires municipales'],
  ['les Hautes études', 'aux Hautes études', 'des Hautes études'],
  ['les Transports', 'aux Transports', 'des Transports'],
  ['Revenu Québec', 'à Revenu Québec', 'de Revenu Québec'],
  ['Retraite Québec', 'à Retraite Québec', 'de Retraite Québec'],
  ['Services Québec', 'à Services Québec', 'de Services Québec'],
  ['Santé Québec', 'à Santé Québec', 'de Santé Québec'],
  ['Transport adapté', 'à Transport adapté', 'de Transport adapté'],
  ['Logement abordable', 'à Logement abordable', 'de Logement abordable'],
  ['Soutien du revenu', 'à Soutien du revenu', 'de Soutien du revenu'],
  ['Loto-Québec', 'à Loto-Québec', 'de Loto-Québec'],
  ['Montréal', 'à Montréal', 'de Montréal'],
  ['Emploi-Québec', 'à Emploi-Québec', 'd’Emploi-Québec'],
  ['Investissement Québec', 'à Investissement Québec', 'd’Investissement Québec'],
  ['Urgences-santé', 'à Urgences-santé', 'd’Urgences-santé'],
  ['Hydro-Québec', 'à Hydro-Québec', 'd’Hydro-Québec'],
  ['Héma-Québec', 'à Héma-Québec', 'd’Héma-Québec'],
  ['Éducation Québec', 'à Éducation Québec', 'd’Éducation Québec'],
  ['Œuvre du Calvaire', 'à Œuvre du Calvaire', 'd’Œuvre du Calvaire'],
  ['Lesage et Cie', 'à Lesage et Cie', 'de Lesage et Cie'],
])('%s: %s, %s', (name, to, from) => {
  expect([toBody(name, 'fr'), fromBody(name, 'fr')]).toEqual([to, from])
})

test('in English the article stays as the register says it', () => {
  expect(toBody('the Revenue Agency', 'en')).toBe('to the Revenue Agency')
  expect(fromBody('Student Aid', 'en')).toBe('from Student Aid')
})

test.each([
  ['l’Agence du revenu', 'the Revenue Agency', []],
  ['Agence du revenu', 'Revenue Agency', []],
  [
    'à l’Agence du revenu',
    'The Other Agency',
    [
      'name_in_sentence.fr must be “Agence du revenu”, alone or after its article',
      'name_in_sentence.en must be “Revenue Agency”, alone or after its article',
    ],
  ],
  [
    'l’ Agence du revenu',
    'the Revenue Agency',
    ['name_in_sentence.fr must be “Agence du revenu”, alone or after its article'],
  ],
])('%s, %s as the name of « Agence du revenu »', (fr, en, said) => {
  const name = { fr: 'Agence du revenu', en: 'Revenue Agency' }
  const faults = sentenceFaults({ name, nameInSentence: { fr, en } })
  expect(faults.map(({ message }) => message)).toEqual(said)
})
