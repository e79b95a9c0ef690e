import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { readConfig } from '../../src/base/settings/config.ts'
import { guardKeyFiles } from '../../src/base/keys/key-files.ts'
import { linesOf, numberIn, textOf } from './recipe.ts'

const folder = 'kubernetes'
const modes: Readonly<Record<string, string>> = {
  'accord-migrate': 'migrate',
  'accord-web': 'serve',
  'accord-work': 'work',
  'accord-log': 'work',
}
const { resources, images } = documentsOf('kustomization.yaml')[0] as unknown as {
  readonly resources: readonly string[]
  readonly images: readonly Readonly<Record<string, string>>[]
}
const objects = resources.flatMap(documentsOf)
const pods = objects.filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind))
const settings = Object.fromEntries(
  linesOf(`${folder}/settings.env`).map((line) => /^(\w+)=(.*)$/.exec(line)?.slice(1) ?? []),
) as Record<string, string>

// What the cluster itself puts there.
const given: Readonly<Record<string, string>> = {
  CLUSTER_URI: 'postgresql://accord_owner:of-a-test@accord-db-rw.accord:5432/accord',
  SERVING_PASSWORD: 'of-a-test',
  METRICS_HOST: '10.1.2.3',
  HEADS_HOST: '10.1.2.3',
}

describe.each(pods.map((pod): [string, Manifest] => [pod.metadata.name, pod]))(
  '%s',
  (name, { kind, spec }) => {
    const { spec: pod } = spec.template
    const containers = [...pod.initContainers, ...pod.containers]
    const [main] = pod.containers

    test('is shut in', () => {
      expect(pod).toMatchObject({
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        automountServiceAccountToken: false,
      })
      for (const { image, securityContext, resources: most } of containers) {
        expect(image).toBe('accord')
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        expect(Object.keys(most.limits)).toEqual(['cpu', 'memory'])
      }
    })

    test('starts with an environment of production, and has the time to stop', () => {
      const [, mode = ''] = main?.args ?? []
      // The image says how Node is started.
      expect(main).not.toHaveProperty('command')
      for (const given of [settings, environmentOf(main)])
        expect(Object.keys(given).filter((name) => /^(?:NODE_OPTIONS|MALLOC_)/.test(name))).toEqual(
          [],
        )
      const config = readConfig({ ...settings, ...environmentOf(main) }, mode === 'serve')
      expect([mode, config.work]).toEqual([modes[name], mode !== 'serve'])
      expect(config.ledgerDir === '').toBe(name !== 'accord-log')
      const stop = numberIn(textOf('src/house/shutdown.ts'), /^const stopMs = ([\d_]+)/)
      expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(config.stopGraceMs + stop)
    })

    test('tells its metrics to whoever watches, and to nobody else', () => {
      if (kind === 'Job') return
      const config = readConfig({ ...settings, ...environmentOf(main) }, name === 'accord-web')
      expect([config.metricsHost, config.metricsPort]).toEqual([given['METRICS_HOST'], 9464])
      expect(main?.ports).toContainEqual({ name: 'health', containerPort: config.metricsPort })
      const services = objects.filter((one) => one.kind === 'Service')
      expect(JSON.stringify(services)).not.toContain('health')
      const [watched] = objects.filter(({ metadata }) => metadata.name === 'accord-health')
      const component = name.replace('accord-', '')
      expect(watched?.spec).toMatchObject({
        podSelector: { matchExpressions: [{ values: expect.arrayContaining([component]) }] },
        ingress: [
          {
            from: [
              {
                namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
              },
            ],
            ports: [{ protocol: 'TCP', port: 'health' }],
          },
        ],
      })
    })

    test('is asked how it is as its process answers', () => {
      const proxied = [
        { name: 'Host', value: new URL(settings['ISSUER'] ?? '').host },
        { name: 'X-Forwarded-Proto', value: 'https' },
      ]
      const asked = (path: string) => ({
        path,
        ...(name === 'accord-web' ? { port: 'people', httpHeaders: proxied } : { port: 'health' }),
      })
      expect(
        [main?.startupProbe, main?.livenessProbe, main?.readinessProbe].map(
          (probe) => probe?.httpGet,
        ),
      ).toEqual(
        kind === 'Job'
          ? [undefined, undefined, undefined]
          : [asked('/healthz'), asked('/healthz'), asked('/readyz')],
      )
    })
  },
)

test('who decides reads the feed of heads of the pod that has it, and nobody else reaches it', () => {
  const heads = Object.fromEntries(
    pods.map(({ metadata: { name }, spec }) => {
      const environment = environmentOf(spec.template.spec.containers[0])
      return [name, readConfig({ ...settings, ...environment }, name === 'accord-web').heads]
    }),
  )
  const url = 'http://accord-heads:9465'
  expect(heads).toMatchObject({
    'accord-web': { url },
    'accord-work': { url },
    'accord-log': { url: undefined, port: 9465, host: given['HEADS_HOST'] },
    'accord-migrate': { url: undefined, port: undefined },
  })
  const ofLog = { 'app.kubernetes.io/name': 'accord', 'app.kubernetes.io/component': 'log' }
  const [service, policy] = ['Service', 'NetworkPolicy'].map((wanted) =>
    objects.find(({ kind, metadata }) => kind === wanted && metadata.name === 'accord-heads'),
  )
  expect(service?.spec).toMatchObject({
    selector: ofLog,
    ports: [{ port: 9465, targetPort: 'heads' }],
  })
  expect(policy?.spec).toMatchObject({
    podSelector: { matchLabels: ofLog },
    ingress: [
      {
        from: [{ podSelector: { matchExpressions: [{ values: ['web', 'work'] }] } }],
        ports: [{ port: 'heads' }],
      },
    ],
  })
})

