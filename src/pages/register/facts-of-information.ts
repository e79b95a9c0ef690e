import type { FileOf } from '../../registry/index.ts'
import type { Fact, FactTeller } from './fact-builder.ts'

export function categoryFacts(file: FileOf<'category'>, tell: FactTeller): Fact[] {
  const { fact, said } = tell
  return [
    ...fact('summary', 'description', said(file.plain_description)),
    ...fact('summary', 'example', said(file.example)),
    ...fact('summary', 'sensitivity', tell.value('sensitivity', file.sensitivity)),
    ...fact('table', 'label', said(file.label)),
    ...fact(
      'table',
      'parent',
      file.parent_category_id === undefined ? undefined : tell.category(file.parent_category_id),
    ),
    ...fact('table', 'wording', said(file.wording_change?.reason)),
    ...fact('specialists', 'dpv', tell.outside(file.dpv_pd_iri)),
  ]
}

export function datasetFacts(file: FileOf<'dataset'>, tell: FactTeller): Fact[] {
  const { fact, said } = tell
  return [
    ...fact('summary', 'holder', tell.body(file.holder_org_id)),
    ...fact(
      'summary',
      'information',
      file.categories.map((item) => tell.category(item.category_id)),
    ),
    ...fact('summary', 'source', tell.yesNo(file.source_of_truth)),
    ...fact('table', 'label', said(file.label)),
    ...fact('table', 'decree', file.official_source_decree),
    ...fact('table', 'updated', file.update_frequency),
    ...fact('table', 'quality', said(file.quality_note)),
    ...fact('table', 'kept', file.retention_rule),
    ...fact('specialists', 'resource-server', file.resource_server),
    ...fact('specialists', 'dcat', tell.outside(file.dcat_iri)),
  ]
}

export function purposeFacts(file: FileOf<'purpose'>, tell: FactTeller): Fact[] {
  const { fact, said, t } = tell
  const { legal_reference: law, frequency_limit: limit, retention } = file
  const needed = (necessity: 'required' | 'optional') =>
    Object.entries(file.necessity_by_category)
      .filter(([, is]) => is === necessity)
      .map(([id]) => tell.category(id))
  return [
    ...fact('summary', 'recipient', tell.body(file.recipient_org_id)),
    ...fact('summary', 'required', needed('required')),
    ...fact('summary', 'optional', needed('optional')),
    ...fact(
      'summary',
      'kept',
      `${retention.period[tell.language]} ${retention.trigger[tell.language]}`,
    ),
    ...fact('summary', 'if-refused', said(file.refusal_consequence)),
    ...fact('summary', 'other-way', said(file.alternative_path)),
    ...fact('table', 'statement', said(file.plain_statement)),
    ...fact('table', 'programme', file.programme),
    ...fact(
      'table',
      'topic',
      file.topic === undefined ? undefined : t(`my-sharing.subject.${file.topic}`),
    ),
    ...fact(
      'table',
      'law',
      law && {
        text: [law.act, law.chapter, law.section].filter((part) => part !== undefined).join(', '),
        ...(law.url !== undefined && { href: law.url }),
      },
    ),
    ...fact(
      'table',
      'often',
      limit &&
        t('register.value.often', { count: limit.count, per: tell.lasting(limit.per) ?? '' }),
    ),
    ...fact(
      'table',
      'uses',
      file.max_uses === undefined ? undefined : t('register.value.times', { count: file.max_uses }),
    ),
    ...fact('table', 'longest', tell.lasting(file.max_duration)),
    ...fact('table', 'usual', tell.lasting(file.default_duration)),
    ...fact('table', 'longer-reason', said(file.longer_duration_reason)),
    ...fact('table', 'lookback', tell.lasting(file.lookback)),
    ...fact('table', 'kept-at-most', tell.lasting(retention.at_most)),
    ...fact('table', 'automated', tell.yesNo(file.automated_decision)),
    ...fact('table', 'outside', tell.yesNo(file.outside_quebec)),
    ...fact('table', 'status', tell.value('status', file.status)),
    ...fact('specialists', 'dpv', tell.outside(file.dpv_purpose_iri)),
  ]
}
