import type { SignaturePage } from '../../src/pages/my-access/pages.ts'

const page: SignaturePage = {
  csrf: 'csrf-of-a-sample',
  rule: 'required',
  since: new Date('2026-11-20T15:04:00Z'),
  action: '/acces/signature/levee',
  options: '{"challenge":"c2FtcGxl","rpId":"accord.example","userVerification":"required"}',
  isWithoutKey: false,
  problem: undefined,
}

export default {
  'by a key': page,
  'after a recovery': { ...page, options: undefined, isWithoutKey: true },
  'not now': { ...page, options: undefined, problem: 'signature.not-yet' },
  lifted: { ...page, rule: 'lifted' },
  none: { ...page, rule: 'none', since: undefined },
} satisfies Record<string, SignaturePage>