test('one pod alone has the key of the public log', () => {
  const having = pods.filter((pod) => JSON.stringify(pod).includes('"accord-log-key"'))
  expect(having.map(({ kind, metadata, spec }) => [kind, metadata.name, spec['replicas']])).toEqual(
    [['StatefulSet', 'accord-log', 1]],
  )
})

test('what has several pods never loses all of them to planned work', () => {
  const several = pods.filter(({ spec }) => Number(spec['replicas']) > 1)
  const kept = objects.filter(({ kind }) => kind === 'PodDisruptionBudget')
  expect(several).toHaveLength(2)
  expect(
    kept.map(({ metadata, spec }) => [metadata.name, spec['minAvailable'], spec['selector']]),
  ).toEqual(several.map(({ metadata, spec }) => [metadata.name, 1, spec['selector']]))
})

test('no image has a tag alone', () => {
  expect(images.map(({ name, newTag, digest }) => [name, newTag, digest])).toEqual([
    ['accord', undefined, expect.stringMatching(/^sha256:[0-9a-f]{64}$/)],
  ])
  const [cluster] = objects.filter(({ apiVersion, kind }) => {
    return kind === 'Cluster' && apiVersion === 'postgresql.cnpg.io/v1'
  })
  expect(cluster?.spec['imageName']).toMatch(/:\d+@sha256:[0-9a-f]{64}$/)
  expect(cluster?.spec['postgresql']).toMatchObject({
    synchronous: { method: 'any', number: 1, dataDurability: 'required' },
    parameters: { synchronous_commit: 'on' },
  })
})

test('a copy of the database is gone before people are told that it is', () => {
  const [, most = ''] =
    /\*\*Backups and WAL must not be older than (\d+) days\*\*/.exec(
      textOf('docs/operate.en.md'),
    ) ?? []
  const window = numberIn(
    textOf('deploy/kubernetes/database.yaml'),
    /^ {2}retentionPolicy: (\d+)d$/,
  )
  expect(window + 1).toBeLessThan(Number(most))
})

test('the network is closed, and opened by name', () => {
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy')
  const [closed, ...opened] = policies.map(({ spec }) => spec)
  expect(closed).toEqual({
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'accord' } },
    policyTypes: ['Ingress', 'Egress'],
  })
  expect(opened).toHaveLength(5)
  const rules = opened.flatMap((spec) => [spec['ingress'], spec['egress']].flat()) as (
    | { readonly from?: unknown[]; readonly to?: unknown[]; readonly ports?: unknown[] }
    | undefined
  )[]
  for (const rule of rules.filter((one) => one !== undefined))
    expect([(rule.from ?? rule.to)?.length, rule.ports?.length]).not.toContain(0)
  expect(JSON.stringify(opened)).toContain('169.254.0.0/16')
})

describe('keys of a mounted Secret', async () => {
  const path = '../../deploy/kubernetes/lay-keys.mjs'
  const { layKeys } = (await import(path)) as { layKeys(from: string, to: string): void }
  const scratch = fs.mkdtempSync(join(tmpdir(), 'accord-keys-'))
  afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }))

  test('are laid into a folder as a process takes it', async () => {
    const from = mounted('whole', ['cookie', 'id-token__1.jwk.json'])
    fs.mkdirSync(join(from, '..data'))
    const held = join(scratch, 'held')
    layKeys(from, held)
    expect(fs.readFileSync(join(held, 'id-token/1.jwk.json'), 'utf8')).toBe('id-token__1.jwk.json')
    expect(fs.readdirSync(held)).toEqual(['cookie', 'id-token'])
    await guardKeyFiles(held, 'production', () => undefined)
    expect(() => layKeys(from, held)).toThrow('EEXIST')
  })

  test('with a name that leads elsewhere are refused, and so are none', () => {
    for (const name of ['a__b__c', 'a__..', '__a', 'a b'])
      expect(() => layKeys(mounted(name, [name]), join(scratch, `to ${name}`)), name).toThrow(
        /no name/,
      )
    expect(() => layKeys(mounted('none', []), join(scratch, 'to none'))).toThrow('no keys')
  })

  function mounted(name: string, files: readonly string[]): string {
    const from = join(scratch, `from ${name}`)
    fs.mkdirSync(from)
    for (const file of files) fs.writeFileSync(join(from, file), file)
    return from
  }
})

type Probe = { readonly httpGet: object }
type Container = {
  readonly image: string
  readonly args?: readonly string[]
  readonly ports?: readonly object[]
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
  readonly securityContext: object
  readonly resources: { readonly limits: object }
} & { readonly [P in 'startupProbe' | 'livenessProbe' | 'readinessProbe']?: Probe }
type Pod = {
  readonly initContainers: readonly Container[]
  readonly containers: readonly Container[]
  readonly terminationGracePeriodSeconds: number
}
type Manifest = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: Readonly<Record<string, unknown>> & { readonly template: { readonly spec: Pod } }
}

function documentsOf(name: string): Manifest[] {
  return parseAllDocuments(textOf(`deploy/${folder}/${name}`), { strict: true }).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS() as Manifest
  })
}

function environmentOf(container: Container | undefined): Record<string, string> {
  const entries = (container?.env ?? []).map(
    ({ name, value = given[name] ?? '' }): [string, string] => {
      return [name, value.replaceAll(/\$\((\w+)\)/g, (_, other: string) => given[other] ?? '')]
    },
  )
  return Object.fromEntries(entries)
}
