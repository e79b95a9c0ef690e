import { languages } from '../../base/values/languages.ts'
import type { Language, Bilingual } from '../../base/values/languages.ts'
import { capital } from '../../base/web/lists.ts'
import type { Agreement } from './objects.ts'
import type { Register } from './register.ts'
import type { Fault } from './file-faults.ts'
import { faultIf } from './file-faults.ts'

/** The label of a category; its id, where the register does not have it. */
export function categoryLabels(register: Pick<Register, 'category'>, language: Language) {
  return (id: string): string => register.category(id)?.label[language] ?? id
}

/**
 * The name of a body, by its id, or by the number of its first version that stands in rows; where the register does not have it,
 * the id, or a question mark.
 */
export function bodyNames(
  register: Pick<Register, 'organisation' | 'organisationByRoot'>,
  language: Language,
) {
  return (body: string | number): string =>
    typeof body === 'string'
      ? (register.organisation(body)?.name[language] ?? body)
      : (register.organisationByRoot(body)?.name[language] ?? '?')
}

/** How bodies stand in a sentence, by the number of their first version: « l’Agence du revenu ». */
export function namesInSentence(
  register: Pick<Register, 'organisationByRoot'>,
  language: Language,
) {
  return (root: number): string =>
    register.organisationByRoot(root)?.nameInSentence[language] ?? '?'
}

/** The law that an agreement names, in words, with the address of its section. */
export type LawToRead = { readonly words: string; readonly href: string }

export function lawToRead({ law }: Agreement, language: Language): LawToRead | undefined {
  if (law === undefined) return undefined
  const section = language === 'fr' ? 'article' : 'section'
  return { words: `${law.act[language]}, ${section} ${law.section}`, href: law.url[language] }
}

// Names of bodies inside a sentence. A file says a name with its article, « l’Agence du revenu »; the prepositions follow from it by rule.

const articles: Readonly<Record<Language, RegExp>> = {
  fr: /^(le |la |les |l[’'])/,
  en: /^(the )/i,
}

/** « à l’Agence », « au Registre », « aux Services »; “to the Revenue Agency”. */
export function toBody(name: string, language: Language): string {
  return language === 'en'
    ? `to ${name}`
    : contracted(name, { alone: 'à ', le: 'au ', les: 'aux ' })
}

/** « de l’Agence », « du Registre », « des Services », « d’Hydro-Québec »; “from the Revenue Agency”. */
export function fromBody(name: string, language: Language): string {
  if (language === 'en') return `from ${name}`
  const alone = articles.fr.test(name) || !startsWithVowel(name) ? 'de ' : 'd’'
  return contracted(name, { alone, le: 'du ', les: 'des ' })
}

/** The forms of a body that the words of the catalogue name: `{holder}`, `{holderFirst}` where a sentence begins, `{toHolder}`, `{fromHolder}`. */
export type SaidBody<Role extends string> = Readonly<
  Record<Role | `${Role}First` | `to${Capitalize<Role>}` | `from${Capitalize<Role>}`, string>
>

/** @param name as it stands in a sentence */
export function saidBody<Role extends string>(
  role: Role,
  name: string,
  language: Language,
): SaidBody<Role> {
  const Role = capital(role)
  return {
    [role]: name,
    [`${role}First`]: capital(name),
    [`to${Role}`]: toBody(name, language),
    [`from${Role}`]: fromBody(name, language),
  } as SaidBody<Role> // its members are made of the role
}

/** Who sends and who receives. */
export type SaidParties = SaidBody<'holder'> & SaidBody<'recipient'>

export function saidParties(holder: string, recipient: string, language: Language): SaidParties {
  return { ...saidBody('holder', holder, language), ...saidBody('recipient', recipient, language) }
}

type Forms = { readonly alone: string; readonly le: string; readonly les: string }

function contracted(name: string, { alone, le, les }: Forms): string {
  if (name.startsWith('le ')) return le + name.slice('le '.length)
  if (name.startsWith('les ')) return les + name.slice('les '.length)
  return alone + name
}

// The h of a name is taken as mute: « d’Hydro-Québec », « d’Héma-Québec ». A name with another h has its article in the file.
function startsWithVowel(name: string): boolean {
  return /^[aeiouyhœæ]/i.test(name.normalize('NFD'))
}

/** The faults of a name in a sentence: it is the name of the body, with an article before it or alone. Pure. */
export function sentenceFaults(body: {
  readonly name: Bilingual
  readonly nameInSentence: Bilingual
}): Fault[] {
  return languages.flatMap((language) => {
    const said = body.nameInSentence[language]
    const name = body.name[language]
    return faultIf(
      said !== name && said.replace(articles[language], '') !== name,
      ['name_in_sentence', language],
      `name_in_sentence.${language} must be “${name}”, alone or after its article`,
    )
  })
}
